#!/usr/bin/env python3
"""Compares fairprune's reading of a GGUF file with Hugging Face transformers', in f32.

    compare_gguf_with_transformers.py --program BUILD/fairprune --model MODEL.gguf [--text FILE]
        [--sentences 50] [--long-text 3000] [--folder PRUNED]

Needs torch, transformers and gguf. Sentences of the text, and its first --long-text characters as one
more (longer than Gemma 3's window of 512 tokens), are turned into ids by both sides, which must be
equal, and scored after BOS by both: log-likelihoods must agree within 5e-3 nats per token. --folder
reads the model that transformers computes from a folder that fairprune wrote without removing
anything, for architectures whose GGUF files transformers reads wrongly or not at all.
Exit code 1 when they differ.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TEXT = pathlib.Path(__file__).resolve().parent.parent / "data" / "text" / "neutral_en.txt"
TOLERANCE_NATS = 5e-3


def choose_texts(options):
    text = options.text.read_text(encoding="utf-8")
    sentences = re.split(r"(?<=[.!?])\s+", text)
    chosen = [s for s in sentences if len(s) > 20][:options.sentences]
    return chosen + ([text[:options.long_text].rstrip()] if options.long_text else [])


def run_fairprune(options, texts):
    """(ids without special tokens, log-likelihood) of each text."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
        ids = subprocess.run([options.program, "tokenize", options.model, "--texts", folder / "texts.json"],
                             capture_output=True, text=True, check=True).stdout
        requests = [json.dumps({"context": "", "continuation": text}) + "\n" for text in texts]
        (folder / "in.jsonl").write_text("".join(requests), encoding="utf-8")
        subprocess.run([options.program, "score", options.model, "--requests", folder / "in.jsonl", "--out",
                        folder / "out.jsonl", "--compute", "f32"], capture_output=True, check=True)
        lines = (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
        return json.loads(ids), [json.loads(line)["ll"] for line in lines]


@torch.no_grad()
def run_transformers(options, texts):
    file = dict(gguf_file=options.model.name)
    tokenizer = AutoTokenizer.from_pretrained(options.model.parent, **file)
    if options.folder:
        model = AutoModelForCausalLM.from_pretrained(options.folder, dtype=torch.float32)
    else:
        model = AutoModelForCausalLM.from_pretrained(options.model.parent, dtype=torch.float32, **file)
    model.eval()
    ids, scores = [], []
    for text in texts:
        ids.append(tokenizer(text, add_special_tokens=False).input_ids)
        whole = torch.tensor([[tokenizer.bos_token_id] + ids[-1]])
        log_p = torch.log_softmax(model(input_ids=whole, use_cache=False).logits[0, :-1], -1)
        scores.append(log_p.gather(1, whole[0, 1:, None]).double().sum().item())
    return ids, scores


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--text", type=pathlib.Path, default=TEXT)
    parser.add_argument("--sentences", type=int, default=50)
    parser.add_argument("--long-text", type=int, default=3000)
    parser.add_argument("--folder", type=pathlib.Path)
    options = parser.parse_args()
    options.program = options.program.resolve()
    texts = choose_texts(options)
    our_ids, ours = run_fairprune(options, texts)
    their_ids, theirs = run_transformers(options, texts)
    unequal = [i for i in range(len(texts)) if our_ids[i] != their_ids[i]]
    for i in unequal[:5]:
        print(f"ids differ: {texts[i][:200]!r}\n  fairprune    {our_ids[i][:40]}\n  transformers {their_ids[i][:40]}")
    per_token = [abs(a - b) / len(ids) for a, b, ids in zip(ours, theirs, their_ids)]
    worst = max(per_token)
    print(f"{len(texts)} texts, {sum(map(len, their_ids))} tokens, the longest of {max(map(len, their_ids))}: "
          f"ids of {len(unequal)} differ; "
          f"{-sum(ours) / sum(map(len, our_ids)):.4f} and {-sum(theirs) / sum(map(len, their_ids)):.4f} nats per "
          f"token; largest difference of a text {worst:.1e} nats per token")
    sys.exit(1 if unequal or not worst <= TOLERANCE_NATS else 0)


if __name__ == "__main__":
    main()
