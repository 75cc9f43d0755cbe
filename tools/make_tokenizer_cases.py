#!/usr/bin/env python3
"""Makes testdata/tokenizer/cases.json: what the tokenizers library does with each component.

Use: make_tokenizer_cases.py [OUT_DIR]        (needs the Python package `tokenizers`)

The file holds two small models ("bases": a SentencePiece-like BPE with byte tokens, and Unigram
models over the same tokens), hard texts, and cases. A case is a base, changes to it (members that
take the place of the base's; "model" is a JSON merge patch, RFC 7396), and for each text its ids
("plain"); where the case is about them also what these decode to, and for every fourth text the ids
with special tokens, and what these decode to without them.
"""
import json
import math
import os
import sys

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

CORPUS = [
    "the nurse said that she would call the doctor, and the doctor said that he would wait.",
    "El médico examinó a la paciente. Mañana será otro día. The cat sat on the mat.",
    "Numbers: 1, 12, 123, 2026 and two words; the end of the line is the end.",
    "naïve café. a b c d e f g h i j k l m n o p q r s t u v w x y z ( ) \" ' ! ? - _ < > / | .",
] * 3

TEXTS = [
    "", " ", "  ", "   x", "x   ", "the nurse", " the nurse ", "the  nurse", "the   end  ", "\n", " \n \n",
    "the\nend\n", "\tthe\tcat", "a\r\nb", "El médico", "cafe\u0301 café", "\u0301\u0327a", "e\u0327\u0301 e\u0301\u0327",
    "naïve", "THE Nurse", "İSTANBUL ẞ ǅ", "ﬁne Ⅷ ½ ²", "Å Å \u212b ℌ", "\u1112\u1161\u11ab 한", "각\u11a8",
    "你好,世界", "你好你a好", "日本", "🙂", "🙂🙂a🙂", "👍🏽 👨\u200d👩", "\ufeffx\u200b", "\u00a0a\u3000b\u2003",
    "\x01\x7f\x1b[0m", "a\u0085b", "▁", "▁▁the", "the▁end", "▁ ▁", "1", "12 123", "a1b22c³", "½x٣٤",
    "(the) \"end\"!?", "a--b__c", "¿Dónde?", "«the»…", "don't", "<s>", "<s>the</s>", "the <s> end </s>", "  <s>  the",
    "<mask>the", "the   <mask>   end", "two words", "two  words two words.", "atwo words", "word words word",
    "<unk>", "a<unk>é<unk>", "<0x41>", "<0x0A><0xE4>", "aaaaaaaaaaaaaaaaaaaa", "thethethethethethe",
    "the nurse said that she would call the doctor", "zzz\u4e00zzz", "é\u4e00\u00e9", "x\u2028y",
]

DECODER = {"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
    {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
PREPEND = {"type": "Prepend", "prepend": "▁"}
SPACES = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}


def sequence(key, *steps):
    return {"type": "Sequence", key: list(steps)}


def added(id_, content, **flags):
    return {"id": id_, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": False} | flags


def bases():
    tk = Tokenizer(models.BPE(unk_token="<unk>"))
    tk.pre_tokenizer = pre_tokenizers.Metaspace()
    tk.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=180, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False))
    trained = json.loads(tk.to_str())["model"]
    tokens = sorted(trained["vocab"], key=trained["vocab"].get)
    tokens[3:3] = [f"<0x{b:02X}>" for b in range(256)]
    # Longer merges across a space, as runs of spaces have them.
    merges = trained["merges"] + [["▁", "▁"], ["▁▁", "▁▁"], ["d", "▁"]]
    tokens += ["▁▁", "▁▁▁▁", "d▁"]
    special = [added(0, "<unk>", special=True), added(1, "<s>", special=True),
               added(2, "</s>", special=True)]
    template = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]},
                           "<sss>": {"id": "<sss>", "ids": [1, 1, 2], "tokens": ["<s>", "<s>", "</s>"]}}}
    bpe = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
           "normalizer": sequence("normalizers", PREPEND, SPACES), "pre_tokenizer": None,
           "post_processor": template, "decoder": DECODER,
           "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>",
                     "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": True,
                     "byte_fallback": True, "ignore_merges": False,
                     "vocab": {t: i for i, t in enumerate(tokens)}, "merges": merges}}
    # Many equal scores, so that ties are common.
    pieces = [[t, -float(i % 13 + 12 - 4 * int(math.log2(len(t)))) / 2] for i, t in enumerate(tokens)]
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    unigram = bpe | {"normalizer": None, "pre_tokenizer": metaspace, "decoder": metaspace,
                     "model": {"type": "Unigram", "unk_id": 0, "vocab": pieces, "byte_fallback": False}}
    no_bytes = unigram | {"model": unigram["model"] | {"vocab": pieces[:3] + pieces[259:]}}
    return {"bpe": bpe, "unigram": unigram, "unigram_no_bytes": no_bytes}


