package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/models"
)

// fakeEnv makes this program a peer that says how far its rows lie from 1, 2, 3 …
const fakeEnv = "SAEGO_TEST_FAKE_PEER"

func TestMain(m *testing.M) {
	if off := os.Getenv(fakeEnv); off != "" {
		fakePeer(off)
		return
	}
	os.Exit(m.Run())
}

// fakePeer answers as peer.py does, with one row for each example, at ten rows a second.
func fakePeer(off string) {
	var distance float32
	fmt.Sscan(off, &distance)
	n := 0
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var job struct {
			Op, Output, Way             string
			First, Last, Threads, Batch int
		}
		if err := json.Unmarshal(in.Bytes(), &job); err != nil {
			panic(err)
		}
		switch {
		case job.Op == "info":
			fmt.Printf(`{"versions": {"torch": "2"}, "threads": %d}`+"\n", job.Threads)
		case job.Op == "turn":
			n = job.Last - job.First
			fmt.Printf(`{"seconds": %g, "rows": %d, "positions": %d}`+"\n", float64(n)/10, n, 2*n)
		case job.Op == "rows":
			x := rowsOf(n)
			x[n-1] += distance
			data, _ := binary.Append(nil, binary.LittleEndian, x)
			if err := os.WriteFile(job.Output, data, 0o600); err != nil {
				panic(err)
			}
			fmt.Println("{}")
		case job.Op == "open" && job.Way != "lost" && job.Batch > 0:
			fmt.Println("{}")
		default:
			fmt.Println(`{"error": "no such thing"}`)
		}
	}
}

func rowsOf(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i + 1)
	}
	return x
}

// fakeSide gives one row for each example, at forty rows a second.
type fakeSide struct {
	n     int
	turns [][2]int
}

func (s *fakeSide) turn(_ context.Context, from, to int) (turn, error) {
	s.n, s.turns = to-from, append(s.turns, [2]int{from, to})
	return turn{Seconds: float64(s.n) / 40, Rows: s.n, Positions: s.n}, nil
}

func (s *fakeSide) rows() ([]float32, error) { return rowsOf(s.n), nil }

// fake returns a contest whose sides are both made up.
func fake(t *testing.T, off string) (*bench, contest, *fakeSide) {
	t.Setenv(fakeEnv, off)
	side := &fakeSide{}
	b := &bench{Suite: suite.Suite{Work: t.TempDir(), Python: os.Args[0], Only: regexp.MustCompile("")}}
	c := contest{name: "extract/some-vs-guide", ours: ort.Float32, way: guide, peer: ort.Float32}
	c.match = func(context.Context, *bench, contest) (*match, error) {
		return &match{ours: side, close: func() error { return nil }, batch: 2, window: 5, rounds: 3, words: "some rows"}, nil
	}
	return b, c, side
}

