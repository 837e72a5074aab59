"""Every command of hrm with its n-th allocation failing, and with all from the n-th on, as TAP.

No signal, no hang, no exit 0 with other output or files than when all goes well, no failure that does not say
"memory", no file that is neither the old nor the new one, no temporary file left.

usage: alloc.py HRM INJECTOR FOLDER [NAME...]      FAULT=long: every n; else TRIES of them (10), drawn by a fixed seed
"""

import collections
import json
import os
import pathlib
import random
import re
import subprocess
import sys

from commands import COMMANDS, FOLDER, HERE, HRM, LONG, TOOL, fresh, header_of, left, made, report, timeless

TRIES = int(os.environ.get("TRIES", 10))
BUILD = pathlib.Path(TOOL).parents[2]
MORE = {
    "report": ("report ../base/run --out r.html --examples 2 --threads 1 --quiet", ["r.html"]),
    "inspect": ("inspect ../base/run/model.safetensors ../base/train.csv --limit 2 --threads 1 --quiet --out look",
                ["look"]),
    "trace": ("solve ../base/lattice/model.safetensors 1234341221434321 --threads 1 --rounds 4 --quiet --trace t.jsonl "
              "--picture p.svg", ["t.jsonl", "p.svg"]),
    "sweep": ("sweep ../base/small.yaml data=../base/train.csv valid=../base/train.csv steps=2 save_every=0 eval_every=2 "
              "--set lr=1e-3,1e-4 --out swept --plan --quiet --json", []),
    "mcp": ("mcp ../base/run/model.safetensors", []),
    "shipped": ("info sudoku --json", []),
    # the program of host.c, which loads the library while it runs
    "host": (f"{BUILD}/libhrm.so ../base/run/model.safetensors 12..............", []),
}
ASKED = [{"method": "initialize", "params": {"protocolVersion": "2025-03-26", "capabilities": {},
                                             "clientInfo": {"name": "t", "version": "1"}}},
         {"method": "tools/list"},
         {"method": "tools/call", "params": {"name": "solve_puzzle", "arguments": {"puzzle": "12.............."}}}]
ASKED = "".join(json.dumps({"jsonrpc": "2.0", "id": i, **call}) + "\n" for i, call in enumerate(ASKED)).encode()


def ran(name, **more):
    program = BUILD / "tests/fault/host" if name == "host" else HRM
    words = (COMMANDS | MORE)[name][0].split()
    return subprocess.run([program, *words], cwd=HERE, input=ASKED if name == "mcp" else b"", capture_output=True, **more)


def judged(run, clean, outputs, good, is_asked):
    """What is wrong with a run with failed memory, in words; None: nothing."""
    said = run.stderr.decode(errors="replace").strip().split("\n")[-1]
    now = left(outputs)
    if run.returncode < 0 or run.returncode > 125:
        return f"ended by {run.returncode}"
    for name, data in now.items():
        if ".tmp" in name:
            return f"left the temporary {re.sub('[0-9]+', '#', name)}"
        if name.endswith(".safetensors") and data not in (b"old", good.get(name)) and not header_of(
                (HERE / name).read_bytes()):
            return f"{name} cannot be read"
        if name in outputs and data not in (b"old", good.get(name)):
            return f"{name} is neither old nor new"
    if run.returncode != clean.returncode or (clean.returncode and said):
        return None if "memory" in said.lower() else f"exit {run.returncode}: " + re.sub(r"\d+", "#", said)[:150]
    if timeless(run.stdout) != timeless(clean.stdout) and not (is_asked and b"memory" in run.stdout):
        return f"exit {run.returncode} with other output"
    different = sorted(name for name in set(now) | set(good) if now.get(name) != good.get(name))
    return f"exit {run.returncode} with other files: {', '.join(different)}" if different else None


def tried(name, sticky):
    """One command with each n; the wrongs with the n at which they came, and how many were tried."""
    outputs = (COMMANDS | MORE)[name][1]
    wrong = collections.defaultdict(list)
    environment = dict(os.environ, LD_PRELOAD=TOOL, FAIL_COUNT=str(FOLDER / "count"), FAIL_AT="0")
    fresh(outputs)
    clean = ran(name, env=environment)
    good, count = left(outputs), int((FOLDER / "count").read_text())
    if clean.returncode and clean.stderr:
        return {f"exit {clean.returncode} without a failure: {clean.stderr.decode()[-200:]}": [0]}, 0
    if sticky:
        environment["FAIL_STICKY"] = "1"
    at = range(1, count + 1)
    if not LONG:
        at = sorted(random.Random(name).sample(at, min(TRIES, count)))
    for n in at:
        environment["FAIL_AT"] = str(n)
        fresh(outputs)
        try:
            fault = judged(ran(name, env=environment, timeout=60), clean, outputs, good, name == "mcp")
        except subprocess.TimeoutExpired:
            fault = "hangs"
        if fault:
            wrong[fault].append(n)
    return wrong, len(at)


def main():
    made()
    bad = number = 0
    for name in sys.argv[4:] or COMMANDS | MORE:
        for sticky in (False, True)[:1 if BUILD.name == "coverage" else 2]:  # gcov ends with a signal without memory
            wrong, tries = tried(name, sticky)
            number, bad = number + 1, bad or bool(wrong)
            how = "all from one on" if sticky else "one of them"
            report(number, f"{name}: {how} fails", wrong, tries)
    print(f"1..{number}")
    sys.exit(bad)


main()
