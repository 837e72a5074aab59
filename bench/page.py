"""How fast the page that stands alone is (make page), in Chromium without a window. Python's standard library.

usage: bench/page.py [PAGE [OPENINGS]]   (build/wasm/hrm.html, 7)

Prints the first solve: milliseconds from opening the file to an easy puzzle's answer, of browsers started anew, and of
these until the page was ready; then what the hard puzzles take that the page has inside (rating 26 and more), one after
another, drawn as ever; then those of rating 81 and more of the test set beside it."""

import csv
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tests", "serve"))
from browser import Browser  # noqa: E402
from lib import EASY  # noqa: E402

PAGE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/wasm/hrm.html").resolve().as_uri()
OPENINGS = int(sys.argv[2]) if len(sys.argv) > 2 else 7
# Solves as soon as it can: what a visitor's click would begin.
FIRST = """
(() => {
  const look = () => {
    if (typeof models == "undefined" || !models.length || !model) return setTimeout(look, 1);
    window.ready = performance.now();
    solve().then(() => { window.first = performance.now(); });
  };
  look();
})()"""
ALL = """
(async list => {
  const out = [];
  for (const p of list) {
    set(p);
    const begun = performance.now();
    await solve();
    out.push([performance.now() - begun, story.steps.length, story.answer.verdict]);
  }
  return out;
})"""


def at(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def first():
    ready, solved = [], []
    for _ in range(OPENINGS):
        with Browser() as b:
            b.send("Page.addScriptToEvaluateOnNewDocument", source=FIRST)
            b.open(PAGE + "#p=" + EASY)
            b.until("window.first")
            ready.append(b.run("ready"))
            solved.append(b.run("first"))
    print("first solve   median %4.0f ms, most %4.0f; the page was ready after %4.0f ms   (%d openings)"
          % (at(solved, 0.5), max(solved), at(ready, 0.5), OPENINGS), flush=True)  # fmt: skip


def hard(b, name, puzzles):
    got = b.run(ALL + "(%s)" % json.dumps(puzzles))
    times, rounds = [g[0] for g in got], [g[1] for g in got]
    print("%-13s median %4.0f ms, 90%% within %4.0f, most %4.0f; %.0f rounds each, %.1f ms a round   (%d puzzles, %d solved)"
          % (name, at(times, 0.5), at(times, 0.9), max(times), sum(rounds) / len(rounds), sum(times) / sum(rounds),
             len(got), sum(g[2] == "solved" for g in got)), flush=True)  # fmt: skip


first()
with open("data/sudoku-9x9-test.csv") as f:
    rows = [(int(r["rating"]), r["question"]) for r in csv.DictReader(f)]
with Browser() as b:
    b.open(PAGE)
    b.until("typeof models != 'undefined' && models.length > 1 && !!model")
    b.run(ALL + "(%s)" % json.dumps([EASY] * 3))  # the compiler's second thoughts
    inside = json.loads(b.run("document.getElementById('puzzles').textContent"))
    hard(b, "hard", [p["puzzle"] for p in inside if p["rating"] >= 26])
    hard(b, "hardest", [q for rating, q in sorted(rows, reverse=True) if rating >= 81][:30])
print("load of the machine: %s" % open("/proc/loadavg").read().split()[0], time.strftime("(%H:%M)"))
