// Package stub compiles what stands in for NVIDIA's driver in tests: a libcuda.so.1 that
// answers what saego asks and can do nothing.
package stub

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

//go:embed testdata/driver.c
var driver string

// Driver returns a folder with libcuda.so.1 in it. The test is skipped where no C compiler
// is at hand.
func Driver(t testing.TB) string { return compile(t, driver) }

// Empty is [Driver] without a function in it.
func Empty(t testing.TB) string { return compile(t, "") }

func compile(t testing.TB, source string) string {
	t.Helper()
	cc := strings.Fields(os.Getenv("CC"))
	if len(cc) == 0 {
		cc = []string{"cc"}
	}
	if _, err := exec.LookPath(cc[0]); err != nil || runtime.GOOS != "linux" {
		t.Skip("no C compiler for Linux is at hand")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "driver.c")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append(cc[1:], "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", filepath.Join(dir, "libcuda.so.1"), file)
	if out, err := exec.CommandContext(t.Context(), cc[0], args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}
