#!/usr/bin/env python3
"""Writes a random Llama checkpoint of any size, for measuring time and memory.

    tools/make_large_model.py OUT --tokenizer ../shared/tokenizers/llama3_1
    tools/make_large_model.py OUT --layers 2 --hidden 256 --intermediate 512 --heads 8 --kv-heads 2

The extents default to those of Llama-3.1-8B (16 GB in bf16, in files of about 2 GB). Weights are
normal with a standard deviation of 0.02 and norms are 1, so that activations stay finite; what the
model says has no meaning. The same arguments give the same bytes. Needs numpy, and memory for a
piece of a tensor only.
"""

import argparse
import json
import pathlib
import shutil
import struct
import zlib

import numpy as np

PIECE_ELEMENTS = 1 << 24
STANDARD_DEVIATION = 0.02
TOKENIZER_FILES = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
                   "tokenizer.model"]
BF16_ONE = 0x3F80


def tensors(args: argparse.Namespace) -> list[tuple[str, list[int]]]:
    """Name and shape of every tensor, in file order."""
    d, f, e = args.hidden, args.intermediate, args.hidden // args.heads
    found = [("model.embed_tokens.weight", [args.vocab, d])]
    for layer in range(args.layers):
        prefix = f"model.layers.{layer}."
        found += [
            (prefix + "input_layernorm.weight", [d]),
            (prefix + "self_attn.q_proj.weight", [args.heads * e, d]),
            (prefix + "self_attn.k_proj.weight", [args.kv_heads * e, d]),
            (prefix + "self_attn.v_proj.weight", [args.kv_heads * e, d]),
            (prefix + "self_attn.o_proj.weight", [d, args.heads * e]),
            (prefix + "post_attention_layernorm.weight", [d]),
            (prefix + "mlp.gate_proj.weight", [f, d]),
            (prefix + "mlp.up_proj.weight", [f, d]),
            (prefix + "mlp.down_proj.weight", [d, f]),
        ]
    found.append(("model.norm.weight", [d]))
    if not args.tied:
        found.append(("lm_head.weight", [args.vocab, d]))
    return found


def num_bytes(shape: list[int]) -> int:
    return 2 * int(np.prod(shape, dtype=np.int64))


def to_bf16(values: np.ndarray) -> np.ndarray:
    """f32 to the bits of bf16, to the nearest, ties to even; values are finite."""
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def write_tensor(out, name: str, shape: list[int], seed: int) -> None:
    count = num_bytes(shape) // 2
    if len(shape) == 1:
        out.write(np.full(count, BF16_ONE, np.uint16).tobytes())
        return
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    for begin in range(0, count, PIECE_ELEMENTS):
        piece = rng.standard_normal(min(PIECE_ELEMENTS, count - begin), dtype=np.float32)
        piece *= np.float32(STANDARD_DEVIATION)
        out.write(to_bf16(piece).tobytes())


def write_file(path: pathlib.Path, group: list[tuple[str, list[int]]], seed: int) -> None:
    header: dict = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, shape in group:
        end = offset + num_bytes(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for name, shape in group:
            write_tensor(out, name, shape, seed)
    print(f"{path}: {path.stat().st_size / 1e6:,.1f} MB", flush=True)


def shards(found: list[tuple[str, list[int]]], limit: int) -> list[list[tuple[str, list[int]]]]:
    """The tensors in order, as many to a file as fit into `limit` bytes, at least one."""
    groups: list = [[]]
    size = 0
    for name, shape in found:
        if groups[-1] and size + num_bytes(shape) > limit:
            groups.append([])
            size = 0
        groups[-1].append((name, shape))
        size += num_bytes(shape)
    return groups


def config(args: argparse.Namespace) -> dict:
    return {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": args.bos,
        "eos_token_id": args.eos,
        "head_dim": args.hidden // args.heads,
        "hidden_act": "silu",
        "hidden_size": args.hidden,
        "initializer_range": STANDARD_DEVIATION,
        "intermediate_size": args.intermediate,
        "max_position_embeddings": 131072,
        "mlp_bias": False,
        "model_type": "llama",
        "num_attention_heads": args.heads,
        "num_hidden_layers": args.layers,
        "num_key_value_heads": args.kv_heads,
        "pretraining_tp": 1,
        "rms_norm_eps": 1e-05,
        "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                         "original_max_position_embeddings": 8192, "rope_type": "llama3"},
        "rope_theta": 500000.0,
        "tie_word_embeddings": args.tied,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "vocab_size": args.vocab,
    }


def write_weights(args: argparse.Namespace) -> None:
    found = tensors(args)
    groups = shards(found, int(args.shard_gb * 1e9))
    if len(groups) == 1:
        write_file(args.out / "model.safetensors", groups[0], args.seed)
        return
    weight_map = {}
    for i, group in enumerate(groups):
        file = f"model-{i + 1:05d}-of-{len(groups):05d}.safetensors"
        write_file(args.out / file, group, args.seed)
        weight_map |= {name: file for name, _ in group}
    index = {"metadata": {"total_size": sum(num_bytes(shape) for _, shape in found)},
             "weight_map": weight_map}
    (args.out / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, help="a new folder")
    parser.add_argument("--tokenizer", type=pathlib.Path,
                        help="folder whose tokenizer files are copied")
    for name, value in [("layers", 32), ("hidden", 4096), ("intermediate", 14336), ("heads", 32),
                        ("kv-heads", 8), ("vocab", 128256), ("bos", 128000), ("eos", 128001),
                        ("seed", 1)]:
        parser.add_argument(f"--{name}", type=int, default=value, help=f"default {value}")
    parser.add_argument("--shard-gb", type=float, default=2.0, help="largest size of a file in GB; default 2")
    parser.add_argument("--tied", action="store_true", help="the head is the embedding")
    args = parser.parse_args()
    if args.hidden % args.heads != 0 or args.heads % args.kv_heads != 0:
        parser.error("--hidden must be a multiple of --heads, and that of --kv-heads")
    return args


def main() -> None:
    args = parse_arguments()
    args.out.mkdir(parents=True)
    (args.out / "config.json").write_text(json.dumps(config(args), indent=2) + "\n")
    if args.tokenizer is not None:
        for name in TOKENIZER_FILES:
            if (args.tokenizer / name).is_file():
                shutil.copyfile(args.tokenizer / name, args.out / name)
    write_weights(args)


if __name__ == "__main__":
    main()
