package pixels_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/models"
)

// golden is testdata/golden/golden.json, written by scripts/golden_pixels.py.
type golden struct {
	Specs map[string]models.Vision
	Cases []goldenCase
}

type goldenCase struct {
	File, Spec string
	Pillow     int
	Crop       string  `json:"crop_sha256"`   // (height, width, 3) uint8
	Tensor     string  `json:"tensor_sha256"` // (3, height, width) float32, little endian
	Centre     []uint8 // the crop's pixel in the middle
}

const goldenDir = "testdata/golden"

func readGolden(t testing.TB) golden {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(goldenDir, "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func newPreprocessor(t testing.TB, spec models.Vision, pillow int) *pixels.Preprocessor {
	t.Helper()
	cfg := pixels.DefaultConfig()
	cfg.Pillow = pillow
	p, err := pixels.New(&spec, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The whole path, file to tensor, equals PIL and torchvision bit for bit. One
// Preprocessor serves all pictures, so that stale buffers would show.
func TestGolden(t *testing.T) {
	g := readGolden(t)
	made := map[string]*pixels.Preprocessor{}
	for _, c := range g.Cases {
		key := fmt.Sprint(c.Spec, c.Pillow)
		if made[key] == nil {
			made[key] = newPreprocessor(t, g.Specs[c.Spec], c.Pillow)
		}
		checkGolden(t, made[key], g.Specs[c.Spec], c)
	}
}

func checkGolden(t *testing.T, p *pixels.Preprocessor, spec models.Vision, c goldenCase) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(goldenDir, c.File))
	if err != nil {
		t.Fatal(err)
	}
	crop, err := p.Decode(bytes.NewReader(file))
	if err != nil {
		t.Errorf("%s: %v", c.File, err)
		return
	}
	if digest(crop) != c.Crop {
		at := 3 * (spec.Crop[0]/2*spec.Crop[1] + spec.Crop[1]/2)
		t.Errorf("%s, %s, Pillow %d: crop differs: pixel in the middle is %v, want %v; regenerate with scripts/golden_pixels.py",
			c.File, c.Spec, c.Pillow, crop[at:at+3], c.Centre)
		return
	}
	tensor := make([]float32, p.Len())
	if err := p.Load(tensor, bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	if digest(littleEndian(t, tensor)) != c.Tensor {
		t.Errorf("%s, %s, Pillow %d: crop is equal, tensor differs", c.File, c.Spec, c.Pillow)
	}
}

// The fixtures must hold pictures for which the order of the passes matters, and
// pictures smaller than the crop.
func TestGoldenCoversPassOrder(t *testing.T) {
	crops := map[string][]string{}
	for _, c := range readGolden(t).Cases {
		key := c.File + c.Spec
		if !slices.Contains(crops[key], c.Crop) {
			crops[key] = append(crops[key], c.Crop)
		}
	}
	differ := 0
	for _, c := range crops {
		differ += len(c) - 1
	}
	if differ == 0 {
		t.Error("no picture for which Pillow 12 and 13 differ")
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func littleEndian(t testing.TB, values []float32) []byte {
	t.Helper()
	data, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
