package train_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// checkpointFiles are the files of a checkpoint, by name.
type checkpointFiles map[string][]byte

// keptRun trains some steps of the plan with most in it and returns what it kept last.
func keptRun(t testing.TB, cfg sae.Config, p plan, steps int) checkpointFiles {
	t.Helper()
	cfg.NormalizeActivations = p.normalization
	c := short(12)
	p.change(&c)
	m, err := sae.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	files := checkpointFiles{}
	var tr *train.Trainer
	tr = trainer(t, m, c, train.Hooks{Step: func(i train.StepInfo) {
		if i.Step != steps {
			return
		}
		dir := t.TempDir()
		if err := tr.Save(dir, nil); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = data
		}
	}})
	if _, err := tr.Run(t.Context(), stream{0, new(int)}); err != nil {
		t.Fatal(err)
	}
	return files
}

// resume writes the files and resumes from them.
func (f checkpointFiles) resume(t testing.TB, cfg sae.Config, c train.Config) (*train.Trainer, error) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range f {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m, err := sae.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return train.Resume(dir, m, c, train.Hooks{})
}

// kept is a checkpoint in the first steps of a whitened run, batches held back
// included, and its configuration.
func kept(t testing.TB) (checkpointFiles, sae.Config, train.Config) {
	t.Helper()
	cfg := sae.DefaultConfig()
	cfg.Architecture, cfg.DIn, cfg.DSAE, cfg.K, cfg.Seed = sae.BatchTopK, width, 20, 3, 1
	p := plans[2]
	c := short(12)
	p.change(&c)
	files := keptRun(t, cfg, p, 2)
	cfg.NormalizeActivations = p.normalization
	return files, cfg, c
}

func TestResumeRefuses(t *testing.T) {
	files, cfg, c := kept(t)
	if _, err := files.resume(t, cfg, c); err != nil {
		t.Fatal(err)
	}
	wide := cfg
	wide.DSAE = 24
	other, later := keptRun(t, wide, plans[2], 2), keptRun(t, cfg, plans[2], 3)
	for _, r := range []refusal{
		{"another setting of the trainer", func(_ checkpointFiles, _ *sae.Config, c *train.Config) {
			c.LR, c.LRWarmUpSteps = 0.25, 7
		}, []string{"trainer_state.json: lr is 0.25, but was 0.0003 when it was written", "lr_warm_up_steps is 7, but was"}},
		{
			"another setting of the SAE", func(_ checkpointFiles, s *sae.Config, _ *train.Config) { s.K, s.DSAE = 4, 24 },
			[]string{"k is 4, but was 3", "d_sae is 24, but was 20"},
		},
		{"another version", func(f checkpointFiles, _ *sae.Config, _ *train.Config) {
			f.replace("trainer_state.json", `"version": 1`, `"version": 2`)
		}, []string{`trainer_state.json: format is "saego trainer state" 2, this program reads "saego trainer state" 1`}},
		{"an unknown key", func(f checkpointFiles, _ *sae.Config, _ *train.Config) {
			f.replace("trainer_state.json", `"version"`, `"beta": 0, "version"`)
		}, []string{`trainer_state.json: damaged: json: unknown field "beta"`}},
		{"steps that do not add up", func(f checkpointFiles, _ *sae.Config, _ *train.Config) {
			f.replace("trainer_state.json", `"n_training_samples": 16`, `"n_training_samples": 17`)
		}, []string{"n_training_samples is 17 after 2 batches of 8"}},
		{"held batches without end", func(f checkpointFiles, _ *sae.Config, _ *train.Config) {
			f.replace("trainer_state.json", `"n_held_batches": 10`, `"n_held_batches": 1000000000`)
		}, []string{"n_held_batches is 1000000000"}},
		{"arrays of another shape", func(f checkpointFiles, _ *sae.Config, _ *train.Config) {
			f["trainer_state.safetensors"] = other["trainer_state.safetensors"]
		}, []string{"trainer_state.safetensors: ", "shape is [24", "want [20"}},
		{"weights of another shape", func(f checkpointFiles, _ *sae.Config, _ *train.Config) {
			f["sae_weights.safetensors"] = other["sae_weights.safetensors"]
		}, []string{"sae_weights.safetensors: W_enc: shape is [8 24], want [8 20]"}},
		{"arrays of another step", func(f checkpointFiles, _ *sae.Config, _ *train.Config) {
			maps.Copy(f, later)
			f["trainer_state.json"] = bytes.ReplaceAll(f["trainer_state.json"], []byte(`"n_training_steps": 3`), []byte(`"n_training_steps": 2`))
			f.replace("trainer_state.json", `"n_training_samples": 24`, `"n_training_samples": 16`)
			f.replace("trainer_state.json", `"n_frac_active_samples": 24`, `"n_frac_active_samples": 16`)
			f.replace("trainer_state.json", `"adam_step": 3`, `"adam_step": 2`)
		}, []string{"trainer_state.safetensors: it is of step 3", "do not belong together"}},
		{"a scaler that is none", func(f checkpointFiles, _ *sae.Config, _ *train.Config) {
			f["activation_scaler.json"] = []byte(`{"scaling_factor": -1, "has_whitening": false}`)
		}, []string{"activation_scaler.json: damaged: a scaling factor of -1"}},
		{"no safetensors", func(f checkpointFiles, _ *sae.Config, _ *train.Config) {
			f["sae_weights.safetensors"] = []byte("PK\x03\x04 and a zip archive it is")
		}, []string{"sae_weights.safetensors: damaged, or no safetensors file"}},
		{"a tensor too many", func(f checkpointFiles, _ *sae.Config, _ *train.Config) {
			f["sae_weights.safetensors"] = f["activation_whitening.safetensors"]
		}, []string{"sae_weights.safetensors: no tensor W_enc"}},
	} {
		t.Run(r.name, func(t *testing.T) { r.test(t, maps.Clone(files), cfg, c) })
	}
}

