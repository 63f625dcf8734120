"""Golden token ids for extract/tokens, made by Hugging Face tokenizers.

Makes two tiny tokenizers (byte-level BPE and WordPiece), encodes strings made
to be nasty, and takes digests over every code point, over 100,000 strings drawn by
chance and over the IMDB reviews.
Everything is written to OUTPUT, which is extract/tokens/testdata in life:

    python scripts/golden_tokens.py --data ../shared/data --output extract/tokens/testdata

DATA holds gpt2/tokenizer.json and imdb/train.jsonl.gz; what needs them is left
out where DATA is not given, and so is what needs --minilm, the tokenizer.json of
all-MiniLM-L6-v2. With --check nothing is written: everything is made
again and compared with what lies in OUTPUT, exit status 1 if it differs. Needs the
package tokenizers.
"""

import argparse
import gzip
import hashlib
import json
import pathlib
import struct
import sys
import tempfile

import tokenizers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

# What the tiny tokenizers learn from.
CORPUS = """
The film starts slowly, but it doesn't stay slow for long. I'm not sure that I'd have
watched it if my sister hadn't told me that we'll never see its like again. They've made
the kind of picture you're happy to forget, and then you can't. In 2000, the 12 people
who wrote 'the script' were paid 1,000,000 dollars!!!!! ... well... it's their money.
There is a scene in the kitchen, and another in the garden, and neither of them works.
The acting is good, the music is better, the ending is bad. Was it worth it? Yes; no; yes.
Le café était fermé. Die Straße ist naß. Это хороший фильм. 这部电影很好看。映画はとても面白い。
    if score >= 10:
        return "good"
""".splitlines(keepends=True) * 4

NASTY = [
    "", " ", "  ", "   ", "\n", "\n\n", "a\n\nb", "a \n\n b", "\t\t\tx", "x   ", "  x  y  ", " \n x", "\r\n\r\n", "a\r\nb",
    "Hello world", "hello  world", "it's we'll they've I'm you're he'd can't", "IT'S WE'LL", "'s", "'", "''s", "a's's'll'", "'re've", "'l", "'r", "'v a",
    " 's", "rock'n'roll", "don’t", "!!!!!", "*****", ".....", "aaaaa", "in 2000, it", "1234567890 12 345", "a1b2c3", "٣٤٥ ½ Ⅷ ²", "3.14e-10",
    "x \u00a0y", "x\u3000y", "x\u0085y", "\u2028\u2029", "a\u200bb", "a\u200db", "\u1680 \u2003x", "\u180e x", "\x1c\x1d\x1e\x1f x", "\x00a\x00", "\x7f",
    "😀😀", "👩‍👩‍👧‍👦 family", "🇩🇪🇫🇷", "e\u0301 é", "Z̷̛̤a̴l̵g̸o", "नमस्ते दुनिया", "สวัสดี", "你好，世界", "こんにちは世界", "안녕하세요", "שלום עולם", "مرحبا بالعالم",
    "\ufeffbom", "\ufffd", "\U0010ffff", "\U00013000 hieroglyph", "ﬁ ligature ǅ", "ªº ʰ ՙ", "̈ alone", "_under_score_", "a_b", "$100 €5 ¥7", "C++ a->b; /* x */",
    "<|endoftext|>", "a<|endoftext|>b", "a <|endoftext|> b", "<|endoftext|><|endoftext|>", "<|endoftext|", "<|endoftext|><|end|>", "<|end|> x <|end|>of",
    "[NEW] x[NEW]y", "<br /><br />The", "\"quoted\" (text) [x]", "http://a.b/c?d=e&f=g#h", "café naïve Straße", "The film was not bad at all.",
]
LONG = [("a", 5000), (" ", 5000), ("!", 4097), ("ab", 3000), ("1", 3000), ("\n", 2000), ("好", 2000), ("😀", 1000), ("the ", 2000), (" \u00a0", 700), ("it's", 1500), ("<|endoftext|>", 300), ("-=", 2500), ("é", 1500)]

SPECIAL = ["<|endoftext|>", "<|end|>"]


def train_byte_level():
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    tok.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=SPECIAL, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
    tok.train_from_iterator(CORPUS, trainer)
    tok.add_tokens(["[NEW]"])
    return tok


