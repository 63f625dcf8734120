package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/native"
	"github.com/saego/saego/models"
)

// Ways of the peer.
const (
	guide   = "guide"   // the whole network, texts padded to the context size, with a forward hook
	stopped = "stopped" // nothing behind the hook, texts in batches of like length
	singly  = "singly"  // likewise, but texts or pictures one at a time, as saego's passes are
	batches = "batches" // saego itself, with a forward pass of each batch
)

// contest is a measurement beside one way of the peer's.
type contest struct {
	name     string
	ours     string // precision: ort.Float32, ort.BF16 or models.Int8
	way      string // of the peer
	peer     string // precision of the peer
	endToEnd bool   // pictures from their files, not from prepared pixels
	quick    bool
	match    func(context.Context, *bench, contest) (*match, error)
}

func contests() (all []contest) {
	for _, network := range []struct {
		name  string
		match func(context.Context, *bench, contest) (*match, error)
	}{{"extract/gpt2", texts}, {"extract/vit", pictures}} {
		for _, c := range []contest{
			{name: "-vs-guide", ours: ort.Float32, way: guide, peer: ort.Float32, quick: true},
			{name: "-vs-stopped", ours: ort.Float32, way: stopped, peer: ort.Float32, quick: true},
			{name: "-vs-stopped-singly", ours: ort.Float32, way: singly, peer: ort.Float32},
			{name: "-vs-batches", ours: ort.Float32, way: batches, peer: ort.Float32, quick: true},
			{name: "-vs-guide-bf16", ours: ort.BF16, way: guide, peer: ort.Float32},
			{name: "-vs-stopped-bf16", ours: ort.BF16, way: stopped, peer: ort.BF16},
			{name: "-int8-vs-guide", ours: models.Int8, way: guide, peer: ort.Float32},
		} {
			c.name, c.match = network.name+c.name, network.match
			all = append(all, c)
		}
	}
	for _, way := range []string{guide, stopped} {
		name := "extract/vit-vs-" + way + "-end-to-end"
		all = append(all, contest{name: name, ours: ort.Float32, way: way, peer: ort.Float32, endToEnd: true, match: pictures})
	}
	return all
}

// exact tells whether both sides have to compute the same rows: in float32, on the
// same inputs. (Pictures that each side decodes are not quite the same.)
func (c contest) exact() bool { return c.ours == ort.Float32 && !c.endToEnd }

// lacks says what is not there that the contest needs, nil for nothing.
func (c contest) lacks() error {
	if c.ours != ort.BF16 {
		return nil
	}
	if err := ort.SlowBF16(); err != nil {
		return err
	}
	lib := native.ONNXRuntimeOpenVINO()
	if found, err := lib.Find(""); err != nil || !filepath.IsAbs(found[0]) {
		return errors.Join(err, fmt.Errorf("%s is absent: %s", lib.Title, lib.Hint()))
	}
	return nil
}

// measure measures a contest where this machine can.
func (b *bench) measure(ctx context.Context, c contest) ([]result.Entry, error) {
	if why := c.lacks(); why != nil {
		return []result.Entry{result.Absent(c.name, fmt.Sprintf("%v: %v", errNotMeasured, why))}, nil
	}
	if c.ours == ort.BF16 && !b.isFresh {
		return b.fresh(ctx, c.name)
	}
	return b.compete(ctx, c)
}

// parts are all measurements, in their order.
var parts = func() (all []suite.Part[*bench]) {
	for _, c := range contests() {
		all = append(all, suite.Part[*bench]{Name: c.name, Quick: c.quick, Run: func(ctx context.Context, b *bench) ([]result.Entry, error) {
			return b.measure(ctx, c)
		}})
	}
	return append(all, suite.Part[*bench]{Name: openName, Quick: true, Run: func(ctx context.Context, b *bench) ([]result.Entry, error) {
		return b.open(ctx)
	}})
}()
