package onnx_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/sae/onnx"
)

// An SAE's folder gets a graph beside its weights.
func Example() {
	m, from, err := sae.Load("../testdata/golden/folders/topk")
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "onnx")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	err = onnx.Export(filepath.Join(dir, "sae.onnx"), m, onnx.Options{From: from})
	files, _ := os.ReadDir(dir)
	fmt.Println(len(files), "file:", files[0].Name(), err)
	// Output: 1 file: sae.onnx <nil>
}

// squaredReLU is an architecture of one's own, as in the Example of [sae.Register]; its
// graph is one more method.
type squaredReLU struct{ sae.Architecture }

func (squaredReLU) ONNX(g *onnx.Graph, h *onnx.Value) *onnx.Value {
	positive := g.Op("Relu", h)
	return g.Op("Mul", positive, positive)
}

func ExampleActivator() {
	standard, err := sae.Lookup(sae.Standard)
	if err == nil {
		err = sae.Register("squared_relu", squaredReLU{standard})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := sae.DefaultConfig()
	cfg.Architecture, cfg.DIn, cfg.DSAE = "squared_relu", 4, 16
	m, err := sae.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "onnx")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	fmt.Println(onnx.Export(filepath.Join(dir, "sae.onnx"), m, onnx.Options{}))
	// Output: <nil>
}
