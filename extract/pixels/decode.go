package pixels

import (
	"bytes"
	"fmt"
	"image"
	"io"

	"github.com/disintegration/imaging"
	_ "golang.org/x/image/webp" // registers the format; imaging registers the others
)

// picture is a decoded file.
type picture struct {
	size image.Point
	read rows
}

// jpegMagic begins a JPEG file, for PIL as for us.
var jpegMagic = []byte("\xff\xd8\xff")

// decode reads a picture, having refused what is too large by its header.
func (p *Preprocessor) decode(r io.Reader) (pic picture, err error) {
	// Decoders have panicked on crafted files before; one bad file among a
	// million must cost one picture, not the run.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("decoder panicked: %v", cause)
		}
	}()
	data, err := p.read(r)
	if err != nil {
		return picture{}, err
	}
	if bytes.HasPrefix(data, jpegMagic) {
		return p.jpeg.read(p, data)
	}
	return p.decodeByGo(data)
}

// decodeByGo reads a picture of any format that the image package knows.
func (p *Preprocessor) decodeByGo(data []byte) (picture, error) {
	header, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return picture{}, err
	}
	if err := p.check(header.Width, header.Height); err != nil {
		return picture{}, err
	}
	img, err := imaging.Decode(bytes.NewReader(data))
	if err != nil {
		return picture{}, err
	}
	size := img.Bounds().Size()
	if err := p.check(size.X, size.Y); err != nil {
		return picture{}, err
	}
	return picture{size: size, read: p.rowsOf(img, format == "webp")}, nil
}

// read returns the content of r, in memory that the next call overwrites.
func (p *Preprocessor) read(r io.Reader) ([]byte, error) {
	p.file.Reset()
	p.limited = io.LimitedReader{R: r, N: p.cfg.MaxBytes + 1}
	n, err := p.file.ReadFrom(&p.limited)
	p.limited.R = nil
	if err != nil {
		return nil, err
	}
	if n > p.cfg.MaxBytes {
		return nil, fmt.Errorf("more than %d bytes: raise max_bytes if the file is sound", p.cfg.MaxBytes)
	}
	return p.file.Bytes(), nil
}

// check refuses sizes that no sound picture has.
func (p *Preprocessor) check(w, h int) error {
	if w < 1 || h < 1 {
		return fmt.Errorf("%d x %d pixels: the picture is empty", w, h)
	}
	if w > maxSide || h > maxSide {
		return fmt.Errorf("%d x %d pixels: no side may be longer than %d", w, h, maxSide)
	}
	if int64(w)*int64(h) > p.cfg.MaxPixels {
		return fmt.Errorf("%d x %d pixels, more than %d: raise max_pixels if the file is sound", w, h, p.cfg.MaxPixels)
	}
	return nil
}
