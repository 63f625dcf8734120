package cuda

import (
	"fmt"
	"math"
	"unsafe"
)

// threads is how many a block has, unless it is said otherwise.
const threads = 256

// launch runs a kernel on so many blocks; none is none. An int is passed as int32, and
// pointers are of the engine's memory, or nil.
func (e *Engine) launch(kernel string, blocks int, args ...any) {
	e.launchOf(threads, kernel, blocks, args...)
}

// launchOf is launch for blocks of so many threads.
func (e *Engine) launchOf(threads int, kernel string, blocks int, args ...any) {
	if e.err != nil || blocks == 0 {
		return
	}
	if blocks > math.MaxInt32 {
		e.fail(fmt.Errorf("cuda: kernel %s: %d blocks are too many: take smaller batches", kernel, blocks))
		return
	}
	for i, a := range args {
		switch a := a.(type) {
		case int:
			if a < math.MinInt32 || a > math.MaxInt32 {
				e.fail(fmt.Errorf("cuda: kernel %s: argument %d, %d, is beyond int32: take smaller batches", kernel, i, a))
				return
			}
			args[i] = int32(a)
		case unsafe.Pointer:
			if a != nil && e.find(a) == nil {
				e.fail(fmt.Errorf("cuda: kernel %s: argument %d is not memory of the engine's", kernel, i))
				return
			}
		}
	}
	e.fail(e.d.Launch(kernel, blocks, threads, args...))
}

// elements runs a kernel with a thread for each of n elements.
func (e *Engine) elements(kernel string, n int, args ...any) {
	e.launch(kernel, (n+threads-1)/threads, args...)
}

// longest is how many numbers a kernel has that counts them in an int.
const longest = 1 << 30

// pieces calls f for what kernels with loops over n numbers take at a time, and on how many
// blocks: enough for any device.
func pieces(n int, f func(lo, hi, blocks int)) {
	for lo := 0; lo < n; lo += longest {
		hi := min(lo+longest, n)
		f(lo, hi, min((hi-lo+threads-1)/threads, mostBlocks))
	}
}

const mostBlocks = 4096

// copy copies n numbers of 4 bytes. Either side may be the host's.
func (e *Engine) copy(dst, src unsafe.Pointer, n int) { e.copyBytes(dst, src, 4*n) }

func (e *Engine) copyBytes(dst, src unsafe.Pointer, bytes int) {
	if e.err == nil && bytes > 0 {
		e.fail(e.d.Copy(dst, src, bytes))
	}
}

// clear sets n numbers of 4 bytes to zero.
func (e *Engine) clear(p unsafe.Pointer, n int) {
	if e.err == nil && n > 0 {
		e.fail(e.d.Clear(p, 4*n))
	}
}

// multiply is a product, of matrices that may be empty.
func (e *Engine) multiply(p Product) {
	switch {
	case e.err != nil || p.M == 0 || p.N == 0:
	case p.K == 0 && p.Beta == 0:
		e.clear(p.C, p.M*p.N)
	case p.K == 0 && p.Beta == 1:
	default:
		e.fail(e.d.Multiply(p))
	}
}

// row is how a row of d columns is shared among threads that have four columns each: parts
// blocks for it, of so many threads.
type row struct{ d, parts, threads int }

func rowOf(d int) row {
	quads := (d + 3) / 4
	parts := max((quads+threads-1)/threads, 1)
	warps := (quads + 32*parts - 1) / (32 * parts)
	return row{d, parts, 32 * max(warps, 1)}
}

// fours says whether matrices with rows of d may be read four columns at a time.
func fours(d int, of ...unsafe.Pointer) int32 {
	if d%4 != 0 {
		return 0
	}
	for _, p := range of {
		if uintptr(p)%16 != 0 {
			return 0
		}
	}
	return 1
}
