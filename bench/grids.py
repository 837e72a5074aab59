#!/usr/bin/env python3
"""The grid that a model would answer with after every segment, beside what the changes do. Python's standard library.

usage: bench/grids.py HRM MODEL DATA [LIMIT [SHOWN]]   (HRM: the command; puzzles: all; the one that is drawn, from 0: 0)

By segment, means over the puzzles: exact answers, cells right, and of the cells that changed those that became right
(gained), stopped being right (lost), and went back to what they had held before; faults. Of mazes also what is
marked as the way. A cell that is drawn with ! is wrong."""
import csv
import json
import subprocess
import sys
import tempfile

ACROSS = 100  # characters of a line of grids
EDITS = ["changed", "gained", "lost", "returned", "faults"]


def inspected(hrm, model, data, limit):
    words = [hrm, "inspect", model, data, "--json", "--quiet"] + (["--limit", str(limit)] if limit else [])
    return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)


def table(names, rows):
    print("  ".join(["segment"] + names))
    for k, row in enumerate(rows):
        print("  ".join([f"{k + 1:<7}"] + [f"{x:{len(name)}.2f}" for name, x in zip(names, row)]))


def edits(inside):
    """The table, and what became of all cells that changed after the first segment."""
    steps = inside["segments"]
    table(["exact %", "cells %"] + EDITS,
          [[100 * s["exact"], 100 * s["right"]] + [s[name] for name in EDITS] for s in steps])
    total = {name: sum(s[name] for s in steps[1:]) for name in EDITS}
    gained, lost, returned = (100 * total[name] / (total["changed"] or 1) for name in EDITS[1:4])
    print(f"after the first segment {total['changed']:.2f} cells of a puzzle change: {gained:.1f} % become right, "
          f"{lost:.1f} % stop being right; {returned:.1f} % go back")


def drawn(path, columns):
    """A puzzle's grid after every segment, as many side by side as a line holds."""
    expected = path["expected"]  # ?: no label, as about an ARC grid
    grids = [("question", path["question"].replace("_", " "))]
    for k, answer in enumerate(path["answers"]):
        grids.append((f"segment {k + 1}", "".join(c if e != "?" else " " for c, e in zip(answer, expected))))
    width = max(2 * columns + 2, len("segment 10") + 2)
    rows = [at for at in range(0, len(expected), columns) if any(g[at:at + columns].strip() for _, g in grids)]
    for first in range(0, len(grids), ACROSS // width):
        part = grids[first:first + ACROSS // width]
        print("\n" + "".join(name.ljust(width) for name, _ in part).rstrip())
        for at in rows:
            lines = ("".join(c + ("!" if name != "question" and e not in "?" + c else " ")
                             for c, e in zip(grid[at:at + columns], expected[at:at + columns])) for name, grid in part)
            print("".join(line.ljust(width) for line in lines).rstrip())


def near(cell, side):
    row, column = divmod(cell, side)
    return [(row + r) * side + column + c for r, c in ((0, 1), (1, 0), (0, -1), (-1, 0))
            if 0 <= row + r < side and 0 <= column + c < side]


def moves(begin, free, side):
    """To every cell that is reached from `begin` through `free`: how many."""
    far, at = {begin: 0}, [begin]
    for cell in at:
        for other in near(cell, side):
            if other in free and other not in far:
                far[other] = far[cell] + 1
                at.append(other)
    return far


MARKS = ["marked", "added", "taken away", "on the way", "on another", "astray", "stretches", "pieces", "loops", "joined %"]


def pieces(cells, side):
    left, count = set(cells), 0
    while left:
        left -= set(moves(left.pop(), cells, side))
        count += 1
    return count


def marks(question, answer, before, grid):
    """What is marked: cells, new ones, and those that no longer are; of what is, on the labelled way, on another as
    short, and on none, in how many stretches. With S and G: pieces that hang together, loops, and whether S meets G."""
    side = int(len(grid) ** 0.5)
    begin, end = question.index("S"), question.index("G")
    free = {cell for cell, c in enumerate(question) if c != "#"}
    there, back = moves(begin, free, side), moves(end, free, side)
    short = {cell for cell in there if cell in back and there[cell] + back[cell] == there[end]}
    marked, old = ({cell for cell, c in enumerate(text) if c == "o"} for text in (grid, before))
    way = {cell for cell in marked if answer[cell] == "o"}
    held = marked | {begin, end}
    links, apart = sum(other in held for cell in held for other in near(cell, side)) // 2, pieces(held, side)
    return [len(marked), len(marked - old), len(old - marked), len(way), len((marked & short) - way), len(marked - short),
            pieces(marked - short, side), apart, links - len(held) + apart, 100 * (end in moves(begin, held, side))]


def mazes(hrm, model, data, limit):
    with open(data) as f:
        rows = list(csv.DictReader(f))[:limit or None]
    with tempfile.TemporaryDirectory() as folder:
        few, trace = folder + "/few.csv", folder + "/trace.jsonl"
        with open(few, "w") as f:
            csv.writer(f).writerows([["question"]] + [[r["question"]] for r in rows])
        subprocess.run([hrm, "solve", model, few, "--trace", trace, "--quiet"], stdout=subprocess.DEVNULL)
        by_segment, before = {}, ""
        with open(trace) as f:
            for step in map(json.loads, f):
                if step["event"] == "segment":
                    row = rows[step["puzzle"] - 1]
                    before = before if step["segment"] > 1 else ""
                    by_segment.setdefault(step["segment"], []).append(
                        marks(row["question"], row["answer"], before, step["cells"]))
                    before = step["cells"]
    table(MARKS, [[sum(column) / len(every) for column in zip(*every)] for _, every in sorted(by_segment.items())])
    return sum(r["answer"].count("o") for r in rows) / len(rows)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    hrm, model, data = sys.argv[1:4]
    limit, shown = (int(word) for word in (sys.argv[4:] + ["0", "0"])[:2])
    inside = inspected(hrm, model, data, limit)
    print(f"{inside['puzzles']} puzzles")
    edits(inside)
    path = inside["paths"][shown]
    if "S" in path["question"] and "G" in path["question"]:
        print(f"the way has {mazes(hrm, model, data, limit):.2f} cells beside S and G")
    drawn(path, int(len(path["question"]) ** 0.5))


if __name__ == "__main__":
    main()
