package demo

import (
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
)

// factorsFile holds the truth about a written set, one example per line.
const factorsFile = "factors.jsonl"

// writtenGrid is the patch grid of the shares in a written set.
const writtenGrid = 8

// pictureFactors is one line of the factors of a written set of pictures.
type pictureFactors struct {
	Path string `json:"path"` // below the set's folder
	Scene
	Grid  int       `json:"grid"`  // patches along a side
	Share []float64 `json:"share"` // of each patch that the shape covers, row by row, 4 decimals
}

// Write makes the folder dir an ordinary image folder, <shape>/<index>.png, with
// the truth beside the classes in factors.jsonl: the [Scene] and the shares of an
// 8 x 8 patch grid, which has to divide the pictures' side. The folder must not
// exist; it appears whole or not at all.
func (s *PictureSet) Write(dir string) error {
	return writeFolder(dir, func(tmp string) error {
		for _, shape := range Shapes() {
			if err := os.Mkdir(filepath.Join(tmp, shape), 0o777); err != nil {
				return err
			}
		}
		lines := make([]pictureFactors, s.n)
		for i := range lines {
			line, err := s.writeOne(tmp, i)
			if err != nil {
				return err
			}
			lines[i] = line
		}
		return writeLines(filepath.Join(tmp, factorsFile), s.n, func(i int) any { return lines[i] })
	})
}

// writeOne writes picture i below dir and returns the truth about it.
func (s *PictureSet) writeOne(dir string, i int) (pictureFactors, error) {
	p := s.At(i)
	path := picturePath(i, p.Scene)
	patches, err := p.PatchFactors(writtenGrid)
	if err != nil {
		return pictureFactors{}, err
	}
	f, err := os.Create(filepath.Join(dir, filepath.FromSlash(path)))
	if err != nil {
		return pictureFactors{}, err
	}
	if err := png.Encode(f, p.Image); err != nil {
		_ = f.Close() // the encoder's error is the one to tell
		return pictureFactors{}, fmt.Errorf("%s: %w", path, err)
	}
	shares := make([]float64, len(patches))
	for j, patch := range patches {
		shares[j] = math.Round(patch.Share*1e4) / 1e4
	}
	return pictureFactors{Path: path, Scene: p.Scene, Grid: writtenGrid, Share: shares}, f.Close()
}
