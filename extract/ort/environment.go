package ort

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"
)

// environment is ONNX Runtime's own state, of which the wrapped library allows
// one in a process; mu guards it and loaded.
var environment struct {
	mu     sync.Mutex
	loaded string // path or name of the library; "" = not started
}

// start loads the library that o asks for and starts the environment, unless that has
// been done.
func start(o Options) error {
	lib, path := o.library(), o.Library
	candidates, err := lib.Find(path)
	if err != nil {
		return err
	}
	environment.mu.Lock()
	defer environment.mu.Unlock()
	if environment.loaded != "" {
		if path != "" && environment.loaded != candidates[0] {
			return fmt.Errorf("library %s: this process has loaded %s already", candidates[0], environment.loaded)
		}
		return nil
	}
	var faults []string
	for _, c := range candidates {
		onnx.SetSharedLibraryPath(c)
		// ONNX Runtime's own lines on standard error would repeat the errors returned.
		err := onnx.InitializeEnvironment(onnx.WithLogLevelFatal())
		if err == nil {
			environment.loaded = c
			return nil
		}
		faults = append(faults, startError(c, err))
	}
	return fmt.Errorf("%s: %s", strings.Join(faults, "; "), lib.Hint())
}

// isFetched tells whether the library that o asks for is a file that is there: of make's, or
// named.
func isFetched(o Options) bool {
	found, err := o.library().Find(o.Library)
	return err == nil && filepath.IsAbs(found[0])
}

// startError says what the wrapped library leaves unsaid: its "base: 2" stands
// for a library older than the interface it was built for.
func startError(library string, err error) string {
	switch text := err.Error(); {
	case strings.Contains(text, "API base: 2"):
		return library + " is too old a version of ONNX Runtime"
	case strings.Contains(text, "OrtGetApiBase"):
		return library + " is not ONNX Runtime"
	default:
		return text
	}
}

// Version returns the version of ONNX Runtime that is loaded, and the path or
// name it was loaded by; both are "" before the first [Open].
func Version() (version, library string) {
	environment.mu.Lock()
	defer environment.mu.Unlock()
	if environment.loaded == "" {
		return "", ""
	}
	return onnx.GetVersion(), environment.loaded
}
