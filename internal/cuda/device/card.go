//go:build gpu && cgo && linux && (amd64 || arm64)

package device

// #include <cuda.h>
import "C"

import (
	"fmt"

	"gorgonia.org/cu"
)

// What is wanted of a driver and a card.
const (
	leastCUDA       = 12000 // the driver's, 1000·major + 10·minor
	leastCapability = 80    // Ampere: bfloat16 and TF32
)

// card is a device that is fit for use.
type card struct {
	cu.Device
	name       string
	capability int // 10·major + minor
	driver     int // what the driver knows of CUDA, 1000·major + 10·minor
}

func (c card) String() string {
	return fmt.Sprintf("%s (sm_%d), CUDA %s", c.name, c.capability, version(c.driver))
}

func version(v int) string { return fmt.Sprintf("%d.%d", v/1000, v%1000/10) }

// findCard returns the card of a number, or says what it lacks.
func findCard(id int) (card, error) {
	c := card{driver: cu.Version()}
	if c.driver < leastCUDA {
		return c, fmt.Errorf("device: the driver knows CUDA up to %s, want %s or newer: update NVIDIA's driver to 580 or newer", version(c.driver), version(leastCUDA))
	}
	if err := result(C.cuInit(0)); err != nil {
		return c, fmt.Errorf("device: the driver does not start: %w", err)
	}
	n, err := cu.NumDevices()
	if err != nil {
		return c, fmt.Errorf("device: counting cards: %w", fault(err))
	}
	if n == 0 {
		return c, fmt.Errorf("device: there is no card: %w", noDevice)
	}
	if id < 0 || id >= n {
		return c, fmt.Errorf("device: there is no card %d: the driver sees %d, want a number from 0 to %d (CUDA_VISIBLE_DEVICES hides cards and numbers the others anew)", id, n, n-1)
	}
	if c.Device, err = cu.GetDevice(id); err != nil {
		return c, fmt.Errorf("device: card %d: %w", id, fault(err))
	}
	return c, c.check()
}

// check sets the card's name and capability, and says what it lacks.
func (c *card) check() (err error) {
	if c.name, err = c.Name(); err != nil {
		return fmt.Errorf("device: the card's name: %w", fault(err))
	}
	values := map[cu.DeviceAttribute]int{}
	for _, a := range []cu.DeviceAttribute{cu.ComputeCapabilityMajor, cu.ComputeCapabilityMinor, cu.ManagedMemory, cu.ConcurrentManagedAccess} {
		if values[a], err = c.Attribute(a); err != nil {
			return fmt.Errorf("device: %s: attribute %d: %w", c.name, a, fault(err))
		}
	}
	c.capability = 10*values[cu.ComputeCapabilityMajor] + values[cu.ComputeCapabilityMinor]
	if c.capability < leastCapability {
		return fmt.Errorf("device: %s has compute capability %s, want %s (Ampere) or newer: choose another card, or train on the processor",
			c.name, capabilityText(c.capability), capabilityText(leastCapability))
	}
	if values[cu.ManagedMemory] == 0 || values[cu.ConcurrentManagedAccess] == 0 {
		return fmt.Errorf("device: %s has no managed memory that the processor may use at the same time, which is so in WSL and with some virtual cards: "+
			"use Linux with a driver of its own, or train on the processor", c.name)
	}
	return nil
}

func capabilityText(c int) string { return fmt.Sprintf("%d.%d", c/10, c%10) }
