package ort_test

import (
	"os"
	"strings"
	"testing"

	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/native"
	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/internal/native/nvidia"
	"github.com/saego/saego/internal/native/nvidia/stub"
)

// wantNoCUDA opens the tiny network by CUDA and wants an error that says all this.
func wantNoCUDA(t *testing.T, change func(*ort.Options), wants ...string) {
	t.Helper()
	opts := ort.DefaultOptions()
	opts.Provider = ort.CUDA
	if change != nil {
		change(&opts)
	}
	r, err := ort.Open(openModel(t, "testdata/inline"), opts)
	if err == nil {
		t.Fatalf("no error: %v", r.Close())
	}
	for _, want := range append(wants, "provider cuda: ", "provider cpu") {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q, want %q in it", err, want)
		}
	}
}

// hasDriver tells whether this is a machine with NVIDIA's driver.
func hasDriver() bool {
	_, err := os.Stat("/proc/driver/nvidia/version")
	return err == nil
}

// TestCUDAAbsent wants to hear of all that is missing: driver and libraries.
func TestCUDAAbsent(t *testing.T) {
	if hasDriver() {
		t.Skip("this machine has an NVIDIA driver")
	}
	t.Setenv(native.HomeEnv, t.TempDir())
	wantNoCUDA(t, nil, "no NVIDIA driver: libcuda.so.1: ", "driver 580 or newer", "ONNX Runtime with CUDA, CUDA's runtime, ", "cuDNN (make gpu-libs)")
}

// TestCUDAMachines starts a process for each machine, which has a driver that answers and
// no more.
func TestCUDAMachines(t *testing.T) {
	driver := stub.Driver(t)
	for _, tc := range []struct {
		name   string
		env    string // what the driver tells
		change func(*ort.Options)
		wants  []string
	}{
		{"no libraries", "", nil, []string{"without libcudart.so.13, ", "libcudnn.so.9: run `make gpu-libs`"}},
		{"old driver", "STUB_CUDA=12060", nil, []string{"NVIDIA's driver is for CUDA 12.6, want 13.0 or newer", "nor are there ONNX Runtime with CUDA"}},
		{"no card", "STUB_INIT=100", nil, []string{"does not start: CUDA error 100, no CUDA-capable device is detected"}},
		{"old card", "STUB_COMPUTE=70", nil, []string{"CUDA device 0 is a Stub (compute capability 7.0)"}},
		{"no tf32", "STUB_COMPUTE=75", func(o *ort.Options) { o.Precision = ort.TF32 }, []string{"CUDA device 0 is a Stub (compute capability 7.5): tf32 takes 8.0"}},
		{"one card", "", func(o *ort.Options) { o.DeviceIDs = []int{0, 1} }, []string{"there is no CUDA device 1: this machine has 0 to 0"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !inProcess(t, "LD_LIBRARY_PATH="+driver, native.HomeEnv+"="+t.TempDir(), tc.env) {
				return
			}
			if tc.env == "" && nvidia.Load() == nil {
				t.Skip("the system has CUDA 13")
			}
			wantNoCUDA(t, tc.change, tc.wants...)
		})
	}
	t.Run("auto", func(t *testing.T) {
		nativetest.RequireORT(t)
		if !inProcess(t, "LD_LIBRARY_PATH="+driver, "STUB_INIT=100") {
			return
		}
		opts := ort.DefaultOptions()
		opts.Provider = ort.Auto
		r := openRunner(t, openModel(t, "testdata/inline"), opts)
		if got := r.Passed(); r.Provider() != ort.CPU || len(got) != 2 || !strings.Contains(got[0], "CUDA error 100") {
			t.Errorf("provider %s, passed %q", r.Provider(), got)
		}
	})
}

// TestCUDAChain opens the real libraries, as make gpu-libs fetches them, with a driver that
// answers and no more: the provider is loaded, finds all that it is linked to, knows the
// settings, and fails at the device.
func TestCUDAChain(t *testing.T) {
	found, err := native.ONNXRuntimeCUDA().Find("")
	if absent := nvidia.Absent(); err != nil || len(absent) > 0 || !strings.HasPrefix(found[0], "/") {
		t.Skip("ONNX Runtime with CUDA or its libraries are absent: run make gpu-libs")
	}
	if !inProcess(t, "LD_LIBRARY_PATH="+stub.Driver(t)) {
		return
	}
	wantNoCUDA(t, nil, "CUDA failure ", "cudaGetDeviceCount")
	opts := ort.DefaultOptions()
	opts.Precision, opts.GPUMemLimit, opts.GPUArena = ort.TF32, 100, ort.ArenaAsRequested
	keys := ort.CUDAKeys(opts, 0)
	delete(keys, "device_id") // of which there is none
	if err := ort.KnowsKeys(keys); err != nil {
		t.Error(err)
	}
	if err := ort.KnowsKeys(map[string]string{"cudnn_conv_algo_search": "SLOWEST"}); err == nil {
		t.Error("any value of a setting is taken")
	}
	r := openRunner(t, openModel(t, "testdata/inline"), ort.DefaultOptions()) // the same library on the CPU
	checkGolden(t, openModel(t, "testdata/inline"), r, 1e-4)
}

// TestCUDANotInLibrary is that of a process that has loaded another build.
func TestCUDANotInLibrary(t *testing.T) {
	nativetest.RequireORT(t)
	if absent := nvidia.Absent(); len(absent) > 0 {
		t.Skip("CUDA's libraries are absent: run make gpu-libs")
	}
	if !inProcess(t, "LD_LIBRARY_PATH="+stub.Driver(t)) {
		return
	}
	tiny(t)
	wantNoCUDA(t, nil, "not enabled in this build", "a process keeps the first that it loads")
}
