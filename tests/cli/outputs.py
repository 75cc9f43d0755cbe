#!/usr/bin/env python3
"""Every verb's --json against its schema in docs/schemas, and --csv and --markdown against one another.

    outputs.py TESTDATA TOOLS [--samples FOLDER]     in a scratch folder, with fairprune on PATH

--samples keeps what --json printed. Each verb that has --json must be here.
"""

import csv
import io
import json
import pathlib
import re
import subprocess
import sys

TESTDATA, TOOLS = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
sys.path.insert(0, str(TOOLS))
import check_schema  # noqa: E402

MODEL = str(TESTDATA / "models" / "llama")
QWEN = str(TESTDATA / "models" / "qwen2")


def prepare():
    pathlib.Path("pairs.csv").write_text(
        "id,category,attribute_1,attribute_2,split,prompt_1,prompt_2\n"
        "c1,Age,young,old,choose,The young tenant rang,The old tenant rang\n"
        "h1,Age,teenage,elderly,held-out,The teenage guest paid,The elderly guest paid\n")
    pathlib.Path("text.txt").write_text("The ship left at noon, and the wind rose. " * 6)
    targets = "fox dog cat hen cow pig rat ant".split()
    items = [{"id": word, "category": "A", "target": word, "split": "held-out" if i % 2 else "choose",
              "stereotyped": f"the {word} sat", "anti_stereotyped": f"the {word} ran",
              "unrelated": f"the {word} blue"} for i, word in enumerate(targets)]
    guard = [{"preferred": f"the {word} ran", "other": f"the {word} blue"} for word in "ab cd ef gh".split()]
    pathlib.Path("items.json").write_text(json.dumps(items))
    pathlib.Path("guard.json").write_text(json.dumps(guard))
    pathlib.Path("ids.json").write_text('{"a": [1, 2, 3]}')
    pathlib.Path("requests.jsonl").write_text('{"context": "The", "continuation": " cat"}\n')


# (schema, arguments, has tables). An argument OUT is a name of its own; what later ones need stands
# first.
RUN = ["--method", "activation", "--pairs", "pairs.csv", "--text", "text.txt", "--controls", "0",
       "--max-perplexity-increase", "50", "--neurons", "4", "--items", "items.json", "--guard",
       "guard.json"]
COMMANDS = [
    ("inspect", ["inspect", MODEL], True),
    ("analyze", ["analyze", MODEL, "--pairs", "pairs.csv", "--out", "OUT"], True),
    ("select", ["select", "analyze", "--count", "4", "--out", "OUT"], True),
    ("layers", ["layers", MODEL, "--text", "text.txt"], True),
    ("layers", ["layers", MODEL, "--remove", "1", "--out", "OUT"], False),
    ("prune", ["prune", MODEL, "--plan", "select", "--out", "OUT"], True),
    ("prune", ["prune", MODEL, "--plan", "select", "--mode", "remove", "--compensate", "--calibration",
               "text.txt", "--pairs", "pairs.csv", "--no-undo", "--out", "OUT"], True),
    ("restore", ["restore", "prune", "--undo", "prune.undo.safetensors", "--out", "OUT"], False),
    ("verify", ["verify", "prune"], True),
    ("diff", ["diff", MODEL, "prune"], True),
    ("diff", ["diff", MODEL, MODEL], False),
    ("score", ["score", MODEL, "--requests", "requests.jsonl", "--out", "OUT"], False),
    ("trace", ["trace", MODEL, "--ids", "ids.json", "--out", "OUT"], False),
    ("attribute", ["attribute", MODEL, "--items", "items.json", "--out", "OUT"], True),
    ("generate", ["generate", MODEL, "--prompt", "The", "--max-tokens", "3"], False),
    ("generate", ["generate", MODEL, "--prompt", "The", "--max-tokens", "3", "--against", "prune"], True),
    ("bench", ["bench", MODEL, "--rounds", "2", "--prompt-tokens", "8", "--new-tokens", "2"], True),
    ("bench", ["bench", MODEL, "prune", "--rounds", "2", "--prompt-tokens", "8", "--new-tokens", "2"], True),
    ("plot", ["plot", MODEL, "--pairs", "pairs.csv", "--out", "OUT"], True),
    ("doctor", ["doctor", "--seconds", "0"], True),
    ("doctor", ["doctor", MODEL, "--seconds", "0.02"], True),
    ("eval-list", ["eval", "--list"], True),
    ("eval", ["eval", MODEL, "--limit", "3", "--out", "OUT"], True),
    ("compare", ["compare", "eval", "eval", "--require", "pairs_en.ll_diff<9"], True),
    ("pairs-generate", ["pairs", "generate", "--language", "ca", "--category", "Age", "--out", "OUT"], True),
    ("pairs-check", ["pairs", "check", "pairs-generate"], True),
    ("pairs-list", ["pairs", "list"], True),
    ("pairs-list", ["pairs", "list", "pairs.csv", "--category", "Age"], True),
    ("run", ["run", MODEL, *RUN, "--out", "OUT"], True),
    ("report", ["report", "run"], False),
    ("frontier", ["frontier", MODEL, "--methods", "random", "--counts", "2", "--random-choices", "1",
                  *RUN[2:6], *RUN[12:]], True),
]


