#!/usr/bin/env python3
"""Lets transformers and llama.cpp run GGUF files that fairprune wrote, and compares with its own numbers.

    check_gguf_output.py --program BUILD/fairprune --peer transformers|llama_cpp [--tokens 50] MODEL.gguf …

For each file the peer loads it and gives logits for a short text, in f32, and a greedy
continuation of --tokens tokens. Printed: the largest difference of a logit relative to the largest one,
the difference of the text's log-likelihood per token, and the number of greedy tokens that are the
likeliest by fairprune's logits too. transformers dequantises to f32 as fairprune does, and must agree
within 1e-4 and in every token. llama.cpp multiplies quantised weights with inputs that it rounds to 8
bits, so that 0.05 nats per token are allowed, and tokens may differ where two are nearly as likely; of F32
files (--f32) it must agree within 1e-3. Needs torch, transformers and gguf, or llama-cpp-python and numpy.
Exit code 1 when a bound does not hold.
"""
import argparse
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np

TEXT = "The harbour lay still in the early light. A boat came in with the morning tide, and the men"


def our_logits(program, model, ids):
    """f32 [T, V]."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "ids.json").write_text(json.dumps({"a": ids}), encoding="utf-8")
        subprocess.run([program, "-q", "trace", model, "--ids", folder / "ids.json", "--out",
                        folder / "out.safetensors"], capture_output=True, check=True)
        data = (folder / "out.safetensors").read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    info = json.loads(data[8:8 + size])["a.logits"]
    begin, end = info["data_offsets"]
    return np.frombuffer(data[8 + size + begin:8 + size + end], np.float32).reshape(info["shape"])


def our_ids(program, model):
    with tempfile.TemporaryDirectory() as folder:
        texts = pathlib.Path(folder) / "texts.json"
        texts.write_text(json.dumps([TEXT]), encoding="utf-8")
        out = subprocess.run([program, "tokenize", model, "--texts", texts], capture_output=True,
                             text=True, check=True).stdout
    return json.loads(out)[0]


class Transformers:
    def __init__(self, path):
        import torch
        from transformers import AutoModelForCausalLM
        self.torch = torch
        self.model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name,
                                                          dtype=torch.float32).eval()

    def logits(self, ids):
        with self.torch.no_grad():
            return self.model(input_ids=self.torch.tensor([ids]), use_cache=False).logits[0].numpy()


class LlamaCpp:
    def __init__(self, path):
        import llama_cpp
        self.model = llama_cpp.Llama(str(path), n_ctx=256, logits_all=True, n_threads=2, verbose=False)

    def logits(self, ids):
        self.model.reset()
        self.model.eval(ids)
        return np.array(self.model.scores[:len(ids)], np.float32)


def log_likelihood(logits, ids):
    shifted = logits[:-1].astype(np.float64)
    shifted -= shifted.max(-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return log_p[np.arange(len(ids) - 1), ids[1:]].sum()


def check(options, path):
    peer = {"transformers": Transformers, "llama_cpp": LlamaCpp}[options.peer](path)
    ids = our_ids(options.program, path)
    theirs, ours = peer.logits(ids), our_logits(options.program, path, ids)
    relative = np.abs(theirs - ours).max() / np.abs(ours).max()
    nats = abs(log_likelihood(theirs, ids) - log_likelihood(ours, ids)) / (len(ids) - 1)
    greedy = list(ids)
    for _ in range(options.tokens):
        greedy.append(int(peer.logits(greedy)[-1].argmax()))
    chosen = our_logits(options.program, path, greedy[:-1])[len(ids) - 1:].argmax(-1)
    agreed = int((chosen == np.array(greedy[len(ids):])).sum())
    good = (relative < 1e-4 and agreed == options.tokens if options.peer == "transformers"
            else nats < (1e-3 if options.f32 else 0.05))
    print(f"{path.name}: {options.peer}: logits {relative:.1e}, {nats:.1e} nats per token, greedy "
          f"{agreed} of {options.tokens}: {'ok' if good else 'DIFFERENT'}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--peer", choices=["transformers", "llama_cpp"], required=True)
    parser.add_argument("--tokens", type=int, default=50)
    parser.add_argument("--f32", action="store_true", help="the files hold F32: llama.cpp must be close")
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    return 0 if all([check(options, path) for path in options.models]) else 1


if __name__ == "__main__":
    sys.exit(main())