def make_word_piece():
    # Not trained: the trainer breaks ties by chance, and files shall come out the same.
    normalizer = normalizers.BertNormalizer()  # strip_accents is null: as lowercase
    words = [w for w, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(normalizer.normalize_str("".join(CORPUS)))]
    letters = sorted(set("".join(words)))
    parts = letters + ["##" + c for c in letters] + ["##s", "##ing", "##happy"] + sorted(set(words))
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocab = {part: i for i, part in enumerate(dict.fromkeys(special + parts))}
    tok = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tok.add_special_tokens(special)
    tok.normalizer = normalizer
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.decoder = decoders.WordPiece()
    tok.post_processor = processors.BertProcessing(("[SEP]", vocab["[SEP]"]), ("[CLS]", vocab["[CLS]"]))
    tok.add_tokens(["Crème Brûlée"])  # looked for in the normalized text
    tok.add_special_tokens([AddedToken("<gap>", lstrip=True, rstrip=True, normalized=False)])
    return tok


def make_roberta(tiny):
    """The byte-level BPE as RoBERTa has it: with tokens around the text, and a mask that takes the space before it."""
    tok = Tokenizer.from_str(tiny.to_str())
    tok.post_processor = processors.RobertaProcessing(("<|end|>", 1), ("<|endoftext|>", 0), trim_offsets=False, add_prefix_space=False)
    tok.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    return tok


def digest(ids):
    """sha256 of the count and the ids, little-endian uint32."""
    return hashlib.sha256(struct.pack(f"<{len(ids) + 1}I", len(ids), *ids)).hexdigest()


def golden(tok, prefixed=None, special=False, more=()):
    """Ids and character offsets of the nasty strings; digests of the long ones; with special, as they are fed."""
    cases = []
    for text in [*NASTY, *more]:
        enc = tok.encode(text, add_special_tokens=special)
        case = {"text": text, "ids": enc.ids, "chars": enc.offsets, "decoded": tok.decode(enc.ids, skip_special_tokens=False)}
        if prefixed:
            case["prefixed_ids"] = prefixed.encode(text, add_special_tokens=False).ids
        cases.append(case)
    long = [{"text": t, "repeat": n, "sha256": digest(tok.encode(t * n, add_special_tokens=special).ids)} for t, n in LONG]
    if special:
        tok = Tokenizer.from_str(tok.to_str())
        tok.enable_truncation(6)
        for case in cases:
            case["ids_6"] = tok.encode(case["text"]).ids
    return {"tokenizers": tokenizers.__version__, "cases": cases, "long": long}


# What BERT's parts treat in a way of their own.
BERT_TEXTS = [
    "The film is good.", "the unhappy gardens", "Was it worth it?", "kitchen 2000", "THE ENDING", "zzz~", "cliché CAFÉ naïve", "e\u0301\u0323x", "İstanbul ǅ ẞ",
    "crème brûlée!", "a Creme  Brulee", "x CRÈME BRÛLÉE y", "cremebrulee", "the <gap> film", "the <gap>film<gap><gap>", "film[SEP]good [MASK]. [CLS]", "[sep] [Unk]",
    "a" * 100, "a" * 101, "gardens\u00adgardens", "gar\x00dens\ufffd the\x0bfilm", "漢字kanji 豈", "한국어 각", "ﬁlm", "K Å", "\u0344\u0958\u2000\u037e", "a\u302e\u16ff0b",
]

# What random texts are made of.
BERT_PIECES = ["the", "Film", " ", " ", " ", ".", "!", "-", "É", "é", "e\u0301", "\u0323", "\u0345", "ß", "İ", "Σ", "ς", "\t", "\n", "\u00a0", "\u3000", "\u200b", "\x00", "\x7f", "\u0085", "\ufffd",
               "漢", "字", "豈", "각", "한", "ㄱ", "の", "ｱ", "ﬁ", "Ⅷ", "½", "²", "٣", "न", "ि", "्", "ก", "ำ", "ל", "ّ", "😀", "\u200d", "\ufe0f", "🇩", "\U0001d165", "\U0001e900", "\U00011f00", "\ue000",
               "#", "##ing", "ing", "s", "'", "’", "[SEP]", "[MASK]", "[sep]", "<gap>", "<", "crème brûlée", "Crème", "0", "12", "A", "b", "_", "$", "€", "©", "«", "…", "¿", "\u2028", "\u061c"]


def bert_texts(count):
    """Random texts, the same in every language: piece i of text n is picked by byte i of sha256(n)."""
    for n in range(count):
        yield "".join(BERT_PIECES[b % len(BERT_PIECES)] for b in hashlib.sha256(str(n).encode()).digest())


