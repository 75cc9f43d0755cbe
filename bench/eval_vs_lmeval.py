#!/usr/bin/env python3
"""Times `fairprune eval` against lm-evaluation-harness on the same items, in one run.

    eval_vs_lmeval.py --program BUILD/fairprune --model MODEL.gguf --data DIR [--items 60] [--tasks LIST]
                      [--batch-sizes 1,8,32] [--repeats 2] [--threads 2]

Both sides compute in f32 from the same weights (the GGUF file dequantised once into a Hugging Face folder)
on the same number of threads, task by task in turn; the harness at every batch size given, its best counts.
Its time is that of `simple_evaluate` alone: neither imports nor loading. Ours is the whole process less one
that evaluates a single item, which leaves imports' counterpart and loading out as well; "whole s" is with
them. Peak memory is that of each process. The log-likelihoods of both
sides are compared, so that both have done the same work. DIR has the files of docs/tasks.md
(bbq/, crows_pairs/, capability/ai2_arc_ARC-Easy_validation.jsonl, capability/hellaswag_validation_1000.jsonl).
Needs lm-eval 0.4.13, torch, transformers and gguf. Machines are noisy: look at the ratios.
"""
import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

BBQ = ["Age", "Disability_status", "Gender_identity", "Nationality", "Physical_appearance", "Race_ethnicity",
       "Race_x_gender", "Religion", "SES", "Sexual_orientation"]
WANTED = {"crows_pairs_english": 3.0, "bbq": 10.0, "arc_easy": 4.0, "hellaswag": 2.5}


def lines(path, count):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for _, line in zip(range(count), file)]


