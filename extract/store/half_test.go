package store_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/saego/saego/extract/store"
)

var inf, nan = math.Inf(1), math.NaN()

// through writes values as a dtype and reads them.
func through(t *testing.T, dtype store.DType, values []float32) []float32 {
	t.Helper()
	src := newCounted(2) // one row
	src.info.DIn, src.info.DOut, src.info.Target = len(values), 0, ""
	src.value = func(_, _, i int) float32 { return values[i] }
	m := newMemory()
	if _, err := store.Write(t.Context(), m, []store.Part{{Name: "train", Source: src}}, config(dtype, 1)); err != nil {
		t.Fatal(err)
	}
	return collect(t, source(t, m, "train", store.Order{Passes: 1}).Batches(t.Context())).Data
}

// half returns the value of a binary16 number by its definition.
func half(h int) float32 {
	sign, exponent, fraction := 1.0, h>>10&31, float64(h&1023)
	if h>>15 == 1 {
		sign = -1
	}
	if exponent == 0 {
		return float32(sign * math.Ldexp(fraction, -24))
	}
	return float32(sign * math.Ldexp(1024+fraction, exponent-25))
}

// TestHalves holds the numbers of two dtypes to their definition: each is itself, and
// what lies between two goes to the nearer one, or to the even one.
func TestHalves(t *testing.T) {
	bfloat := func(h int) float32 { return math.Float32frombits(uint32(h) << 16) }
	for _, tt := range []struct {
		dtype store.DType
		of    func(int) float32
		end   int // first that is not finite
	}{{store.F16, half, 0x7c00}, {store.BF16, bfloat, 0x7f80}} {
		var values, want []float32
		add := func(v float64, to float32) {
			values, want = append(values, float32(v), float32(-v)), append(want, to, -to)
		}
		for h := range tt.end - 1 {
			a, b := tt.of(h), tt.of(h+1)
			middle := (float64(a) + float64(b)) / 2
			even := a
			if h%2 == 1 {
				even = b
			}
			add(float64(a), a)
			if float64(float32(middle)) == middle { // not where a float32 is too coarse itself
				add(middle, even)
				add(float64(math.Nextafter32(float32(middle), a)), a)
				add(float64(math.Nextafter32(float32(middle), b)), b)
			}
		}
		add(float64(tt.of(tt.end-1)), tt.of(tt.end-1))
		got := through(t, tt.dtype, values)
		for i, v := range got {
			if math.Float32bits(v) != math.Float32bits(want[i]) {
				t.Fatalf("%s: %g becomes %g, want %g", tt.dtype, values[i], v, want[i])
			}
		}
	}
}

// TestFloat32 keeps all bits.
func TestFloat32(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	values := []float32{0, float32(math.Copysign(0, -1)), math.MaxFloat32, math.SmallestNonzeroFloat32}
	for range 1001 {
		if v := math.Float32frombits(rng.Uint32()); v-v == 0 {
			values = append(values, v)
		}
	}
	for i, v := range through(t, store.F32, values) {
		if math.Float32bits(v) != math.Float32bits(values[i]) {
			t.Fatalf("%g becomes %g", values[i], v)
		}
	}
}
