package mixbuf_test

import (
	"slices"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/mixbuf"
)

// wantSameAhead compares moments, and states to go on from, to those over a source that
// is read ahead.
func wantSameAhead(t testing.TB, fresh func() extract.Resumer, cfg mixbuf.Config, want []moment) {
	t.Helper()
	ahead := func() extract.Resumer { return extract.Prefetch(fresh(), 2).(extract.Resumer) }
	got, _ := newRig(t, ahead, cfg, nil).record(t, t.Context(), len(want))
	if _, counts := fresh().(extract.Counter); !counts {
		for i := range got {
			got[i].counts = extract.Counts{}
		}
	}
	if !slices.EqualFunc(got, want, moment.equal) {
		t.Fatalf("%d batches read ahead differ from %d that are not", len(got), len(want))
	}
}
