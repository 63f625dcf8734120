package turns

import (
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/sae"
)

// small is an SAE for rows of [someRows].
func small() sae.Config {
	c := sae.DefaultConfig()
	c.Architecture, c.DIn, c.DSAE, c.L1Coefficient, c.Compat = sae.Standard, 8, 16, 1, sae.CompatSAELens
	return c
}

// someRows are n rows of 8 values, in a file.
func someRows(t *testing.T, n int) Rows {
	t.Helper()
	x := make([]float32, 8*n)
	for i := range x {
		x[i] = float32(math.Sin(float64(i * i)))
	}
	path := filepath.Join(t.TempDir(), "rows.safetensors")
	if err := WriteTensors(path, map[string]Tensor{"rows": {[]int{n, 8}, x}}, map[string]string{"source": "sines"}); err != nil {
		t.Fatal(err)
	}
	return Rows{path, "sines", 8, n, x}
}

func TestReadRows(t *testing.T) {
	want := someRows(t, 20)
	got, err := ReadRows(want.Path, 0)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ReadRows = %+v, %v, want %+v", got, err, want)
	}
	if got, err = ReadRows(want.Path, 3); err != nil || !slices.Equal(got.X, want.X[:24]) || got.N != 3 {
		t.Errorf("the first 3 rows = %+v, %v", got, err)
	}
	if _, err := ReadRows(filepath.Join(t.TempDir(), "none"), 0); err == nil {
		t.Error("no error without a file")
	}
}

func TestScale(t *testing.T) {
	x := []float32{3, 4, 0, 0, 6, 8, 0, 0} // norms 5 and 10
	scale(x, 4)
	if got := math.Hypot(float64(x[0]), float64(x[1])) + math.Hypot(float64(x[4]), float64(x[5])); math.Abs(got/2-2) > 1e-6 {
		t.Errorf("mean norm is %g, want 2", got/2)
	}
}

// TestSession checks that a run goes on where it stopped, as if it had not.
func TestSession(t *testing.T) {
	r := someRows(t, 64)
	losses := func(turns ...int) (all []float64) {
		m, err := r.Model(small())
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSession(t.Context(), m, Trainer(16, Forever), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range turns {
			steps, err := s.Steps(n)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, Column(steps, func(s Step) float64 { return s.Loss })...)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if a, b := losses(6), losses(1, 3, 2); !slices.Equal(a, b) || a[0] == a[5] {
		t.Errorf("losses %v and %v, want the same, and falling", a, b)
	}
}

func TestCompeteWithoutAPeer(t *testing.T) {
	const rounds, n = 3, 2
	b := &Bench{Suite: suite.Suite{Work: t.TempDir(), NoPeers: true}, Rows: someRows(t, 64)}
	c, err := b.Rows.SAELens(small(), Trainer(16, Forever))
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs, missing, err := b.Compete(t.Context(), c, rounds, n)
	if err != nil || len(ours) != rounds*n || theirs != nil || !strings.Contains(missing, "--no-peers") {
		t.Errorf("got %d and %d steps, missing %q, error %v", len(ours), len(theirs), missing, err)
	}
	b.NoPeers, b.Python = false, filepath.Join(t.TempDir(), "no-python")
	if _, _, _, err := b.Compete(t.Context(), c, rounds, n); err == nil || !strings.Contains(err.Error(), "venv-bench") {
		t.Errorf("error %v, want one that says how to install the peers", err)
	}
}