// refusal is a change behind which a checkpoint does not fit, and what the error says.
type refusal struct {
	name   string
	change func(checkpointFiles, *sae.Config, *train.Config)
	want   []string
}

func (r refusal) test(t *testing.T, f checkpointFiles, s sae.Config, c train.Config) {
	r.change(f, &s, &c)
	_, err := f.resume(t, s, c)
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range append(r.want, "train: resume ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error is %q, want %q in it", err, w)
		}
	}
}

// replace panics where there is nothing to replace: then the test means something else.
func (f checkpointFiles) replace(name, old, by string) {
	if bytes.Count(f[name], []byte(old)) != 1 {
		panic(name + " has not one " + old)
	}
	f[name] = bytes.Replace(f[name], []byte(old), []byte(by), 1)
}

// TestResumeRefusesTruncatedFiles cuts each file at several places, and leaves it out.
func TestResumeRefusesTruncatedFiles(t *testing.T) {
	files, cfg, c := kept(t)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool {
		return name == "cfg.json" || name == "sparsity.safetensors" // for others to read
	})
	if len(names) != 5 {
		t.Fatalf("files that are read: %q, want 5", names)
	}
	for _, name := range names {
		data := files[name]
		for _, n := range []int{-1, 0, 7, 8, 50, len(data) / 2, len(data) - 2} {
			f := maps.Clone(files)
			if f[name] = data[:max(n, 0)]; n < 0 {
				delete(f, name)
			}
			_, err := f.resume(t, cfg, c)
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s cut to %d of %d bytes: error is %v, want one that names it", name, n, len(data), err)
			}
		}
	}
}

func TestSaveRefuses(t *testing.T) {
	tr := trainer(t, model(t, sae.TopK), short(4), train.Hooks{})
	if err := tr.Save(t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "no whole step") {
		t.Errorf("before the first step: error is %v", err)
	}
}

// FuzzResume damages each file of a checkpoint in turn: what is read is refused or can be
// gone on with, and nothing panics.
func FuzzResume(f *testing.F) {
	files, cfg, c := kept(f)
	names := slices.Sorted(maps.Keys(files))
	for i, name := range names {
		data := files[name]
		f.Add(i, data)
		f.Add(i, data[:len(data)/2])
		f.Add(i, []byte{})
	}
	f.Fuzz(func(t *testing.T, file int, data []byte) {
		damaged := maps.Clone(files)
		damaged[names[uint(file)%uint(len(names))]] = data
		tr, err := damaged.resume(t, cfg, c)
		if err == nil {
			_, _ = tr.Run(t.Context(), stream{12, new(int)})
		}
	})
}
