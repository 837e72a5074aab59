"""Hostile files of every kind through every command that reads them, as TAP: exit 0, 1 or 2, one sentence where it fails, no
signal, SECONDS of processor time and MEMORY at most, nothing half-written.

usage: hostile.py HRM - FOLDER [KIND...]      FAULT=long: 5000 files in all; else 308; TRIES for each kind; SEED (1)
"""

import collections
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import warnings

from commands import BASE, FOLDER, HERE, HRM, LONG, fresh, hrm, made, report
from spoil import spoil

SECONDS, MEMORY = 10, 1 << 30  # a small machine's
SEED = os.environ.get("SEED", "1")
TASK = """shape: 4 x 4
alphabet: ".1234"
answers: "1234"
blank: "."
symmetries: [symbols, half turn]
regions: |
  1122
  1122
  3344
  3344
rules:
  - different in rows
  - different in columns
  - different in regions
"""
SOLVE = "12.............. --threads 1 --quiet"
TABLE = ["info new.csv --json", "data check new.csv", "data show new.csv 1",
         "solve run/model.safetensors new.csv --threads 1 --quiet",
         "eval run/model.safetensors new.csv --threads 1 --json --limit 9", "data export new.csv o --replace", "data import new.csv o.csv",
         "train small.yaml data=new.csv steps=1 --quiet --out o"]  # fmt: skip
FOLDERS = ["info %s --json", "data check %s", "data show %s 0", "data import %s o.csv",
           "eval run/model.safetensors %s --threads 1 --quiet"]
ARC_FOLDERS = ["info arc/test --json", "data show arc/test 0", "data import arc/test o.csv",
               "eval arcrun/model.safetensors arc/test --threads 1 --contaminated --quiet"]  # fmt: skip
ARC = ["data arc o new.json --replace --augment 2 --side 3 --threads 1 --quiet", "info new.json",
       "adapt arcrun/model.safetensors new.json --augment 1 --steps 1 --quiet --threads 1 --submission o.json"]  # fmt: skip
CONVERT = ["convert pt/{0} o.safetensors --quiet", "convert pt/{0} --json",
           "convert pt/{0} o.npz --raw --quiet", "info pt/{0} --json"]
RUN = ["info run --json", "report run --out o.html --threads 1", "runs . --json", "train --resume run steps=5 --quiet"]

