package onnx_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/internal/native"
	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/sae"
)

// tolerance relative to the largest magnitude of an array.
const tolerance = 1e-5

// perturbed returns a model away from its start, where no bias is zero and no two
// decoder norms are equal.
func perturbed(t testing.TB, cfg sae.Config) *sae.Model {
	t.Helper()
	m, err := sae.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for _, p := range m.Params() {
		for i := range p.Data {
			p.Data[i] += 0.3 * float32(rng.NormFloat64())
		}
	}
	m.SetTopKThreshold(1.1)
	return m
}

// rows returns n rows that are far from zero mean and unit norm.
func rows(n, dIn int) []float32 {
	rng := rand.New(rand.NewPCG(uint64(n), 3))
	x := make([]float32, n*dIn)
	for i := range x {
		x[i] = 0.7 + 1.5*float32(rng.NormFloat64())
	}
	return x
}

// startORT starts ONNX Runtime, once for all tests; it stays for the life of the process.
var startORT = sync.OnceValue(func() error {
	found, err := native.ONNXRuntime().Find("")
	if err != nil {
		return err
	}
	ort.SetSharedLibraryPath(found[0])
	return ort.InitializeEnvironment(ort.WithLogLevelFatal())
})

func requireORT(t testing.TB) {
	t.Helper()
	nativetest.RequireORT(t)
	if err := startORT(); err != nil {
		t.Fatal(err)
	}
}

// run runs the graph at path on x (rows, d_in).
func run(t testing.TB, path string, x []float32, cfg sae.Config) (features, reconstruction []float32) {
	t.Helper()
	fatal := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	n := len(x) / cfg.DIn
	features, reconstruction = make([]float32, n*cfg.DSAE), make([]float32, n*cfg.Out())
	session, err := ort.NewDynamicAdvancedSession(path, []string{"x"}, []string{"features", "reconstruction"}, nil)
	fatal(err)
	defer session.Destroy()
	values := make([]ort.Value, 3)
	for i, v := range []struct {
		width int
		data  []float32
	}{{cfg.DIn, x}, {cfg.DSAE, features}, {cfg.Out(), reconstruction}} {
		values[i], err = ort.NewTensor(ort.NewShape(int64(n), int64(v.width)), v.data)
		fatal(err)
		defer values[i].Destroy()
	}
	fatal(session.Run(values[:1], values[1:]))
	return features, reconstruction
}
