package store_test

import (
	"context"
	"fmt"
	"os"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/store"
)

func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, place := context.Background(), store.Folder(dir)

	var src extract.Resumer = newCounted(20) // an extract.Text, an extract.Vision, or one of your own
	cfg := store.DefaultConfig()
	cfg.DType = store.BF16
	m, err := store.Write(ctx, place, []store.Part{{Name: "train", Source: src}}, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Rows(), "rows of", m.DIn, "values from", m.Hook)

	st, err := store.Open(ctx, place)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, err := st.Source("train", store.Order{Passes: 1}) // for mixbuf.New, and then train.Trainer
	if err != nil {
		fmt.Println(err)
		return
	}
	for batch, err := range rows.Batches(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.Len(), "rows, the first of example", batch.Origin[0].Example)
	}
	// Output:
	// 57 rows of 3 values from h.0
	// 57 rows, the first of example 1
}
