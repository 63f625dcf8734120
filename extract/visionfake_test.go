package extract_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
)

// drawnPNG is a picture of one shade of grey.
func drawnPNG(shade uint8) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, 9+int(shade)%7, 8))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// bombPNG is a header that declares 60,000 x 60,000 pixels.
func bombPNG() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	head := b.Bytes()
	binary.BigEndian.PutUint32(head[16:], 60_000)
	binary.BigEndian.PutUint32(head[20:], 60_000)
	binary.BigEndian.PutUint32(head[29:], crc32.ChecksumIEEE(head[12:29]))
	return head
}

// pictures is a dataset of files in memory; nil is a file that does not open.
// Picture i has index 100+i and label i%2. It ends with err.
type pictures struct {
	files [][]byte
	err   error
	open  *atomic.Int64 // files that are open, unless nil
	delay bool          // files take their time, so that workers finish out of order
}

func (pictures) Labels() []string { return []string{"cat", "dog"} }

func (d pictures) Pass(int) iter.Seq2[datasets.Image, error] {
	return func(yield func(datasets.Image, error) bool) {
		for i, data := range d.files {
			open := func() (io.ReadCloser, error) { return d.read(data) }
			if !yield(datasets.Image{Index: 100 + i, ID: fmt.Sprintf("p%d.png", i), Label: i % 2, Open: open}, nil) {
				return
			}
		}
		if d.err != nil {
			yield(datasets.Image{}, d.err)
		}
	}
}

func (d pictures) read(data []byte) (io.ReadCloser, error) {
	if data == nil {
		return nil, errors.New("no such file")
	}
	if d.delay {
		time.Sleep(time.Duration(rand.IntN(500)) * time.Microsecond)
	}
	if d.open != nil {
		d.open.Add(1)
	}
	return openFile{bytes.NewReader(data), d.open}, nil
}

type openFile struct {
	io.Reader
	open *atomic.Int64
}

func (f openFile) Close() error {
	if f.open != nil {
		f.open.Add(-1)
	}
	return nil
}

func shades(n int) pictures {
	var d pictures
	for i := range n {
		d.files = append(d.files, drawnPNG(uint8(i)))
	}
	return d
}

const (
	prefix    = 2
	positions = prefix + 2*3
)

func visionSpec() *models.Spec {
	return &models.Spec{
		Family: models.FamilyViT, Name: "fake",
		Inputs: []models.Input{{Name: "pixel_values", DType: "float32", Shape: []any{"batch", 3.0, 4.0, 6.0}}},
		Hooks:  []models.Hook{{Name: "blocks.0", DIn: dIn}, {Name: "blocks.1", DIn: dIn}},
		Vision: &models.Vision{
			ResizeMode: models.ResizeShorter, Resize: [2]int{8, 8}, Interpolation: models.Bicubic, Crop: [2]int{4, 6},
			Std: [3]float32{1. / 255, 1. / 255, 1. / 255}, PrefixTokens: prefix, Grid: [2]int{2, 3},
		},
	}
}

// visionRunner is a network whose activations are the picture's shade, the
// position, and 1.
type visionRunner struct {
	shapes [][]int64
	poison int // shade whose last position is Inf, unless 0
	err    error
}

func (r *visionRunner) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	if err := ctx.Err(); err != nil || r.err != nil {
		return errors.Join(err, r.err)
	}
	in, out := inputs[0], outputs[0]
	r.shapes = append(r.shapes, in.Shape, out.Shape)
	for i := range int(in.Shape[0]) {
		shade := float32(math.Round(float64(in.Float32[i*3*4*6])))
		for pos := range positions {
			row := out.Float32[(i*positions+pos)*dIn:][:dIn]
			row[0], row[1], row[2] = shade, float32(pos), 1
			if r.poison != 0 && int(shade) == r.poison && pos == positions-1 {
				row[2] = float32(math.Inf(-1))
			}
		}
	}
	return nil
}

func newVision(t testing.TB, r extract.Runner, ds pictures, change func(*extract.VisionConfig)) *extract.Vision {
	t.Helper()
	src, err := extract.NewVision(visionSpec(), "1f0c", r, ds, visionConfig(change))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func visionConfig(change func(*extract.VisionConfig)) extract.VisionConfig {
	cfg := extract.DefaultVisionConfig()
	cfg.Hook = "blocks.1"
	if change != nil {
		change(&cfg)
	}
	return cfg
}

// patch is what the fake network says about a row, with its origin.
type patch struct {
	Shade, Position float32
	Origin          extract.Origin
}

func collectVision(t testing.TB, src extract.Source) (rows []patch, last error) {
	t.Helper()
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			return rows, err
		}
		if b.DIn != dIn || len(b.Data) != b.Len()*dIn || b.Len() == 0 {
			t.Fatalf("batch of %d rows has %d values of width %d", b.Len(), len(b.Data), b.DIn)
		}
		for i, o := range b.Origin {
			rows = append(rows, patch{b.Row(i)[0], b.Row(i)[1], o})
		}
	}
	return rows, nil
}

// wantPatches are the rows of the pictures at the given places, in order.
func wantPatches(pics []int, from, to int) (rows []patch) {
	for _, i := range pics {
		for pos := from; pos < to; pos++ {
			rows = append(rows, patch{float32(i), float32(pos), extract.Origin{
				Example: int32(100 + i), Position: int32(pos), Token: int32(max(pos-prefix, -1)), Label: int32(i % 2),
			}})
		}
	}
	return rows
}

func upTo(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}
