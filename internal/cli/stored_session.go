package cli

import (
	"context"
	"io"

	"github.com/saego/saego/extract/store"
)

// openStore checks the settings against the store that has the rows.
func (s *session) openStore(ctx context.Context, kinds []Kind) (err error) {
	if s.stored, err = openStored(ctx, s.kind); err != nil {
		return err
	}
	m := s.stored.Manifest()
	s.drift = m.Drift
	errs := make([]error, len(kinds))
	for i, k := range kinds {
		k.Config().SAE.DOut = m.DOut
		errs[i] = usage(k.Config().resolve(m.DIn))
	}
	return ofMembers(kinds, errs)
}

// openRows opens the parts of the store.
func (s *session) openRows(context.Context, io.Writer) error {
	rows, err := s.stored.Source(partTrain, store.Order{Seed: s.cfg.Seed})
	if err != nil {
		return err
	}
	s.train = rows
	if s.cfg.HeldOutFraction == 0 {
		return nil
	}
	held, err := s.stored.Source(partHeld, store.Order{Passes: 1})
	s.held = held
	return err
}

// rounded returns how the rows were stored, where that is not as they were computed.
func (s *session) rounded() store.DType {
	if s.stored == nil || s.stored.Manifest().DType == store.F32 {
		return ""
	}
	return s.stored.Manifest().DType
}
