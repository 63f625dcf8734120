//go:build gpu && cgo && linux && (amd64 || arm64)

package device

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/cu"

	"github.com/saego/saego/internal/native"
)

// TestMain says so plainly where a card is wanted and there is none.
func TestMain(m *testing.M) {
	if strings.Contains(os.Getenv("SAEGO_REQUIRE"), "gpu") {
		d, err := Open(Options{})
		if err != nil {
			fmt.Printf("no GPU: %v\n", err)
			os.Exit(1)
		}
		fmt.Printf("GPU: %s\n", d.Name())
		if err := d.Close(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// TestWithoutDriver is also what shows that such a program starts here: cu calls the
// driver before main, and ends the program where that fails.
func TestWithoutDriver(t *testing.T) {
	if libraries.driver || dlopenable(native.CUDADriver()) {
		t.Skip("there is a driver")
	}
	if _, err := cu.NumDevices(); !errors.Is(err, cu.NotInitialized) {
		t.Errorf("a call before Open: %v, want %v", err, cu.NotInitialized)
	}
	d, err := Open(Options{})
	if d != nil || err == nil {
		t.Fatalf("Open() = %v, %v", d, err)
	}
	for _, want := range []string{"device: NVIDIA's driver does not open: libcuda.so.1", "580 or newer", "nvidia-smi", "--gpus all"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q, want %q in it", err, want)
		}
	}
}

func dlopenable(l native.Library) bool {
	_, _, err := dlopen(l, "cuInit")
	return err == nil
}

// TestCuBLAS opens the real one, where make gpu-libs has fetched it.
func TestCuBLAS(t *testing.T) {
	if os.Getenv("SAEGO_TEST_PROCESSOR") != "" {
		t.Skip("it has a cuBLAS of its own")
	}
	b, err := loadCuBLAS()
	if err != nil {
		t.Skip(err)
	}
	if b.major != 12 && b.major != 13 {
		t.Errorf("%s is CUDA %d's", b.path, b.major)
	}
	if dlopenable(native.CUDADriver()) {
		return
	}
	if err := b.start(nil, nil); err == nil || !strings.Contains(err.Error(), "cublasCreate: CUBLAS_STATUS_") {
		t.Errorf("without a driver: %v", err)
	}
	t.Log(b.start(nil, nil))
}

func TestMemoryLimitBelowZero(t *testing.T) {
	if _, err := Open(Options{MemoryLimit: -1}); err == nil || !strings.Contains(err.Error(), "want 0 (none) or more") {
		t.Errorf("error %v", err)
	}
}

// processor compiles testdata, a driver and a cuBLAS of a few lines whose card is the
// processor, and returns the environment in which a process opens these two. What is
// tested with them is the way there and back.
func processor(t *testing.T) []string {
	t.Helper()
	requireNVRTC(t)
	nvrtc, err := native.NVRTC().Find("")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for file, from := range map[string]string{"libcuda.so.1": "driver.c", "libcublas.so": "cublas.c"} {
		args := []string{"-O1", "-shared", "-fPIC", "-o", filepath.Join(dir, file), filepath.Join("testdata", from)}
		if out, err := exec.CommandContext(t.Context(), "cc", args...).CombinedOutput(); err != nil {
			t.Fatalf("cc: %v: %s", err, out)
		}
	}
	env := append(os.Environ(), "LD_LIBRARY_PATH="+dir, "SAEGO_CUBLAS="+filepath.Join(dir, "libcublas.so"), "SAEGO_TEST_PROCESSOR=1")
	if filepath.IsAbs(nvrtc[0]) {
		env = append(env, "SAEGO_NVRTC="+nvrtc[0])
	}
	return env
}

// TestProcessor runs the tests of a card without one.
func TestProcessor(t *testing.T) {
	if os.Getenv("SAEGO_TEST_PROCESSOR") != "" {
		t.Skip("this is it")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGPU", "-test.v")
	cmd.Env = append(processor(t), "SAEGO_REQUIRE=gpu")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "GPU: Processor (sm_90), CUDA 13.0") || !strings.Contains(string(out), "--- PASS: TestGPUMultiply") {
		t.Errorf("%v: %s", err, out)
	}
	if strings.Contains(string(out), "--- SKIP") {
		t.Errorf("a test was skipped: %s", out)
	}
}

// TestOpenPrints prints what Open says, for TestOpenErrors.
func TestOpenPrints(t *testing.T) {
	if os.Getenv("SAEGO_TEST_PRINT") == "" {
		t.Skip("for TestOpenErrors")
	}
	o := Options{}
	fmt.Sscan(os.Getenv("SAEGO_TEST_PRINT"), &o.DeviceID)
	_, err := Open(o)
	fmt.Printf("Open: %v\n", err)
}

// TestOpenErrors wants what is wrong with a driver, a library or a card to be said: what is
// there, what is wanted, and how to mend it.
func TestOpenErrors(t *testing.T) {
	if os.Getenv("SAEGO_TEST_PROCESSOR") != "" {
		t.Skip("it starts others")
	}
	env := processor(t)
	for _, tc := range []struct {
		name string
		env  []string
		want []string
	}{
		{"all is well", nil, []string{"Open: <nil>"}},
		{"an old driver", []string{"FAKE_VERSION=11040"}, []string{"knows CUDA up to 11.4", "want 12.0", "580 or newer"}},
		{"a driver that does not start", []string{"FAKE_INIT=803"}, []string{"does not start", "different versions", "restart"}},
		{"no card", []string{"FAKE_CARDS=0"}, []string{"there is no card", "nvidia-smi", "CUDA_VISIBLE_DEVICES"}},
		{"a card that is not there", []string{"SAEGO_TEST_PRINT=2", "FAKE_CARDS=2"}, []string{"no card 2", "sees 2", "0 to 1"}},
		{"an old card", []string{"FAKE_CAPABILITY=75"}, []string{"Processor", "compute capability 7.5", "want 8.0 (Ampere)"}},
		{"no managed memory", []string{"FAKE_CONCURRENT=0"}, []string{"Processor", "managed memory", "WSL"}},
		{"a newer cuBLAS", []string{"FAKE_VERSION=12080"}, []string{"cuBLAS is CUDA 13's", "up to 12.8", "SAEGO_CUBLAS"}},
		{"an older cuBLAS", []string{"FAKE_CUBLAS=11"}, []string{"cuBLAS is CUDA 11's", "make gpu-libs"}},
		{"a newer NVRTC", []string{"FAKE_VERSION=12080", "FAKE_CUBLAS=12"}, []string{"NVRTC is CUDA 13's", "up to 12.8", "SAEGO_NVRTC"}},
		{"no cuBLAS", []string{"SAEGO_CUBLAS=/absent/libcublas.so"}, []string{"cuBLAS", "/absent/libcublas.so", "make gpu-libs"}},
		{"no NVRTC", []string{"SAEGO_NVRTC=/absent/libnvrtc.so"}, []string{"NVRTC", "/absent/libnvrtc.so", "make gpu-libs"}},
		{"another library", []string{"SAEGO_CUBLAS=" + os.Args[0]}, []string{"cuBLAS does not open", "make gpu-libs"}},
		{"no memory", []string{"FAKE_MIB=16"}, []string{"Processor", "opening", "CUDA_ERROR_OF_TEST"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOpenPrints$", "-test.v")
			cmd.Env = append(append(env, "SAEGO_TEST_PRINT=0", "SAEGO_REQUIRE="), tc.env...)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for _, want := range tc.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("%s, want %q in it", out, want)
				}
			}
		})
	}
}
