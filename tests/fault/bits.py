"""The same bits whatever the machine: threads x instruction set x memory x batch x compiler, as TAP.

Within an instruction set every cell trains the same models, of both regimes, to the byte, and gives the same answers with the
same confidence for any number of puzzles at a time.

usage: bits.py HRM OTHER FOLDER      OTHER: hrm built by another compiler, or -; FAULT=long: every cell; else a dozen
"""

import hashlib
import itertools
import json
import random
import sys

import commands
from commands import BASE, HERE, HRM, LONG, TOOL, fresh, hrm, made, report

THREADS, MEMORIES, BATCHES = (1, 2, 3, 5), ("4MiB", "6MiB", "1GiB"), (1, 5, 64)
CELLS = 12
SETTINGS = "data=../base/train.csv valid=../base/train.csv steps=8 eval_every=4 save_every=0 batch=96 --quiet"
TRAINED = ("model.safetensors", "best.safetensors")


def ran(words):
    done = hrm(words, HERE)
    if done.returncode and done.stderr:
        sys.exit(f"hrm {words}: {done.stderr.decode()}")
    return done.stdout


def made_by(program, isa, threads, memory, batch):
    """What a cell makes, by name."""
    fresh([])
    commands.HRM, out = program, {}
    where = f"--isa {isa} --threads {threads}"
    for recipe in ("small", "lattice"):
        ran(f"train ../base/{recipe}.yaml {SETTINGS} memory={memory} {where} --out {recipe}")
        for name in TRAINED:
            out[f"{recipe}/{name}"] = hashlib.sha256((HERE / recipe / name).read_bytes()).hexdigest()
        ran(f"eval {recipe}/model.safetensors ../base/train.csv {where} --batch {batch} --answers a.jsonl --quiet")
        out[f"answers of {recipe}"] = (HERE / "a.jsonl").read_bytes()
    return out


def main():
    made()
    bad, isas = False, json.loads(hrm("--version --json").stdout)["isas"]
    programs = [HRM] if TOOL == "-" else [HRM, TOOL]
    for number, isa in enumerate(isas, 1):
        cells = list(itertools.product(programs, THREADS, MEMORIES))
        if not LONG:  # the two that differ most, or as many more as a dozen leaves
            cells = [(programs[0], 1, MEMORIES[-1])] + random.Random(isa).sample(cells, max(1, CELLS // len(isas) - 1))
        first, wrong = None, {}
        for n, (program, threads, memory) in enumerate(cells):
            batch = BATCHES[n % len(BATCHES)]
            now = made_by(program, isa, threads, memory, batch)
            first = first or now
            for name in first:
                if now[name] != first[name]:
                    wrong.setdefault(f"other {name}", []).append(f"{program}, {threads} threads, {memory}, batch {batch}")
        bad = bad or bool(wrong)
        report(number, f"bits of {isa}", wrong, len(cells))
    print(f"1..{len(isas)}")
    sys.exit(bad)


main()
