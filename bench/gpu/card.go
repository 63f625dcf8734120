package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/cuda/device"
	"github.com/saego/saego/internal/cuda/emulator"
)

// open opens the first card, or an emulator.
func (b *bench) open() (cuda.Driver, error) {
	if b.emulate {
		return emulator.New()
	}
	d, err := device.Open(device.Options{})
	if err != nil {
		return nil, fmt.Errorf("no card to measure on: %w (make bench-gpu gets and builds what this command needs)", err)
	}
	return d, nil
}

// peaks are the most that cards compute without sparsity, in TFLOP/s, as NVIDIA's data
// sheets have it: float32, TF32, bfloat16. Names are the driver's. Variants of a card
// differ, so that one which is not here is none of these.
var peaks = map[string][3]float64{
	"NVIDIA A100-PCIE-40GB": {19.5, 156, 312},
	"NVIDIA A100-SXM4-40GB": {19.5, 156, 312},
	"NVIDIA A100 80GB PCIe": {19.5, 156, 312},
	"NVIDIA A100-SXM4-80GB": {19.5, 156, 312},
	"NVIDIA H100 80GB HBM3": {66.9, 494.7, 989.4},
	"NVIDIA H200":           {66.9, 494.7, 989.4},
}

// peak returns what a card computes at most in a precision, in TFLOP/s, and where that is
// from; 0 where nobody says it. asked is what --peaks says.
func peak(card, asked string, p cuda.Precision) (float64, string, error) {
	if asked != "" {
		fields := strings.Split(asked, ",")
		if len(fields) != 3 {
			return 0, "", fmt.Errorf("--peaks is %q, want three numbers with commas between them: float32, TF32, bfloat16", asked)
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(fields[p]), 64)
		if err != nil || !(v > 0) {
			return 0, "", fmt.Errorf("--peaks is %q, want TFLOP/s above 0: %q is none", asked, fields[p])
		}
		return v, "as --peaks says", nil
	}
	name, _, _ := strings.Cut(card, " (sm_")
	if all, ok := peaks[name]; ok {
		return all[p], "of " + name + " by NVIDIA's data sheet", nil
	}
	return 0, fmt.Sprintf("of %s not known: --peaks says it", name), nil
}
