"""Lines and branches that the programs of a build with CONFIG=coverage have reached, by room, as a table.

A branch is a way out of a condition, as gcc sees it after its optimisation of what cannot happen; one whose line was never
reached counts as not taken.

usage: coverage.py BUILD_DIR [--files]   (--files: each file too)"""

import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

build = pathlib.Path(sys.argv[1]).resolve()
notes = sorted(build.glob("src/**/*.gcno"))
if not notes:
    sys.exit(f"coverage: {build} holds no build with CONFIG=coverage")

lines = collections.defaultdict(dict)  # of a file: how often each line was reached
branches = collections.defaultdict(dict)
with tempfile.TemporaryDirectory() as folder:
    for note in notes:
        subprocess.run(["gcov", "--json-format", "--branch-probabilities", str(note)], cwd=folder, check=True, capture_output=True)
        for path in pathlib.Path(folder).glob("*.gcov.json.gz"):
            with gzip.open(path) as f:
                report = json.load(f)
            path.unlink()
            for file in report["files"]:
                if not file["file"].startswith("src/"):
                    continue
                for line in file["lines"]:
                    number, name = line["line_number"], file["file"]
                    lines[name][number] = lines[name].get(number, 0) + line["count"]
                    old = branches[name].get(number, [])
                    new = [b["count"] for b in line["branches"]]
                    branches[name][number] = [a + b for a, b in zip(old, new)] if len(old) == len(new) else old or new


def row(name, files):
    line = [n for f in files for n in lines[f].values()]
    way = [n for f in files for list_ in branches[f].values() for n in list_]
    share = lambda counts: f"{sum(n > 0 for n in counts) / len(counts):7.1%}" if counts else "      -"
    print(f"{name:24} {len(line):7} {share(line)} {len(way):9} {share(way)}")


rooms = collections.defaultdict(list)
for name in sorted(lines):
    rooms["/".join(name.split("/")[:2])].append(name)
print(f"{'':24} {'lines':>7} {'reached':>7} {'branches':>9} {'taken':>7}")
for room, files in sorted(rooms.items()):
    row(room, files)
row("all", list(lines))
if "--files" in sys.argv[2:]:
    for name in sorted(lines):
        row(name, [name])
