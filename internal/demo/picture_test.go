package demo_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image/png"
	"io"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/saego/saego/internal/demo"
)

func pictures(t testing.TB, n int, seed uint64, size int) *demo.PictureSet {
	t.Helper()
	set, err := demo.Pictures(n, seed, size)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestPicturesWrong(t *testing.T) {
	for _, c := range []struct{ n, size int }{{-1, 64}, {1, 0}, {1, demo.MinSize - 1}} {
		if _, err := demo.Pictures(c.n, 1, c.size); err == nil {
			t.Errorf("Pictures(%d, 1, %d) gave no error", c.n, c.size)
		}
	}
}

// picturesHash is the SHA-256 of the pixels of the first 50 pictures of seed 1.
const picturesHash = "d8ce865fb0e4eae98213752b3651bcd2401ad2bb09ed0cd74dcb1321717a4c12"

func TestPicturesStay(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("other processors fuse multiplication and addition, which can move a pixel by one step")
	}
	h := sha256.New()
	set := pictures(t, 50, 1, 64)
	for i := range set.Len() {
		h.Write(set.At(i).Image.Pix)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != picturesHash {
		t.Errorf("the first 50 pictures hash to %s, want %s", got, picturesHash)
	}
}

func TestPicturesSeed(t *testing.T) {
	a, b, c := pictures(t, 5, 1, 32), pictures(t, 9, 1, 32), pictures(t, 5, 2, 32)
	for i := range a.Len() {
		if !bytes.Equal(a.At(i).Image.Pix, b.At(i).Image.Pix) {
			t.Errorf("picture %d depends on how many there are", i)
		}
		if bytes.Equal(a.At(i).Image.Pix, c.At(i).Image.Pix) {
			t.Errorf("picture %d is the same under another seed", i)
		}
	}
}

func TestPicturesBalanced(t *testing.T) {
	const n = 6000
	set := pictures(t, n, 1, 64)
	counts := map[string]int{}
	for i := range n {
		s := set.Scene(i)
		for _, v := range []string{s.Shape, s.Colour, s.Texture, s.Quadrant} {
			counts[v]++
		}
	}
	for _, values := range [][]string{demo.Shapes(), demo.Colours(), demo.Textures(), demo.Quadrants()} {
		for _, v := range values {
			if want := n / len(values); math.Abs(float64(counts[v]-want)) > 0.15*float64(want) {
				t.Errorf("%d of %d pictures are %q, want about %d", counts[v], n, v, want)
			}
		}
	}
}

func TestPicturesPass(t *testing.T) {
	set := pictures(t, 12, 4, 48)
	if !slices.IsSorted(set.Labels()) {
		t.Errorf("labels %v are not in an image folder's order", set.Labels())
	}
	i := 0
	for x, err := range set.Pass(1) {
		if err != nil {
			t.Fatal(err)
		}
		want := set.At(i)
		if x.Index != i || x.Label != want.Label || set.Labels()[x.Label] != want.Shape {
			t.Errorf("example %d is %+v, want a %s", i, x, want.Shape)
		}
		for range 2 { // a picture can be opened again
			checkPNG(t, x.Open, want)
		}
		i++
	}
	if i != set.Len() {
		t.Errorf("pass has %d examples, want %d", i, set.Len())
	}
	for range set.Pass(0) {
		break
	}
}

func checkPNG(t *testing.T, open func() (io.ReadCloser, error), want demo.Picture) {
	t.Helper()
	r, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	img, err := png.Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds() != want.Image.Rect {
		t.Fatalf("bounds are %v, want %v", img.Bounds(), want.Image.Rect)
	}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r1, g1, b1, _ := img.At(x, y).RGBA(); r1>>8 != uint32(want.Image.RGBAAt(x, y).R) ||
				g1>>8 != uint32(want.Image.RGBAAt(x, y).G) || b1>>8 != uint32(want.Image.RGBAAt(x, y).B) {
				t.Fatalf("pixel (%d, %d) differs from At", x, y)
			}
		}
	}
}

// areas are the shapes' areas in units of the squared radius, by geometry.
var areas = map[string]float64{
	"circle":   math.Pi * 0.85 * 0.85,
	"ring":     math.Pi * (0.95*0.95 - 0.5*0.5),
	"square":   1.4 * 1.4,
	"triangle": 3 * math.Sqrt(3) / 4,
	"cross":    2*0.54*1.84 - 0.54*0.54,
	"star":     5 * 0.42 * math.Sin(math.Pi/5), // ten triangles of sides 1 and 0.42
}

