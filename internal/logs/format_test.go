package logs_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/saego/saego/internal/logs"
)

// TestBlocks has a record end at every place around the end of a block, and another
// follow it that is longer than a block.
func TestBlocks(t *testing.T) {
	const block = 32768
	size := func(dir string) int { return len(read(t, one(t, dir, "wandb/*/*.wandb"))) }
	write := func(pad, long int) (dir string, l *logs.Logs) {
		dir = t.TempDir()
		cfg := every()
		cfg.RunName = "x" + strings.Repeat("y", pad)
		l = open(t, dir, cfg, 0)
		l.Log(logs.Record{Step: 1, Values: map[string]float64{strings.Repeat("k", long): 1}})
		return dir, l
	}
	dir, _ := write(0, 15000)
	near := 15000 + (block-8-size(dir))/2 // the key stands in the file twice
	missing := map[int]bool{0: true, 1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true}
	for i := 0; len(missing) > 0; i++ {
		if i > 2000 { // times of day are not always written with as many digits
			t.Fatalf("no record left %v bytes of a block", missing)
		}
		dir, l := write(i%2, near-8+i/2%16)
		left := block - size(dir)
		if !missing[left] {
			l.Close(0)
			continue
		}
		delete(missing, left)
		l.Log(logs.Record{Step: 2, Values: map[string]float64{strings.Repeat("l", 2*block): 1}})
		l.Close(0)
		whole(t, dir, "", 2)
		open(t, dir, every(), 1).Close(0)
		whole(t, dir, "", 1)
	}
}

func TestHistogram(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	all := map[string][]float32{
		"normal": normal(rng, 5000), "one": {3}, "equal": {-2, -2, -2}, "tiny": {1e-38, 2e-38, -1e-38}, "huge": {-3e38, 3e38, 0}, "equally huge": {3e38, 3e38},
		"integers": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 64}, "not finite": {float32(math.NaN()), 1, 2, float32(math.Inf(1))},
	}
	for i := range 200 { // between numbers of any size, with those next to every edge
		low, high := anySize(rng), anySize(rng)
		values := []float32{low, high}
		for k := 1; k < 64; k++ {
			edge := float32(float64(low) + float64(k)*((float64(high)-float64(low))/64))
			values = append(values, edge, math.Nextafter32(edge, low), math.Nextafter32(edge, high))
		}
		all[strconv.Itoa(i)] = values
	}
	dir := t.TempDir()
	l := open(t, dir, logs.DefaultConfig(), 0)
	l.Log(logs.Record{Step: 1, Histograms: all})
	for name, h := range objects(t, read(t, dir, "metrics.jsonl"))[0] {
		if h, ok := h.(map[string]any); ok {
			checkCounts(t, name, all[name], h["values"].([]any), h["bins"].([]any))
		}
	}
}

func anySize(rng *rand.Rand) float32 {
	return float32(rng.NormFloat64() * math.Pow(10, float64(rng.IntN(12)-6)))
}

// checkCounts counts values between edges.
func checkCounts(t *testing.T, name string, values []float32, counts, edges []any) {
	t.Helper()
	for i, n := range counts {
		low, high := edges[i].(float64), edges[i+1].(float64)
		want := 0
		for _, v := range values {
			if x := float64(v); x >= low && (x < high || i == len(counts)-1 && x == high) {
				want++
			}
		}
		if n != float64(want) || !(low < high) {
			t.Errorf("%s: bin %d from %g to %g has %v values, want %d", name, i, low, high, n, want)
		}
	}
}