# kind: the file that is spoilt, under what name, and what reads it
KINDS = {
    "model": ("run/model.safetensors", "new.safetensors",
              ["solve new.safetensors " + SOLVE, "info new.safetensors --json", "convert new.safetensors o.pt --quiet",
               "eval new.safetensors train.csv --threads 1 --limit 3 --json", "convert new.safetensors o.safetensors --quiet",
               "inspect new.safetensors train.csv --limit 2 --threads 1 --quiet",
               "train small.yaml init=new.safetensors steps=1 --quiet --out o"]),
    "lattice": ("lattice/model.safetensors", "new.safetensors",
                [f"solve new.safetensors {SOLVE} --rounds 6", "info new.safetensors", "convert new.safetensors o.npz --quiet",
                 f"solve new.safetensors {SOLVE} --rounds 4 --explain"]),
    "arc model": ("arcrun/model.safetensors", "new.safetensors",
                  ["eval new.safetensors arc/test --threads 1 --contaminated --quiet", "info new.safetensors",
                   "adapt new.safetensors one/t1.json --augment 1 --steps 1 --quiet --threads 1 --submission o.json"]),
    "state": ("run/state.safetensors", "run/state.safetensors",
              ["train --resume run steps=5 --quiet", "train --resume run --plan", "info run/state.safetensors --json"]),
    "lattice state": ("lattice/state.safetensors", "lattice/state.safetensors",
                      ["train --resume lattice steps=5 --quiet", "train --resume lattice --plan"]),
    "metrics": ("run/metrics.jsonl", "run/metrics.jsonl", RUN),
    "sessions": ("run/sessions.jsonl", "run/sessions.jsonl", RUN),
    "run's recipe": ("run/recipe.yaml", "run/recipe.yaml", RUN),
    "recipe": ("small.yaml", "new.yaml",
               ["train new.yaml --plan --out o", "train new.yaml steps=1 h_cycles=1 l_cycles=1 --plan --json --out o"]),
    "lattice recipe": ("lattice.yaml", "new.yaml", ["train new.yaml --plan --out o"]),
    "table": ("tiny.csv", "new.csv", TABLE),
    "task file": ("task.yaml", "new.yaml",
                  ["data show train.csv 0 --task new.yaml", "data check train.csv --task new.yaml",
                   "train small.yaml task=new.yaml --plan --out o", "info new.yaml"]),
    "dataset.json": ("exported/dataset.json", "exported/dataset.json", [words % "exported" for words in FOLDERS]),
    "inputs": ("exported/all__inputs.npy", "exported/all__inputs.npy", [words % "exported" for words in FOLDERS]),
    "groups": ("exported/all__group_indices.npy", "exported/all__group_indices.npy",
               [words % "exported" for words in FOLDERS]),
    "arc folder": ("arc/test/dataset.json", "arc/test/dataset.json", ARC_FOLDERS),
    "arc pairs": ("arc/test/all__pairs.npy", "arc/test/all__pairs.npy", ARC_FOLDERS),
    "arc identifiers": ("arc/identifiers.json", "arc/identifiers.json",
                        ARC_FOLDERS),
    "arc tasks": ("one/t2.json", "new.json", ARC),
    "torch": ("pt/o.pt", "pt/o.pt", [words.format("o.pt") for words in CONVERT]),
    "npz": ("pt/o.npz", "pt/o.npz", [words.format("o.npz") for words in CONVERT]),
    "configuration": ("pt/all_config.yaml", "pt/all_config.yaml", [words.format("o.pt") for words in CONVERT[:2]]),
}  # fmt: skip
TRIES = int(os.environ.get("TRIES", 5000 // len(KINDS) + 1 if LONG else 14))


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def written():
    return {path for path in HERE.rglob("*") if path.is_file()}


def judged(words, good):
    """What is wrong with what a command does, in words; None: nothing. A good file must not be refused."""
    before = written()
    try:
        done = subprocess.run([HRM, *words.split()], cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True, timeout=12 * SECONDS,
                              preexec_fn=limits)  # fmt: skip
    except subprocess.TimeoutExpired:
        return "hangs"
    said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
    if done.returncode not in (0, 1, 2):
        return f"ended by {done.returncode}"
    failures = [line for line in said if line.startswith("hrm")]
    if good and failures:
        return f"refuses what is good: {failures}"
    if done.returncode and (not failures and not done.stdout or len(failures) > 1 or max(map(len, said), default=0) > 2000):
        return f"exit {done.returncode}: {len(failures)} sentences: {said[:2]}"[:300]
    new = written() - before
    if any(".tmp" in path.name for path in new):
        return "a temporary file is left"
    models = [path for path in new if path.suffix == ".safetensors"]
    if any(hrm(f"info {path}").returncode for path in models):
        return "wrote a model that cannot be read"
    if done.returncode and not words.startswith("train") and not done.stdout and new:
        return f"failed, and left {', '.join(sorted(path.name for path in new))[:80]}"
    return None


def tried(kind):
    source, name, commands = KINDS[kind]
    wrong, draw, data = collections.defaultdict(list), random.Random(f"{SEED} {kind}"), (BASE / source).read_bytes()
    for n in range(-len(commands) if LONG else -1, TRIES):  # below 0: as it is
        spoilt, what = spoil(name, data, draw) if n >= 0 else (data, "as it is")
        shutil.rmtree(HERE)
        shutil.copytree(BASE, HERE)
        (HERE / name).write_bytes(spoilt)
        words = commands[n % len(commands)]
        fault = judged(words, n < 0)
        if fault:
            wrong[re.sub(r"\d{3,}", "#", f"hrm {words}: {fault}")].append(f"{n} ({what[:60]})")
            kept = FOLDER / "wrong"
            kept.mkdir(exist_ok=True)
            (kept / f"{kind}-{n}-{pathlib.Path(name).name}".replace(" ", "-")).write_bytes(spoilt)
    return wrong


def main():
    warnings.simplefilter("ignore")  # of names that a zip holds twice
    made()
    (BASE / "task.yaml").write_text(TASK)
    hrm("convert run/model.safetensors pt/o.npz --quiet")
    fresh([])
    bad, kinds = False, sys.argv[4:] or list(KINDS)
    for number, kind in enumerate(kinds, 1):
        wrong = tried(kind)
        bad = bad or bool(wrong)
        report(number, f"hostile: {kind}", wrong, TRIES)
    print(f"1..{len(kinds)}")
    sys.exit(bad)


main()
