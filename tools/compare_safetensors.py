#!/usr/bin/env python3
"""Compares which safetensors files this program and the `safetensors` Python package accept.

    tools/compare_safetensors.py --program build/release/fairprune

Each case is the model testdata/models/llama with a changed header or changed data. Prints a Markdown
table (docs/formats.md has it) and fails if the verdicts differ where they are not meant to. Needs:
pip install safetensors.
"""

import argparse
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

import safetensors

MODEL = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "models" / "llama"
# The tensor that cases add: one that a model may carry and this program does not read.
NAME = "model.layers.0.self_attn.rotary_emb.inv_freq"
MAX_HEADER_BYTES = 100_000_000
# What the program refuses and the package accepts, on purpose: docs/formats.md gives the reasons.
STRICTER = {
    "a space before the header", "a key twice: the tensor", "a key twice: metadata",
    "metadata is null",
}


class Base:
    """The model's file, taken apart."""

    def __init__(self) -> None:
        content = (MODEL / "model.safetensors").read_bytes()
        (size,) = struct.unpack_from("<Q", content)
        self.header = json.loads(content[8:8 + size])
        self.data = content[8 + size:]

    def text(self, **extra) -> bytes:
        return json.dumps(self.header | extra, separators=(",", ":")).encode()

    def file(self, text: bytes, data: bytes = b"") -> bytes:
        return struct.pack("<Q", len(text)) + text + self.data + data

    def tensor(self, dtype: str, shape: list, num_bytes: int, **fields) -> bytes:
        """The model with one tensor more at the end of the data."""
        end = len(self.data)
        info = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + num_bytes]} | fields
        return self.file(self.text(**{NAME: info}), bytes(num_bytes))

    def raw(self, info: str, num_bytes: int = 4) -> bytes:
        """The same with the tensor's description as text; END is where its data begins."""
        end = len(self.data)
        for i in range(9):
            info = info.replace(f"END+{i}", str(end + i))
        text = self.text()[:-1] + f',"{NAME}":'.encode() + info.replace("END", str(end)).encode() + b"}"
        return self.file(text, bytes(num_bytes))


def header_cases(base: Base) -> dict[str, bytes]:
    text = base.text()
    whole = base.file(text)
    u8 = '{"dtype":"U8","shape":[4],"data_offsets":[END,END+4]}'
    twice = base.raw(u8 + f',"{NAME}":' + u8)
    return {
        "unchanged": whole,
        "spaces after the header": base.file(text + b"   "),
        "a newline after the header": base.file(text + b"\n"),
        "a zero byte after the header": base.file(text + b"\0"),
        "text after the header": base.file(text + b" x"),
        "a space before the header": base.file(b" " + text),
        "a byte order mark before the header": base.file(b"\xef\xbb\xbf" + text),
        "the header is a list": base.file(b"[]"),
        "the header is cut off": base.file(text[:-1]),
        "the header is not UTF-8": base.file(text[:2] + b"\xff" + text[3:]),
        "an empty header": base.file(b""),
        "a file of 7 bytes": bytes(7),
        "the header's length leaves the file": struct.pack("<Q", len(whole)) + whole[8:],
        "the header's length is above 100 MB": struct.pack("<Q", MAX_HEADER_BYTES + 1) + text
                                               + b" " * (MAX_HEADER_BYTES + 1 - len(text))
                                               + base.data,
        "a header of exactly 100 MB": struct.pack("<Q", MAX_HEADER_BYTES) + text
                                      + b" " * (MAX_HEADER_BYTES - len(text)) + base.data,
        "metadata of strings": base.file(base.text(__metadata__={"a": "b"})),
        "metadata with a number": base.file(base.text(__metadata__={"a": 1})),
        "metadata is a list": base.file(base.text(__metadata__=[])),
        "metadata is null": base.file(base.text(__metadata__=None)),
        "a key twice: the tensor": twice,
        "a key twice: a field": base.raw('{"dtype":"U8","dtype":"U8","shape":[4],'
                                         '"data_offsets":[END,END+4]}'),
        "a key twice: metadata": base.file(text[:-1].replace(b'"__metadata__":{"format":"pt"},', b"")
                                           + b',"__metadata__":{"a":"b","a":"b"}}'),
    }


