#!/usr/bin/env python3
"""Makes testdata/tokenizer: a small byte-level BPE tokenizer and what the tokenizers library does.

Use: make_tokenizer_fixtures.py [OUT_DIR]        (needs the Python package `tokenizers`)

OUT_DIR/tokenizer.json, tokenizer_config.json   the tokenizer, with every kind of added token
OUT_DIR/expected.json                           texts, and their ids without and with special
                                                tokens, decoded with and without special tokens
OUT_DIR/components.json                         small tokenizers, one per component and option,
                                                with ids of the same texts
"""
import json
import os
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers

CORPUS = [
    "The nurse said that she would call the doctor, and the doctor said that he would wait.",
    "They're here; we'll go, I've seen it's done, don't worry, she'd know. THE END.",
    "El médico examinó a la paciente. ¿Dónde está la biblioteca? Mañana será otro día.",
    "Numbers: 1, 12, 123, 1234, 12345, 3.14159 and 2026-11-23.",
    "def f(x):\n    return x ** 2\n\n\tif x:\r\n        pass\n",
    "Привет, мир! Γειά σου κόσμε. 你好,世界。日本語テスト。 안녕하세요. שלום עולם",
    "naïve café, cafe\u0301, ﬁne, Ⅷ, ½, 🙂🙂 👍🏽",
] * 4

TEXTS = [
    "", " ", "  ", "   x", "x   ", "\n", "\n\n", " \n \n", "\t\tif (x) {\r\n  y();\r\n}\r\n",
    "Hello world", "HELLO  world", "don't DON'T we'll I'VE it's 's 'S ’s 'ſ 'K 'LL", "1", "12345678901",
    "3.14159", "a1b2c3", "½ ² ③ ٣٤٥ Ⅷ 一二", "¿Dónde está la biblioteca?", "cafe\u0301 café e\u0301\u0327",
    "ﬁ ﬂ ℌ Å Å", "\u1112\u1161\u11ab\u1100\u1173\u11af", "\u00a0nbsp\u00a0", "\u200bzero\u200bwidth\u200d",
    "\u3000full\u2003width\u1680", "a\u180eb \u180e c\u180e\u180e", "\x85next\x85line \x1c\x1d\x1e\x1f",
    "Привет, мир!", "Γειά σου", "שלום", "السلام عليكم", "नमस्ते दुनिया", "สวัสดี", "你好,世界",
    "한국어", "👍🏽 👨\u200d👩\u200d👧 🏳️\u200d🌈", "\ufeffBOM", "A\x00B\x00", "\x00", "\x01\x02\x7f\x1b[0m",
    "...", "#$%^&*()", "http://example.com/a?b=c&d=%20", "<|end|>", "a<|end|>b<|end|>", "<|begin|><|end|>",
    "x <mask> y", "x   <mask>   y", "<mask><mask>", " <mask> <left>  <right> ", "\u3000<left>\u00a0<right>\u2003z",
    "word aword wordy word.word éword", "_word word_ word\u0301 Ⓐword ①word", "nor\u0301m NO\u0301RM nórm",
    "<pad><|end", "two words two  words", "tool<tool><tool_call>", "a" * 300, "ab" * 100, " " * 70,
    "é" * 50, "\U0010ffff\ufffe\ue000", "Ġ Ċ ĠĠ", "\u2028line\u2029para",
    "She said: \"He's the nurse—isn't he?\"", "ＦＵＬＬ ｗｉｄｔｈ", "İ ı ß ẞ ŉ ǰ", "\U0001F1EA\U0001F1F8",
    "été<é>été", "the cat\u0327\u0301 sat", "\r\n\r\n x\r", "x\n \n  y", "'s't're've'm'll'd",
]

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
          r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_level(**options):
    return pre_tokenizers.ByteLevel(**{"add_prefix_space": False, **options})


def train():
    tk = Tokenizer(models.BPE())
    tk.normalizer = normalizers.NFC()
    tk.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(LLAMA3), "isolated"), byte_level(use_regex=False)])
    tk.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=["<pad>", "<|begin|>", "<|end|>"],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  show_progress=False)
    tk.train_from_iterator(CORPUS, trainer)
    tk.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True, normalized=False)])
    tk.add_tokens([
        AddedToken("<left>", lstrip=True, normalized=False),
        AddedToken("<right>", rstrip=True, normalized=False),
        AddedToken("word", single_word=True, normalized=False),
        AddedToken("nórm", normalized=True),
        AddedToken("two words", normalized=True),
        AddedToken("<tool>", normalized=False),
        AddedToken("<tool_call>", normalized=False),
        AddedToken("<é>", normalized=False),
    ])
    tk.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(
            single="<|begin|> $A <|end|>", pair="<|begin|> $A <|end|> $B:1 <|end|>:1",
            special_tokens=[("<|begin|>", tk.token_to_id("<|begin|>")),
                            ("<|end|>", tk.token_to_id("<|end|>"))])])
    return tk


