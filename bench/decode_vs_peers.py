#!/usr/bin/env python3
"""Time of reading a prompt and of each token behind it: fairprune, transformers and llama.cpp in turn.

    decode_vs_peers.py --program BUILD/fairprune [--transformers-python PY --folder DIR]
                       [--llama-python PY --gguf FILE …] [--compute f32|bf16 …] MODEL

MODEL is what fairprune runs, DIR the same model for transformers (f32, eager attention, its own cache),
FILEs the same for llama.cpp. One thread each. In each of --rounds rounds every program reads --sentences
sentences and generates --tokens more, greedily; the peers stay loaded in processes of their own, fairprune is
started anew, and what it takes for loading is what a run of one token takes. Printed: the median over
the rounds of the processor time (user and system) per prompt token and per generated token, which other
work on the machine disturbs less than the clock, and of the clock's for the latter.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def child_transformers(folder):
    import torch
    from transformers import AutoModelForCausalLM
    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32,
                                                 attn_implementation="eager").eval()

    def prefill(ids):
        with torch.no_grad():
            out = model(input_ids=torch.tensor([ids]), use_cache=True, logits_to_keep=1)
        return out.past_key_values, int(out.logits[0, -1].argmax())

    def decode(state):
        cache, token = state
        with torch.no_grad():
            out = model(input_ids=torch.tensor([[token]]), past_key_values=cache, use_cache=True)
        return out.past_key_values, int(out.logits[0, -1].argmax())

    return prefill, decode


def child_llama(path):
    import llama_cpp
    import numpy as np
    model = llama_cpp.Llama(path, n_ctx=1024, n_threads=1, n_threads_batch=1, verbose=False)

    def likeliest():
        return int(np.ctypeslib.as_array(model._ctx.get_logits_ith(-1), (model.n_vocab(),)).argmax())

    def prefill(ids):
        model.reset()
        model.eval(ids)
        return likeliest()

    def decode(token):
        model.eval([token])
        return likeliest()

    return prefill, decode


def serve(kind, path):
    """One round for each line of ids on standard input."""
    prefill, decode = (child_transformers if kind == "transformers" else child_llama)(path)
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        cpu, clock = time.process_time(), time.perf_counter()
        state = prefill(job["ids"])
        cpu_1, clock_1 = time.process_time(), time.perf_counter()
        for _ in range(job["tokens"]):
            state = decode(state)
        print(json.dumps({"prefill": cpu_1 - cpu, "decode": time.process_time() - cpu_1,
                          "clock": time.perf_counter() - clock_1}), flush=True)


class Peer:
    def __init__(self, python, kind, path):
        self.process = subprocess.Popen(
            [python, __file__, "--serve", kind, str(path)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=dict(os.environ, OMP_NUM_THREADS="1"))
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"{kind}: could not load {path}")

    def round(self, job):
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Ours:
    """Processor time of whole runs: loading is taken off with a run of one token behind one token."""

    def __init__(self, program, compute, model):
        self.command = [program, "-q", "generate", model, "--ignore-end", "--json", "--threads", "1",
                        "--compute", compute]
        self.folder = tempfile.TemporaryDirectory()

    def run(self, text, tokens):
        path = pathlib.Path(self.folder.name) / "prompt.txt"
        path.write_text(text, encoding="utf-8")
        before = os.times()
        out = subprocess.run(self.command + ["--prompt-file", path, "--max-tokens", str(tokens)],
                             capture_output=True, text=True, check=True).stdout
        after = os.times()
        answer = json.loads(out)["answers"][0]
        cpu = (after.children_user - before.children_user
               + after.children_system - before.children_system)
        return cpu, answer["seconds"] - answer["first_token_seconds"]

    def round(self, job):
        load, _ = self.run("The", 1)
        first, _ = self.run(job["text"], 1)
        whole, clock = self.run(job["text"], 1 + job["tokens"])
        return {"prefill": first - load, "decode": whole - first, "clock": clock}


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--serve":
        serve(sys.argv[2], sys.argv[3])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--transformers-python")
    parser.add_argument("--folder")
    parser.add_argument("--llama-python")
    parser.add_argument("--gguf", nargs="*", default=[])
    parser.add_argument("--compute", nargs="*", default=["f32"])
    parser.add_argument("--sentences", type=int, default=12, help="of the prompt, about 18 tokens each")
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("model")
    options = parser.parse_args()
    sentence = "The harbour lay still in the early light, and a boat came in with the tide. "
    text = sentence * max(1, options.sentences)
    ids = json.loads(subprocess.run([options.program, "tokenize", options.model],
                                    input=json.dumps([text]), capture_output=True, check=True,
                                    text=True).stdout)[0]
    programs = {f"fairprune, {c}": Ours(options.program, c, options.model) for c in options.compute}
    if options.transformers_python:
        programs["transformers, f32"] = Peer(options.transformers_python, "transformers", options.folder)
    for path in options.gguf:
        programs[f"llama.cpp, {pathlib.Path(path).name}"] = Peer(options.llama_python, "llama", path)
    job = {"ids": ids, "text": text, "tokens": options.tokens}
    found = {name: [] for name in programs}
    for number in range(options.rounds + 1):
        for name, program in programs.items():
            one = program.round(job)
            if number > 0:  # the first one warms up
                found[name].append(one)
    print(f"{len(ids)} ids of prompt, {options.tokens} behind them, {options.rounds} rounds\n"
          f"{'':34}  prompt, ms/token  then, ms/token  by the clock, tokens/s")
    for name, rounds in found.items():
        median = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
        print(f"{name:34}  {1000 * median['prefill'] / len(ids):16.2f}"
              f"  {1000 * median['decode'] / options.tokens:14.2f}"
              f"  {options.tokens / median['clock']:22.1f}")


if __name__ == "__main__":
    main()