def normalizer_cases():
    flagged = [added(0, "<unk>", special=True), added(1, "<s>", special=True, normalized=True),
               added(2, "</s>", special=True), added(500, "<mask>", lstrip=True, rstrip=True),
               added(501, "two words", normalized=True), added(502, "word", single_word=True),
               added(503, "Nurse", normalized=True), added(504, "é", normalized=True, single_word=True)]
    single = {name: {"type": name} for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "ByteLevel")}
    for left in (False, True):
        for right in (False, True):
            single[f"Strip_{int(left)}{int(right)}"] = {"type": "Strip", "strip_left": left, "strip_right": right}
    single["Prepend"] = {"type": "Prepend", "prepend": "the "}
    single["PrependNothing"] = {"type": "Prepend", "prepend": ""}
    replaced = {"words": ({"String": "the"}, "a"), "dot": ({"String": "."}, ""), "nothing": ({"String": ""}, "x"),
                "spaces": ({"Regex": r"\s+"}, "▁"), "digits": ({"Regex": r"\p{N}|e(?=n)"}, "<1>"),
                "empty_matches": ({"Regex": "x*"}, "-")}
    for name, (pattern, content) in replaced.items():
        single[f"Replace_{name}"] = {"type": "Replace", "pattern": pattern, "content": content}
    single["Sequence"] = sequence("normalizers", {"type": "Strip", "strip_left": True, "strip_right": True},
                                  {"type": "NFKC"}, {"type": "Lowercase"}, SPACES, PREPEND)
    single["SequenceEmpty"] = sequence("normalizers")
    single["SequenceNested"] = sequence("normalizers", sequence("normalizers", {"type": "NFD"}), {"type": "NFC"})
    single["none"] = None
    for name, spec in single.items():
        yield f"normalizer_{name}", "bpe", {"normalizer": spec, "added_tokens": flagged}, True


def pre_tokenizer_cases():
    def metaspace(scheme, split=True, replacement="▁"):
        return {"type": "Metaspace", "replacement": replacement, "prepend_scheme": scheme, "split": split}
    specs = {f"Metaspace_{scheme}{'' if split else '_whole'}": metaspace(scheme, split)
             for scheme in ("always", "first", "never") for split in (True, False)}
    specs["Metaspace_old"] = {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True, "str_rep": "▁"}
    specs["Metaspace_old_never"] = {"type": "Metaspace", "replacement": "▁", "add_prefix_space": False,
                                    "prepend_scheme": "never"}
    specs["Metaspace_e"] = metaspace("first", True, "e")
    for individual in (False, True):
        specs[f"Digits_{int(individual)}"] = {"type": "Digits", "individual_digits": individual}
    for behavior in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"):
        specs[f"Punctuation_{behavior}"] = {"type": "Punctuation", "behavior": behavior}
        for name, pattern in (("String", {"String": "e"}), ("Regex", {"Regex": r"\s|[a-e]"})):
            for invert in (False, True):
                specs[f"Split_{name}_{behavior}_{int(invert)}"] = {
                    "type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}
    specs["Punctuation_default"] = {"type": "Punctuation"}
    specs["Split_nothing"] = {"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated", "invert": False}
    specs["Whitespace"] = {"type": "Whitespace"}
    specs["WhitespaceSplit"] = {"type": "WhitespaceSplit"}
    specs["words_then_Metaspace"] = sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace("always"))
    specs["words_then_first"] = sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace("first"))
    specs["Metaspace_then_Punctuation"] = sequence("pretokenizers", metaspace("always"), {"type": "Punctuation"})
    specs["ByteLevel"] = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    for name, spec in specs.items():
        yield f"pre_tokenizer_{name}", "bpe", {"normalizer": None, "pre_tokenizer": spec}, False
    gemma = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
    yield "gemma", "bpe", {"normalizer": SPACES, "pre_tokenizer": gemma}, False
    yield "first_behind_NFKC", "bpe", {"normalizer": {"type": "NFKC"}, "pre_tokenizer": metaspace("first")}, False


