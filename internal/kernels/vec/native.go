//go:build cgo && (amd64 || arm64)

package vec

/*
#cgo CFLAGS: -O3
#cgo noescape gather
#cgo nocallback gather
#cgo noescape dots
#cgo nocallback dots
#cgo noescape gather_blocks
#cgo nocallback gather_blocks
#cgo noescape dots_blocks
#cgo nocallback dots_blocks
#cgo noescape take_columns
#cgo nocallback take_columns
#cgo noescape gather_columns
#cgo nocallback gather_columns
#cgo noescape above
#cgo nocallback above
#cgo noescape above_each
#cgo nocallback above_each
#cgo noescape shift
#cgo nocallback shift
#cgo noescape difference
#cgo nocallback difference
#cgo noescape scale
#cgo nocallback scale
#cgo noescape squares
#cgo nocallback squares
#cgo noescape squared_error
#cgo nocallback squared_error
#cgo noescape accumulate
#cgo nocallback accumulate
#cgo noescape adam
#cgo nocallback adam
#cgo noescape pack
#cgo nocallback pack
#cgo noescape encode
#cgo nocallback encode
#include "table.h"

static const struct table *now = &table_base;

static void choose(int level) {
	now = &table_base;
#if defined(__x86_64__)
	if (level == 1) now = &table_avx2;
	if (level == 2) now = &table_avx512;
#endif
}

static int rows(void) { return now->rows; }
static int cols(void) { return now->cols; }

static void gather(float *y, const float *a, const int32_t *idx, int64_t n, const float *w, int64_t d) { now->gather(y, a, idx, n, w, d); }
static void dots(float *out, const float *x, const int32_t *idx, int64_t n, const float *w, int64_t d) { now->dots(out, x, idx, n, w, d); }
static void gather_blocks(float *y, const float *a, const int32_t *ptr, const int32_t *idx, int64_t n, const float *w, int64_t d, int64_t rows, int64_t block, int32_t *at) {
	now->gather_blocks(y, a, ptr, idx, n, w, d, rows, block, at);
}
static void dots_blocks(float *out, const float *x, const int32_t *ptr, const int32_t *idx, int64_t n, const float *w, int64_t d, int64_t rows, int64_t block, int32_t *at) {
	now->dots_blocks(out, x, ptr, idx, n, w, d, rows, block, at);
}
static void take_columns(float *panel, const float *x, int64_t n, int64_t d) { now->take_columns(panel, x, n, d); }
static void gather_columns(float *y, const float *a, const int32_t *ptr, const int32_t *idx, int64_t n, int64_t d, const float *panel, int keep) {
	now->gather_columns(y, a, ptr, idx, n, d, panel, keep);
}
static int64_t above(int32_t *idx, float *val, const float *h, float floor, int64_t n) { return now->above(idx, val, h, floor, n); }
static int64_t above_each(int32_t *idx, float *val, const float *h, const float *limit, float least, int64_t n) { return now->above_each(idx, val, h, limit, least, n); }
static void shift(float *h, const float *b, const float *f, int64_t n) { now->shift(h, b, f, n); }
static void difference(float *out, const float *a, const float *b, float f, int64_t n) { now->difference(out, a, b, f, n); }
static void scale(float *out, const float *x, float f, int64_t n) { now->scale(out, x, f, n); }
static double squares(const float *x, int64_t n) { return now->squares(x, n); }
static double squared_error(const float *a, const float *b, int64_t n) { return now->squared_error(a, b, n); }
static void accumulate(double *s, double f, const float *x, int64_t n) { now->accumulate(s, f, x, n); }
static void adam(float *p, const float *g, float *m, float *v, const float *numbers, int64_t n) { now->adam(p, g, m, v, numbers, n); }
static void pack(float *panels, const float *w, int64_t n, int64_t d) { now->pack(panels, w, n, d); }
static int64_t encode(const float *x, int64_t n, int64_t d, const float *panels, int64_t latents, int64_t from,
	const float *b, const float *f, const float *limit, int magnitude, const float *floors,
	float *memory, int32_t *count, int32_t *idx, float *val, int64_t room) {
	return now->encode(x, n, d, panels, latents, from, b, f, limit, magnitude, floors, memory, count, idx, val, room);
}
*/
import "C"

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// levels are the numbers that C knows the sets by.
var levels = map[string]C.int{"base": 0, "avx2": 1, "avx512": 2}

