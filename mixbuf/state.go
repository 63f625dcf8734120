package mixbuf

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/saego/saego/extract"
)

// StateFile is the name of the file in a checkpoint that holds what
// [Buffer.WriteState] writes; docs/formats.md describes it.
const StateFile = "activations_store_state.safetensors"

// stateVersion is that of the format.
const stateVersion = 1

// summary is all of a pass but its rows: what the buffer must be to take it up, and
// how far it came.
type summary struct {
	Version     int     `json:"version"`
	Model       string  `json:"model"`
	Hook        string  `json:"hook"`
	DIn         int     `json:"d_in"`
	Target      string  `json:"hook_out"`
	DOut        int     `json:"d_out"`
	BufferSize  int     `json:"buffer_size"`
	BatchSize   int     `json:"train_batch_size_samples"`
	MixFraction float64 `json:"mix_fraction"`
	Seed        uint64  `json:"seed"`

	Rows    int            `json:"rows"`    // in the pool
	Pending int            `json:"pending"` // rows of the source's latest batch that are not
	Due     int            `json:"due"`     // batches to serve before the pool takes up more
	Ended   bool           `json:"ended"`   // the source has no more
	Read    int            `json:"read"`    // as in Stats
	Served  int            `json:"served"`  // as in Stats
	Rand    []byte         `json:"rand"`    // of the generator, as PCG.MarshalBinary gives it
	Cursor  extract.Cursor `json:"cursor"`  // where the source goes on
}

// resumable says why a pass over the source cannot go on elsewhere.
func (b *Buffer) resumable() error {
	if _, ok := b.src.(extract.Resumer); !ok {
		return fmt.Errorf("a %T cannot start in the middle: give the buffer an extract.Resumer", b.src)
	}
	return nil
}

// settings returns the summary of a buffer of which nothing was read.
func (b *Buffer) settings() summary {
	info := b.Info()
	return summary{
		Version: stateVersion, Model: info.Model, Hook: info.Hook, DIn: info.DIn, Target: info.Target, DOut: info.DOut,
		BufferSize: b.cfg.BufferSize, BatchSize: b.cfg.BatchSize, MixFraction: b.cfg.MixFraction, Seed: b.cfg.Seed,
	}
}

// summary returns that of the latest pass.
func (b *Buffer) summary() (summary, error) {
	p := b.pass
	generator, err := p.rng.MarshalBinary()
	if err != nil {
		return summary{}, err
	}
	s := b.settings()
	s.Rows, s.Pending, s.Due, s.Ended = p.n, p.in.Len()-p.taken, p.due, p.ended
	s.Read, s.Served = p.stats.Read, p.stats.Served
	s.Rand, s.Cursor = generator, p.in.Next
	return s, nil
}

// check says why b cannot take up a pass of which s is the summary.
func (b *Buffer) check(s summary) error {
	if s.Version != stateVersion {
		return fmt.Errorf("version is %d, want %d: go on with the program that wrote it", s.Version, stateVersion)
	}
	want := b.settings()
	var errs []error
	same := func(key string, got, want any) {
		if got != want {
			errs = append(errs, fmt.Errorf("%s is %s, but was %s when it was written: "+
				"go on with the settings of the run, or start a new one", key, show(want), show(got)))
		}
	}
	same("model", s.Model, want.Model)
	same("hook", s.Hook, want.Hook)
	same("d_in", s.DIn, want.DIn)
	same("hook_out", s.Target, want.Target)
	same("d_out", s.DOut, want.DOut)
	same("buffer_size", s.BufferSize, want.BufferSize)
	same("train_batch_size_samples", s.BatchSize, want.BatchSize)
	same("mix_fraction", s.MixFraction, want.MixFraction)
	same("seed", s.Seed, want.Seed)
	if errs != nil {
		return errors.Join(errs...)
	}
	return s.checkProgress(b.cfg)
}

// show returns a setting for people.
func show(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(v)
}

// checkProgress says whether a pass of cfg can be where s says.
func (s summary) checkProgress(cfg Config) error {
	size := cfg.BatchSize
	switch {
	case s.Rows < 0 || s.Rows > cfg.rows():
		return fmt.Errorf("damaged: %d rows in a buffer of %d", s.Rows, cfg.rows())
	case s.Pending < 0 || s.Pending > maxRows:
		return fmt.Errorf("damaged: %d rows pending", s.Pending)
	case s.Due < 0 || s.Due > s.Rows/size:
		return fmt.Errorf("damaged: %d batches due of %d rows", s.Due, s.Rows)
	case s.Served < 0 || s.Served%size != 0 || s.Read-s.Served != s.Rows:
		return fmt.Errorf("damaged: %d rows read, %d served, %d left", s.Read, s.Served, s.Rows)
	}
	if err := new(rand.PCG).UnmarshalBinary(s.Rand); err != nil {
		return fmt.Errorf("damaged: generator: %w", err)
	}
	return nil
}
