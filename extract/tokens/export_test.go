package tokens

// Next is the scanner, for the test over every code point.
var Next = next