def faults_of(file, value):
    schema = check_schema.Schema(file)
    return list(schema.check(value, schema.root, "$"))


def call(arguments, out, *more):
    words = [out if word == "OUT" else word for word in arguments]
    done = subprocess.run(["fairprune", "-q", *words, *more], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"fairprune {' '.join(words)} {' '.join(more)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def cells_of_csv(text):
    """Tables as lists of rows, without titles."""
    return [list(csv.reader(io.StringIO(block))) for block in text.split("\n\n")]


def cells_of_markdown(text):
    tables = []
    for block in text.rstrip("\n").split("\n\n"):
        if not block:
            continue
        lines = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
                 for line in block.split("\n")]
        titles = [] if not any(lines[0]) else [lines[0]]
        if any(set(cell) - set("-: ") for cell in lines[1]) or len({len(line) for line in lines}) != 1:
            print("not a table of Markdown:", block[:300])
        tables.append(titles + lines[2:])
    return tables


def main():
    prepare()
    samples = pathlib.Path(sys.argv[4]) if len(sys.argv) > 4 else None
    done, seen = 0, set()
    for number, (name, arguments, has_tables) in enumerate(COMMANDS):
        out = name if name not in seen else f"{name}{number}"
        text = call(arguments, out, "--json")
        if samples:
            (samples / f"{number:02}-{name}.json").write_text(text)
        file = "manifest" if name == "run" else f"cli-{name}"
        faults = [] if samples else faults_of(f"{file}.schema.json", json.loads(text))
        for fault in faults:
            print(f"fairprune {' '.join(arguments)} --json: {fault}")
        seen.add(name)
        if has_tables and name not in ("run", "frontier"):
            as_csv = cells_of_csv(call(arguments, f"csv{number}", "--csv"))
            as_markdown = cells_of_markdown(call(arguments, f"md{number}", "--markdown"))
            shape = [[len(row) for row in table] for table in as_csv]
            if shape != [[len(row) for row in table] for table in as_markdown] or not shape[0]:
                print(f"fairprune {' '.join(arguments)}: {as_csv} and {as_markdown}")
        done += 1
    page = subprocess.run(["fairprune", "--help"], capture_output=True, text=True, check=True).stdout
    verbs = re.findall(r"^  ([a-z]+) ", page.split("Subcommands:")[1].split("\n\n")[0], re.M)
    tested = {arguments[0] for _, arguments, _ in COMMANDS}
    print(f"{done} outputs; not here: {', '.join(v for v in verbs if v not in tested)}")


main()
