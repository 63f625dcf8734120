package train_test

import (
	"slices"
	"testing"
	"time"

	"github.com/saego/saego/internal/planted"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// TestPlantedFeatures: each architecture that can be trained finds a dictionary that is
// known. planted.Cases has the settings.
func TestPlantedFeatures(t *testing.T) {
	c := planted.Default()
	data, cases := planted.New(c), planted.Cases(c)
	var names []string
	for _, tt := range cases {
		names = append(names, tt.SAE.Architecture)
		t.Run(tt.SAE.Architecture, func(t *testing.T) {
			start := time.Now()
			m, err := sae.New(tt.SAE)
			if err != nil {
				t.Fatal(err)
			}
			rows := data.Source(0, c.Rows-planted.Held, tt.Train.TrainBatchSizeSamples)
			state, err := trainer(t, m, tt.Train, train.Hooks{}).Run(t.Context(), rows)
			if err != nil {
				t.Fatal(err)
			}
			share := data.Recovered(state.Inference())
			t.Logf("%.1f %% of the atoms in %.1f s", 100*share, time.Since(start).Seconds())
			if share < 0.95 {
				t.Errorf("found %.1f %% of the atoms, want at least 95", 100*share)
			}
		})
	}
	slices.Sort(names)
	if want := sae.Trainable(); !slices.Equal(names, want) {
		t.Errorf("there are cases for %v, want one for each of %v", names, want)
	}
}
