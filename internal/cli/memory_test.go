package cli_test

import (
	"strings"
	"testing"

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
