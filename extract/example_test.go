package extract_test

import (
	"context"
	"fmt"
	"os"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/tokens"
)

func ExampleText() {
	tok, err := tokens.Open(os.DirFS("tokens/testdata"), "tiny.tokenizer.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := extract.DefaultTextConfig()
	cfg.Hook = "transformer.h.0"
	src, err := extract.NewText(spec(), "1f0c", &runner{}, tok, texts{list: []string{"The film is good."}}, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	for batch, err := range src.Batches(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, o := range batch.Origin {
			fmt.Printf("position %d, token %q, %d values\n", o.Position, tok.Token(o.Token), len(batch.Row(i)))
		}
	}
	fmt.Println(src.Counts())
	// Output:
	// position 1, token " film", 3 values
	// position 2, token " is", 3 values
	// position 3, token " good", 3 values
	// position 4, token ".", 3 values
	// 4 rows of 5 tokens in 1 examples, 1 first positions dropped
}

func ExampleCounts_String() {
	fmt.Println(extract.Counts{Passes: 1, Examples: 8, Tokens: 2048, Rows: 2040, First: 8, Truncated: 3})
	// Output: 2040 rows of 2048 tokens in 8 examples, 8 first positions dropped, 3 examples truncated
}
