package cli

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/train"
)

// memory is what a run takes beside the network, in bytes.
type memory struct {
	trainer              train.Memory
	source, buffer, held int
}

func (m memory) total() int { return m.trainer.Total() + m.source + m.buffer + m.held }

// holder is a [Kind] whose source holds so many bytes of rows that they matter.
type holder interface{ memory() int }

// memoryOf estimates it for the members of a sweep, or for one SAE: rows are held once,
// the rest by each.
func memoryOf(kinds []Kind) memory {
	m := kinds[0].Config().memory()
	if h, ok := kinds[0].(holder); ok {
		c := kinds[0].Config()
		m.source = h.memory() * (max(1, len(c.Runtime.DeviceIDs)) + c.ahead())
	}
	for _, k := range kinds[1:] {
		c := k.Config()
		m.trainer = m.trainer.Plus(c.Train.Memory(c.SAE, runtime.GOMAXPROCS(0)))
	}
	return m
}

// memory estimates it for one SAE.
func (c *Config) memory() memory {
	m := memory{
		trainer: c.Train.Memory(c.SAE, runtime.GOMAXPROCS(0)),
		buffer:  c.Buffer.Memory(c.SAE.DIn, c.SAE.DOut),
	}
	if c.HeldOutFraction > 0 {
		m.held = mixbuf.RowSize(c.SAE.DIn, c.SAE.DOut) * c.EvalRows * 5 / 4 // as slices grow
	}
	return m
}

// warning says whether the run needs more than is available, 0 for unknown.
func (m memory) warning(available int) string {
	if available == 0 || m.total() <= available {
		return ""
	}
	const gib = 1 << 30
	t := m.trainer
	return fmt.Sprintf("this run takes up to %.1f GiB beside the network, and %.1f GiB are available: "+
		"weights and moments %.1f, batch %.1f, codes %.1f, encoder and dead latents %.1f, rows read, mixed and held out %.1f: "+
		"lower d_sae, train_batch_size_samples or buffer_size",
		float64(m.total())/gib, float64(available)/gib, float64(t.Weights)/gib, float64(t.Rows+t.Held)/gib, float64(t.Codes)/gib,
		float64(t.Encoder+t.Dead)/gib, float64(m.source+m.buffer+m.held)/gib)
}

// availableMemory returns how many bytes the machine, or the container, has left; 0
// where neither says so, as on systems other than Linux.
func availableMemory() int {
	free := fromMeminfo("/proc/meminfo")
	limit, err := os.ReadFile("/sys/fs/cgroup/memory.max") // "max" for none
	if most, errNumber := strconv.Atoi(strings.TrimSpace(string(limit))); err == nil && errNumber == nil && free > 0 {
		return min(free, most)
	}
	return free
}

// fromMeminfo returns MemAvailable of such a file.
func fromMeminfo(path string) int {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		var kib int
		if n, _ := fmt.Sscanf(line, "MemAvailable: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}
