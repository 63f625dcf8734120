// Package nativetest tells tests whether the shared libraries are there.
package nativetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/native"
)

// RequireORT skips t where ONNX Runtime is absent, or fails it if the variable
// SAEGO_REQUIRE has "ort".
func RequireORT(t testing.TB) {
	t.Helper()
	found, err := native.ONNXRuntime().Find("")
	if err != nil {
		t.Fatal(err)
	}
	if filepath.IsAbs(found[0]) {
		return
	}
	message := "ONNX Runtime is absent: " + native.ONNXRuntime().Hint()
	if strings.Contains(os.Getenv("SAEGO_REQUIRE"), "ort") {
		t.Fatal(message)
	}
	t.Skip(message)
}
