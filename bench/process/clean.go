package process

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
)

// hidden are variables that change what is measured on either side.
var hidden = []string{
	"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OMP_WAIT_POLICY",
	"MKL_NUM_THREADS", "RAYON_NUM_THREADS", "TOKENIZERS_PARALLELISM", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA",
	"GOGC", "GOMEMLIMIT", "GOMAXPROCS",
}

// Clean starts this program anew where such variables are set: the runtime and
// libraries have read some of them.
func Clean() error {
	set := slices.DeleteFunc(slices.Clone(hidden), func(name string) bool { return os.Getenv(name) == "" })
	if len(set) == 0 {
		return nil
	}
	fmt.Fprintln(os.Stderr, "taken out of the environment:", strings.Join(set, ", "))
	for _, name := range set {
		if err := os.Unsetenv(name); err != nil {
			return err
		}
	}
	path, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(path, os.Args, os.Environ())
}
