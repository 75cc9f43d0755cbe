#!/usr/bin/env python3
"""Makes testdata/tokenizer/sentencepiece: small SentencePiece models, and the ids of texts.

Use: make_sentencepiece_fixtures.py [OUT_DIR [LLAMA2_TOKENIZER_MODEL TEXTS.json]]
(needs the Python packages `sentencepiece`, `protobuf`, `tokenizers` and `transformers`)

OUT_DIR/NAME/tokenizer.model   trained on data/text/neutral_en.txt and a few lines in other scripts
OUT_DIR/NAME/tokenizer_config.json   for some of them
OUT_DIR/expected.json          texts; per model their ids without and with special tokens and the
                               decoded plain ids, as the tokenizers library gives them with the
                               components that transformers' LlamaConverter and GemmaConverter put
                               together
OUT_DIR/refused/NAME.model     models that SentencePiece can make and this project does not read
OUT_DIR/llama2.json            with the other two arguments: texts, and SentencePiece's ids of them
                               with that model

The script fails if SentencePiece itself gives other ids for a text without added tokens.
"""
import io
import json
import os
import pathlib
import sys

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers.convert_slow_tokenizer import generate_merges

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPACE = "\u2581"
OTHER = ["El médico examinó a la paciente. ¿Dónde está la biblioteca?", "Привет, мир! Γειά σου κόσμε.",
         "你好,世界。日本語テスト。", "def f(x):\n    return x ** 2\n\n\tif x:\n        pass"] * 4

TEXTS = [
    "", " ", "  ", "   x", "x   ", "\n", "\n\n", " \n \n", "\t\tif (x) {\r\n  y();\r\n}\r\n", "Hello world",
    "hello  world", "She said that the park was very large.", "don't", "12345", "3.14159", "½ ² ③",
    "¿Dónde está la biblioteca?", "cafe\u0301 café", "\u00a0nbsp\u00a0", "\u3000full", "Привет, мир!", "你好,世界",
    "👍🏽 👨\u200d👩\u200d👧", "\ufeffBOM", "a" * 60, "ab" * 30, " " * 40, "\n" * 5, "é" * 12, "word " * 8,
    SPACE + "under" + SPACE + "line", SPACE, SPACE * 3, "   leading and trailing   ", "İ ı ß",
    "The lake and the river, the hill and the wood.", "She was, he was; they were. " * 3,
]
ADDED = ["<s>", "<s> x", "a</s>b", "<unk>", "x <sep> y", "<sep>", "<sep><sep> z", " <sep>  ", "a<extra>b", "<extra> c"]


def train(name, model_type, vocab_size, **options):
    lines = (ROOT / "data/text/neutral_en.txt").read_text(encoding="utf8").split("\n")
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line for line in lines if line] + OTHER), model_writer=out, model_type=model_type,
        vocab_size=vocab_size, num_threads=1, minloglevel=2, input_sentence_size=0, hard_vocab_limit=False,
        allow_whitespace_only_pieces=True,
        **{"normalization_rule_name": "identity", "remove_extra_whitespaces": False, "byte_fallback": True,
           "character_coverage": 0.99, **options})
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(out.getvalue())
    proto.trainer_spec.ClearField("input")
    return proto


def convert(proto, add_prefix_space, legacy, extra, ends):
    """What LlamaConverter (GemmaConverter without a prefix) makes of a model."""
    pieces = [(p.piece, p.score) for p in proto.pieces]
    unknown = proto.trainer_spec.unk_piece
    if proto.trainer_spec.model_type == 1:
        tk = Tokenizer(models.Unigram(pieces, unk_id=proto.trainer_spec.unk_id,
                                      byte_fallback=proto.trainer_spec.byte_fallback))
    else:
        vocabulary = {text: i for i, (text, _) in enumerate(pieces)}
        tk = Tokenizer(models.BPE(vocabulary, generate_merges(vocabulary, pieces), unk_token=unknown, fuse_unk=True,
                                  byte_fallback=proto.trainer_spec.byte_fallback))
    tk.add_tokens([AddedToken(p.piece, normalized=False, special=p.type != 4)
                   for p in proto.pieces if p.type in (2, 3, 4)])
    tk.add_tokens([AddedToken(t["content"], normalized=t["normalized"], special=t["special"]) for t in extra])
    steps = [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    if legacy:
        prepend = [normalizers.Prepend(SPACE)] if add_prefix_space else []
        tk.normalizer = normalizers.Sequence(prepend + [normalizers.Replace(" ", SPACE)])
    else:
        scheme = "first" if add_prefix_space else "never"
        tk.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, prepend_scheme=scheme, split=False)
    tk.decoder = decoders.Sequence(steps + ([decoders.Strip(" ", 1, 0)] if add_prefix_space else []))
    single = (["<s>"] if ends[0] else []) + ["$A"] + (["</s>"] if ends[1] else [])
    tk.post_processor = processors.TemplateProcessing(
        single=" ".join(single), special_tokens=[(t, tk.token_to_id(t)) for t in single if t != "$A"])
    return tk


