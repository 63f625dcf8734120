package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob" // s3://
	"gocloud.dev/gcp"
)

// openBucket opens the bucket of a URL, with the URL's path as a prefix of its names.
func openBucket(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	root, prefix := *u, strings.Trim(u.Path, "/")
	root.Path, root.RawPath = "", ""
	switch q := u.Query(); {
	case q.Has("key"):
		return nil, errors.New("the parameter key names one object, a store has many: put its folder into the path")
	case u.Scheme == fileblob.Scheme:
		path, err := filePath(u)
		if err != nil {
			return nil, err
		}
		root.Host, root.Path, root.RawQuery = "", "/", fileParameters(q)
		prefix = strings.Trim(filepath.ToSlash(path), "/")
	case u.Scheme == gcsblob.Scheme:
		if err := googleCredentials(ctx, q); err != nil {
			return nil, err
		}
	}
	b, err := blob.DefaultURLMux().OpenBucketURL(ctx, &root)
	if err != nil || prefix == "" {
		return b, err
	}
	return blob.PrefixedBucket(b, prefix+"/"), nil
}

// filePath returns the absolute path in a file URL. A bucket is opened on the root and
// makes the folder when something is written: fileblob makes it on opening, or not at all.
func filePath(u *url.URL) (string, error) {
	switch u.Host {
	case "", "localhost":
		return u.Path, nil
	case ".":
		return filepath.Abs(strings.TrimPrefix(u.Path, "/"))
	}
	return "", fmt.Errorf("%q stands where a host would: write file:///ABSOLUTE/PATH or file://./RELATIVE/PATH", u.Host)
}

// fileParameters adds to the parameters of a file URL what a store needs: no file of
// attributes beside each file, and names for unfinished ones on the same disk.
func fileParameters(q url.Values) string {
	if !q.Has("metadata") {
		q.Set("metadata", "skip")
	}
	if !q.Has("no_tmp_dir") {
		q.Set("no_tmp_dir", "true")
	}
	return q.Encode()
}

// googleCredentials tells whether there are credentials where some are needed: gcsblob
// would print a warning on stdout and go on without.
func googleCredentials(ctx context.Context, q url.Values) error {
	anonymous, _ := strconv.ParseBool(q.Get("anonymous")) // gcsblob refuses what is no bool
	if anonymous || q.Get("access_id") == "-" ||
		os.Getenv("STORAGE_EMULATOR_HOST") != "" || os.Getenv("STORAGE_EMULATOR_HOST_GRPC") != "" {
		return nil
	}
	if _, err := gcp.DefaultCredentials(ctx); err != nil {
		return errors.Join(errCredentials, err)
	}
	return nil
}
