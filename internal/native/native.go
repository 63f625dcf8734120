// Package native finds the shared libraries that saego opens at run time.
//
// ONNX Runtime, OpenBLAS, oneDNN and CUDA's are C++ and Fortran programs that no Go build makes.
// They are opened when a program runs, so a build needs neither their headers
// nor the libraries; but a program must then find the right file, and must say
// what to do when there is none.
//
// [Library.Find] looks at one place after another, the most explicit first: the
// path that a user gave, the library's environment variable, the .deps folder
// that make deps fills, the folder of the program, and at last the names under
// which the system's loader may know it. A path that was given and is wrong is an
// error, never a reason to look on.
package native

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// HomeEnv names the environment variable that holds the path of a saego
// checkout, for programs that run elsewhere.
const HomeEnv = "SAEGO_HOME"

// depsDir is where scripts/setup/native.py puts libraries, from the root of the repository.
var depsDir = filepath.Join(".deps", "native")

// Library is a shared library and the places where it may be.
type Library struct {
	Title   string   // for people: "ONNX Runtime"
	Version string   // the version that make gets, and others known to work
	Flag    string   // command-line flag that gives a path, if there is one
	Env     string   // environment variable that gives a path, if there is one
	Package string   // folder below .deps/native that make fills
	Target  string   // make's, that fills it
	Files   []string // paths inside Package, and file names beside the program
	System  []string // names for the system's loader
	Mend    string   // how to get it, where make does not
	Beside  []string // patterns of files beside it that it does not find by itself: open them first
}

// ONNXRuntime returns the library that runs exported networks.
func ONNXRuntime() Library {
	file, system := "libonnxruntime.so.1.29.0", []string{"libonnxruntime.so.1", "libonnxruntime.so"}
	if runtime.GOOS == "darwin" {
		file, system = "libonnxruntime.1.29.0.dylib", []string{"libonnxruntime.dylib"}
	}
	return Library{
		Title:   "ONNX Runtime",
		Version: "1.29.0 (1.24.1 or newer)",
		Flag:    "--onnxruntime-lib",
		Env:     "ONNXRUNTIME_SHARED_LIBRARY_PATH",
		Package: "onnxruntime-1.29.0",
		Target:  "deps",
		Files:   []string{filepath.Join("onnxruntime", "capi", file)},
		System:  system,
	}
}

// OpenBLAS returns the library that multiplies matrices.
func OpenBLAS() Library {
	file, system := "libscipy_openblas.so", []string{"libopenblas.so.0", "libopenblas.so"}
	if runtime.GOOS == "darwin" {
		file, system = "libscipy_openblas.dylib", []string{"libopenblas.dylib"}
	}
	return Library{
		Title:   "OpenBLAS",
		Version: "0.3.34 (0.3.20 or newer)",
		Flag:    "--blas-lib",
		Env:     "SAEGO_BLAS",
		Package: "scipy-openblas32-0.3.34.481.3",
		Target:  "deps",
		Files:   []string{filepath.Join("scipy_openblas32", "lib", file)},
		System:  system,
	}
}

// OneDNN returns the library that multiplies matrices of bfloat16. There is none for
// macOS.
func OneDNN() Library {
	return Library{
		Title:   "oneDNN",
		Version: "3.2 (2.0 or newer, with OpenMP or without threads)",
		Flag:    "--onednn-lib",
		Env:     "SAEGO_ONEDNN",
		Package: "onednn-cpu-gomp-2023.2.0",
		Target:  "deps-bf16",
		Files:   []string{filepath.Join("onednn_cpu_gomp-2023.2.0.data", "data", "lib", "libdnnl.so.3.2")},
		System:  []string{"libdnnl.so.3", "libdnnl.so.2", "libdnnl.so"},
	}
}

// Find returns what to give to dlopen, the most likely first: one path of a file
// that exists, or the bare names under which the system's loader may know the
// library. A given path, in an argument or the environment, must exist.
func (l Library) Find(path string) ([]string, error) {
	if path != "" {
		return l.given(path, l.Flag)
	}
	if path = l.fromEnv(); path != "" {
		return l.given(path, l.Env)
	}
	for _, root := range roots() {
		for _, file := range l.Files {
			if p := filepath.Join(root, depsDir, l.Package, file); isFile(p) {
				return []string{p}, nil
			}
		}
	}
	if p, ok := l.besideProgram(); ok {
		return []string{p}, nil
	}
	return l.System, nil
}

// given returns the path that a user named, made absolute: dlopen takes a name
// without a slash for one of the system's.
func (l Library) given(path, from string) ([]string, error) {
	if !isFile(path) {
		return nil, fmt.Errorf("native: %s: %s is %s, which is not a file: %s", l.Title, from, path, l.Hint())
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("native: %s: %w", l.Title, err)
	}
	return []string{abs}, nil
}

// FindBeside returns the files that have to be opened before the library at path.
func (l Library) FindBeside(path string) []string {
	var files []string
	for _, pattern := range l.Beside {
		if !filepath.IsAbs(path) {
			break // the system's loader knows where they are
		}
		found, err := filepath.Glob(filepath.Join(filepath.Dir(path), pattern))
		if err != nil {
			panic(err) // a pattern of this package's
		}
		files = append(files, found...)
	}
	return files
}

// IsNamed tells whether a user named the library, by path or in the environment.
func (l Library) IsNamed(path string) bool { return path != "" || l.fromEnv() != "" }

func (l Library) fromEnv() string {
	if l.Env == "" {
		return ""
	}
	return os.Getenv(l.Env)
}

// Hint says which version is wanted and how to get it; it ends errors about a
// library that is absent or of another version.
func (l Library) Hint() string {
	if l.Mend != "" {
		return fmt.Sprintf("want version %s: %s", l.Version, l.Mend)
	}
	by := l.Env
	if l.Flag != "" {
		by = l.Flag + " or " + l.Env
	}
	return fmt.Sprintf("want version %s: run `make %s` in the saego folder, or name the file by %s", l.Version, l.Target, by)
}

// roots are the folders that may hold .deps/native: SAEGO_HOME alone if it is
// set; else the parent of the program's folder (bin/..), then the working
// directory and those above it.
func roots() []string {
	if home := os.Getenv(HomeEnv); home != "" {
		return []string{home}
	}
	var roots []string
	if dir, ok := programDir(); ok {
		roots = append(roots, filepath.Dir(dir))
	}
	dir, err := os.Getwd()
	if err != nil {
		return roots
	}
	for ; ; dir = filepath.Dir(dir) {
		roots = append(roots, dir)
		if dir == filepath.Dir(dir) {
			return roots
		}
	}
}

func (l Library) besideProgram() (string, bool) {
	dir, ok := programDir()
	if !ok {
		return "", false
	}
	for _, file := range l.Files {
		if p := filepath.Join(dir, filepath.Base(file)); isFile(p) {
			return p, true
		}
	}
	return "", false
}

// programDir returns the folder of the running program, links followed.
func programDir() (string, bool) {
	exe, err := os.Executable()
	if err != nil {
		return "", false
	}
	if exe, err = filepath.EvalSymlinks(exe); err != nil {
		return "", false
	}
	return filepath.Dir(exe), true
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
