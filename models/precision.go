package models

// Keys of Spec.ExportedBy that scripts/quantize_onnx.py writes.
const (
	exportedPrecision = "precision"
	exportedFrom      = "quantized_from"
)

// Int8 is the precision of a graph whose weights scripts/quantize_onnx.py made integers.
const Int8 = "int8"

// Precision returns what the weights of the graph are: "float32", or [Int8].
func (s Spec) Precision() string {
	if p := s.ExportedBy[exportedPrecision]; p != "" {
		return p
	}
	return "float32"
}

// QuantizedFrom returns name and digest, "gpt2@1f0c…", of the model that an [Int8] one was
// made of; "" for any other.
func (s Spec) QuantizedFrom() string { return s.ExportedBy[exportedFrom] }
