package cli_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saego/saego/internal/cli"
	"github.com/saego/saego/internal/native/nativetest"
)

// swept are the rows of sweep.csv, by column.
func swept(t *testing.T, dir string) (rows []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(read(t, dir, "sweep.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSweepIsItsRuns compares each member with the run that has its settings.
func TestSweepIsItsRuns(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			root := t.TempDir()
			output := filepath.Join(root, "sweep")
			args := p.small(t, output, "--log-every-n-steps", "3", "--dead-feature-window", "2")
			r := p.must(t, append(args, "--sweep", "architecture=topk,batchtopk", "--sweep", "k=8,4", "--sweep", "seed=0,7")...)
			for _, architecture := range []string{"topk", "batchtopk"} {
				for _, k := range []string{"8", "4"} {
					for _, seed := range []string{"0", "7"} {
						name := fmt.Sprintf("architecture=%s,k=%s,seed=%s", architecture, k, seed)
						alone := filepath.Join(root, name)
						p.must(t, in(alone, args, "--architecture", architecture, "--k", k, "--init-seed", seed)...)
						sameRun(t, alone, filepath.Join(output, name))
						config := strings.ReplaceAll(read(t, alone, "config.yaml"), alone, filepath.Join(output, name))
						if got := read(t, output, name, "config.yaml"); got != config {
							t.Errorf("%s: config.yaml is\n%s\nwant\n%s", name, got, config)
						}
					}
				}
			}
			checkTable(t, p, r, output)
		})
	}
}

// checkTable checks what a sweep of eight says in the end.
func checkTable(t *testing.T, p program, r result, output string) {
	t.Helper()
	rows := swept(t, output)
	if len(rows) != 8 {
		t.Fatalf("sweep.csv has %d rows, want 8", len(rows))
	}
	better := func(a, b map[string]string) bool {
		l0, ev := number(t, a["l0"])-number(t, b["l0"]), number(t, a["explained_variance"])-number(t, b["explained_variance"])
		return l0 <= 0 && ev >= 0 && (l0 < 0 || ev > 0)
	}
	front := 0
	for i, row := range rows {
		dominated := slices.ContainsFunc(rows, func(o map[string]string) bool { return better(o, row) })
		if want := strconv.FormatBool(!dominated); row["pareto"] != want {
			t.Errorf("%s: pareto is %s, want %s", row["member"], row["pareto"], want)
		}
		mark := " "
		if !dominated {
			front++
			mark = "*"
		}
		line := fmt.Sprintf("\n%s %s ", mark, row["member"])
		if !strings.Contains(r.stdout, line) {
			t.Errorf("no %q in\n%s", line, r.stdout)
		}
		if i > 0 && number(t, row["l0"]) < number(t, rows[i-1]["l0"]) {
			t.Errorf("%s is out of order", row["member"])
		}
		if row["failed"] != "" || row["d_sae"] == "" || row["num_dead_features"] == "" {
			t.Errorf("the row is %v", row)
		}
	}
	if front == 0 {
		t.Error("nothing is on the front")
	}
	member := filepath.Join(output, rows[0]["member"])
	e := p.must(t, "eval", "--run", member)
	if got, want := e.row("explained variance"), fmt.Sprintf("%.4f", number(t, rows[0]["explained_variance"])); got != want {
		t.Errorf("eval says explained variance %s, the table %s", got, want)
	}
	p.must(t, "export", "--run", member)
	for _, command := range []string{"eval", "export"} {
		if r := p.call(t.Context(), nil, command, "--run", output); r.code != 2 || !strings.Contains(r.lastLine(), "is a sweep: name one of its 8 members") {
			t.Errorf("%s of a sweep: exit code %d, %s", command, r.code, r.stderr)
		}
	}
	if r := p.must(t, "train", "--resume", "--output", output); !strings.Contains(r.stdout, "is finished: the table of its SAEs is ") {
		t.Errorf("a finished sweep says %q", r.stdout)
	}
	if r := p.call(t.Context(), nil, "train", "--resume", "--output", member); r.code != 2 || !strings.Contains(r.lastLine(), "is a member of the sweep "+output) {
		t.Errorf("resuming a member: exit code %d, %s", r.code, r.stderr)
	}
}

// sameSweep compares sweeps of which one was interrupted.
func sameSweep(t *testing.T, whole, cut string) {
	t.Helper()
	rows := swept(t, whole)
	for _, row := range rows {
		if row["failed"] == "" {
			sameRun(t, filepath.Join(whole, row["member"]), filepath.Join(cut, row["member"]))
		}
	}
	if read(t, whole, "sweep.csv") != read(t, cut, "sweep.csv") || len(rows) == 0 {
		t.Error("sweep.csv differs")
	}
}

