package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Write writes the parts, one after another, as a store, and returns its manifest. It
// takes the memory of one shard.
//
// A store that was begun with the same settings goes on behind its last whole shard, and
// ends with the bytes of one that was never interrupted; one that is whole stays as it
// is. A store of anything else is refused, and so is a place with other files in it.
//
// Shards are cut at exact numbers of rows. Each is there whole before [ProgressFile] says
// so; at the end [ManifestFile] takes its place. Where a place becomes full, what is
// whole stays, and the error wraps [ErrFull]; so it does before the first shard, where
// all rows will not fit as far as the first examples tell. A value that has no place
// among the finite ones of the DType is an error, as is a part without a row.
func Write(ctx context.Context, place Place, parts []Part, cfg Config) (m Manifest, err error) {
	w, err := newWriter(place, parts, cfg)
	if err != nil {
		return m, fmt.Errorf("store: %w", err)
	}
	unlock, err := lock(ctx, place)
	if err != nil {
		return m, fmt.Errorf("store: %v: %w", place, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := w.run(ctx); err != nil {
		return w.m, fmt.Errorf("store: %v: %w", place, w.explain(err))
	}
	return w.m, nil
}

// writer is one call of [Write].
type writer struct {
	place Place
	cfg   Config
	parts []Part
	m     Manifest // as far as it is whole

	shard    *shardBuffer // in the making
	sized    bool         // whether there is room was looked at
	expected int64        // rows in the end; 0 = not known
}

func newWriter(place Place, parts []Part, cfg Config) (*writer, error) {
	if err := errors.Join(cfg.Validate(), checkParts(parts)); err != nil {
		return nil, err
	}
	info := parts[0].Source.Info()
	settings, err := cfg.settings()
	if err != nil {
		return nil, err
	}
	w := &writer{place: place, cfg: cfg, parts: parts, m: Manifest{
		Format: format, Version: version, Precision: cfg.Precision, Drift: cfg.Drift,
		Description: Description{
			Model: info.Model, Hook: info.Hook, DIn: info.DIn, Target: info.Target, DOut: info.DOut,
			DType: cfg.DType, Unit: cfg.Unit, ShardRows: cfg.ShardRows, Limits: map[string]int{}, Settings: settings,
		},
	}}
	for _, p := range parts {
		w.m.Limits[p.Name] = p.Rows
		w.m.Parts = append(w.m.Parts, PartInfo{Name: p.Name, Shards: []Shard{}, At: &Position{}})
	}
	w.shard = newShardBuffer(w.m.Description)
	w.m.ConfigHash, err = w.m.Description.hash()
	return w, err
}

// run writes what is missing.
func (w *writer) run(ctx context.Context) error {
	whole, err := w.takeUp(ctx)
	if err != nil || whole {
		return err
	}
	for i := range w.parts {
		if err := w.part(ctx, i); err != nil {
			return fmt.Errorf("part %s: %w", w.parts[i].Name, err)
		}
	}
	for i := range w.m.Parts {
		w.m.Parts[i].At = nil
	}
	w.m.ContentHash = w.m.contentHash()
	if err := w.save(ctx, ManifestFile); err != nil {
		return err
	}
	return w.place.Remove(ctx, ProgressFile)
}

// takeUp finds what is there already, and reports whether that is all.
func (w *writer) takeUp(ctx context.Context) (whole bool, err error) {
	for _, name := range []string{ManifestFile, ProgressFile} {
		m, err := readManifest(ctx, w.place, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return false, fmt.Errorf("%w: name another place, or remove what is there", err)
		case m.ConfigHash != w.m.ConfigHash:
			return false, fmt.Errorf("%s is of another store: %w: go on with its settings, or name another place", name, m.differ(w.m.Description))
		}
		if err := present(ctx, w.place, m.files()); err != nil {
			return false, fmt.Errorf("%w: restore it, or remove the store", err)
		}
		w.m = m
		if name == ManifestFile {
			return true, w.place.Remove(ctx, ProgressFile)
		}
		return false, w.sameParts()
	}
	there, err := w.place.List(ctx)
	if err == nil && len(there) > 0 {
		err = fmt.Errorf("it is no activation store, and not empty (%s): name another place", there[0].Name)
	}
	if err != nil {
		return false, err
	}
	return false, w.save(ctx, ProgressFile)
}

// sameParts says whether the parts that are there are those to be written, in order.
func (w *writer) sameParts() error {
	for i, p := range w.parts {
		if w.m.Parts[i].Name != p.Name {
			return fmt.Errorf("%s has part %s before %s: go on with its order", ProgressFile, w.m.Parts[i].Name, p.Name)
		}
	}
	return nil
}

// save writes the manifest as it is now.
func (w *writer) save(ctx context.Context, name string) error {
	text, err := json.MarshalIndent(w.m, "", "  ")
	if err != nil {
		return err
	}
	_, err = create(ctx, w.place, name, func(f io.Writer) error {
		_, err := f.Write(append(text, '\n'))
		return err
	})
	return err
}

// explain adds to an error what became of the work.
func (w *writer) explain(err error) error {
	if !errors.Is(err, ErrFull) || w.m.Rows() == 0 {
		return err
	}
	return fmt.Errorf("%w: %d shards with %d rows are whole and stay: make room and write again, it goes on behind them",
		err, w.m.Shards(), w.m.Rows())
}
