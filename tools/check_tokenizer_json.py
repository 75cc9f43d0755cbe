#!/usr/bin/env python3
"""Shows that tokenizer files written by fairprune load in the real libraries to the same ids.

Use: check_tokenizer_json.py FOLDER TEXTS.json OURS.json   (needs `tokenizers` and `transformers`)

FOLDER      holds the tokenizer.json and tokenizer_config.json that fairprune wrote
TEXTS.json  a list of strings
OURS.json   {"plain": [[id, ...], ...], "special": [...], "decoded": [...]}: what fairprune gives
            for the texts without and with special tokens, and the plain ids decoded
Exit code 0 if everything is equal, 1 otherwise.
"""
import json
import sys

from tokenizers import Tokenizer
from transformers import AutoTokenizer


def differences(name, texts, ours, theirs):
    wrong = [i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b]
    for i in wrong[:5]:
        print(f"{name}: text {i} {texts[i]!r}: fairprune {ours[i]}, library {theirs[i]}")
    print(f"{name}: {len(texts) - len(wrong)} of {len(texts)} equal")
    return len(wrong) + abs(len(ours) - len(theirs))


def main():
    folder, texts_path, ours_path = sys.argv[1:4]
    with open(texts_path, encoding="utf8") as f:
        texts = json.load(f)
    with open(ours_path, encoding="utf8") as f:
        ours = json.load(f)
    tk = Tokenizer.from_file(f"{folder}/tokenizer.json")
    auto = AutoTokenizer.from_pretrained(folder)
    print(type(auto).__name__, "bos", auto.bos_token, "eos", auto.eos_token, "chat template",
          "yes" if auto.chat_template else "no")
    bad = 0
    for kind, special in (("plain", False), ("special", True)):
        bad += differences(f"tokenizers {kind}", texts, ours[kind],
                           [tk.encode(t, add_special_tokens=special).ids for t in texts])
        bad += differences(f"transformers {kind}", texts, ours[kind],
                           [auto(t, add_special_tokens=special)["input_ids"] for t in texts])
    bad += differences("tokenizers decoded", texts, ours["decoded"],
                       [tk.decode(p, skip_special_tokens=False) for p in ours["plain"]])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
