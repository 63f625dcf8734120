package ort_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/native/nvidia"
)

func TestOptionsValidate(t *testing.T) {
	if err := ort.DefaultOptions().Validate(); err != nil {
		t.Error(err)
	}
	err := ort.Options{Provider: "tpu", DeviceID: -1, GPUMemLimit: -1, GPUArena: "small", Threads: -1}.Validate()
	for _, want := range []string{
		`provider is "tpu"`, `precision is ""`, "device_id is -1", "gpu_mem_limit is -1 MiB",
		`gpu_arena is "small", want "power_of_two" or "as_requested"`, "threads is -1",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

func TestOptionsThatDoNotFit(t *testing.T) {
	for _, tc := range []struct {
		change func(*ort.Options)
		want   string // "" for none
	}{
		{func(o *ort.Options) { o.Precision = ort.BF16 }, ""},
		{func(o *ort.Options) { o.Provider, o.Precision = ort.OpenVINO, ort.BF16 }, ""},
		{func(o *ort.Options) { o.Provider, o.Precision = ort.Auto, ort.BF16 }, ""},
		{func(o *ort.Options) { o.Provider, o.Precision = ort.CUDA, ort.BF16 }, "precision is bf16, which provider cuda does not have"},
		{func(o *ort.Options) { o.Provider, o.Precision = ort.CUDA, ort.TF32 }, ""},
		{func(o *ort.Options) { o.Precision = ort.TF32 }, "precision is tf32, which provider cpu does not have: take provider cuda"},
		{func(o *ort.Options) { o.Provider, o.Precision = ort.Auto, ort.TF32 }, "precision is tf32, which provider auto does not have"},
		{func(o *ort.Options) { o.Provider, o.DeviceIDs = ort.CUDA, []int{1, 0} }, ""},
		{func(o *ort.Options) { o.Provider, o.DeviceIDs = ort.Auto, []int{0, 1} }, ""},
		{func(o *ort.Options) { o.DeviceIDs = []int{0, 1} }, "device_ids is [0 1], but provider cpu has no devices"},
		{func(o *ort.Options) { o.Provider, o.DeviceIDs = ort.CUDA, []int{0, 2, 0} }, "device_ids has 0 twice"},
		{func(o *ort.Options) { o.Provider, o.DeviceIDs = ort.CUDA, []int{-1} }, "device_ids has -1"},
		{func(o *ort.Options) { o.DeviceID = 1 }, ""}, // of which others may have a use
		{func(o *ort.Options) { o.GPUArena = ort.ArenaAsRequested }, ""},
	} {
		opts := ort.DefaultOptions()
		tc.change(&opts)
		err := opts.Validate()
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%+v: error %v, want %q", opts, err, tc.want)
		}
	}
}

func TestCUDAKeys(t *testing.T) {
	opts := ort.DefaultOptions()
	want := map[string]string{
		"device_id": "0", "use_tf32": "0", "arena_extend_strategy": "kNextPowerOfTwo", "cudnn_conv_algo_search": "HEURISTIC",
	}
	if got := ort.CUDAKeys(opts, 0); !maps.Equal(got, want) {
		t.Errorf("defaults are %v, want %v", got, want)
	}
	opts.Precision, opts.GPUArena, opts.GPUMemLimit = ort.TF32, ort.ArenaAsRequested, 3
	want = map[string]string{
		"device_id": "2", "use_tf32": "1", "arena_extend_strategy": "kSameAsRequested", "cudnn_conv_algo_search": "HEURISTIC",
		"gpu_mem_limit": "3145728",
	}
	if got := ort.CUDAKeys(opts, 2); !maps.Equal(got, want) {
		t.Errorf("%+v are %v, want %v", opts, got, want)
	}
}

func TestSettings(t *testing.T) {
	opts := ort.DefaultOptions()
	if got := ort.SettingsOf(opts, nil); got != nil {
		t.Errorf("the processor has settings %v", got)
	}
	opts.Provider, opts.Precision, opts.DeviceIDs = ort.CUDA, ort.TF32, []int{1, 0}
	got := ort.SettingsOf(opts, []nvidia.Device{{ID: 1, Name: "A", Major: 9}, {ID: 0, Name: "B", Major: 8, Minor: 6}})
	delete(got, "onnxruntime") // of the library that is loaded
	delete(got, "cudnn")
	want := map[string]any{
		"devices": []int{1, 0}, "device_names": []string{"A (compute capability 9.0)", "B (compute capability 8.6)"}, "tf32": true,
		"gpu_arena": "power_of_two", "gpu_mem_limit": int64(0), "conv_algo_search": "heuristic",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("settings are %v, want %v", got, want)
	}
}