def split(pattern, behavior, invert=False):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(pattern, behavior, invert),
                                    byte_level(use_regex=False)])


def components():
    """Name -> (changes to the tokenizer)."""
    made = {
        "gpt2": dict(pre_tokenizer=byte_level()),
        "prefix_space": dict(pre_tokenizer=byte_level(add_prefix_space=True)),
        "prefix_space_no_regex": dict(pre_tokenizer=byte_level(add_prefix_space=True,
                                                               use_regex=False)),
        "digits": dict(pre_tokenizer=pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), byte_level()])),
        "digits_joined": dict(pre_tokenizer=pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=False), byte_level()])),
        "byte_level_first": dict(pre_tokenizer=pre_tokenizers.Sequence(
            [byte_level(), pre_tokenizers.Split("e", "isolated")])),
        "words": dict(pre_tokenizer=split(Regex(r"\w+|[^\w\s]+"), "isolated")),
        "not_words": dict(pre_tokenizer=split(Regex(r"\W+|\S"), "isolated")),
        "lines": dict(pre_tokenizer=split(Regex(r".+$|^\n"), "isolated")),
        "caseless": dict(pre_tokenizer=split(Regex(r"(?i)the|s+|\u0041\x{62}?"), "isolated")),
        "no_normalizer": dict(normalizer=None),
        "sequence_normalizer": dict(normalizer=normalizers.Sequence([normalizers.NFC()])),
        "ignore_merges": dict(ignore_merges=True),
    }
    for behavior in ("isolated", "removed", "merged_with_previous", "merged_with_next",
                     "contiguous"):
        for invert in (False, True):
            suffix = behavior + ("_inverted" if invert else "")
            made["literal_" + suffix] = dict(pre_tokenizer=split(" ", behavior, invert))
            made["regex_" + suffix] = dict(pre_tokenizer=split(Regex(r"\s|\p{N}|e"), behavior,
                                                               invert))
    return made


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "testdata", "tokenizer")
    os.makedirs(out, exist_ok=True)
    tk = train()
    tk.save(os.path.join(out, "tokenizer.json"))
    config = {"bos_token": "<|begin|>", "eos_token": {"content": "<|end|>"}, "pad_token": "<pad>",
              "tokenizer_class": "PreTrainedTokenizerFast"}
    with open(os.path.join(out, "tokenizer_config.json"), "w", encoding="utf8") as f:
        json.dump(config, f, indent=2)
        f.write("\n")
    plain = [tk.encode(t, add_special_tokens=False).ids for t in TEXTS]
    rows = [{"text": t, "plain": p, "special": tk.encode(t).ids,
             "decoded": tk.decode(p, skip_special_tokens=False),
             "decoded_skip": tk.decode(p, skip_special_tokens=True)}
            for t, p in zip(TEXTS, plain)]
    # Ids one by one: bytes that are no UTF-8 on their own.
    rows.append({"each_id_decoded": [tk.decode([i], skip_special_tokens=False)
                                     for i in range(tk.get_vocab_size())]})
    with open(os.path.join(out, "expected.json"), "w", encoding="utf8") as f:
        f.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
    lines = []
    for name, changes in components().items():
        other = Tokenizer.from_str(tk.to_str())
        if "pre_tokenizer" in changes:
            other.pre_tokenizer = changes["pre_tokenizer"]
        spec = json.loads(other.to_str())
        if "normalizer" in changes:
            n = changes["normalizer"]
            spec["normalizer"] = None if n is None else json.loads(n.__getstate__())
        if "ignore_merges" in changes:
            spec["model"]["ignore_merges"] = changes["ignore_merges"]
            spec["model"]["merges"] = spec["model"]["merges"][:60]
        other = Tokenizer.from_str(json.dumps(spec))
        ids = [other.encode(t, add_special_tokens=False).ids for t in TEXTS]
        changed = {k: spec[k] for k in ("normalizer", "pre_tokenizer")}
        changed["ignore_merges"] = spec["model"]["ignore_merges"]
        changed["num_merges"] = len(spec["model"]["merges"])
        lines.append(json.dumps({"name": name, "changes": changed, "ids": ids},
                                separators=(",", ":")))
    with open(os.path.join(out, "components.json"), "w", encoding="utf8") as f:
        f.write("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"{tk.get_vocab_size()} tokens, {len(TEXTS)} texts, {len(lines)} components")


if __name__ == "__main__":
    main()
