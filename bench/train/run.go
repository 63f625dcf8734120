package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/internal/kernels/blas"
)

// run measures. A part that fails has an entry that says so, and the run goes on; it is
// an error at its end.
func (b *bench) run(ctx context.Context) (err error) {
	b.machine = result.ThisMachine(ctx)
	b.machine.Quick = b.quick
	if err := os.MkdirAll(b.work, 0o755); err != nil {
		return err
	}
	if err := b.useBLAS(); err != nil {
		return err
	}
	if err := b.loadRows(ctx); err != nil {
		return err
	}
	b.machine.Rows = fmt.Sprintf("%d rows of d_in %d: %s", b.rows.n, b.rows.dIn, b.rows.source)
	if err := b.describePeer(ctx); err != nil {
		return err
	}
	defer func() {
		if b.shared != nil {
			err = errors.Join(err, b.shared.close())
		}
	}()
	return b.measure(ctx, func(p part) bool { return b.only.MatchString(p.name) && (p.quick || !b.quick) })
}

// measure runs the parts that are wanted and writes what they give, after each of them.
func (b *bench) measure(ctx context.Context, wanted func(part) bool) error {
	var entries []result.Entry
	var failed []error
	for _, p := range parts {
		if !wanted(p) {
			continue
		}
		start := time.Now()
		got, err := p.run(ctx, b)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.name, err))
			got = append(got, result.Absent(p.name, err.Error()))
		}
		debug.FreeOSMemory()
		b.tell(got, time.Since(start))
		entries = append(entries, got...)
		if err := result.Write(b.output, entries, b.machine); err != nil {
			return err
		}
	}
	b.say("%s", filepath.Join(b.output, result.EntriesFile))
	return errors.Join(failed...)
}

// useBLAS installs saego's BLAS.
func (b *bench) useBLAS() error {
	impl, warning, err := blas.Default("")
	if err != nil {
		return err
	}
	if warning != "" {
		b.say("warning: %s", warning)
	}
	blas32.Use(impl)
	here, err := os.Getwd()
	b.machine.BLAS = strings.ReplaceAll(blas.Name(impl), here+string(filepath.Separator), "")
	return err
}

// describePeer asks the peers who they are. Without them a run that wants them has
// nothing to measure.
func (b *bench) describePeer(ctx context.Context) error {
	p, err := b.peer(ctx)
	if b.noPeers {
		return nil
	}
	if err != nil {
		return err
	}
	a, err := p.do("info", nil)
	if err != nil {
		return fmt.Errorf("%w: make .deps/venv-bench/.stamp installs the peers, --no-peers goes without", err)
	}
	b.machine.Peer = &a.Peer
	return nil
}

// tell prints what a part gave.
func (b *bench) tell(entries []result.Entry, took time.Duration) {
	for _, e := range entries {
		line := fmt.Sprintf("%-34s", e.Name)
		if e.Ours != nil {
			line += fmt.Sprintf(" %10.4g", *e.Ours)
		}
		if e.Peer != nil {
			line += fmt.Sprintf(" %10.4g %-8s ratio %.2f", *e.Peer, e.Unit, *e.Ratio)
		} else if e.Ours != nil {
			line += " " + e.Unit
		}
		if e.Missing != "" {
			line += " missing: " + e.Missing
		}
		fmt.Println(line)
	}
	b.say("  (%.0f s)", took.Seconds())
}
