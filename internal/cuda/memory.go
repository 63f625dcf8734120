package cuda

import (
	"cmp"
	"fmt"
	"slices"
	"unsafe"
)

// block is what the driver allocated.
type block struct {
	p     unsafe.Pointer
	bytes int
}

// Floats implements [kernels.Memory].
func (e *Engine) Floats(old []float32, n int) []float32 { return resize(e, old, n) }

// Ints implements [kernels.Memory].
func (e *Engine) Ints(old []int32, n int) []int32 { return resize(e, old, n) }

// resize returns memory of length n in place of old, with old's where that suffices. It is
// Go's where the device has none: the error is kept, and nobody writes where he must not.
func resize[T any](e *Engine, old []T, n int) []T {
	own := e.find(at(old[:cap(old)])) != nil
	if n <= cap(old) && (own || n == 0) {
		return old[:n]
	}
	room := max(n+n/8, 8) // a batch is a little larger than the one before
	size := int(unsafe.Sizeof(*new(T)))
	if own {
		e.release(at(old[:cap(old)]), cap(old)*size)
	}
	p, err := e.d.Alloc(room * size)
	if err != nil {
		e.fail(fmt.Errorf("cuda: memory for %d numbers: %w", room, err))
		return make([]T, n)
	}
	b := block{p, room * size}
	i, _ := e.search(p)
	e.memory = slices.Insert(e.memory, i, b)
	if old == nil {
		// The host may write to it at once, behind which no zeros must follow.
		e.clear(p, room*size/4)
		e.sync()
	}
	return unsafe.Slice((*T)(p), room)[:n]
}

// release gives a block back. What is a part of one stays: it is someone else's, too.
func (e *Engine) release(p unsafe.Pointer, bytes int) {
	if i, ok := e.search(p); ok && e.memory[i].bytes == bytes {
		e.fail(e.d.Free(p))
		e.memory = slices.Delete(e.memory, i, i+1)
	}
}

// search returns where in memory the block is, or would be, that starts at p.
func (e *Engine) search(p unsafe.Pointer) (int, bool) {
	return slices.BinarySearchFunc(e.memory, p, func(b block, p unsafe.Pointer) int {
		return cmp.Compare(uintptr(b.p), uintptr(p))
	})
}

// find returns the block that p points into, or nil.
func (e *Engine) find(p unsafe.Pointer) *block {
	i, ok := e.search(p)
	if !ok {
		i--
	}
	if i < 0 || uintptr(p)-uintptr(e.memory[i].p) >= uintptr(e.memory[i].bytes) {
		return nil
	}
	return &e.memory[i]
}

// owns says whether x is in the engine's memory.
func (e *Engine) owns(x []float32) bool { return e.find(at(x)) != nil }

// Staging implements [kernels.Engine].
func (e *Engine) Staging(n int) []float32 {
	p, err := e.d.AllocHost(4 * max(n, 1))
	if err != nil {
		e.fail(fmt.Errorf("cuda: memory of the host for %d numbers: %w", n, err))
		return make([]float32, n)
	}
	e.staging = append(e.staging, p)
	s := unsafe.Slice((*float32)(p), n)
	clear(s)
	return s
}

// Upload implements [kernels.Engine].
func (e *Engine) Upload(dst, src []float32) {
	e.copy(at(dst), at(src), min(len(dst), len(src)))
}

// at returns where s starts, nil where it is empty.
func at[T any](s []T) unsafe.Pointer {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Pointer(unsafe.SliceData(s))
}

// one returns where v is.
func one[T any](v *T) unsafe.Pointer { return unsafe.Pointer(v) }
