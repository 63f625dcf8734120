package demo

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"iter"

	"github.com/saego/saego/datasets"
)

// Picture is a drawn picture with the truth about it.
type Picture struct {
	Scene
	Label int          // index of Shape in [Shapes]
	Image *image.RGBA  // opaque
	Mask  *image.Alpha // share of each pixel that the shape covers, 255 = all
}

// PictureSet is a [datasets.Dataset] of drawn pictures; its labels are the shapes.
// A picture is drawn when it is opened, never kept.
type PictureSet struct {
	n    int
	seed uint64
	size int
}

var _ datasets.Dataset[datasets.Image] = (*PictureSet)(nil)

// MinSize is the smallest side of a picture, in pixels, on which a texture can
// still be seen.
const MinSize = 32

// Pictures returns n pictures of size x size pixels, drawn from seed.
func Pictures(n int, seed uint64, size int) (*PictureSet, error) {
	if n < 0 {
		return nil, fmt.Errorf("demo: pictures: %d asked for: want 0 or more", n)
	}
	if size < MinSize {
		return nil, fmt.Errorf("demo: pictures: size is %d pixels: want at least %d", size, MinSize)
	}
	return &PictureSet{n: n, seed: seed, size: size}, nil
}

// Len returns the number of pictures.
func (s *PictureSet) Len() int { return s.n }

// Labels implements [datasets.Dataset]: the shapes.
func (s *PictureSet) Labels() []string { return Shapes() }

// Pass implements [datasets.Dataset]; the order is the same for every n.
func (s *PictureSet) Pass(int) iter.Seq2[datasets.Image, error] {
	return func(yield func(datasets.Image, error) bool) {
		for i := range s.n {
			if !yield(s.example(i), nil) {
				return
			}
		}
	}
}

// At draws picture i, with 0 <= i < Len().
func (s *PictureSet) At(i int) Picture {
	scene := s.Scene(i)
	img, mask := scene.draw(s.size, newRand(s.seed, streamPixels, i))
	return Picture{Scene: scene, Label: shapeIndex(scene.Shape), Image: img, Mask: mask}
}

// Scene returns the factors of picture i without drawing it.
func (s *PictureSet) Scene(i int) Scene { return newScene(newRand(s.seed, streamScenes, i)) }

// example describes picture i; Open draws it as PNG.
func (s *PictureSet) example(i int) datasets.Image {
	scene := s.Scene(i)
	return datasets.Image{
		Index: i,
		ID:    picturePath(i, scene),
		Label: shapeIndex(scene.Shape),
		Open:  func() (io.ReadCloser, error) { return s.open(i) },
	}
}

func (s *PictureSet) open(i int) (io.ReadCloser, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, s.At(i).Image); err != nil {
		return nil, fmt.Errorf("demo: picture %d: %w", i, err)
	}
	return io.NopCloser(&b), nil
}

// picturePath is where picture i lies in a written set.
func picturePath(i int, s Scene) string { return fmt.Sprintf("%s/%05d.png", s.Shape, i) }
