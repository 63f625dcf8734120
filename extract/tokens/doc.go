// Package tokens turns text into the token ids that a language model was
// trained on, exactly as Hugging Face tokenizers does.
//
// A wrong id is not an error that shows: the network answers anyway, and the
// activations read from it are those of another text. The general tokenizer
// library for Go, sugarme/tokenizer, gives other ids than Hugging Face's on one
// English review in twenty when the vocabulary is GPT-2's.
//
// So byte-level BPE, the kind of GPT-2 and of most models after it, has an
// encoder of its own here: a scanner written by hand for the one regular
// expression, merges by rank and then position, and a cache of words. So has
// WordPiece, BERT's kind, whose classes of characters are Hugging Face's own. Other
// BPE and WordPiece files go to sugarme behind the same [Tokenizer].
//
// Of the two exact encoders ids are identical to those of Hugging Face tokenizers
// 0.23.3, which the tests check on every code point, on strings made to be
// nasty, and on 25,000 reviews. For other files nothing is guaranteed, see
// [Open]; [ForModel] compares some ids with those that the exporter wrote down.
package tokens
