#!/usr/bin/env python3
"""Writes testdata/quantized.gguf: f32 values and the bytes that the `gguf` Python package makes of them.

The tensor "values" [rows, 32] has ordinary, large, tiny, subnormal, zero and constant blocks, halves
that round either way, negative and mixed extremes; "TYPE" is gguf.quants.quantize(values, TYPE) for
the types that fairprune writes. Needs: pip install gguf numpy. The output is the same in every run.
"""

import pathlib

import gguf
import numpy as np

TYPES = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1"]
BLOCK = 32


def values() -> np.ndarray:
    """f32 [rows, 32]."""
    rng = np.random.default_rng(20240301)
    rows = [rng.normal(0, scale, BLOCK) for scale in (1, 0.02, 100, 1e-3, 1e-6, 1e-30) for _ in range(4)]
    rows += [rng.uniform(low, high, BLOCK) for low, high in ((0, 1), (-1, 0), (3, 3.0001), (-60000, 60000))]
    rows += [np.zeros(BLOCK), np.full(BLOCK, 0.25), np.full(BLOCK, -7.5), -np.zeros(BLOCK)]
    # Halves and ties: multiples of half a step of each type, and two values of the largest magnitude.
    steps = np.arange(BLOCK) - 16
    rows += [steps / 2, steps / 30, np.where(steps % 2 == 0, 1.0, -1.0), np.where(steps % 2 == 1, 1.0, -1.0)]
    rows += [np.concatenate([[127.0], steps[1:] + 0.5]), np.concatenate([[-8.0], (steps[1:] % 8) + 0.5]),
             np.concatenate([[15.0, 0.0], np.arange(BLOCK - 2) % 15 + 0.5])]
    rows += [np.concatenate([[6e-8], np.zeros(BLOCK - 1)]), np.concatenate([np.zeros(BLOCK - 1), [-1e-5]])]
    return np.stack(rows).astype(np.float32)


def main() -> None:
    root = pathlib.Path(__file__).resolve().parent.parent
    path = root / "testdata" / "quantized.gguf"
    writer = gguf.GGUFWriter(str(path), "fixture")
    data = values()
    writer.add_tensor("values", data)
    for name in TYPES:
        qtype = gguf.GGMLQuantizationType[name]
        quantized = gguf.quants.quantize(data, qtype)
        if name == "F16":
            writer.add_tensor(name, quantized)
        else:
            writer.add_tensor(name, quantized, raw_dtype=qtype)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(f"{path.relative_to(root)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
