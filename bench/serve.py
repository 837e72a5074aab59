"""What hrm serve adds and bears, on this machine over loopback. Python's standard library.

usage: bench/serve.py HRM [SECONDS]   (of load for each figure: 10; of the soak: SOAK in the environment, 0)"""

import csv
import http.client
import json
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tests", "serve"))
from lib import EASY, Service  # noqa: E402

HRM = sys.argv[1]
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 10
MODEL = "models/sudoku.safetensors"
HEADERS = {"Content-Type": "application/json"}


def puzzles(low, high):
    with open("data/sudoku-9x9-test.csv") as f:
        return [r["question"] for r in csv.DictReader(f) if low <= int(r["rating"]) <= high]


def client(s, choose, until, times, wrong):
    c = http.client.HTTPConnection("127.0.0.1", s.port, timeout=120)
    while time.time() < until:
        begun = time.perf_counter()
        c.request("POST", "/v1/solve", json.dumps({"puzzle": choose()}), HEADERS)
        o = json.loads(c.getresponse().read())
        times.append(time.perf_counter() - begun)
        if o["answers"][0]["verdict"] != "solved":
            wrong.append(o)


def load_mixed(s, kinds, seconds):
    """For each of the kinds, (clients, choose), which ask at once: (puzzles in a second, times, answers that are not solved)"""
    end, begun, got = time.time() + seconds, time.time(), [([], []) for _ in kinds]
    threads = [threading.Thread(target=client, args=(s, choose, end, *to))
               for (clients, choose), to in zip(kinds, got) for _ in range(clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return [(len(times) / (time.time() - begun), sorted(times), len(wrong)) for times, wrong in got]


def load(s, clients, choose, seconds):
    return load_mixed(s, [(clients, choose)], seconds)[0]


def at(times, share):
    return 1000 * times[min(len(times) - 1, int(share * len(times)))]


def alone(list_of):
    """Puzzles in a second of one process that solves the same file."""
    begun = time.time()
    subprocess.run([HRM, "solve", MODEL, "-"], input="\n".join(list_of), capture_output=True, text=True)
    whole = time.time() - begun
    begun = time.time()
    subprocess.run([HRM, "solve", MODEL, EASY], capture_output=True)
    return len(list_of) / (whole - (time.time() - begun))


def memory(s):
    with open("/proc/%d/status" % s.process.pid) as f:
        return int([line for line in f if line.startswith("VmRSS")][0].split()[1]) / 1024


def soak(s, seconds):
    """Full load, clients that leave at random, one in ten malformed."""
    easy, end, counts, lock = puzzles(0, 20), time.time() + seconds, {"answered": 0, "left": 0, "malformed": 0, "refused": 0, "out of time": 0, "other": 0}, threading.Lock()

    def one(rng):
        c = s.connect()
        body = json.dumps({"puzzle": rng.choice(easy), "stream": rng.random() < 0.5}).encode()
        kind = rng.random()
        if kind < 0.1:
            c.sendall(rng.choice([b"POST /v1/solve HTTP/1.1\r\nHost: localhost\r\nContent-Le", b"\x00\x01\x02",
                                  s.request({"puzzle": "53"}), s.request([])]))
            kind = "malformed"
        else:
            c.sendall(s.request(json.loads(body)).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            if kind < 0.4:
                time.sleep(rng.random() * 0.05)
                kind = "left"
            else:
                data = b""
                while True:
                    more = c.recv(65536)
                    if not more:
                        break
                    data += more
                kind = "answered" if b'"solved"' in data else "refused" if b" 503 " in data[:20] else "out of time" if b'"out of time' in data else "other"
                if kind == "other" and counts[kind] < 3:
                    print("neither solved nor refused: %r" % data[-500:], flush=True)
        c.close()
        with lock:
            counts[kind] += 1

    def loop(i):
        rng = random.Random(i)
        while time.time() < end:
            one(rng)

    threads = [threading.Thread(target=loop, args=(i,)) for i in range(12)]
    for t in threads:
        t.start()
    time.sleep(min(10, seconds / 4))
    seen = [memory(s)]
    while time.time() + seconds / 6 < end:
        time.sleep(seconds / 6)
        seen.append(memory(s))
    for t in threads:
        t.join()
    time.sleep(20)  # connections that clients left half open end by the service's own limits
    print("soak, %d s: %s; memory in MB after a warm-up, at each sixth, at the end: %s; open files %d" % (
        seconds, counts, " ".join("%.1f" % m for m in seen + [memory(s)]), len(os.listdir("/proc/%d/fd" % s.process.pid))))


def slow(s, count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 200), hard))
    held = []
    for _ in range(count):
        c = socket.create_connection(("127.0.0.1", s.port))
        c.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: ")
        held.append(c)
    rate, times, _ = load(s, 16, lambda: EASY, min(SECONDS, 5))
    print("%d slow connections: 16 other clients get %.0f answers in a second, median %.1f ms" % (count, rate, at(times, 0.5)))
    for c in held:
        c.close()


easy, hard = puzzles(0, 0), puzzles(20, 1000)
with Service(HRM, MODEL) as s:
    s.solve()
    added = []
    c = http.client.HTTPConnection("127.0.0.1", s.port)
    for i in range(300):
        begun = time.perf_counter()
        c.request("POST", "/v1/solve", json.dumps({"puzzle": EASY}), HEADERS)
        o = json.loads(c.getresponse().read())
        added.append(time.perf_counter() - begun - o["answers"][0]["seconds"])
    c.close()
    print("added to one solve: median %.2f ms" % (1000 * statistics.median(added)))
    rate, times, wrong = load(s, 64, lambda: random.choice(easy), SECONDS)
    print("easy puzzles, 64 clients: %.0f in a second, %d not solved" % (rate, wrong))
    one = alone(easy * max(1, int(rate * SECONDS / len(easy))))
    print("the same by one process from a file: %.0f in a second: the service has %.2f of that" % (one, rate / one))
    rate, times, wrong = load(s, 64, lambda: random.choice(hard), SECONDS)
    print("hard puzzles, 64 clients: %.0f in a second, p50 %.0f ms, p99 %.0f ms: %.1f times, %d not solved" % (
        rate, at(times, 0.5), at(times, 0.99), at(times, 0.99) / at(times, 0.5), wrong))
    mixed = load_mixed(s, [(32, lambda: random.choice(easy)), (32, lambda: random.choice(hard))], SECONDS)
    for name, (rate, times, wrong) in zip(("easy", "hard"), mixed):
        print("32 clients each, of these %s puzzles: %.0f in a second, p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, %d not solved" % (
            name, rate, at(times, 0.5), at(times, 0.9), at(times, 0.99), wrong))
    slow(s, 1000)
    if os.environ.get("SOAK"):
        soak(s, float(os.environ["SOAK"]))
