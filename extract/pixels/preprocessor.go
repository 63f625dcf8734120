package pixels

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"

	"github.com/saego/saego/models"
)

// Preprocessor turns pictures into the input of one network. It owns its buffers,
// which grow to the largest picture seen; one goroutine at a time may use it.
type Preprocessor struct {
	spec   models.Vision
	cfg    Config
	filter filter
	table  [3][256]float32 // channel, pixel value -> normalised value

	tables  tableCache
	file    bytes.Buffer
	limited io.LimitedReader
	jpeg    jpegReader
	cb, cr  []uint8 // a row of upsampled chroma
	line    []uint8 // a row of source pixels, RGB
	mid     []uint8 // the result of the first pass
	window  []uint8 // source pixels, RGB, where columns go first
	sums    []int32
	crop    []uint8 // (height, width, 3)
}

// New returns a Preprocessor for networks fed as spec says. It copies spec.
func New(spec *models.Vision, cfg Config) (*Preprocessor, error) {
	if err := errors.Join(checkSpec(spec), cfg.Validate()); err != nil {
		return nil, fmt.Errorf("pixels: %w", err)
	}
	p := &Preprocessor{spec: *spec, cfg: cfg, filter: filterOf(spec.Interpolation)}
	for c := range p.table {
		for v := range p.table[c] {
			p.table[c][v] = (float32(v)/255 - spec.Mean[c]) / spec.Std[c]
		}
	}
	return p, nil
}

// checkSpec guards what would panic here; models validates the rest.
func checkSpec(s *models.Vision) error {
	if s.Interpolation != models.Bilinear && s.Interpolation != models.Bicubic {
		return fmt.Errorf("interpolation is %q, want %q or %q", s.Interpolation, models.Bilinear, models.Bicubic)
	}
	if s.ResizeMode != models.ResizeShorter && s.ResizeMode != models.ResizeExact {
		return fmt.Errorf("resize_mode is %q, want %q or %q", s.ResizeMode, models.ResizeShorter, models.ResizeExact)
	}
	if min(s.Resize[0], s.Resize[1], s.Crop[0], s.Crop[1]) < 1 {
		return fmt.Errorf("resize is %v and crop is %v, want at least 1 each", s.Resize, s.Crop)
	}
	return nil
}

// Len returns the number of values of a prepared picture: 3 × height × width.
func (p *Preprocessor) Len() int { return 3 * p.spec.Crop[0] * p.spec.Crop[1] }

// Load reads a picture file and writes the network's input to dst (3, height,
// width), which must hold [Preprocessor.Len] values. Errors name neither the file
// nor the package; the caller knows which picture it is.
func (p *Preprocessor) Load(dst []float32, r io.Reader) error {
	crop, err := p.Decode(r)
	if err != nil {
		return err
	}
	p.normalise(dst, crop)
	return nil
}

// Decode is Load up to the crop: it returns (height, width, 3) pixels, valid
// until the next call of any method.
func (p *Preprocessor) Decode(r io.Reader) ([]uint8, error) {
	pic, err := p.decode(r)
	if err != nil {
		return nil, err
	}
	return p.cut(pic), nil
}

// Crop resizes and crops a decoded picture, like Decode. A YCbCr picture is taken
// for a JPEG's.
func (p *Preprocessor) Crop(img image.Image) ([]uint8, error) {
	size := img.Bounds().Size()
	if err := p.check(size.X, size.Y); err != nil {
		return nil, err
	}
	return p.cut(picture{size: size, read: p.rowsOf(img, false)}), nil
}

// normalise writes crop (height, width, 3) to dst (3, height, width): pixels in
// [0, 1] minus the mean over the standard deviation, in float32 as
// torchvision's ToTensor and Normalize.
func (p *Preprocessor) normalise(dst []float32, crop []uint8) {
	n := len(crop) / 3
	r, g, b := dst[:n], dst[n:][:n], dst[2*n:][:n]
	for i := range r {
		px := (*[3]uint8)(crop[3*i:])
		r[i], g[i], b[i] = p.table[0][px[0]], p.table[1][px[1]], p.table[2][px[2]]
	}
}
