//go:build gpu && cgo && linux && (amd64 || arm64)

package device

// #include <cuda.h>
import "C"

import (
	"fmt"
	"reflect"
)

// status is what a function of the driver's returned, other than success.
type status C.CUresult

// Statuses that are handled, or explained.
const (
	outOfMemory    status = C.CUDA_ERROR_OUT_OF_MEMORY
	notFound       status = C.CUDA_ERROR_NOT_FOUND
	unavailable    status = C.CUDA_ERROR_DEVICE_UNAVAILABLE
	noDevice       status = C.CUDA_ERROR_NO_DEVICE
	driverMismatch status = C.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH
	unknown        status = C.CUDA_ERROR_UNKNOWN
)

// mends says what to do about a status, where something can be done.
var mends = map[status]string{
	unavailable:    "another process has the card for itself: end that one, or choose another card",
	noDevice:       "the driver sees no card: nvidia-smi lists cards, CUDA_VISIBLE_DEVICES hides them, and a container has those that it was started with",
	driverMismatch: "libcuda.so.1 and the kernel's driver have different versions: restart the machine, or install one of the two again",
	unknown:        "the driver does not work: see whether nvidia-smi does, and what dmesg says of NVRM",
}

// Error is the driver's name for it, and its words.
func (s status) Error() string {
	var name, words *C.char
	C.cuGetErrorName(C.CUresult(s), &name)
	C.cuGetErrorString(C.CUresult(s), &words)
	text := fmt.Sprintf("CUDA error %d", int(s))
	if name != nil && words != nil {
		text = fmt.Sprintf("%s (%s)", C.GoString(name), C.GoString(words))
	}
	if mend := mends[s]; mend != "" {
		text += ": " + mend
	}
	return text
}

// result returns the error of a status, if it is one.
func result(r C.CUresult) error {
	if r == C.CUDA_SUCCESS {
		return nil
	}
	return status(r)
}

// fault returns cu's errors as a status: cu has names for those of CUDA 11 alone.
func fault(err error) error {
	if err == nil {
		return nil
	}
	if v := reflect.ValueOf(err); v.Kind() == reflect.Int && v.Type().PkgPath() == "gorgonia.org/cu" {
		return status(v.Int())
	}
	return err
}
