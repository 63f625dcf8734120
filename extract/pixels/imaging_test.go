package pixels_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/models"
)

// imagenet returns up to n pictures of $SAEGO_DATA/imagenet, spread over its
// classes, or none where it is absent.
func imagenet(t testing.TB, n int) (files []string) {
	t.Helper()
	data := os.Getenv("SAEGO_DATA")
	if data == "" {
		data = "../../../shared/data"
	}
	err := filepath.WalkDir(filepath.Join(data, "imagenet"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.EqualFold(filepath.Ext(path), ".jpeg") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if step := len(files) / n; step > 1 {
		for i := range n {
			files[i] = files[i*step]
		}
		files = files[:n]
	}
	return files
}

// TestImagingDiffers measures, with -v, how far the way that imaging suggests is
// from Pillow's, both from the pixels that imaging decodes. It is the evidence of
// docs/adr/0003-pillow-exact-resize.md.
func TestImagingDiffers(t *testing.T) {
	n := 5
	if testing.Verbose() {
		n = 100
	}
	files := imagenet(t, n)
	if len(files) == 0 {
		t.Skip("no pictures: set SAEGO_DATA to a folder that holds imagenet/")
	}
	for _, tt := range []struct {
		name   string
		filter imaging.ResampleFilter
	}{{models.Bilinear, imaging.Linear}, {models.Bicubic, imaging.CatmullRom}} {
		p := newPreprocessor(t, models.Vision{
			ResizeMode: models.ResizeShorter, Resize: [2]int{256, 256}, Crop: [2]int{224, 224},
			Interpolation: tt.name, Std: [3]float32{1, 1, 1},
		}, pixels.Pillow12)
		var d difference
		for _, name := range files {
			d.add(t, p, name, tt.filter)
		}
		t.Logf("%s: %d of %d pictures equal, max %d of 255, mean %.2f", tt.name, d.equal, len(files), d.worst, d.sum/float64(len(files)))
		if d.equal == len(files) {
			t.Errorf("%s: imaging equals Pillow; the decision has lost its ground", tt.name)
		}
	}
}

// difference sums up what differs between imaging and a Preprocessor.
type difference struct {
	equal, worst int
	sum          float64 // of the pictures' means
}

func (d *difference) add(t *testing.T, p *pixels.Preprocessor, name string, f imaging.ResampleFilter) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := imaging.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	img := imaging.Clone(decoded) // one conversion to RGB for both, so that only the resize differs
	want, err := p.Crop(img)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	w, h := 256, 0
	if img.Rect.Dx() > img.Rect.Dy() {
		w, h = 0, 256
	}
	got := imaging.CropCenter(imaging.Resize(img, w, h, f), 224, 224)
	total, worst := 0, 0
	for i, v := range want {
		diff := int(v) - int(got.Pix[i/3*4+i%3])
		total, worst = total+max(diff, -diff), max(worst, diff, -diff)
	}
	if worst == 0 {
		d.equal++
	}
	d.worst, d.sum = max(d.worst, worst), d.sum+float64(total)/float64(len(want))
}

func BenchmarkLoad(b *testing.B) {
	files := imagenet(b, 20)
	if len(files) == 0 {
		b.Skip("no pictures: set SAEGO_DATA to a folder that holds imagenet/")
	}
	for _, filter := range []string{models.Bilinear, models.Bicubic} {
		b.Run(filter, func(b *testing.B) {
			p := newPreprocessor(b, models.Vision{
				ResizeMode: models.ResizeShorter, Resize: [2]int{248, 248}, Crop: [2]int{224, 224},
				Interpolation: filter, Std: [3]float32{1, 1, 1},
			}, pixels.Pillow12)
			dst := make([]float32, p.Len())
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if err := loadFile(p, dst, files[n%len(files)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
