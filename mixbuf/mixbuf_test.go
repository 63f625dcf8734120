package mixbuf_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/mixbuf"
)

const width = 3

// count is a source of numbered rows (i, -i, 1), in batches of uneven size, whose
// origins repeat the number. It ends with err.
type count struct {
	rows int
	err  error
}

func (count) Info() extract.Info { return extract.Info{Model: "m", Hook: "count", DIn: width} }

func (c count) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		b := extract.Batch{DIn: width}
		for i, size := 0, 1; i < c.rows; size = size%13 + 1 {
			b.Data, b.Origin = b.Data[:0], b.Origin[:0]
			for ; b.Len() < size && i < c.rows; i++ {
				b.Data = append(b.Data, float32(i), float32(-i), 1)
				b.Origin = append(b.Origin, origin(i))
			}
			if !yield(b, nil) {
				return
			}
			clear(b.Data) // a batch is valid until the next iteration only
		}
		if c.err != nil {
			yield(extract.Batch{}, c.err)
		}
	}
}

func origin(i int) extract.Origin {
	return extract.Origin{Example: int32(i), Position: int32(i + 1), Token: int32(2 * i), Label: int32(i % 2)}
}

func newBuffer(t testing.TB, src extract.Source, cfg mixbuf.Config) *mixbuf.Buffer {
	t.Helper()
	buf, err := mixbuf.New(src, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return buf
}

// collect returns the numbers of all rows, and checks that every batch is full and
// every origin is with its row.
func collect(t *testing.T, src extract.Source, batch int) []int {
	t.Helper()
	var got []int
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Len() != batch {
			t.Fatalf("batch has %d rows, want %d", b.Len(), batch)
		}
		for i := range b.Len() {
			n := int(b.Row(i)[0])
			if want := []float32{float32(n), float32(-n), 1}; !slices.Equal(b.Row(i), want) {
				t.Fatalf("row is %v, want %v", b.Row(i), want)
			}
			if b.Origin[i] != origin(n) {
				t.Fatalf("row %d has origin %+v", n, b.Origin[i])
			}
			got = append(got, n)
		}
	}
	return got
}

func TestBufferServesEachRowOnce(t *testing.T) {
	for _, tt := range []struct {
		rows, buffer, batch int
		mix                 float64
	}{
		{rows: 0, buffer: 4, batch: 2, mix: 0.5},
		{rows: 1, buffer: 4, batch: 2, mix: 0.5},
		{rows: 100, buffer: 8, batch: 4, mix: 0.5},
		{rows: 103, buffer: 8, batch: 4, mix: 0.5},
		{rows: 104, buffer: 8, batch: 8, mix: 0.5},
		{rows: 50, buffer: 1000, batch: 7, mix: 0.5},
		{rows: 1000, buffer: 1000, batch: 7, mix: 0.5},
		{rows: 1000, buffer: 33, batch: 16, mix: 0.5},
		{rows: 1000, buffer: 100, batch: 16, mix: 1},
		{rows: 1000, buffer: 100, batch: 16, mix: 0.01},
		{rows: 1000, buffer: 100, batch: 16, mix: 0},
		{rows: 5, buffer: 100, batch: 16, mix: 0},
		{rows: 10, buffer: 1, batch: 1, mix: 0.5},
	} {
		t.Run(fmt.Sprintf("%+v", tt), func(t *testing.T) {
			buf := newBuffer(t, count{rows: tt.rows}, mixbuf.Config{
				BufferSize: tt.buffer, BatchSize: tt.batch, MixFraction: tt.mix, Seed: 1,
			})
			got := collect(t, buf, tt.batch)
			want := mixbuf.Stats{Read: tt.rows, Served: len(got), Dropped: tt.rows % tt.batch}
			if buf.Stats() != want || want.Read != want.Served+want.Dropped {
				t.Errorf("stats are %+v, want %+v", buf.Stats(), want)
			}
			if tt.rows >= 50 && slices.IsSorted(got) != (tt.mix == 0) {
				t.Errorf("rows in order: %v, want %v", slices.IsSorted(got), tt.mix == 0)
			}
			slices.Sort(got)
			if n := len(slices.Compact(got)); n != want.Served {
				t.Errorf("%d of %d rows are distinct", n, want.Served)
			}
		})
	}
}

