//go:build !buckets

package cli

import (
	"context"
	"fmt"

	"github.com/saego/saego/extract/store"
)

// openBucket refuses the place with a URL: the clients of the three services make a
// program several times as large.
func openBucket(_ context.Context, url string) (store.Place, error) {
	return nil, usage(fmt.Errorf("%s is a URL, and this program was built without buckets: build it by make build TAGS=buckets, or name a folder", url))
}
