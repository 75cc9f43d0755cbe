#!/usr/bin/env python3
"""Writes testdata/evaluation: what lm-evaluation-harness makes of documents of our own.

    make_evaluation_fixtures.py [OUT]      needs lm-eval 0.4.13 and datasets; no model, no network

The documents are in evaluation_documents.py; a request's log-likelihood is a number drawn by the hash of
its texts. Per case: CASE.docs.jsonl, CASE.fewshot.jsonl where examples are drawn, CASE.samples.jsonl (one
line per document: {"doc", "metrics", "requests": [{"context", "continuation", "ll", "greedy"}]}), and in
results.json its numbers. golden.json has draws of Python's random, group averages and pooled errors.
"""

import hashlib
import json
import os
import pathlib
import random
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["DISABLE_MULTIPROC"] = "1"

import datasets  # noqa: E402

from evaluation_documents import DOCUMENTS  # noqa: E402


def fake_load_dataset(path=None, name=None, **_):
    documents, shots = DOCUMENTS[path](name)
    splits = {"validation": documents, "test": documents, "train": shots or documents,
              "dev": shots or documents}
    return datasets.DatasetDict({split: datasets.Dataset.from_list(rows)
                                 for split, rows in splits.items()})


datasets.load_dataset = fake_load_dataset

import lm_eval  # noqa: E402
from lm_eval.api import metrics  # noqa: E402
from lm_eval.api.model import LM  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

BOOTSTRAP_ITERATIONS = 2000
CROWS = ["age", "disability", "gender", "nationality", "physical_appearance", "race_color", "religion",
         "sexual_orientation", "socioeconomic"]
CASES = [(task, 0) for task in [
    "arc_challenge", "arc_easy", "bbq", "bbq_ambig", "bbq_disambig", "boolq", "cabbq_age", "copa",
    "crows_pairs_english", *(f"crows_pairs_english_{kind}" for kind in CROWS), "esbbq_ses", "hellaswag",
    "lambada_openai", "mmlu_astronomy", "openbookqa", "piqa", "sciq", "truthfulqa_mc1",
    "truthfulqa_mc2", "wikitext", "winogender_all", "winogender_female", "winogender_gotcha",
    "winogender_gotcha_female", "winogender_gotcha_male", "winogender_male", "winogender_neutral",
    "winogrande"]] + [
        ("arc_easy", 2), ("boolq", 3), ("copa", 2), ("hellaswag", 3), ("mmlu_high_school_us_history", 3),
        ("openbookqa", 6), ("piqa", 1), ("sciq", 1), ("winogrande", 2)]


def drawn(*texts):
    return int(hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12], 16)


class HashedLM(LM):
    """Log-likelihoods from -1 to -21 nats by the texts alone; answers that begin with "The", which BBQ has
    two of beside ten phrasings of "unknown", are given the better part of them."""

    def loglikelihood(self, requests, **_):
        return [(-1 - drawn(*request.args) % (3000 if request.args[1].startswith(" The ") else 20000) / 1000,
                 drawn("g", *request.args) % 2 == 0) for request in requests]

    def loglikelihood_rolling(self, requests, **_):
        return [-100 - drawn(*request.args) % 20000 / 1000 for request in requests]

    def generate_until(self, requests, **_):
        raise NotImplementedError


def number(value):
    """A JSON value of a metric's part: NaN is null, truth values are 0 and 1."""
    if isinstance(value, (list, tuple)):
        return [number(part) for part in value]
    value = float(value)
    return None if value != value else value


def request_of(arguments, response):
    if len(arguments) == 1:
        return {"text": arguments[0], "ll": float(response)}
    return {"context": arguments[0], "continuation": arguments[1], "ll": response[0],
            "greedy": response[1]}


def run_case(task, shots, out, manager):
    """Returns the case's name and entry of results.json."""
    done = lm_eval.simple_evaluate(model=HashedLM(), tasks=[task], num_fewshot=shots or None,
                                   log_samples=True, bootstrap_iters=BOOTSTRAP_ITERATIONS,
                                   task_manager=manager)
    case = task + (f"_{shots}shot" if shots else "")
    path = done["configs"][task]["dataset_path"]
    name = done["configs"][task].get("dataset_name")
    documents, examples = DOCUMENTS[path](name)
    write_lines(out / f"{case}.docs.jsonl", documents)
    if shots:
        write_lines(out / f"{case}.fewshot.jsonl", examples)
    lines = []
    for sample in sorted(done["samples"][task], key=lambda sample: sample["doc_id"]):
        requests = [request_of(list(arguments), response) for arguments, response in
                    zip(sample["arguments"], [x[0] for x in sample["resps"]], strict=True)]
        lines.append({"doc": sample["doc_id"],
                      "metrics": {name: number(sample[name]) for name in sample["metrics"]},
                      "requests": requests})
    write_lines(out / f"{case}.samples.jsonl", lines)
    results = {key: value if value == "N/A" else number(value)
               for key, value in done["results"][task].items() if key not in ("alias", "name")}
    return case, {"task": task, "documents": len(lines), "num_fewshot": shots,
                  "version": done["versions"][task], "metrics": results}


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
                    encoding="utf-8")


def golden():
    """Numbers for unit tests of single functions."""
    source = random.Random(1234)
    draws = {"random": [source.random() for _ in range(5)],
             "sample_pool": [source.sample(range(30), 7) for _ in range(3)],
             "sample_set": [source.sample(range(1000), 6) for _ in range(3)],
             "choices": source.choices(range(60), k=10)}
    values, errors, sizes = [0.25, 0.75, 0.5], [0.125, 0.0625, 0.2], [13, 4, 7]
    return {"seed": 1234, "python_random": draws,
            "group": {"values": values, "errors": errors, "sizes": sizes,
                      "mean": metrics.aggregate_subtask_metrics(values, sizes),
                      "error": float(metrics.pooled_sample_stderr(errors, sizes))}}


def main():
    root = pathlib.Path(__file__).parent.parent
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "testdata" / "evaluation"
    out.mkdir(parents=True, exist_ok=True)
    manager = TaskManager()
    tasks = dict(run_case(task, shots, out, manager) for task, shots in CASES)
    (out / "results.json").write_text(
        json.dumps({"lm_eval": "0.4.13", "bootstrap_iters": BOOTSTRAP_ITERATIONS, "tasks": tasks},
                   indent=1) + "\n", encoding="utf-8")
    (out / "golden.json").write_text(json.dumps(golden(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
