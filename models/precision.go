package models

// Keys of Spec.ExportedBy that scripts/quantize_onnx.py and float16_onnx.py write.
const (
	exportedPrecision = "precision"
	exportedFrom      = "quantized_from"
)

// Precisions of a graph.
const (
	Float32 = "float32" // as it was exported
	Int8    = "int8"    // scripts/quantize_onnx.py made its weights integers
	Float16 = "float16" // scripts/float16_onnx.py halved its numbers
)

// Precision returns what the weights of the graph are: [Float32], [Int8] or [Float16].
func (s Spec) Precision() string {
	if p := s.ExportedBy[exportedPrecision]; p != "" {
		return p
	}
	return Float32
}

// QuantizedFrom returns name and digest, "gpt2@1f0c…", of the model that an [Int8] or
// [Float16] one was made of; "" for any other.
func (s Spec) QuantizedFrom() string { return s.ExportedBy[exportedFrom] }
