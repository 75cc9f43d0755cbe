#!/usr/bin/env python3
"""clang-tidy over every source file of a build folder but tests, several at a time.

    run_clang_tidy.py BUILD_DIR [--jobs N] [--clang-tidy clang-tidy-16]

The checks are those of .clang-tidy; any finding is a failure. A file that was found clean is not looked
at again until it, a project header, its compile command or .clang-tidy changes: BUILD_DIR/tidy keeps
what was clean.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

# gcc's, unknown to clang.
EXTRA_ARGUMENTS = ["--extra-arg=-Wno-unknown-warning-option"]


def sources_of(build, root):
    """The compile commands of the project's own .cc files, one per file; tests and benchmarks, whose
    macros cost clang-tidy more time than all else, are left to the compiler's warnings."""
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    found = {}
    for entry in commands:
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if path.suffix != ".cc" or path.name.endswith(("_test.cc", "_bench.cc")):
            continue
        if root in path.parents and build not in path.parents:
            found.setdefault(path, entry["command"])
    return dict(sorted(found.items()))


def common_digest(root):
    digest = hashlib.sha256((root / ".clang-tidy").read_bytes())
    for path in sorted((root / "src").rglob("*.h")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def check(path, command, options, common):
    """Returns (path, findings as text, or None if clean)."""
    key = hashlib.sha256((common + command).encode() + path.read_bytes()).hexdigest()
    mark = options.build / "tidy" / key
    if mark.exists():
        return path, None
    done = subprocess.run([options.clang_tidy, "-p", options.build, "--quiet",
                           "--warnings-as-errors=*", *EXTRA_ARGUMENTS, path],
                          capture_output=True, text=True, check=False)
    if done.returncode == 0:
        mark.touch()
        return path, None
    return path, done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--clang-tidy", default="clang-tidy-16")
    options = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    (options.build / "tidy").mkdir(exist_ok=True)
    begin, failed = time.monotonic(), 0
    sources = sources_of(options.build, root)
    common = common_digest(root)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(check, path, command, options, common)
                for path, command in sources.items()]
        for job in concurrent.futures.as_completed(jobs):
            path, findings = job.result()
            if findings is not None:
                failed += 1
                print(f"{path.relative_to(root)}:\n{findings}", flush=True)
    print(f"{len(sources)} files, {failed} with findings, {time.monotonic() - begin:.0f} s")
    return 1 if failed or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
