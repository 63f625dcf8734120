package process_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/saego/saego/bench/process"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "serve" {
		if err := process.Serve(os.Stdin, os.Stdout, double); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func double(op string, job json.RawMessage) (any, error) {
	var j struct{ N int }
	if err := json.Unmarshal(job, &j); err != nil {
		return nil, err
	}
	switch op {
	case "double":
		return map[string]any{"n": 2 * j.N, "threads": os.Getenv("GOMAXPROCS")}, nil
	case "die":
		os.Stderr.WriteString("as asked")
		os.Exit(3)
	}
	return nil, errors.New("no such op")
}

func TestProcess(t *testing.T) {
	p, err := process.Start(t.Context(), process.OneThread, os.Args[0], "serve")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		N       int
		Threads string
	}
	if err := p.Do("double", map[string]any{"n": 21}, &got); err != nil || got.N != 42 || got.Threads != "1" {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := p.Do("halve", nil, &got); err == nil || !strings.Contains(err.Error(), "halve: no such op") {
		t.Errorf("error %v, want the other side's", err)
	}
	if err := p.Do("die", nil, &got); err == nil {
		t.Error("no error from a process that ended")
	}
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "as asked") {
		t.Errorf("error %v, want what the process said", err)
	}
}
