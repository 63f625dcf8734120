// Command store measures how fast an activation store is written and read, beside the
// safetensors library: the same rows, in shards of the same size with their SHA-256, on
// the same disk, in turns. Read rows are shuffled, float32 and in batches, as a training
// run takes them.
//
//	go run ./bench/store
//	go run ./bench/store --only read --no-peers
//
// A whole run writes store.json to bench/results, any other to out/bench/results.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/extract/store"
)

// Sizes of what is stored.
const (
	dIn       = 768
	batchRows = 2048
	batches   = 128 // 805 MB in F32
	shardRows = 65_536
	rounds    = 5
)

func main() {
	s := suite.Parse("store", "nothing: rows are drawn")
	if s.List {
		suite.Names(parts)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s.Machine = result.ThisMachine(ctx)
	s.Machine.Quick = s.Quick
	suite.Exit(s.Name, suite.Measure(ctx, &s, &s, parts))
}

var parts = []suite.Part[*suite.Suite]{
	{Name: "store/write-f16", Quick: true, Run: measure("write", store.F16)},
	{Name: "store/write-f32", Run: measure("write", store.F32)},
	{Name: "store/read-f16", Quick: true, Run: measure("read", store.F16)},
	{Name: "store/read-f32", Run: measure("read", store.F32)},
}

// measure returns what times one direction.
func measure(what string, dtype store.DType) func(context.Context, *suite.Suite) ([]result.Entry, error) {
	return func(ctx context.Context, s *suite.Suite) (_ []result.Entry, err error) {
		name := fmt.Sprintf("store/%s-%s", what, map[store.DType]string{store.F16: "f16", store.F32: "f32"}[dtype])
		dir, err := os.MkdirTemp(s.Work, "store-*")
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		ours := &contender{dir: filepath.Join(dir, "ours"), dtype: dtype, rows: draw()}
		p, err := s.StartPeer(ctx, "bench/store/peer.py")
		if err != nil && !errors.Is(err, process.ErrNoPeers) {
			return nil, err
		}
		var theirs []float64
		if p != nil {
			defer func() { err = errors.Join(err, p.Close()) }()
			job := map[string]any{"dir": filepath.Join(dir, "theirs"), "dtype": dtype, "rows": batches * batchRows, "width": dIn, "shard": shardRows, "batch": batchRows}
			if err := p.Do("open", job, nil); err != nil {
				return nil, err
			}
		}
		n := rounds
		if s.Quick {
			n = 2
		}
		if what == "read" { // both read what they wrote
			if err := turn(ctx, "write", ours, p, &theirs); err != nil {
				return nil, err
			}
			ours.seconds, theirs = nil, nil
		}
		for range n {
			if err := turn(ctx, what, ours, p, &theirs); err != nil {
				return nil, err
			}
		}
		e := result.Alone(name, "GB/s", rates(dtype, ours.seconds)...)
		if p != nil {
			e = result.Over(name, "GB/s", rates(dtype, ours.seconds), rates(dtype, theirs))
			e.Note = "beside safetensors.torch with hashlib, numpy's permutation of a shard's rows"
		}
		return []result.Entry{e}, nil
	}
}

// turn has each side go through all rows once.
func turn(ctx context.Context, what string, ours *contender, p *process.Process, theirs *[]float64) error {
	start := time.Now()
	if err := ours.do(ctx, what); err != nil {
		return err
	}
	ours.seconds = append(ours.seconds, time.Since(start).Seconds())
	if p == nil {
		return nil
	}
	var a struct{ Seconds float64 }
	if err := p.Do(what, nil, &a); err != nil {
		return err
	}
	*theirs = append(*theirs, a.Seconds)
	return nil
}

// rates turns seconds into GB/s of stored values.
func rates(dtype store.DType, seconds []float64) []float64 {
	size := 4.0
	if dtype == store.F16 {
		size = 2
	}
	out := make([]float64, len(seconds))
	for i, s := range seconds {
		out[i] = size * dIn * batchRows * batches / s / 1e9
	}
	return out
}
