package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/extract/store"
)

// child names the folder into which this program writes a store, in the place of tests.
const child = "SAEGO_STORE_CHILD"

func TestMain(m *testing.M) {
	dir := os.Getenv(child)
	if dir == "" {
		os.Exit(m.Run())
	}
	p := parts(800)
	p[1].Source.(*counted).wait = 2 * time.Millisecond
	if _, err := store.Write(context.Background(), store.Folder(dir), p, config(store.F16, 100)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// files returns what is in a folder, hidden ones included.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(data)
	}
	return out
}

// TestKilledStoreEndsWithTheSameBytes kills a process ten times at random moments.
func TestKilledStoreEndsWithTheSameBytes(t *testing.T) {
	root := t.TempDir()
	whole, cut := filepath.Join(root, "whole"), filepath.Join(root, "cut")
	run := func(ctx context.Context, dir string) error {
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), child+"="+dir)
		out, err := cmd.CombinedOutput() // kills with SIGKILL
		if ctx.Err() == nil && err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return ctx.Err()
	}
	start := time.Now()
	if err := run(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	rng := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
	resumed := 0
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.Int64N(int64(took/3))))
		before := len(files(t, cut))
		if err := run(ctx, cut); err != nil && before > 1 {
			resumed++
		}
		cancel()
	}
	if err := run(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s uninterrupted; %d of 10 killed ones had begun with shards", took, resumed)
	want, got := files(t, whole), files(t, cut)
	if d := cmp.Diff(want, got); d != "" {
		t.Error("the store differs from that of a process that was not killed")
		for name := range got {
			if got[name] != want[name] {
				t.Errorf("%s differs", name)
			}
		}
	}
	if _, err := store.Verify(t.Context(), store.Folder(cut), nil); err != nil {
		t.Error(err)
	}
}
