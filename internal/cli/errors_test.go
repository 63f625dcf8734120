package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/native/nativetest"
)

// mistake is a call that fails.
type mistake struct {
	name string
	args []string // behind those of a run that works
	code int
	want []string // parts of the line on stderr
}

// mistakes are those that both programs know. used is a folder that holds something else.
func (p program) mistakes(t *testing.T, used string) []mistake {
	noGraph := filepath.Join(t.TempDir(), "model")
	write(t, filepath.Join(noGraph, "model.json"), read(t, p.model, "model.json"))
	wrongYAML := file(t, "run.yaml", "k: 4\nfoo: 1\npasses: 3\n")
	notAFile := filepath.Join(t.TempDir(), "nowhere")
	return []mistake{
		{"no model", []string{"--model", notAFile}, 1, []string{notAFile, "no such folder", "export_onnx.py"}},
		{"no model.json", []string{"--model", t.TempDir()}, 1, []string{"no model.json", "export_onnx.py"}},
		{"no graph", []string{"--model", noGraph}, 1, []string{"no model.onnx", "export_onnx.py"}},
		{"the other program's model", []string{"--model", p.otherModel}, 1, []string{"use " + p.other}},
		{"wrong hook", []string{"--hook", "layer.7"}, 1, []string{`"layer.7"`, p.hook + ", " + p.nan}},
		{"no data", []string{"--data", notAFile}, 1, []string{notAFile, "no such"}},
		{"no data in a folder", []string{"--data", t.TempDir()}, 1, []string{"no ", "want"}},
		{"NaN", []string{"--hook", p.nan}, 1, []string{p.nan, "NaN or Inf in the model's output"}},
		{"NaN in training", []string{"--hook", p.nan, "--held-out-fraction", "0"}, 1, []string{p.nan, "NaN or Inf in the model's output"}},
		{"output below a file", []string{"--output", filepath.Join(wrongYAML, "a", "run")}, 1, []string{"output", "not a directory", "name a folder"}},
		{"output in use", []string{"--output", used}, 1, []string{used, "not empty"}},
		{"output is no run", []string{"--output", used, "--overwrite"}, 1, []string{used, "no run"}},
		{"no ONNX Runtime", []string{"--onnxruntime-lib", notAFile}, 1, []string{notAFile, "want version", "make deps"}},
		{"unknown flag", []string{"--colour", "red"}, 2, []string{"--colour"}},
		{"wrong value", []string{"--k", "many"}, 2, []string{"--k", "want a number"}},
		{"unknown keys", []string{"--config", wrongYAML}, 2, []string{"no setting foo", "no setting passes"}},
		{"YAML that is none", []string{"--config", file(t, "list.yaml", "[1, 2]")}, 2, []string{"one setting per line"}},
		{"no YAML", []string{"--config", notAFile}, 2, []string{notAFile, "no such file"}},
		{"unknown preset", []string{"--preset", "fast"}, 2, []string{`"fast"`, "demo or guide"}},
		{
			"bad values",
			[]string{"--k", "0", "--lr", "-1", "--mix-fraction", "7", "--held-out-fraction", "1", "--provider", "tpu"},
			2,
			[]string{"k is 0", "lr is -1", "mix_fraction is 7", "held_out_fraction is 1", `provider is "tpu"`, "; "},
		},
		{"TensorFloat-32 of the processor", []string{"--precision", "tf32"}, 2, []string{"precision is tf32", "take provider cuda"}},
		{"devices of the processor", []string{"--device-ids", "0,1"}, 2, []string{"device_ids is [0 1]", "provider cpu has no devices"}},
		{"unknown arena", []string{"--gpu-arena", "small"}, 2, []string{`gpu_arena is "small"`, "power_of_two"}},
		{"no batch", []string{"--train-batch-size-samples", "0"}, 2, []string{"train_batch_size_samples is 0"}},
		{"an argument", []string{"extra"}, 2, []string{"takes no argument"}},
	}
}

