package ort

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	onnxruntime "github.com/yalue/onnxruntime_go"
	"golang.org/x/sys/cpu"

	"github.com/saego/saego/internal/native"
	"github.com/saego/saego/models/onnx"
)

// noFallback makes a session fail that would leave nodes to the CPU provider. Without it
// ONNX Runtime takes over in silence what OpenVINO does not know.
const noFallback = "session.disable_cpu_ep_fallback"

// appendOpenVINO puts the OpenVINO provider into o.
func appendOpenVINO(o *onnxruntime.SessionOptions, opts Options) error {
	config, err := openVINOConfig(opts.Precision)
	if err != nil {
		return err
	}
	if err := o.AddSessionConfigEntry(noFallback, "1"); err != nil {
		return err
	}
	err = o.AppendExecutionProviderOpenVINO(map[string]string{
		"device_type": "CPU", "num_of_threads": strconv.Itoa(opts.processors()), "load_config": config,
	})
	if err != nil {
		_, library := Version()
		return fmt.Errorf("provider openvino: %s cannot use it: %w: %s, or take provider cpu", library, err, native.ONNXRuntimeOpenVINO().Hint())
	}
	return nil
}

// openVINOConfig is OpenVINO's own configuration. The precision is always named: left
// alone, OpenVINO takes bfloat16 wherever the processor has it.
func openVINOConfig(precision string) (string, error) {
	hint := "f32"
	if precision == BF16 {
		hint = "bf16"
	}
	config, err := json.Marshal(map[string]map[string]string{"CPU": {"INFERENCE_PRECISION_HINT": hint}})
	return string(config), err
}

// prepare brings a part of a graph into a form that the provider knows.
func (o Options) prepare(p *onnx.Part) error {
	if o.Provider == OpenVINO {
		return p.SpellOutAttention()
	}
	return nil
}

// sessionError adds to the error of a new session what its provider's user can do.
func (o Options) sessionError(err error) error {
	if err != nil && strings.Contains(err.Error(), "fallback to CPU EP has been explicitly disabled") {
		return fmt.Errorf("provider openvino: OpenVINO does not know all operators of the graph: take provider cpu: %w", err)
	}
	return err
}

// SlowBF16 says why [BF16] is no faster than [Float32] on this processor; nil where it is.
// With AVX-512 alone OpenVINO rounds to bfloat16 by other instructions, with less it
// computes in float32.
func SlowBF16() error {
	x := cpu.X86
	switch {
	case x.HasAVX512BF16 || x.HasAMXBF16:
		return nil
	case runtime.GOARCH != "amd64":
		return fmt.Errorf("OpenVINO computes in bf16 on x86-64, not on %s", runtime.GOARCH)
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL:
		return errors.New("this processor has AVX-512 but no instructions for bf16 (AVX512_BF16, AMX): OpenVINO emulates it, slower than float32")
	}
	return errors.New("this processor has no instructions for bf16 (AVX512_BF16, AMX)")
}
