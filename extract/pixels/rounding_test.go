package pixels_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/models"
)

// torchvision rounds half of what is cut away to the even number, Hugging Face down.
func TestCropRounding(t *testing.T) {
	for _, tt := range []struct {
		rounding     string
		width, first int
	}{
		{"", 5, 0},
		{"", 7, 2},
		{models.CropHalfEven, 7, 2},
		{models.CropFloor, 5, 0},
		{models.CropFloor, 7, 1},
		{models.CropFloor, 6, 1},
	} {
		spec := identity()
		spec.Resize, spec.CropRounding = [2]int{4, tt.width}, tt.rounding
		p, err := pixels.New(&spec, pixels.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		img := image.NewNRGBA(image.Rect(0, 0, tt.width, 4))
		for x := range tt.width {
			for y := range 4 {
				img.Set(x, y, color.NRGBA{R: uint8(x), A: 255})
			}
		}
		crop, err := p.Crop(img)
		if err != nil {
			t.Fatal(err)
		}
		if got := int(crop[0]); got != tt.first {
			t.Errorf("crop_rounding %q: of %d pixels the crop's first is %d, want %d", tt.rounding, tt.width, got, tt.first)
		}
	}
}
