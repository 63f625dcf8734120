package pixels_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/models"
)

// identity leaves a picture of 4 x 4 pixels as it is.
func identity() models.Vision {
	return models.Vision{
		ResizeMode: models.ResizeExact, Resize: [2]int{4, 4}, Crop: [2]int{4, 4},
		Interpolation: models.Bicubic, Std: [3]float32{1, 1, 1},
	}
}

func TestNewRejects(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*models.Vision, *pixels.Config)
		want   string
	}{
		{"filter", func(v *models.Vision, _ *pixels.Config) { v.Interpolation = "lanczos" }, `interpolation is "lanczos"`},
		{"mode", func(v *models.Vision, _ *pixels.Config) { v.ResizeMode = "" }, `resize_mode is ""`},
		{"size", func(v *models.Vision, _ *pixels.Config) { v.Crop[1] = 0 }, "crop is [4 0]"},
		{
			"limits", func(_ *models.Vision, c *pixels.Config) { *c = pixels.Config{} },
			"max_pixels is 0, want at least 1\nmax_bytes is 0, want at least 1\npillow is 0, want 12 or 13",
		},
	} {
		spec, cfg := identity(), pixels.DefaultConfig()
		tt.change(&spec, &cfg)
		if _, err := pixels.New(&spec, cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one that says %q", tt.name, err, tt.want)
		}
	}
}

// header is the start of a PNG file that declares w x h pixels.
func header(w, h uint32) []byte {
	data := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 8)...)
	binary.BigEndian.PutUint32(data[16:], w)
	binary.BigEndian.PutUint32(data[20:], h)
	data = append(data, 8, 2, 0, 0, 0)
	return binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(data[12:]))
}

func TestLoadRefuses(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join(goldenDir, "tiles-420-64x48.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "unknown format"},
		{"text", []byte("<html>"), "unknown format"},
		{"truncated", whole[:len(whole)-100], truncated},
		{"bomb", header(60_000, 60_000), "60000 x 60000 pixels, more than 178956970: raise max_pixels"},
		{"long", header(1_000_000, 1), "no side may be longer than 65535"},
		{"large", append(header(4, 4), make([]byte, 1<<20)...), "more than 1048576 bytes: raise max_bytes"},
	} {
		spec, cfg := identity(), pixels.DefaultConfig()
		cfg.MaxBytes = 1 << 20
		p, err := pixels.New(&spec, cfg)
		if err != nil {
			t.Fatal(err)
		}
		err = p.Load(make([]float32, p.Len()), bytes.NewReader(tt.data))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one that says %q", tt.name, err, tt.want)
		}
	}
}

// Every kind of picture gives the values that were set, alpha dropped.
func TestCropReadsEveryKind(t *testing.T) {
	r := image.Rect(3, 5, 7, 9) // a picture need not begin at 0, 0
	set := color.NRGBA{R: 200, G: 100, B: 50, A: 255}
	clear := color.NRGBA{R: 200, G: 100, B: 50, A: 7}
	for _, tt := range []struct {
		name string
		img  image.Image
		c    color.Color
		want [3]uint8
	}{
		{"NRGBA", image.NewNRGBA(r), clear, [3]uint8{200, 100, 50}},
		{"NRGBA64", image.NewNRGBA64(r), color.NRGBA64{R: 0xc8ff, G: 0x6400, B: 0x32ff, A: 1}, [3]uint8{200, 100, 50}},
		{"RGBA", image.NewRGBA(r), set, [3]uint8{200, 100, 50}},
		{"RGBA, blended", image.NewRGBA(r), color.RGBA{R: 100, G: 50, B: 25, A: 128}, [3]uint8{199, 99, 49}},
		{"RGBA64", image.NewRGBA64(r), set, [3]uint8{200, 100, 50}},
		{"RGBA64, blended", image.NewRGBA64(r), color.RGBA64{R: 0x6400, A: 0x8000}, [3]uint8{199, 0, 0}},
		{"Gray", image.NewGray(r), color.Gray{Y: 9}, [3]uint8{9, 9, 9}},
		{"Gray16", image.NewGray16(r), color.Gray16{Y: 0x09ff}, [3]uint8{9, 9, 9}},
		{"CMYK", image.NewCMYK(r), color.CMYK{C: 255, M: 128, Y: 0, K: 55}, [3]uint8{0, 100, 200}},
		{"Paletted", image.NewPaletted(r, color.Palette{color.Black, clear}), clear, [3]uint8{200, 100, 50}},
		{"Alpha", image.NewAlpha(r), color.Alpha{A: 255}, [3]uint8{255, 255, 255}},
	} {
		fill(tt.img.(drawable), tt.c)
		got, err := newPreprocessor(t, identity(), pixels.Pillow12).Crop(tt.img)
		if err != nil {
			t.Fatal(err)
		}
		if want := slices.Repeat(tt.want[:], 16); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", tt.name, got[:3], tt.want)
		}
	}
}

