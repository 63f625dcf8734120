package models

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"
)

// faults gathers what is wrong with a Spec.
type faults []error

func (f *faults) addf(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

// Validate reports everything that is wrong with s, joined. It does not look at
// the files themselves.
func (s Spec) Validate() error {
	var f faults
	if s.Version != Version {
		f.addf("version is %d, want %d", s.Version, Version)
	}
	s.checkFiles(&f)
	s.checkInputs(&f)
	s.checkHooks(&f)
	s.checkFamily(&f)
	return errors.Join(f...)
}

func (s Spec) checkFiles(f *faults) {
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		file := s.Files[name]
		if !fs.ValidPath(name) || name == "." || name == SpecFile || strings.Contains(name, `\`) {
			f.addf("files: %q is not the name of a file inside the folder", name)
		}
		if sum, err := hex.DecodeString(file.SHA256); err != nil || len(sum) != 32 || strings.ToLower(file.SHA256) != file.SHA256 {
			f.addf("files: %s: sha256 is %q, want 64 lower-case hex digits", name, file.SHA256)
		}
		if file.Bytes < 0 {
			f.addf("files: %s: bytes is %d", name, file.Bytes)
		}
	}
	s.checkNamed(f, "graph", s.Graph)
	if s.Golden != "" {
		s.checkNamed(f, "golden", s.Golden)
	}
}

// checkNamed wants a file that another field names to be listed.
func (s Spec) checkNamed(f *faults, field, name string) {
	if name == "" {
		f.addf("%s is empty, want the name of a file", field)
	} else if _, ok := s.Files[name]; !ok {
		f.addf("%s is %q, which files does not list", field, name)
	}
}

func (s Spec) checkInputs(f *faults) {
	if len(s.Inputs) == 0 {
		f.addf("inputs is empty")
	}
	seen := map[string]bool{}
	for i, in := range s.Inputs {
		if in.Name == "" || seen[in.Name] {
			f.addf("inputs[%d]: name %q is empty or taken", i, in.Name)
		}
		seen[in.Name] = true
		if in.DType != "int64" && in.DType != "float32" {
			f.addf(`input %q: dtype is %q, want "int64" or "float32"`, in.Name, in.DType)
		}
		for _, axis := range in.Shape {
			if !validAxis(axis) {
				f.addf("input %q: axis %v is neither a positive size nor the name of a dynamic axis", in.Name, axis)
			}
		}
	}
}

func validAxis(axis any) bool {
	switch a := axis.(type) {
	case string:
		return a != ""
	case float64: // what encoding/json makes of a number
		return a >= 1 && a == math.Trunc(a) && a <= math.MaxInt32
	}
	return false
}

func (s Spec) checkHooks(f *faults) {
	if len(s.Hooks) == 0 {
		f.addf("hooks is empty: the graph has no hook point among its outputs")
	}
	seen := map[string]bool{}
	for i, h := range s.Hooks {
		if h.Name == "" || h.Name == s.Logits || seen[h.Name] {
			f.addf("hooks[%d]: name %q is empty or taken", i, h.Name)
		}
		seen[h.Name] = true
		if h.DIn < 1 {
			f.addf("hook %q: d_in is %d, want at least 1", h.Name, h.DIn)
		}
	}
	if s.Logits == "" && len(s.Labels) > 0 {
		f.addf("logits is empty, want the name of an output: labels has %d classes", len(s.Labels))
	}
}
