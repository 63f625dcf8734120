package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/saego/saego/extract"
)

// Store is a whole store that is there to be read.
type Store struct {
	place Place
	m     Manifest
}

// Open reads the manifest of a store and checks that all its files are there, in their
// sizes. It keeps nothing open. What a file holds is checked by [Verify].
func Open(ctx context.Context, place Place) (*Store, error) {
	m, err := whole(ctx, place)
	if err == nil {
		err = present(ctx, place, m.files())
	}
	if err != nil {
		return nil, fmt.Errorf("store: %v: %w", place, err)
	}
	return &Store{place: place, m: m}, nil
}

// whole returns the manifest of a whole store.
func whole(ctx context.Context, place Place) (Manifest, error) {
	m, err := readManifest(ctx, place, ManifestFile)
	if !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	switch p, err := readManifest(ctx, place, ProgressFile); {
	case err == nil:
		return p, fmt.Errorf("it is not finished, %d rows are there: write it again with its settings, and it goes on", p.Rows())
	case !errors.Is(err, fs.ErrNotExist):
		return m, err
	}
	return m, fmt.Errorf("no %s: it is no activation store: extract makes one", ManifestFile)
}

// Read returns the manifest of a store, or, where whole is false, that of the part of it
// that is written.
func Read(ctx context.Context, place Place) (m Manifest, whole bool, err error) {
	for _, name := range []string{ManifestFile, ProgressFile} {
		if m, err = readManifest(ctx, place, name); err == nil {
			return m, name == ManifestFile, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return m, false, fmt.Errorf("store: %v: %w", place, err)
		}
	}
	return m, false, fmt.Errorf("store: %v: no %s: it is no activation store: extract makes one", place, ManifestFile)
}

// Remove removes a store, whole or not, and nothing else.
func Remove(ctx context.Context, place Place) error {
	if _, _, err := Read(ctx, place); err != nil {
		return err
	}
	if err := remove(ctx, place); err != nil {
		return fmt.Errorf("store: %v: %w", place, err)
	}
	return nil
}

func remove(ctx context.Context, place Place) (err error) {
	unlock, err := lock(ctx, place)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	there, err := place.List(ctx)
	for _, f := range there {
		if shardName.MatchString(f.Name) {
			err = errors.Join(err, place.Remove(ctx, f.Name))
		}
	}
	if err != nil { // while there is a shard, there is what says whose
		return err
	}
	return errors.Join(place.Remove(ctx, ManifestFile), place.Remove(ctx, ProgressFile))
}

// lock keeps other writers away, where the place can do that.
func lock(ctx context.Context, place Place) (unlock func() error, err error) {
	if l, ok := place.(Locker); ok {
		unlock, err = l.Lock(ctx)
		return unlock, full(err)
	}
	return func() error { return nil }, nil
}

// Manifest returns what is in the store.
func (s *Store) Manifest() Manifest { return s.m }

// Info returns what the rows are.
func (s *Store) Info() extract.Info { return s.m.Info() }

// Order says which rows of a part come when.
type Order struct {
	Passes  int    // over the part; 0 = endless
	Seed    uint64 // of the order of shards; equal seeds give equal orders
	Shuffle bool   // in the first pass, too, which else has the rows as they were written
}

// Source returns the rows of a part. Each pass yields each row once, with the shards in
// another order, but for the first one without Shuffle.
func (s *Store) Source(part string, o Order) (*Source, error) {
	p, ok := s.m.Part(part)
	if !ok {
		names := make([]string, len(s.m.Parts))
		for i, p := range s.m.Parts {
			names[i] = p.Name
		}
		return nil, fmt.Errorf("store: %v: no part %q: there are %s", s.place, part, strings.Join(names, ", "))
	}
	return &Source{store: s, part: p, order: o}, nil
}
