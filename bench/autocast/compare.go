package main

import (
	"context"
	"fmt"
	"math"
	"os"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// curve is what is compared of a run. Its JSON is what saelens.py prints.
type curve struct {
	Loss     []float64 `json:"loss"`               // of every step
	Variance float64   `json:"explained_variance"` // of the held-out rows, at the end
	L0       float64   `json:"l0"`                 // likewise
}

// end is the mean loss of the last tenth of the steps.
func (c curve) end() float64 { return mean(c.Loss[len(c.Loss)-len(c.Loss)/10:]) }

// compare trains one architecture in all ways and prints what came of it.
func compare(ctx context.Context, o options, d rows, cfg sae.Config) error {
	exact, half := make([]curve, o.seeds), make([]curve, o.seeds)
	for i := range o.seeds {
		var err error
		cfg.Seed = uint64(i)
		if exact[i], err = trained(ctx, o, d, cfg, false); err != nil {
			return err
		}
		if half[i], err = trained(ctx, o, d, cfg, true); err != nil {
			return err
		}
	}
	cfg.Seed = 0
	fmt.Printf("\n%s\n\n", cfg.Architecture)
	printPair("saego", exact[0], "bf16", half[0])
	printSeeds(exact, half)
	if o.python == "" {
		return nil
	}
	if _, err := os.Stat(o.python); err != nil {
		fmt.Fprintln(os.Stderr, "note: no sae-lens, which make parity installs:", err)
		return nil
	}
	theirs, err := saeLens(ctx, o, d, cfg, false)
	if err != nil {
		return err
	}
	theirHalf, err := saeLens(ctx, o, d, cfg, true)
	if err != nil {
		return err
	}
	printPair("sae-lens", theirs, "bf16", theirHalf)
	printPair("saego", exact[0], "sae-lens", theirs)
	return nil
}

// trained trains a new SAE.
func trained(ctx context.Context, o options, d rows, cfg sae.Config, autocast bool) (curve, error) {
	m, err := sae.New(cfg)
	if err != nil {
		return curve{}, err
	}
	var c curve
	t := trainer(o)
	t.Autocast = autocast
	tr, err := train.New(m, t, train.Hooks{Step: func(i train.StepInfo) { c.Loss = append(c.Loss, i.Loss) }})
	if err != nil {
		return c, err
	}
	state, err := tr.Run(ctx, source{d.train, d.dIn, o.batch})
	if err != nil {
		return c, err
	}
	e, err := train.Evaluate(ctx, state.Inference(), source{d.held, d.dIn, 4096})
	c.Variance, c.L0 = e.ExplainedVariance, e.L0
	return c, err
}

// printPair prints two runs from the same weights on the same rows: losses at some
// steps, the difference of all of them, and how the SAEs ended.
func printPair(name string, a curve, other string, b curve) {
	n := len(a.Loss)
	fmt.Printf("  %-24s %10s %12s %12s\n", name+" | "+other, "float32", other, "difference")
	relative := func(name string, x, y float64) {
		fmt.Printf("  %-24s %10.4f %12.4f %+11.3f%%\n", name, x, y, 100*(y-x)/x)
	}
	for _, step := range []int{1, 10, n / 16, n / 8, n / 4, n / 2, n} {
		relative(fmt.Sprintf("loss at step %d", step), a.Loss[step-1], b.Loss[step-1])
	}
	relative("loss, last tenth", a.end(), b.end())
	average, worst := 0.0, 0.0
	for i, x := range a.Loss {
		d := math.Abs(b.Loss[i]-x) / x
		average, worst = average+d/float64(n), max(worst, d)
	}
	fmt.Printf("  all steps, |difference|: average %.3f%%, largest %.3f%%\n", 100*average, 100*worst)
	fmt.Printf("  %-24s %10.4f %12.4f %+11.4f\n", "explained variance", a.Variance, b.Variance, b.Variance-a.Variance)
	fmt.Printf("  %-24s %10.2f %12.2f\n\n", "L0", a.L0, b.L0)
}

// printSeeds prints how runs of several seeds ended: mean and standard deviation over
// seeds, and of the difference that bf16 makes to each.
func printSeeds(exact, half []curve) {
	fmt.Printf("  saego, %d seeds %30s %19s %19s\n", len(exact), "float32", "bf16", "difference")
	line := func(name string, of func(curve) float64) {
		x, y, d := make([]float64, len(exact)), make([]float64, len(exact)), make([]float64, len(exact))
		for i := range exact {
			x[i], y[i] = of(exact[i]), of(half[i])
			d[i] = y[i] - x[i]
		}
		fmt.Printf("  %-24s %9.4f ± %6.4f  %9.4f ± %6.4f  %+9.4f ± %6.4f\n", name, mean(x), deviation(x), mean(y), deviation(y), mean(d), deviation(d))
	}
	line("loss, last tenth", curve.end)
	line("explained variance", func(c curve) float64 { return c.Variance })
	fmt.Println()
}

func mean(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// deviation is the standard deviation of a sample.
func deviation(x []float64) float64 {
	m, s := mean(x), 0.0
	for _, v := range x {
		s += (v - m) * (v - m)
	}
	return math.Sqrt(s / float64(max(len(x)-1, 1)))
}
