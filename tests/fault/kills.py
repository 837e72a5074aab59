"""Every command that writes, killed at random moments, as TAP.

Each file must be old or new. A training run that is killed again and again, and goes on with any number of threads, loses no
step that its state had, and ends with the models and metrics of one that was left alone.

usage: kills.py HRM CALLS FOLDER [NAME...]      FAULT=long: 1000 kills in all; else 40
"""

import collections
import json
import random
import subprocess
import sys
import time

from commands import HERE, HRM, LONG, fresh, header_of, left, made, report
from calls import WORDS, begun, third

KILLS = 1000 if LONG else 40
TRAIN = "train ../base/%s.yaml data=../base/train.csv valid=../base/train.csv steps=80 save_every=3 eval_every=25 --quiet --out new"
RUNS = {"train": TRAIN % "small", "train-lattice": TRAIN % "lattice"}


def killed(words, seconds):
    """Whether a command was killed so many seconds after its beginning (None: it is not), and what it said."""
    run = subprocess.Popen([HRM, *words.split()], cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE)  # fmt: skip
    try:
        said = run.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        run.kill()
        run.communicate()
        return True, ""
    return False, said.decode() if run.returncode else ""


def files(outputs):
    now = left(outputs)
    return {name: data for name, data in now.items() if ".tmp" not in name}


def one_file_or_the_other(name, kills, draw):
    words, outputs = WORDS[name]
    wrong = collections.defaultdict(list)
    begun(name)
    old, begin = files(outputs), time.monotonic()
    killed(words, None)
    good, whole = files(outputs), time.monotonic() - begin
    for n in range(kills):
        begun(name)
        killed(words, draw.random() * whole)
        fault = third(name, old, good)
        if fault:
            wrong[fault].append(n)
        if list(HERE.rglob("*.tmp*")) and not killed(words, None)[1] and list(HERE.rglob("*.tmp*")):
            wrong["what a kill left half-written is not swept up by the same command"].append(n)
    return wrong


def kept(folder):
    """Models and metrics, which no number of threads changes."""
    now = files([folder])
    return {name: data for name, data in now.items() if name.endswith(("model.safetensors", "best.safetensors", ".jsonl"))}


def step_of(folder):
    state = HERE / folder / "state.safetensors"
    return json.loads(header_of(state.read_bytes())["__metadata__"]["progress"])["step"] if state.exists() else None


def trained_on(name, kills, draw):
    wrong = collections.defaultdict(list)
    fresh([])
    begin = time.monotonic()
    killed(RUNS[name], None)
    good, whole, n = kept("new"), time.monotonic() - begin, 0
    while n < kills:
        fresh([])
        at, left_alone = None, False
        while not left_alone:
            words = RUNS[name] if at is None else f"train --resume new --quiet --threads {draw.choice((1, 1, 2, 3))}"
            was_killed, said = killed(words, draw.random() ** 2 * whole if n < kills else None)
            n += was_killed
            now = step_of("new")
            if said or (at is not None and (now is None or now < at)):
                wrong[said.strip() or "the state went back"].append(n)
                break
            at, left_alone = now, not was_killed
        if left_alone and (kept("new") != good or list(HERE.glob("new/*.tmp*"))):
            wrong["other files at the end"].append(n)
    return wrong


def main():
    made()
    names = sys.argv[4:] or [name for name in WORDS if name != "resume" and WORDS[name][1] != ["answers"]]
    bad, draw = False, random.Random(1)
    share = max(1, KILLS // (len(names) + 4))
    for number, name in enumerate(names, 1):
        kills = 3 * share if name in RUNS else share
        wrong = (trained_on if name in RUNS else one_file_or_the_other)(name, kills, draw)
        bad = bad or bool(wrong)
        report(number, f"{name}: killed at random", wrong, kills)
    print(f"1..{len(names)}")
    sys.exit(bad)


if __name__ == "__main__":
    main()
