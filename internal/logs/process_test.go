package logs_test

import (
	"context"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/saego/saego/internal/logs"
)

// again runs a test of this program in a process of its own, with variables.
func again(ctx context.Context, test string, variables ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0], "-test.run", "^"+test+"$")
	c.Env = append(os.Environ(), variables...)
	return c
}

// TestKill kills a process that does nothing but log, again and again.
func TestKill(t *testing.T) {
	if dir := os.Getenv("SAEGO_LOGS_KILL"); dir != "" {
		first, err := strconv.Atoi(os.Getenv("SAEGO_LOGS_STEP"))
		if err != nil {
			t.Fatal(err)
		}
		log(open(t, dir, every(), first), first+1, math.MaxInt)
	}
	dir := t.TempDir()
	step := 0
	for i := range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(200+37*i)*time.Millisecond)
		out, err := again(ctx, "TestKill", "SAEGO_LOGS_KILL="+dir, "SAEGO_LOGS_STEP="+strconv.Itoa(step)).CombinedOutput()
		killed := ctx.Err() != nil
		cancel()
		if !killed {
			t.Fatalf("the process ended by itself: %v: %s", err, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "metrics.csv")); err != nil {
			continue // it was killed before it began
		}
		last := len(cells(t, read(t, dir, "metrics.csv"))) - 1
		step = last * 3 / 4
		l := open(t, dir, every(), step)
		l.Close(0)
		whole(t, dir, "", step)
	}
	if step == 0 {
		t.Error("no process got as far as a step")
	}
}

// TestDiskFills logs in a process whose files may not grow beyond a size, so that a
// write ends in the middle, as on a disk that fills up.
func TestDiskFills(t *testing.T) {
	const size = 20_000
	if dir := os.Getenv("SAEGO_LOGS_FULL"); dir != "" {
		signal.Ignore(syscall.SIGXFSZ)
		limit := syscall.Rlimit{Cur: size, Max: size}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		warnings := 0
		l, err := logs.Open(dir, every(), logs.Run{}, func(string) { warnings++ })
		if err != nil {
			t.Fatal(err)
		}
		log(l, 1, steps)
		l.Close(0)
		if warnings != 4 {
			t.Errorf("%d warnings, want one for each logger", warnings)
		}
		return
	}
	dir := t.TempDir()
	if out, err := again(t.Context(), "TestDiskFills", "SAEGO_LOGS_FULL="+dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	counts := map[string]int{
		"metrics.jsonl": len(objects(t, read(t, dir, "metrics.jsonl"))),
		"metrics.csv":   len(cells(t, read(t, dir, "metrics.csv"))),
		"tensorboard":   len(tfRecords(t, read(t, one(t, dir, "tensorboard/*")))),
		"wandb":         len(wandbRecords(t, read(t, one(t, dir, "wandb/*/*.wandb")))),
	}
	for name, n := range counts {
		if n < 10 {
			t.Errorf("%s has %d records, want some", name, n)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 {
		t.Errorf("the folder has %v (%v), want the four logs", entries, err)
	}
	for _, path := range logFiles(t, dir) {
		if strings.HasPrefix(filepath.Base(path), ".") {
			t.Errorf("%s is left behind", path)
		}
	}
}
