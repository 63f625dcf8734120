package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/models"
)

// vision is the preprocessing of torchvision's ViT_B_16_Weights.IMAGENET1K_V1.
var vision = models.Vision{
	ResizeMode: models.ResizeShorter, Resize: [2]int{256, 256}, Crop: [2]int{224, 224}, Interpolation: models.Bilinear,
	Mean: [3]float32{0.485, 0.456, 0.406}, Std: [3]float32{0.229, 0.224, 0.225},
}

// variants are the builds of this program.
var variants = []struct{ entry, tags string }{{"pictures/libjpeg", "libjpeg"}, {"pictures/default", ""}}

// opened, turn and digests are what the sides answer.
type opened struct {
	Decoder  string            `json:"decoder"`
	Versions map[string]string `json:"versions"` // the peer's
}

type turn struct {
	Seconds float64 `json:"seconds"` // of all pictures
	CPU     float64 `json:"cpu"`
}

type digests struct {
	SHA256 []string `json:"sha256"` // of each picture's tensor
}

// side is a process with what it has measured.
type side struct {
	*process.Process
	opened
	digests
	rates, cpu []float64 // pictures a second of a round; by processor time
}

func (b bench) measure(ctx context.Context) (entries []result.Entry, err error) {
	files, err := b.files()
	if err != nil {
		return nil, err
	}
	peer, err := b.start(ctx, files, pixels.Pillow13, b.python, "bench/pictures/peer.py")
	if err != nil {
		return nil, fmt.Errorf("%w: make .deps/venv-bench/.stamp installs the peer", err)
	}
	sides := []*side{peer}
	defer func() {
		for _, s := range sides {
			err = errors.Join(err, s.Close())
		}
	}()
	for _, v := range variants {
		program, err := b.build(ctx, filepath.Base(v.entry), v.tags)
		if err != nil {
			return nil, err
		}
		s, err := b.start(ctx, files, peer.pillow(), program, serveCommand)
		if err != nil {
			return nil, err
		}
		sides = append(sides, s)
	}
	if err := b.turns(sides, len(files)); err != nil {
		return nil, err
	}
	for i, v := range variants {
		entries = append(entries, compare(v.entry, sides[i+1], peer))
	}
	return entries, nil
}

// build builds this program with build tags.
func (b bench) build(ctx context.Context, name, tags string) (string, error) {
	if err := os.MkdirAll(b.work, 0o755); err != nil {
		return "", err
	}
	program := filepath.Join(b.work, "pictures-"+name)
	out, err := exec.CommandContext(ctx, "go", "build", "-tags", tags, "-o", program, "./bench/pictures").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build -tags %q: %w: %s", tags, err, out)
	}
	return filepath.Abs(program)
}

// start starts a side and lets it read the files.
func (b bench) start(ctx context.Context, files []string, pillow int, name string, args ...string) (*side, error) {
	p, err := process.Start(ctx, process.OneThread, name, args...)
	if err != nil {
		return nil, err
	}
	s := &side{Process: p}
	if err := p.Do("open", map[string]any{"files": files, "vision": vision, "pillow": pillow}, &s.opened); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return s, nil
}

// pillow returns the order of passes that the peer's Pillow has.
func (s *side) pillow() int {
	major, _, _ := strings.Cut(s.Versions["pillow"], ".")
	if n, _ := strconv.Atoi(major); n >= pixels.Pillow13 {
		return pixels.Pillow13
	}
	return pixels.Pillow12
}

// turns lets the sides measure, a round each at a time, after one for warmth whose results
// are compared.
func (b bench) turns(sides []*side, pictures int) error {
	for _, s := range sides {
		if err := s.Do("digests", nil, &s.digests); err != nil {
			return err
		}
	}
	for range b.rounds {
		for _, s := range sides {
			var t turn
			if err := s.Do("round", nil, &t); err != nil {
				return err
			}
			s.rates = append(s.rates, float64(pictures)/t.Seconds)
			s.cpu = append(s.cpu, float64(pictures)/t.CPU)
		}
	}
	return nil
}

// compare makes the entry of one of saego's sides.
func compare(name string, s, peer *side) result.Entry {
	equal := 0
	for i, sum := range s.SHA256 {
		if sum == peer.SHA256[i] {
			equal++
		}
	}
	e := result.Over(name, "pictures/s", s.rates, peer.rates)
	ours, theirs := result.Median(s.cpu), result.Median(peer.cpu)
	e.Details = map[string]float64{
		"cpu_ours": ours, "cpu_peer": theirs, "cpu_ratio": ours / theirs,
		"pictures": float64(len(s.SHA256)), "pictures_bit_equal": float64(equal),
	}
	e.Note = fmt.Sprintf("one thread each, JPEG bytes in memory to a tensor (3, 224, 224); %s beside Pillow %s (libjpeg-turbo %s) and torchvision %s: Resize(256), CenterCrop(224), ToTensor, Normalize",
		s.Decoder, peer.Versions["pillow"], peer.Versions["libjpeg_turbo"], peer.Versions["torchvision"])
	return e
}
