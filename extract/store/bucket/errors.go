package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
	"gocloud.dev/gcerrors"

	"github.com/saego/saego/extract/store"
)

// errCredentials is found in the error of a client that has no credentials.
var errCredentials = errors.New("no credentials")

// credentials says, by scheme, where a service's credentials come from.
var credentials = map[string]string{
	"s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
	"gs": "set GOOGLE_APPLICATION_CREDENTIALS or run gcloud auth application-default login (?anonymous=true for a public bucket)",
	"azblob": "set AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_CONNECTION_STRING, " +
		"or run az login",
}

// fault wraps what an operation on a file failed with and says how to mend it, if that
// is known. Package store says of which place.
func (p *Place) fault(ctx context.Context, op, name string, err error) error {
	what := strings.TrimSpace(op + " " + name)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	case op == "read" && gcerrors.Code(err) == gcerrors.NotFound:
		return fmt.Errorf("%s: %w", what, fs.ErrNotExist)
	case full(err):
		return fmt.Errorf("%s: %w: %w: make room or raise the quota", what, store.ErrFull, err)
	}
	if hint := p.hint(err); hint != "" {
		return fmt.Errorf("%s: %w: %s", what, err, hint)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// full tells whether a service has no room left; Amazon's always has.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		statusOf(err) == http.StatusInsufficientStorage || strings.Contains(codeOf(err), "QuotaExceeded")
}

// hint says how to mend what a service answered, or "".
func (p *Place) hint(err error) string {
	scheme, _, _ := strings.Cut(p.name, "://")
	status, code := statusOf(err), codeOf(err)
	var network net.Error
	switch {
	case status == http.StatusMovedPermanently, code == "AuthorizationHeaderMalformed", strings.Contains(err.Error(), "Invalid region"):
		return "name the bucket's region by ?region= or AWS_REGION"
	case errors.Is(err, errCredentials), status == http.StatusUnauthorized, status == http.StatusForbidden,
		gcerrors.Code(err) == gcerrors.PermissionDenied, strings.Contains(err.Error(), "get credentials"),
		strings.Contains(strings.ToLower(err.Error()), "access key"):
		return "the credentials are missing, wrong or not enough: " + credentials[scheme]
	case gcerrors.Code(err) == gcerrors.NotFound:
		return "make the bucket first, or mend its name"
	case errors.As(err, &network) && scheme == "s3":
		return "check ?endpoint=, and whether the server wants ?use_path_style=true"
	}
	return ""
}

// codeOf returns the code that an S3 server gave, or "".
func codeOf(err error) string {
	if e := smithy.APIError(nil); errors.As(err, &e) {
		return e.ErrorCode()
	}
	return ""
}

// statusOf returns the HTTP status that an S3 server gave, or 0.
func statusOf(err error) int {
	if e := (interface{ HTTPStatusCode() int })(nil); errors.As(err, &e) {
		return e.HTTPStatusCode()
	}
	return 0
}
