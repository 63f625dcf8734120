package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/models"
)

// server is saego's side: the preprocessing of this build.
type server struct {
	prepare *pixels.Preprocessor
	files   [][]byte
	tensor  []float32
}

// do answers open, round and digests, as peer.py does.
func (s *server) do(op string, job json.RawMessage) (any, error) {
	switch op {
	case "open":
		return s.open(job)
	case "round":
		return s.round()
	case "digests":
		return s.digests()
	}
	return nil, fmt.Errorf("op is %q, want open, round or digests", op)
}

func (s *server) open(job json.RawMessage) (any, error) {
	var j struct {
		Files  []string
		Vision models.Vision
		Pillow int
	}
	if err := json.Unmarshal(job, &j); err != nil {
		return nil, err
	}
	for _, name := range j.Files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, data)
	}
	cfg := pixels.DefaultConfig()
	cfg.Pillow = j.Pillow
	var err error
	if s.prepare, err = pixels.New(&j.Vision, cfg); err != nil {
		return nil, err
	}
	s.tensor = make([]float32, s.prepare.Len())
	return opened{Decoder: pixels.JPEGDecoder()}, nil
}

// each prepares every picture and calls f, where it is not nil, after each.
func (s *server) each(f func()) error {
	for i, data := range s.files {
		if err := s.prepare.Load(s.tensor, bytes.NewReader(data)); err != nil {
			return fmt.Errorf("picture %d: %w", i, err)
		}
		if f != nil {
			f()
		}
	}
	return nil
}

func (s *server) round() (any, error) {
	start, cpu := time.Now(), cpuTime()
	if err := s.each(nil); err != nil {
		return nil, err
	}
	return turn{Seconds: time.Since(start).Seconds(), CPU: (cpuTime() - cpu).Seconds()}, nil
}

// digests tells of each picture what came of it.
func (s *server) digests() (any, error) {
	var a digests
	err := s.each(func() {
		data, _ := binary.Append(nil, binary.LittleEndian, s.tensor) // numbers cannot fail
		sum := sha256.Sum256(data)
		a.SHA256 = append(a.SHA256, hex.EncodeToString(sum[:]))
	})
	return a, err
}

// cpuTime returns the processor time of this process, collector included.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
