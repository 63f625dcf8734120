package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/saego/saego/extract/store"
)

// Place is a [store.Place] in a bucket. Its errors say what failed and, where that is
// known, how to mend it.
type Place struct {
	bucket *blob.Bucket
	name   string
}

var _ store.Place = (*Place)(nil)

// Open opens the place with a URL and asks for its first file, so that wrong credentials
// and a bucket that is not there are told before there is anything to write. The bucket
// must exist, a folder in it need not.
func Open(ctx context.Context, rawURL string) (*Place, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("bucket: %w", err)
	}
	p := &Place{name: u.Redacted()}
	if p.bucket, err = openBucket(ctx, u); err != nil {
		return nil, fmt.Errorf("bucket: %v: %w", p, p.fault(ctx, "open", "", err))
	}
	if _, _, err := p.bucket.ListPage(ctx, blob.FirstPageToken, 1, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("bucket: %v: %w", p, p.fault(ctx, "open", "", err)), p.bucket.Close())
	}
	return p, nil
}

// New returns the place in a bucket that was opened in another way; name, best its URL,
// is what messages call it. The place closes the bucket.
func New(b *blob.Bucket, name string) *Place {
	return &Place{bucket: b, name: name}
}

// String implements [store.Place].
func (p *Place) String() string { return p.name }

// Close lets go of connections. Files that are open are to be closed before.
func (p *Place) Close() error { return p.bucket.Close() }

// unfinished is how fileblob calls a file that is being written, or was when its writer
// was killed.
var unfinished = regexp.MustCompile(`\.[0-9a-f]{16}\.tmp$`)

// List implements [store.Place].
func (p *Place) List(ctx context.Context) ([]store.Info, error) {
	var files []store.Info
	for objects := p.bucket.List(&blob.ListOptions{Delimiter: "/"}); ; {
		o, err := objects.Next(ctx)
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, p.fault(ctx, "list", "", err)
		}
		// Some tools make an empty object for a folder: the prefix itself.
		if !o.IsDir && o.Key != "" && !unfinished.MatchString(o.Key) {
			files = append(files, store.Info{Name: o.Key, Size: o.Size})
		}
	}
}

// Remove implements [store.Place].
func (p *Place) Remove(ctx context.Context, name string) error {
	err := p.bucket.Delete(ctx, name)
	if err == nil || gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return p.fault(ctx, "remove", name, err)
}

// Free implements [store.Place]: no service tells.
func (p *Place) Free(context.Context) (int64, bool) { return 0, false }
