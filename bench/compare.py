#!/usr/bin/env python3
"""Trains the runs of a list one after the other, evaluates each, and writes a Markdown table.

A list has a line for each run: NAME key=value ...; '#' begins a comment. A run that is finished is not done
again, one that was interrupted goes on, so the script may be stopped and started at will. Accuracy is learned
only, on the first puzzles of VALID; rows of the table are in the order of the list.

usage: bench/compare.py LIST RECIPE TRAIN.csv VALID.csv OUT [--puzzles N] [--rounds N]
       (OUT/NAME are the run folders, OUT/table.md the table)
"""
import argparse
import json
import pathlib
import subprocess
import sys

HRM = pathlib.Path(__file__).resolve().parent.parent / "build" / "release" / "hrm"


def hrm(*words):
    return subprocess.run([HRM, *map(str, words)], check=True, capture_output=True, text=True).stdout


def train(args, name, settings, folder):
    """Leaves folder/model.safetensors; goes on where an earlier try stopped."""
    log = open(folder.with_suffix(".log"), "a")
    if (folder / "state.safetensors").exists():
        words = ["--resume", folder]
    else:
        words = [args.recipe, f"data={args.train}", "valid=", "eval_every=0", "log_every=10", *settings, "--out",
                 folder]
    subprocess.run([HRM, "train", *map(str, words)], check=True, stdout=log, stderr=log)


def read_steps(folder):
    lines = [json.loads(line) for line in open(folder / "metrics.jsonl")]
    return [line for line in lines if line["event"] == "step"]


def mean(values):
    return sum(values) / len(values)


def measure(args, name, settings, folder):
    plan = json.loads(hrm("train", args.recipe, f"data={args.train}", "valid=", "eval_every=0", *settings, "--plan",
                          "--json"))
    steps = read_steps(folder)
    work = plan["flops_per_step"] * plan["steps"] * mean([s.get("grown", 1) for s in steps])
    report = json.loads(hrm("eval", folder / "model.safetensors", args.valid, "--limit", args.puzzles, "--rounds",
                            args.rounds, "--json"))
    low, high = report["ci95"]
    return {"name": name, "seed": plan["recipe"]["seed"], "parameters": plan["parameters"],
            "steps": f"{plan['steps']} x {plan['batch']}", "flop": work,
            "minutes": steps[-1]["seconds"] / 60, "loss": mean([s["lm_loss"] for s in steps[-20:]]),
            "exact": 100 * report["exact"], "low": 100 * low, "high": 100 * high, "wrong": report["wrong"],
            "unsolved": report["unsolved"], "rounds": report["mean_rounds"], "isa": plan["isa"]}


def row(r):
    return (f"| {r['name']} | {r['seed']} | {r['parameters'] / 1000:.0f} k | {r['steps']} | {r['flop']:.2g} "
            f"| {r['minutes']:.1f} | {r['loss']:.3f} | {r['exact']:.1f} % ({r['low']:.1f} to {r['high']:.1f}) "
            f"| {r['wrong']} | {r['unsolved']} | {r['rounds']:.0f} |")


HEAD = ("| run | seed | parameters | steps x batch | FLOP | minutes | CE | exact (95 %) | wrong | not solved "
        "| mean rounds |\n|---|---|---|---|---|---|---|---|---|---|---|")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for word in ("list", "recipe", "train", "valid"):
        parser.add_argument(word)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--puzzles", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=4000)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for line in open(args.list):
        name, *settings = line.split("#")[0].split() or [None]
        if not name:
            continue
        result = args.out / f"{name}.json"
        if not result.exists():
            train(args, name, settings, args.out / name)
            result.write_text(json.dumps(measure(args, name, settings, args.out / name)))
        rows.append(row(json.loads(result.read_text())))
        (args.out / "table.md").write_text("\n".join([HEAD, *rows]) + "\n")
        print(rows[-1], flush=True)


if __name__ == "__main__":
    sys.exit(main())
