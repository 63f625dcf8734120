package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/saego/saego/extract/store"
)

// rowProgress shows how far a store is, as soon as that can be told.
type rowProgress struct {
	out io.Writer
	*progress
	from int64 // rows that were there before
}

func (r *rowProgress) show(p store.Progress) {
	if p.Expected == 0 {
		return
	}
	all := int(max(p.Expected, p.Rows))
	if r.progress == nil {
		_, _ = fmt.Fprintf(r.out, "about %d rows, %.1f MB\n", all, float64(p.ExpectedBytes)/1e6)
		r.progress, r.from = newProgress(r.out, all), p.Rows
		r.unit = "row"
	}
	rate := float64(p.Rows-r.from) / time.Since(r.start).Seconds()
	r.progress.show(int(p.Rows), all, func() string { return fmt.Sprintf("%.0f rows/s", rate) })
}

func (r *rowProgress) close() {
	if r.progress != nil {
		r.progress.close()
	}
}
