#!/usr/bin/env python3
"""Runs `fairprune eval`, stops it with a signal at several points, and goes on each time.

    kill_eval.py OUT SIGNAL ITEMS[,ITEMS…] -- fairprune eval …

Once OUT.partial/scores.jsonl has at least ITEMS lines the process gets SIGNAL (KILL, INT, TERM); the next
point is reached with --resume, and after the last one the evaluation is ended with --resume. Prints each
exit code (the negative number of the signal that killed it, as Python has it), and what OUT held when the
process had stopped.
"""
import pathlib
import signal
import subprocess
import sys
import time

out, name, points = pathlib.Path(sys.argv[1]), sys.argv[2], [int(n) for n in sys.argv[3].split(",")]
command = sys.argv[5:]
journal = pathlib.Path(f"{out}.partial", "scores.jsonl")
for number, point in enumerate(points):
    process = subprocess.Popen(command + (["--resume"] if number else []), stdout=subprocess.DEVNULL,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    while process.poll() is None:
        if journal.exists() and journal.read_bytes().count(b"\n") >= point:
            process.send_signal(getattr(signal, f"SIG{name}"))
            break
        time.sleep(0.002)
    print(process.wait(), "out is there" if out.exists() else "no out yet")
print(subprocess.run(command + ["--resume"], stdout=subprocess.DEVNULL, check=False).returncode)