def tensor_cases(base: Base) -> dict[str, bytes]:
    cases = {}
    for dtype, num_bytes in [("F64", 64), ("F32", 32), ("F16", 16), ("BF16", 16), ("C64", 64),
                             ("I64", 64), ("I32", 32), ("I16", 16), ("I8", 8), ("U64", 64),
                             ("U32", 32), ("U16", 16), ("U8", 8), ("BOOL", 8), ("F8_E4M3", 8),
                             ("F8_E5M2", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8),
                             ("F8_E5M2FNUZ", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6)]:
        cases[f"dtype {dtype}"] = base.tensor(dtype, [8], num_bytes)
    return cases | {
        "dtype F4, an odd number": base.tensor("F4", [3], 2),
        "dtype F6_E2M3, 6 elements": base.tensor("F6_E2M3", [6], 4),
        "an unknown dtype": base.tensor("F5", [4], 4),
        "a dtype in lower case": base.tensor("f32", [1], 4),
        "the dtype is missing": base.raw('{"shape":[4],"data_offsets":[END,END+4]}'),
        "the dtype is a number": base.raw('{"dtype":8,"shape":[4],"data_offsets":[END,END+4]}'),
        "a field that the format does not know": base.tensor("U8", [4], 4, note="x"),
        "a tensor that is no object": base.file(base.text(**{NAME: 7})),
        "a scalar": base.tensor("F32", [], 4),
        "an extent of 0": base.tensor("F32", [0, 3], 0),
        "the shape is missing": base.raw('{"dtype":"U8","data_offsets":[END,END+4]}'),
        "an extent below 0": base.tensor("U8", [-4], 4),
        "an extent with a fraction": base.tensor("U8", [4.0], 4),
        "an extent that is a string": base.tensor("U8", ["4"], 4),
        "extents that overflow": base.tensor("U8", [1 << 40, 1 << 40], 4),
        "extents that overflow before a 0": base.tensor("U8", [1 << 40, 1 << 40, 0], 0),
        "an extent of 2^64": base.tensor("U8", [1 << 64], 4),
    }


def data_cases(base: Base) -> dict[str, bytes]:
    whole = base.file(base.text())
    end = len(base.data)

    def offsets(text: str, num_bytes: int = 4) -> bytes:
        return base.raw('{"dtype":"U8","shape":[4],"data_offsets":' + text + "}", num_bytes)

    reverse = json.dumps(dict(reversed(base.header.items()))).encode()
    return {
        "the header in another order than the data": base.file(reverse),
        "no data_offsets": base.raw('{"dtype":"U8","shape":[4]}'),
        "one offset": offsets("[END]"),
        "three offsets": offsets("[END,END+4,END+4]"),
        "the end before the beginning": offsets("[END+4,END]"),
        "an offset below 0": offsets("[-4,0]"),
        "an offset with a fraction": offsets("[END.0,END+4]"),
        "more bytes than the shape": offsets("[END,END+5]", 5),
        "fewer bytes than the shape": offsets("[END,END+3]", 3),
        "the end after the file": offsets("[END,END+4]", 3),
        "two tensors that overlap": base.file(
            base.text(**{NAME: {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}})),
        "a hole between tensors": offsets("[END+2,END+6]", 6),
        "an empty tensor inside another": base.file(
            base.text(**{NAME: {"dtype": "U8", "shape": [0], "data_offsets": [1, 1]}})),
        "an empty tensor between two": base.file(
            base.text(**{NAME: {"dtype": "U8", "shape": [0], "data_offsets": [end, end]}})),
        "a byte after the data": whole + b"x",
        "the data is cut off": whole[:-1],
    }


def package_accepts(path: pathlib.Path) -> bool:
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            file.keys()
    except Exception:  # pylint: disable=broad-exception-caught; its errors have several types
        return False
    return True


def program_accepts(program: str, folder: pathlib.Path) -> tuple[bool, str]:
    done = subprocess.run([program, "inspect", str(folder)], capture_output=True, text=True,
                          check=False)
    if done.returncode not in (0, 3):
        sys.exit(f"{program} ended with {done.returncode}: {done.stderr}")
    return done.returncode == 0, done.stderr.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--messages", action="store_true", help="print the program's errors too")
    args = parser.parse_args()
    base = Base()
    cases = header_cases(base) | tensor_cases(base) | data_cases(base)
    different = 0
    print("| File | safetensors | fairprune |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "model"
        shutil.copytree(MODEL, folder, copy_function=shutil.copyfile)
        for name, content in cases.items():
            (folder / "model.safetensors").write_bytes(content)
            package = package_accepts(folder / "model.safetensors")
            program, message = program_accepts(args.program, folder)
            words = {True: "accepted", False: "refused"}
            print(f"| {name} | {words[package]} | {words[program]} |")
            if args.messages and message:
                print(f"    {message}")
            different += package != program and not (package and name in STRICTER)
    print(f"{len(cases)} files, {different} verdicts that should agree and do not", file=sys.stderr)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
