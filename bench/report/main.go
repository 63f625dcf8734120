// Command report makes docs/performance.md, and the pictures in it, from what the
// commands of make bench measured, and bench/results/latest.json, the list of all of it:
//
//	go run ./bench/report
//
// The words between the tables are those of performance.md.tmpl.
package main

import (
	"bytes"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/template"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/internal/atomic"
)

//go:embed performance.md.tmpl
var page string

func main() {
	results := flag.String("results", filepath.Join("bench", "results"), "folder of the results")
	docs := flag.String("output", "docs", "folder for performance.md")
	flag.Parse()
	if err := run(*results, *docs); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(results, docs string) error {
	entries, machines, err := result.Latest(results)
	if err != nil {
		return err
	}
	r := report{entries, machines}
	text, err := r.page()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(docs, 0o755); err != nil {
		return err
	}
	err = write(filepath.Join(docs, "performance.md"), text)
	for _, p := range plots {
		err = errors.Join(err, write(filepath.Join(docs, p.file), []byte(r.svg(p))))
	}
	return err
}

func write(path string, text []byte) error {
	return atomic.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// report is what the template speaks of.
type report struct {
	entries  []result.Entry
	machines map[string]result.Machine // of the commands that were run
}

// page fills the template.
func (r report) page() ([]byte, error) {
	t, err := template.New("performance.md").Parse(page)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, r); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
