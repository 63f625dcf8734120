package cli_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/saego/saego/internal/cli"
)

func TestMemoryWarning(t *testing.T) {
	c := cli.DefaultConfig()
	c.SAE.DIn, c.SAE.DSAE = 768, 1<<16
	c.Buffer.BatchSize = c.Train.TrainBatchSizeSamples
	if w := cli.MemoryWarning(&c, 0); w != "" {
		t.Errorf("%q where nothing is known", w)
	}
	if w := cli.MemoryWarning(&c, 64<<30); w != "" {
		t.Errorf("%q with 64 GiB", w)
	}
	w := cli.MemoryWarning(&c, 1<<30)
	for _, want := range []string{"1.0 GiB are available", "d_sae", "buffer_size"} {
		if !strings.Contains(w, want) {
			t.Errorf("no %q in %q", want, w)
		}
	}
}

// Each batch of grouped texts that is held, or read ahead, counts.
func TestMemoryOfTexts(t *testing.T) {
	memory := func(flags ...string) int {
		k := cli.Text()
		c := k.Config()
		c.SAE.DIn, c.SAE.DSAE, c.Buffer.BatchSize = 768, 6144, c.Train.TrainBatchSizeSamples
		if err := yaml.Unmarshal([]byte("context_size: 256\n"+strings.Join(flags, "\n")), k.Settings()); err != nil {
			t.Fatal(err)
		}
		return cli.MemoryOf(k)
	}
	const text = 256 * (768*4 + 16)
	plain := memory("group_by_length: 0")
	if got, want := memory()-plain, 7*8*text; got != want {
		t.Errorf("grouping takes %d bytes, want %d", got, want)
	}
	if got, want := memory("pad_to_context: true"), plain; got != want {
		t.Errorf("%d bytes where nothing is grouped, want %d", got, want)
	}
	if got, want := memory("prefetch: 2")-memory(), 2*(8*8*text+8*256*768*4); got != want {
		t.Errorf("reading ahead takes %d bytes, want %d", got, want)
	}
}

func TestAvailableMemory(t *testing.T) {
	path := file(t, "meminfo", "MemTotal:       24736808 kB\nMemAvailable:   23068672 kB\n")
	if got, want := cli.FromMeminfo(path), 22<<30; got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
	for _, path := range []string{file(t, "meminfo", "MemTotal: 5 kB\n"), "absent"} {
		if got := cli.FromMeminfo(path); got != 0 {
			t.Errorf("%d bytes, want 0", got)
		}
	}
}
