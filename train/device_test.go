package train_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/cuda/cudatest"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// TestCheckpointMoves goes on on a card with what the processor began, and back: what
// comes of it is what the processor makes alone.
func TestCheckpointMoves(t *testing.T) {
	cudatest.Each(t, func(t *testing.T, e *cuda.Engine) {
		const steps = 12
		alone := model(t, sae.TopK)
		if _, err := trainer(t, alone, short(steps), train.Hooks{}).Run(t.Context(), source(steps)); err != nil {
			t.Fatal(err)
		}
		all, dir := source(steps).rows, ""
		var m *sae.Model
		for part, where := range []sae.Engine{nil, e, nil} {
			m = model(t, sae.TopK)
			if err := m.To(where); err != nil {
				t.Fatal(err)
			}
			from, to := part*steps/3, (part+1)*steps/3
			dir = goOn(t, m, dir, short(steps), batches{dIn, batch, all[from*batch*dIn : to*batch*dIn]})
		}
		for i, p := range m.Params() {
			for k, v := range alone.Params()[i].Data {
				if math.Abs(float64(p.Data[k]-v)) > 1e-5 {
					t.Fatalf("%s: value %d is %g, alone %g", p.Name, k, p.Data[k], v)
				}
			}
		}
	})
}

// goOn trains from the checkpoint dir, "" for the start, to the end of src, and returns
// the checkpoint that it writes there.
func goOn(t *testing.T, m *sae.Model, dir string, c train.Config, src batches) string {
	t.Helper()
	tr := trainer(t, m, c, train.Hooks{})
	if dir != "" {
		var err error
		if tr, err = train.Resume(dir, m, c, train.Hooks{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tr.Run(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "checkpoint")
	if err := os.Mkdir(to, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := tr.Save(to, sae.Provenance{}); err != nil {
		t.Fatal(err)
	}
	return to
}
