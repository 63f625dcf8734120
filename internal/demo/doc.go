// Package demo is the default of both programs: data that the repository makes
// itself, and two small models to read.
//
// A feature of a sparse autoencoder is judged by what it fires on, and on real
// reviews and photographs nobody knows the truth of that. Here it is known,
// because the data is written by a program: [Reviews] come from a grammar of
// hand-written clauses and say which bytes speak of which aspect, in which
// sentiment, negated or not, how strongly; [Pictures] are drawn shapes and say
// which patch is covered by which shape, colour and texture. [TextModel] and
// [VisionModel] are the model folders that the programs use when none is named.
//
// Equal arguments give equal data. Example i does not depend on how many
// examples were asked for, so a longer set starts with the shorter one. Sets with
// different seeds are drawn apart and serve as training and held-out data.
package demo
