#!/usr/bin/env python3
"""Writes the seed corpus of the fuzz targets: fuzz/corpus/{json,safetensors,gguf}/.

Small well-formed and broken files, made with the standard library only; the same in every run.
"""

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


def main() -> None:
    save("json", "object", b'{"a": [1, -2.5e3, true, null], "b": {"c": "\\u00e9\xc3\xa9"}}')
    save("json", "duplicate", b'{"a": 1, "a": 2}')
    save("json", "nested", b"[" * 40 + b"]" * 40)
    save("json", "broken", b'{"a": NaN')
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


if __name__ == "__main__":
    main()
