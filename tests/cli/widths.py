#!/usr/bin/env python3
"""widths.py LIMIT: prints the lines of standard input that are wider, in characters; `widest`: the largest width."""
import sys

lines = [line.rstrip("\n") for line in sys.stdin]
if sys.argv[1] == "widest":
    print(max(map(len, lines)))
else:
    print("".join(f"{len(line)}: {line}\n" for line in lines if len(line) > int(sys.argv[1])), end="")