func init() { choose(set) }

func choose(name string) { C.choose(levels[name]) }

// native lists the sets of C that this processor has, the fastest first.
func native() []string {
	names := []string{"base"}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		names = append([]string{"avx2"}, names...)
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
			names = append([]string{"avx512"}, names...)
		}
	}
	return names
}

// f32 returns where x starts; nil where it is empty.
func f32(x []float32) *C.float { return (*C.float)(unsafe.SliceData(x)) }

func i32(x []int32) *C.int32_t { return (*C.int32_t)(unsafe.SliceData(x)) }

func gather(y, a []float32, idx []int32, w []float32) {
	C.gather(f32(y), f32(a), i32(idx), C.int64_t(len(idx)), f32(w), C.int64_t(len(y)))
}

func dots(out, x []float32, idx []int32, w []float32) {
	C.dots(f32(out), f32(x), i32(idx), C.int64_t(len(idx)), f32(w), C.int64_t(len(x)))
}

func gatherBlocks(y, a []float32, ptr, idx []int32, w []float32, d, block int, at []int32) {
	C.gather_blocks(f32(y), f32(a), i32(ptr), i32(idx), C.int64_t(len(ptr)-1), f32(w), C.int64_t(d), C.int64_t(len(w)/d), C.int64_t(block), i32(at))
}

func dotsBlocks(out, x []float32, ptr, idx []int32, w []float32, d, block int, at []int32) {
	C.dots_blocks(f32(out), f32(x), i32(ptr), i32(idx), C.int64_t(len(ptr)-1), f32(w), C.int64_t(d), C.int64_t(len(w)/d), C.int64_t(block), i32(at))
}

func takeColumns(panel, x []float32, n, d int) {
	C.take_columns(f32(panel), f32(x), C.int64_t(n), C.int64_t(d))
}

func gatherColumns(y, a []float32, ptr, idx []int32, d int, panel []float32, keep bool) {
	add := C.int(0)
	if keep {
		add = 1
	}
	C.gather_columns(f32(y), f32(a), i32(ptr), i32(idx), C.int64_t(len(ptr)-1), C.int64_t(d), f32(panel), add)
}

func above(idx []int32, val, h []float32, floor float32) int {
	return int(C.above(i32(idx), f32(val), f32(h), C.float(floor), C.int64_t(len(h))))
}

func aboveEach(idx []int32, val, h, limit []float32, least float32) int {
	return int(C.above_each(i32(idx), f32(val), f32(h), f32(limit), C.float(least), C.int64_t(len(h))))
}

func shift(h, b, scale []float32) { C.shift(f32(h), f32(b), f32(scale), C.int64_t(len(h))) }

func difference(out, a, b []float32, f float32) {
	C.difference(f32(out), f32(a), f32(b), C.float(f), C.int64_t(len(out)))
}

func scale(out, x []float32, f float32) {
	C.scale(f32(out), f32(x), C.float(f), C.int64_t(len(out)))
}

func squares(x []float32) float64 { return float64(C.squares(f32(x), C.int64_t(len(x)))) }

func squaredError(a, b []float32) float64 {
	return float64(C.squared_error(f32(a), f32(b), C.int64_t(len(a))))
}

func accumulate(s []float64, f float64, x []float32) {
	C.accumulate((*C.double)(unsafe.SliceData(s)), C.double(f), f32(x), C.int64_t(len(s)))
}

func adam(p, g, m, v []float32, s AdamStep) {
	C.adam(f32(p), f32(g), f32(m), f32(v), (*C.float)(&s.Clip), C.int64_t(len(p)))
}

func columns() int { return int(C.cols()) }

func blockRows() int { return int(C.rows()) }

func pack(panels, w []float32, n, d int) { C.pack(f32(panels), f32(w), C.int64_t(n), C.int64_t(d)) }

func encode(r *Rows, rows, from int) int {
	magnitude := C.int(0)
	if r.Magnitude {
		magnitude = 1
	}
	return int(C.encode(f32(r.X), C.int64_t(rows), C.int64_t(r.DIn), f32(r.Panels), C.int64_t(r.Latents), C.int64_t(from),
		f32(r.B), f32(r.Scale), f32(r.Limit), magnitude, f32(r.Floors),
		f32(r.Memory), i32(r.Count), i32(r.Idx), f32(r.Val), C.int64_t(r.Room)))
}
