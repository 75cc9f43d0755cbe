#!/usr/bin/env python3
"""Times `fairprune score` against Hugging Face transformers on the same requests, in one run.

    score_vs_transformers.py --program BUILD/fairprune --model MODEL.gguf REQUESTS.jsonl [--repeats 3]

Each line of REQUESTS is {"context", "continuation"}. Both sides compute the log-likelihood of each
continuation in f32 on the same number of threads, in turn; transformers in batches sorted by length and
padded, at each batch size given, and its best counts. Loading is left out on both sides (fairprune's
`seconds` and the time of the batches). Needs torch, transformers and gguf. Machines are noisy: look at
the ratios of the pairs, not at single times.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def read_requests(path, limit):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines][:limit]


def run_fairprune(options, requests):
    """Returns (seconds of scoring, log-likelihoods)."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.jsonl"), pathlib.Path(folder, "out.jsonl")
        source.write_text("".join(json.dumps(r) + "\n" for r in requests), encoding="utf-8")
        done = subprocess.run([options.program, "score", options.model, "--requests", source, "--out",
                               target, "--compute", "f32", "--threads", str(options.threads), "--json"],
                              capture_output=True, text=True, check=True)
        scores = [json.loads(line)["ll"] for line in target.read_text(encoding="utf-8").splitlines()]
        return json.loads(done.stdout)["seconds"], scores


def encode(tokenizer, request, prefix):
    whole = tokenizer(request["context"] + request["continuation"]).input_ids
    context = tokenizer(request["context"]).input_ids if request["context"] else []
    return ([prefix] + whole, 1) if not context else (whole, len(context))


@torch.no_grad()
def run_transformers(model, encoded, batch_size):
    scores = [0.0] * len(encoded)
    order = sorted(range(len(encoded)), key=lambda i: -len(encoded[i][0]))
    begin = time.perf_counter()
    for first in range(0, len(order), batch_size):
        batch = order[first:first + batch_size]
        width = max(len(encoded[i][0]) for i in batch)
        ids = torch.zeros(len(batch), width, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, i in enumerate(batch):
            ids[row, :len(encoded[i][0])] = torch.tensor(encoded[i][0])
            mask[row, :len(encoded[i][0])] = 1
        logits = torch.log_softmax(model(input_ids=ids, attention_mask=mask).logits, -1)
        for row, i in enumerate(batch):
            tokens, start = encoded[i]
            span = torch.arange(start, len(tokens))
            scores[i] = logits[row, span - 1, ids[row, span]].sum().item()
    return time.perf_counter() - begin, scores


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 16])
    parser.add_argument("requests", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    requests = read_requests(options.requests, options.limit)
    source = dict(gguf_file=options.model.name)
    tokenizer = AutoTokenizer.from_pretrained(options.model.parent, **source)
    model = AutoModelForCausalLM.from_pretrained(options.model.parent, dtype=torch.float32, **source)
    encoded = [encode(tokenizer, r, tokenizer.bos_token_id) for r in requests]
    ratios = []
    for repeat in range(options.repeats):
        ours, our_scores = run_fairprune(options, requests)
        theirs = {}
        for size in options.batch_sizes:
            theirs[size], their_scores = run_transformers(model.eval(), encoded, size)
        worst = max(abs(a - b) for a, b in zip(our_scores, their_scores))
        ratios.append(min(theirs.values()) / ours)
        times = ", ".join(f"batch {size} {seconds:.2f} s" for size, seconds in theirs.items())
        print(f"run {repeat + 1}: fairprune {ours:.2f} s; transformers {times}; ratio to its best "
              f"{ratios[-1]:.2f}; largest difference {worst:.1e} nats", flush=True)
    print(f"{len(requests)} requests, {sum(len(e[0]) for e in encoded)} tokens, {options.threads} "
          f"threads: median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
