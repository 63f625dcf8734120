package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/store"
)

func TestRoundTrip(t *testing.T) {
	for _, dtype := range []store.DType{store.F32, store.F16, store.BF16} {
		for _, rows := range []int{1, 7, 64, 100_000} {
			for name, place := range map[string]store.Place{"memory": newMemory(), "folder": store.Folder(t.TempDir() + "/a/b")} {
				if name == "folder" && rows < 64 {
					continue // many files that must reach the disk
				}
				t.Run(fmt.Sprint(dtype, rows, name), func(t *testing.T) {
					m, err := store.Write(t.Context(), place, parts(50), config(dtype, rows))
					if err != nil {
						t.Fatal(err)
					}
					st, err := store.Open(t.Context(), place)
					if err != nil {
						t.Fatal(err)
					}
					if d := cmp.Diff(m, st.Manifest()); d != "" {
						t.Errorf("manifest: %s", d)
					}
					if _, err := store.Verify(t.Context(), place, nil); err != nil {
						t.Error(err)
					}
					for _, p := range parts(50) {
						want := collect(t, p.Source.Batches(t.Context()))
						if p.Rows > 0 {
							want = want.Slice(0, p.Rows)
						}
						got := collect(t, source(t, place, p.Name, store.Order{Passes: 1}).Batches(t.Context()))
						if d := cmp.Diff(want, got); d != "" { // all values have 8 bits or fewer
							t.Errorf("%s: %s", p.Name, d)
						}
					}
				})
			}
		}
	}
}

func TestManifestTells(t *testing.T) {
	m := written(t, 50, config(store.F16, 10))
	st, err := store.Open(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := st.Info(), newCounted(1).Info(); got != want {
		t.Errorf("Info is %+v, want %+v", got, want)
	}
	held, _ := st.Manifest().Part("held")
	train, _ := st.Manifest().Part("train")
	if held.Rows != 25 || held.Complete || len(held.Shards) != 3 {
		t.Errorf("held has %d rows in %d shards, complete: %v", held.Rows, len(held.Shards), held.Complete)
	}
	if !train.Complete || train.Counts.Passes != 1 || train.Counts.Examples != 50 || train.Counts.Rows != int64(train.Rows) {
		t.Errorf("train is %+v", train.Counts)
	}
	if _, ok := m.files[store.ProgressFile]; ok {
		t.Error("a whole store has " + store.ProgressFile)
	}
}

// TestWriteAgain finds a whole store and leaves it.
func TestWriteAgain(t *testing.T) {
	m := written(t, 50, config(store.F16, 10))
	before := m.clone()
	again, err := store.Write(t.Context(), m, parts(50), config(store.F16, 10))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before.files, m.files); d != "" {
		t.Error("the store was changed")
	}
	if again.ContentHash == "" {
		t.Error("no content hash")
	}
}

// TestInterruptedStoreEndsWithTheSameBytes fails at each batch, in turn.
func TestInterruptedStoreEndsWithTheSameBytes(t *testing.T) {
	for _, rows := range []int{3, 16, 33} {
		c := config(store.F16, rows)
		want := written(t, 80, c)
		got := newMemory()
		for fail := 8; fail < 80; fail += 8 {
			p := parts(80)
			p[0].Source.(*counted).fail, p[1].Source.(*counted).fail = min(fail, 16), fail
			if _, err := store.Write(t.Context(), got, p, c); !errors.Is(err, errBoom) {
				t.Fatalf("error is %v, want %v", err, errBoom)
			}
		}
		if _, err := store.Write(t.Context(), got, parts(80), c); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want.files, got.files); d != "" {
			t.Errorf("shards of %d rows: the store differs", rows)
		}
	}
}

// TestNothingIsComputedTwice counts the examples that a second call reads.
func TestNothingIsComputedTwice(t *testing.T) {
	c, m := config(store.F16, 10), newMemory()
	p := parts(800)
	p[1].Source.(*counted).fail = 400
	if _, err := store.Write(t.Context(), m, p, c); !errors.Is(err, errBoom) {
		t.Fatal(err)
	}
	first := -1
	p = parts(800)
	p[0].Source.(*counted).value = func(int, int, int) float32 { t.Error("a part that is whole is read"); return 0 }
	p[1].Source.(*counted).value = func(e, _, _ int) float32 {
		if first < 0 {
			first = e
		}
		return float32(e)
	}
	if _, err := store.Write(t.Context(), m, p, c); err != nil {
		t.Fatal(err)
	}
	if first < 380 || first > 400 {
		t.Errorf("it went on at example %d, want one of the last before 400", first)
	}
}

