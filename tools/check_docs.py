#!/usr/bin/env python3
"""Runs the commands that the documents show, so that what they show works.

    check_docs.py --program BUILD/fairprune --testdata DIR FILE.md ...

A fenced block of sh with `<!-- test -->` on the line before it runs, as it stands, with `set -e`, in a
scratch folder that a file's blocks share in order; `fairprune` is on PATH, and `model` is a link to a
small model there (a Hugging Face folder), `model.gguf` another; hf:HuggingFaceTB/SmolLM2-135M-Instruct
is the former too, on a server of the test. A `<!-- test: exit N -->` block must
end with that code; in place of a `<!-- test: as COMMAND -->` block COMMAND runs (what is shown takes a
real model). A block of text right after a tested one with `<!-- output -->` in front is what its
standard output must be: a line `...` stands for any lines.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "hub"))
from server import Hub  # noqa: E402

MARK = re.compile(r"<!-- (test(?:: exit (\d+)|: as (.+))?|output) -->")
TIMEOUT_S = 600


def blocks_of(path):
    """Yields (line number, kind, exit code, text) of each marked block."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for index, line in enumerate(lines):
        match = MARK.fullmatch(line.strip())
        if not match:
            continue
        begin = index + 1
        if begin >= len(lines) or not lines[begin].startswith("```"):
            sys.exit(f"{path}:{index + 1}: a mark with no fenced block after it")
        end = lines.index("```", begin + 1)
        kind = match[1].split(":")[0]
        yield begin + 1, kind, int(match[2] or 0), [match[3]] if match[3] else lines[begin + 1:end]


def output_matches(expected, actual):
    pattern = "".join(r"(?:[^\n]*\n)*?" if line == "..." else re.escape(line) + "\n"
                      for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


def start_hub(testdata):
    hub = Hub()
    files = {path.name: path.read_bytes() for path in (testdata / "models" / "llama").iterdir()
             if path.name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")}
    hub.add("HuggingFaceTB/SmolLM2-135M-Instruct", files, lfs={"model.safetensors"})
    return hub


def check_file(path, program, testdata, hub):
    """Returns (number of blocks run, list of messages)."""
    count, messages, stdout = 0, [], None
    with tempfile.TemporaryDirectory(prefix="fairprune-docs-") as folder:
        tools = pathlib.Path(folder) / "bin"
        scratch = pathlib.Path(folder) / "scratch"
        tools.mkdir()
        scratch.mkdir()
        (tools / "fairprune").symlink_to(program)
        (scratch / "model").symlink_to(testdata / "models" / "llama")
        (scratch / "model.gguf").symlink_to(testdata / "models" / "gguf" / "llama-f32.gguf")
        environment = dict(os.environ, LC_ALL="C.UTF-8", HF_ENDPOINT=hub.endpoint, no_proxy="127.0.0.1",
                           HF_HOME=str(pathlib.Path(folder) / "huggingface"),
                           PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
        for line, kind, exit_code, text in blocks_of(path):
            where = f"{path.name}:{line}"
            if kind == "output":
                if stdout is None:
                    messages.append(f"{where}: output with no command before it")
                elif not output_matches(text, stdout):
                    messages.append(f"{where}: the command above prints something else:\n"
                                    + "\n".join("    " + printed for printed in stdout))
                continue
            count += 1
            done = subprocess.run(["bash", "-c", "set -e\n" + "\n".join(text)], cwd=scratch,
                                  env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=TIMEOUT_S, check=False)
            stdout = done.stdout.splitlines()
            if done.returncode != exit_code:
                messages.append(f"{where}: exit code {done.returncode}, expected {exit_code}\n"
                                + done.stdout + done.stderr)
    return count, messages


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--testdata", type=pathlib.Path, required=True)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    total, failed = 0, 0
    hub = start_hub(options.testdata)
    for path in options.files:
        count, messages = check_file(path, options.program.resolve(strict=True),
                                     options.testdata.resolve(strict=True), hub)
        total += count
        failed += len(messages)
        print("\n".join(messages + [f"{path.name}: {count} blocks run, {len(messages)} faults"]))
    return 1 if failed or total == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
