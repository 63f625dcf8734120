package models_test

import (
	"fmt"

	"github.com/saego/saego/models"
)

func ExampleOpen() {
	_, err := models.Open("testdata/absent")
	fmt.Println(err)
	// Output:
	// models: testdata/absent: no such folder: make the folder with scripts/export_onnx.py
}
