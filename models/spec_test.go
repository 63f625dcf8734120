package models_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/saego/saego/models"
)

// text returns the Spec of a text model, changed.
func text(change func(*models.Spec)) models.Spec {
	s := textSpec(textFolder())
	change(&s)
	return s
}

// vision returns that of a vision model, changed.
func vision(change func(*models.Spec)) models.Spec {
	s := visionSpec()
	change(&s)
	return s
}

func TestValidate(t *testing.T) {
	for _, tc := range []struct {
		name string
		spec models.Spec
		want []string // none = no fault
	}{
		{"text", text(func(*models.Spec) {}), nil},
		{"vision", vision(func(*models.Spec) {}), nil},
		{"family", text(func(s *models.Spec) { s.Family = "mamba" }), []string{`family is "mamba", want one of gpt2-classifier, bert`}},
		{"encoder", text(encoder), nil},
		{"encoder with classes", text(func(s *models.Spec) { encoder(s); s.Labels = []string{"a"} }), []string{"logits is empty", "labels has 1 classes"}},
		{"classifier without logits", text(func(s *models.Spec) { s.Logits, s.Labels = "", nil }), []string{`logits is empty in a model of family "gpt2-classifier"`}},
		{"language model", text(func(s *models.Spec) { s.Family, s.Labels = models.FamilyCausalLM, nil }), nil},
		{"golden tokens", text(func(s *models.Spec) { s.Text.GoldenTokens = "ids.json" }), []string{`golden_tokens is "ids.json", which files does not list`}},
		{"tower", vision(func(s *models.Spec) {
			s.Family, s.Logits, s.Labels, s.Vision.CropRounding = models.FamilyCLIPVision, "", nil, models.CropFloor
		}), nil},
		{"crop rounding", vision(func(s *models.Spec) { s.Vision.CropRounding = "up" }), []string{`crop_rounding is "up", want "half_even" or "floor"`}},
		{"unlisted files", text(func(s *models.Spec) { s.Files = nil }), []string{
			`graph is "model.onnx", which files does not list`, `golden is "golden.safetensors"`, `tokenizer is "tokenizer.json"`,
		}},
		{"escaping file", text(func(s *models.Spec) { s.Files["../x"] = models.File{} }), []string{`"../x" is not the name`, "64 lower-case hex"}},
		{"no hooks", text(func(s *models.Spec) { s.Hooks = nil }), []string{"hooks is empty"}},
		{"bad hooks", text(func(s *models.Spec) {
			s.Hooks = []models.Hook{{Name: "a", DIn: 1}, {Name: "a"}, {Name: "logits", DIn: 1}}
		}), []string{
			`hooks[1]: name "a"`, `hook "a": d_in is 0`, `hooks[2]: name "logits"`,
		}},
		{"no logits", text(func(s *models.Spec) { s.Logits = "" }), []string{"logits is empty"}},
		{"input", text(func(s *models.Spec) { s.Inputs[1].Name = "position_ids" }), []string{`input "position_ids" (int64, 2 axes) is not known`}},
		{"dtype", text(func(s *models.Spec) { s.Inputs[0].DType = "int8" }), []string{`dtype is "int8"`}},
		{"axis", text(func(s *models.Spec) { s.Inputs[0].Shape = []any{1.5, ""} }), []string{"axis 1.5", "axis  is neither"}},
		{"no inputs", text(func(s *models.Spec) { s.Inputs = nil }), []string{"inputs is empty", "no input input_ids"}},
		{"both", text(func(s *models.Spec) { s.Vision = &models.Vision{} }), []string{"vision is set in a model of family"}},
		{"neither", vision(func(s *models.Spec) { s.Vision = nil }), []string{"vision is not set"}},
		{"text sizes", text(func(s *models.Spec) {
			s.Text = &models.Text{Tokenizer: "tokenizer.json", PadTokenID: -1, SpecialTokenIDs: []int{-2}}
		}), []string{"context_size is 0", "pad_token_id is -1", "special_token_ids holds -2"}},
		{"vision sizes", vision(func(s *models.Spec) { s.Vision = &models.Vision{PrefixTokens: -1, Resize: [2]int{2, 3}} }), []string{
			`resize_mode is ""`, `interpolation is ""`, "crop is [0 0]", "grid is [0 0]", "std[2] is 0", "prefix_tokens is -1",
		}},
		{"unequal shorter", vision(func(s *models.Spec) { s.Vision.Resize = [2]int{2, 3} }), []string{"want two equal numbers"}},
		{"version", text(func(s *models.Spec) { s.Version = 9 }), []string{"version is 9, want 1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.spec.Validate()
			if len(tc.want) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, tc.want...)
		})
	}
}

// encoder makes s that of a BERT without a classifier.
func encoder(s *models.Spec) {
	s.Family, s.Logits, s.Labels = models.FamilyBERT, "", nil
	s.Inputs = append(s.Inputs, models.Input{Name: models.TokenTypeIDs, DType: "int64", Shape: []any{"batch", "sequence"}})
}

func TestReadSpec(t *testing.T) {
	good := mustJSON(t, textSpec(textFolder()))
	for _, tc := range []struct{ name, json, want string }{
		{"unknown key", strings.Replace(good, "{", `{"colour":1,`, 1), `unknown field "colour"`},
		{"newer", `{"version": 2, "colour": 1}`, "format version 2, this program reads 1"},
		{"no version", `{}`, "no version: make the folder"},
		{"tail", good + "{}", ""},
		{"not JSON", "graph", "invalid character"},
		{"faults", `{"version": 1}`, "hooks is empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := models.ReadSpec(strings.NewReader(tc.json))
			wantError(t, err, tc.want)
		})
	}
}

// FuzzReadSpec checks that whatever is read as a Spec survives a round trip.
func FuzzReadSpec(f *testing.F) {
	f.Add([]byte(mustJSON(f, textSpec(textFolder()))))
	f.Add([]byte(mustJSON(f, visionSpec())))
	f.Add([]byte(`{"version":1,"files":{"a":null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := models.ReadSpec(bytes.NewReader(data))
		if err != nil {
			return
		}
		if _, err := models.ReadSpec(strings.NewReader(mustJSON(t, s))); err != nil {
			t.Errorf("a Spec that was read is refused when written again: %v", err)
		}
	})
}

func mustJSON(t testing.TB, s models.Spec) string {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
