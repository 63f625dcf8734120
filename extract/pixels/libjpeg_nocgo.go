//go:build libjpeg && !cgo

package pixels

// A name that nothing defines, so that the build stops and says what the tag wants.
var _ = the_build_tag_libjpeg_wants_CGO_ENABLED_1_and_a_C_compiler