func TestPasses(t *testing.T) {
	m := written(t, 200, config(store.F32, 16))
	stored := collect(t, newCounted(200).Batches(t.Context())).Origin
	sorted := func(o []extract.Origin) []extract.Origin {
		o = slices.Clone(o)
		slices.SortFunc(o, func(a, b extract.Origin) int { return int(a.Token - b.Token) })
		return o
	}
	all := collect(t, source(t, m, "train", store.Order{Passes: 3, Seed: 1}).Batches(t.Context())).Origin
	n := len(stored)
	if len(all) != 3*n {
		t.Fatalf("%d rows, want %d", len(all), 3*n)
	}
	if !slices.Equal(all[:n], stored) {
		t.Error("the first pass is not in the order of the store")
	}
	if slices.Equal(all[n:2*n], stored) || slices.Equal(all[n:2*n], all[2*n:]) {
		t.Error("later passes do not change the order")
	}
	for pass := range 3 {
		if !slices.Equal(sorted(all[pass*n:][:n]), sorted(stored)) {
			t.Errorf("pass %d has other rows", pass)
		}
	}
	again := collect(t, source(t, m, "train", store.Order{Passes: 3, Seed: 1}).Batches(t.Context())).Origin
	other := collect(t, source(t, m, "train", store.Order{Passes: 3, Seed: 2}).Batches(t.Context())).Origin
	mixed := collect(t, source(t, m, "train", store.Order{Passes: 1, Seed: 1, Shuffle: true}).Batches(t.Context())).Origin
	if !slices.Equal(all, again) || slices.Equal(all, other) || slices.Equal(mixed, stored) {
		t.Error("the order does not follow from the seed")
	}
}

// TestResume goes on from each batch.
func TestResume(t *testing.T) {
	for name, place := range map[string]store.Place{"memory": newMemory(), "folder": store.Folder(t.TempDir())} {
		if _, err := store.Write(t.Context(), place, parts(3000), config(store.F16, 2000)); err != nil {
			t.Fatal(err)
		}
		src := source(t, place, "train", store.Order{Passes: 2})
		var cursors []extract.Cursor
		var ends []extract.Counts
		var rows [][]extract.Origin
		for b, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			cursors, ends, rows = append(cursors, b.Next), append(ends, src.Counts()), append(rows, slices.Clone(b.Origin))
		}
		for i, c := range cursors {
			next := i + 1
			for b, err := range src.BatchesFrom(t.Context(), c) {
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(b.Origin, rows[next]) || b.Next != cursors[next] || src.Counts() != ends[next] {
					t.Fatalf("%s: from batch %d on: batch %d differs", name, i, next)
				}
				next++
			}
			if next != len(rows) {
				t.Errorf("%s: from batch %d on: %d batches, want %d", name, i, next, len(rows))
			}
		}
		for _, err := range src.BatchesFrom(t.Context(), extract.Cursor{Examples: 1 << 30}) {
			wants(t, err, "part train has", "go on with the store")
		}
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	for _, tt := range []struct {
		dtype store.DType
		value float32
		words []string
	}{
		{store.F16, 65519, nil},
		{store.F16, 65520, []string{"example 9, position 1", "65520 does not fit into F16", "65504", "BF16 or F32"}},
		{store.F16, -1e30, []string{"-1e+30 does not fit into F16"}},
		{store.BF16, 3.38e38, nil},
		{store.BF16, 3.4e38, []string{"does not fit into BF16"}},
		{store.F32, 3.4e38, nil},
		{store.F32, float32(inf), []string{"hook h.0", "+Inf is no finite number"}},
		{store.F16, float32(-inf), []string{"no finite number"}},
		{store.BF16, float32(nan), []string{"no finite number"}},
		{store.F32, float32(nan), []string{"no finite number"}},
	} {
		src := newCounted(20)
		src.value = func(e, p, i int) float32 {
			if e == 9 && p == 1 && i == 0 {
				return tt.value
			}
			return 0
		}
		_, err := store.Write(t.Context(), newMemory(), []store.Part{{Name: "train", Source: src}}, config(tt.dtype, 10))
		if tt.words == nil && err != nil {
			t.Errorf("%s of %g: %v", tt.dtype, tt.value, err)
		} else if tt.words != nil {
			wants(t, err, tt.words...)
		}
	}
}

