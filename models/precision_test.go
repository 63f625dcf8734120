package models_test

import (
	"testing"

	"github.com/saego/saego/models"
)

func TestPrecision(t *testing.T) {
	for _, tc := range []struct {
		exportedBy      map[string]string
		precision, from string
	}{
		{nil, "float32", ""},
		{map[string]string{"torch": "2.15.0"}, "float32", ""},
		{map[string]string{"precision": "int8", "quantized_from": "gpt2@0123456789ab"}, models.Int8, "gpt2@0123456789ab"},
		{map[string]string{"precision": "float16", "quantized_from": "gpt2@0123456789ab"}, models.Float16, "gpt2@0123456789ab"},
	} {
		s := models.Spec{ExportedBy: tc.exportedBy}
		if s.Precision() != tc.precision || s.QuantizedFrom() != tc.from {
			t.Errorf("%v: precision %q from %q", tc.exportedBy, s.Precision(), s.QuantizedFrom())
		}
	}
}
