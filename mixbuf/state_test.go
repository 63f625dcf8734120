package mixbuf_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/mixbuf"
)

// moment is what is known while the consumer holds a batch, all of it as bytes.
type moment struct {
	batch, state []byte
	stats        mixbuf.Stats
	counts       extract.Counts // of the source, if it counts
}

func (m moment) equal(o moment) bool {
	return bytes.Equal(m.batch, o.batch) && bytes.Equal(m.state, o.state) && m.stats == o.stats && m.counts == o.counts
}

func state(t testing.TB, b *mixbuf.Buffer) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := b.WriteState(&w); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// encode returns the exact content of a batch.
func encode(t testing.TB, b extract.Batch) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := errors.Join(
		binary.Write(&w, binary.LittleEndian, b.Data), binary.Write(&w, binary.LittleEndian, b.Target),
		binary.Write(&w, binary.LittleEndian, b.Origin)); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// rig is a buffer with the source below it.
type rig struct {
	src extract.Resumer
	buf *mixbuf.Buffer
}

func newRig(t testing.TB, fresh func() extract.Resumer, cfg mixbuf.Config, state []byte) rig {
	t.Helper()
	src := fresh()
	r := rig{src, newBuffer(t, src, cfg)}
	if state != nil {
		if err := r.buf.ReadState(bytes.NewReader(state)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// record reads up to most batches, and how they end.
func (r rig) record(t testing.TB, ctx context.Context, most int) (moments []moment, last string) {
	t.Helper()
	if most == 0 {
		return nil, ""
	}
	for b, err := range r.buf.Batches(ctx) {
		if err != nil {
			last = err.Error()
			continue
		}
		m := moment{batch: encode(t, b), state: state(t, r.buf), stats: r.buf.Stats()}
		if s, ok := r.src.(interface{ Counts() extract.Counts }); ok {
			m.counts = s.Counts()
		}
		if moments = append(moments, m); len(moments) == most {
			return moments, ""
		}
	}
	if s, ok := r.src.(interface{ Counts() extract.Counts }); ok {
		last += s.Counts().String()
	}
	return moments, fmt.Sprintf("%s %+v", last, r.buf.Stats())
}

// kinds of sources, drawn by rng.
var kinds = map[string]func(t testing.TB, rng *rand.Rand) func() extract.Resumer{
	"text":   newText,
	"vision": newVision,
	"blocks": func(_ testing.TB, rng *rand.Rand) func() extract.Resumer {
		s := newBlocks(rng)
		return func() extract.Resumer { return s }
	},
	"memory": func(t testing.TB, rng *rand.Rand) func() extract.Resumer {
		m, err := extract.Collect(t.Context(), count{rows: rng.IntN(500)}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return func() extract.Resumer { return m }
	},
}

// draw returns a random source and a buffer's settings.
func draw(t testing.TB, kind string, seed uint64) (fresh func() extract.Resumer, cfg mixbuf.Config) {
	rng := rand.New(rand.NewPCG(seed, uint64(len(kind))))
	batch := 1 + rng.IntN(20)
	cfg = mixbuf.Config{
		BatchSize: batch, BufferSize: batch + rng.IntN(100), Seed: rng.Uint64(),
		MixFraction: []float64{0, 0.5, 1, rng.Float64()}[rng.IntN(4)],
	}
	return kinds[kind](t, rng), cfg
}

// Wherever a pass stops, another process goes on with it as if nothing had been: the
// same batches to the bit, the same counts, and the same states to stop at.
func TestBufferResumesExactly(t *testing.T) {
	const most = 40
	for kind := range kinds {
		for seed := range uint64(8) {
			fresh, cfg := draw(t, kind, seed)
			all, end := newRig(t, fresh, cfg, nil).record(t, t.Context(), most)
			wantSameAhead(t, fresh, cfg, all)
			for i := 0; i < len(all) && i < most-1; i += 1 + int(seed)%9 {
				got, gotEnd := newRig(t, fresh, cfg, all[i].state).record(t, t.Context(), most-i-1)
				if !slices.EqualFunc(got, all[i+1:], moment.equal) || gotEnd != end {
					t.Fatalf("%s %d, %+v: after batch %d of %d: %d batches follow, the end is %q; want %d, %q",
						kind, seed, cfg, i, len(all), len(got), gotEnd, len(all)-i-1, end)
				}
			}
		}
	}
}

// However a pass ended, its state is the one behind the last batch.
func TestStateAfterThePass(t *testing.T) {
	const most = 20
	for kind := range kinds {
		for seed := range uint64(5) {
			fresh, cfg := draw(t, kind, seed)
			all, end := newRig(t, fresh, cfg, nil).record(t, t.Context(), most)
			for i := 0; i < len(all) && i < most-1; i += 1 + int(seed)%3 {
				broken := newRig(t, fresh, cfg, nil)
				broken.record(t, t.Context(), i+1)
				if !bytes.Equal(state(t, broken.buf), all[i].state) {
					t.Fatalf("%s %d: the state after a break at batch %d is not that of the batch", kind, seed, i)
				}
				cancelled := newRig(t, fresh, cfg, nil)
				ctx, cancel := context.WithCancel(t.Context())
				n := 0
				for range cancelled.buf.Batches(ctx) {
					if n++; n == i+1 {
						cancel()
					}
				}
				cancel()
				got, gotEnd := newRig(t, fresh, cfg, state(t, cancelled.buf)).record(t, t.Context(), most-i-1)
				if !slices.EqualFunc(got, all[i+1:], moment.equal) || gotEnd != end {
					t.Fatalf("%s %d: cancelled at batch %d: %d batches follow, want %d", kind, seed, i, len(got), len(all)-i-1)
				}
			}
		}
	}
}

// A buffer whose pass was read begins anew after it.
func TestResumedPassIsOnePass(t *testing.T) {
	fresh, cfg := draw(t, "text", 5)
	all, _ := newRig(t, fresh, cfg, nil).record(t, t.Context(), 9)
	r := newRig(t, fresh, cfg, all[4].state)
	if !bytes.Equal(state(t, r.buf), all[4].state) || r.buf.Stats() != all[4].stats {
		t.Error("the state that was read is not the one to write")
	}
	rest, _ := r.record(t, t.Context(), 4)
	again, _ := r.record(t, t.Context(), 9)
	if !slices.EqualFunc(rest, all[5:], moment.equal) || !slices.EqualFunc(again, all, moment.equal) {
		t.Error("the pass after a resumed one is no new one")
	}
}

// small returns a buffer's settings, and a state with rows in the pool and pending.
func small(t testing.TB) (fresh func() extract.Resumer, cfg mixbuf.Config, file []byte) {
	t.Helper()
	fresh = func() extract.Resumer { return blocks{sizes: []int{5, 9, 30}, out: 2} }
	cfg = mixbuf.Config{BufferSize: 8, BatchSize: 2, MixFraction: 0.5, Seed: 3}
	all, _ := newRig(t, fresh, cfg, nil).record(t, t.Context(), 3)
	return fresh, cfg, all[2].state
}

func TestStateIsSafetensors(t *testing.T) {
	_, _, file := small(t)
	got, err := safetensors.Deserialize(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]uint64{
		"rows": {6, width}, "targets": {6, 2}, "origins": {6, 4},
		"pending_rows": {2, width}, "pending_targets": {2, 2}, "pending_origins": {2, 4}, "crc32c": {1},
	} {
		if tensor, ok := got.Tensor(name); !ok || !slices.Equal(tensor.Shape(), want) {
			t.Errorf("%s has shape %v, want %v", name, tensor.Shape(), want)
		}
	}
}

func TestReadStateRefusesOtherSettings(t *testing.T) {
	fresh, cfg, file := small(t)
	for want, change := range map[string]func(*mixbuf.Config){
		"buffer_size is 9, but was 8":              func(c *mixbuf.Config) { c.BufferSize = 9 },
		"train_batch_size_samples is 3, but was 2": func(c *mixbuf.Config) { c.BatchSize = 3 },
		"mix_fraction is 0.25, but was 0.5":        func(c *mixbuf.Config) { c.MixFraction = 0.25 },
		"seed is 4, but was 3":                     func(c *mixbuf.Config) { c.Seed = 4 },
	} {
		other := cfg
		change(&other)
		wantRefused(t, newBuffer(t, fresh(), other), file, want)
	}
	for want, info := range map[string]extract.Info{
		`model is "n", but was "m"`:       {Model: "n", Hook: "h", DIn: width},
		`hook is "g", but was "h"`:        {Model: "m", Hook: "g", DIn: width},
		"d_in is 4, but was 3":            {Model: "m", Hook: "h", DIn: 4},
		`hook_out is "", but was "h.out"`: {Model: "m", Hook: "h", DIn: width, DOut: 2},
		"d_out is 0, but was 2 when i":    {Model: "m", Hook: "h", DIn: width},
	} {
		wantRefused(t, newBuffer(t, renamed{fresh(), info}, cfg), file, want)
	}
	wantRefused(t, newBuffer(t, count{rows: 5}, cfg), file, "count cannot start in the middle")
}

// renamed is a source with another Info.
type renamed struct {
	extract.Resumer
	info extract.Info
}

func (r renamed) Info() extract.Info { return r.info }

func wantRefused(t *testing.T, b *mixbuf.Buffer, file []byte, want string) {
	t.Helper()
	err := b.ReadState(bytes.NewReader(file))
	if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "mixbuf: read state: ") {
		t.Errorf("error is %v, want one that says %q", err, want)
	}
	if b.Stats() != (mixbuf.Stats{}) {
		t.Error("a state that was refused has left something")
	}
}

func TestReadStateRefusesDamage(t *testing.T) {
	fresh, cfg, file := small(t)
	for n := range file {
		wantRefused(t, newBuffer(t, fresh(), cfg), file[:n], "damaged: it is cut short: unexpected EOF")
		changed := slices.Clone(file)
		changed[n] ^= 1 << (n % 8)
		wantRefused(t, newBuffer(t, fresh(), cfg), changed, "")
	}
	wantRefused(t, newBuffer(t, fresh(), cfg), append(slices.Clone(file), 0), "more behind its end")
	wantRefused(t, newBuffer(t, fresh(), cfg), []byte("PK\x03\x04 a zip file, for one"), "it is no activations_store_state")
	changed := slices.Clone(file)
	changed[len(file)-20] ^= 1
	wantRefused(t, newBuffer(t, fresh(), cfg), changed, "checksum")
}

// mend puts the right checksum at the end of a file.
func mend(file []byte) []byte {
	if len(file) < 4 {
		return file
	}
	data := file[:len(file)-4]
	sum := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
	return binary.LittleEndian.AppendUint32(slices.Clone(data), sum)
}

// withHeader replaces texts in the header of a file, old by new.
func withHeader(t *testing.T, file []byte, oldNew []string) []byte {
	t.Helper()
	end := 8 + binary.LittleEndian.Uint64(file)
	head := strings.TrimRight(string(file[8:end]), " ")
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(head, oldNew[i]) {
			t.Fatalf("%q is not in the header %s", oldNew[i], head)
		}
		head = strings.Replace(head, oldNew[i], oldNew[i+1], 1)
	}
	head += strings.Repeat(" ", (8-len(head)%8)%8)
	size := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	return mend(slices.Concat(size, []byte(head), file[end:]))
}

func TestReadStateChecksRanges(t *testing.T) {
	fresh, cfg, file := small(t)
	for want, to := range map[string][]string{
		"9 rows in a buffer of 8":        {`\"rows\":6`, `\"rows\":9`},
		"the header contradicts itself":  {`"shape":[6,4]`, `"shape":[5,4]`},
		"4 batches due of 6 rows":        {`\"due\":1`, `\"due\":4`},
		"14 rows read, 6 served, 6 left": {`\"read\":12`, `\"read\":14`},
		"version is 2, want 1":           {`\"version\":1`, `\"version\":2`},
		"generator":                      {`\"rand\":\"c`, `\"rand\":\"d`},
		"-2 rows pending":                {`\"pending\":2`, `\"pending\":-2`},
		"cannot unmarshal":               {`\"due\":1`, `\"due\":{}`},
		`format is "saego deactivations`: {`"saego activations`, `"saego deactivations`},
		"invalid character":              {`"__metadata__"`, `"__metadata__":`},
		"damaged: it is cut short": { // 100 MB are claimed
			`\"pending\":2`, `\"pending\":4000000`, `[2,3]`, `[4000000,3]`, `[2,2]`, `[4000000,2]`, `[2,4]`, `[4000000,4]`,
			`[216,240]`, `[216,48000216]`, `[240,256]`, `[48000216,80000216]`, `[256,288]`, `[80000216,144000216]`,
			`[288,292]`, `[144000216,144000220]`,
		},
	} {
		wantRefused(t, newBuffer(t, fresh(), cfg), withHeader(t, file, to), want)
	}
}

func TestWriteStateRefuses(t *testing.T) {
	fresh, cfg, _ := small(t)
	for want, b := range map[string]*mixbuf.Buffer{
		"no pass has begun":      newBuffer(t, fresh(), cfg),
		"cannot start in the mi": newBuffer(t, count{rows: 5}, cfg),
	} {
		if err := b.WriteState(io.Discard); err == nil || !strings.Contains(err.Error(), "mixbuf: write state: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that says %q", err, want)
		}
	}
	boom := errors.New("boom")
	r := newRig(t, fresh, cfg, nil)
	r.record(t, t.Context(), 2)
	for n := range 300 {
		if err := r.buf.WriteState(&full{n, boom}); !errors.Is(err, boom) {
			t.Fatalf("after %d bytes: error is %v, want %v", n, err, boom)
		}
	}
}

// full is a writer that takes n bytes.
type full struct {
	n   int
	err error
}

func (f *full) Write(p []byte) (int, error) {
	n := min(f.n, len(p))
	if f.n -= n; n < len(p) {
		return n, f.err
	}
	return n, nil
}

// Any file is refused or gives a pass that runs to its end.
func FuzzReadState(f *testing.F) {
	fresh, cfg, file := small(f)
	f.Add(file)
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBuffer(t, fresh(), cfg)
		if b.ReadState(bytes.NewReader(mend(data))) != nil {
			return
		}
		for batch, err := range b.Batches(t.Context()) {
			if err == nil && batch.Len() != cfg.BatchSize {
				t.Fatalf("a batch has %d rows", batch.Len())
			}
		}
		if s := b.Stats(); s.Read != s.Served+s.Dropped {
			t.Errorf("stats are %+v", s)
		}
	})
}

// What a checkpoint costs: 65,536 rows of 768 values.
func BenchmarkWriteState(b *testing.B) {
	const rows, dIn = 65_536, 768
	batch := extract.Batch{DIn: dIn, Data: make([]float32, 2048*dIn), Origin: make([]extract.Origin, 2048)}
	src, err := extract.Collect(b.Context(), block{batch, rows / 2048}, 0)
	if err != nil {
		b.Fatal(err)
	}
	buf := newBuffer(b, src, mixbuf.Config{BufferSize: rows, BatchSize: 4096, MixFraction: 1})
	for range buf.Batches(b.Context()) {
		break
	}
	b.SetBytes((rows - 4096) * dIn * 4)
	b.ReportAllocs()
	for b.Loop() {
		if err := buf.WriteState(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