type drawable interface {
	image.Image
	Set(x, y int, c color.Color)
}

func fill(m drawable, c color.Color) {
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			m.Set(x, y, c)
		}
	}
}

// YCbCr pictures of every layout, and cut-outs of them, are read without a
// sample out of place: a picture of one colour stays one.
func TestCropReadsYCbCr(t *testing.T) {
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		for _, r := range []image.Rectangle{image.Rect(0, 0, 1, 1), image.Rect(0, 0, 13, 9), image.Rect(0, 0, 5, 40)} {
			m := image.NewYCbCr(r, ratio)
			copy(m.Y, bytes.Repeat([]byte{76}, len(m.Y)))
			copy(m.Cb, bytes.Repeat([]byte{85}, len(m.Cb)))
			copy(m.Cr, bytes.Repeat([]byte{255}, len(m.Cr)))
			for _, img := range []image.Image{m, m.SubImage(image.Rect(r.Dx()-1, 0, r.Dx(), r.Dy()))} {
				got, err := newPreprocessor(t, identity(), pixels.Pillow13).Crop(img)
				if err != nil {
					t.Fatal(err)
				}
				if want := slices.Repeat([]uint8{254, 0, 0}, 16); !slices.Equal(got, want) {
					t.Errorf("%v, %v: %v, want %v", ratio, img.Bounds(), got, want)
				}
			}
		}
	}
}

// A pixel that is padding has the value of black.
func TestPaddingIsBlack(t *testing.T) {
	spec := identity()
	spec.Crop, spec.Mean = [2]int{6, 7}, [3]float32{0.5, 0.25, 0}
	white := image.NewGray(image.Rect(0, 0, 4, 4))
	fill(white, color.White)
	var file bytes.Buffer
	if err := png.Encode(&file, white); err != nil {
		t.Fatal(err)
	}
	p := newPreprocessor(t, spec, pixels.Pillow12)
	got := make([]float32, p.Len())
	if err := p.Load(got, &file); err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		x, y := i%7, i/7%6
		want := -spec.Mean[i/42]
		if x >= 1 && x < 5 && y >= 1 && y < 5 {
			want++
		}
		if v != want {
			t.Errorf("channel %d, (%d, %d): %v, want %v", i/42, x, y, v, want)
		}
	}
}

// A picture whose tables would be too large for its use costs no memory.
func TestExtremeShapes(t *testing.T) {
	for _, size := range []image.Point{{65_535, 1}, {1, 65_535}, {2, 3}} {
		for _, mode := range []string{models.ResizeExact, models.ResizeShorter} {
			spec := identity()
			spec.ResizeMode = mode
			for _, pillow := range []int{pixels.Pillow12, pixels.Pillow13} {
				if _, err := newPreprocessor(t, spec, pillow).Crop(image.NewGray(image.Rectangle{Max: size})); err != nil {
					t.Errorf("%v, %s: %v", size, mode, err)
				}
			}
		}
	}
}

func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.*")
	if err != nil || len(files) == 0 {
		f.Fatal("no golden files", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(header(60_000, 60_000))
	spec, cfg := identity(), pixels.DefaultConfig()
	cfg.MaxPixels, cfg.MaxBytes = 1<<20, 1<<16
	p, err := pixels.New(&spec, cfg)
	if err != nil {
		f.Fatal(err)
	}
	dst := make([]float32, p.Len())
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := p.Load(dst, bytes.NewReader(data)); err != nil {
			return
		}
		for i, v := range dst {
			if v < 0 || v > 1 {
				t.Fatalf("value %d is %v, want it from 0 to 1", i, v)
			}
		}
	})
}