def model_cases():
    yield "bpe", "bpe", {}, True
    yield "bpe_ignore_merges", "bpe", {"model": {"ignore_merges": True}}, False
    yield "bpe_no_unknown", "bpe", {"model": {"unk_token": None, "byte_fallback": False}}, False
    for fuse in (False, True):
        yield f"bpe_no_bytes_{int(fuse)}", "bpe", {"model": {"byte_fallback": False, "fuse_unk": fuse}}, True
        some = {"model": {"fuse_unk": fuse, "vocab": {"<0xE4>": None, "<0x99>": None}}}
        yield f"bpe_some_bytes_{int(fuse)}", "bpe", some, True
    yield "bpe_merged_bytes", "bpe", {"model": {"vocab": {"<0xE4><0xBD>": 900, "<0xF0><0x9F>": 901},
                                                "merges": [["<0xE4>", "<0xBD>"], ["<0xF0>", "<0x9F>"]]}}, True
    for base in ("unigram", "unigram_no_bytes"):
        for fallback in (False, True):
            yield f"{base}_{int(fallback)}", base, {"model": {"byte_fallback": fallback}}, True
    yield "unigram_whole", "unigram", {"pre_tokenizer": None, "normalizer": SPACES}, False
    yield "unigram_ByteLevel", "unigram", {"pre_tokenizer": {
        "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}}, False
    yield "unigram_plain_unknown", "unigram", {"added_tokens": []}, True


def decoder_cases():
    specs = {
        "none": None, "ByteFallback": {"type": "ByteFallback"}, "Fuse": {"type": "Fuse"},
        "Replace": {"type": "Replace", "pattern": {"String": "▁"}, "content": ""},
        "Replace_regex": {"type": "Replace", "pattern": {"Regex": "[aeiou]+|<0x.."}, "content": "()"},
        # The library fails where both ends meet.
        "Strip_start": {"type": "Strip", "content": "▁", "start": 2, "stop": 0},
        "Strip_stop": {"type": "Strip", "content": "e", "start": 0, "stop": 1},
        "ByteLevel": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "Sequence": sequence("decoders", {"type": "ByteFallback"}, {"type": "Metaspace", "replacement": "e"},
                             sequence("decoders", {"type": "Fuse"}))}
    for scheme in ("always", "first", "never"):
        specs[f"Metaspace_{scheme}"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme,
                                        "split": False}
    for name, spec in specs.items():
        yield f"decoder_{name}", "bpe", {"decoder": spec}, True


def post_processor_cases():
    both = [{"SpecialToken": {"id": "<sss>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"SpecialToken": {"id": "<sss>", "type_id": 0}}]
    template = bases()["bpe"]["post_processor"]
    yield "post_processor_both", "bpe", {"post_processor": template | {"single": both}}, True
    yield "post_processor_sequence", "bpe", {"post_processor": sequence(
        "processors", {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False,
                       "use_regex": True}, template | {"single": both})}, True
    yield "post_processor_none", "bpe", {"post_processor": None}, True


def merge_patch(target, patch):
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merge_patch(made.get(key), value)
    return made


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "testdata", "tokenizer")
    os.makedirs(out, exist_ok=True)
    made = bases()
    lines = []
    for family in (model_cases, normalizer_cases, pre_tokenizer_cases, decoder_cases, post_processor_cases):
        for name, base, patch, whole in family():
            document = made[base] | patch
            document["model"] = merge_patch(made[base]["model"], patch.get("model", {}))
            tk = Tokenizer.from_str(json.dumps(document))
            plain = [tk.encode(t, add_special_tokens=False).ids for t in TEXTS]
            case = {"name": name, "base": base, "changes": patch, "plain": plain}
            if whole:
                special = [tk.encode(t).ids for t in TEXTS]
                case["special"] = special[::4]
                case["decoded"] = [tk.decode(p, skip_special_tokens=False) for p in plain]
                case["decoded_skip"] = [tk.decode(s, skip_special_tokens=True) for s in special[::4]]
            lines.append(json.dumps(case, separators=(",", ":")))
    with open(os.path.join(out, "cases.json"), "w", encoding="utf8") as f:
        f.write('{"bases": ' + json.dumps(made, separators=(",", ":")) + ',\n"texts": ' + json.dumps(TEXTS)
                + ',\n"cases": [\n' + ",\n".join(lines) + "\n]}\n")
    print(f"{len(lines)} cases, {len(TEXTS)} texts")


if __name__ == "__main__":
    main()
