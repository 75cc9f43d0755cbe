#!/usr/bin/env python3
"""Compares the cache that the program fills with huggingface_hub's, both ways, against one local server:

    check_hub_cache.py BUILD/fairprune

1. The program fetches; huggingface_hub finds every file offline, and its cache scan has no complaint.
2. huggingface_hub fetches; the program opens the model offline, and online without fetching a byte.
3. Both fetched folders have the same files, links and refs.
Needs the Python packages huggingface_hub (2.4.0 was tried).
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "hub"))
from server import Hub  # noqa: E402

NAME = "org/tiny"
FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
READ = """
import sys, huggingface_hub
folder = huggingface_hub.snapshot_download(sys.argv[1], allow_patterns=sys.argv[2:])
for name in sys.argv[2:]:
    path = huggingface_hub.hf_hub_download(sys.argv[1], name)
    print(name, len(open(path, "rb").read()))
scan = huggingface_hub.scan_cache_dir()
assert not scan.warnings, scan.warnings
print(folder)
"""


def tree(folder):
    """Paths below `folder` with what they are; locks, empty folders and marks of the cache itself aside."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_dir() or name.startswith((".locks", "CACHEDIR.TAG", "version.txt")) or "/.no_exist/" in name:
            continue
        if "trees" in name.split("/") or path.suffix == ".lock":
            continue
        found[name] = os.readlink(path) if path.is_symlink() else path.read_bytes()
    return found


def main():
    program = pathlib.Path(sys.argv[1]).resolve(strict=True)
    hub = Hub()
    folder = ROOT / "testdata" / "models" / "llama"
    hub.add(NAME, {name: (folder / name).read_bytes() for name in FILES}, lfs={"model.safetensors"})
    with tempfile.TemporaryDirectory() as scratch:
        def run(home, command, **changes):
            environment = dict(os.environ, HF_HOME=str(pathlib.Path(scratch, home)), HF_ENDPOINT=hub.endpoint,
                               HF_HUB_DISABLE_XET="1", no_proxy="127.0.0.1", **changes)
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
            return done.stdout

        python = [sys.executable, "-c", READ, NAME, *FILES]
        inspect = [str(program), "inspect", f"hf:{NAME}"]
        run("ours", inspect)
        print(run("ours", python, HF_HUB_OFFLINE="1"), end="")
        run("theirs", python)
        hub.fresh()
        run("theirs", inspect, HF_HUB_OFFLINE="1")
        assert not hub.asked(), hub.asked()
        run("theirs", inspect)
        assert not hub.asked("/resolve/"), hub.asked()
        ours, theirs = (tree(pathlib.Path(scratch, home, "hub")) for home in ("ours", "theirs"))
        if ours != theirs:
            sys.exit(f"only here: {sorted(set(ours) - set(theirs))}\nonly there: {sorted(set(theirs) - set(ours))}")
    print(f"the same {len(ours)} files, links and refs both ways")


if __name__ == "__main__":
    main()
