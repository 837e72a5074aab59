"""What comparing a model's checksums adds to loading it: processor time of one thread, the least of 25 times each.

usage: PYTHONPATH=python bench/load.py MODEL   (of 27 million parameters: hrm train recipes/hrm-sudoku.yaml steps=1 batch=1
data=data/sudoku-9x9-train.csv valid= eval_every=0 --out /tmp/27m)"""

import sys
import time

import hrm

least = {True: float("inf"), False: float("inf")}
for _ in range(25):
    for verify in least:
        begin = time.process_time()
        hrm.load(sys.argv[1], threads=1, verify=verify)
        least[verify] = min(least[verify], time.process_time() - begin)
print("with checksums %.0f ms, without %.0f ms" % (1000 * least[True], 1000 * least[False]))