def bert_golden():
    """Digests of the words that BERT's parts make around every code point, and of random texts."""
    blocks = [first for first in range(0, 0x110000, 0x1000) if not 0x40000 <= first < 0xE0000]  # there is nothing between
    pre, out = pre_tokenizers.BertPreTokenizer(), {"tokenizers": tokenizers.__version__, "block": 0x1000, "blocks": blocks,
                                                   "pieces": BERT_PIECES, "configs": []}

    def words(normalizer, texts):
        sha = hashlib.sha256()
        for text in texts:
            sha.update("\x1f".join(w for w, _ in pre.pre_tokenize_str(normalizer.normalize_str(text))).encode() + b"\0")
        return sha.hexdigest()

    def around(first):
        return (f"A{chr(cp)}b{chr(cp)}{chr(cp)} {chr(cp)}E\u0301x" for cp in range(first, first + 0x1000) if not 0xD800 <= cp < 0xE000)

    for flags in ({}, {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False}, {"lowercase": False}):
        normalizer = normalizers.BertNormalizer(**flags)
        out["configs"].append({
            "normalizer": {"clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True} | flags,
            "sha256": [words(normalizer, around(first)) for first in blocks],
            "random": 20000, "random_sha256": words(normalizer, bert_texts(20000)),
        })
    return out


def random_golden(tok, count):
    """Digests of the ids of random texts, 1000 to a block."""
    ids = [digest(e.ids) for e in tok.encode_batch_fast(list(bert_texts(count)))]
    return {"tokenizers": tokenizers.__version__, "texts": count, "block": 1000, "pieces": BERT_PIECES,
            "sha256": [hashlib.sha256("".join(ids[i : i + 1000]).encode()).hexdigest() for i in range(0, count, 1000)]}


def split_golden():
    """Digests of how words are cut around every code point, 4096 to a block."""
    pre = pre_tokenizers.ByteLevel(add_prefix_space=False)
    blocks = []
    for first in range(0, 0x110000, 0x1000):
        sha = hashlib.sha256()
        for cp in range(first, first + 0x1000):
            if 0xD800 <= cp < 0xE000:
                continue
            c = chr(cp)
            text = f"a{c}1{c}. {c}  {c}{c} \n{c} a"
            sha.update(bytes(end - start for _, (start, end) in pre.pre_tokenize_str(text)) + b"\0")
        blocks.append(sha.hexdigest())
    return {"tokenizers": tokenizers.__version__, "block": 0x1000, "sha256": blocks}


# Bytes that begin, continue or break UTF-8 sequences.
BYTES = bytes([0x41, 0x20, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF])


def sanitize_golden():
    """Ill-formed UTF-8 with what Python makes of it; a digest over more of it."""
    raw = [b"\xff", b"a\xffb", b"\xe2\x82", b"\xe2\x82a", b"\xe2a\x82", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xf0\x9f\x98 x", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xc2", b"\x80\x80", b"ok \xf1\x80\x80\xe1\x80\xc2b", b"\xef\xbf\xbd"]
    cases = [{"hex": b.hex(), "want": b.decode("utf-8", errors="replace")} for b in raw]
    sha = hashlib.sha256()
    for i in range(20000):
        text = bytes(BYTES[b % len(BYTES)] for b in hashlib.sha256(str(i).encode()).digest())
        sha.update(text.decode("utf-8", errors="replace").encode())
    return {"cases": cases, "bytes_hex": BYTES.hex(), "random": 20000, "sha256": sha.hexdigest()}


# What strings drawn by chance are made of.
PIECES = [
    " ", "  ", "\n", "\t", "\u00a0", "\u3000", "a", "the", "The", "ing", "é", "ß", "я", "好", "의", "😀", "\u200d", "\u0301", "\ufe0f", "1", "42", "٣", "½",
    "'", "'s", "'ll", "’", "!", "!!", "...", ",", "-", "_", "$", "<br />", "<|", "|>", "<|endoftext|>", "<|end|>", "[NEW]", "\x00", "\x7f", "\u0085", "ǅ", "\ufffd",
]


def drawn(i):
    """String i: every second one of pieces, the others of code points, most of them low."""
    h = hashlib.sha256(f"fuzz {i}".encode()).digest()
    if i % 2 == 0:
        return "".join(PIECES[b % len(PIECES)] for b in h[: 1 + h[31] % 31])
    text = ""
    for (v,) in struct.iter_unpack("<I", h):
        cp = (v >> 2) % (0x80, 0x800, 0x10000, 0x110000)[v % 4]
        text += chr(0xFFFD if 0xD800 <= cp < 0xE000 else cp)
    return text


def fuzz_golden(tok, strings=100_000, block=1000):
    """Digests of the ids of strings drawn by chance."""
    blocks, tokens = [], 0
    for first in range(0, strings, block):
        ids = [e.ids for e in tok.encode_batch_fast([drawn(i) for i in range(first, first + block)], add_special_tokens=False)]
        tokens += sum(map(len, ids))
        blocks.append(hashlib.sha256("".join(map(digest, ids)).encode()).hexdigest())
    return {"tokenizers": tokenizers.__version__, "pieces": PIECES, "texts": strings, "tokens": tokens, "block": block, "sha256": blocks}


def imdb_golden(tok, path, special=False):
    """Digests of the ids of every review, 1000 to a block."""
    with gzip.open(path, "rt", encoding="utf-8") as f:
        texts = [json.loads(line)["text"] for line in f]
    blocks, tokens = [], 0
    for first in range(0, len(texts), 1000):
        ids = [e.ids for e in tok.encode_batch_fast(texts[first : first + 1000], add_special_tokens=special)]
        tokens += sum(map(len, ids))
        blocks.append(hashlib.sha256("".join(map(digest, ids)).encode()).hexdigest())
    return {"tokenizers": tokenizers.__version__, "texts": len(texts), "tokens": tokens, "block": 1000, "sha256": blocks, "sha256_all": hashlib.sha256("".join(blocks).encode()).hexdigest()}


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace('},{"text"', '},\n{"text"') + "\n")


