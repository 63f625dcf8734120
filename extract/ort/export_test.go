package ort

import (
	"errors"

	onnxruntime "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/internal/native/nvidia"
)

// Split has a runner on the processor take it for n devices, each with sessions of its own.
func (r *Runner) Split(n int) { r.opts.DeviceIDs = make([]int, n) }

// CUDAKeys are the provider's settings for a device.
func CUDAKeys(o Options, device int) map[string]string { return cudaKeys(o, device) }

// SettingsOf is what a runner on these cards records.
func SettingsOf(o Options, cards []nvidia.Device) map[string]any {
	r := &Runner{opts: o, cards: cards}
	return r.Settings()
}

// KnowsKeys has the CUDA provider of the loaded library read settings.
func KnowsKeys(keys map[string]string) error {
	cuda, err := onnxruntime.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	return errors.Join(cuda.Update(keys), cuda.Destroy())
}
