package bucket_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/extract/store"
	"github.com/saego/saego/internal/native/nativetest"
)

// program is classifier-sae, built with buckets.
type program struct {
	t   *testing.T
	bin string
}

func buildProgram(t *testing.T) program {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "classifier-sae")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "buckets", "-o", bin, "github.com/saego/saego/cmd/classifier-sae").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return program{t, bin}
}

func (p program) run(args ...string) (string, error) {
	out, err := exec.CommandContext(p.t.Context(), p.bin, args...).CombinedOutput()
	return string(out), err
}

func (p program) must(args ...string) string {
	p.t.Helper()
	out, err := p.run(args...)
	if err != nil {
		p.t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
	return out
}

// fails wants a call to fail with these words.
func (p program) fails(args []string, words ...string) {
	p.t.Helper()
	out, err := p.run(args...)
	if err == nil {
		p.t.Errorf("%s: no error", strings.Join(args, " "))
	}
	for _, word := range words {
		if !strings.Contains(out, word) {
			p.t.Errorf("%s: %q is not in %q", strings.Join(args, " "), word, out)
		}
	}
}

// kill starts a call and kills it once the place has so many files, or lets it end.
func (p program) kill(place store.Place, files int, args ...string) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context()) // kills with SIGKILL
	defer cancel()
	cmd := exec.CommandContext(ctx, p.bin, args...)
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			p.t.Fatalf("it ended before it could be killed: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
		if len(list(p.t, place)) >= files {
			cancel()
			<-ended
			return
		}
	}
}

// TestProgram takes a store through the whole program: it is written into a bucket by
// calls that are killed on the way, and is then, to the byte, the one in a folder.
func TestProgram(t *testing.T) {
	nativetest.RequireORT(t)
	g := startGateway(t)
	p := buildProgram(t)
	folder, url := filepath.Join(t.TempDir(), "acts"), g.url("name/runs/acts")
	place := open(t, url)
	extract := func(output string) []string {
		return []string{"extract", "--preset", "demo", "--eval-rows", "500", "--total-rows", "20000", "--shard-rows", "1000", "--output", output}
	}
	p.must(extract(folder)...)
	for files := 3; files < 15; files += 5 {
		p.kill(place, files, extract(url)...)
	}
	p.fails([]string{"store", "verify", url}, "not finished")
	p.must(extract(url)...)
	sameFiles(t, folder, place)

	want, got := p.must("store", "info", folder), p.must("store", "info", url)
	if got = strings.Replace(got, url, folder, 1); got != want {
		t.Errorf("info of the bucket (-folder +bucket):\n%s", cmp.Diff(want, got))
	}
	p.must("store", "verify", url)
	weights := func(activations string) string {
		output := filepath.Join(t.TempDir(), "run")
		p.must("train", "--preset", "demo", "--activations", activations, "--total-training-samples", "25600", "--eval-rows", "500", "--output", output)
		text, err := os.ReadFile(filepath.Join(output, "sae", "sae_weights.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if weights(folder) != weights(url) {
		t.Error("the SAE trained from the bucket differs from that trained from the folder")
	}

	lost := "train-acts-00003.safetensors"
	if err := place.Remove(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	p.fails([]string{"store", "verify", url}, lost+" is missing")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong")
	p.fails(extract(url), "name/runs/acts", "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY")
}

// sameFiles holds the files in a bucket to those in a folder.
func sameFiles(t *testing.T, folder string, place store.Place) {
	t.Helper()
	if diff := cmp.Diff(list(t, store.Folder(folder)), list(t, place)); diff != "" {
		t.Errorf("files (-folder +bucket):\n%s", diff)
	}
	for _, f := range list(t, store.Folder(folder)) {
		want, err := os.ReadFile(filepath.Join(folder, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(read(t, place, f.Name), want) {
			t.Errorf("%s differs", f.Name)
		}
	}
}
