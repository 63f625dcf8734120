package extract_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/saego/saego/extract"
)

// counting is a source of the one-value rows 0, 1, 2, … in batches of 3000, that
// ends with err.
type counting struct {
	rows int
	err  error
}

func (counting) Info() extract.Info { return extract.Info{Hook: "counting", DIn: 1} }

func (c counting) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for lo := 0; lo < c.rows; lo += 3000 {
			b := extract.Batch{DIn: 1}
			for i := lo; i < min(lo+3000, c.rows); i++ {
				b.Data, b.Origin = append(b.Data, float32(i)), append(b.Origin, extract.Origin{Example: int32(i)})
			}
			if !yield(b, nil) {
				return
			}
		}
		if c.err != nil {
			yield(extract.Batch{}, c.err)
		}
	}
}

func TestCollect(t *testing.T) {
	for _, tt := range []struct{ rows, n, want int }{
		{0, 0, 0}, {10, 0, 10}, {10, 4, 4}, {10, 99, 10}, {10000, 0, 10000}, {10000, 6001, 6001}, {10000, 3000, 3000},
	} {
		m, err := extract.Collect(t.Context(), counting{rows: tt.rows}, tt.n)
		if err != nil {
			t.Fatal(err)
		}
		var data []float32
		for b, err := range m.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			for i, o := range b.Origin {
				if b.Row(i)[0] != float32(o.Example) {
					t.Fatalf("row %g has the origin of example %d", b.Row(i)[0], o.Example)
				}
			}
			data = append(data, b.Data...)
		}
		if m.Len() != tt.want || len(data) != tt.want || !slices.IsSorted(data) {
			t.Errorf("%d of %d rows: holds %d, yields %d, want %d in order", tt.n, tt.rows, m.Len(), len(data), tt.want)
		}
	}
}

func TestCollectPassesErrorsOn(t *testing.T) {
	boom := errors.New("boom")
	if _, err := extract.Collect(t.Context(), counting{rows: 5, err: boom}, 0); !errors.Is(err, boom) {
		t.Errorf("error is %v, want %v", err, boom)
	}
	if m, err := extract.Collect(t.Context(), counting{rows: 5, err: boom}, 5); err != nil || m.Len() != 5 {
		t.Errorf("enough rows before the error: %v, want none", err)
	}
}

func TestMemoryStops(t *testing.T) {
	m, err := extract.Collect(t.Context(), counting{rows: 10}, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	for _, err := range m.Batches(ctx) {
		if !errors.Is(err, cause) {
			t.Errorf("error is %v, want %v", err, cause)
		}
	}
}
