package tokens

import "unicode"

// Letters and numbers that Unicode 15.1 and 16.0 added. Hugging Face tokenizers
// 0.23.3 knows them, Go 1.26's package unicode ends at 15.0. The test over every
// code point tells when either moves on.
var (
	newLetters = &unicode.RangeTable{
		R16: []unicode.Range16{
			{0x1c89, 0x1c8a, 1}, {0xa7cb, 0xa7cd, 1}, {0xa7da, 0xa7dc, 1},
		},
		R32: []unicode.Range32{
			{0x105c0, 0x105f3, 1},
			{0x10d4a, 0x10d65, 1},
			{0x10d6f, 0x10d85, 1},
			{0x10ec2, 0x10ec4, 1},
			{0x11380, 0x11389, 1},
			{0x1138b, 0x1138b, 1},
			{0x1138e, 0x1138e, 1},
			{0x11390, 0x113b5, 1},
			{0x113b7, 0x113b7, 1},
			{0x113d1, 0x113d1, 1},
			{0x113d3, 0x113d3, 1},
			{0x11bc0, 0x11be0, 1},
			{0x13460, 0x143fa, 1},
			{0x16100, 0x1611d, 1},
			{0x16d40, 0x16d6c, 1},
			{0x18cff, 0x18cff, 1},
			{0x1e5d0, 0x1e5ed, 1},
			{0x1e5f0, 0x1e5f0, 1},
			{0x2ebf0, 0x2ee5d, 1},
		},
	}
	newNumbers = &unicode.RangeTable{
		R32: []unicode.Range32{
			{0x10d40, 0x10d49, 1},
			{0x116d0, 0x116e3, 1},
			{0x11bf0, 0x11bf9, 1},
			{0x16130, 0x16139, 1},
			{0x16d70, 0x16d79, 1},
			{0x1ccf0, 0x1ccf9, 1},
			{0x1e5f1, 0x1e5fa, 1},
		},
	}
)

// newCases are lower cases that Unicode 16 and 17 added, as above.
var newCases = unicode.SpecialCase{
	{Lo: 0x1c89, Hi: 0x1c89, Delta: lowerBy(1)},
	{Lo: 0xa7cb, Hi: 0xa7cb, Delta: lowerBy(0x264 - 0xa7cb)},
	{Lo: 0xa7cc, Hi: 0xa7cc, Delta: lowerBy(1)},
	{Lo: 0xa7ce, Hi: 0xa7ce, Delta: lowerBy(1)},
	{Lo: 0xa7d2, Hi: 0xa7d2, Delta: lowerBy(1)},
	{Lo: 0xa7d4, Hi: 0xa7d4, Delta: lowerBy(1)},
	{Lo: 0xa7da, Hi: 0xa7da, Delta: lowerBy(1)},
	{Lo: 0xa7dc, Hi: 0xa7dc, Delta: lowerBy(0x19b - 0xa7dc)},
	{Lo: 0x10d50, Hi: 0x10d65, Delta: lowerBy(0x20)},
	{Lo: 0x16ea0, Hi: 0x16eb8, Delta: lowerBy(0x1b)},
}

// lowerBy is the change of a character to its lower case.
func lowerBy(n rune) (delta [unicode.MaxCase]rune) {
	delta[unicode.LowerCase] = n
	return delta
}
