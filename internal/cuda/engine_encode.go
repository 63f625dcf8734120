package cuda

import (
	"math"

	"github.com/saego/saego/internal/kernels"
)

var _ kernels.Engine = (*Engine)(nil)

// encoding is the memory of the methods Encode. It is kept between calls.
type encoding struct {
	room    int       // bytes of products at a time; 0 for productRoom
	h       []float32 // products
	limit   []float32
	cut     []int32 // of each row, see encode.cu
	quota   []int32
	keptIdx []int32
	keptVal []float32
	last    []float32 // of what a row keeps
	floors  []floor   // the latest first
	count   []int32
	ptr     []int32
	same    []int32 // of each row, how many are equal to the cut
	first   []int32 // and how many are in rows before it
	search  []int32
	hist    []int32
	list    []int32 // of pairs
	latents []int32
	subset  kernels.Affine
	least   []int32
	tiles   []*kernels.CSR
}

// productRoom is how many bytes of products there are at a time, where rows may be looked
// at one after the other.
const productRoom = 1 << 30

// Encode implements [kernels.Engine]. A [kernels.Rule] selects on the device. Any other
// activation is a function of the host's: the host waits for the products and selects,
// which is right, though slow.
func (e *Engine) Encode(enc *kernels.Encoder, dst *kernels.CSR, x []float32, a kernels.Affine) {
	rule, compares := enc.Activation.(kernels.Rule)
	switch {
	case len(x) < a.DIn:
		e.reshape(dst, 0, a.DSAE, 0)
	case compares:
		e.encodeRule(enc, dst, x, a, rule)
	default:
		e.encodeHost(enc, dst, x, a)
	}
}

// EncodeSubset implements [kernels.Engine]; see [Engine.Encode].
func (e *Engine) EncodeSubset(enc *kernels.Encoder, dst *kernels.CSR, x []float32, a kernels.Affine, latents []int32) {
	if len(latents) == 0 {
		e.reshape(dst, len(x)/a.DIn, a.DSAE, 0)
		return
	}
	e.Encode(enc, dst, x, e.pick(a, latents))
	n := len(dst.Idx)
	e.elements("encode_rename", n, at(dst.Idx), at(e.encoding.latents), n)
	dst.Cols = a.DSAE
}

// pick returns the part of a that belongs to latents.
func (e *Engine) pick(a kernels.Affine, latents []int32) kernels.Affine {
	m, n := &e.encoding, len(latents)
	m.latents = e.Ints(m.latents, n)
	e.copy(at(m.latents), at(latents), n)
	s := kernels.Affine{DIn: a.DIn, DSAE: n, BF16: a.BF16}
	m.subset.W = e.Floats(m.subset.W, n*a.DIn)
	s.W = m.subset.W
	e.launch("encode_gather_rows", n, at(s.W), at(a.W), at(m.latents), a.DIn)
	if a.B != nil {
		m.subset.B = e.Floats(m.subset.B, n)
		s.B = m.subset.B
		e.elements("encode_gather", n, at(s.B), at(a.B), at(m.latents), n)
	}
	if a.Scale != nil {
		m.subset.Scale = e.Floats(m.subset.Scale, n)
		s.Scale = m.subset.Scale
		e.elements("encode_gather", n, at(s.Scale), at(a.Scale), at(m.latents), n)
	}
	return s
}

// product returns x·Wᵀ, which is there until the next call.
func (e *Engine) product(x []float32, a kernels.Affine) []float32 {
	rows := len(x) / a.DIn
	e.encoding.h = e.Floats(e.encoding.h, rows*a.DSAE)
	p := Product{
		TransB: true, M: rows, N: a.DSAE, K: a.DIn, Alpha: 1,
		A: at(x), B: at(a.W), C: at(e.encoding.h), Precision: e.precision,
	}
	if a.BF16 != nil {
		p.Precision = BF16
	}
	e.multiply(p)
	return e.encoding.h
}

// tileRows returns how many rows of products there are at a time.
func (e *Engine) tileRows(cols int) int {
	room := e.encoding.room
	if room == 0 {
		room = productRoom
	}
	return max(room/(4*cols), 1)
}

// encodeHost selects by a function of the host's.
func (e *Engine) encodeHost(enc *kernels.Encoder, dst *kernels.CSR, x []float32, a kernels.Affine) {
	codes, ptr := kernels.NewCSR(0, a.DSAE), []int32{0}
	var idx []int32
	var val []float32
	rows, size := len(x)/a.DIn, e.tileRows(a.DSAE)
	for lo := 0; lo < rows; lo += size {
		h := e.product(x[lo*a.DIn:min(lo+size, rows)*a.DIn], a)
		if !e.sync() {
			e.reshape(dst, rows, a.DSAE, 0)
			return
		}
		enc.Select(codes, h, a)
		for _, end := range codes.Ptr[1:] {
			ptr = append(ptr, int32(len(idx))+end)
		}
		idx, val = append(idx, codes.Idx...), append(val, codes.Val...)
	}
	if e.reshape(dst, rows, a.DSAE, len(idx)) {
		e.copy(at(dst.Ptr), at(ptr), len(ptr))
		e.copy(at(dst.Idx), at(idx), len(idx))
		e.copy(at(dst.Val), at(val), len(val))
	}
}

// Least implements [kernels.Engine].
func (e *Engine) Least(values []float32) float32 {
	least := float32(math.Inf(1))
	if n := len(values); n > 0 {
		blocks := min((n+255)/256, 1024)
		e.encoding.least = e.Ints(e.encoding.least, blocks+1)
		parts := e.encoding.least
		e.launch("encode_least", blocks, at(values), n, at(parts))
		e.launch("encode_least_all", 1, at(parts), blocks, at(parts[blocks:]))
		e.copy(one(&least), at(parts[blocks:]), 1)
	}
	return least
}
