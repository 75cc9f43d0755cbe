#!/usr/bin/env python3
"""Checks that complete.bash in the current folder offers every verb and every option that the helps show,
and nothing else; `fairprune` is on PATH."""
import re
import subprocess


def help_of(*verb):
    return subprocess.run(["fairprune", *verb, "--help"], capture_output=True, text=True,
                          check=True).stdout


def options(text):
    lines = re.findall(r"^  (?:(-[a-z]), )?(--[a-z][a-z-]*)", text.split("Examples:")[0], re.M)
    return {name for line in lines for name in line if name}


def verbs_of(text):
    if "Subcommands:" not in text:
        return []
    return re.findall(r"^  ([a-z]+) ", text.split("Subcommands:")[1].split("\n\n")[0], re.M)


shared = options(help_of().split("Subcommands:")[0])
paths = [[]]
for path in paths:
    paths += [path + [verb] for verb in verbs_of(help_of(*path))]
script = open("complete.bash", encoding="utf-8").read()
offered = {path: set(words.split()) for path, words in
           re.findall(r"^    '([a-z ]*)'\) verbs='[^']*' options='([^']*)'", script, re.M)}
for path in paths:
    wanted = (options(help_of(*path)) | shared) - ({"--version"} if path else set()) - {"-h"}
    if wanted != offered.get(" ".join(path)):
        print(path, wanted ^ offered.get(" ".join(path), set()))
print(len(paths) > 15, sorted(offered) == sorted(" ".join(path) for path in paths))
