package main

import (
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/saego/saego/bench/result"
)

// contender is a tokenizer under measurement in this process.
type contender struct {
	name      string
	encode    func(dst []int32, text string) ([]int32, error)
	wall, cpu times     // of each round
	ids       [][]int32 // of each text, from the last round
}

// times are seconds of rounds.
type times []float64

// rates returns the megabytes a second, of so many a round.
func (t times) rates(megabytes float64) (rates []float64) {
	for _, s := range t {
		rates = append(rates, megabytes/s)
	}
	return rates
}

// measure encodes every text once.
func (c *contender) measure(texts []string) error {
	c.ids = c.ids[:0]
	runtime.GC() // not the garbage of the one before
	wall, cpu := time.Now(), cpuTime()
	for _, text := range texts {
		ids, err := c.encode(nil, text)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		c.ids = append(c.ids, ids)
	}
	c.wall, c.cpu = append(c.wall, time.Since(wall).Seconds()), append(c.cpu, (cpuTime()-cpu).Seconds())
	return nil
}

// tell prints what was measured, beside d.
func (c *contender) tell(d *contender, megabytes float64) {
	fmt.Printf("%-12s %7.2f MB/s wall %7.2f MB/s cpu   %d reviews differ from %s\n", c.name,
		result.Median(c.wall.rates(megabytes)), result.Median(c.cpu.rates(megabytes)), c.differing(d), d.name)
}

// differing counts the texts on which c and d disagree.
func (c *contender) differing(d *contender) (n int) {
	for i := range c.ids {
		if !slices.Equal(c.ids[i], d.ids[i]) {
			n++
		}
	}
	return n
}

// cpuTime returns the processor time of this process, collector included.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
