package logs_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/saego/saego/internal/logs"
)

func Example() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	warn := func(w string) { fmt.Fprintln(os.Stderr, "warning:", w) }
	l, err := logs.Open(dir, logs.DefaultConfig(), logs.Run{Name: "first"}, warn)
	if err != nil {
		panic(err)
	}
	l.Log(logs.Record{Step: 10, Samples: 40960, Values: map[string]float64{"losses/mse_loss": 0.25}})
	l.Log(logs.Record{Step: 20, Samples: 81920, Values: map[string]float64{"losses/mse_loss": 0.125}})
	l.Log(logs.Record{Step: 20, Samples: 81920, Values: map[string]float64{"eval/sparsity/l0": 32}})
	l.Close(0)
	data, err := os.ReadFile(filepath.Join(dir, "metrics.csv"))
	if err != nil {
		panic(err)
	}
	fmt.Print(string(data))
	// Output:
	// step,n_training_samples,losses/mse_loss,eval/sparsity/l0
	// 10,40960,0.25,
	// 20,81920,0.125,32
}
