package nvidia

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/saego/saego/internal/native"
)

// wantCuDNN and wantCUDA are major versions.
const (
	wantCuDNN = 9
	wantCUDA  = 13
)

const mendLibraries = "run `make gpu-libs` in the saego folder, or install CUDA 13 and cuDNN 9 where the system's loader looks"

// Absent lists those of CUDA's libraries that make has not fetched. The system may have
// them: [Load] finds out.
func Absent() (titles []string) {
	for _, lib := range native.CUDA() {
		if found, err := lib.Find(""); err != nil || !filepath.IsAbs(found[0]) {
			titles = append(titles, lib.Title)
		}
	}
	return titles
}

// Load opens CUDA's libraries for the life of the process, so that those that are opened
// later find them by name, without LD_LIBRARY_PATH. It reports all that are missing, or a
// cuDNN of another version. Like [Devices] it belongs into gosignal.Guard.
func Load() error {
	var faults []string
	for _, lib := range native.CUDA() {
		if err := load(lib); err != nil {
			faults = append(faults, strings.TrimSuffix(err.Error(), noFile))
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("CUDA's libraries are not all there, without %s: %s", strings.Join(faults, ", "), mendLibraries)
	}
	return checkCuDNN()
}

// noFile is what the loader says of most.
const noFile = ": cannot open shared object file: No such file or directory"

func load(lib native.Library) error {
	found, err := lib.Find("")
	if err != nil {
		return err
	}
	for _, path := range lib.FindBeside(found[0]) {
		if err := open(path); err != nil {
			return err
		}
	}
	for _, path := range found {
		if err = open(path); err == nil {
			return nil
		}
	}
	return err
}

// checkCuDNN sees that the cuDNN that was opened is one for this CUDA.
func checkCuDNN() error {
	version, cuda, err := cuDNNVersion()
	if err != nil {
		return fmt.Errorf("cuDNN does not tell its version: %w: %s", err, mendLibraries)
	}
	return cuDNNFault(version, cuda)
}

// cuDNNFault says why a cuDNN, 91900 for 9.19.0, of a CUDA is not the one that is wanted.
func cuDNNFault(version, cuda int) error {
	if version/10000 != wantCuDNN || cuda/1000 != wantCUDA {
		return fmt.Errorf("cuDNN is %s for CUDA %s, want %d for CUDA %d: %s", cuDNNText(version), dotted(cuda), wantCuDNN, wantCUDA, mendLibraries)
	}
	return nil
}

func cuDNNText(version int) string {
	if version < 10000 { // cuDNN 8 and before: 8907 is 8.9.7
		return fmt.Sprintf("%d.%d.%d", version/1000, version/100%10, version%100)
	}
	return fmt.Sprintf("%d.%d.%d", version/10000, version/100%100, version%100)
}

// CuDNN returns the version of the cuDNN that [Load] opened: "9.19.0"; "" where it has not.
func CuDNN() string {
	version, _, err := cuDNNVersion()
	if err != nil {
		return ""
	}
	return cuDNNText(version)
}
