package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/internal/atomic"
	"github.com/saego/saego/models"
)

// prepared is saego's side where the inputs are ready and the network alone is timed.
type prepared struct {
	spec   *models.Spec
	runner extract.Runner
	x      []float32 // (pictures, 3, height, width)
	size   int       // values of a picture
	out    []float32 // (pictures, positions, d_in)
	patch  []float32 // (rows, d_in)
	dIn    int
}

// pixels is the match from prepared pixels, which are written to path for the peer.
func (m *match) pixels(net loaded, path string, all list[datasets.Image]) error {
	hook, err := net.Hook(pictureHook)
	if err != nil {
		return err
	}
	p, err := pixels.New(net.Spec.Vision, pixels.DefaultConfig())
	if err != nil {
		return err
	}
	s := &prepared{spec: &net.Spec, runner: net.Runner, x: make([]float32, len(all)*p.Len()), size: p.Len(), dIn: hook.DIn}
	for i, picture := range all {
		if err := read(p, s.x[i*s.size:][:s.size], picture); err != nil {
			return fmt.Errorf("picture %s: %w", picture.ID, err)
		}
	}
	batched := *s
	batched.runner = whole{net.Runner}
	m.ours, m.batches, m.peer["pixels"] = s, &batched, path
	m.words += ", from prepared pixels to rows"
	return atomic.WriteFile(path, func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<20)
		return errors.Join(binary.Write(out, binary.LittleEndian, s.x), out.Flush())
	})
}

func read(p *pixels.Preprocessor, dst []float32, picture datasets.Image) error {
	f, err := picture.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	return p.Load(dst, f)
}

// turn implements [side].
func (s *prepared) turn(ctx context.Context, from, to int) (turn, error) {
	v := s.spec.Vision
	n, patches := to-from, v.Grid[0]*v.Grid[1]
	positions := v.PrefixTokens + patches
	if want := n * positions * s.dIn; len(s.out) != want {
		s.out, s.patch = make([]float32, want), make([]float32, n*patches*s.dIn)
	}
	start := time.Now()
	in := extract.Tensor{
		Name: s.spec.Inputs[0].Name, Shape: []int64{int64(n), 3, int64(v.Crop[0]), int64(v.Crop[1])},
		Float32: s.x[from*s.size : to*s.size],
	}
	out := extract.Tensor{Name: pictureHook, Shape: []int64{int64(n), int64(positions), int64(s.dIn)}, Float32: s.out}
	if err := extract.Forward(ctx, s.runner, positions, []extract.Tensor{in}, []extract.Tensor{out}); err != nil {
		return turn{}, err
	}
	for i := range n {
		copy(s.patch[i*patches*s.dIn:], s.out[(i*positions+v.PrefixTokens)*s.dIn:(i+1)*positions*s.dIn])
	}
	return turn{Seconds: time.Since(start).Seconds(), Rows: n * patches, Positions: n * positions}, nil
}

// rows implements [side].
func (s *prepared) rows() ([]float32, error) { return s.patch, nil }
