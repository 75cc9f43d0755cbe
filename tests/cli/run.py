#!/usr/bin/env python3
"""Runs one tests/cli/*.test file: commands, what they print, their exit codes.

    run.py --program BUILD/fairprune --testdata DIR FILE.test

A file is a sequence of cases:

    # A comment.
    $ fairprune inspect $TESTDATA/models/llama
    architecture  llama
    parameters    <<*>>
    ...
    ! a line expected on standard error
    [exit 0]

`$ ` starts a case: a bash command, run in a scratch folder that the file's cases share, with the
program on PATH as `fairprune` and $TESTDATA set. Lines up to `[exit N]` are the expected standard
output, those that start with `! ` the expected standard error; both must match whole, except that
`<<*>>` stands for anything within a line and a line `...` for any number of lines. Where no `! ` line
is given standard error is not looked at; `!` alone says that it is empty.
Lines of standard error that begin with `hint: ` need not be expected: they are looked at only where a
case has a `! hint: ` line itself.
`[needs smollm2]` at the top: the file needs $FAIRPRUNE_SMOLLM2 (a path) and is skipped without it.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SKIPPED = 77
TIMEOUT_S = 600


class Case:
    def __init__(self, line_number, command):
        self.line_number = line_number
        self.command = command
        self.stdout, self.stderr = [], []
        self.exit_code = None


def parse(path):
    """Returns (list of Case, set of needs)."""
    cases, needs, current = [], set(), None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if current is None:
            if line.startswith("$ "):
                current = Case(number, line[2:])
            elif match := re.fullmatch(r"\[needs (\w+)\]", line):
                needs.add(match[1])
            elif line and not line.startswith("#"):
                sys.exit(f"{path}:{number}: expected '$ command', a comment or an empty line")
        elif match := re.fullmatch(r"\[exit (\d+)\]", line):
            current.exit_code = int(match[1])
            cases.append(current)
            current = None
        elif line == "!" or line.startswith("! "):
            current.stderr.append(line[2:])
        else:
            current.stdout.append(line)
    if current is not None:
        sys.exit(f"{path}:{current.line_number}: this case has no '[exit N]'")
    if not cases:
        sys.exit(f"{path}: no case")
    return cases, needs


def matches(expected, actual):
    """Whether the lines `actual` match the pattern lines `expected`."""
    pattern = ""
    for line in expected:
        if line == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\n]*".join(re.escape(part) for part in line.split("<<*>>")) + "\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


def run(case, environment, folder):
    """Returns a list of complaints."""
    try:
        done = subprocess.run(["bash", "-c", case.command], cwd=folder, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S,
                              check=False)
    except subprocess.TimeoutExpired:
        return [f"did not end within {TIMEOUT_S} s"]
    stdout = done.stdout.decode("utf-8", "backslashreplace").splitlines()
    stderr = done.stderr.decode("utf-8", "backslashreplace").splitlines()
    if not any(line.startswith("hint: ") for line in case.stderr):
        stderr = [line for line in stderr if not line.startswith("hint: ")]
    complaints = []
    if done.returncode != case.exit_code:
        complaints.append(f"exit code {done.returncode}, expected {case.exit_code}")
    if not matches(case.stdout, stdout):
        complaints += ["standard output is not as expected:"]
        complaints += [f"    expected | {line}" for line in case.stdout]
    wanted = [] if case.stderr == [""] else case.stderr
    if case.stderr and not matches(wanted, stderr):
        complaints += ["standard error is not as expected:"]
        complaints += [f"    expected | {line}" for line in wanted]
    if complaints:
        complaints += [f"    stdout   | {line}" for line in stdout]
        complaints += [f"    stderr   | {line}" for line in stderr]
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--testdata", type=pathlib.Path, required=True)
    parser.add_argument("file", type=pathlib.Path)
    options = parser.parse_args()

    cases, needs = parse(options.file)
    if "smollm2" in needs and not os.environ.get("FAIRPRUNE_SMOLLM2"):
        print(f"{options.file.name}: skipped, FAIRPRUNE_SMOLLM2 is not set")
        return SKIPPED
    failed = 0
    with tempfile.TemporaryDirectory(prefix="fairprune-cli-") as folder:
        program_folder = pathlib.Path(folder) / "bin"
        scratch = pathlib.Path(folder) / "scratch"
        program_folder.mkdir()
        scratch.mkdir()
        (program_folder / "fairprune").symlink_to(options.program.resolve(strict=True))
        environment = dict(os.environ, TESTDATA=str(options.testdata.resolve()), LC_ALL="C.UTF-8",
                           PATH=f"{program_folder}{os.pathsep}{os.environ['PATH']}")
        for case in cases:
            complaints = run(case, environment, scratch)
            if complaints:
                failed += 1
                print(f"{options.file}:{case.line_number}: $ {case.command}")
                print("\n".join("  " + complaint for complaint in complaints))
    print(f"{options.file.name}: {len(cases) - failed} of {len(cases)} cases as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
