package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want []string // what lies in the output; nil = an error
	}{
		{"both", []string{"--reviews", "3", "--pictures", "2"}, []string{"pictures/factors.jsonl", "reviews/reviews.jsonl"}},
		{"reviews", []string{"--reviews", "3"}, []string{"reviews/factors.jsonl"}},
		{"pictures", []string{"--pictures", "2", "--size", "40"}, []string{"pictures/star"}},
		{"none", nil, nil},
		{"too small", []string{"--pictures", "2", "--size", "8"}, nil},
		{"negative", []string{"--reviews", "-2"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "demo")
			cfg, err := parse(append(c.args, "--output", dir))
			if err != nil {
				t.Fatal(err)
			}
			if err := write(cfg); (err == nil) != (c.want != nil) {
				t.Fatalf("error is %v, want one: %v", err, c.want == nil)
			}
			for _, name := range c.want {
				if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
					t.Error(err)
				}
			}
			if _, err := os.Stat(dir); c.want == nil && err == nil {
				t.Errorf("%s is left behind", dir)
			}
		})
	}
}
