package vec

import "fmt"

// Block returns how many rows of d values stay near the processor while many other rows
// are combined with them.
func Block(d int) int { return max(blockBytes/(4*max(d, 1)), 1) }

// blockBytes is a part of the second level's cache of today's processors.
const blockBytes = 288 << 10

// GatherBlocks is [Gather] for the rows of y (n, d): row i has the entries
// [ptr[i], ptr[i+1]) of idx, ascending, and of a, and w is taken in blocks that serve
// all rows. The sums are the same, to the bit. at (n) is memory.
func GatherBlocks(y, a []float32, ptr, idx []int32, w []float32, d int, at []int32) {
	if !checkBlocks(ptr, idx, len(w), d, len(y), len(a), at) {
		return
	}
	if set == pureGo {
		for i := range len(ptr) - 1 {
			from, to := ptr[i], ptr[i+1]
			goGather(y[i*d:][:d], a[from:to], idx[from:to], w)
		}
		return
	}
	gatherBlocks(y, a, ptr, idx, w, d, Block(d), at)
}

// DotsBlocks is [Dots] for the rows of x (n, d), in the same way; out is by entry.
func DotsBlocks(out, x []float32, ptr, idx []int32, w []float32, d int, at []int32) {
	if !checkBlocks(ptr, idx, len(w), d, len(x), len(out), at) {
		return
	}
	if set == pureGo {
		for i := range len(ptr) - 1 {
			from, to := ptr[i], ptr[i+1]
			goDots(out[from:to], x[i*d:][:d], idx[from:to], w)
		}
		return
	}
	dotsBlocks(out, x, ptr, idx, w, d, Block(d), at)
}

// checkBlocks panics where something is not there, and says whether there is anything.
func checkBlocks(ptr, idx []int32, values, d, rows, entries int, at []int32) bool {
	n := len(ptr) - 1
	if n < 1 || d < 1 || ptr[0] == ptr[n] {
		return false
	}
	if ptr[0] < 0 || int(ptr[n]) > min(len(idx), entries) || rows < n*d || len(at) < n {
		panic(fmt.Sprintf("vec: %d rows of %d values with entries %d to %d: the memory is of another shape", n, d, ptr[0], ptr[n]))
	}
	for i := range n {
		if ptr[i] > ptr[i+1] {
			panic(fmt.Sprintf("vec: entries of row %d end before they start", i))
		}
	}
	Check(idx[ptr[0]:ptr[n]], values, d)
	return true
}