func TestBufferKeepsTargetsWithTheirRows(t *testing.T) {
	for _, mix := range []float64{0, 0.5} {
		src := blocks{sizes: []int{7, 30, 1, 0, 25}, out: 2}
		buf := newBuffer(t, src, mixbuf.Config{BufferSize: 32, BatchSize: 8, MixFraction: mix})
		for b, err := range buf.Batches(t.Context()) {
			if err != nil || b.DOut != 2 || len(b.Target) != 8*2 {
				t.Fatalf("%d targets of width %d; %v", len(b.Target), b.DOut, err)
			}
			for i := range b.Len() {
				if n := b.Row(i)[0]; !slices.Equal(b.TargetRow(i), []float32{n, n}) {
					t.Errorf("row %g has target %v", n, b.TargetRow(i))
				}
			}
		}
	}
}

func TestBufferIsReproducible(t *testing.T) {
	cfg := mixbuf.Config{BufferSize: 32, BatchSize: 8, MixFraction: 0.5, Seed: 3}
	buf := newBuffer(t, count{rows: 200}, cfg)
	first := collect(t, buf, 8)
	if again := collect(t, buf, 8); !slices.Equal(first, again) {
		t.Errorf("passes differ:\n%v\n%v", first, again)
	}
	cfg.Seed = 4
	if other := collect(t, newBuffer(t, count{rows: 200}, cfg), 8); slices.Equal(first, other) {
		t.Error("two seeds give one order")
	}
}

// A row waits as long in the buffer as mixing needs: on average about a buffer
// less what leaves at once, and neighbours are torn apart.
func TestBufferMixes(t *testing.T) {
	const rows, buffer, batch = 20_000, 1000, 50
	got := collect(t, newBuffer(t, count{rows: rows}, mixbuf.Config{
		BufferSize: buffer, BatchSize: batch, MixFraction: 0.5, Seed: 5,
	}), batch)
	var lag, neighbours float64
	for i, n := range got {
		lag += math.Abs(float64(i - n))
		if i > 0 && n-got[i-1] == 1 {
			neighbours++
		}
	}
	if mean := lag / rows; mean < buffer/4 || mean > 2*buffer {
		t.Errorf("a row moves by %.0f places on average, want between %d and %d", mean, buffer/4, 2*buffer)
	}
	if share := neighbours / rows; share > 5.0/buffer {
		t.Errorf("%.4f of the neighbours stay neighbours, want about %.4f", share, 1.0/buffer)
	}
}

// The last rows, after which no refill comes, are as mixed as the others.
func TestBufferShufflesTheRest(t *testing.T) {
	got := collect(t, newBuffer(t, count{rows: 1000}, mixbuf.Config{
		BufferSize: 5000, BatchSize: 10, MixFraction: 0.5,
	}), 10)
	var sum float64
	for _, n := range got[:500] {
		sum += float64(n)
	}
	if mean := sum / 500; math.Abs(mean-499.5) > 40 { // standard error of the mean: 9
		t.Errorf("the first half averages row %.1f, want 499.5", mean)
	}
}

func TestBufferPassesErrorsOn(t *testing.T) {
	boom := errors.New("boom")
	for _, mix := range []float64{0, 0.5} {
		buf := newBuffer(t, count{rows: 200, err: boom}, mixbuf.Config{BufferSize: 32, BatchSize: 8, MixFraction: mix})
		var faults []error
		for b, err := range buf.Batches(t.Context()) {
			if err != nil {
				faults = append(faults, err)
			} else if len(faults) > 0 || b.Len() != 8 {
				t.Errorf("a batch of %d rows after %d errors", b.Len(), len(faults))
			}
		}
		if len(faults) != 1 || !errors.Is(faults[0], boom) {
			t.Errorf("errors are %v, want %v", faults, boom)
		}
		if buf.Stats().Dropped != 0 {
			t.Errorf("%d rows count as dropped in a pass that failed", buf.Stats().Dropped)
		}
	}
}

func TestBufferStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	stop := errors.New("stop")
	buf := newBuffer(t, count{rows: 200}, mixbuf.Config{BufferSize: 32, BatchSize: 8, MixFraction: 0.5})
	var last error
	var batches int
	for _, err := range buf.Batches(ctx) {
		cancel(stop)
		last = err
		batches++
	}
	if !errors.Is(last, stop) || batches != 2 {
		t.Errorf("%d iterations end with %v, want one batch, then %v", batches, last, stop)
	}
}

func TestBufferStopsWithTheConsumer(t *testing.T) {
	for _, mix := range []float64{0, 0.5} {
		buf := newBuffer(t, count{rows: 200}, mixbuf.Config{BufferSize: 32, BatchSize: 8, MixFraction: mix})
		for range buf.Batches(t.Context()) {
			break
		}
		if s := buf.Stats(); s.Served != 8 || s.Read >= 200 {
			t.Errorf("stats are %+v, want 8 rows served and the source not read to its end", s)
		}
	}
}

// crooked yields a batch that contradicts its Info.
type crooked struct {
	count
	batch extract.Batch
}

