"""hrm serve under ThreadSanitizer, all kinds of clients at once for some seconds: no race is found. TAP.

usage: race_test.py HRM FOLDER [SECONDS]   (HRM of CONFIG=tsan; a folder to write into)"""

import json
import os
import random
import shutil
import signal
import sys
import threading
import time

from lib import EASY, ENDLESS, HARD, Service, finish, tell

HRM, FOLDER = sys.argv[1:3]
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 12
MODEL, RUN = os.path.join(FOLDER, "changing.safetensors"), os.path.join(FOLDER, "runs/first")
TOOL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "solve_puzzle", "arguments": {"puzzle": EASY}}}


def ask(s, rng, o, path="/v1/solve"):
    """One request, whose client may leave before the answer is there."""
    c = s.connect()
    c.sendall(s.request(o, path).replace(b"\r\n\r\n", b"\r\nConnection: close\r\nAccept: application/json, text/event-stream\r\n\r\n", 1))
    if rng.random() < 0.3:
        time.sleep(rng.random() * 0.2)
    else:
        while c.recv(65536):
            pass
    c.close()


def client(s, rng):
    kind = rng.randrange(6)
    if kind == 0:
        ask(s, rng, {"puzzles": [EASY, HARD], "stream": rng.random() < 0.5, "heat": True, "chains": 3})
    elif kind == 1:
        ask(s, rng, dict(ENDLESS, seconds=0.1, trace=True, model="changing"))
    elif kind == 2:
        ask(s, rng, TOOL, "/mcp")
    elif kind == 3:
        s.ask("GET", rng.choice(["/metrics", "/health", "/v1/models", "/v1/tasks", "/v1/runs", "/v1/puzzles/random", "/openapi.json"]))
    elif kind == 4:
        c = s.connect()
        c.sendall(b"GET /v1/runs/first/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        c.recv(1000)
        c.close()
    else:
        ask(s, rng, {"puzzle": "53"})


def loop(s, seed, end):
    rng = random.Random(seed)
    while time.time() < end:
        try:
            client(s, rng)
        except OSError:
            pass


os.makedirs(RUN)
with open(RUN + "/metrics.jsonl", "w") as f:
    f.write('{"event": "step", "step": 1, "loss": 2}\n')
shutil.copy("models/sudoku-fields.safetensors", MODEL)
with Service(HRM, "models/sudoku.safetensors", MODEL, "--workers", "3", "--queue", "8", "--time-limit", "30", "--runs",
             os.path.dirname(RUN), TSAN_OPTIONS="exitcode=66") as s:
    said = []
    listener = threading.Thread(target=lambda: said.append(s.process.stderr.read()))
    listener.start()
    end = time.time() + SECONDS
    clients = [threading.Thread(target=loop, args=(s, i, end)) for i in range(8)]
    for t in clients:
        t.start()
    for name in ("models/sudoku.safetensors", "models/sudoku-fields.safetensors"):
        time.sleep(SECONDS / 3)
        shutil.copy(name, MODEL + ".new")
        os.replace(MODEL + ".new", MODEL)
        s.process.send_signal(signal.SIGHUP)
        with open(RUN + "/metrics.jsonl", "a") as f:
            f.write('{"event": "step", "step": 2, "loss": 1}\n')
    for t in clients:
        t.join()
    seen = [s.metric("hrm_" + k) for k in ("puzzles_solved_total", "puzzles_unsolved_total", "cancelled_total", "requests_total")]
    tell(all(seen), "puzzles were solved, and not, and given up", seen)
    print("# solved, not solved, cancelled, requests: %s" % seen)
    last = s.connect()
    last.sendall(s.request({"puzzles": [HARD] * 5}))
    time.sleep(0.2)
    s.process.send_signal(signal.SIGTERM)
    code = s.process.wait(60)
    last.close()
    listener.join()
    tell("ThreadSanitizer" not in said[0] and code == 0, "no thread of the service races another", (code, said[0][:3000]))
    for line in said[0].splitlines()[:200] if "ThreadSanitizer" in said[0] else ():
        print("# " + line)
    tell(said[0].count("loaded again") == 2, "models were changed meanwhile", said[0][-300:])
sys.exit(finish())
