package ort_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/native"
	"github.com/saego/saego/internal/native/nativetest"
)

// inProcess runs the test that calls it again in a process of its own, since a process
// loads one library, and tells whether this is that process.
func inProcess(t *testing.T, env ...string) bool {
	t.Helper()
	const key = "SAEGO_TEST_PROCESS"
	if os.Getenv(key) == t.Name() {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), append(env, key+"="+t.Name())...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v", err)
	}
	t.Logf("%s", out)
	return false
}

var demos = []string{"testdata/external", "../../internal/demo/text", "../../internal/demo/vision"}

// TestOpenVINO computes float32, from graphs on disk and in memory.
func TestOpenVINO(t *testing.T) {
	nativetest.RequireOpenVINO(t)
	if !inProcess(t) {
		return
	}
	opts := ort.DefaultOptions()
	opts.Provider = ort.OpenVINO
	for _, dir := range demos {
		m := openModel(t, dir)
		r := openRunner(t, m, opts)
		checkGolden(t, m, r, 1e-4)
		if r.Provider() != ort.OpenVINO {
			t.Errorf("provider %s", r.Provider())
		}
	}
}

// TestBF16 wants rows that are float32's but for what bfloat16 loses, where the processor
// has it.
func TestBF16(t *testing.T) {
	nativetest.RequireOpenVINO(t)
	if !inProcess(t) {
		return
	}
	opts := ort.DefaultOptions()
	opts.Precision = ort.BF16
	for _, dir := range []string{"../../internal/demo/text", "../../internal/demo/vision"} {
		m := openModel(t, dir)
		golden, err := m.Golden()
		if err != nil {
			t.Fatal(err)
		}
		hook := m.Spec.Hooks[2]
		want := golden[hook.Name]
		got := output(hook.Name, want.Shape...)
		r := openRunner(t, m, opts)
		if err := r.Run(t.Context(), extract.GoldenInputs(&m.Spec, golden), []extract.Tensor{got}); err != nil {
			t.Fatal(err)
		}
		d, err := extract.DriftOf(got.Float32, want.Float32, hook.DIn)
		if err != nil || !(d.RelativeL2 < 0.05) {
			t.Errorf("%s: drift %+v (%v)", dir, d, err)
		}
		if ort.SlowBF16() == nil && d.RelativeL2 < 1e-4 {
			t.Errorf("%s: a processor with instructions for bf16 computed in float32: drift %+v", dir, d)
		}
		t.Logf("%s: %+v", dir, d)
	}
}

// TestOpenVINOAbsent wants the command that gets it, whether another library is there or
// none.
func TestOpenVINOAbsent(t *testing.T) {
	nativetest.RequireORT(t)
	for _, opts := range []ort.Options{
		{Provider: ort.OpenVINO, Precision: ort.Float32},
		{Provider: ort.CPU, Precision: ort.BF16},
	} {
		found, err := native.ONNXRuntime().Find("")
		if err != nil {
			t.Fatal(err)
		}
		opts.Library = found[0] // which has no OpenVINO
		r, err := ort.Open(openModel(t, "testdata/inline"), opts)
		if err == nil {
			t.Fatalf("no error: %v", r.Close())
		}
		for _, want := range []string{"provider openvino: ", "make deps-openvino", "or take provider cpu"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q, want %q in it", err, want)
			}
		}
	}
}

// TestNoLibrary is that of a checkout in which make deps-openvino has not been called.
func TestNoLibrary(t *testing.T) {
	if !inProcess(t, native.HomeEnv+"="+t.TempDir(), native.ONNXRuntime().Env+"=") {
		return
	}
	opts := ort.DefaultOptions()
	opts.Provider = ort.OpenVINO
	r, err := ort.Open(openModel(t, "testdata/inline"), opts)
	if err == nil {
		t.Fatalf("no error: %v", r.Close())
	}
	if !strings.Contains(err.Error(), "make deps-openvino") {
		t.Errorf("error %q", err)
	}
}

// TestAuto takes the CPU where nothing faster is at hand, and says so.
func TestAuto(t *testing.T) {
	nativetest.RequireORT(t)
	if matches, _ := filepath.Glob("/proc/driver/nvidia/version"); len(matches) > 0 {
		t.Skip("this machine has an NVIDIA driver")
	}
	opts := ort.DefaultOptions()
	opts.Provider, opts.DeviceIDs = ort.Auto, []int{0, 1} // of which nothing is left
	m := openModel(t, "../../internal/demo/text")
	r := openRunner(t, m, opts)
	if got := r.Provider(); got != ort.CPU {
		t.Errorf("auto takes %s, want %s", got, ort.CPU)
	}
	if got := r.Passed(); len(got) != 2 || !strings.HasPrefix(got[0], "provider cuda: no NVIDIA driver: ") || !strings.HasPrefix(got[1], "provider openvino: ") {
		t.Errorf("auto passed by %q, want why not cuda and openvino", got)
	}
	checkGolden(t, m, r, 1e-4)
}
