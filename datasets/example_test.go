package datasets_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/saego/saego/datasets"
)

// reviews writes a small file and returns its path.
func reviews() string {
	dir, err := os.MkdirTemp("", "reviews")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, "reviews.csv")
	const table = "review,sentiment\nGreat fun.,positive\nToo long.,negative\n\"Slow, but fine.\",positive\n"
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		panic(err)
	}
	return path
}

func ExampleOpenTexts() {
	path := reviews()
	defer os.RemoveAll(filepath.Dir(path))

	ds, err := datasets.OpenTexts(path, datasets.TextConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	names := ds.Labels()
	for text, err := range ds.Pass(0) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %q %s\n", text.ID, text.Text, names[text.Label])
	}
	// Output:
	// reviews.csv:2 "Great fun." positive
	// reviews.csv:3 "Too long." negative
	// reviews.csv:4 "Slow, but fine." positive
}

func ExampleHoldOut() {
	path := reviews()
	defer os.RemoveAll(filepath.Dir(path))

	ds, err := datasets.OpenTexts(path, datasets.TextConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	train, held, err := datasets.HoldOut(datasets.Shuffle(ds, 42), 0.3, 42)
	if err != nil {
		fmt.Println(err)
		return
	}
	examples := 0
	for _, part := range []datasets.Dataset[datasets.Text]{train, held} {
		for _, err := range part.Pass(0) {
			if err != nil {
				fmt.Println(err)
				return
			}
			examples++
		}
	}
	fmt.Println(examples, "examples in two parts")
	// Output: 3 examples in two parts
}
