package cuda_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/kernels"
)

// whole returns integers of [-3, 3], whose products are exact in any order.
func whole(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 5))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.IntN(7) - 3)
	}
	return x
}

// bottom selects each row's least value: no rule says so.
func bottom() kernels.Activation {
	return kernels.ActivationFunc(func() kernels.Selector {
		return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
			j := slices.Index(h, slices.Min(h))
			return append(idx, int32(j)), append(val, h[j])
		}
	})
}

// device and host do the same, with an engine's memory and with the host's.
type encodings struct {
	t            *testing.T
	e            *cuda.Engine
	x, xHere     []float32
	a, here      kernels.Affine
	codes, wants *kernels.CSR
}

func newEncodings(t *testing.T, rows, dIn, dSAE int) *encodings {
	e := engine(t)
	c := &encodings{t: t, e: e, xHere: whole(rows*dIn, 1)}
	c.here = kernels.Affine{DIn: dIn, DSAE: dSAE, W: whole(dSAE*dIn, 2), B: whole(dSAE, 3), Scale: whole(dSAE, 4)}
	c.x, c.a = on(t, e, c.xHere), c.here
	c.a.W, c.a.B, c.a.Scale = on(t, e, c.here.W), on(t, e, c.here.B), on(t, e, c.here.Scale)
	c.codes, c.wants = kernels.NewCSRIn(e, 0, dSAE), kernels.NewCSR(0, dSAE)
	return c
}

// same fails the test unless both have the same codes.
func (c *encodings) same() {
	c.t.Helper()
	wait(c.t, c.e)
	sameCodes(c.t, c.codes, c.wants)
}

// TestEncode goes through batches of several sizes in the same memory, whole and in tiles.
func TestEncode(t *testing.T) {
	const dIn, dSAE = 9, 70
	limit := whole(dSAE, 6)
	for name, activation := range map[string]kernels.Activation{
		"relu": kernels.Positive(), "top": kernels.TopPositive(8), "above": kernels.Above(limit), "function": bottom(),
		"none": kernels.Rule{Least: 1e9}, "none of top": kernels.Rule{K: 3, Least: 1e9},
	} {
		for _, room := range []int{0, 4 * dSAE * 3, 1} {
			t.Run(fmt.Sprint(name, room), func(t *testing.T) {
				c := newEncodings(t, 20, dIn, dSAE)
				c.e.SetEncodeRoom(room)
				enc := kernels.Encoder{Activation: activation}
				for _, rows := range []int{7, 20, 0, 1} {
					c.e.Encode(&enc, c.codes, c.x[:rows*dIn], c.a)
					(&kernels.Encoder{Activation: activation}).Encode(c.wants, c.xHere[:rows*dIn], c.here)
					c.same()
				}
			})
		}
	}
}

// TestEncodeLimits takes limits from memory of either kind.
func TestEncodeLimits(t *testing.T) {
	c := newEncodings(t, 6, 5, 40)
	limit := whole(40, 6)
	theirs := on(t, c.e, limit)
	for range 2 {
		(&kernels.Encoder{Activation: kernels.Above(limit)}).Encode(c.wants, c.xHere, c.here)
		c.e.Encode(&kernels.Encoder{Activation: kernels.Above(limit)}, c.codes, c.x, c.a)
		c.same()
		c.e.Encode(&kernels.Encoder{Activation: kernels.Above(theirs)}, c.codes, c.x, c.a)
		c.same()
		limit[3]++
		theirs[3]++
	}
}

// TestEncodeBF16 wants products of rounded factors.
func TestEncodeBF16(t *testing.T) {
	c := newEncodings(t, 6, 5, 40)
	fine := float32(1 + 1.0/1024) // which bfloat16 has not
	for i := range c.x {
		c.x[i] *= fine
	}
	c.a.BF16 = kernels.BF16()
	c.e.Encode(&kernels.Encoder{Activation: kernels.Top(4)}, c.codes, c.x, c.a)
	(&kernels.Encoder{Activation: kernels.Top(4)}).Encode(c.wants, c.xHere, c.here)
	c.same()
}

func TestEncodeSubset(t *testing.T) {
	const dIn, dSAE = 9, 700
	all := make([]int32, dSAE)
	for j := range all {
		all[j] = int32(j)
	}
	limits := func(n int) []float32 { return whole(n, 6) }
	for name, activation := range map[string]func(n int) kernels.Activation{
		"top":      func(int) kernels.Activation { return kernels.TopPositive(8) },
		"above":    func(n int) kernels.Activation { return kernels.Above(limits(n)) },
		"function": func(int) kernels.Activation { return bottom() },
	} {
		for _, latents := range [][]int32{nil, {0}, {699}, {3, 4, 9, 500, 698}, all} {
			for _, scaled := range []bool{false, true} {
				t.Run(fmt.Sprint(name, len(latents), scaled), func(t *testing.T) {
					c := newEncodings(t, 4, dIn, dSAE)
					if !scaled {
						c.a.Scale, c.here.Scale = nil, nil
					}
					for range 2 {
						enc := kernels.Encoder{Activation: activation(len(latents))}
						c.e.EncodeSubset(&enc, c.codes, c.x, c.a, latents)
						(&kernels.Encoder{Activation: enc.Activation}).EncodeSubset(c.wants, c.xHere, c.here, latents)
						c.same()
					}
				})
			}
		}
	}
}

