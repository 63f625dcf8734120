//go:build !buckets

package cli

import (
	"context"
	"fmt"

	"github.com/saego/saego/extract/store"
)

// openBucket refuses the place with a URL: with the clients of the three services the
// program has 99 MB rather than 45, and its first build takes twice as long.
func openBucket(_ context.Context, url string) (store.Place, error) {
	return nil, usage(fmt.Errorf("%s is a URL, and this program was built without buckets: build it by make build TAGS=buckets, or name a folder", url))
}
