package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/internal/kernels/blas"
)

// run measures.
func (b *bench) run(ctx context.Context) (err error) {
	b.Machine = result.ThisMachine(ctx)
	b.Machine.Quick = b.Quick
	if err := os.MkdirAll(b.Work, 0o755); err != nil {
		return err
	}
	if err := b.useBLAS(); err != nil {
		return err
	}
	if err := b.LoadRows(ctx); err != nil {
		return err
	}
	b.Machine.Rows = fmt.Sprintf("%d rows of d_in %d: %s", b.Rows.N, b.Rows.DIn, b.Rows.Source)
	if err := b.DescribePeer(ctx, "cpu"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.ClosePeer()) }()
	return suite.Measure(ctx, &b.Suite, b, parts)
}

// useBLAS installs saego's BLAS.
func (b *bench) useBLAS() error {
	impl, warning, err := blas.Default("")
	if err != nil {
		return err
	}
	if warning != "" {
		b.Say("warning: %s", warning)
	}
	blas32.Use(impl)
	here, err := os.Getwd()
	b.Machine.BLAS = strings.ReplaceAll(blas.Name(impl), here+string(filepath.Separator), "")
	return err
}