def generate(output, data, minilm):
    tiny, word_piece = train_byte_level(), make_word_piece()
    output.mkdir(parents=True, exist_ok=True)
    roberta = make_roberta(tiny)
    for name, tok in ("tiny", tiny), ("wordpiece", word_piece), ("roberta", roberta):
        (output / f"{name}.tokenizer.json").write_text(json.dumps(json.loads(tok.to_str()), separators=(",", ":")) + "\n")
    prefixed = Tokenizer.from_str(tiny.to_str())
    prefixed.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    write(output / "tiny.golden.json", golden(tiny, prefixed))
    write(output / "wordpiece.golden.json", golden(word_piece, special=True, more=BERT_TEXTS))
    write(output / "roberta.golden.json", golden(roberta, special=True, more=["the <mask> of", "a \n\u00a0<mask><mask> <|end|>", "<mask>"]))
    write(output / "bert.golden.json", bert_golden())
    write(output / "splits.golden.json", split_golden())
    write(output / "sanitize.golden.json", sanitize_golden())
    write(output / "tiny-fuzz.golden.json", fuzz_golden(tiny))
    if data:
        gpt2 = Tokenizer.from_file(str(data / "gpt2/tokenizer.json"))
        write(output / "gpt2.golden.json", golden(gpt2))
        write(output / "gpt2-fuzz.golden.json", fuzz_golden(gpt2))
        write(output / "gpt2-imdb.golden.json", imdb_golden(gpt2, data / "imdb/train.jsonl.gz"))
    if minilm:
        tok = Tokenizer.from_file(str(minilm))
        tok.no_truncation()
        tok.no_padding()
        write(output / "minilm.golden.json", golden(tok, special=True, more=BERT_TEXTS))
        write(output / "minilm-random.golden.json", random_golden(tok, 100_000))
        if data:
            write(output / "minilm-imdb.golden.json", imdb_golden(tok, data / "imdb/train.jsonl.gz", special=True))


def check(output, data, minilm):
    """Prints what is not as tokenizers makes it now, versions aside; returns the exit status."""
    with tempfile.TemporaryDirectory() as name:
        fresh = pathlib.Path(name)
        generate(fresh, data, minilm)
        made = {f.name: json.loads(f.read_text()) for f in sorted(fresh.iterdir())}
    differ = [name for name, value in made.items() if unversioned(json.loads((output / name).read_text())) != unversioned(value)]
    for name in differ:
        print(f"{output / name}: differs")
    strings = sum(len(v.get("cases", ())) + len(v.get("long", ())) for v in made.values())
    reviews = made.get("gpt2-imdb.golden.json", {"texts": 0, "tokens": 0})
    fuzz = sum(v["texts"] for name, v in made.items() if name.endswith("-fuzz.golden.json"))
    print(f"golden files: {len(differ)} of {len(made)} differ from tokenizers {tokenizers.__version__}; {strings} strings, {fuzz} drawn by chance, "
          f"{len(made['splits.golden.json']['sha256']) * 0x1000} code points, {reviews['texts']} reviews of {reviews['tokens']} tokens")
    reviews = [v for k, v in made.items() if k.endswith("imdb.golden.json")]
    print(f"golden files: {len(differ)} of {len(made)} differ from tokenizers {tokenizers.__version__}; {strings} strings, "
          f"{len(made['splits.golden.json']['sha256']) * 0x1000} code points, "
          f"{' and '.join(str(v['texts']) + ' reviews of ' + str(v['tokens']) + ' tokens' for v in reviews) or 'no reviews'}")
    return 1 if differ else 0


def unversioned(value):
    return {k: v for k, v in value.items() if k != "tokenizers"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--minilm", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="compare with OUTPUT, write nothing")
    args = parser.parse_args()
    if args.check:
        sys.exit(check(args.output, args.data, args.minilm))
    generate(args.output, args.data, args.minilm)


if __name__ == "__main__":
    main()
