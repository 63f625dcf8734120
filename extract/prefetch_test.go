package extract_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/extract"
)

// resumer returns src, which must be one.
func resumer(t testing.TB, src extract.Source) extract.Resumer {
	t.Helper()
	r, ok := src.(extract.Resumer)
	if !ok {
		t.Fatalf("a %T is no Resumer", src)
	}
	return r
}

// Batches, cursors, counts and errors are those without it, and it resumes as exactly.
func TestPrefetchChangesNothing(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			list, pictures := randomTexts(rng), shades(1+rng.IntN(20))
			if rng.IntN(4) == 0 {
				list.err = io.ErrUnexpectedEOF
			}
			for i := range pictures.files {
				if rng.IntN(8) == 0 {
					pictures.files[i] = []byte("broken")
				}
			}
			size, passes, ahead, group := 1+rng.IntN(6), rng.IntN(4), 1+rng.IntN(4), rng.IntN(4)
			for _, fresh := range []func() extract.Resumer{
				func() extract.Resumer {
					return newText(t, &runner{}, list, config(func(c *extract.TextConfig) {
						c.StoreBatchSizePrompts, c.GroupByLength, c.Passes = size, group, passes
					}))
				},
				func() extract.Resumer {
					return newVision(t, &visionRunner{}, pictures, func(c *extract.VisionConfig) { c.StoreBatchSizeImages, c.Passes = size, passes })
				},
			} {
				prefetched := func() extract.Resumer { return resumer(t, extract.Prefetch(fresh(), ahead)) }
				want, wantEnd := record(t, fresh(), extract.Cursor{}, 20)
				got, end := record(t, prefetched(), extract.Cursor{}, 20)
				if end != wantEnd || len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
					t.Fatalf("ends with %q, want %q (-want +got):\n%s", end, wantEnd, cmp.Diff(want, got))
				}
				wantResumable(t, prefetched, 12)
			}
		})
	}
}

func TestPrefetchIsWhatItsSourceIs(t *testing.T) {
	plain := extract.Prefetch(counting{rows: 10}, 2)
	if _, ok := plain.(extract.Resumer); ok {
		t.Error("a source that cannot start in the middle becomes one that can")
	}
	if got, want := plain.Info(), (counting{}).Info(); got != want {
		t.Errorf("Info() = %v, want %v", got, want)
	}
	for range plain.Batches(t.Context()) {
		if got := plain.Counts(); got != (extract.Counts{}) {
			t.Errorf("Counts() = %v of a source without", got)
		}
	}
	c := extract.Cursor{Done: extract.Counts{Rows: 3}, Counts: extract.Counts{Rows: 4}}
	memory, err := extract.Collect(t.Context(), counting{rows: 10}, 0)
	if err != nil {
		t.Fatal(err)
	}
	src := extract.Prefetch(memory, 2)
	resumer(t, src).BatchesFrom(t.Context(), c)
	if got := src.Counts().Rows; got != 7 {
		t.Errorf("%d rows counted before the first batch, want the cursor's 7", got)
	}
}

// slow yields batches of one row, 0, 1, 2, …, a second apart, and stops with its
// context.
type slow struct {
	n      int
	panics any   // instead of an end
	exits  bool  // likewise
	err    error // likewise
	read   *int  // batches yielded
	ended  *bool // nothing runs any more
}

func (s slow) Info() extract.Info { return extract.Info{DIn: 1} }

func (s slow) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		defer func() { *s.ended = true }()
		b := extract.Batch{DIn: 1, Data: []float32{0}, Origin: make([]extract.Origin, 1)}
		for i := range s.n {
			select {
			case <-ctx.Done():
				yield(extract.Batch{}, context.Cause(ctx))
				return
			case <-time.After(time.Second):
			}
			b.Data[0], b.Origin[0].Example, b.Next.Examples = float32(i), int32(i), i+1
			*s.read = i + 1
			if !yield(b, nil) {
				return
			}
			b.Data[0] = -1 // the memory is the source's
		}
		switch {
		case s.panics != nil:
			panic(s.panics)
		case s.exits:
			runtime.Goexit()
		case s.err != nil:
			yield(extract.Batch{}, s.err)
		}
	}
}

// newSlow returns a slow source of n batches.
func newSlow(n int) slow { return slow{n: n, read: new(int), ended: new(bool)} }

// A second for a batch and a second for a step on it take one together.
func TestPrefetchOverlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, src := time.Now(), newSlow(10)
		for b, err := range extract.Prefetch(src, 1).Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			row := b.Data[0]
			time.Sleep(time.Second)
			if b.Data[0] != row {
				t.Errorf("row %g became %g while the consumer held it", row, b.Data[0])
			}
		}
		if took := time.Since(start); took != 11*time.Second {
			t.Errorf("took %v, want 11s", took)
		}
	})
}

