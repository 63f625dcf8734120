package bucket_test

import (
	"bytes"
	"crypto/rand"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"

	"github.com/saego/saego/extract/store/bucket"
)

// gateway is a versitygw, an S3 server of its own process, on a folder.
type gateway struct {
	endpoint, access, secret string
}

// startGateway starts the server that SAEGO_VERSITYGW names, with a bucket called name
// and its keys in the environment. It skips t where there is none, or fails it if
// SAEGO_REQUIRE has "s3".
func startGateway(t *testing.T) gateway {
	t.Helper()
	bin := os.Getenv("SAEGO_VERSITYGW")
	if bin == "" && strings.Contains(os.Getenv("SAEGO_REQUIRE"), "s3") {
		t.Fatal("SAEGO_VERSITYGW names no program: call make test-buckets")
	} else if bin == "" {
		t.Skip("no S3 server: call make test-buckets")
	}
	g := gateway{access: rand.Text(), secret: rand.Text()}
	address := freeAddress(t)
	g.endpoint = "http://" + address
	dir := t.TempDir()
	for _, sub := range []string{"data", "attributes"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(bin, "--port", address, "--health", "/health", "--quiet",
		"posix", "--sidecar", filepath.Join(dir, "attributes"), filepath.Join(dir, "data"))
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+g.access, "ROOT_SECRET_KEY="+g.secret)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // its error is the signal
		if t.Failed() {
			t.Logf("versitygw: %s", output.String())
		}
	})
	g.wait(t)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": g.access, "AWS_SECRET_ACCESS_KEY": g.secret, "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_REGION": "us-east-1", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	if _, err := g.client(t).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("name")}); err != nil {
		t.Fatal(err)
	}
	return g
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// wait waits, within reason, until the server answers.
func (g gateway) wait(t *testing.T) {
	t.Helper()
	var err error
	for range 600 {
		var r *http.Response
		if r, err = http.Get(g.endpoint + "/health"); err == nil {
			r.Body.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal(err)
}

// url returns the URL of a folder in a bucket, with more parameters or others.
func (g gateway) url(path string, parameters ...string) string {
	q := url.Values{"endpoint": {g.endpoint}, "use_path_style": {"true"}}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	return "s3://" + path + "?" + q.Encode()
}

// client returns the client behind a bucket.
func (g gateway) client(t *testing.T) *s3.Client {
	t.Helper()
	b, err := blob.OpenBucket(t.Context(), g.url("any"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	var c *s3.Client
	if !b.As(&c) {
		t.Fatal("no S3 client")
	}
	return c
}

func TestGateway(t *testing.T) {
	g := startGateway(t)
	t.Run("place", func(t *testing.T) { testPlace(t, open(t, g.url("name/deep/folder"))) })
	t.Run("whole bucket", func(t *testing.T) {
		if files := list(t, open(t, g.url("name"))); len(files) != 0 {
			t.Errorf("the bucket itself has %v, want only a folder", files)
		}
	})
	t.Run("unfinished", func(t *testing.T) {
		testUnfinished(t, open(t, g.url("name", "prefix", "other/")))
		left, err := g.client(t).ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: aws.String("name")})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(left.Uploads); n != 0 {
			t.Errorf("%d uploads have left parts in the bucket", n)
		}
	})
	t.Run("errors", func(t *testing.T) { testGatewayErrors(t, g) })
}

func testGatewayErrors(t *testing.T, g gateway) {
	tests := []struct {
		name, url, access, secret string
		want                      []string
	}{
		{"secret", g.url("name"), g.access, "wrong", []string{"SignatureDoesNotMatch", "AWS_ACCESS_KEY_ID"}},
		{"key", g.url("name"), "wrong", g.secret, []string{"access key", "AWS_ACCESS_KEY_ID"}},
		{"region", g.url("name", "region", "eu-west-3"), g.access, g.secret, []string{"eu-west-3", "?region="}},
		{"bucket", g.url("absent/folder"), g.access, g.secret, []string{"NoSuchBucket", "make the bucket first"}},
		{"endpoint", g.url("name", "endpoint", "http://"+freeAddress(t)), g.access, g.secret, []string{"connection refused", "?endpoint="}},
		{"style", g.url("name", "use_path_style", "false"), g.access, g.secret, []string{"?use_path_style=true"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", test.access)
			t.Setenv("AWS_SECRET_ACCESS_KEY", test.secret)
			_, err := bucket.Open(t.Context(), test.url)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(test.want, "s3://", "open") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error is %q, want %q in it", err, want)
				}
			}
		})
	}
}
