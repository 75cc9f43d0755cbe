#!/usr/bin/env python3
"""Makes typical mistakes and checks that each is an error of the right kind whose end says what to do.

    mistakes.py TESTDATA          in a scratch folder, with fairprune on PATH
"""

import json
import pathlib
import re
import subprocess
import sys

# What a last line looks like that says what to do: advice of its own, or a remedy in the message.
ADVICE = re.compile(r"^hint: .{10,}$|^Run 'fairprune .*--help' for what it takes\.$|use --force|"
                    r"--resume|choose another name")


def write_inputs(folder):
    (folder / "empty").mkdir()
    (folder / "there").mkdir()
    (folder / "bad.json").write_text('{"a": ')
    (folder / "bad.jsonl").write_text('{"context": 1}\n')
    (folder / "empty.jsonl").write_text("")
    (folder / "list.json").write_text("[1, 2]")
    (folder / "pairs.csv").write_text("id,prompt_1\nx,y\n")
    (folder / "words.txt").write_text("a few words")
    (folder / "cut.gguf").write_bytes(b"GGUF\x03\x00\x00\x00")
    (folder / "no.gguf").write_bytes(b"not a model")
    (folder / "ids.json").write_text('{"a": [999999]}')
    (folder / "texts.json").write_text('["a"]')
    (folder / "bytes.txt").write_bytes(b"\xff\xfe")
    (folder / "many.toml").write_text("neurons = many\n")
    plan = {"schema_version": 1, "model_hash": "0" * 64, "model_path": "m", "method": "x",
            "num_layers": 2, "num_neurons_per_layer": 64, "neurons": []}
    (folder / "plan.json").write_text(json.dumps(plan))


def mistakes(model, tokenizer):
    """Yields (exit code, arguments)."""
    # Usage.
    yield 2, []
    yield 2, ["prun"]
    yield 2, ["run"]
    yield 2, ["run", model, "--frobnicate"]
    yield 2, ["run", model, "--neurons", "many"]
    yield 2, ["run", model, "--neurons", "-3"]
    yield 2, ["run", model, "--method", "best"]
    yield 2, ["run", model, "--pairs", "pairs.csv", "--language", "es"]
    yield 2, ["run", model, "--compute", "f64"]
    yield 2, ["run", model, "--round-to", "32"]
    yield 2, ["run", model, "--method", "attribution", "--max-per-layer", "2"]
    yield 2, ["run", model, "--items", "bundled:nothing"]
    yield 2, ["run", model, "--importance", "WOW"]
    yield 2, ["analyze", model]
    yield 2, ["eval", model]
    yield 2, ["eval", model, "--tasks", "nothing", "--data", ".", "--out", "o"]
    yield 2, ["score", model, "--requests", "-", "--out", "-", "--json"]
    yield 2, ["completions", "tcsh"]
    yield 2, ["man", "frobnicate"]
    yield 2, ["prune", model, "--plan", "plan.json", "--out", "o", "--max-shard-size", "5 apples"]
    # Files that are not there.
    yield 3, ["inspect", "nothing"]
    yield 3, ["inspect", "nothing.gguf"]
    yield 3, ["inspect", "empty"]
    yield 3, ["doctor", "nothing.gguf"]
    yield 3, ["run", model, "--pairs", "nothing.csv"]
    yield 3, ["run", model, "--text", "nothing.txt"]
    yield 3, ["run", model, "--items", "nothing.jsonl"]
    yield 3, ["run", model, "--config", "nothing.toml"]
    yield 3, ["prune", model, "--plan", "nothing.json", "--out", "o"]
    yield 3, ["restore", model, "--undo", "nothing.safetensors", "--out", "o"]
    yield 3, ["score", model, "--requests", "nothing.jsonl", "--out", "o"]
    yield 3, ["trace", model, "--ids", "nothing.json", "--out", "o"]
    yield 3, ["tokenize", model, "--texts", "nothing.json"]
    yield 3, ["eval", model, "--tasks", "piqa", "--data", "empty", "--out", "o"]
    yield 3, ["compare", "empty", "there"]
    yield 3, ["select", "empty", "--count", "3", "--out", "p.json"]
    yield 3, ["diff", model, "nothing"]
    # Files that hold something else.
    yield 3, ["inspect", "no.gguf"]
    yield 3, ["inspect", "cut.gguf"]
    yield 3, ["run", model, "--pairs", "pairs.csv"]
    yield 3, ["run", model, "--pairs", "bad.json"]
    yield 3, ["run", model, "--text", "bytes.txt"]
    yield 3, ["run", model, "--config", "many.toml"]
    yield 3, ["run", model, "--config", "list.json"]
    yield 3, ["score", model, "--requests", "bad.jsonl", "--out", "o"]
    yield 3, ["score", model, "--requests", "empty.jsonl", "--out", "o"]
    yield 3, ["trace", model, "--ids", "ids.json", "--out", "o"]
    yield 3, ["tokenize", model, "--texts", "bad.json"]
    yield 3, ["prune", model, "--plan", "list.json", "--out", "o"]
    yield 3, ["eval", model, "--tasks", "bad.json", "--data", ".", "--out", "o"]
    # What does not belong together, or is not supported.
    yield 3, ["prune", model, "--plan", "plan.json", "--out", "o"]
    yield 3, ["prune", model, "--plan", "plan.json", "--out", "o.gguf", "--format", "gguf"]
    yield 2, ["inspect", tokenizer]
    yield 3, ["attribute", model, "--stream", "--out", "o"]
    # Writing.
    yield 4, ["analyze", model, "--out", "there"]
    yield 4, ["analyze", model, "--out", "words.txt/a"]
    yield 4, ["score", model, "--requests", "bad.jsonl", "--out", "words.txt"]
    yield 4, ["run", model, "--method", "random", "--out", "/proc/nothing"]


def main():
    testdata = pathlib.Path(sys.argv[1])
    folder = pathlib.Path("mistakes")
    folder.mkdir()
    write_inputs(folder)
    model = str(testdata / "models" / "llama")
    count, faults = 0, 0
    for code, arguments in mistakes(model, str(testdata / "models" / "llama" / "tokenizer.json")):
        count += 1
        done = subprocess.run(["fairprune", *arguments], cwd=folder, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False)
        lines = done.stderr.rstrip().splitlines()
        last = lines[-1] if lines else ""
        # Without any verb the help is what to do.
        if done.returncode != code or (arguments and not ADVICE.search(last)) or done.stdout:
            faults += 1
            print(f"fairprune {' '.join(arguments)[:200]}: exit {done.returncode}, expected {code}\n"
                  f"{done.stdout}{done.stderr}")
    print(f"{count} mistakes, each answered with what to do" if faults == 0
          else f"{faults} of {count} mistakes")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
