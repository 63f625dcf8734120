// Package cudatest runs tests on all that kernels of a card run on.
package cudatest

import (
	"os"
	"strings"
	"sync"
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
		t.Cleanup(func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
		on(t, d, f)
	})
	t.Run("card", func(t *testing.T) {
		d, err := card()
		switch {
		case err == nil:
			on(t, d, f)
		case strings.Contains(os.Getenv("SAEGO_REQUIRE"), "gpu"):
			t.Fatal(err)
		default:
			t.Skip(err)
		}
	})
}

// card is the first one, opened once: its kernels are compiled then. It stays open.
var card = sync.OnceValues(func() (cuda.Driver, error) { return device.Open(device.Options{}) })

func on(t *testing.T, d cuda.Driver, f func(t *testing.T, e *cuda.Engine)) {
	e := cuda.New(d, cuda.Float32)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	f(t, e)
}
