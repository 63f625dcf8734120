package kernels_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/saego/saego/internal/kernels"
)

func toBF16(v float32) uint16 {
	var out [1]uint16
	kernels.ToBF16(out[:], []float32{v})
	return out[0]
}

func fromBF16(b uint16) float32 {
	var out [1]float32
	kernels.FromBF16(out[:], []uint16{b})
	return out[0]
}

// nearestBF16 is the oracle of rounding: arithmetic of 8 bits with any exponent, then
// the format's limits. v is finite and normal.
func nearestBF16(v float32) float32 {
	f := new(big.Float).SetPrec(8).SetMode(big.ToNearestEven)
	out, _ := f.SetFloat64(float64(v)).Float64()
	if math.Abs(out) >= math.Ldexp(1, 128) {
		return float32(math.Inf(1)) * float32(math.Copysign(1, out))
	}
	return float32(out)
}

// TestBF16Patterns wants every bfloat16 back, and the right neighbour for what lies a
// little below, at and above the middle between it and the next.
func TestBF16Patterns(t *testing.T) {
	for p := range 1 << 16 {
		b := uint16(p)
		v := fromBF16(b)
		if v != v {
			if got := toBF16(v); got != b|0x40 {
				t.Errorf("NaN %#04x comes back as %#04x, want it quiet and else the same", b, got)
			}
			continue
		}
		if got := toBF16(v); got != b {
			t.Errorf("%#04x comes back as %#04x", b, got)
		}
		if math.IsInf(float64(v), 0) {
			continue
		}
		for low, want := range map[uint32]uint16{1: b, 0x7fff: b, 0x8000: b + b&1, 0x8001: b + 1, 0xffff: b + 1} {
			if got := toBF16(math.Float32frombits(uint32(b)<<16 | low)); got != want {
				t.Errorf("%#04x with %#04x below becomes %#04x, want %#04x", b, low, got, want)
			}
		}
	}
}

func TestBF16Random(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1_000_000 {
		v := math.Float32frombits(rng.Uint32())
		if v != v || math.Abs(float64(v)) < math.Ldexp(1, -126) || math.IsInf(float64(v), 0) {
			continue
		}
		if got, want := fromBF16(toBF16(v)), nearestBF16(v); got != want {
			t.Fatalf("%g (%#08x) becomes %g, want %g", v, math.Float32bits(v), got, want)
		}
	}
}

func TestBF16Special(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, tt := range []struct {
		name string
		v    float32
		want uint16
	}{
		{"zero", 0, 0},
		{"minus zero", float32(math.Copysign(0, -1)), 0x8000},
		{"infinite", inf, 0x7f80},
		{"minus infinite", -inf, 0xff80},
		{"beyond the range", math.MaxFloat32, 0x7f80},
		{"beyond the range, below zero", -math.MaxFloat32, 0xff80},
		{"the largest", math.Float32frombits(0x7f7f7fff), 0x7f7f},
		{"subnormal", math.Float32frombits(0x00018000), 2},
		{"the smallest", math.SmallestNonzeroFloat32, 0},
		{"NaN of the lower half", math.Float32frombits(0x7f800001), 0x7fc0},
		{"NaN below zero", math.Float32frombits(0xffc00001), 0xffc0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := toBF16(tt.v); got != tt.want {
				t.Errorf("%g becomes %#04x, want %#04x", tt.v, got, tt.want)
			}
		})
	}
}

// TestEmulatedBF16 wants the product of the rounded numbers. Those of 8 bits have
// exact products; a sum of k of them of size 1 errs by less than k·2⁻²⁴ in float32.
func TestEmulatedBF16(t *testing.T) {
	var e kernels.EmulatedBF16
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {64, 256, 48}, {65, 257, 129}, {100, 700, 33}, {0, 4, 3}, {4, 0, 3}} {
		m, n, k := s[0], s[1], s[2]
		a, b := make([]uint16, m*k), make([]uint16, n*k)
		kernels.ToBF16(a, normal(m*k, 1))
		kernels.ToBF16(b, normal(n*k, 2))
		got, want := normal(m*n, 3), make([]float64, m*n)
		for i := range m {
			for j := range n {
				for q := range k {
					want[i*n+j] += float64(fromBF16(a[i*k+q])) * float64(fromBF16(b[j*k+q]))
				}
			}
		}
		e.MultiplyBF16(m, n, k, a, b, got)
		near(t, "product", got, want, float64(k)/(1<<24))
	}
}

