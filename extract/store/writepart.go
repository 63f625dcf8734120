package store

import (
	"context"
	"fmt"

	"github.com/saego/saego/extract"
)

// part writes what is missing of part i.
func (w *writer) part(ctx context.Context, i int) error {
	p, info := w.parts[i], &w.m.Parts[i]
	if info.At.Done {
		return nil
	}
	if info.Rows == p.Rows && p.Rows > 0 {
		return w.end(ctx, i, false)
	}
	cursor, skip := info.At.Cursor, info.At.Skip
	for b, err := range p.Source.BatchesFrom(ctx, cursor) {
		if err == nil {
			err = w.check(b, skip)
		}
		if err == nil {
			err = w.room(ctx, i, b)
		}
		if err != nil {
			return err
		}
		if enough, err := w.take(ctx, i, b, cursor, skip); err != nil {
			return err
		} else if enough {
			return w.end(ctx, i, false)
		}
		cursor, skip = b.Next, 0
		w.tell()
	}
	if err := w.flush(ctx, i, Position{Cursor: cursor}); err != nil {
		return err
	}
	if info.Rows == 0 {
		return extract.ErrNoRows
	}
	return w.end(ctx, i, true)
}

// check refuses a batch that does not fit what the source said of itself.
func (w *writer) check(b extract.Batch, skip int) error {
	switch {
	case b.DIn != w.m.DIn || len(b.Data) != b.Len()*b.DIn || b.DOut != w.m.DOut || len(b.Target) != b.Len()*b.DOut:
		return fmt.Errorf("a batch has rows of %d values with targets of %d, want %d and %d: Info must tell the width of every batch",
			b.DIn, b.DOut, w.m.DIn, w.m.DOut)
	case skip > b.Len():
		return fmt.Errorf("a batch has %d rows, %d of them were written before: go on with the data that it was begun with", b.Len(), skip)
	}
	return nil
}

// take writes the rows of b from skip on, which lies behind cursor. It reports whether the
// part has as many as it may.
func (w *writer) take(ctx context.Context, i int, b extract.Batch, cursor extract.Cursor, skip int) (enough bool, err error) {
	p, info := w.parts[i], &w.m.Parts[i]
	for from := skip; from < b.Len() && !enough; {
		n := min(b.Len()-from, w.m.ShardRows-w.shard.rows)
		if p.Rows > 0 {
			n = min(n, p.Rows-info.Rows-w.shard.rows)
		}
		if err := w.shard.add(b.Slice(from, from+n)); err != nil {
			return false, err
		}
		from += n
		enough = p.Rows > 0 && info.Rows+w.shard.rows == p.Rows
		if !enough && w.shard.rows < w.m.ShardRows {
			continue
		}
		at := Position{Cursor: b.Next}
		if from < b.Len() {
			at = Position{Cursor: cursor, Skip: from}
		}
		if err := w.flush(ctx, i, at); err != nil {
			return false, err
		}
	}
	return enough, nil
}

// flush writes the shard in the making, behind which the part goes on at a position.
func (w *writer) flush(ctx context.Context, i int, at Position) error {
	if w.shard.rows == 0 {
		return nil
	}
	info := &w.m.Parts[i]
	s, err := w.shard.write(ctx, w.place, w.m, *info)
	if err != nil {
		return err
	}
	info.Shards = append(info.Shards, s)
	info.Rows += s.Rows
	info.Counts, info.At = w.counts(i), &at
	w.shard.reset()
	return w.save(ctx, ProgressFile)
}

// end closes a part.
func (w *writer) end(ctx context.Context, i int, complete bool) error {
	info := &w.m.Parts[i]
	if complete { // else its counts are those of its last shard
		info.Complete, info.Counts = true, w.counts(i)
	}
	info.At.Done = true
	w.tell()
	return w.save(ctx, ProgressFile)
}

// counts returns those of a part's source so far; rows alone where it counts nothing.
func (w *writer) counts(i int) extract.Counts {
	if c, ok := w.parts[i].Source.(extract.Counter); ok {
		return c.Counts()
	}
	return extract.Counts{Rows: int64(w.m.Parts[i].Rows)}
}

// tell says how far the store is.
func (w *writer) tell() {
	if w.cfg.Progress == nil {
		return
	}
	w.cfg.Progress(Progress{
		Rows: w.m.Rows() + int64(w.shard.rows), Expected: w.expected, ExpectedBytes: w.expected * int64(w.m.RowBytes()),
	})
}