func TestMaskArea(t *testing.T) {
	const size = 64
	set := pictures(t, 120, 5, size)
	for i := range set.Len() {
		p := set.At(i)
		sum := 0.0
		for _, v := range p.Mask.Pix {
			sum += float64(v) / 255
		}
		want := areas[p.Shape] * p.Radius * p.Radius * size * size
		if math.Abs(sum-want) > 0.03*want+2 {
			t.Errorf("picture %d: mask of a %s covers %.1f pixels, want %.1f", i, p.Shape, sum, want)
		}
	}
}

// TestMaskAgreesWithDrawing looks for the colour where the mask says it is: in
// solid pictures a covered pixel is the colour within its jitter and the grain.
func TestMaskAgreesWithDrawing(t *testing.T) {
	near := map[string][3]float64{
		"red": {0.86, 0.10, 0.12}, "orange": {0.96, 0.52, 0.08}, "yellow": {0.95, 0.88, 0.12}, "green": {0.12, 0.65, 0.18},
		"cyan": {0.10, 0.80, 0.85}, "blue": {0.12, 0.22, 0.88}, "purple": {0.50, 0.12, 0.72}, "pink": {0.97, 0.42, 0.70},
	}
	const tolerance = 255 * (0.04 + 0.06 + 0.01) // jitter, grain, rounding
	set := pictures(t, 100, 6, 64)
	for i := range set.Len() {
		p := set.At(i)
		inside, alike := 0, 0
		for j, v := range p.Mask.Pix {
			like := true
			for k, c := range near[p.Colour] {
				like = like && math.Abs(float64(p.Image.Pix[4*j+k])-255*c) <= tolerance
			}
			if v == 255 {
				inside++
				if like {
					alike++
				}
			}
			if p.Texture == "solid" && v == 255 && !like {
				t.Fatalf("picture %d (%s %s): pixel %d is %v", i, p.Colour, p.Shape, j, p.Image.Pix[4*j:4*j+3])
			}
		}
		if share := float64(alike) / float64(inside); p.Texture != "solid" && (share < 0.1 || share > 0.9) {
			t.Errorf("picture %d (%s %s): %.2f of it has the plain colour", i, p.Texture, p.Shape, share)
		}
	}
}

func TestSceneIsInside(t *testing.T) {
	set := pictures(t, 200, 7, 64)
	for i := range set.Len() {
		s := set.Scene(i)
		if s.X-s.Radius < 0 || s.X+s.Radius > 1 || s.Y-s.Radius < 0 || s.Y+s.Radius > 1 {
			t.Errorf("scene %d leaves the picture: %+v", i, s)
		}
		row, column := "top", "left"
		if s.Y >= 0.5 {
			row = "bottom"
		}
		if s.X >= 0.5 {
			column = "right"
		}
		if want := row + "-" + column; s.Quadrant != want {
			t.Errorf("scene %d at (%.2f, %.2f) is %s, want %s", i, s.X, s.Y, s.Quadrant, want)
		}
	}
}

func TestPatchFactors(t *testing.T) {
	set := pictures(t, 30, 8, 64)
	for i := range set.Len() {
		p := set.At(i)
		total := 0
		for _, v := range p.Mask.Pix {
			total += int(v)
		}
		for _, grid := range []int{1, 4, 8, 64} {
			patches, err := p.PatchFactors(grid)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for j, patch := range patches {
				sum += patch.Share
				if (patch.Shape == p.Shape) != (patch.Share > 0) || patch.Share > 1 {
					t.Errorf("picture %d, patch %d of grid %d is %+v", i, j, grid, patch)
				}
			}
			got, want := sum/float64(grid*grid), float64(total)/(255*64*64)
			if len(patches) != grid*grid || math.Abs(got-want) > 1e-12 {
				t.Errorf("picture %d: %d shares of grid %d average %g, want %g", i, len(patches), grid, got, want)
			}
		}
	}
}

func TestPatchFactorsPlace(t *testing.T) {
	p := pictures(t, 1, 9, 64).At(0)
	p.Mask.Pix = make([]uint8, 64*64)
	p.Mask.Pix[17*64+58] = 255 // row 17, column 58
	patches, err := p.PatchFactors(8)
	if err != nil {
		t.Fatal(err)
	}
	for i, patch := range patches {
		if want := i == 2*8+7; (patch.Share > 0) != want {
			t.Errorf("patch %d has share %g", i, patch.Share)
		}
	}
	for _, grid := range []int{0, -1, 7} {
		if _, err := p.PatchFactors(grid); err == nil {
			t.Errorf("PatchFactors(%d) gave no error", grid)
		}
	}
}

func BenchmarkPicture(b *testing.B) {
	set := pictures(b, 1, 1, 64)
	for b.Loop() {
		set.At(0)
	}
}
