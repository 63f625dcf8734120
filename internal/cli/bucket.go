//go:build buckets

package cli

import (
	"context"

	"github.com/saego/saego/extract/store"
	"github.com/saego/saego/extract/store/bucket"
)

// openBucket opens the place with a URL.
func openBucket(ctx context.Context, url string) (store.Place, error) {
	p, err := bucket.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	return p, nil
}
