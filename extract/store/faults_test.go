package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/extract/store"
)

// TestVerifyNamesFaults damages a store in every way there is.
func TestVerifyNamesFaults(t *testing.T) {
	whole := written(t, 60, config(store.F16, 20))
	otherConfig := config(store.F16, 20)
	otherConfig.Settings["context_size"] = 64
	foreign := written(t, 60, otherConfig)
	const name = "train-acts-00002.safetensors"
	for fault, tt := range map[string]struct {
		damage func(m *memory)
		words  []string
		opens  bool // Open does not see it
	}{
		"flipped byte":            {func(m *memory) { m.files[name][len(m.files[name])-5] ^= 1 }, []string{name + " is damaged", "SHA-256"}, true},
		"flipped byte, header":    {func(m *memory) { m.files[name][40] ^= 1 }, []string{name}, true},
		"missing shard":           {func(m *memory) { delete(m.files, name) }, []string{name + " is missing"}, false},
		"missing target":          {func(m *memory) { delete(m.files, "held-target-00000.safetensors") }, []string{"held-target-00000.safetensors is missing"}, false},
		"cut short":               {func(m *memory) { m.files[name] = m.files[name][:100] }, []string{name + " has 100 bytes of "}, false},
		"empty":                   {func(m *memory) { m.files[name] = nil }, []string{name + " has 0 bytes of "}, false},
		"two shards exchanged":    {func(m *memory) { m.files[name] = m.files["train-acts-00001.safetensors"] }, []string{name, "first_row"}, true},
		"a shard of another":      {func(m *memory) { m.files[name] = foreign.files[name] }, []string{name, "belongs elsewhere", "config_hash"}, true},
		"the manifest of another": {func(m *memory) { m.files[store.ManifestFile] = foreign.files[store.ManifestFile] }, []string{"belongs elsewhere", "config_hash"}, true},
		"one shard too many":      {func(m *memory) { m.files["train-acts-00099.safetensors"] = nil }, []string{"train-acts-00099.safetensors is not in manifest.json"}, true},
		"no manifest":             {func(m *memory) { delete(m.files, store.ManifestFile) }, []string{"no manifest.json", "no activation store"}, false},
		"changed manifest":        {edit(`"context_size": 32`, `"context_size": 33`), []string{"damaged: config_hash is"}, false},
		"changed sum":             {edit(`"sha256": "`, `"sha256": "00`), []string{"damaged: part held: shard 0"}, false},
		"a key more":              {edit(`"hook"`, `"hooks": 1, "hook"`), []string{"unknown field"}, false},
		"another format":          {edit(`"saego activation store"`, `"saego checkpoint"`), []string{`format is "saego checkpoint" 1`}, false},
		"a later version":         {edit(`"version": 1`, `"version": 2`), []string{`2, this program reads`}, false},
		"no JSON":                 {func(m *memory) { m.files[store.ManifestFile] = []byte("{") }, []string{"no JSON"}, false},
	} {
		t.Run(fault, func(t *testing.T) {
			m := whole.clone()
			tt.damage(m)
			_, err := store.Verify(t.Context(), m, nil)
			wants(t, err, append(tt.words, "store: memory: ")...)
			if _, err := store.Open(t.Context(), m); (err == nil) != tt.opens {
				t.Errorf("Open: %v", err)
			}
			if st, err := store.Open(t.Context(), m); err == nil {
				for _, part := range []string{"held", "train"} {
					src, err := st.Source(part, store.Order{Passes: 1})
					if err != nil {
						t.Fatal(err)
					}
					for range src.Batches(t.Context()) { // an error or rows, no panic
					}
				}
			}
		})
	}
	two := whole.clone()
	delete(two.files, name)
	two.files["held-acts-00000.safetensors"][len(two.files["held-acts-00000.safetensors"])-1] ^= 1
	_, err := store.Verify(t.Context(), two, nil)
	wants(t, err, name+" is missing", "held-acts-00000.safetensors is damaged")
}

// edit replaces a text in the manifest, once.
func edit(old, new string) func(*memory) {
	return func(m *memory) {
		m.files[store.ManifestFile] = []byte(strings.Replace(string(m.files[store.ManifestFile]), old, new, 1))
	}
}

