// Package arch holds the test that keeps the module's layers apart.
//
// Layers hold only as long as every import follows them, and a reviewer misses the
// one that does not. The tables in arch_test.go say which package may import
// which, and which package owns a module of others'; the test fails when go list
// shows another import. The tables are also the documentation: an arrow that is
// not there was decided against.
package arch
