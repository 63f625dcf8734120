package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/saego/saego/internal/native/nativetest"
)

// build makes the program and returns its path.
func (p program) build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), p.name)
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "github.com/saego/saego/cmd/"+p.name).CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return bin
}

// TestProcess looks at what only a process of its own shows: a signal, and a library
// that is loaded once.
func TestProcess(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	bin := p.build(t)
	t.Run("signal", func(t *testing.T) {
		output := filepath.Join(t.TempDir(), "run")
		cmd := exec.CommandContext(t.Context(), bin, p.small(t, output, "--training-tokens", "20000000", "--log-every-n-steps", "1")...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitForText(filepath.Join(output, "metrics.jsonl"))
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // its error is the exit code, which is checked below
		checkInterrupted(t, result{code: cmd.ProcessState.ExitCode(), stderr: stderr.String()}, output)
	})
	t.Run("wrong ONNX Runtime", func(t *testing.T) {
		library := file(t, "libonnxruntime.so", "no library")
		cmd := exec.CommandContext(t.Context(), bin, p.small(t, filepath.Join(t.TempDir(), "run"), "--onnxruntime-lib", library)...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		_ = cmd.Run() // its error is the exit code, which is checked below
		r := result{code: cmd.ProcessState.ExitCode(), stderr: stderr.String()}
		checkMistake(t, p, r, mistake{code: 1, want: []string{library, "want version", "make deps"}})
	})
}

// waitForText waits, within reason, until a file has some: a run logs its steps.
func waitForText(path string) {
	for range 600 {
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// killOnceWritten runs a program and kills it, that long after it changed the file or folder
// at path, unless it ends before that. It returns for how long it went on.
func killOnceWritten(t *testing.T, path string, wait time.Duration, bin string, args []string) time.Duration {
	t.Helper()
	written := func() (at time.Time) {
		if info, err := os.Stat(path); err == nil {
			at = info.ModTime()
		}
		return at
	}
	before := written()
	cmd := exec.CommandContext(t.Context(), bin, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var start time.Time
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v: %s", err, stderr.String())
			}
			return time.Since(start)
		case <-time.After(time.Millisecond):
		}
		if start.IsZero() && !written().Equal(before) {
			start = time.Now()
		}
		if !start.IsZero() && time.Since(start) > wait {
			_ = cmd.Process.Kill() // it may have ended
			<-ended
			return wait
		}
	}
}
