package arch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/saego/saego/"

// arrows says which packages of this module a package may import, itself and the
// packages below it left aside. A package that is not listed belongs to the listed
// one above it: extract/tokens to extract.
var arrows = map[string][]string{
	"models":        {},
	"datasets":      {},
	"extract":       {"models", "datasets"},
	"extract/ort":   {"extract", "models", "internal/native"},
	"extract/store": {"extract", "internal/atomic"},
	"mixbuf":        {"extract"},
	"sae":           {"internal/kernels", "internal/atomic"},
	"train":         {"sae", "extract", "internal/kernels", "internal/atomic"},

	"internal/arch":           {},
	"internal/atomic":         {},
	"internal/cuda":           {"internal/kernels"},
	"internal/cuda/cudatest":  {"internal/cuda", "internal/cuda/device", "internal/cuda/emulator"}, // for tests
	"internal/cuda/emulator":  {"internal/cuda", "internal/cuda/source"},                           // for tests
	"internal/cuda/device":    {"internal/cuda", "internal/cuda/source", "internal/native"},
	"internal/cuda/source":    {},
	"internal/golden":         {}, // for tests
	"internal/logs":           {"internal/atomic"},
	"internal/native":         {},
	"internal/kernels":        {},
	"internal/kernels/blas":   {"internal/native"},
	"internal/kernels/onednn": {"internal/native"},
	"internal/run":            {"internal/atomic", "internal/logs"},
	"internal/demo":           {"datasets", "internal/atomic"},
	"internal/cli":            {"*"},
	"internal/parity":         {"*"},                       // for scripts/parity.sh
	"internal/planted":        {"extract", "sae", "train"}, // for tests and bench

	"cmd":   {"internal/cli"},
	"bench": {"*"},
}

// owners says which packages may import a module of others'; what is not listed
// may be imported everywhere.
var owners = map[string][]string{
	"gorgonia.org/cu":                   {"internal/cuda/device"},
	"gorgonia.org/gorgonia":             {"sae", "train"},
	"gorgonia.org/tensor":               {"sae", "train"},
	"github.com/yalue/onnxruntime_go":   {"extract/ort"},
	"github.com/sugarme/tokenizer":      {"extract/tokens", "bench"},
	"github.com/disintegration/imaging": {"extract/pixels"},
	"github.com/parquet-go/parquet-go":  {"datasets"},
	"github.com/spf13/cobra":            {"internal/cli", "cmd"},
	"gocloud.dev":                       {"extract/store/bucket"},
	"github.com/aws":                    {"extract/store/bucket"},
	"github.com/pkg/errors":             {},
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
}

// TestImports fails for each import that leaves the two tables. Tests may import
// what they like.
func TestImports(t *testing.T) {
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		owner := listed(name)
		if owner == "" {
			t.Errorf("%s is in no row of arrows: give it one", name)
			continue
		}
		for _, path := range p.Imports {
			if to, ours := strings.CutPrefix(path, module); ours {
				if !allowed(owner, to) {
					t.Errorf("%s imports %s: %s may import %v only", name, to, owner, arrows[owner])
				}
				continue
			}
			for theirs, by := range owners {
				if isBelow(path, theirs) && !slices.ContainsFunc(by, func(o string) bool { return isBelow(name, o) }) {
					t.Errorf("%s imports %s: only %v may", name, theirs, by)
				}
			}
		}
	}
}

// TestRows fails for rows that name nothing known, so that the tables stay true.
func TestRows(t *testing.T) {
	for from, tos := range arrows {
		for _, to := range tos {
			if _, ok := arrows[to]; to != "*" && !ok {
				t.Errorf("arrows[%q] names %q, which has no row", from, to)
			}
		}
	}
}

func allowed(owner, to string) bool {
	target := listed(to)
	return target == owner || slices.Contains(arrows[owner], target) || slices.Contains(arrows[owner], "*")
}

// listed returns the longest row of arrows that name is or lies below, or "".
func listed(name string) string {
	best := ""
	for row := range arrows {
		if isBelow(name, row) && len(row) > len(best) {
			best = row
		}
	}
	return best
}

// isBelow tells whether path is root or lies below it.
func isBelow(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

// list returns every package of the module, as built without CUDA and with.
func list(t *testing.T) []pkg {
	t.Helper()
	return append(listTagged(t, ""), listTagged(t, "gpu")...)
}

func listTagged(t *testing.T, tags string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-tags", tags, "-json=ImportPath,Imports", module+"...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.String())
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}
