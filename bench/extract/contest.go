package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/suite"
)

// Precisions of either side.
const (
	float32s = "float32"
	bf16     = "bf16"
	int8s    = "int8"
)

// Ways of the peer.
const (
	guide   = "guide"   // the whole network, texts padded to the context size, with a forward hook
	stopped = "stopped" // nothing behind the hook, texts in saego's batches
)

// contest is a measurement beside one way of the peer's.
type contest struct {
	name     string
	ours     string // precision
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
			{name: "-vs-guide", ours: float32s, way: guide, peer: float32s, quick: true},
			{name: "-vs-stopped", ours: float32s, way: stopped, peer: float32s, quick: true},
			{name: "-vs-guide-bf16", ours: bf16, way: guide, peer: float32s},
			{name: "-vs-stopped-bf16", ours: bf16, way: stopped, peer: bf16},
			{name: "-int8-vs-guide", ours: int8s, way: guide, peer: float32s},
		} {
			c.name, c.match = network.name+c.name, network.match
			all = append(all, c)
		}
	}
	for _, way := range []string{guide, stopped} {
		name := "extract/vit-vs-" + way + "-end-to-end"
		all = append(all, contest{name: name, ours: float32s, way: way, peer: float32s, endToEnd: true, match: pictures})
	}
	return all
}

// exact tells whether both sides have to compute the same rows: in float32, on the
// same inputs. (Pictures that each side decodes are not quite the same.)
func (c contest) exact() bool { return c.ours == float32s && !c.endToEnd }

// lacks says what a machine has not that the contest needs, "" for nothing.
func (c contest) lacks(m result.Machine) string {
	if c.ours != bf16 || slices.Contains(m.Vectors, "avx512_bf16") || slices.Contains(m.Vectors, "amx_bf16") {
		return ""
	}
	return "this processor has no instructions for bfloat16 (AVX512_BF16, as in Intel's Cooper Lake and Sapphire Rapids and AMD's Zen 4)"
}

// measure measures a contest where this machine can.
func (b *bench) measure(ctx context.Context, c contest) ([]result.Entry, error) {
	if why := c.lacks(b.Machine); why != "" {
		return []result.Entry{result.Absent(c.name, fmt.Sprintf("%v: %s", errNotMeasured, why))}, nil
	}
	if c.ours == bf16 && !b.isFresh {
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
