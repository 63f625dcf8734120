package bucket_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// server speaks as much of S3 as reading one file takes, and can be made to fail.
type server struct {
	content []byte
	broken  atomic.Int32 // how many of the next downloads break off half-way
	refused atomic.Int32 // how many of the next requests are answered 503
	gets    atomic.Int32
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.refused.Add(-1) >= 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if r.URL.Query().Has("list-type") {
		_, _ = io.WriteString(w, `<ListBucketResult><Name>name</Name><KeyCount>0</KeyCount></ListBucketResult>`)
		return
	}
	if r.Method == http.MethodGet {
		s.gets.Add(1)
		if s.broken.Add(-1) >= 0 {
			w = &cut{ResponseWriter: w, left: 1 << 20}
		}
	}
	http.ServeContent(w, r, "", time.Unix(1, 0), bytes.NewReader(s.content))
}

// cut passes on so many bytes, and then breaks the connection.
type cut struct {
	http.ResponseWriter
	left int
}

func (c *cut) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b[:min(len(b), c.left)])
	if c.left -= n; c.left == 0 && err == nil {
		panic(http.ErrAbortHandler)
	}
	return n, err
}

func serve(t *testing.T, s http.Handler) (url string) {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	return "s3://name/store?anonymous=true&region=us-east-1&use_path_style=true&endpoint=" + h.URL
}

// TestRetry reads through what passes: a server that is busy, downloads that break off.
func TestRetry(t *testing.T) {
	s := &server{content: random(2*block + 3)}
	p := open(t, serve(t, s))
	s.refused.Store(2)
	s.broken.Store(2)
	if !bytes.Equal(read(t, p, "file"), s.content) {
		t.Error("the file differs")
	}
	s.broken.Store(1 << 20)
	r, err := p.Open(t.Context(), "file")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = r.ReadAt(make([]byte, 10), 0)
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "read file") {
		t.Errorf("error is %v, want io.ErrUnexpectedEOF and what was read", err)
	}
	s.broken.Store(0)
	got := make([]byte, 10)
	if _, err := r.ReadAt(got, 0); err != nil || !bytes.Equal(got, s.content[:10]) {
		t.Errorf("reading again: %v", err)
	}
}

// TestAhead counts the downloads: one for a file's start, all of them once for the whole.
func TestAhead(t *testing.T) {
	s := &server{content: random(9 * block)}
	r, err := open(t, serve(t, s)).Open(t.Context(), "file")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 3 {
		if _, err := r.ReadAt(make([]byte, 1000), 0); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.gets.Load(); got != 1 {
		t.Errorf("%d downloads for the start of a file, want 1", got)
	}
	if _, err := io.Copy(io.Discard, io.NewSectionReader(r, 0, r.Size())); err != nil {
		t.Fatal(err)
	}
	if got := s.gets.Load(); got != 9 {
		t.Errorf("%d downloads for 9 blocks, want 9", got)
	}
}