func ofTexts(t *testing.T) []mistake {
	empty := file(t, "empty.jsonl", "")
	return []mistake{
		{"empty file", []string{"--data", empty}, 1, []string{"no rows", "the dataset is empty"}},
		{"empty file, no evaluation", []string{"--data", empty, "--held-out-fraction", "0"}, 1, []string{"the dataset is empty"}},
		{"texts without a token", []string{"--data", file(t, "a.jsonl", "{\"text\": \"\"}\n"), "--held-out-fraction", "0"}, 1, []string{"no text has a token"}},
		{"no rows", []string{"--data", file(t, "a.jsonl", "{\"text\": \"a\"}\n"), "--held-out-fraction", "0"}, 1, []string{"no rows", "exclude_first_position"}},
		{"context too long", []string{"--context-size", "4000"}, 2, []string{"context_size is 4000", "at most 32"}},
	}
}

func ofPictures(t *testing.T) []mistake {
	none, corrupt := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(none, "cats"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(corrupt, "cats", "1.png"), "no picture")
	write(t, filepath.Join(corrupt, "cats", "2.jpg"), "no picture")
	return []mistake{
		{"empty folder", []string{"--data", none}, 1, []string{"no picture for class cats"}},
		{"corrupt pictures", []string{"--data", corrupt, "--held-out-fraction", "0"}, 1, []string{"no picture could be read"}},
		{"no class token", []string{"--rows", "cls"}, 1, []string{"no class token"}},
		{"unknown rows", []string{"--rows", "some"}, 2, []string{`rows is "some"`}},
	}
}

func TestMistakes(t *testing.T) {
	nativetest.RequireORT(t)
	own := map[string]func(*testing.T) []mistake{"classifier-sae": ofTexts, "vision-sae": ofPictures}
	for _, p := range programs {
		used := t.TempDir()
		write(t, filepath.Join(used, "thesis.tex"), "")
		for _, m := range append(p.mistakes(t, used), own[p.name](t)...) {
			t.Run(p.name+"/"+m.name, func(t *testing.T) {
				root := t.TempDir()
				r := p.call(t.Context(), nil, p.small(t, filepath.Join(root, "a", "run"), m.args...)...)
				checkMistake(t, p, r, m)
				if left, _ := os.ReadDir(root); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
				if left := files(t, used); len(left) != 1 {
					t.Errorf("changed a folder that is not its own: %v", left)
				}
			})
		}
	}
}

func checkMistake(t *testing.T, p program, r result, m mistake) {
	t.Helper()
	if r.code != m.code {
		t.Errorf("exit code %d, want %d", r.code, m.code)
	}
	if r.stdout != "" {
		t.Errorf("stdout has %q", r.stdout)
	}
	line := r.lastLine()
	for _, part := range append(m.want, p.name+": ") {
		if !strings.Contains(line, part) {
			t.Errorf("no %q in %q", part, line)
		}
	}
	for other := range strings.Lines(strings.TrimSuffix(r.stderr, line+"\n")) {
		if !strings.HasPrefix(other, "warning: ") && !strings.HasPrefix(other, "level=WARN ") {
			t.Errorf("more than one line: %q", other)
		}
	}
}

// TestMissingFlags calls with less than a run needs.
func TestMissingFlags(t *testing.T) {
	for _, p := range programs {
		for _, m := range []mistake{
			{"train", []string{"train"}, 2, []string{"--model is missing", "--data is missing", "--hook is missing", "--output is missing"}},
			{"eval", []string{"eval"}, 2, []string{"--run or --sae is missing"}},
			{"no run", []string{"eval", "--run", t.TempDir()}, 1, []string{"no config.yaml", "name the folder of a run"}},
			{"no SAE", []string{"eval", "--sae", t.TempDir(), "--model", p.model, "--data", "x", "--hook", p.hook}, 1, []string{"no cfg.json"}},
			{"no such command", []string{"frobnicate"}, 2, []string{`no command "frobnicate"`}},
		} {
			checkMistake(t, p, p.call(t.Context(), nil, m.args...), m)
		}
	}
}

// TestSkippedPicturesAreReported trains on pictures of which one is corrupt.
func TestSkippedPicturesAreReported(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[1]
	data := p.data(t)
	write(t, filepath.Join(data, "a", "broken.png"), "no picture")
	r := p.must(t, p.small(t, filepath.Join(t.TempDir(), "run"), "--data", data, "--held-out-fraction", "0")...)
	if !strings.Contains(r.stderr, "broken.png") || !strings.Contains(r.row("dropped"), "unreadable picture") {
		t.Errorf("the corrupt picture is not reported: %s%s", r.stderr, r.stdout)
	}
}