func TestEncodeBatch(t *testing.T) {
	for _, rows := range []int{0, 1, 50} {
		for _, k := range []int{1, 30, 400, 9000} {
			c := newEncodings(t, rows, 9, 70)
			var enc, theirs kernels.BatchTop
			for range 2 {
				c.e.EncodeBatch(&enc, c.codes, c.x, c.a, k)
				theirs.Encode(c.wants, c.xHere, c.here, k)
				c.same()
			}
		}
	}
}

// TestBatchTies has more values of one size than are listed.
func TestBatchTies(t *testing.T) {
	const rows, cols, k = 300, 600, 1000
	h := make([]float32, rows*cols)
	for i := range h {
		h[i] = 1
	}
	h[rows*cols/2] = 1.0001
	a := kernels.Affine{DIn: 1, DSAE: cols}
	sameCodes(t, given(t, h, a, func(e *cuda.Engine, codes *kernels.CSR, x []float32, a kernels.Affine) {
		e.EncodeBatch(&kernels.BatchTop{}, codes, x, a, k)
	}), largestOfAll(h, a, k))
}

func TestLeast(t *testing.T) {
	inf, nan, minusZero := float32(math.Inf(1)), float32(math.NaN()), float32(math.Copysign(0, -1))
	e := engine(t)
	long := numbers(70000, 0, 1)
	long[69000] = -77
	for _, tt := range []struct {
		values []float32
		want   float32
	}{
		{nil, inf},
		{[]float32{3}, 3},
		{[]float32{inf}, inf},
		{[]float32{0, minusZero, 2}, minusZero},
		{[]float32{1, nan, -inf}, nan},
		{[]float32{5, -inf, 3}, -inf},
		{[]float32{5, 1e-42, 3}, 1e-42},
		{long, -77},
	} {
		got := e.Least(on(t, e, tt.values))
		wait(t, e)
		if math.Float32bits(got) != math.Float32bits(tt.want) && !(got != got && tt.want != tt.want) {
			t.Errorf("least of %v… is %g, want %g", tt.values[:min(len(tt.values), 5)], got, tt.want)
		}
	}
}

// crowded is a device that counts 2^30 entries in each of three rows.
type crowded struct{ cuda.Driver }

func (c crowded) Launch(kernel string, grid, threads int, args ...any) error {
	if kernel == "encode_ptr" {
		counts := []int32{1 << 30, 1 << 30, 1 << 30}
		if err := c.Copy(args[1].(unsafe.Pointer), unsafe.Pointer(&counts[0]), 12); err != nil {
			return err
		}
	}
	return c.Driver.Launch(kernel, grid, threads, args...)
}

// TestTooManyEntries wants an error where a matrix cannot have so many.
func TestTooManyEntries(t *testing.T) {
	e := engineOn(t, func(d cuda.Driver) cuda.Driver { return crowded{d} })
	a := kernels.Affine{DIn: 2, DSAE: 5, W: on(t, e, whole(10, 2))}
	codes := kernels.NewCSRIn(e, 0, 5)
	e.Encode(&kernels.Encoder{Activation: kernels.Positive()}, codes, on(t, e, whole(6, 1)), a)
	if err := e.Wait(); err == nil || !strings.Contains(err.Error(), "smaller batches") {
		t.Errorf("error %v, want one that speaks of smaller batches", err)
	}
}

// TestEncodeErrors wants the error of any launch, and nothing left of it.
func TestEncodeErrors(t *testing.T) {
	f := &faulty{}
	e := engineOn(t, func(d cuda.Driver) cuda.Driver {
		f.Driver = d
		return f
	})
	a := kernels.Affine{DIn: 9, DSAE: 70, W: on(t, e, whole(70*9, 2)), B: on(t, e, whole(70, 3))}
	x, codes, want := on(t, e, whole(6*9, 1)), kernels.NewCSRIn(e, 0, 70), kernels.NewCSR(0, 70)
	encodings := map[string]func(codes *kernels.CSR){
		"batch": func(codes *kernels.CSR) { e.EncodeBatch(&kernels.BatchTop{}, codes, x, a, 50) },
		"subset": func(codes *kernels.CSR) {
			e.EncodeSubset(&kernels.Encoder{Activation: kernels.Top(2)}, codes, x, a, []int32{3, 5, 60})
		},
	}
	for name, encode := range encodings {
		encode(codes)
		wait(t, e)
		want.Resize(codes.Rows, codes.Cols, len(codes.Idx))
		copy(want.Ptr, codes.Ptr)
		copy(want.Idx, codes.Idx)
		copy(want.Val, codes.Val)
		for launch := 1; ; launch++ {
			f.launch = launch
			encode(codes)
			err := e.Wait()
			if f.launch > 0 {
				f.launch = 0
				break // it has fewer
			}
			if !errors.Is(err, errDevice) {
				t.Errorf("%s, launch %d: Wait returned %v", name, launch, err)
			}
			encode(codes)
			wait(t, e)
			sameCodes(t, codes, want)
		}
	}
}
