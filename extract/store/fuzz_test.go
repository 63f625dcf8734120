package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/extract/store"
)

// tour reads all that can be read of a place; nothing of it may panic. It reports
// whether every part came without an error.
func tour(t *testing.T, place store.Place) bool {
	_, _ = store.Verify(t.Context(), place, nil)
	_, _, _ = store.Read(t.Context(), place)
	st, err := store.Open(t.Context(), place)
	if err != nil {
		return false
	}
	good := true
	for _, p := range st.Manifest().Parts {
		src, err := st.Source(p.Name, store.Order{Passes: 2, Shuffle: true})
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for b, err := range src.Batches(t.Context()) {
			if err != nil {
				good = false
				break
			}
			rows += b.Len()
			if len(b.Data) != b.Len()*st.Info().DIn {
				t.Fatalf("%d values in %d rows of %d", len(b.Data), b.Len(), st.Info().DIn)
			}
		}
		if good && rows != 2*p.Rows {
			t.Errorf("%d rows in two passes over %d", rows, p.Rows)
		}
	}
	return good
}

func FuzzManifest(f *testing.F) {
	whole := written(f, 20, config(store.F16, 10))
	text := whole.files[store.ManifestFile]
	for _, cut := range []int{0, 1, len(text) / 2, len(text) - 3, len(text)} {
		f.Add(text[:cut])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{store.ManifestFile, store.ProgressFile} {
			m := whole.clone()
			delete(m.files, store.ManifestFile)
			m.files[name] = data
			tour(t, m)
			_, _ = store.Write(t.Context(), m, parts(20), config(store.F16, 10))
		}
	})
}

func FuzzShard(f *testing.F) {
	whole := written(f, 20, config(store.F16, 10))
	const name = "train-acts-00001.safetensors"
	data := whole.files[name]
	for _, cut := range []int{1, 8, 40, len(data) / 2, len(data) - 1, len(data)} {
		f.Add(data[:cut])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := whole.clone()
		m.files[name] = data
		describe(t, m)
		good := tour(t, m)
		if _, err := store.Verify(t.Context(), m, nil); (err == nil) != good {
			t.Errorf("reading says %v, Verify %v", good, err)
		}
	})
}

// describe makes the manifest of a place say what is there now.
func describe(t *testing.T, place *memory) {
	t.Helper()
	var m store.Manifest
	if err := json.Unmarshal(place.files[store.ManifestFile], &m); err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	set := func(f *store.FileSum) {
		sum := sha256.Sum256(place.files[f.Name])
		f.Bytes, f.SHA256 = int64(len(place.files[f.Name])), hex.EncodeToString(sum[:])
		sums[f.Name] = f.SHA256
	}
	for _, p := range m.Parts {
		for i := range p.Shards {
			set(&p.Shards[i].Acts)
			set(p.Shards[i].Target)
		}
	}
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(sums)) { // as sha256sum prints them
		lines.WriteString(sums[name] + "  " + name + "\n")
	}
	sum := sha256.Sum256([]byte(lines.String()))
	m.ContentHash = hex.EncodeToString(sum[:])
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	place.files[store.ManifestFile] = text
}

// TestContentHash is what the documentation says, and that of equal rows.
func TestContentHash(t *testing.T) {
	m := written(t, 20, config(store.F16, 10))
	before, _, err := store.Read(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	describe(t, m)
	after, _, err := store.Read(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if before.ContentHash != after.ContentHash {
		t.Errorf("content_hash is %s, sha256sum says %s", before.ContentHash, after.ContentHash)
	}
}
