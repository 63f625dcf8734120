//go:build gpu && cgo && linux && (amd64 || arm64)

package device

// #include <stdlib.h>
// #include <nvrtc.h>
import "C"

import (
	"fmt"
	"strings"
	"sync"
	"unsafe"

	"gorgonia.org/cu/nvrtc"

	"github.com/saego/saego/internal/cuda/source"
)

// handle returns what one of cu's types holds, which is one pointer of C's: cu has no
// function for what is done with it here.
func handle[T nvrtcProgram | cuFunction](x *T) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(x))
}

// The size of these types must be that of a pointer, or this does not compile.
var (
	_ [unsafe.Sizeof(uintptr(0))]byte = [unsafe.Sizeof(nvrtcProgram{})]byte{}
	_ [unsafe.Sizeof(uintptr(0))]byte = [unsafe.Sizeof(cuFunction{})]byte{}
)

type nvrtcProgram = nvrtc.Program

// codes has the kernels' code, by architecture.
var codes struct {
	sync.Mutex
	of map[string]string
}

// compiled returns the kernels for an architecture. They are compiled once in a process.
func compiled(architecture string) (string, error) {
	codes.Lock()
	defer codes.Unlock()
	if code, ok := codes.of[architecture]; ok {
		return code, nil
	}
	code, err := compile(source.Source(), architecture)
	if err != nil {
		return "", err
	}
	if codes.of == nil {
		codes.of = map[string]string{}
	}
	codes.of[architecture] = code
	return code, nil
}

// compile returns what a driver loads: a card's own code for its architecture, sm_90, and
// PTX for a virtual one, compute_90.
func compile(text, architecture string) (string, error) {
	ptx, code, err := compileBoth(text, architecture)
	if code != "" {
		return code, err
	}
	return ptx, err
}

// compileBoth returns PTX, and the code of a card's own where the architecture is one's.
func compileBoth(text, architecture string) (ptx, code string, err error) {
	program, err := nvrtc.CreateProgram(text, "kernels.cu")
	if err != nil {
		return "", "", fmt.Errorf("device: NVRTC: %w", err)
	}
	defer program.Destroy() //nolint:errcheck // nothing is lost
	if err := program.Compile("--gpu-architecture="+architecture, "--std=c++17"); err != nil {
		log, _ := program.GetLog()
		return "", "", fmt.Errorf("device: NVRTC does not compile the kernels for %s: %w:\n%s", architecture, err, strings.TrimRight(log, "\x00\n"))
	}
	if ptx, err = program.GetPTX(); err != nil {
		return "", "", fmt.Errorf("device: NVRTC: PTX for %s: %w", architecture, err)
	}
	if strings.HasPrefix(architecture, "sm_") {
		code, err = machineCode(&program)
	}
	return strings.TrimRight(ptx, "\x00"), code, err
}

// machineCode is preferred to PTX: a driver loads that of any NVRTC of the same major
// version, PTX only that of one not newer than itself, and is done sooner.
func machineCode(p *nvrtcProgram) (string, error) {
	program := C.nvrtcProgram(handle(p))
	var size C.size_t
	if r := C.nvrtcGetCUBINSize(program, &size); r != C.NVRTC_SUCCESS || size == 0 {
		return "", fmt.Errorf("device: NVRTC made no code: error %d", int(r))
	}
	code := make([]byte, size)
	if r := C.nvrtcGetCUBIN(program, (*C.char)(unsafe.Pointer(&code[0]))); r != C.NVRTC_SUCCESS {
		return "", fmt.Errorf("device: NVRTC gives no code: error %d", int(r))
	}
	return string(code), nil
}

// architecture returns for what to compile for a card: its own architecture, or the newest
// that this NVRTC knows, as PTX, where the card is newer still.
func architecture(capability int) (string, error) {
	var n C.int
	if r := C.nvrtcGetNumSupportedArchs(&n); r != C.NVRTC_SUCCESS || n == 0 {
		return "", fmt.Errorf("device: NVRTC names no architectures: error %d", int(r))
	}
	known := make([]C.int, n)
	if r := C.nvrtcGetSupportedArchs(&known[0]); r != C.NVRTC_SUCCESS {
		return "", fmt.Errorf("device: NVRTC names no architectures: error %d", int(r))
	}
	best := 0
	for _, k := range known {
		if int(k) == capability {
			return fmt.Sprintf("sm_%d", capability), nil
		}
		if int(k) < capability {
			best = max(best, int(k))
		}
	}
	if best == 0 {
		return "", fmt.Errorf("device: this NVRTC compiles for compute capability %s and newer, and the card has %s: name an older NVRTC by SAEGO_NVRTC",
			capabilityText(int(known[0])), capabilityText(capability))
	}
	return fmt.Sprintf("compute_%d", best), nil
}
