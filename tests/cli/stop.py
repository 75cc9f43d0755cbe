#!/usr/bin/env python3
"""stop.py OUT COMMAND…: sends SIGINT once something whose name begins with OUT is there, prints the exit code
and what is left of that name."""
import glob
import signal
import subprocess
import sys
import time

process = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL,
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
for _ in range(30000):
    if glob.glob(sys.argv[1] + "*") or process.poll() is not None:
        break
    time.sleep(0.001)
process.send_signal(signal.SIGINT)
print(process.wait(), glob.glob(sys.argv[1] + "*"))
