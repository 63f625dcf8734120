package main

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
)

// counted is a source that counts what it computes.
type counted interface {
	extract.Source
	Counts() extract.Counts
}

// source is saego's side where it reads examples by package extract, from texts or files
// to rows.
type source struct {
	of      func(from, to int) (counted, error) // of the examples [from, to)
	dIn     int
	data    []float32
	origins []extract.Origin
}

// turn implements [side].
func (s *source) turn(ctx context.Context, from, to int) (turn, error) {
	s.data, s.origins = s.data[:0], s.origins[:0]
	start := time.Now()
	src, err := s.of(from, to)
	if err != nil {
		return turn{}, err
	}
	s.dIn = src.Info().DIn
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return turn{}, err
		}
		s.data, s.origins = append(s.data, b.Data...), append(s.origins, b.Origin...)
	}
	took := time.Since(start)
	c := src.Counts()
	return turn{Seconds: took.Seconds(), Rows: len(s.origins), Positions: int(c.Tokens + c.Padding)}, nil
}

// rows implements [side].
func (s *source) rows() ([]float32, error) {
	order := make([]int, len(s.origins))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, k int) int {
		a, b := s.origins[i], s.origins[k]
		return cmp.Or(cmp.Compare(a.Example, b.Example), cmp.Compare(a.Position, b.Position))
	})
	out := make([]float32, 0, len(s.data))
	for _, i := range order {
		out = append(out, s.data[i*s.dIn:][:s.dIn]...)
	}
	return out, nil
}

// list is a dataset in memory.
type list[T any] []T

// Labels implements [datasets.Dataset].
func (list[T]) Labels() []string { return nil }

// Pass implements [datasets.Dataset].
func (l list[T]) Pass(int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range l {
			if !yield(x, nil) {
				return
			}
		}
	}
}

// take returns n examples of ds, in random order, fewer where it has no more.
func take[T any](ds datasets.Dataset[T], n int) (out list[T], err error) {
	for x, err := range datasets.Limit(datasets.Shuffle(ds, 0), n).Pass(0) {
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}
