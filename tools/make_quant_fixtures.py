#!/usr/bin/env python3
"""Writes testdata/quants.gguf: one tensor per GGUF type and the f32 values that it stands for.

For each type T the file has a tensor "T" of random blocks (every bit pattern of the quants and
sub-scales; f16 scales finite and of ordinary size) and "T.expected", f32, as the `gguf` Python
package dequantises it. Needs: pip install gguf numpy. The output is the same in every run.
"""

import pathlib

import gguf
import numpy as np

NUM_BLOCKS = 6
# Type -> offsets of the f16 fields in a block.
F16_FIELDS = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
    "IQ4_NL": [0], "IQ4_XS": [0],
}


def random_blocks(rng: np.random.Generator, name: str) -> np.ndarray:
    """Bytes of NUM_BLOCKS blocks, [NUM_BLOCKS, bytes per block]."""
    _, type_bytes = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    blocks = rng.integers(0, 256, (NUM_BLOCKS, type_bytes), dtype=np.uint8)
    for offset in F16_FIELDS[name]:
        scales = rng.normal(0, 0.05, NUM_BLOCKS).astype(np.float16)
        scales[0] = np.float16(3e-7)  # a subnormal half
        blocks[:, offset:offset + 2] = scales.view(np.uint8).reshape(NUM_BLOCKS, 2)
    return blocks


def main() -> None:
    root = pathlib.Path(__file__).resolve().parent.parent
    path = root / "testdata" / "quants.gguf"
    path.parent.mkdir(exist_ok=True)
    rng = np.random.default_rng(20240229)
    writer = gguf.GGUFWriter(str(path), "fixture")
    writer.add_string("fixture.string", "Größe")
    writer.add_array("fixture.strings", ["a", "", "ß"])
    writer.add_array("fixture.ints", [1, -2, 3])
    writer.add_array("fixture.bools", [True, False])
    writer.add_float32("fixture.float", 0.5)
    writer.add_bool("fixture.bool", True)
    for name in F16_FIELDS:
        qtype = gguf.GGMLQuantizationType[name]
        blocks = random_blocks(rng, name)
        writer.add_tensor(name, blocks, raw_dtype=qtype)
        expected = gguf.quants.dequantize(blocks, qtype).astype(np.float32)
        writer.add_tensor(f"{name}.expected", expected)
    bits = np.concatenate([np.arange(0, 0x7C00, 61), np.arange(0x8000, 0xFC00, 61)])
    half = bits.astype(np.uint16).view(np.float16)
    writer.add_tensor("F16", half)
    writer.add_tensor("F16.expected", half.astype(np.float32))
    brain = rng.normal(0, 1, 128).astype(np.float32).view(np.uint32) >> 16
    writer.add_tensor("BF16", brain.astype(np.uint16).view(np.uint8),
                      raw_dtype=gguf.GGMLQuantizationType.BF16)
    writer.add_tensor("BF16.expected", (brain << 16).astype(np.uint32).view(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(f"{path.relative_to(root)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
