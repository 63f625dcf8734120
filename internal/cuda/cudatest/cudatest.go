// Package cudatest runs tests on all that kernels of a card run on.
package cudatest

import (
	"os"
	"strings"
	"testing"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/cuda/device"
	"github.com/saego/saego/internal/cuda/emulator"
)

// Each calls f with an engine on the emulator, and with one on the card where there is
// one: under SAEGO_REQUIRE=gpu there must be.
func Each(t *testing.T, f func(t *testing.T, e *cuda.Engine)) {
	t.Run("emulator", func(t *testing.T) {
		d, err := emulator.New()
		if err != nil {
			t.Skip(err)
		}
		on(t, d, f)
	})
	t.Run("card", func(t *testing.T) { on(t, Card(t), f) })
}

// Card returns the first card, or skips the test.
func Card(t *testing.T) cuda.Driver {
	t.Helper()
	d, err := device.Open(device.Options{})
	if err == nil {
		return d
	}
	if strings.Contains(os.Getenv("SAEGO_REQUIRE"), "gpu") {
		t.Fatal(err)
	}
	t.Skip(err)
	return nil
}

func on(t *testing.T, d cuda.Driver, f func(t *testing.T, e *cuda.Engine)) {
	e := cuda.New(d, cuda.Float32)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	f(t, e)
}