MODELS = {
    # name: (training, tokenizer_config.json or None, conversion)
    "bpe": (dict(model_type="bpe", vocab_size=520, user_defined_symbols=["<sep>"]), None,
            dict(add_prefix_space=True, legacy=True, extra=[], ends=(True, False))),
    "bpe_no_prefix": (dict(model_type="bpe", vocab_size=520, add_dummy_prefix=False, pad_id=3,
                           user_defined_symbols=["<sep>"] + [c * n for c in ("\n", SPACE) for n in range(2, 9)]),
                      {"tokenizer_class": "GemmaTokenizer", "add_bos_token": True, "add_eos_token": True,
                       "legacy": False},
                      dict(add_prefix_space=False, legacy=True, extra=[], ends=(True, True))),
    "bpe_new": (dict(model_type="bpe", vocab_size=480),
                {"tokenizer_class": "LlamaTokenizer", "legacy": False, "add_bos_token": False,
                 "added_tokens_decoder": {}},
                dict(add_prefix_space=True, legacy=False, ends=(False, False),
                     extra=[dict(content="<extra>", normalized=False, special=True),
                            dict(content="<sep>", normalized=False, special=False)])),
    "bpe_unknown": (dict(model_type="bpe", vocab_size=200, byte_fallback=False), None,
                    dict(add_prefix_space=True, legacy=True, extra=[], ends=(True, False))),
    "unigram": (dict(model_type="unigram", vocab_size=420, user_defined_symbols=["<sep>"]), None,
                dict(add_prefix_space=True, legacy=True, extra=[], ends=(True, False))),
    "unigram_unknown": (dict(model_type="unigram", vocab_size=160, byte_fallback=False), None,
                        dict(add_prefix_space=True, legacy=True, extra=[], ends=(True, False))),
}
REFUSED = {
    "word": dict(model_type="word", vocab_size=300, byte_fallback=False),
    "char": dict(model_type="char", vocab_size=80, byte_fallback=False),
    "spaces": dict(model_type="bpe", vocab_size=120, byte_fallback=False, remove_extra_whitespaces=True),
    "suffix": dict(model_type="bpe", vocab_size=120, byte_fallback=False, treat_whitespace_as_suffix=True),
}


def write_model(out, name, training, settings, conversion):
    proto = train(name, **training)
    folder = out / name
    os.makedirs(folder, exist_ok=True)
    (folder / "tokenizer.model").write_bytes(proto.SerializeToString())
    if settings is not None:
        if conversion["extra"]:
            settings = dict(settings, added_tokens_decoder={
                str(len(proto.pieces) + i): dict(token, lstrip=False, rstrip=False, single_word=False)
                for i, token in enumerate(conversion["extra"])})
        (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n")
    tk = convert(proto, **conversion)
    processor = sentencepiece.SentencePieceProcessor(model_proto=proto.SerializeToString())
    for text in TEXTS:
        if conversion["legacy"] and not any(p.piece in text for p in proto.pieces if p.type in (3, 4)):
            theirs = processor.encode(text)
            ours = tk.encode(text, add_special_tokens=False).ids
            if theirs != ours:
                sys.exit(f"{name}: {text!r}: sentencepiece {theirs}, tokenizers {ours}")
    texts = TEXTS + ADDED
    plain = [tk.encode(t, add_special_tokens=False).ids for t in texts]
    return {"plain": plain, "special": [tk.encode(t).ids for t in texts],
            "decoded": [tk.decode(ids, skip_special_tokens=False) for ids in plain]}


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "testdata/tokenizer/sentencepiece")
    os.makedirs(out / "refused", exist_ok=True)
    expected = {"texts": TEXTS + ADDED}
    for name, (training, settings, conversion) in MODELS.items():
        expected[name] = write_model(out, name, training, settings, conversion)
    rows = [f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in expected.items()]
    (out / "expected.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")
    for name, training in REFUSED.items():
        (out / "refused" / f"{name}.model").write_bytes(train(name, **training).SerializeToString())
    if len(sys.argv) > 3:
        processor = sentencepiece.SentencePieceProcessor(model_file=sys.argv[2])
        texts = [t for t in json.loads(pathlib.Path(sys.argv[3]).read_text()) if "<s>" not in t and len(t) < 120][:110]
        rows = [json.dumps([t, processor.encode(t)], separators=(",", ":")) for t in texts]
        (out / "llama2.json").write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
