//go:build libjpeg

package pixels_test

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/saego/saego/extract/pixels"
)

const truncated = "libjpeg: the file is truncated"

// Every way to write a JPEG decodes to PIL's pixels, damaged ones included.
func TestGoldenJPEG(t *testing.T) {
	for _, g := range readGoldenJPEG(t) {
		got, err := g.asDecoded(t).Decode(bytes.NewReader(g.read(t)))
		if err != nil {
			t.Errorf("%s: %v", g.File, err)
		} else if digest(got) != g.SHA256 {
			t.Errorf("%s: pixels differ from PIL's", g.File)
		}
	}
}

// A file may end anywhere.
func TestEveryLength(t *testing.T) {
	for _, g := range readGoldenJPEG(t) {
		if !strings.Contains(g.File, "both") {
			continue
		}
		p, data := g.asDecoded(t), g.read(t)
		for n := range data {
			if _, err := p.Decode(bytes.NewReader(data[:n])); err == nil && slices.Contains(g.Raises, n) {
				t.Errorf("%s: %d bytes of %d are a picture", g.File, n, len(data))
			}
		}
	}
}

// A few bytes of a file must not cost the time of a picture, over and over.
func TestManyScans(t *testing.T) {
	for _, g := range readGoldenJPEG(t) {
		if g.File != "grey-progressive.jpg" {
			continue
		}
		data := g.read(t)
		scan, end := bytes.LastIndex(data, []byte("\xff\xda")), len(data)-2
		data = slices.Concat(data[:end], bytes.Repeat(data[scan:end], 600), data[end:])
		if _, err := g.asDecoded(t).Decode(bytes.NewReader(data)); err == nil || !strings.Contains(err.Error(), "more than 500 scans") {
			t.Errorf("error %v, want one that tells of scans", err)
		}
		return
	}
	t.Error("no progressive file")
}

// Preprocessors of several goroutines share nothing.
func TestManyAtOnce(t *testing.T) {
	files := readGoldenJPEG(t)
	var wait sync.WaitGroup
	for start := range 4 {
		wait.Go(func() {
			for i := range files {
				g := files[(start*len(files)/4+i)%len(files)]
				if got, err := g.asDecoded(t).Decode(bytes.NewReader(g.read(t))); err != nil || digest(got) != g.SHA256 {
					t.Errorf("%s: %v, or pixels differ", g.File, err)
				}
			}
		})
	}
	wait.Wait()
}

// Once its buffers have grown, a Preprocessor asks for no more memory than a closure.
func TestReusesMemory(t *testing.T) {
	g := readGoldenJPEG(t)[0]
	p, file := g.asDecoded(t), bytes.NewReader(g.read(t))
	dst := make([]float32, p.Len())
	allocs := testing.AllocsPerRun(100, func() {
		file.Seek(0, 0)
		if err := p.Load(dst, file); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 1 {
		t.Errorf("%g allocations a picture, want at most 1", allocs)
	}
}

func TestJPEGDecoder(t *testing.T) {
	if name := pixels.JPEGDecoder(); !strings.HasPrefix(name, "libjpeg-turbo ") {
		t.Errorf("the decoder is %q", name)
	}
}
