package vec

import "fmt"

// Rows are the arguments of [Rows.Encode]: which rows to encode and what to keep of
// them.
type Rows struct {
	X         []float32 // (rows, DIn)
	DIn       int
	Panels    []float32 // W_enc, as Pack laid it out
	Latents   int
	B, Scale  []float32 // (Latents); nil for zeros and ones
	Floors    []float32 // of each row: what is not above it is not kept; NaN = none
	Limit     []float32 // of each latent, likewise; nil = none
	Magnitude bool      // it is magnitudes that are compared

	Memory []float32 // MemorySize(rows, DIn)
	Count  []int32   // of each row, how many are kept
	Idx    []int32   // (rows, Room): their latents, ascending
	Val    []float32 // (rows, Room)
	Room   int       // of each row; at least Columns more than Count
}

// Fused says whether the set in use has [Rows.Encode]. That of every processor has
// none: a BLAS multiplies faster there.
func Fused() bool { return set == "avx2" || set == "avx512" }

// Columns returns how many latents are looked at together.
func Columns() int { return columns() }

// PanelsSize returns the values that [Pack] lays out.
func PanelsSize(latents, d int) int { return roundUp(latents, columns()) * d }

// MemorySize returns the values of Rows.Memory.
func MemorySize(rows, d int) int { return roundUp(rows, blockRows()) * d }

func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// Pack lays out the latents [lo, hi) of w (latents, d) in panels, in which Encode reads
// them one after another. lo is a multiple of [Columns], and hi, too, or the end.
func Pack(panels, w []float32, d, lo, hi int) {
	if c := columns(); lo%c != 0 || len(panels) < PanelsSize(hi, d) || len(w) < hi*d {
		panic(fmt.Sprintf("vec: pack: latents %d to %d of d %d, from %d into %d values", lo, hi, d, len(w), len(panels)))
	}
	if lo < hi && d > 0 {
		pack(panels[lo*d:], w[lo*d:hi*d], hi-lo, d)
	}
}

// Encode computes h = (x·Wᵀ + b) ⊙ scale and appends to each row's Idx and Val what of
// h is above the row's floor and the latent's limit. It begins at the latent from, 0 or
// what it returned before, and returns the latent it came to: where some row has no
// room for the next ones, the caller makes room. Count is the caller's to clear.
func (r *Rows) Encode(from int) int {
	rows := len(r.Count)
	switch {
	case !Fused(), r.DIn < 1, len(r.X) != rows*r.DIn, len(r.Floors) != rows, len(r.Panels) < PanelsSize(r.Latents, r.DIn),
		r.B != nil && len(r.B) < r.Latents, r.Scale != nil && len(r.Scale) < r.Latents, r.Limit != nil && len(r.Limit) < r.Latents,
		len(r.Memory) < MemorySize(rows, r.DIn), len(r.Idx) < rows*r.Room, len(r.Val) < rows*r.Room:
		panic(fmt.Sprintf("vec: encode: %d rows of %d values, %d latents: the memory is of another shape", rows, r.DIn, r.Latents))
	}
	for _, n := range r.Count {
		if int(n)+columns() > r.Room {
			panic(fmt.Sprintf("vec: encode: a row keeps %d values, and has room for %d", n, r.Room))
		}
	}
	if rows == 0 {
		return r.Latents
	}
	return encode(r, rows, from)
}
