package train_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// TestResample: a dead latent starts anew along the row with the largest loss, and only
// where the architecture's own loss does not reach it.
func TestResample(t *testing.T) {
	const dead, loud = 3, 5
	for _, cfg := range trainable(t) {
		cfg.AuxLossCoefficient = 1
		t.Run(cfg.Architecture, func(t *testing.T) {
			m, err := sae.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			kill(m, dead)
			x, y := slices.Clone(streamRows[:8*batch*width]), slices.Clone(streamTargets[:8*batch*dOut])
			for i := range 8 { // that of a row is squared twice: no other has a chance
				for k := range width {
					x[(i*batch+loud)*width+k] *= 100
				}
				for k := range dOut {
					y[(i*batch+loud)*dOut+k] *= 100
				}
			}
			c := short(8)
			c.DeadFeatureMethod, c.DeadFeatureWindow, c.LR = train.DeadResample, 1, 1e-9
			row := x[(batch+loud)*width:][:width]
			after := row
			if cfg.DOut > 0 {
				after = y[(batch+loud)*dOut:][:dOut]
			}
			hooks := train.Hooks{Step: func(i train.StepInfo) {
				if i.Step == 2 { // the first after which it is known to be dead
					wEnc, wDec := latent(m, "W_enc", dead), latent(m, "W_dec", dead)
					anew := cosine(wEnc, row) > 0.999 && cosine(wDec, after) > 0.999
					if want := !m.Revives(); anew != want {
						t.Fatalf("cosines with the row are %g and %g; resampled: want %v", cosine(wEnc, row), cosine(wDec, after), want)
					} else if !want {
						return
					}
					near(t, "norm of the encoder", norm(wEnc), 0.2*norm(latent(m, "W_enc", 0)))
					near(t, "norm of the decoder", norm(wDec), norm(latent(m, "W_dec", 0)))
					for name, want := range map[string]float64{"b_enc": 0, "b_gate": 0, "b_mag": 0, "threshold": cfg.JumpReLUInitThreshold} {
						if p, ok := m.Param(name); ok {
							near(t, name, float64(p.Data[dead]), want)
						}
					}
					if i.Dead != 0 {
						t.Errorf("%d latents are dead, want 0", i.Dead)
					}
				}
			}}
			if _, err := trainer(t, m, c, hooks).Run(t.Context(), pairs{x, y}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// latent returns the weights of one.
func latent(m *sae.Model, name string, j int) []float32 {
	p, _ := m.Param(name)
	n := len(p.Data) / m.Config().DSAE
	return p.Data[j*n:][:n]
}

// pairs is a source over rows of [width] values and targets of [dOut] in memory.
type pairs struct{ x, y []float32 }

func (pairs) Info() extract.Info { return stream{}.Info() }

func (p pairs) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for i := range len(p.x) / (batch * width) {
			b := extract.Batch{DIn: width, DOut: dOut, Data: p.x[i*batch*width:][:batch*width], Target: p.y[i*batch*dOut:][:batch*dOut]}
			if !yield(b, nil) {
				return
			}
		}
	}
}

func norm(a []float32) float64 { return math.Sqrt(dot(a, a)) }

func cosine(a, b []float32) float64 { return dot(a, b) / (norm(a) * norm(b)) }

func dot(a, b []float32) float64 {
	var s float64
	for k, v := range a {
		s += float64(v) * float64(b[k])
	}
	return s
}

// TestReviveResumes: a run that revives latents resumes exactly, and does revive some.
func TestReviveResumes(t *testing.T) {
	for _, cfg := range trainable(t) {
		for _, method := range []string{train.DeadAux, train.DeadResample} {
			t.Run(cfg.Architecture+"/"+method, func(t *testing.T) {
				t.Parallel()
				p := plan{"", sae.NormalizeExpectedNorm, func(c *train.Config) {
					c.DeadFeatureMethod, c.DeadFeatureWindow, c.LR = method, 1, 3e-2
				}}
				whole := p.trial(t, cfg)
				whole.root = t.TempDir()
				want := startDead(t, whole)
				for _, m := range whole.marks {
					again := p.trial(t, cfg)
					got := again.resume(m)
					same(t, fmt.Sprintf("from step %d", m.at), again.diary,
						whole.diary.from(m.records, m.infos, m.evaluations, m.scheduled), got, want)
				}
				none := p.trial(t, cfg)
				none.cfg.DeadFeatureMethod = train.DeadNone
				differs := !slices.Equal(latent(startDead(t, none).Model, "W_dec", 3), latent(want.Model, "W_dec", 3))
				if want := acts(method, cfg); differs != want {
					t.Errorf("%s makes a difference: %v, want %v", method, differs, want)
				}
			})
		}
	}
}

// startDead runs r from the beginning with latents that nothing wakes.
func startDead(t *testing.T, r *trial) train.State {
	t.Helper()
	m := r.model()
	kill(m, 3, 4, 12)
	r.trainer = trainer(t, m, r.cfg, r.hooks())
	s, err := r.trainer.Run(t.Context(), stream{0, &r.read})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func kill(m *sae.Model, latents ...int) {
	for _, name := range []string{"b_enc", "b_gate"} {
		if p, ok := m.Param(name); ok {
			for _, j := range latents {
				p.Data[j] = -1000
			}
		}
	}
}

// acts says whether a method does something for a configuration of [trainable].
func acts(method string, c sae.Config) bool {
	l1 := slices.Contains([]string{sae.Standard, sae.Gated, sae.Transcoder, sae.SkipTranscoder}, c.Architecture)
	return l1 || method == train.DeadResample && c.Architecture == sae.JumpReLU
}

func TestAdamForgets(t *testing.T) {
	a := train.Adam{LR: 0.1, Beta1: 0.9, Beta2: 0.999}
	a.Forget(0, 0, 2) // nothing to forget yet
	if err := a.Step([]gorgonia.ValueGrad{pair{[]float32{1, 1, 1}, []float32{1, 2, 3}}}); err != nil {
		t.Fatal(err)
	}
	a.Forget(0, 1, 2)
	if m, v := a.Moments(0); m[1] != 0 || v[1] != 0 || m[0] == 0 || v[2] == 0 {
		t.Errorf("moments are %v and %v, want only those of the value in the middle to be zero", m, v)
	}
}

// pair is a parameter with its gradient.
type pair struct{ value, grad []float32 }

func (p pair) Value() gorgonia.Value { return tensor.New(tensor.WithBacking(p.value)) }

func (p pair) Grad() (gorgonia.Value, error) { return tensor.New(tensor.WithBacking(p.grad)), nil }
