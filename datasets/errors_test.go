package datasets_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/datasets"
)

func TestOpenTextsErrors(t *testing.T) {
	parquetFile := string(asParquet(t, rows))
	packed := string(zipped(asLines)(t, rows))
	for name, tt := range map[string]struct {
		file, data string
		cfg        datasets.TextConfig
		want       []string
	}{
		"no text field":      {"a.csv", "id,body\n1,x\n", datasets.TextConfig{}, []string{"a.csv:1", "text, review, sentence, content", "only id, body", "text_field"}},
		"no such label":      {"a.jsonl", `{"text":"a","stars":1}`, datasets.TextConfig{LabelField: "rating"}, []string{"a.jsonl:1", "rating", "stars, text", "label_field"}},
		"empty table":        {"a.csv", "", datasets.TextConfig{}, []string{"a.csv:1", "header"}},
		"field count":        {"a.csv", "text,label\na,1\nb\n", datasets.TextConfig{}, []string{"a.csv:3", "wrong number of fields"}},
		"bare quote":         {"a.csv", "text,label\na,1\nb \"c\",0\n", datasets.TextConfig{}, []string{"a.csv:3", "double"}},
		"not json":           {"a.jsonl", "{\"text\":\"a\"}\n{\"text\":\n", datasets.TextConfig{}, []string{"a.jsonl:2", "one object per line"}},
		"json array":         {"a.json", "[\n{}]", datasets.TextConfig{}, []string{"a.json:1", "array", "jq"}},
		"text not a string":  {"a.jsonl", "{\"text\":\"a\"}\n{\"text\":3}\n", datasets.TextConfig{}, []string{"a.jsonl:2", "text is not a string"}},
		"label an object":    {"a.jsonl", `{"text":"a","label":{}}`, datasets.TextConfig{}, []string{"a.jsonl:1", "label"}},
		"utf-16":             {"a.csv", "\xff\xfet\x00", datasets.TextConfig{}, []string{"UTF-16"}},
		"not gzip":           {"a.jsonl.gz", "{}", datasets.TextConfig{}, []string{"not a gzip file"}},
		"gzip cut":           {"a.jsonl.gz", packed[:len(packed)-20], datasets.TextConfig{}, []string{"a.jsonl.gz:", "cut short"}},
		"parquet cut":        {"a.parquet", parquetFile[:len(parquetFile)-20], datasets.TextConfig{}, []string{"not a whole parquet file"}},
		"parquet empty":      {"a.parquet", "", datasets.TextConfig{}, []string{"not a whole parquet file"}},
		"parquet footer":     {"a.parquet", "PAR1\xff\xff\xff\xffPAR1", datasets.TextConfig{}, []string{"footer of 4294967295 bytes"}},
		"parquet text field": {"a.parquet", parquetFile, datasets.TextConfig{TextField: "label"}, []string{"column label holds no text"}},
		"parquet field":      {"a.parquet", parquetFile, datasets.TextConfig{TextField: "body"}, []string{"body", "text, label"}},
		"format":             {"a.xlsx", "", datasets.TextConfig{}, []string{"unknown format", ".csv"}},
		"split":              {"a.csv", "text\n", datasets.TextConfig{Split: "../x"}, []string{"split"}},
		"labels":             {"a.csv", "text\n", datasets.TextConfig{Labels: []string{"a", "a", ""}}, []string{"twice", "name 2 is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := datasets.OpenTexts(write(t, filepath.Join(t.TempDir(), tt.file), []byte(tt.data)), tt.cfg)
			expect(t, err, tt.want...)
		})
	}
}

func expect(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range append(parts, "datasets: ") {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func TestFolderErrors(t *testing.T) {
	empty := t.TempDir()
	_, err := datasets.OpenTexts(empty, datasets.TextConfig{})
	expect(t, err, empty, "no split train", "neg")
	_, err = datasets.OpenTexts(filepath.Join(empty, "nowhere"), datasets.TextConfig{})
	expect(t, err, "nowhere", "no such file")
	write(t, filepath.Join(empty, "train.csv"), []byte("text\n"))
	write(t, filepath.Join(empty, "train.jsonl"), nil)
	_, err = datasets.OpenTexts(empty, datasets.TextConfig{})
	expect(t, err, "several files hold the split train")

	root := writeACL(t, t.TempDir(), "train")
	for _, dir := range []string{"neg", "pos"} {
		if err := os.RemoveAll(filepath.Join(root, "train", dir)); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root, "train", dir, "x.md"), nil)
	}
	expect(t, firstError(open(t, root, datasets.TextConfig{})), "no .txt")
}

func firstError[T any](ds datasets.Dataset[T]) error {
	for _, err := range ds.Pass(0) {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestUnknownLabel(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "a.csv"), []byte("text,label\na,neg\nb,neutral\n"))
	ds := open(t, path, datasets.TextConfig{Labels: []string{"neg", "pos"}})
	expect(t, firstError(ds), "a.csv:3", `"neutral"`, "neg, pos")
}

func TestLabelFieldWithTooManyClasses(t *testing.T) {
	var b strings.Builder
	b.WriteString("text,label\n")
	for i := range 10_010 {
		fmt.Fprintf(&b, "a,name%d\n", i)
	}
	_, err := datasets.OpenTexts(write(t, filepath.Join(t.TempDir(), "a.csv"), []byte(b.String())), datasets.TextConfig{})
	expect(t, err, "more than 10000 classes", "label_field")
}

func TestEndlessRecord(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 65 MiB")
	}
	huge := strings.Repeat("x", 65<<20)
	for name, head := range map[string]string{"a.csv": "text\n\"", "a.jsonl": `{"text":"`} {
		_, err := datasets.OpenTexts(write(t, filepath.Join(t.TempDir(), name), []byte(head+huge)), datasets.TextConfig{LabelField: ""})
		expect(t, err, name+":1", "64 MiB")
	}
}