// longSweep are the flags of a sweep that takes some seconds, of which a member fails on
// the way.
func (p program) longSweep(t *testing.T) []string {
	return p.long(t,
		"--training-tokens", "12800", "--lr-warm-up-steps", "350", "--eval-every-n-steps", "70", "--checkpoint-minutes", "0",
		"--sweep", "architecture=standard,jumprelu", "--sweep", "lr=0.001,3e6")
}

func TestInterruptedSweepEndsWithTheSameBytes(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	args := p.longSweep(t)
	whole, cut := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "cut")
	r := p.must(t, in(whole, args)...)
	lost := filepath.Join(whole, "architecture=standard,lr=3e+06")
	if !strings.Contains(r.stderr, "fails, the others go on: step ") || !strings.Contains(r.stderr, "its last checkpoint is "+filepath.Join(lost, "checkpoints")) {
		t.Fatalf("no member fails behind a checkpoint: %s", r.stderr)
	}
	kept, err := filepath.Glob(filepath.Join(lost, "checkpoints", "*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("the member that failed has %d checkpoints (%v), want its last", len(kept), err)
	}
	p.must(t, "eval", "--run", lost, "--sae", kept[0])
	if !strings.Contains(read(t, lost, "metrics.jsonl"), "losses/overall_loss") {
		t.Error("the log of the member that failed is gone")
	}
	for i := range 3 {
		ctx, cancel := context.WithCancelCause(t.Context())
		r := p.call(ctx, &trigger{fmt.Sprintf("step %d", 20*(3*i+1)), func() { cancel(cli.ErrInterrupted) }}, in(cut, args, "--resume")...)
		cancel(nil)
		if r.code != 130 || !strings.Contains(r.lastLine(), "--resume goes on; the SAEs so far are in "+filepath.Join(cut, "checkpoints")) {
			t.Fatalf("exit code %d, want 130, and a word about --resume: %s", r.code, r.stderr)
		}
	}
	for want, more := range map[string][]string{
		"sweep is k=3,4, the run had architecture=standard,jumprelu lr=0.001,3e6": {"--sweep", "k=3,4"},
		"lr is 0.5, the run had": {"--lr", "0.5"},
	} {
		if r := p.call(t.Context(), nil, append([]string{"train", "--output", cut, "--resume"}, more...)...); r.code != 2 || !strings.Contains(r.lastLine(), want) {
			t.Errorf("exit code %d, %s, want %q", r.code, r.stderr, want)
		}
	}
	p.must(t, "train", "--output", cut, "--resume") // its settings are those of the sweep
	sameSweep(t, whole, cut)
}

// TestKilledSweepEndsWithTheSameBytes kills the real program at moments of its way.
func TestKilledSweepEndsWithTheSameBytes(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	bin, args := p.build(t), p.longSweep(t)
	whole, cut := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "cut")
	start := time.Now()
	if out, err := exec.CommandContext(t.Context(), bin, in(whole, args)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took, resumed := time.Since(start), 0
	for i := range 3 {
		killAfter(t, took*time.Duration(i+2)/6, bin, in(cut, args, "--resume"))
		if checkpoints, _ := os.ReadDir(filepath.Join(cut, "checkpoints")); len(checkpoints) > 0 {
			resumed++
		}
	}
	if out, err := exec.CommandContext(t.Context(), bin, in(cut, args, "--resume")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if resumed == 0 {
		t.Error("no kill came after a checkpoint: make the sweep longer")
	}
	sameSweep(t, whole, cut)
	if left, _ := filepath.Glob(filepath.Join(cut, "*", ".*.tmp-*")); len(left) > 0 {
		t.Errorf("left half written: %v", left)
	}
}

// TestSweepRefusesADamagedCheckpoint spoils a file of one member.
func TestSweepRefusesADamagedCheckpoint(t *testing.T) {
	nativetest.RequireORT(t)
	p, output := programs[0], filepath.Join(t.TempDir(), "run")
	args := in(output, p.longSweep(t), "--resume")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	if r := p.call(ctx, &trigger{"step ", func() { cancel(cli.ErrInterrupted) }}, args...); r.code != 130 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	for _, pattern := range []string{"checkpoints/*/*jumprelu*=0.001/sae_weights.safetensors", "checkpoints/*/*/sae/cfg.json"} {
		files, err := filepath.Glob(filepath.Join(output, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s matches %v (%v)", pattern, files, err)
		}
		whole := read(t, files[0])
		write(t, files[0], whole[:10])
		if r := p.call(t.Context(), nil, args...); r.code != 1 || !strings.Contains(r.lastLine(), "no checkpoint is whole") {
			t.Errorf("exit code %d, %s", r.code, r.stderr)
		}
		write(t, files[0], whole)
	}
}
