package onnx

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/saego/saego/internal/atomic"
	"github.com/saego/saego/sae"
)

// Options say what is written beside the graph, and how. The zero value will do.
type Options struct {
	From      sae.Provenance // of the SAE, as [sae.Load] returns it; goes into the metadata
	Version   string         // of the program that exports
	MaxInline int64          // bytes of weights above which they go into a file of their own; default and most 1.9 GiB
	Overwrite bool           // replace files that are there
}

// maxInline leaves room below the 2 GiB that a protobuf message may have.
const maxInline = 1945 << 20

// Export writes the inference form of m as an ONNX graph to path. Where its weights
// are too many for one file they go to path + ".data", which must stay beside it; the
// graph names it. The graph is there whole, with its weights, or not at all.
//
// metadata_props hold the settings of cfg.json and o.From under their keys, texts as
// they are and everything else as JSON.
//
// It refuses a model that takes rows that a trainer has scaled (expected_average_only_in,
// covariance_whitening), an architecture without a graph, and, with an error that is
// [fs.ErrExist], files that are there.
func Export(path string, m *sae.Model, o Options) error {
	if err := export(path, m, o); err != nil {
		return fmt.Errorf("onnx: export %s: %w", path, err)
	}
	return nil
}

func export(path string, m *sae.Model, o Options) error {
	g, err := newGraph(m)
	if err != nil {
		return err
	}
	metadata, err := describe(g.model, o.From)
	if err != nil {
		return err
	}
	most := int64(maxInline)
	if o.MaxInline > 0 {
		most = min(most, o.MaxInline)
	}
	var a *aside
	if g.weights() > most {
		a = &aside{name: filepath.Base(path) + ".data"}
	}
	if err := vacant(path, a != nil, o.Overwrite); err != nil {
		return err
	}
	model := g.encode(o.Version, metadata, a)
	return atomic.WriteFile(path, func(w io.Writer) error {
		if err := model.write(w); err != nil || a == nil {
			return err
		}
		return atomic.WriteFile(path+".data", func(w io.Writer) error {
			if err := a.write(w); err != nil {
				return err
			}
			return remove(path) // an old graph must not be read with new weights
		})
	})
}

// weights returns the bytes of all floats.
func (g *Graph) weights() (n int64) {
	for _, c := range g.constants {
		n += 4 * int64(len(c.floats))
	}
	return n
}

// vacant sees that nothing is overwritten that shall stay.
func vacant(path string, aside, overwrite bool) error {
	paths := []string{path}
	if aside {
		paths = append(paths, path+".data")
	}
	for _, p := range paths {
		switch info, err := os.Stat(p); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.IsDir():
			return fmt.Errorf("%s is a folder: name a file", filepath.Base(p))
		case !overwrite:
			return fmt.Errorf("%s: %w: name another, or overwrite it", filepath.Base(p), fs.ErrExist)
		}
	}
	return nil
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// describe returns metadata_props, sorted.
func describe(m *sae.Model, from sae.Provenance) ([]pair, error) {
	cfg := m.Config()
	all := maps.Clone(map[string]any(from))
	if all == nil {
		all = map[string]any{}
	}
	if s, ok := m.Architecture().(sae.Settler); ok {
		maps.Copy(all, s.Settings(cfg, false))
	}
	maps.Copy(all, map[string]any{
		"architecture": cfg.Architecture, "d_in": cfg.DIn, "d_out": cfg.Out(), "d_sae": cfg.DSAE,
		"apply_b_dec_to_input": cfg.ApplyBDecToInput, "normalize_activations": cfg.NormalizeActivations,
	})
	var pairs []pair
	for _, key := range slices.Sorted(maps.Keys(all)) {
		value, ok := all[key].(string)
		if !ok {
			data, err := json.Marshal(all[key])
			if err != nil {
				return nil, fmt.Errorf("metadata %s: %w", key, err)
			}
			value = string(data)
		}
		pairs = append(pairs, pair{strings.ToValidUTF8(key, "�"), strings.ToValidUTF8(value, "�")})
	}
	return pairs, nil
}
