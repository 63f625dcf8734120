//go:build cgo && linux

package emulator

import (
	_ "embed"
	"unsafe"
)

//go:embed kernels.c
var kernelsC string

func ints(p unsafe.Pointer, n int) []int32 { return unsafe.Slice((*int32)(p), n) }
