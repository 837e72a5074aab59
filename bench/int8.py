"""What weights of one byte change of an HRM of the published size, 27M parameters. Python's standard library.

usage: bench/int8.py [FOLDER]   (runs/int8; a model that is there is not trained again)

The published sizes, cycles included, with rotary positions of row and column, which learn Sudoku of 4 x 4 in 300 steps of 16
rows: 20 minutes of two cores alone. Prints how many of 200 other puzzles each dtype solves, and how many of its answers are fp32's."""

import os
import random
import subprocess
import sys

HRM = os.path.abspath("build/release/hrm")
FOLDER = sys.argv[1] if len(sys.argv) > 1 else "runs/int8"
RECIPE = """# The published HRM but for its positions, on Sudoku of 4 x 4.
arch: hrm
pos: rope2d
halt_max_steps: 4
data: train.csv
valid: test.csv
batch: 16
stagger: true
steps: 300
lr: 3e-4
lr_min_ratio: 0.1
warmup: 30
weight_decay: 0.1
puzzle_emb_lr: 1e-3
clip: 1
ema: 0.98
log_every: 10
eval_every: 100
save_every: 50
"""
PEERS = [[j for j in range(16) if j != i and (i // 4 == j // 4 or i % 4 == j % 4 or (i // 8 == j // 8 and i % 4 // 2 == j % 4 // 2))]
         for i in range(16)]  # fmt: skip


def solutions(grid, limit, order):
    """How many there are, up to a limit; the first one found stays in the grid where the limit is 1."""
    if 0 not in grid:
        return 1
    i, found = grid.index(0), 0
    for v in order():
        if all(grid[j] != v for j in PEERS[i]):
            grid[i] = v
            found += solutions(grid, limit - found, order)
            if found >= limit:
                return found
            grid[i] = 0
    grid[i] = 0
    return found


def write_puzzles():
    """1,000 to train and 200 others, of 6 to 9 givens and one solution each."""
    rng, rows = random.Random(4), {}
    while len(rows) < 1200:
        answer = [0] * 16
        solutions(answer, 1, lambda: rng.sample(range(1, 5), 4))
        given = set(rng.sample(range(16), rng.randint(6, 9)))
        question = [v if i in given else 0 for i, v in enumerate(answer)]
        if solutions(question[:], 2, lambda: range(1, 5)) == 1:
            rows["".join(".1234"[v] for v in question)] = "".join(map(str, answer))
    for name, part in (("train.csv", list(rows.items())[:1000]), ("test.csv", list(rows.items())[1000:])):
        with open(os.path.join(FOLDER, name), "w") as f:
            f.write("question,answer\n" + "".join("%s,%s\n" % row for row in part))


def hrm(*words):
    return subprocess.run([HRM, *words], cwd=FOLDER, stdout=subprocess.PIPE, check=False).stdout.decode()


os.makedirs(FOLDER, exist_ok=True)
write_puzzles()
with open(os.path.join(FOLDER, "recipe.yaml"), "w") as f:
    f.write(RECIPE)
if not os.path.exists(os.path.join(FOLDER, "run/model.safetensors")):
    hrm("train", "recipe.yaml", "--out", "run")
answers = {}
for dtype in ("fp32", "bf16", "int8"):
    hrm("convert", "run/model.safetensors", dtype + ".safetensors", "--dtype", dtype, "--quiet")
    lines = hrm("solve", dtype + ".safetensors", "test.csv", "--quiet").splitlines()
    answers[dtype] = [line.split("\t")[0] for line in lines]
    print("%s: %d of %d solved, %d answers are fp32's" % (dtype, sum(line.endswith("\tsolved") for line in lines), len(lines),
          sum(a == b for a, b in zip(answers[dtype], answers["fp32"]))))  # fmt: skip