func TestBadInput(t *testing.T) {
	other := newCounted(5)
	other.info.Hook = "h.7"
	for name, tt := range map[string]struct {
		parts []store.Part
		cfg   store.Config
		words []string
	}{
		"config":        {parts(5), store.Config{DType: "F8", Unit: "word"}, []string{`dtype is "F8"`, "shard_rows is 0", `unit is "word"`}},
		"no part":       {nil, config(store.F16, 1), []string{"no part"}},
		"name":          {[]store.Part{{Name: "../x", Source: newCounted(5)}}, config(store.F16, 1), []string{`part "../x"`}},
		"twice":         {[]store.Part{{Name: "a", Source: newCounted(5)}, {Name: "a", Source: newCounted(5)}}, config(store.F16, 1), []string{"there twice"}},
		"another hook":  {[]store.Part{{Name: "a", Source: newCounted(5)}, {Name: "b", Source: other}}, config(store.F16, 1), []string{"other rows", "h.7"}},
		"negative rows": {[]store.Part{{Name: "a", Source: newCounted(5), Rows: -1}}, config(store.F16, 1), []string{"rows is -1"}},
		"no rows":       {[]store.Part{{Name: "a", Source: newCounted(1)}}, config(store.F16, 1), []string{"part a: no rows"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.Write(t.Context(), newMemory(), tt.parts, tt.cfg)
			wants(t, err, tt.words...)
		})
	}
}

// TestProgress sees the estimate before the first shard and the rows grow.
func TestProgress(t *testing.T) {
	c, last := config(store.F16, 100), store.Progress{}
	c.Progress = func(p store.Progress) {
		if p.Rows < last.Rows {
			t.Errorf("%d rows after %d", p.Rows, last.Rows)
		}
		last = p
	}
	m, err := store.Write(t.Context(), newMemory(), []store.Part{{Name: "train", Source: newCounted(1000), Examples: 1000}}, c)
	if err != nil {
		t.Fatal(err)
	}
	if last.Rows != m.Rows() || last.Expected < m.Rows()*9/10 || last.Expected > m.Rows()*11/10 {
		t.Errorf("ended with %+v, want about %d rows", last, m.Rows())
	}
}

func TestRemove(t *testing.T) {
	m := written(t, 20, config(store.F16, 10))
	m.files["thesis.tex"] = nil
	if err := store.Remove(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if len(m.files) != 1 {
		t.Errorf("left: %v", m.files)
	}
	wants(t, store.Remove(t.Context(), m), "no activation store")
}

// TestRandomStores holds reading to writing for many shapes.
func TestRandomStores(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		src := newCounted(1 + rng.IntN(60))
		src.info.DIn, src.info.DOut = 1+rng.IntN(9), rng.IntN(3)
		if src.info.DOut == 0 {
			src.info.Target = ""
		}
		m, limit := newMemory(), rng.IntN(40)
		_, err := store.Write(t.Context(), m, []store.Part{{Name: "train", Source: src, Rows: limit}}, config(store.F32, 1+rng.IntN(30)))
		if src.examples < 2 {
			wants(t, err, "no rows")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		want := collect(t, src.Batches(t.Context()))
		if limit > 0 {
			want = want.Slice(0, min(limit, want.Len()))
		}
		if d := cmp.Diff(want, collect(t, source(t, m, "train", store.Order{Passes: 1}).Batches(t.Context()))); d != "" {
			t.Errorf("%+v: %s", src.info, d)
		}
		for name := range m.files {
			if src.info.DOut == 0 && strings.Contains(name, "target") {
				t.Errorf("there is %s without targets", name)
			}
		}
	}
}
