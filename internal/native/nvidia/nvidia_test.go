//go:build cgo && linux

package nvidia_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/native"
	"github.com/saego/saego/internal/native/nvidia"
	"github.com/saego/saego/internal/native/nvidia/stub"
)

func wantError(t *testing.T, err error, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

func TestDevices(t *testing.T) {
	path := filepath.Join(stub.Driver(t), "libcuda.so.1")
	t.Setenv("STUB_CARDS", "2")
	all, err := nvidia.DevicesOf(path)
	if err != nil || len(all) != 2 || all[1].ID != 1 || all[1].Usable() != nil {
		t.Fatalf("%v, error %v", all, err)
	}
	if got, want := all[1].String(), "Stub (compute capability 9.0)"; got != want {
		t.Errorf("device is %q, want %q", got, want)
	}
	for _, tc := range []struct {
		name, key, value string
		wants            []string
	}{
		{"an old driver", "STUB_CUDA", "12080", []string{"NVIDIA's driver is for CUDA 12.8, want 13.0 or newer", "install NVIDIA's driver 580 or newer"}},
		{"no card", "STUB_INIT", "100", []string{"NVIDIA's driver (CUDA 13.0) does not start: CUDA error 100, no CUDA-capable device is detected", "nvidia-smi"}},
		{"another error", "STUB_INIT", "803", []string{"CUDA error 803"}},
		{"cards none of which is seen", "STUB_CARDS", "0", []string{"finds no card"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv(tc.key, tc.value)
			_, err := nvidia.DevicesOf(path)
			wantError(t, err, tc.wants...)
		})
	}
	t.Run("hidden cards", func(t *testing.T) {
		t.Setenv("STUB_INIT", "100")
		t.Setenv("CUDA_VISIBLE_DEVICES", "-1")
		_, err := nvidia.DevicesOf(path)
		wantError(t, err, `CUDA_VISIBLE_DEVICES is "-1"`)
	})
	t.Run("an old card", func(t *testing.T) {
		t.Setenv("STUB_COMPUTE", "70")
		all, err := nvidia.DevicesOf(path)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, all[0].Usable(), "CUDA device 0 is a Stub (compute capability 7.0)", "7.5 (Turing) and newer")
	})
}

// A file of that name need not be a driver.
func TestNotADriver(t *testing.T) {
	_, err := nvidia.DevicesOf(filepath.Join(stub.Empty(t), "libcuda.so.1"))
	wantError(t, err, "libcuda.so.1 has no cu")
}

// Where nothing is installed, all that is missing is named, with the command that gets it.
func TestLoadNothing(t *testing.T) {
	t.Setenv(native.HomeEnv, t.TempDir())
	if err := nvidia.Load(); err == nil {
		t.Skip("the system has CUDA 13")
	} else {
		wantError(t, err, "without libcudart.so.13, libnvJitLink.so.13, ", "libcudnn.so.9: run `make gpu-libs`")
	}
	if got, want := len(nvidia.Absent()), len(native.CUDA()); got != want {
		t.Errorf("%d libraries are absent, want all %d", got, want)
	}
}

// The libraries that make fetches are opened without a driver, in this order, and cuDNN is
// for this CUDA.
func TestLoad(t *testing.T) {
	if absent := nvidia.Absent(); len(absent) > 0 {
		t.Skipf("%s: run make gpu-libs", strings.Join(absent, ", "))
	}
	if err := nvidia.Load(); err != nil {
		t.Fatal(err)
	}
	if got := nvidia.CuDNN(); !strings.HasPrefix(got, "9.") {
		t.Errorf("cuDNN is %q", got)
	}
}

func TestCuDNN(t *testing.T) {
	if err := nvidia.CuDNNFault(91900, 13000); err != nil {
		t.Error(err)
	}
	wantError(t, nvidia.CuDNNFault(8907, 12000), "cuDNN is 8.9.7 for CUDA 12.0, want 9 for CUDA 13", "make gpu-libs")
	wantError(t, nvidia.CuDNNFault(90501, 12060), "cuDNN is 9.5.1 for CUDA 12.6")
}