func TestPrefetchReadsNoMoreThanThatAhead(t *testing.T) {
	for ahead := range 4 {
		synctest.Test(t, func(t *testing.T) {
			src, n := newSlow(20), 0
			for range extract.Prefetch(src, ahead).Batches(t.Context()) {
				n++
				time.Sleep(time.Minute)
				synctest.Wait()
				if got, want := *src.read, min(20, n+max(ahead, 1)); got != want {
					t.Errorf("%d ahead: %d batches read while the consumer holds number %d, want %d", ahead, got, n, want)
				}
			}
		})
	}
}

// However a sequence ends, what it started has ended, and what lies before its end was
// handed over.
func TestPrefetchEnds(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []ending{
		{name: "by itself", want: 5},
		{name: "error", change: func(s *slow) { s.err = boom }, want: 5, err: boom},
		{name: "panic", change: func(s *slow) { s.panics = "boom" }, want: 5, panics: "boom"},
		{name: "goexit", change: func(s *slow) { s.exits = true }, want: 5},
		{name: "break", stop: func(n int, _ context.CancelCauseFunc) bool { return n == 2 }, want: 2},
		{name: "break late", stop: func(n int, _ context.CancelCauseFunc) bool { time.Sleep(time.Hour); return n == 2 }, want: 2},
		{name: "consumer's panic", stop: func(n int, _ context.CancelCauseFunc) bool {
			if n == 2 {
				panic(boom)
			}
			return false
		}, want: 2, panics: boom},
		{name: "context", stop: func(n int, cancel context.CancelCauseFunc) bool {
			if n == 2 {
				cancel(boom)
			}
			return false
		}, want: 2, err: boom},
	} {
		t.Run(tt.name, func(t *testing.T) { synctest.Test(t, tt.test) })
	}
}

// ending is a way in which a pass may end.
type ending struct {
	name   string
	change func(*slow)
	stop   func(n int, cancel context.CancelCauseFunc) bool // the consumer holds batch n, from 1
	want   int                                              // batches
	err    error
	panics any
}

func (tt ending) test(t *testing.T) {
	src, n := newSlow(5), 0
	if tt.change != nil {
		tt.change(&src)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var err error
	var thrown any
	returned, done := false, make(chan struct{})
	go func() { // of its own, for Goexit
		defer close(done)
		defer func() {
			if thrown = recover(); !*src.ended {
				t.Error("the source still runs")
			}
		}()
		for b, e := range extract.Prefetch(src, 3).Batches(ctx) {
			if err = e; e != nil {
				continue
			}
			if n++; int(b.Data[0]) != n-1 || b.Next.Examples != n {
				t.Errorf("batch %d is row %g, behind it %+v", n, b.Data[0], b.Next)
			}
			if tt.stop != nil && tt.stop(n, cancel) {
				break
			}
		}
		returned = true
	}()
	<-done
	if n != tt.want || !errors.Is(err, tt.err) || thrown != tt.panics {
		t.Errorf("%d batches, error %v, panic %v; want %d, %v, %v", n, err, thrown, tt.want, tt.err, tt.panics)
	}
	if want := tt.panics == nil && !src.exits; returned != want {
		t.Errorf("returned is %t, want %t", returned, want)
	}
}

// A context that ends while the goroutine waits for memory is told as well.
func TestPrefetchStopsWithContextWhenFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var last error
		n := 0
		for _, err := range extract.Prefetch(newSlow(100), 2).Batches(ctx) {
			if last = err; err == nil {
				n++
				time.Sleep(time.Hour)
				cancel(io.ErrClosedPipe)
				synctest.Wait()
			}
		}
		if n > 3 || !errors.Is(last, io.ErrClosedPipe) {
			t.Errorf("%d batches after the end of the context, error %v", n, last)
		}
	})
}

// endless yields one batch again and again, without an allocation.
type endless struct{ extract.Batch }

func (e endless) Info() extract.Info { return extract.Info{DIn: e.DIn, DOut: e.DOut} }

func (e endless) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for ok := true; ok; {
			ok = yield(e.Batch, nil)
		}
	}
}

func TestPrefetchAllocatesOnce(t *testing.T) {
	src := endless{extract.Batch{
		DIn: 4, Data: make([]float32, 4000), DOut: 2, Target: make([]float32, 2000), Origin: make([]extract.Origin, 1000),
	}}
	var before, after runtime.MemStats
	n := 0
	for b := range extract.Prefetch(src, 3).Batches(t.Context()) {
		if len(b.Data) != 4000 || len(b.Target) != 2000 || b.Len() != 1000 {
			t.Fatal("not the whole batch")
		}
		if n++; n == 10 {
			runtime.ReadMemStats(&before)
		} else if n == 1010 {
			runtime.ReadMemStats(&after)
			break
		}
	}
	if got := after.Mallocs - before.Mallocs; got > 20 { // the runtime's own, now and then
		t.Errorf("%d allocations for 1000 batches", got)
	}
}

func ExamplePrefetch() {
	rows, err := extract.Collect(context.Background(), counting{rows: 6000}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for b, err := range extract.Prefetch(rows, 2).Batches(context.Background()) {
		fmt.Println(b.Len(), "rows", err)
	}
	// Output:
	// 4096 rows <nil>
	// 1904 rows <nil>
}
