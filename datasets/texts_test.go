package datasets_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/saego/saego/datasets"
)

// row is an example as the tests write it.
type row struct {
	Text  string `json:"text" parquet:"text"`
	Label int64  `json:"label" parquet:"label"`
}

var rows = []row{
	{"plain", 0},
	{"two\nlines, a \"quote\" and a comma", 0},
	{"tab\tand ünïcödé 😀", 0},
	{"", 1},
	{"  kept spaces  ", 1},
	{strings.Repeat("long ", 50_000), 1},
}

func write(t testing.TB, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func asTable(comma rune) func(testing.TB, []row) []byte {
	return func(t testing.TB, rows []row) []byte {
		t.Helper()
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma = comma
		records := [][]string{{"id", "text", "label"}}
		for i, r := range rows {
			records = append(records, []string{fmt.Sprint(i), r.Text, fmt.Sprint(r.Label)})
		}
		if err := w.WriteAll(records); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
}

func asLines(t testing.TB, rows []row) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, r := range rows {
		if err := json.NewEncoder(&b).Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func asParquet(t testing.TB, rows []row) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[row](&b, parquet.MaxRowsPerRowGroup(4), parquet.PageBufferSize(64), parquet.Compression(&parquet.Snappy))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(make func(testing.TB, []row) []byte) func(testing.TB, []row) []byte {
	return func(t testing.TB, rows []row) []byte {
		t.Helper()
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(make(t, rows)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
}

func withMark(make func(testing.TB, []row) []byte) func(testing.TB, []row) []byte {
	return func(t testing.TB, rows []row) []byte { return append([]byte("\ufeff"), make(t, rows)...) }
}

// writeACL writes rows as aclImdb's folder and returns its path.
func writeACL(t testing.TB, root, split string) string {
	t.Helper()
	for i, r := range rows {
		class := []string{"neg", "pos"}[r.Label]
		write(t, filepath.Join(root, split, class, fmt.Sprintf("%d_3.txt", i)), []byte(r.Text))
		write(t, filepath.Join(root, split, class, "notes.md"), []byte("not a review"))
		write(t, filepath.Join(root, split, "unsup", "0_0.txt"), []byte("no label"))
	}
	return root
}

func open(t testing.TB, path string, cfg datasets.TextConfig) datasets.Dataset[datasets.Text] {
	t.Helper()
	ds, err := datasets.OpenTexts(path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func all[T any](t testing.TB, ds datasets.Dataset[T], pass int) []T {
	t.Helper()
	var got []T
	for e, err := range ds.Pass(pass) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	return got
}

func TestEveryFormatGivesTheSameExamples(t *testing.T) {
	for name, data := range map[string]func(testing.TB, []row) []byte{
		"a.csv":      asTable(','),
		"a.tsv":      asTable('\t'),
		"A.CSV.GZ":   zipped(asTable(',')),
		"bom.csv":    withMark(asTable(',')),
		"a.jsonl":    asLines,
		"a.ndjson":   asLines,
		"a.json":     asLines,
		"a.jsonl.gz": zipped(asLines),
		"bom.jsonl":  withMark(asLines),
		"a.parquet":  asParquet,
	} {
		t.Run(name, func(t *testing.T) {
			ds := open(t, write(t, filepath.Join(t.TempDir(), name), data(t, rows)), datasets.TextConfig{})
			ids := make(map[string]bool)
			for pass := range 2 {
				got := all(t, ds, pass)
				for i := range got {
					ids[got[i].ID] = true
					if !strings.HasPrefix(got[i].ID, name+":") {
						t.Errorf("ID is %q, want %s:line", got[i].ID, name)
					}
					got[i].ID = ""
				}
				if diff := cmp.Diff(want(), got); diff != "" {
					t.Errorf("pass %d (-want +got):\n%s", pass, diff)
				}
			}
			if len(ids) != len(rows) {
				t.Errorf("IDs are not unique: %v", ids)
			}
			if names := ds.Labels(); !slices.Equal(names, []string{"0", "1"}) {
				t.Errorf("labels are %q, want 0 and 1", names)
			}
		})
	}
}

// want returns rows as examples without IDs.
func want() []datasets.Text {
	var texts []datasets.Text
	for i, r := range rows {
		texts = append(texts, datasets.Text{Index: i, Text: r.Text, Label: int(r.Label)})
	}
	return texts
}

func TestACLFolder(t *testing.T) {
	root := writeACL(t, t.TempDir(), "train")
	writeACL(t, root, "test")
	for _, tt := range []struct{ path, split, first string }{
		{root, "", "train/neg/0_3.txt"},
		{root, "train", "train/neg/0_3.txt"},
		{root, "test", "test/neg/0_3.txt"},
		{filepath.Join(root, "test"), "", "neg/0_3.txt"},
	} {
		ds := open(t, tt.path, datasets.TextConfig{Split: tt.split})
		got := all(t, ds, 0)
		if got[0].ID != tt.first {
			t.Errorf("%s, split %q: first is %q, want %q", tt.path, tt.split, got[0].ID, tt.first)
		}
		for i := range got {
			got[i].ID = ""
		}
		if diff := cmp.Diff(want(), got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if names := ds.Labels(); !slices.Equal(names, []string{"neg", "pos"}) {
			t.Errorf("labels are %q", names)
		}
	}
}

func TestFolderOfFiles(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "train-00000-of-00002.parquet"), asParquet(t, rows[:3]))
	write(t, filepath.Join(root, "train-00001-of-00002.parquet"), asParquet(t, rows[3:]))
	write(t, filepath.Join(root, "test.jsonl"), asLines(t, rows[:1]))
	write(t, filepath.Join(root, "training-notes.csv"), nil)
	if got := all(t, open(t, root, datasets.TextConfig{}), 0); len(got) != len(rows) || got[5].Index != 5 {
		t.Errorf("train has %d examples, want %d", len(got), len(rows))
	}
	if got := all(t, open(t, root, datasets.TextConfig{Split: "test"}), 0); len(got) != 1 {
		t.Errorf("test has %d examples, want 1", len(got))
	}
}

func TestLabels(t *testing.T) {
	for name, tt := range map[string]struct {
		file, data string
		cfg        datasets.TextConfig
		names      []string
		want       []int
	}{
		"strings sorted":     {"a.csv", "review,sentiment\na,positive\nb,negative\nc, positive \n", datasets.TextConfig{}, []string{"negative", "positive"}, []int{1, 0, 1}},
		"integers kept":      {"a.csv", "text,label\na,2\nb,0\nc,-1\n", datasets.TextConfig{}, []string{"0", "1", "2"}, []int{2, 0, -1}},
		"floats of a table":  {"a.csv", "text,label\na,1.0\nb,\n", datasets.TextConfig{}, []string{"0", "1"}, []int{1, -1}},
		"json values":        {"a.jsonl", "{\"text\":\"a\",\"label\":1.0}\n\n{\"text\":\"b\",\"label\":null}\n{\"text\":\"c\"}", datasets.TextConfig{}, []string{"0", "1"}, []int{1, -1, -1}},
		"json booleans":      {"a.jsonl", `{"text":"a","label":true}` + "\n" + `{"text":"b","label":false}`, datasets.TextConfig{}, []string{"false", "true"}, []int{1, 0}},
		"none":               {"a.jsonl", `{"text":"a"}`, datasets.TextConfig{}, nil, []int{-1}},
		"an empty list":      {"a.csv", "text,label\na,1\nb,0\n", datasets.TextConfig{Labels: []string{}}, []string{"0", "1"}, []int{1, 0}},
		"given for strings":  {"a.csv", "text,label\na,pos\nb,neg\n", datasets.TextConfig{Labels: []string{"pos", "neg", "other"}}, []string{"pos", "neg", "other"}, []int{0, 1}},
		"given for integers": {"a.csv", "text,label\na,1\nb,0\n", datasets.TextConfig{Labels: []string{"neg", "pos"}}, []string{"neg", "pos"}, []int{1, 0}},
		"chosen fields":      {"a.tsv", "text\tbody\tlabel\tstars\nx\ta\t1\t3\n", datasets.TextConfig{TextField: "body", LabelField: "stars"}, []string{"0", "1", "2", "3"}, []int{3}},
	} {
		t.Run(name, func(t *testing.T) {
			ds := open(t, write(t, filepath.Join(t.TempDir(), tt.file), []byte(tt.data)), tt.cfg)
			if !slices.Equal(ds.Labels(), tt.names) {
				t.Errorf("labels are %q, want %q", ds.Labels(), tt.names)
			}
			for i, e := range all(t, ds, 0) {
				if e.Label != tt.want[i] || e.Text != string(rune('a'+i)) {
					t.Errorf("example %d is %+v, want label %d", i, e, tt.want[i])
				}
			}
		})
	}
}

func TestParquetClassNames(t *testing.T) {
	var b bytes.Buffer
	w := parquet.NewGenericWriter[row](&b, parquet.KeyValueMetadata("huggingface",
		`{"info": {"features": {"text": {"dtype": "string"}, "label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}`))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ds := open(t, write(t, filepath.Join(t.TempDir(), "a.parquet"), b.Bytes()), datasets.TextConfig{})
	if !slices.Equal(ds.Labels(), []string{"neg", "pos"}) || all(t, ds, 0)[5].Label != 1 {
		t.Errorf("labels are %q", ds.Labels())
	}
}

func TestParquetNulls(t *testing.T) {
	type sparse struct {
		Text  *string  `parquet:"text,optional"`
		Label *float64 `parquet:"label,optional"`
	}
	var b bytes.Buffer
	a, one := "a", 1.0
	w := parquet.NewGenericWriter[sparse](&b)
	if _, err := w.Write([]sparse{{&a, nil}, {nil, &one}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := all(t, open(t, write(t, filepath.Join(t.TempDir(), "a.parquet"), b.Bytes()), datasets.TextConfig{}), 0)
	if len(got) != 2 || got[0].Text != "a" || got[0].Label != -1 || got[1].Text != "" || got[1].Label != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestInvalidUTF8IsPassedThrough(t *testing.T) {
	const text = "a\xffb\xc3\x28 \"quoted\" \xe2\x82"
	for name, data := range map[string]string{
		"a.csv":   "text\n\"a\xffb\xc3\x28 \"\"quoted\"\" \xe2\x82\"\n",
		"a.jsonl": "{\"text\": \"a\xffb\xc3\x28 \\\"quoted\\\" \xe2\x82\"}\n",
	} {
		got := all(t, open(t, write(t, filepath.Join(t.TempDir(), name), []byte(data)), datasets.TextConfig{}), 0)
		if len(got) != 1 || got[0].Text != text {
			t.Errorf("%s: got %+v, want %q", name, got, text)
		}
	}
}
