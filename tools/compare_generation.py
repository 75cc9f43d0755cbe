#!/usr/bin/env python3
"""Compares fairprune's greedy generation with transformers' or llama.cpp's, token by token.

    compare_generation.py --program BUILD/fairprune --peer transformers|llama_cpp [--tokens 50] MODEL …

MODEL is a Hugging Face folder (transformers; a .gguf file works too, through the gguf package) or a
.gguf file (llama_cpp). fairprune generates --tokens tokens behind a short text, in f32, the end of text
not heeded; the peer does the same with its own cache from the same ids. Printed for each model: how
many tokens agree in a row, whether they all do, and, where they part, how much likelier the peer's own
logits make its token than fairprune's: in quantised files llama.cpp rounds inputs to 8 bits, so that
two tokens that are nearly as likely may change places. Exit code 1 when tokens part by more than
--margin (in logits; 1e-3 for transformers and for F32 files, 0.5 for other files with llama_cpp).
Needs torch, transformers and gguf, or llama-cpp-python and numpy.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import numpy as np

TEXT = "The boat came in with the morning tide, and"


def ours(program, model, tokens):
    out = subprocess.run([program, "-q", "generate", str(model), "--prompt", TEXT, "--max-tokens",
                          str(tokens), "--ignore-end", "--json"], capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit(f"{model}: {out.stderr.strip()}")
    answer = json.loads(out.stdout)["answers"][0]
    return answer["prompt_ids"], answer["ids"]


class Transformers:
    def __init__(self, path):
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        self.torch = torch
        where = {"pretrained_model_name_or_path": path}
        if path.suffix == ".gguf":
            where = {"pretrained_model_name_or_path": path.parent, "gguf_file": path.name}
        self.model = AutoModelForCausalLM.from_pretrained(
            **where, dtype=torch.float32, attn_implementation="eager").eval()

    def greedy(self, ids, tokens):
        """(tokens, logits [tokens, V]) by the model's own generate, with its cache."""
        with self.torch.no_grad():
            out = self.model.generate(
                self.torch.tensor([ids]), attention_mask=self.torch.ones(1, len(ids)),
                max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, use_cache=True,
                eos_token_id=-1, pad_token_id=0, repetition_penalty=1.0, output_logits=True,
                return_dict_in_generate=True)
        return (out.sequences[0, len(ids):].tolist(),
                np.stack([row[0].float().numpy() for row in out.logits]))


class LlamaCpp:
    def __init__(self, path):
        import llama_cpp
        self.model = llama_cpp.Llama(str(path), n_ctx=256, n_threads=2, verbose=False)

    def greedy(self, ids, tokens):
        chosen, logits, feed = [], [], list(ids)
        self.model.reset()
        for _ in range(tokens):
            self.model.eval(feed)
            row = np.array(self.model._ctx.get_logits_ith(-1)[:self.model.n_vocab()], np.float32)
            logits.append(row)
            chosen.append(int(row.argmax()))
            feed = [chosen[-1]]
        return chosen, np.stack(logits)


def is_f32(program, model):
    out = subprocess.run([program, "inspect", str(model), "--json"], capture_output=True, text=True,
                         check=True).stdout
    return {d["dtype"] for d in json.loads(out)["dtypes"]} == {"F32"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--peer", choices=["transformers", "llama_cpp"], required=True)
    parser.add_argument("--tokens", type=int, default=50)
    parser.add_argument("--margin", type=float)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    failed = False
    for model in options.models:
        ids, mine = ours(options.program, model, options.tokens)
        count = len(mine)  # fewer than asked for where the model has no further position
        try:
            peer = Transformers(model) if options.peer == "transformers" else LlamaCpp(model)
        except ValueError as error:
            print(f"{model}: not compared, {options.peer} does not load it: {error}", flush=True)
            continue
        theirs, logits = peer.greedy(ids, count)
        shared = next((i for i in range(count) if mine[i] != theirs[i]), count)
        line = f"{model}: {shared} of {count} tokens agree in a row"
        if shared < count:
            margin = options.margin
            if margin is None:
                margin = 1e-3 if options.peer == "transformers" or is_f32(options.program, model) else 0.5
            apart = float(logits[shared, theirs[shared]] - logits[shared, mine[shared]])
            line += f"; then {options.peer} prefers its own by {apart:.4g} (at most {margin:g})"
            failed |= not apart <= margin
        print(line, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
