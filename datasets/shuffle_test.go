package datasets_test

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/datasets"
)

// numbered is a dataset of texts "text 0", "text 1", …, that ends with err.
type numbered struct {
	size int
	err  error
}

func (numbered) Labels() []string { return []string{"even", "odd"} }

func (d numbered) Pass(int) iter.Seq2[datasets.Text, error] {
	return func(yield func(datasets.Text, error) bool) {
		for i := range d.size {
			if !yield(datasets.Text{Index: i, ID: fmt.Sprintf("n:%d", i), Text: fmt.Sprintf("text %d", i), Label: i%3 - 1}, nil) {
				return
			}
		}
		if d.err != nil {
			yield(datasets.Text{}, d.err)
		}
	}
}

// pictures hides that a dataset can be read in any order.
type pictures struct {
	datasets.Dataset[datasets.Image]
}

func (p pictures) Pass(n int) iter.Seq2[datasets.Image, error] { return p.Dataset.Pass(n) }

func TestShuffleIsAPermutation(t *testing.T) {
	for _, size := range []int{0, 1, 2, 1000} {
		ds := datasets.Shuffle(numbered{size: size}, 7)
		plain := all(t, numbered{size: size}, 0)
		first, second := all(t, ds, 0), all(t, ds, 1)
		if size > 2 && slices.Equal(first, second) {
			t.Error("two passes have one order")
		}
		if again := all(t, ds, 0); !slices.Equal(first, again) {
			t.Error("pass 0 does not repeat")
		}
		if other := all(t, datasets.Shuffle(numbered{size: size}, 7), 1); !slices.Equal(second, other) {
			t.Error("equal seeds give two orders")
		}
		if other := all(t, datasets.Shuffle(numbered{size: size}, 8), 0); size > 2 && slices.Equal(first, other) {
			t.Error("two seeds give one order")
		}
		slices.SortFunc(first, func(a, b datasets.Text) int { return a.Index - b.Index })
		if diff := cmp.Diff(plain, first); diff != "" {
			t.Errorf("not a permutation (-want +got):\n%s", diff)
		}
		if !slices.Equal(ds.Labels(), []string{"even", "odd"}) {
			t.Errorf("labels are %q", ds.Labels())
		}
	}
}

// Each of the 24 orders of 4 examples comes up equally often over passes and seeds.
func TestShuffleIsUniform(t *testing.T) {
	const passes = 4800
	counts := make(map[string]int)
	for seed := range uint64(4) {
		ds := datasets.Shuffle(numbered{size: 4}, seed)
		for n := range passes / 4 {
			order := ""
			for _, e := range all(t, ds, n) {
				order += e.ID
			}
			counts[order]++
		}
	}
	var chi float64
	for _, c := range counts {
		d := float64(c) - passes/24
		chi += d * d / (passes / 24)
	}
	if len(counts) != 24 || chi > 49.7 { // χ² with 23 degrees of freedom exceeds it once in 1,000 times
		t.Errorf("%d orders, χ² = %.1f", len(counts), chi)
	}
}

func TestShuffleImages(t *testing.T) {
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprintf("c%d/%02d.jpg", i%5, i))
	}
	ds := openImages(t, folder(t, names...))
	plain := ids(all(t, ds, 0))
	byPath, inMemory := datasets.Shuffle(ds, 1), datasets.Shuffle[datasets.Image](pictures{ds}, 1)
	got := ids(all(t, byPath, 3))
	if slices.Equal(got, plain) {
		t.Error("order is unchanged")
	}
	if other := ids(all(t, inMemory, 3)); !slices.Equal(got, other) {
		t.Error("a dataset in memory is shuffled otherwise")
	}
	slices.Sort(got)
	slices.Sort(plain)
	if !slices.Equal(got, plain) {
		t.Error("not a permutation")
	}
}

func TestShufflePassesErrorsOn(t *testing.T) {
	boom := errors.New("boom")
	ds := datasets.Shuffle(numbered{size: 5, err: boom}, 1)
	for range 2 {
		if err := firstError(ds); !errors.Is(err, boom) {
			t.Errorf("error is %v, want %v", err, boom)
		}
	}
}

func TestShuffleWithoutTemporaryFolder(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "gone"))
	expect(t, firstError(datasets.Shuffle(numbered{size: 5}, 1)), "gone", "TMPDIR")
}

func TestShuffleConcurrentPasses(t *testing.T) {
	ds := datasets.Shuffle(numbered{size: 200}, 1)
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			if got := len(all(t, ds, n)); got != 200 {
				t.Errorf("pass %d has %d examples", n, got)
			}
		})
	}
	wg.Wait()
}

