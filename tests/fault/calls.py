"""Every command that writes, with each of its system calls failing, doing half, or being its last, as TAP.

After a failure: a sentence, each file old or new, no temporary file; after success: what it leaves when all goes well. After a
kill: each file old or new. Training goes on from there, and ends as if nothing had happened.

usage: calls.py HRM CALLS FOLDER [NAME...]      FAULT=long: every call; else TRIES of each kind and command (3)
"""

import collections
import os
import random
import subprocess
import sys

from commands import BASE, COMMANDS, FOLDER, HERE, HRM, LONG, TOOL, fresh, hrm, left, made, report

TRIES = int(os.environ.get("TRIES", 3))
LOG = FOLDER / "log"
WORDS = dict((name, entry) for name, entry in COMMANDS.items() if entry[1])
WORDS["train"] = ("train ../base/small.yaml data=../base/train.csv valid=../base/train.csv --quiet --out new", ["new"])
WORDS["train-lattice"] = ("train ../base/lattice.yaml data=../base/train.csv valid=../base/train.csv --quiet --out new", ["new"])
WORDS["solve"] = ("solve ../base/run/model.safetensors ../base/puzzles.txt --threads 1 --quiet", ["answers"])
WORDS["explain"] = ("solve ../base/lattice/model.safetensors ../base/puzzles.txt --rounds 20 --explain --json --threads 1", ["answers"])
WORDS["trace"] = ("solve ../base/lattice/model.safetensors ../base/puzzles.txt --trace t.jsonl --rounds 4 --threads 1 --quiet", ["t.jsonl"])
WRITES = ("write", "mkdir", "link", "rename", "fsync", "unlink", "ftruncate")
KINDS = {
    "kill": lambda call: call[0] in WRITES + ("open", "close", "flock"),
    "ENOSPC": lambda call: call[0] in ("write", "mkdir", "link", "rename", "fsync") or creates(call),
    "EIO": lambda call: call[0] != "access",
    "EINTR": lambda call: call[0] in ("read", "write", "open", "fsync", "close", "flock"),
    "EOPNOTSUPP": lambda call: nameless(call),  # a disk where every file has a name
    "short": lambda call: call[0] in ("read", "write") and int(call[1]) > 1,
}


def creates(call):
    return call[0] == "open" and (int(call[2]) & os.O_CREAT or nameless(call))


def nameless(call):
    return call[0] == "open" and int(call[2]) & os.O_TMPFILE == os.O_TMPFILE


def follow(words, fault="none", at=0, log=""):
    with open(HERE / "answers", "wb") if words.startswith("solve") else open(os.devnull, "wb") as out:
        return subprocess.run([TOOL, HERE, log, fault, str(at), HRM, *words.split()], cwd=HERE, stdin=subprocess.DEVNULL,
                              stdout=out, stderr=subprocess.PIPE, timeout=120)  # fmt: skip


OLDER = {"export": "data export ../base/train.csv out",
         "arc": "data arc out ../base/one --augment 1 --side 3 --quiet"}  # fmt: skip


def begun(name):
    """Everything as before the command."""
    fresh(WORDS[name][1])
    if WORDS[name][1] == ["answers"]:
        (HERE / "answers").unlink(missing_ok=True)
    if name in OLDER:
        hrm(OLDER[name], HERE)


def third(name, old, good):
    """What is wrong with files of which each should be old or new, and where several make a data set all of them."""
    now = {file: data for file, data in left(WORDS[name][1]).items() if ".tmp" not in file}
    other = [file for file in now if now[file] not in (old.get(file), good.get(file))]
    if other:
        return f"neither old nor new: {', '.join(other)}"
    for folder in sorted({os.path.dirname(file) for file in good if os.path.basename(file) == "dataset.json"}):
        files = [file for file in good if file.startswith(folder + "/") and old.get(file) != good[file]]
        kept = {now.get(file) == good[file] for file in files}
        if len(kept) > 1 and hrm(f"info {folder}", HERE).returncode == 0:
            return f"{folder} is taken for a data set, and is a mixture"
    lost = [file for file in old if file not in now and file in good and name not in OLDER]
    return f"lost: {', '.join(lost)}" if lost else None


def goes_on(words, outputs, good):
    """What is wrong when training goes on from what is there."""
    folder = HERE / outputs[0]
    if (folder / "state.safetensors").exists() and "--resume" not in words:
        words = f"train --resume {outputs[0]} --quiet"
    done = hrm(words, HERE)
    if done.returncode:
        return "does not go on: " + done.stderr.decode()[-150:].strip()
    now = left(outputs)
    wrong = sorted(name for name in set(now) | set(good) if now.get(name) != good.get(name))
    return f"goes on to other files: {', '.join(wrong)}" if wrong else None


def judged(name, kind, removes, runs, old, good):
    words, outputs = WORDS[name]
    done, clean = runs
    now, said = left(outputs), done.stderr.decode(errors="replace").strip()
    trains, streams = words.startswith("train"), outputs == ["answers"]
    if kind != "kill":
        if done.returncode > 125:
            return f"ended by {done.returncode}"
        if done.returncode == clean.returncode and not trains and (done.returncode == 0 or not said):
            return None if now == good else f"exit {done.returncode} with other files"
        if done.returncode and not said:
            return f"exit {done.returncode} without a word"
        if done.returncode and not trains and "\n" in said:
            return "more than one line: " + said[-200:]
        if any(".tmp" in file for file in now) and not removes:
            return "a temporary file is left"
    if streams and kind == "kill" and now["answers"] and not now["answers"].endswith(b"\n"):
        return "the last line has no end"
    if streams:
        return None if good["answers"].startswith(now["answers"].rstrip(b"\n")) else "other answers"
    return goes_on(words, outputs, good) if trains else third(name, old, good)


def tried(name, kind):
    words, outputs = WORDS[name]
    wrong = collections.defaultdict(list)
    begun(name)
    old = left(outputs)
    clean = follow(words, log=LOG)
    good = left(outputs)
    if clean.returncode and clean.stderr:
        return {f"exit {clean.returncode}: {clean.stderr.decode()[-200:]}": [0]}, 0
    calls = [line.split("\t") for line in LOG.read_text().splitlines()]
    at = [n for n, call in enumerate(calls, 1) if KINDS[kind](call)]
    if not LONG: # and metrics that cannot be looked at, which were once taken for none
        seen = [n for n in at if kind == "EIO" and calls[n - 1][0] == "stat" and calls[n - 1][4].endswith("metrics.jsonl")]
        at = sorted({*seen, *random.Random(name + kind).sample(at, min(TRIES, len(at)))})
    for n in at:
        begun(name)
        call = calls[n - 1]
        try:
            fault = judged(name, kind, call[0] == "unlink", (follow(words, kind, n), clean), old, good)
        except subprocess.TimeoutExpired:
            fault = "hangs"
        if fault:
            wrong[f"{fault} [{call[0]} {call[4]}]"].append(n)
    return wrong, len(at)


def main():
    made()
    bad = number = 0
    if subprocess.run([TOOL, BASE, "", "none", "0", "/bin/true"]).returncode == 77:
        print("ok 1 - system calls that fail # SKIP programs cannot be followed here\n1..1")
        return
    for name in sys.argv[4:] or WORDS:
        for kind in KINDS:
            wrong, tries = tried(name, kind)
            number, bad = number + 1, bad or bool(wrong)
            report(number, f"{name}: {kind}", wrong, tries)
    print(f"1..{number}")
    sys.exit(bad)


if __name__ == "__main__":
    main()
