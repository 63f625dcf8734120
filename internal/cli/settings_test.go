package cli_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/internal/native/nativetest"

	"go.yaml.in/yaml/v3"

	"github.com/saego/saego/internal/cli"
)

// set by the programs, so that no user does.
var internalKeys = []string{"passes"}

func TestEverySettingHasAnOption(t *testing.T) {
	keys := append(cli.Keys(cli.Text()), cli.Keys(cli.Vision())...)
	options := cli.Options()
	for _, key := range keys {
		if !slices.Contains(options, key) && !slices.Contains(internalKeys, key) {
			t.Errorf("%s has no line in groups", key)
		}
	}
	for i, key := range options {
		if !slices.Contains(keys, key) {
			t.Errorf("groups have %s, which is no setting", key)
		}
		if slices.Contains(options[:i], key) {
			t.Errorf("groups have %s twice", key)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, p := range programs {
		for _, command := range []string{"train", "eval", "extract"} {
			out := p.must(t, command, "--help").stdout
			for _, title := range []string{"\nUsage:", "\nCommand:", "\nRun:", "\nRows:", "\nData set:", "\nMachine:"} {
				if !strings.Contains(out, title) {
					t.Errorf("%s %s --help has no %q", p.name, command, title)
				}
			}
			for line := range strings.Lines(out) {
				if len([]rune(line)) > 101 {
					t.Errorf("%s %s --help: longer than 100 columns: %s", p.name, command, line)
				}
			}
		}
		if !strings.Contains(p.must(t, "train", "--help").stdout, "--training-tokens") {
			t.Error("--help does not show --training-tokens")
		}
	}
}

// config runs eight steps and returns the config.yaml that they leave.
func (p program) config(t *testing.T, args ...string) map[string]any {
	t.Helper()
	output := filepath.Join(t.TempDir(), "run")
	p.must(t, p.small(t, output, args...)...)
	var c map[string]any
	if err := yaml.Unmarshal([]byte(read(t, output, "config.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLaterLayersWin(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			yaml := file(t, "run.yaml", "preset: guide\nlr: 0.5\nl1_coefficient: 3\ncontext_size: 16\n")
			if p.name == "vision-sae" {
				yaml = file(t, "run.yaml", "preset: guide\nlr: 0.5\nl1_coefficient: 3\n")
			}
			c := p.config(t, "--config", yaml, "--l1-coefficient", "2")
			for key, want := range map[string]any{
				"adam_beta1": 0.9, "mix_fraction": 0.5, // defaults
				"architecture": "standard", "lr_warm_up_steps": 1000, // the preset
				"lr":             0.5, // the file
				"l1_coefficient": 2,   // the flag
			} {
				if c[key] != want {
					t.Errorf("%s is %v, want %v", key, c[key], want)
				}
			}
			if c := p.config(t, "--config", yaml, "--preset", "demo"); c["preset"] != "demo" || c["architecture"] != "topk" {
				t.Errorf("--preset does not win over that of the file: %v", c["preset"])
			}
		})
	}
}

func TestGuideWarnsOfItsWarmUp(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		args := p.small(t, filepath.Join(t.TempDir(), "run"), "--preset", "guide")
		if p.name == "classifier-sae" {
			args = append(args, "--context-size", "16") // the tiny model takes 32
		}
		r := p.must(t, args...)
		if want := "warning: lr_warm_up_steps is 1000, the run has 8 steps"; !strings.Contains(r.stderr, want) {
			t.Errorf("no %q in %s", want, r.stderr)
		}
	}
}

func TestConfigOfARunRunsAgain(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			root := t.TempDir()
			first, again := filepath.Join(root, "first"), filepath.Join(root, "again")
			p.must(t, p.small(t, first)...)
			p.must(t, "train", "--config", filepath.Join(first, "config.yaml"), "--output", again)
			if read(t, first, "sae/sae_weights.safetensors") != read(t, again, "sae/sae_weights.safetensors") {
				t.Error("the config of a run gives other weights")
			}
			config := strings.ReplaceAll(read(t, first, "config.yaml"), first, again)
			if got := read(t, again, "config.yaml"); got != config {
				t.Errorf("config.yaml is\n%s\nwant\n%s", got, config)
			}
		})
	}
}