// rounded returns x as bfloat16 sees it.
func rounded(x []float32) []float32 {
	half, out := make([]uint16, len(x)), make([]float32, len(x))
	kernels.ToBF16(half, x)
	kernels.FromBF16(out, half)
	return out
}

// TestEncodeBF16 wants the codes that rounded rows and weights have in float32: the
// bias and the scale are not rounded. One Encoder goes from the one to the other.
func TestEncodeBF16(t *testing.T) {
	const rows, dIn, dSAE = 1200, 24, 70
	x, a := normal(rows*dIn, 1), affine(dIn, dSAE, true)
	// An activation that is no Rule takes the BLAS's product in float32, too.
	enc := kernels.Encoder{Activation: kernels.ActivationFunc(kernels.Positive().NewSelector)}
	latents := []int32{0, 3, 4, 33, 69}
	for _, tt := range []struct {
		name   string
		encode func(dst *kernels.CSR, x []float32, a kernels.Affine)
	}{
		{"all latents", enc.Encode},
		{"some latents", func(dst *kernels.CSR, x []float32, a kernels.Affine) { enc.EncodeSubset(dst, x, a, latents) }},
		{"some latents, no scale", func(dst *kernels.CSR, x []float32, a kernels.Affine) {
			a.Scale = nil
			enc.EncodeSubset(dst, x, a, latents)
		}},
		{"all latents, again", enc.Encode},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, want, plain := kernels.NewCSR(0, dSAE), kernels.NewCSR(0, dSAE), kernels.NewCSR(0, dSAE)
			half, as := a, a
			half.BF16 = kernels.BF16()
			tt.encode(got, x, half)
			tt.encode(plain, x, a)
			as.W = rounded(a.W)
			tt.encode(want, rounded(x), as)
			if !slices.Equal(got.Idx, want.Idx) || !slices.Equal(got.Val, want.Val) || !slices.Equal(got.Ptr, want.Ptr) {
				t.Error("the codes are not those of rounded rows and weights")
			}
			if slices.Equal(got.Val, plain.Val) {
				t.Error("nothing was rounded")
			}
		})
	}
}

// TestEncodeBF16Deterministic wants the same bits on one processor and on several.
func TestEncodeBF16Deterministic(t *testing.T) {
	const rows, dIn, dSAE = 1600, 40, 300
	x, a := normal(rows*dIn, 1), affine(dIn, dSAE, false)
	a.BF16 = kernels.BF16()
	encode := func(processors int) *kernels.CSR {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		c, enc := kernels.NewCSR(0, dSAE), kernels.Encoder{Activation: kernels.TopPositive(5)}
		enc.Encode(c, x, a)
		return c
	}
	one := encode(1)
	for _, processors := range []int{2, 4} {
		if c := encode(processors); !slices.Equal(c.Idx, one.Idx) || !slices.Equal(c.Val, one.Val) {
			t.Errorf("%d processors give other codes than one", processors)
		}
	}
}

// counting is a product that counts its calls.
type counting struct {
	kernels.EmulatedBF16
	calls int
}

func (c *counting) MultiplyBF16(m, n, k int, a, b []uint16, out []float32) {
	c.calls++
	c.EmulatedBF16.MultiplyBF16(m, n, k, a, b, out)
}

func TestUseBF16(t *testing.T) {
	before := kernels.BF16()
	t.Cleanup(func() { kernels.UseBF16(before) })
	c := &counting{}
	kernels.UseBF16(c)
	a := affine(4, 6, false)
	a.BF16 = kernels.BF16()
	enc := kernels.Encoder{Activation: kernels.Positive()}
	enc.Encode(kernels.NewCSR(0, 6), normal(3*4, 1), a)
	if c.calls != 1 {
		t.Errorf("the installed product was called %d times, want once for one tile", c.calls)
	}
}

// BenchmarkToBF16 rounds W_enc at the size of a GPT-2 SAE, in one goroutine.
func BenchmarkToBF16(b *testing.B) {
	w := normal(6144*768, 1)
	half := make([]uint16, len(w))
	b.SetBytes(int64(4 * len(w)))
	for b.Loop() {
		kernels.ToBF16(half, w)
	}
}
