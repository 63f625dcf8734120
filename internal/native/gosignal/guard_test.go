//go:build cgo && linux

package gosignal_test

import (
	"errors"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/saego/saego/internal/native/gosignal"
	"github.com/saego/saego/internal/native/gosignal/foreign"
)

// owned are signals that Go's runtime handles. A library might set any of them. SIGURG is
// not among them: Go sends it, and it could come while the handler is on a goroutine's stack.
// What the process was started with as ignored, as SIGHUP under nohup, Go leaves alone.
var owned = slices.DeleteFunc([]syscall.Signal{
	syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGSEGV, syscall.SIGBUS,
	syscall.SIGFPE, syscall.SIGPROF, syscall.SIGPIPE, syscall.SIGCHLD, syscall.SIGUSR1,
}, func(s syscall.Signal) bool { return signal.Ignored(s) })

func overwrite(t *testing.T, flags int, signals ...syscall.Signal) {
	t.Helper()
	for _, s := range signals {
		if err := foreign.Overwrite(s, flags); err != nil {
			t.Fatal(err)
		}
	}
}

// wantDelivered sends a signal to this process and waits for it in Go.
func wantDelivered(t *testing.T, s syscall.Signal) {
	t.Helper()
	c := make(chan os.Signal, 1)
	signal.Notify(c, s)
	defer signal.Stop(c)
	if err := syscall.Kill(syscall.Getpid(), s); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c:
	case <-time.After(10 * time.Second):
		t.Errorf("%v does not reach Go", s)
	}
}

// wantPanic is that of a nil pointer, which is SIGSEGV.
func wantPanic(t *testing.T) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("a nil pointer is no panic")
		}
	}()
	var p *[4096]int
	p[7]++
}

// Without a guard the handler stays, or the other tests would prove nothing.
func TestUnguarded(t *testing.T) {
	overwrite(t, foreign.OnStack, syscall.SIGUSR2)
	calls := foreign.Calls()
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); foreign.Calls() == calls && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if foreign.Calls() != calls+1 || !foreign.Has(syscall.SIGUSR2) {
		t.Error("the handler was not called")
	}
}

func TestGuard(t *testing.T) {
	cause := errors.New("cause")
	for name, flags := range map[string]int{"as CUDA does": 0, "on the stack for signals": foreign.OnStack} {
		t.Run(name, func(t *testing.T) {
			err := gosignal.Guard(func() error {
				overwrite(t, flags, owned...)
				return cause
			})
			if !errors.Is(err, cause) {
				t.Errorf("error %v", err)
			}
			for _, s := range owned {
				if foreign.Has(s) {
					t.Errorf("%v has another handler than Go's", s)
				}
			}
			wantPanic(t)
			for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1} {
				if slices.Contains(owned, s) {
					wantDelivered(t, s)
				}
			}
		})
	}
}

// What Go does not handle keeps the library's handler, on a stack that is large enough.
func TestGuardLeavesOthers(t *testing.T) {
	const s = syscall.Signal(34) // SIGRTMIN, the C library's
	err := gosignal.Guard(func() error { return foreign.Overwrite(s, 0) })
	if err != nil {
		t.Fatal(err)
	}
	if !foreign.Has(s) || foreign.Flags(s)&foreign.OnStack == 0 {
		t.Errorf("flags %#x, want the library's handler with SA_ONSTACK", foreign.Flags(s))
	}
}

// Guards overlap where several sessions are opened at once.
func TestGuardsOverlap(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				_ = gosignal.Guard(func() error { return foreign.Overwrite(syscall.SIGUSR1, foreign.OnStack) })
			}
		})
	}
	wg.Wait()
	wantDelivered(t, syscall.SIGUSR1)
}

// A panic of f passes through.
func TestGuardedPanic(t *testing.T) {
	func() {
		defer func() { _ = recover() }()
		_ = gosignal.Guard(func() error {
			overwrite(t, foreign.OnStack, syscall.SIGTERM)
			panic("thrown")
		})
	}()
	wantDelivered(t, syscall.SIGTERM)
}
