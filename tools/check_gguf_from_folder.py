#!/usr/bin/env python3
"""Writes GGUF files from Hugging Face folders with fairprune, and lets the readers of GGUF judge them.

    check_gguf_from_folder.py write --program FAIRPRUNE --out DIR [--tokenizers DIR …] [--texts FILE] FOLDER …
    check_gguf_from_folder.py check --program FAIRPRUNE --out DIR --peer transformers|llama_cpp

`write`: `fairprune prune --format gguf` with an empty plan, of every folder in every type (F32, F16, BF16,
Q8_0, Q4_0, Q4_1) that its rows have whole blocks for. Of each tokenizer folder a tiny random model of its
vocabulary, as F32. Compares at once with fairprune's own reading of the file: logits (F32: within 1e-6 of the
largest), and the ids of the texts (a JSON list of strings; --special with special tokens), and the Python
package gguf's reading (every tensor's name, type and shape).
`check`: a peer loads every file that `write` left in DIR. transformers (those architectures that it reads)
must give fairprune's logits of the file within 1e-4 of the largest, by the config that it makes of the metadata,
or else, since it passes over many keys (rope_freqs.weight, windows, soft-caps), with the folder's own. llama.cpp log-likelihoods within 2e-3 nats
per token of F32 and F16 files, 0.02 of BF16 ones and 0.1 of quantised ones (it rounds inputs to bf16 or 8 bits, and the
models are random), and the ids of every text. Run it with the Python that has the peer.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

from check_gguf_output import LlamaCpp, log_likelihood, our_logits

TYPES = ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1"]
MODELS = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "models"
IDS = [5, 17, 90, 3, 44, 44, 61, 8, 70, 12, 5, 33, 90, 91, 4, 27]
READ_BY_TRANSFORMERS = {"llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3"}


def run(program, *arguments):
    return subprocess.run([program, "-q", *map(str, arguments)], capture_output=True, text=True)


def ids_of(program, model, texts, *flags):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "texts.json"
        path.write_text(json.dumps(texts), encoding="utf-8")
        result = run(program, "tokenize", model, "--texts", path, *flags)
    if result.returncode != 0:
        sys.exit(result.stderr)
    return json.loads(result.stdout)


def write_plan(program, folder, path):
    facts = json.loads(run(program, "inspect", folder, "--json").stdout)
    shapes = facts["shapes"]
    path.write_text(json.dumps({
        "schema_version": 1, "model_hash": facts["content_hash"], "model_path": folder.name, "method": "none",
        "num_layers": shapes["num_layers"], "num_neurons_per_layer": shapes["intermediate_size"],
        "neurons": []}))


def tiny_model(tokenizer, folder):
    """A random llama whose vocabulary is the tokenizer's."""
    from safetensors.numpy import save_file
    folder.mkdir(parents=True)
    for file in tokenizer.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    document = json.loads((tokenizer / "tokenizer.json").read_text(encoding="utf-8"))
    vocab = document["model"]["vocab"]
    size = 1 + max([*vocab.values(), *(t["id"] for t in document["added_tokens"])])
    size = (size + 63) // 64 * 64
    random = np.random.default_rng(1)
    shapes = {"model.embed_tokens.weight": (size, 32), "model.norm.weight": (32,)}
    layer = {"input_layernorm": (32,), "post_attention_layernorm": (32,), "mlp.gate_proj": (32, 32),
             "mlp.up_proj": (32, 32), "mlp.down_proj": (32, 32)}
    layer |= {f"self_attn.{name}_proj": (32, 32) for name in "qkvo"}
    shapes |= {f"model.layers.0.{name}.weight": shape for name, shape in layer.items()}
    save_file({name: random.normal(0, 0.2, shape).astype(np.float32) for name, shape in shapes.items()},
              folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32,
        "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": size,
        "max_position_embeddings": 8192, "rms_norm_eps": 1e-5, "tie_word_embeddings": True,
        "torch_dtype": "float32"}))


def gguf_package_reads(path):
    import gguf
    reader = gguf.GGUFReader(path)
    return len(reader.tensors), sorted({tensor.tensor_type.name for tensor in reader.tensors})


def write_one(options, folder, dtype, texts):
    """A line of the table, and whether all is well."""
    target = options.out / f"{folder.name}-{dtype}.gguf"
    plan = options.out / "plan.json"
    write_plan(options.program, folder, plan)
    result = run(options.program, "prune", folder, "--plan", plan, "--format", "gguf", "--dtype", dtype,
                 "--out", target, "--force")
    if result.returncode != 0:
        message = result.stderr.strip().splitlines()[-1]
        expected = re.search("are not whole blocks|cannot say", message) is not None
        return f"{target.name}: refused: {message}", expected
    remarks = "; ".join(result.stderr.strip().splitlines())
    different = sum(a != b for flags in ([], ["--special"])
                    for a, b in zip(ids_of(options.program, folder, texts, *flags),
                                    ids_of(options.program, target, texts, *flags)))
    wanted, found = our_logits(options.program, folder, IDS), our_logits(options.program, target, IDS)
    relative = np.abs(wanted - found).max() / np.abs(wanted).max()
    count, types = gguf_package_reads(target)
    good = (different == 0 or "NFC" in remarks) and (relative < 1e-6 or dtype != "f32")
    return (f"{target.name}: logits {relative:.0e}, ids with and without special tokens of {len(texts)} texts: "
            f"{different} differ, gguf reads {count} tensors of {', '.join(types)} {remarks}",
            good)


