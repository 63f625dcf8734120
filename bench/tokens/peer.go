package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
)

// entry is the name of what is measured.
const entry = "tokenize/gpt2"

// peer is Hugging Face tokenizers at work.
type peer struct {
	*process.Process
	version   string
	wall, cpu times
}

func (b bench) openPeer(ctx context.Context) (*peer, error) {
	p, err := process.Start(ctx, process.OneThread, b.python, "bench/tokens/peer.py")
	if err != nil {
		return nil, fmt.Errorf("%w: make .deps/venv-bench/.stamp installs the peer", err)
	}
	var a struct{ Version string }
	err = p.Do("open", map[string]any{
		"tokenizer": filepath.Join(b.data, "gpt2", "tokenizer.json"), "texts": b.reviews(), "n": b.texts,
	}, &a)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return &peer{Process: p, version: a.Version}, nil
}

// measure takes a turn.
func (p *peer) measure() error {
	var a struct{ Seconds, CPU float64 }
	if err := p.Do("round", nil, &a); err != nil {
		return err
	}
	p.wall, p.cpu = append(p.wall, a.Seconds), append(p.cpu, a.CPU)
	return nil
}

// compare makes the entry of ours, and prints it.
func (p *peer) compare(ours *contender, megabytes float64) (e result.Entry, err error) {
	var a struct{ SHA256 string }
	if err := p.Do("digest", nil, &a); err != nil {
		return e, err
	}
	e = result.Over(entry, "MB/s", ours.wall.rates(megabytes), p.wall.rates(megabytes))
	cpu, theirs := result.Median(ours.cpu.rates(megabytes)), result.Median(p.cpu.rates(megabytes))
	e.Details = map[string]float64{
		"cpu_ours": cpu, "cpu_peer": theirs, "cpu_ratio": cpu / theirs, "reviews": float64(len(ours.ids)), "ids_equal": 0,
	}
	if a.SHA256 == digest(ours.ids) {
		e.Details["ids_equal"] = 1
	}
	fmt.Printf("%-12s %7.2f MB/s wall %7.2f MB/s cpu   ids equal %s's: %t\n", "tokenizers", *e.Peer, theirs, ours.name, e.Details["ids_equal"] == 1)
	fmt.Printf("ratio        %.1f times by wall, %.1f times by cpu\n", *e.Ratio, e.Details["cpu_ratio"])
	e.Note = fmt.Sprintf("one thread each, texts in memory to ids; beside Hugging Face tokenizers %s, encode_batch_fast of all texts in one call", p.version)
	return e, nil
}

// digest is peer.py's over the ids of all texts.
func digest(texts [][]int32) string {
	sha := sha256.New()
	for _, ids := range texts {
		line := binary.LittleEndian.AppendUint32(nil, uint32(len(ids)))
		for _, id := range ids {
			line = binary.LittleEndian.AppendUint32(line, uint32(id))
		}
		sha.Write(line)
	}
	return hex.EncodeToString(sha.Sum(nil))
}