// TestForeignStoresAreRefused does not write over what another call began or ended.
func TestForeignStoresAreRefused(t *testing.T) {
	unfinished := newMemory()
	p := parts(60)
	p[1].Source.(*counted).fail = 40
	if _, err := store.Write(t.Context(), unfinished, p, config(store.F16, 20)); !errors.Is(err, errBoom) {
		t.Fatal(err)
	}
	_, err := store.Open(t.Context(), unfinished)
	wants(t, err, "not finished", "rows are there")
	model := func(p []store.Part, model, hook string) {
		for _, one := range p {
			one.Source.(*counted).info.Model, one.Source.(*counted).info.Hook = model, hook
		}
	}
	for name, tt := range map[string]struct {
		change func(p []store.Part, c *store.Config)
		words  []string
	}{
		"model":    {func(p []store.Part, _ *store.Config) { model(p, "large@77aa", "h.0") }, []string{"model is large@77aa, the store's tiny@1f0c"}},
		"hook":     {func(p []store.Part, _ *store.Config) { model(p, "tiny@1f0c", "h.5") }, []string{"hook is h.5, the store's h.0"}},
		"dtype":    {func(_ []store.Part, c *store.Config) { c.DType = store.F32 }, []string{"dtype is F32, the store's F16"}},
		"shards":   {func(_ []store.Part, c *store.Config) { c.ShardRows = 9 }, []string{"shard_rows is 9, the store's 20"}},
		"unit":     {func(_ []store.Part, c *store.Config) { c.Unit = store.UnitPatch }, []string{"unit is patch"}},
		"rows":     {func(p []store.Part, _ *store.Config) { p[1].Rows = 50 }, []string{"rows of part train is 50, the store's all"}},
		"part":     {func(p []store.Part, _ *store.Config) { p[0].Name = "test" }, []string{"rows of part held is none", "rows of part test is 30, the store's none"}},
		"settings": {func(_ []store.Part, c *store.Config) { c.Settings = map[string]any{"context_size": 16, "new": true} }, []string{"context_size is 16, the store's 32", "labels is not given, the store's [\"a\",\"b\"]", "new is true, the store's not given"}},
	} {
		for state, place := range map[string]*memory{"manifest.json": written(t, 60, config(store.F16, 20)), "progress.json": unfinished.clone()} {
			t.Run(name+" "+state, func(t *testing.T) {
				p, c, before := parts(60), config(store.F16, 20), place.clone()
				tt.change(p, &c)
				_, err := store.Write(t.Context(), place, p, c)
				wants(t, err, append(tt.words, state+" is of another store", "name another place")...)
				if d := cmp.Diff(before.files, place.files); d != "" {
					t.Error("the store was changed")
				}
			})
		}
	}
	for name, content := range map[string]string{"thesis.tex": "", "manifest.json": "{}", "progress.json": `{"format": "mine"}`} {
		m := newMemory()
		m.files[name] = []byte(content)
		_, err := store.Write(t.Context(), m, parts(60), config(store.F16, 20))
		wants(t, err, name, "name another place")
		if len(m.files) != 1 {
			t.Errorf("%s: wrote into a place that is not its own", name)
		}
	}
	p = parts(60)
	slices.Reverse(p)
	_, err = store.Write(t.Context(), unfinished, p, config(store.F16, 20))
	wants(t, err, "part held before train")
	for name := range unfinished.files {
		if strings.HasPrefix(name, "held-acts") {
			delete(unfinished.files, name)
		}
	}
	_, err = store.Write(t.Context(), unfinished, parts(60), config(store.F16, 20))
	wants(t, err, "held-acts-00000.safetensors is missing")
}

// TestFullPlace stops clearly, keeps what is whole, and goes on when there is room.
func TestFullPlace(t *testing.T) {
	c := config(store.F16, 20)
	want := written(t, 200, c)
	all := int64(0)
	for _, data := range want.files {
		all += int64(len(data))
	}
	stopped := 0
	for room := int64(0); room < all+10_000; room += 12_000 {
		m := newMemory()
		m.room = room
		_, err := store.Write(t.Context(), m, parts(200), c)
		if err == nil {
			break
		}
		stopped++
		if !errors.Is(err, store.ErrFull) {
			t.Fatalf("%d bytes of room: %v", room, err)
		}
		if len(m.files) > 3 {
			wants(t, err, "are whole and stay", "make room and write again")
		}
		for name, data := range m.files {
			if name != store.ProgressFile && string(data) != string(want.files[name]) {
				t.Errorf("%d bytes of room: %s is there and not whole", room, name)
			}
		}
		m.room = -1
		if _, err := store.Write(t.Context(), m, parts(200), c); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want.files, m.files); d != "" {
			t.Errorf("%d bytes of room: the store differs from one that had room", room)
		}
	}
	if stopped < 5 {
		t.Errorf("stopped %d times", stopped)
	}
}

// TestEstimate says that there is no room before there is a shard.
func TestEstimate(t *testing.T) {
	for _, tt := range []struct {
		free     int64
		examples int
		rows     int
		fits     bool
	}{
		{1_000_000, 2000, 0, true},
		{100_000, 2000, 0, false},
		{100_000, 2000, 500, true},
		{10_000, 2000, 500, false},
		{10_000, 0, 0, true}, // not known
		{-1, 2000, 0, true},
	} {
		m := newMemory()
		m.free = tt.free
		p := []store.Part{{Name: "train", Source: newCounted(2000), Examples: tt.examples, Rows: tt.rows}}
		_, err := store.Write(t.Context(), m, p, config(store.F16, 100))
		if tt.fits {
			if err != nil {
				t.Errorf("%+v: %v", tt, err)
			}
			continue
		}
		wants(t, err, "no space left: about ", " are free", "write fewer rows")
		if !errors.Is(err, store.ErrFull) || len(m.files) > 1 {
			t.Errorf("%+v: %d files were written", tt, len(m.files))
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errBoom)
	m := written(t, 60, config(store.F16, 20))
	for _, err := range source(t, m, "train", store.Order{}).Batches(ctx) {
		if !errors.Is(err, errBoom) {
			t.Errorf("error is %v, want %v", err, errBoom)
		}
	}
	if _, err := store.Verify(ctx, m, nil); !errors.Is(err, errBoom) {
		t.Errorf("Verify: error is %v, want %v", err, errBoom)
	}
	if _, err := store.Write(ctx, newMemory(), parts(60), config(store.F16, 20)); !errors.Is(err, errBoom) {
		t.Errorf("Write: error is %v, want %v", err, errBoom)
	}
}
