package bucket

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// abortTimeout bounds the request that throws away the parts of an upload.
const abortTimeout = 10 * time.Second

// beforeWrite sees to it that an S3 upload that is given up leaves no parts in the
// bucket, where they would cost: the request that aborts it has a context of its own,
// not the one that has just ended.
func (p *Place) beforeWrite(as func(any) bool) error {
	var upload *transfermanager.Client
	var client *s3.Client
	if as(&upload) && p.bucket.As(&client) {
		*upload = *transfermanager.New(client, func(o *transfermanager.Options) {
			o.RequestChecksumCalculation = client.Options().RequestChecksumCalculation
			o.FailTimeout = abortTimeout
		})
	}
	return nil
}

// beforeRead keeps the S3 client from warning, at each block, that a block has no checksum:
// S3 has them of whole objects, and a store has its own.
func beforeRead(as func(any) bool) error {
	var options *[]func(*s3.Options)
	if as(&options) {
		*options = append(*options, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true })
	}
	return nil
}
