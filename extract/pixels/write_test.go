package pixels_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/models"
)

var jobFile = flag.String("job", "", "JSON file that says what TestWritePixels writes")

// TestWritePixels is the Go half of scripts/golden_pixels.py --compare: it writes
// the tensors of the job's pictures, one after the other, little endian.
func TestWritePixels(t *testing.T) {
	if *jobFile == "" {
		t.Skip("a tool of scripts/golden_pixels.py --compare")
	}
	var job struct {
		Vision models.Vision
		Pillow int
		Files  []string
		Output string
	}
	data, err := os.ReadFile(*jobFile)
	if err == nil {
		err = json.Unmarshal(data, &job)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(job.Output)
	if err != nil {
		t.Fatal(err)
	}
	p := newPreprocessor(t, job.Vision, job.Pillow)
	tensor := make([]float32, p.Len())
	for _, name := range job.Files {
		err := loadFile(p, tensor, name)
		if err == nil {
			_, err = out.Write(littleEndian(t, tensor))
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func loadFile(p *pixels.Preprocessor, dst []float32, name string) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return p.Load(dst, f)
}
