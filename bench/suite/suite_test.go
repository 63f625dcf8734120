package suite_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/suite"
)

func TestMeasureRecordsWhatFails(t *testing.T) {
	var ran []string
	part := func(name string, quick bool, err error) suite.Part[*[]string] {
		return suite.Part[*[]string]{Name: name, Quick: quick, Run: func(_ context.Context, ran *[]string) ([]result.Entry, error) {
			*ran = append(*ran, name)
			if err != nil {
				return nil, err
			}
			return []result.Entry{result.Alone(name, "s", 1)}, nil
		}}
	}
	s := suite.Suite{Name: "some", Output: t.TempDir(), Quick: true, Only: regexp.MustCompile("a|b|c")}
	parts := []suite.Part[*[]string]{part("a", true, errors.New("no such thing")), part("b", true, nil), part("c", false, nil), part("d", true, nil)}
	if err := suite.Measure(t.Context(), &s, &ran, parts); err == nil || !strings.HasPrefix(err.Error(), "a: ") {
		t.Errorf("error %v, want a's", err)
	}
	if got := strings.Join(ran, " "); got != "a b" {
		t.Errorf("ran %q, want those of the quick subset that --only names", got)
	}
	entries, _, err := result.Read(s.Output, s.Name)
	if err != nil || len(entries) != 2 || entries[0].Missing != "no such thing" || entries[1].Ours == nil {
		t.Errorf("read %+v, %v, want both parts, and why a is missing", entries, err)
	}
}

func TestMeasureNothing(t *testing.T) {
	s := suite.Suite{Name: "some", Output: t.TempDir(), Only: regexp.MustCompile("^$")}
	if err := suite.Measure(t.Context(), &s, 0, []suite.Part[int]{{Name: "a"}}); err != nil {
		t.Error(err)
	}
	if _, _, err := result.Read(s.Output, s.Name); err == nil {
		t.Error("results were written of a run that measured nothing")
	}
}

// What is measured again takes the place of what was there, which tells its revision.
func TestMeasureKeeps(t *testing.T) {
	dir := t.TempDir()
	measure := func(only, revision string, value float64, keep bool) {
		t.Helper()
		s := suite.Suite{Name: "some", Output: dir, Only: regexp.MustCompile(only), Keep: keep, Machine: result.Machine{Revision: revision}}
		var parts []suite.Part[int]
		for _, name := range []string{"a", "b"} {
			parts = append(parts, suite.Part[int]{Name: name, Run: func(context.Context, int) ([]result.Entry, error) {
				return []result.Entry{result.Alone(name, "s", value)}, nil
			}})
		}
		if err := suite.Measure(t.Context(), &s, 0, parts); err != nil {
			t.Fatal(err)
		}
	}
	measure("", "old", 1, false)
	measure("b", "new", 2, true)
	entries, m, err := result.Read(dir, "some")
	if err != nil || m.Revision != "new" || len(entries) != 2 {
		t.Fatalf("%+v, %+v, %v", entries, m, err)
	}
	if a, b := entries[0], entries[1]; *a.Ours != 1 || a.Revision != "old" || *b.Ours != 2 || b.Revision != "" {
		t.Errorf("a %v of %q, b %v of %q", *a.Ours, a.Revision, *b.Ours, b.Revision)
	}
}
