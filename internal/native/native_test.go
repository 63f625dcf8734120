package native_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/internal/native"
)

// library is one that no machine has.
func library() native.Library {
	return native.Library{
		Title: "Nothing", Version: "1.2.3", Flag: "--nothing-lib", Env: "SAEGO_TEST_NOTHING",
		Package: "nothing-1.2.3", Target: "deps-nothing", Files: []string{filepath.Join("lib", "libnothing.so.1")}, System: []string{"libnothing.so"},
	}
}

func write(t *testing.T, elem ...string) string {
	t.Helper()
	path := filepath.Join(elem...)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func find(t *testing.T, path string) []string {
	t.Helper()
	got, err := library().Find(path)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestFindOrder adds one place after another, each before those already there.
func TestFindOrder(t *testing.T) {
	// Resolved, since the working directory comes back resolved.
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(work, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(work)
	t.Setenv(native.HomeEnv, "")
	t.Setenv("SAEGO_TEST_NOTHING", "")
	check := func(place string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", place, got, want)
		}
	}
	check("system", find(t, ""), "libnothing.so")

	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	beside := write(t, filepath.Dir(exe), "libnothing.so.1")
	t.Cleanup(func() { os.Remove(beside) })
	check("beside the program", find(t, ""), beside)

	up := write(t, root, ".deps", "native", "nothing-1.2.3", "lib", "libnothing.so.1")
	check("above the working directory", find(t, ""), up)

	home := filepath.Join(root, "home")
	inHome := write(t, home, ".deps", "native", "nothing-1.2.3", "lib", "libnothing.so.1")
	t.Setenv(native.HomeEnv, home)
	check("home", find(t, ""), inHome)

	byEnv := write(t, root, "env.so")
	t.Setenv("SAEGO_TEST_NOTHING", byEnv)
	check("environment", find(t, ""), byEnv)

	byFlag := write(t, work, "flag.so")
	check("flag", find(t, "flag.so"), byFlag)
}

func TestFindGivenButAbsent(t *testing.T) {
	for _, tc := range []struct{ name, path, env, want string }{
		{"flag", "/absent/flag.so", "", "--nothing-lib is /absent/flag.so"},
		{"environment", "", "/absent/env.so", "SAEGO_TEST_NOTHING is /absent/env.so"},
		{"folder", os.TempDir(), "", "not a file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("SAEGO_TEST_NOTHING", tc.env)
			_, err := library().Find(tc.path)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range []string{"native: Nothing: ", tc.want, "1.2.3", "make deps-nothing", "--nothing-lib", "SAEGO_TEST_NOTHING"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want %q in it", err, want)
				}
			}
		})
	}
}

// TestDriver wants the driver to be left to the system, whatever the environment has.
func TestDriver(t *testing.T) {
	l := native.CUDADriver()
	got, err := l.Find("")
	if err != nil || !slices.Equal(got, []string{"libcuda.so.1"}) {
		t.Errorf("Find() = %v, %v", got, err)
	}
	if l.IsNamed("") {
		t.Error("it has no variable, and was named")
	}
	if hint := l.Hint(); strings.Contains(hint, "make ") || !strings.Contains(hint, "--gpus all") {
		t.Errorf("Hint() = %q", hint)
	}
}

// TestHintWithoutFlag wants a hint to speak of the variable alone.
func TestHintWithoutFlag(t *testing.T) {
	for _, l := range []native.Library{native.NVRTC(), native.CuBLAS()} {
		if hint := l.Hint(); !strings.HasSuffix(hint, "make gpu-libs` in the saego folder, or name the file by "+l.Env) {
			t.Errorf("Hint() = %q", hint)
		}
	}
}

func TestFindBeside(t *testing.T) {
	l := library()
	l.Beside = []string{"libpart.so.*", "libabsent.so.*"}
	dir := t.TempDir()
	part := write(t, dir, "libpart.so.13.0")
	write(t, dir, "libother.so.1")
	if got := l.FindBeside(filepath.Join(dir, "libnothing.so.1")); !slices.Equal(got, []string{part}) {
		t.Errorf("got %v, want %s", got, part)
	}
	if got := l.FindBeside("libnothing.so"); got != nil {
		t.Errorf("the system's: got %v, want none", got)
	}
}
