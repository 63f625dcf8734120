package cli

import (
	"testing"

	"github.com/saego/saego/extract/ort"
)

func TestAhead(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   int
	}{
		"one set of processors": {func(*Config) {}, 0},
		"network on a card":     {func(c *Config) { c.Runtime.Provider = ort.CUDA }, 2},
		"training on a card":    {func(c *Config) { c.Device = deviceCUDA }, 2},
		"rows of a card's network in a folder": {func(c *Config) {
			c.Runtime.Provider, c.Activations = ort.CUDA, "store"
		}, 0},
		"rows in a bucket": {func(c *Config) { c.Activations = "s3://bucket/store" }, 2},
		"as asked for":     {func(c *Config) { c.Runtime.Provider, c.Prefetch = ort.CUDA, 0 }, 0},
	} {
		cfg := DefaultConfig()
		c.change(&cfg)
		if got := cfg.ahead(); got != c.want {
			t.Errorf("%s: %d batches, want %d", name, got, c.want)
		}
	}
}