def documents(task, data, count):
    """The first `count` documents, in the columns of the harness's data set."""
    if task == "crows_pairs_english":
        with open(data / "crows_pairs" / "crows_pairs_anonymized.csv", encoding="utf-8", newline="") as file:
            return [{key: row[key] for key in ("sent_more", "sent_less", "bias_type")}
                    for _, row in zip(range(count), csv.DictReader(file))]
    if task == "bbq":  # as many of each category, in whole blocks of one context
        each = max(4, count // len(BBQ) // 4 * 4)
        return [row for category in BBQ for row in lines(data / "bbq" / f"{category}.jsonl", each)]
    if task == "arc_easy":
        return lines(data / "capability" / "ai2_arc_ARC-Easy_validation.jsonl", count)
    if task == "hellaswag":  # cleaned already: cleaning it again changes nothing
        rows = lines(data / "capability" / "hellaswag_validation_1000.jsonl", count)
        return [{"activity_label": row["query"].split(": ", 1)[0], "ctx_a": row["query"].split(": ", 1)[1],
                 "ctx_b": "", "endings": row["choices"], "label": str(row["gold"])} for row in rows]
    sys.exit(f"no documents known for {task}")


def run_harness(folder, task, batch_sizes, threads):
    """In a process of its own: prints {"load_s", "runs": [{batch_size, seconds, lls}]}."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import datasets
    rows = [json.loads(line) for line in (folder / "data" / f"{task}.jsonl").open(encoding="utf-8")]
    datasets.load_dataset = lambda *_, **__: datasets.DatasetDict(
        {split: datasets.Dataset.from_list(rows) for split in ("train", "validation", "test")})
    import lm_eval
    import torch
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager
    from transformers import AutoModelForCausalLM, AutoTokenizer
    torch.set_num_threads(threads)
    begin = time.perf_counter()
    model = AutoModelForCausalLM.from_pretrained(folder / "model", dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder / "model")
    load = time.perf_counter() - begin
    # The harness evaluates the test split, or the validation split where it names no other.
    manager = TaskManager()
    runs = []
    for batch_size in batch_sizes:
        language_model = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch_size, device="cpu")
        begin = time.perf_counter()
        results = lm_eval.simple_evaluate(model=language_model, tasks=[task], task_manager=manager,
                                          bootstrap_iters=0, log_samples=True)
        seconds = time.perf_counter() - begin
        samples = sorted(results["samples"][task], key=lambda sample: sample["doc_id"])
        scores = [float(response[0][0] if isinstance(response[0], (list, tuple)) else response[0])
                  for sample in samples for response in sample["resps"]]
        runs.append({"batch_size": batch_size, "seconds": seconds, "lls": scores})
    print("RESULT " + json.dumps({"load_s": load, "runs": runs}))


def measured(command, environment=None):
    """(stdout, seconds, peak bytes) of a process."""
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          env=environment) as process:
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command}: exit code {process.returncode}")
    return out, time.perf_counter() - begin, usage.ru_maxrss * 1024


def run_ours(options, folder, task):
    """(seconds without loading, seconds of the whole process, peak bytes, log-likelihoods)"""
    target = folder / "out"
    command = [str(options.program), "-q", "eval", str(folder / "model"), "--tasks", task, "--data",
               str(folder / "data"), "--samples", "--bootstrap-iters", "0", "--threads",
               str(options.threads), "--force", "--out", str(target)]
    _, loading, _ = measured(command + ["--limit", "1"])
    _, whole, peak = measured(command)
    samples = (target / f"samples_{task}.jsonl").read_text(encoding="utf-8").splitlines()
    scores = [request["ll"] for line in samples for request in json.loads(line)["requests"]]
    return whole - loading, whole, peak, scores


def convert(model, folder):
    code = ("import sys, pathlib, torch\n"
            "from transformers import AutoModelForCausalLM, AutoTokenizer\n"
            "path = pathlib.Path(sys.argv[1])\n"
            "options = {'gguf_file': path.name}\n"
            "m = AutoModelForCausalLM.from_pretrained(path.parent, dtype=torch.float32, **options)\n"
            "m.hf_quantizer = None  # dequantised already\n"
            "if hasattr(m.config, 'quantization_config'): del m.config.quantization_config\n"
            "m.save_pretrained(sys.argv[2])\n"
            "AutoTokenizer.from_pretrained(path.parent, **options).save_pretrained(sys.argv[2])\n")
    subprocess.run([sys.executable, "-c", code, str(model), str(folder)], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def compare(options, folder, task):
    """One task, both sides in turn, `repeats` times. Returns a row of the table."""
    count = 2 * options.items if task == "crows_pairs_english" else options.items
    rows = documents(task, options.data, count)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / f"{task}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows),
                                                   encoding="utf-8")
    ours, wholes, theirs, peaks, worst = [], [], [], [0, 0], 0.0
    for _ in range(options.repeats):
        seconds, whole, peak, scores = run_ours(options, folder, task)
        ours.append(seconds)
        wholes.append(whole)
        peaks[0] = max(peaks[0], peak)
        out, _, peak = measured([sys.executable, __file__, "--child", task, "--folder", str(folder),
                                 "--batch-sizes", options.batch_sizes, "--threads", str(options.threads)])
        peaks[1] = max(peaks[1], peak)
        result = json.loads(out.split("RESULT ", 1)[1])
        best = min(result["runs"], key=lambda run: run["seconds"])
        theirs.append((best["seconds"], best["batch_size"]))
        if len(scores) != len(best["lls"]):
            sys.exit(f"{task}: {len(scores)} requests here, {len(best['lls'])} there")
        worst = max(worst, *(abs(a - b) for a, b in zip(scores, best["lls"])))
    ratios = sorted(b[0] / a for a, b in zip(ours, theirs))
    return {"task": task, "items": len(rows), "requests": len(scores), "ours_s": ours, "ours_whole_s": wholes,
            "theirs_s": [seconds for seconds, _ in theirs], "batch_sizes": [size for _, size in theirs],
            "ratios": ratios, "ratio": ratios[len(ratios) // 2], "wanted": WANTED.get(task),
            "ours_peak_mb": peaks[0] / 1e6, "theirs_peak_mb": peaks[1] / 1e6, "worst_nats": worst}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path)
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--tasks", default=",".join(WANTED))
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--batch-sizes", default="1,8,32")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_harness(options.folder, options.child, [int(n) for n in options.batch_sizes.split(",")],
                    options.threads)
        return
    print(f"{'task':<22}{'items':>6}{'requests':>9}{'ours s':>8}{'whole s':>8}{'theirs s':>9}{'batch':>6}{'ratio':>7}"
          f"{'wanted':>7}{'ours MB':>9}{'theirs MB':>10}{'worst nats':>12}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        convert(options.model, folder / "model")
        for task in options.tasks.split(","):
            row = compare(options, folder, task)
            middle = len(row["ours_s"]) // 2
            print(f"{row['task']:<22}{row['items']:>6}{row['requests']:>9}{sorted(row['ours_s'])[middle]:>8.1f}"
                  f"{sorted(row['ours_whole_s'])[middle]:>8.1f}"
                  f"{sorted(row['theirs_s'])[middle]:>9.1f}{row['batch_sizes'][0]:>6}{row['ratio']:>7.1f}"
                  f"{row['wanted'] or 0:>7.1f}{row['ours_peak_mb']:>9.0f}{row['theirs_peak_mb']:>10.0f}"
                  f"{row['worst_nats']:>12.1e}", flush=True)
            print(json.dumps(row), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
