package pixels_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/models"
)

const jpegDir = "testdata/jpeg"

// goldenJPEG is a file of testdata/jpeg, with what PIL decodes.
type goldenJPEG struct {
	File   string
	Size   [2]int // (height, width)
	SHA256 string // of (height, width, 3) uint8
	Raises []int  // lengths at which it is truncated for PIL
}

func readGoldenJPEG(t testing.TB) []goldenJPEG {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(jpegDir, "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g struct{ Files []goldenJPEG }
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g.Files
}

func (g goldenJPEG) read(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(jpegDir, g.File))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// asDecoded returns a Preprocessor that leaves pictures of the size as they are.
func (g goldenJPEG) asDecoded(t testing.TB) *pixels.Preprocessor {
	return newPreprocessor(t, models.Vision{
		ResizeMode: models.ResizeExact, Resize: g.Size, Crop: g.Size, Interpolation: models.Bilinear, Std: [3]float32{1, 1, 1},
	}, pixels.Pillow12)
}

// What PIL refuses as truncated is refused.
func TestTruncatedJPEG(t *testing.T) {
	for _, g := range readGoldenJPEG(t) {
		p, data := g.asDecoded(t), g.read(t)
		for _, n := range g.Raises {
			if _, err := p.Decode(bytes.NewReader(data[:n])); err == nil {
				t.Errorf("%s: %d bytes of %d are a picture, PIL refuses them", g.File, n, len(data))
			}
		}
	}
}
