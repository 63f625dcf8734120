// Package network makes the networks that benchmarks run: real architectures with random
// weights, which need no hub, exported to model folders.
package network

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/saego/saego/models"
)

// Network is an architecture with the random weights of Seed. The peers build it from
// Model and Seed, too, by the exporter's own code.
type Network struct {
	Dir       string // model folder
	Family    string // as scripts/export_onnx.py names it
	Model     string // name of the architecture
	Tokenizer string // file; "" for pictures
	Seed      int
}

// GPT2 is GPT-2 in the folder work/name, with the tokenizer of that file.
func GPT2(work, name, tokenizer string) Network {
	return Network{Dir: filepath.Join(work, name), Family: models.FamilyGPT2Classifier, Model: "gpt2", Tokenizer: tokenizer}
}

// ViT is ViT-B/16 in the folder work/vit.
func ViT(work string) Network {
	return Network{Dir: filepath.Join(work, "vit"), Family: models.FamilyViT, Model: "vit_base_patch16_224"}
}

// Export exports the network, unless its folder is there.
func (n Network) Export(ctx context.Context, python string) error {
	if Exists(filepath.Join(n.Dir, models.SpecFile)) {
		return nil
	}
	args := []string{
		"scripts/export_onnx.py", "--family", n.Family, "--model", n.Model,
		"--random-init", strconv.Itoa(n.Seed), "--output", n.Dir,
	}
	if n.Tokenizer != "" {
		args = append(args, "--tokenizer", n.Tokenizer)
	}
	return run(ctx, python, args...)
}

// Quantize returns the folder of the network in int8, and makes it from that of the
// network, unless it is there.
func (n Network) Quantize(ctx context.Context, python string) (dir string, err error) {
	dir = n.Dir + "-int8"
	if Exists(filepath.Join(dir, models.SpecFile)) {
		return dir, nil
	}
	return dir, run(ctx, python, "scripts/quantize_onnx.py", "--model", n.Dir, "--output", dir)
}

// run runs a script.
func run(ctx context.Context, python string, args ...string) error {
	cmd := exec.CommandContext(ctx, python, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}

// Reviews returns the real texts below data, and GPT-2's tokenizer; false where one of
// them is not there.
func Reviews(data string) (texts, tokenizer string, ok bool) {
	texts, tokenizer = filepath.Join(data, "imdb", "train.jsonl.gz"), filepath.Join(data, "gpt2", "tokenizer.json")
	return texts, tokenizer, Exists(texts) && Exists(tokenizer)
}

// Exists tells whether there is such a file or folder.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
