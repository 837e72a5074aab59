"""One flipped bit anywhere in a model or a state is refused, with a sentence, as TAP.

usage: flips.py HRM - FOLDER      FAULT=long: 20000 bits of each file; else 700
"""

import random
import subprocess
import sys

from commands import BASE, FOLDER, HRM, LONG, hrm, made, report

BITS = 20000 if LONG else 700


def refused(path):
    """What is wrong with how a file is refused, in words; None: nothing."""
    done = subprocess.run([HRM, "info", str(path)], stdin=subprocess.DEVNULL, capture_output=True)
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode == 1 and said and "\n" not in said and not done.stdout:
        return None
    return f"exit {done.returncode}: {said[:100]}"


def tried(source, draw):
    wrong, data, path = {}, bytearray(source.read_bytes()), FOLDER / "flipped.safetensors"
    head = 8 * (8 + int.from_bytes(data[:8], "little"))
    for n in range(BITS):
        bit = draw.randrange(head if n % 3 == 0 else 8 * len(data))  # a header is small, and holds most that matters
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        data[bit // 8] ^= 1 << bit % 8
        fault = refused(path)
        if fault:
            wrong.setdefault(fault, []).append(bit)
    return wrong


def main():
    made()
    draw, bad = random.Random(1), False
    names = ("run/model", "run/state", "lattice/state")
    for number, name in enumerate(names, 1):
        wrong = tried(BASE / f"{name}.safetensors", draw)
        bad = bad or bool(wrong)
        report(number, f"flipped bits of {name}", wrong, BITS)
    state = BASE / "run/state.safetensors"
    data = bytearray(state.read_bytes())
    data[8 + int.from_bytes(data[:8], "little")] ^= 1  # a weight's last digit
    (FOLDER / "cut").mkdir(exist_ok=True)
    (FOLDER / "cut/state.safetensors").write_bytes(data)
    done = hrm(f"train --resume {FOLDER / 'cut'} --plan")
    good = done.returncode == 1 and b"is not as it was written" in done.stderr and b"(--no-verify)" in done.stderr
    passed = hrm(f"train --resume {FOLDER / 'cut'} --plan --no-verify").returncode == 0
    report(len(names) + 1, "a run with a flipped bit goes on only where that is asked for",
           {} if good and passed else {done.stderr.decode(): [0]}, 2)  # fmt: skip
    print(f"1..{len(names) + 1}")
    sys.exit(bad or not good or not passed)


main()