// openFiles returns how many files the process has open.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}

func TestBreakLeaksNoFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	sets := map[string]datasets.Dataset[datasets.Text]{"acl": open(t, writeACL(t, dir, "train"), datasets.TextConfig{})}
	for name, data := range map[string][]byte{"a.csv": asTable(',')(t, rows), "a.jsonl.gz": zipped(asLines)(t, rows), "a.parquet": asParquet(t, rows)} {
		sets[name] = open(t, write(t, filepath.Join(dir, name), data), datasets.TextConfig{})
	}
	before := openFiles(t)
	for name, ds := range sets {
		for range 20 {
			for range ds.Pass(0) {
				break
			}
			for range datasets.Limit(ds, 2).Pass(0) {
			}
		}
		if after := openFiles(t); after > before {
			t.Errorf("%s: %d files were open, now %d", name, before, after)
		}
	}
	for range 20 {
		for range datasets.Shuffle(sets["a.csv"], 1).Pass(0) {
			break
		}
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("temporary files left: %v, %v", left, err)
	}
	after := openFiles(t)
	for range 50 { // the collector closes them, after a while
		if after <= before {
			break
		}
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
		after = openFiles(t)
	}
	if after > before {
		t.Errorf("shuffle: %d files were open, now %d", before, after)
	}
}

func TestHoldOut(t *testing.T) {
	const size = 10_000
	for _, fraction := range []float64{0, 0.1, 0.5, 1} {
		train, held, err := datasets.HoldOut(numbered{size: size}, fraction, 3)
		if err != nil {
			t.Fatal(err)
		}
		a, b := all(t, train, 0), all(t, held, 0)
		share := float64(len(b)) / size
		if sd := math.Sqrt(fraction * (1 - fraction) / size); math.Abs(share-fraction) > 4*sd {
			t.Errorf("share is %.4f, want %.4f ± %.4f", share, fraction, 4*sd)
		}
		both := append(a, b...)
		slices.SortFunc(both, func(a, b datasets.Text) int { return a.Index - b.Index })
		if diff := cmp.Diff(all(t, numbered{size: size}, 0), both); diff != "" {
			t.Errorf("parts are not disjoint and complete (-want +got):\n%s", diff)
		}
	}
}

func TestHoldOutIgnoresOrder(t *testing.T) {
	index := func(texts []datasets.Text) []int {
		var n []int
		for _, e := range texts {
			n = append(n, e.Index)
		}
		slices.Sort(n)
		return n
	}
	_, plain, _ := datasets.HoldOut(numbered{size: 500}, 0.2, 3)
	_, shuffled, _ := datasets.HoldOut(datasets.Shuffle(numbered{size: 500}, 1), 0.2, 3)
	_, other, _ := datasets.HoldOut(numbered{size: 500}, 0.2, 4)
	want := index(all(t, plain, 0))
	if got := index(all(t, shuffled, 5)); !slices.Equal(got, want) {
		t.Errorf("held out %v of the shuffled data, %v of the plain", got, want)
	}
	if got := index(all(t, datasets.Shuffle(plain, 1), 5)); !slices.Equal(got, want) {
		t.Errorf("shuffling the held-out part gives %v, want %v", got, want)
	}
	if got := index(all(t, other, 0)); slices.Equal(got, want) {
		t.Error("two seeds give one split")
	}
}

func TestHoldOutRejects(t *testing.T) {
	for _, fraction := range []float64{-0.1, 1.1, math.NaN()} {
		_, _, err := datasets.HoldOut(numbered{}, fraction, 0)
		expect(t, err, "fraction")
	}
}

func TestHoldOutAndLimitPassErrorsOn(t *testing.T) {
	boom := errors.New("boom")
	train, held, err := datasets.HoldOut(numbered{size: 5, err: boom}, 0.5, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, ds := range []datasets.Dataset[datasets.Text]{train, held, datasets.Limit(train, 100)} {
		if err := firstError(ds); !errors.Is(err, boom) {
			t.Errorf("error is %v, want %v", err, boom)
		}
	}
}

func TestLimit(t *testing.T) {
	for _, tt := range []struct{ n, want int }{{-1, 10}, {0, 10}, {1, 1}, {9, 9}, {10, 10}, {11, 10}} {
		if got := len(all(t, datasets.Limit(numbered{size: 10}, tt.n), 0)); got != tt.want {
			t.Errorf("limit %d gives %d examples, want %d", tt.n, got, tt.want)
		}
	}
	if err := firstError(datasets.Limit(numbered{size: 3, err: errors.New("later")}, 3)); err != nil {
		t.Errorf("limit reads on after its last example: %v", err)
	}
}