func TestPartsHaveTheirNames(t *testing.T) {
	want := []string{"extract/open-gpt2", "extract/vit-vs-guide-end-to-end", "extract/vit-vs-stopped-end-to-end"}
	for _, network := range []string{"extract/gpt2", "extract/vit"} {
		want = append(want, network+"-vs-guide", network+"-vs-stopped", network+"-vs-guide-bf16", network+"-vs-stopped-bf16",
			network+"-int8-vs-guide", network+"-vs-stopped-singly", network+"-vs-batches")
	}
	var got []string
	for _, p := range parts {
		got = append(got, p.Name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("parts are %q, want %q", got, want)
	}
}

func TestCompete(t *testing.T) {
	b, c, side := fake(t, "0.00001")
	entries, err := b.compete(t.Context(), c)
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	e := entries[0]
	if *e.Ours != 40 || *e.Peer != 10 || *e.Ratio != 4 || e.Unit != "rows/s" || e.Runs != 3 {
		t.Errorf("got %+v", e)
	}
	if d := e.Details; math.Abs(d["max_abs"]-1e-5) > 1e-6 || d["positions_per_row"] != 1 || d["peer_positions_per_row"] != 2 {
		t.Errorf("details are %v", d)
	}
	if want := [][2]int{{0, 2}, {0, 5}, {5, 10}, {10, 15}}; !slices.Equal(side.turns, want) {
		t.Errorf("turns are %v, want %v", side.turns, want)
	}
	if b.Machine.Peer == nil || b.Machine.Peer.Threads != threads {
		t.Errorf("the peer is %+v", b.Machine.Peer)
	}
}

// TestBatches compares saego with itself, without a peer.
func TestBatches(t *testing.T) {
	b, c, side := fake(t, "0")
	own := &fakeSide{}
	c.way, b.NoPeers = batches, true
	c.match = func(context.Context, *bench, contest) (*match, error) {
		return &match{ours: side, batches: own, close: func() error { return nil }, batch: 2, window: 5, rounds: 3}, nil
	}
	entries, err := b.compete(t.Context(), c)
	if err != nil || *entries[0].Ratio != 1 || entries[0].Missing != "" || !slices.Equal(side.turns, own.turns) {
		t.Errorf("got %+v, %v; turns %v and %v", entries, err, side.turns, own.turns)
	}
}

func TestRowsThatDiffer(t *testing.T) {
	b, c, _ := fake(t, "0.01")
	entries, err := b.compete(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "rows differ from PyTorch's by 0.01, more than 0.0001") || entries[0].Missing == "" {
		t.Errorf("got %+v, %v, want an error", entries, err)
	}
	c.ours = models.Int8
	entries, err = b.compete(t.Context(), c)
	if err != nil || entries[0].Missing != "" || math.Abs(entries[0].Details["max_abs"]-0.01) > 1e-4 {
		t.Errorf("int8: got %+v, %v, want the drift and no error", entries, err)
	}
}

// TestPeerInAnotherPrecision checks that both sides are compared with float32.
func TestPeerInAnotherPrecision(t *testing.T) {
	b, c, _ := fake(t, "0.01")
	c.ours, c.peer, c.way = ort.BF16, ort.BF16, stopped
	b.Quick = true
	entries, err := b.compete(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if d := entries[0].Details; d["peer_max_abs"] != 0 || math.Abs(d["max_abs"]-0.01) > 1e-4 || d["peer_relative_l2"] != 0 {
		t.Errorf("details are %v", d)
	}
	b.Quick = false
	if entries, err = b.compete(t.Context(), c); err != nil || !strings.Contains(entries[0].Note, "bf16, eager (0.50 s; compiled 0.50 s)") {
		t.Errorf("got %+v, %v, want a note on both settings", entries, err)
	}
}

func TestWithoutPeer(t *testing.T) {
	b, c, _ := fake(t, "0")
	b.NoPeers = true
	entries, err := b.compete(t.Context(), c)
	if err != nil || *entries[0].Ours != 40 || entries[0].Peer != nil || !strings.Contains(entries[0].Missing, "--no-peers") {
		t.Errorf("got %+v, %v", entries, err)
	}
	b.NoPeers = false
	c.way = "lost"
	if _, err := b.compete(t.Context(), c); err == nil || !strings.HasSuffix(err.Error(), "bench/extract/peer.py: open: no such thing") {
		t.Errorf("error %v, want the peer's", err)
	}
	b.Python = t.TempDir()
	if _, err := b.compete(t.Context(), c); err == nil || !strings.Contains(err.Error(), "venv-bench") {
		t.Errorf("error %v, want one that says how to install the peers", err)
	}
}

func TestNotMeasured(t *testing.T) {
	b := &bench{Suite: suite.Suite{Data: t.TempDir(), Only: regexp.MustCompile("")}}
	for _, p := range parts {
		entries, err := p.Run(t.Context(), b)
		if err != nil || len(entries) != 1 || entries[0].Name != p.Name || !strings.HasPrefix(entries[0].Missing, "not measured: ") {
			t.Errorf("%s: got %+v, %v, want the reason why there is no number", p.Name, entries, err)
		}
	}
}

// TestLacks checks that only bf16 needs more than any processor has.
func TestLacks(t *testing.T) {
	for _, p := range []string{ort.Float32, models.Int8} {
		if err := (contest{ours: p}).lacks(); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	if slow := ort.SlowBF16(); slow != nil && (contest{ours: ort.BF16}).lacks() == nil {
		t.Errorf("bf16 is measured, although %v", slow)
	}
}

func TestCompare(t *testing.T) {
	d, err := compare([]float32{3, 4, 0.5}, []float32{3, 4, 0})
	if err != nil || d.maxAbs != 0.5 || d.relativeL2 != 0.1 {
		t.Errorf("got %+v, %v", d, err)
	}
	nan := float32(math.NaN())
	if d, _ := compare([]float32{nan}, []float32{1}); !math.IsInf(d.maxAbs, 1) {
		t.Errorf("NaN is %+v off", d)
	}
	if _, err := compare([]float32{1}, []float32{1, 2}); err == nil {
		t.Error("no error for rows of other examples")
	}
}

// TestSourceOrder checks that rows come in the examples' order, whatever that of batches.
func TestSourceOrder(t *testing.T) {
	s := &source{dIn: 2, data: []float32{3, 3, 1, 1, 2, 2}, origins: []extract.Origin{{Example: 1}, {Example: 0}, {Example: 0, Position: 1}}}
	got, err := s.rows()
	if want := []float32{1, 1, 2, 2, 3, 3}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestTake(t *testing.T) {
	ds := list[datasets.Text]{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	for n, want := range map[int]int{2: 2, 5: 3} {
		if got, err := take(ds, n); err != nil || len(got) != want {
			t.Errorf("take %d: %v, %v", n, got, err)
		}
	}
}
