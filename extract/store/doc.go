// Package store keeps the rows of a source in files, so that a network computes them
// once for many trainings.
package store