def write(options):
    options.out.mkdir(parents=True, exist_ok=True)
    texts = read_texts(options)
    (options.out / "texts.json").write_text(json.dumps(texts))
    jobs = [(folder, dtype) for folder in options.folders for dtype in TYPES]
    for tokenizer in options.tokenizers:
        folder = options.out / "models" / f"tokenizer_{tokenizer.name}"
        if not folder.exists():
            tiny_model(tokenizer, folder)
        jobs.append((folder, "f32"))
    good = True
    for folder, dtype in jobs:
        line, is_good = write_one(options, folder.resolve(), dtype, texts)
        good &= is_good
        print(line if is_good else f"WRONG: {line}", flush=True)
    return good


def read_texts(options):
    if options.texts:
        return json.loads(options.texts.read_text(encoding="utf-8"))
    expected = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "tokenizer" / "expected.json"
    return [row["text"] for row in json.loads(expected.read_text(encoding="utf-8")) if "text" in row]


def architecture_of(path):
    import gguf
    return gguf.GGUFReader(path).fields["general.architecture"].contents()


def transformers_logits(path, config):
    """With the config that it makes of the metadata, or with another."""
    import torch
    from transformers import AutoModelForCausalLM
    more = {"config": config} if config else {}
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32, **more)
    with torch.no_grad():
        return model.eval()(input_ids=torch.tensor([IDS]), use_cache=False).logits[0].numpy()


def check_transformers(options, path):
    from transformers import AutoConfig
    if architecture_of(path) not in READ_BY_TRANSFORMERS:
        return f"{path.name}: not read by transformers", True
    ours = our_logits(options.program, path, IDS)

    def relative(config):
        try:
            return np.abs(transformers_logits(path, config) - ours).max() / np.abs(ours).max()
        except RuntimeError as error:
            return str(error).splitlines()[0]

    alone = relative(None)
    if isinstance(alone, float | np.floating) and alone < 1e-4:
        return f"{path.name}: logits {alone:.0e}", True
    folder = MODELS / path.name.rsplit("-", 1)[0]
    if not folder.is_dir():
        return f"{path.name}: logits {alone}", False
    given = relative(AutoConfig.from_pretrained(folder))
    return f"{path.name}: logits {given:.0e} with the folder's config, alone {alone}", bool(given < 1e-4)


def check_llama_cpp(options, path, texts):
    peer = LlamaCpp(path)
    # llama.cpp computes phi3 models without their window, here of 5.
    row = IDS[:5] if path.name.startswith("phi3-") else IDS
    ours, theirs = our_logits(options.program, path, row), peer.logits(row)
    nats = abs(log_likelihood(theirs, row) - log_likelihood(ours, row)) / (len(row) - 1)
    ids = ids_of(options.program, path, texts)
    found = [peer.model.tokenize(text.encode(), add_bos=False, special=True) for text in texts]
    different = [i for i, (a, b) in enumerate(zip(ids, found)) if a != b]
    shown = "".join(f"\n    {texts[i]!r}: {ids[i]} here, {found[i]} there" for i in different[:4])
    bound = 0.1 if re.search(r"-q\d_\d\.gguf$", path.name) else 0.02 if "-bf16" in path.name else 2e-3
    # It takes tokens that look like an end of text for control tokens, whatever the file says.
    good = nats < bound and all("</s>" in texts[i] for i in different)
    return (f"{path.name}: {nats:.0e} nats per token, ids of {len(texts) - len(different)} of {len(texts)} "
            f"texts equal{shown}", good)


def check(options):
    texts = json.loads((options.out / "texts.json").read_text())
    good = True
    for path in sorted(options.out.glob("*.gguf")):
        line, is_good = (check_transformers(options, path) if options.peer == "transformers"
                         else check_llama_cpp(options, path, texts))
        good &= is_good
        print(line if is_good else f"WRONG: {line}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=["write", "check"])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--tokenizers", type=pathlib.Path, nargs="*", default=[])
    parser.add_argument("--texts", type=pathlib.Path)
    parser.add_argument("--peer", choices=["transformers", "llama_cpp"])
    parser.add_argument("folders", type=pathlib.Path, nargs="*")
    options = parser.parse_intermixed_args()
    return 0 if (write if options.step == "write" else check)(options) else 1


if __name__ == "__main__":
    sys.exit(main())
