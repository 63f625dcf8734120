package train_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// planted returns unit atoms (n, d) and rows, each a sum of active atoms with
// weights from 1 to 2.
func planted(n, d, active, rows int) (atoms, x []float32) {
	rng := rand.New(rand.NewPCG(3, 4))
	atoms, x = normal(n*d, 5), make([]float32, rows*d)
	for atom := range slices.Chunk(atoms, d) {
		var s float64
		for _, v := range atom {
			s += float64(v) * float64(v)
		}
		for k := range atom {
			atom[k] /= float32(math.Sqrt(s))
		}
	}
	for row := range slices.Chunk(x, d) {
		for _, a := range rng.Perm(n)[:active] {
			w := 1 + rng.Float32()
			for k := range row {
				row[k] += w * atoms[a*d+k]
			}
		}
	}
	return atoms, x
}

// recovered returns the share of atoms to which a decoder row has a cosine above
// 0.9.
func recovered(m *sae.Model, atoms []float32, d int) float64 {
	norms, found := m.DecoderNorms(), 0
	wDec := m.Params()[1].Data
	for atom := range slices.Chunk(atoms, d) {
		for j, n := range norms {
			var dot float32
			for k, v := range atom {
				dot += v * wDec[j*d+k]
			}
			if dot > 0.9*n && n > 0 {
				found++
				break
			}
		}
	}
	return float64(found*d) / float64(len(atoms))
}

// TestPlantedFeatures plants 64 atoms in 32 dimensions, four to a row.
func TestPlantedFeatures(t *testing.T) {
	const d, n, steps, size = 32, 64, 600, 128
	atoms, x := planted(n, d, 4, steps*size)
	for _, tt := range []struct {
		architecture string
		l1           float64
	}{{sae.TopK, 0}, {sae.Standard, 0.3}} {
		t.Run(tt.architecture, func(t *testing.T) {
			cfg := sae.DefaultConfig()
			cfg.Architecture, cfg.DIn, cfg.DSAE, cfg.K, cfg.L1Coefficient = tt.architecture, d, 2*n, 4, tt.l1
			m, err := sae.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			c := train.DefaultConfig()
			c.TrainBatchSizeSamples, c.TotalTrainingSamples, c.LR = size, steps*size, 3e-3
			if _, err := trainer(t, m, c, train.Hooks{}).Run(t.Context(), batches{d, size, x}); err != nil {
				t.Fatal(err)
			}
			share := recovered(m, atoms, d)
			t.Logf("%.0f %% of the atoms", 100*share)
			if share < 0.9 {
				t.Errorf("found %.0f %% of the atoms, want at least 90", 100*share)
			}
		})
	}
}
