package nvidia

import (
	"errors"
	"fmt"
	"os"
)

// Device is a card that CUDA sees.
type Device struct {
	ID           int    // as CUDA counts, CUDA_VISIBLE_DEVICES heeded
	Name         string // "NVIDIA H100 80GB HBM3"
	Major, Minor int    // compute capability
}

func (d Device) String() string {
	return fmt.Sprintf("%s (compute capability %d.%d)", d.Name, d.Major, d.Minor)
}

// Versions as CUDA writes them: 13000 is 13.0.
const (
	wantDriver  = 13000
	wantCompute = 75 // CUDA 13 has no code for older cards
)

const mendDriver = "install NVIDIA's driver 580 or newer, the first for CUDA 13 (nvidia-smi shows what is there)"

// driver is libcuda.so.1.
type driver interface {
	version() (int, error) // 13000 for CUDA 13.0
	start() error          // cuInit
	count() (int, error)
	device(id int) (Device, error)
}

// Devices returns the cards. There is at least one, the driver is new enough for CUDA 13,
// and so are the cards; else the error says what is the matter. It starts the driver, which
// may change signal handlers: call it within gosignal.Guard.
func Devices() ([]Device, error) {
	d, err := openDriver("libcuda.so.1")
	if err != nil {
		return nil, fmt.Errorf("no NVIDIA driver: %w: %s", err, mendDriver)
	}
	return devices(d)
}

func devices(d driver) ([]Device, error) {
	version, err := d.version()
	if err != nil {
		return nil, fmt.Errorf("NVIDIA's driver does not tell its version: %w: %s", err, mendDriver)
	}
	if version < wantDriver {
		return nil, fmt.Errorf("NVIDIA's driver is for CUDA %s, want %s or newer: %s", dotted(version), dotted(wantDriver), mendDriver)
	}
	if err := d.start(); err != nil {
		return nil, fmt.Errorf("NVIDIA's driver (CUDA %s) does not start: %w%s", dotted(version), err, hidden())
	}
	n, err := d.count()
	if err == nil && n == 0 {
		err = errors.New("it counts 0")
	}
	if err != nil {
		return nil, fmt.Errorf("NVIDIA's driver (CUDA %s) finds no card: %w%s", dotted(version), err, hidden())
	}
	all := make([]Device, n)
	for i := range all {
		if all[i], err = d.device(i); err != nil {
			return nil, fmt.Errorf("CUDA device %d: %w", i, err)
		}
	}
	return all, nil
}

// Usable says why CUDA 13 cannot run on the card; nil where it can.
func (d Device) Usable() error {
	if 10*d.Major+d.Minor < wantCompute {
		return fmt.Errorf("CUDA device %d is a %s: CUDA 13 takes cards of 7.5 (Turing) and newer", d.ID, d)
	}
	return nil
}

// hidden reminds of the variable that hides cards, where it is set.
func hidden() string {
	if v, ok := os.LookupEnv("CUDA_VISIBLE_DEVICES"); ok {
		return fmt.Sprintf(" (CUDA_VISIBLE_DEVICES is %q, which hides all others)", v)
	}
	return ": see whether nvidia-smi lists a card, and whether this container was given it"
}

// dotted is a version of CUDA's for people.
func dotted(version int) string { return fmt.Sprintf("%d.%d", version/1000, version%1000/10) }
