package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/saego/saego/internal/cli"
	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/sae"
)

// trigger calls a function at the first write that has some text.
type trigger struct {
	text string
	do   func()
}

func (g *trigger) Write(p []byte) (int, error) {
	if g.do != nil && strings.Contains(string(p), g.text) {
		g.do()
		g.do = nil
	}
	return len(p), nil
}

func TestInterruptKeepsTheSAE(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			output := filepath.Join(t.TempDir(), "run")
			args := p.small(t, output, "--training-tokens", "640000", "--eval-every-n-steps", "0")
			r := p.call(ctx, &trigger{"step ", func() { cancel(cli.ErrInterrupted) }}, args...)
			checkInterrupted(t, r, output)
		})
	}
}

func checkInterrupted(t *testing.T, r result, output string) {
	t.Helper()
	if r.code != 130 {
		t.Errorf("exit code %d, want 130", r.code)
	}
	_, dir, ok := strings.Cut(r.lastLine(), "the SAE so far is in ")
	if !ok || filepath.Dir(filepath.Dir(dir)) != filepath.Join(output, "checkpoints") {
		t.Fatalf("the last line does not say where the SAE is: %s", r.stderr)
	}
	if _, _, err := sae.Load(dir); err != nil {
		t.Error(err)
	}
}

func TestInterruptBeforeTheFirstStepLeavesNothing(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		for _, wait := range []time.Duration{0, 200 * time.Millisecond} {
			t.Run(p.name+" after "+wait.String(), func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				root := t.TempDir()
				args := p.small(t, filepath.Join(root, "a", "run"), "--training-tokens", "100000000", "--buffer-size", "4000000")
				if wait == 0 {
					cancel(cli.ErrInterrupted)
				}
				stop := time.AfterFunc(wait, func() { cancel(cli.ErrInterrupted) })
				defer stop.Stop()
				start := time.Now()
				r := p.call(ctx, nil, args...)
				if took := time.Since(start) - wait; took > 5*time.Second {
					t.Errorf("took %s to stop", took)
				}
				if r.code != 130 || !strings.Contains(r.lastLine(), "interrupted") {
					t.Errorf("exit code %d, %s", r.code, r.stderr)
				}
				if left, _ := os.ReadDir(root); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		}
	}
}
