"""A long stream of puzzles and a long training run, as TAP: after the first thousand no more memory is taken, but MOST.

usage: soak.py HRM - FOLDER      SOAK_PUZZLES (1000000) in the stream, SOAK_SECONDS (900) of training
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time

from commands import BASE, HRM, header_of, made, report

PUZZLES, SECONDS, MOST, FIRST = int(os.environ.get("SOAK_PUZZLES", 1000000)), int(os.environ.get("SOAK_SECONDS", 900)), 1000, 1000
SAVES = 60  # seconds between them
QUIET = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def held(run):
    """kB that a process holds now."""
    with open(f"/proc/{run.pid}/status") as status:
        return int(re.search(r"VmRSS:\s*(\d+)", status.read())[1])


def stream():
    """Puzzles through one process; wrong: what, and where."""
    puzzles = (BASE / "puzzles.txt").read_bytes().splitlines(True)
    want = [subprocess.run([HRM, "solve", "run/model.safetensors", line.decode().strip()], cwd=BASE, capture_output=True).stdout
            for line in puzzles]  # fmt: skip
    run = subprocess.Popen([HRM, "solve", "run/model.safetensors", "-", "--quiet"], cwd=BASE, stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE)  # fmt: skip

    def feed():
        part, left = b"".join(puzzles * 100), PUZZLES
        while left > 0:
            run.stdin.write(part if left >= 100 * len(puzzles) else b"".join((puzzles * 100)[:left]))
            left -= 100 * len(puzzles)
        run.stdin.close()

    threading.Thread(target=feed, daemon=True).start()
    first, most, n, wrong = None, 0, 0, {}
    for n, line in enumerate(run.stdout, 1):
        if line != want[(n - 1) % len(want)]:
            wrong.setdefault("another answer", []).append(n)
        if n % FIRST == 0:
            most = held(run) if n < PUZZLES else most  # at the end it may be gone
            first = first or most
    code = run.wait()
    if n != PUZZLES or code not in (0, 1):
        wrong[f"{n} answers, exit {code}"] = [n]
    if first and most - first > MOST:
        wrong[f"grew from {first} to {most} kB"] = [n]
    return wrong, n, f"{first} kB, then {most}"


def training():
    """One run that saves each minute, ended from outside, and gone on with."""
    state = BASE / "soaked/state.safetensors"
    words = [HRM, "train", "small.yaml", "eval_every=5000", "log_every=1000", "--quiet", "--out", "soaked", "threads=2"]
    begin = time.monotonic()
    speed = subprocess.run([*words, "steps=4000", "save_every=0", "--out", "speed"], cwd=BASE, **QUIET)
    every = max(1, int(4000 / (time.monotonic() - begin) * min(SAVES, SECONDS / 5)))
    run = subprocess.Popen([*words, "steps=1000000000", f"save_every={every}"], cwd=BASE, **QUIET)
    first, most, saves, last, wrong, begin = None, 0, 0, None, {}, time.monotonic()
    while time.monotonic() - begin < SECONDS and run.poll() is None:
        time.sleep(1)
        now = state.stat().st_mtime_ns if state.exists() else None
        saves, last = saves + (now != last), now
        if saves >= 2:  # the memory for saving is there
            most = held(run)
            first = first or most
    run.send_signal(signal.SIGINT)
    if run.wait() != 130 or speed.returncode:
        wrong[f"exit {run.returncode}"] = [saves]
    if first is None or saves < 3 or not header_of(state.read_bytes()):
        wrong["saves, or their state"] = [saves]
    elif most - first > MOST:
        wrong[f"grew from {first} to {most} kB"] = [saves]
    gone_on = subprocess.run([HRM, "train", "--resume", "soaked", "--plan"], cwd=BASE, stdin=subprocess.DEVNULL, capture_output=True)
    if gone_on.returncode:
        wrong[gone_on.stderr.decode()] = [saves]
    return wrong, saves, f"{first} kB, then {most}"


def main():
    made()
    bad = False
    for number, (name, work) in enumerate((("puzzles in one stream", stream), ("saves in one training run", training)), 1):
        wrong, count, memory = work()
        bad = bad or bool(wrong)
        report(number, f"{name}: {memory}", wrong, count)
    print("1..2")
    sys.exit(bad)


main()
