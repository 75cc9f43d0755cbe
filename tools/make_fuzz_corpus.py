#!/usr/bin/env python3
"""Writes the seed corpus of the fuzz targets: fuzz/corpus/ (json, safetensors, gguf,
gguf_tokenizer, sentencepiece, tiktoken).

Small well-formed and broken files, made with the standard library only; the same in every run.
"""

import base64
import json
import pathlib
import struct

ROOT = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "corpus"


def save(target: str, name: str, content: bytes) -> None:
    folder = ROOT / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def safetensors(header: dict, data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def gguf(keys: list, tensors: list, data: bytes, version: int = 3) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys))
    for key, kind, value in keys:
        head += string(key) + struct.pack("<I", kind) + value
    for name, extents, kind, offset in tensors:
        head += string(name) + struct.pack(f"<I{len(extents)}Q", len(extents), *extents)
        head += struct.pack("<IQ", kind, offset)
    return head + bytes(-len(head) % 32) + data


def string_array(texts: list) -> bytes:
    return struct.pack("<IQ", 8, len(texts)) + b"".join(string(t) for t in texts)


def gguf_vocabulary(model: str, texts: list, types: list, **more: bytes) -> list:
    """Metadata keys; `more` holds arrays."""
    keys = [("model", 8, string(model)), ("tokens", 9, string_array(texts)), ("add_bos_token", 7, b"\x01"),
            ("token_type", 9, struct.pack(f"<IQ{len(types)}i", 5, len(types), *types)),
            ("bos_token_id", 4, struct.pack("<I", 1))] + [(key, 9, value) for key, value in more.items()]
    return [("tokenizer.ggml." + name, kind, value) for name, kind, value in keys]


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def number(field: int, value: int) -> bytes:
    return varint(field * 8) + varint(value % (1 << 64))


def message(field: int, content: bytes) -> bytes:
    return varint(field * 8 + 2) + varint(len(content)) + content


def piece(text: str, score: float, kind: int = 1) -> bytes:
    return message(1, message(1, text.encode()) + varint(21) + struct.pack("<f", score) + number(3, kind))


def sentencepiece(model_type: int) -> bytes:
    pieces = [piece("<unk>", 0, 2), piece("<s>", 0, 3), piece("</s>", 0, 3), piece("\u2581\u2581", 0, 4)]
    pieces += [piece(t, -i) for i, t in enumerate(["\u2581a", "ab", "\u2581ab", "\u2581", "a", "b", "\u00e9"])]
    trainer = number(3, model_type) + number(40, 0) + number(41, 1) + number(43, -1)
    return b"".join(pieces) + message(2, trainer) + message(3, message(1, b"identity") + number(4, 0))


def tiktoken(tokens: list) -> bytes:
    return b"".join(base64.b64encode(t) + b" %d\n" % i for i, t in enumerate(tokens))


def main() -> None:
    save("json", "object", b'{"a": [1, -2.5e3, true, null], "b": {"c": "\\u00e9\xc3\xa9"}}')
    save("json", "duplicate", b'{"a": 1, "a": 2}')
    save("json", "nested", b"[" * 40 + b"]" * 40)
    save("json", "broken", b'{"a": NaN')
    save("json", "zero_byte", b'{"a": 1}\0 hidden')
    both = {"__metadata__": {"format": "pt"},
            "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
            "b": {"dtype": "F16", "shape": [1, 2], "data_offsets": [8, 12]}}
    save("safetensors", "two", safetensors(both, bytes(12)))
    save("safetensors", "cut_off", safetensors(both, bytes(3)))
    save("safetensors", "empty", safetensors({}, b""))
    strings = struct.pack("<IQ", 8, 2) + string("x") + string("")
    keys = [("general.alignment", 4, struct.pack("<I", 32)), ("s", 8, string("text")),
            ("l", 9, strings), ("f", 12, struct.pack("<d", 0.5)), ("b", 7, b"\x01"),
            ("i", 9, struct.pack("<IQhh", 3, 2, -1, 2))]
    tensors = [("t", [2, 2], 0, 0), ("q", [32], 3, 32), ("k", [256], 12, 64)]
    save("gguf", "tensors", gguf(keys, tensors, bytes(range(208))))
    save("gguf", "version2", gguf(keys, [], b"", version=2))
    save("gguf", "cut_off", gguf(keys, tensors, bytes(40)))
    texts = ["<unk>", "<s>", "</s>", "  ", "<0x41>", "\u2581a", "\u2581", "a", "aa"]
    scores = struct.pack("<IQ9f", 6, 9, *[0.0] * 5, -1, -2, -3, -4)
    spm = gguf_vocabulary("llama", texts, [2, 3, 3, 4, 6, 1, 1, 1, 1], scores=scores)
    save("gguf_tokenizer", "llama", gguf(spm, [], b""))
    bpe = gguf_vocabulary("gpt2", ["a", "<s>", "b", "ab"], [1, 3, 1, 1], merges=string_array(["a b"]))
    save("gguf_tokenizer", "gpt2", gguf(bpe, [], b""))
    save("gguf_tokenizer", "no_scores", gguf(spm[:-1], [], b""))
    save("sentencepiece", "bpe", sentencepiece(2))
    save("sentencepiece", "unigram", sentencepiece(1))
    save("sentencepiece", "cut_off", sentencepiece(2)[:60])
    save("sentencepiece", "long_piece", sentencepiece(2) + piece("ab" * 2000, 0))
    all_bytes = [bytes([b]) for b in range(256)]
    save("tiktoken", "small", tiktoken(all_bytes + [b"he", b"the", b" the"]))
    save("tiktoken", "gap", tiktoken(all_bytes) + b"aGU= 300\n")
    save("tiktoken", "broken", b"IQ== 0\nIg= 1\n")


if __name__ == "__main__":
    main()
