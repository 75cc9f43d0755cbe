#!/usr/bin/env python3
"""Checks that every source file is formatted, at most 600 lines long, and free of machine paths.

    check_style.py [--clang-format clang-format-16] [ROOT]
"""

import argparse
import pathlib
import re
import subprocess
import sys

FOLDERS = [".ci", "bench", "cmake", "docs", "examples", "fuzz", "scripts", "src", "tests", "tools"]
TEXT_SUFFIXES = {".cc", ".h", ".S", ".py", ".sh", ".test", ".md", ".txt", ".cmake", ".in", ".json"}
CODE_SUFFIXES = {".cc", ".h"}
MAX_LINES = 600
# Places that exist on one machine only. Written in two parts, so that this file passes itself.
MACHINE_PATH = re.compile("(?<![\\w.<>-])/" + r"(root|home|work|tmp)/[\w.]")


def files_of(root):
    found = [path for path in root.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += (root / folder).rglob("*")
    return sorted(path for path in found
                  if path.suffix in TEXT_SUFFIXES and path.is_file() and "__pycache__" not in path.parts)


def check_text(path, name):
    """Yields a message for each fault of one file's text."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        yield f"{name}: {len(lines)} lines; {MAX_LINES} at most"
    if text and not text.endswith("\n"):
        yield f"{name}:{len(lines)}: no newline at the end"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip() and path.suffix not in (".md", ".test"):
            yield f"{name}:{number}: space at the end of the line"
        if MACHINE_PATH.search(line):
            yield f"{name}:{number}: names a path of one machine"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clang-format", default="clang-format-16")
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).parent.parent)
    options = parser.parse_args()
    files = files_of(options.root)
    messages = []
    for path in files:
        messages += check_text(path, path.relative_to(options.root))
    code = [str(path) for path in files if path.suffix in CODE_SUFFIXES]
    formatted = subprocess.run([options.clang_format, "--dry-run", "--Werror", *code],
                               capture_output=True, text=True, check=False)
    messages += sorted({line.split(":")[0] + ": not as clang-format-16 would write it"
                        for line in formatted.stderr.splitlines() if "error:" in line})
    if formatted.returncode != 0 and not messages:
        messages.append(formatted.stderr)
    print("\n".join(messages + [f"{len(files)} files, {len(messages)} faults"]))
    return 1 if messages or not code else 0


if __name__ == "__main__":
    sys.exit(main())
