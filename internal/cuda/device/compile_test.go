//go:build gpu && cgo && linux && (amd64 || arm64)

package device

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/saego/saego/internal/cuda/source"
)

// requireNVRTC skips t where NVRTC is absent, or fails it if SAEGO_REQUIRE has "nvrtc".
func requireNVRTC(t *testing.T) {
	t.Helper()
	err := loadNVRTC()
	if err == nil {
		return
	}
	if strings.Contains(os.Getenv("SAEGO_REQUIRE"), "nvrtc") {
		t.Fatal(err)
	}
	t.Skip(err)
}

// TestKernelsCompile compiles all kernels for three generations of cards, which needs none.
func TestKernelsCompile(t *testing.T) {
	requireNVRTC(t)
	kernels := regexp.MustCompile(`(?m)^KERNEL\((\w+)\)`).FindAllStringSubmatch(source.Source(), -1)
	if len(kernels) == 0 {
		t.Fatal("the sources have no kernels")
	}
	for _, capability := range []int{80, 90, 100} {
		t.Run(fmt.Sprint(capability), func(t *testing.T) {
			ptx, code, err := compileBoth(source.Source(), fmt.Sprintf("sm_%d", capability))
			if err != nil {
				t.Fatal(err)
			}
			if target := fmt.Sprintf(".target sm_%d", capability); !strings.Contains(ptx, target) {
				t.Errorf("the PTX lacks %q", target)
			}
			for _, k := range kernels {
				if !strings.Contains(ptx, ".entry "+k[1]+"(") {
					t.Errorf("the PTX lacks kernel %s", k[1])
				}
			}
			if !strings.HasPrefix(code, "\x7fELF") {
				t.Errorf("machine code starts with %q", code[:min(len(code), 4)])
			}
			t.Logf("%d kernels: %d bytes of PTX, %d of machine code", len(kernels), len(ptx), len(code))
		})
	}
}

// TestCompileError wants the compiler's words, with the file and line.
func TestCompileError(t *testing.T) {
	requireNVRTC(t)
	_, err := compile("#line 7 \"wrong.cu\"\nextern \"C\" __global__ void f(float *x) { x[0] = absent; }", "sm_90")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"device: NVRTC does not compile", "sm_90", "wrong.cu(7)", "absent"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q, want %q in it", err, want)
		}
	}
}

func TestArchitecture(t *testing.T) {
	requireNVRTC(t)
	if a, err := architecture(90); err != nil || a != "sm_90" {
		t.Errorf("H100: %q, %v", a, err)
	}
	a, err := architecture(999)
	if err != nil || !strings.HasPrefix(a, "compute_1") {
		t.Fatalf("a card newer than NVRTC: %q, %v", a, err)
	}
	if _, err := compile("extern \"C\" __global__ void f() {}", a); err != nil {
		t.Error(err)
	}
	if _, err := architecture(30); err == nil || !strings.Contains(err.Error(), "3.0") {
		t.Errorf("a card older than NVRTC: %v", err)
	}
}
