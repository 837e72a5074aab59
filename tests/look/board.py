"""What TensorBoard itself reads of a run folder, against the run's metrics.jsonl. TAP.

usage: board.py RUNS   (a folder of run folders; with a Python that has tensorboard)"""

import json
import math
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request

RUNS = sys.argv[1]
n = 0


def tell(good, name):
    global n
    n += 1
    print("%s %d - %s" % ("ok" if good else "not ok", n, name), flush=True)


def wanted(run):
    """(tag: [(step, value)]) of the journal."""
    out = {}
    with open(os.path.join(RUNS, run, "metrics.jsonl")) as file:
        for line in map(json.loads, file):
            for key, value in line.items():
                if isinstance(value, (int, float)) and key != "step":
                    out.setdefault("%s/%s" % (line["event"], key), []).append((line["step"], value))
    return out


def same(want, have):
    """The same steps once, in their order, with the same values in the precision of both files."""
    return have is not None and [s for s, _ in want] == [s for s, _ in have] and all(
        math.isclose(a, b, rel_tol=1e-6) for (_, a), (_, b) in zip(want, have))  # fmt: skip


def by_reader(run):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(os.path.join(RUNS, run), size_guidance={"scalars": 0})
    events.Reload()
    read = {tag: events.Scalars(tag) for tag in events.Tags()["scalars"]}
    times = [e.wall_time for e in read.get("step/loss", [])]
    now = time.time()
    tell(times == sorted(times) and all(now - 3600 < t <= now for t in times), run + ": at the time at which they were written")
    return {tag: [(e.step, e.value) for e in points] for tag, points in read.items()}


def by_server(runs, tags):
    """What its web server answers, asked for until it has read the runs."""
    log = open(os.path.join(RUNS, "server.log"), "w+")
    server = subprocess.Popen([sys.executable, "-m", "tensorboard.main", "--logdir", RUNS, "--port", "0", "--bind_all",
                               "--samples_per_plugin", "scalars=100000"], stdout=log, stderr=log)  # fmt: skip
    try:
        end, address, out = time.time() + 90, None, {}
        while time.time() < end and len(out) < len(runs):
            time.sleep(0.5)
            log.seek(0)
            at = [word for word in log.read().split() if word.startswith("http://")]
            if not at:
                continue
            address = "http://127.0.0.1:%s/" % at[0].rstrip("/").rsplit(":", 1)[1]
            for run in runs:
                query = urllib.parse.urlencode({"run": run, "tag": tags[run]})
                try:
                    with urllib.request.urlopen(address + "data/plugin/scalars/scalars?" + query, timeout=10) as reply:
                        out[run] = [(step, value) for _, step, value in json.load(reply)]
                except OSError:
                    pass
        return out
    finally:
        server.terminate()
        server.wait()


runs = sorted(name for name in os.listdir(RUNS) if os.path.isdir(os.path.join(RUNS, name)))
for run in runs:
    want, have = wanted(run), by_reader(run)
    tell(len(want) > 8 and set(want) == set(have), run + ": every number of metrics.jsonl has its curve")
    off = [tag for tag in want if not same(want[tag], have.get(tag))]
    tell(not off, "%s: every step once, with its value%s" % (run, ": not " + ", ".join(off[:5]) if off else ""))
tags = {run: "step/loss" for run in runs}
served = by_server(runs, tags)
for run in runs:
    tell(same(wanted(run)["step/loss"], served.get(run)), run + ": and so says TensorBoard's server")
print("1..%d" % n)
