package vec

import "fmt"

// Narrow is how many columns [TakeColumns] and [GatherColumns] have to do with: a cache
// line of each row.
const Narrow = 16

// NarrowRows returns of how many rows so few columns stay near the processor.
func NarrowRows() int { return blockBytes / (4 * Narrow) }

// TakeColumns sets panel (n, Narrow) to the columns [c, c+Narrow) of x (n, d).
func TakeColumns(panel, x []float32, d, c int) {
	n := len(x) / max(d, 1)
	if d < 1 || len(x) != n*d || len(panel) < n*Narrow || c < 0 || c+Narrow > d {
		panic(fmt.Sprintf("vec: columns from %d of %d values, of %d into %d", c, len(x), d, len(panel)))
	}
	if n == 0 {
		return
	}
	if set == pureGo {
		for i := range n {
			copy(panel[i*Narrow:][:Narrow], x[i*d+c:])
		}
		return
	}
	takeColumns(panel, x[c:], n, d)
}

// GatherColumns is what [Gather] does to the columns [c, c+Narrow) of the rows of y
// (len(ptr)−1, d). Those of w are in panel; row i has the entries [ptr[i], ptr[i+1]) of
// idx and a. Unless keep is true, y starts from zeros. The entries are such that
// [Check] has seen idx for a w of Narrow columns, the panel.
func GatherColumns(y, a []float32, ptr, idx []int32, d, c int, panel []float32, keep bool) {
	n := len(ptr) - 1
	if n < 1 {
		return
	}
	if ptr[0] < 0 || int(ptr[n]) > min(len(idx), len(a)) || len(y) != n*d || c < 0 || c+Narrow > d {
		panic(fmt.Sprintf("vec: columns from %d of %d rows of %d with entries %d to %d: the memory is of another shape", c, n, d, ptr[0], ptr[n]))
	}
	if set == pureGo {
		for i := range n {
			row := y[i*d+c:][:Narrow]
			if !keep {
				clear(row)
			}
			goGather(row, a[ptr[i]:ptr[i+1]], idx[ptr[i]:ptr[i+1]], panel)
		}
		return
	}
	gatherColumns(y[c:], a, ptr, idx, d, panel, keep)
}
