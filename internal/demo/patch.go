package demo

import "fmt"

// Patch is the truth about one patch of a picture.
type Patch struct {
	Share   float64 // of the patch that the shape covers, 0 to 1
	Shape   string  // factors of what covers it; empty where Share is 0
	Colour  string
	Texture string
}

// PatchFactors cuts p into grid x grid patches and returns the truth about each,
// row by row, as a vision model with that grid numbers them. The grid has to
// divide the picture's side.
func (p Picture) PatchFactors(grid int) ([]Patch, error) {
	size := p.Mask.Rect.Dx()
	if grid < 1 || size%grid != 0 {
		return nil, fmt.Errorf("demo: patches: a grid of %d does not divide %d pixels: choose a divisor", grid, size)
	}
	patches := make([]Patch, grid*grid)
	for i := range patches {
		if share := p.share(i/grid, i%grid, size/grid); share > 0 {
			patches[i] = Patch{Share: share, Shape: p.Shape, Colour: p.Colour, Texture: p.Texture}
		}
	}
	return patches, nil
}

// share returns how much of the patch in this row and column the shape covers;
// side is the patch's side in pixels.
func (p Picture) share(row, column, side int) float64 {
	sum := 0
	for y := row * side; y < (row+1)*side; y++ {
		for _, covered := range p.Mask.Pix[y*p.Mask.Stride+column*side:][:side] {
			sum += int(covered)
		}
	}
	return float64(sum) / float64(255*side*side)
}