func (c crooked) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) { yield(c.batch, nil) }
}

func TestBufferRefusesWrongWidth(t *testing.T) {
	row := make([]float32, width)
	for want, batch := range map[string]extract.Batch{
		"2 values for 1 rows of width 2, want width 3":    {DIn: 2, Data: row[:2]},
		"2 values for 1 rows of width 3, want width 3":    {DIn: width, Data: row[:2]},
		"1 values for 1 targets of width 1, want width 0": {DIn: width, Data: row, DOut: 1, Target: row[:1]},
	} {
		batch.Origin = make([]extract.Origin, 1)
		buf := newBuffer(t, crooked{batch: batch}, mixbuf.DefaultConfig())
		for _, err := range buf.Batches(t.Context()) {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, want one that says %q", err, want)
			}
		}
	}
}

type flat struct{ count }

func (flat) Info() extract.Info { return extract.Info{} }

func TestNewRejects(t *testing.T) {
	ok := mixbuf.DefaultConfig()
	for name, tt := range map[string]struct {
		src    extract.Source
		change func(*mixbuf.Config)
		want   []string
	}{
		"zero config":  {count{}, func(c *mixbuf.Config) { *c = mixbuf.Config{} }, []string{"train_batch_size_samples is 0", "buffer_size is 0"}},
		"small buffer": {count{}, func(c *mixbuf.Config) { c.BufferSize = 10 }, []string{"buffer_size is 10, want at least one batch of 4096"}},
		"vast buffer":  {count{}, func(c *mixbuf.Config) { c.BufferSize = 1 << 40 }, []string{"buffer_size is 1099511627776, want at most"}},
		"mix":          {count{}, func(c *mixbuf.Config) { c.MixFraction = 1.5 }, []string{"mix_fraction is 1.5"}},
		"mix NaN":      {count{}, func(c *mixbuf.Config) { c.MixFraction = math.NaN() }, []string{"mix_fraction is NaN"}},
		"targets":      {renamed{blocks{}, extract.Info{DIn: 1, DOut: -1}}, func(*mixbuf.Config) {}, []string{"targets have -1 values"}},
		"no width":     {flat{}, func(*mixbuf.Config) {}, []string{"0 values"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := ok
			tt.change(&cfg)
			_, err := mixbuf.New(tt.src, cfg)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func TestBufferAllocatesOncePerPass(t *testing.T) {
	for _, mix := range []float64{0, 0.5} {
		buf := newBuffer(t, count{rows: 20_000}, mixbuf.Config{BufferSize: 256, BatchSize: 16, MixFraction: mix})
		var before, after runtime.MemStats
		batches := 0
		for range buf.Batches(t.Context()) {
			if batches++; batches == 10 {
				runtime.ReadMemStats(&before)
			}
			if batches == 1200 {
				runtime.ReadMemStats(&after)
			}
		}
		if n := after.Mallocs - before.Mallocs; n > 50 { // the runtime's own, far below one per batch
			t.Errorf("mix %g: %d allocations in 1,190 batches, want none", mix, n)
		}
	}
}

func BenchmarkBuffer(b *testing.B) {
	for _, mix := range []float64{0, 0.5} {
		b.Run(fmt.Sprintf("mix=%g", mix), func(b *testing.B) {
			const rows, dIn = 16_384, 768
			src := block{extract.Batch{DIn: dIn, Data: make([]float32, 2048*dIn), Origin: make([]extract.Origin, 2048)}, rows / 2048}
			buf := newBuffer(b, src, mixbuf.Config{BufferSize: 8192, BatchSize: 1024, MixFraction: mix})
			b.SetBytes(rows * dIn * 4)
			b.ReportAllocs()
			for b.Loop() {
				for range buf.Batches(b.Context()) {
				}
			}
		})
	}
}

// block is a source that yields one batch again and again.
type block struct {
	batch extract.Batch
	times int
}

func (s block) Info() extract.Info { return extract.Info{DIn: s.batch.DIn} }

func (s block) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for range s.times {
			if !yield(s.batch, nil) {
				return
			}
		}
	}
}

func ExampleBuffer() {
	cfg := mixbuf.Config{BufferSize: 6, BatchSize: 4, MixFraction: 0.5, Seed: 7}
	buf, err := mixbuf.New(count{rows: 10}, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	for batch, err := range buf.Batches(context.Background()) {
		fmt.Println(batch.Len(), "rows", err)
	}
	fmt.Printf("%+v\n", buf.Stats())
	// Output:
	// 4 rows <nil>
	// 4 rows <nil>
	// {Read:10 Served:8 Dropped:2}
}
