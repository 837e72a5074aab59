"""hrm serve with its n-th allocation failing, and with all from the n-th on, as TAP.

No signal, no hang at the end, no answer but the whole one, one that says "memory", or a closed connection.

usage: serve.py HRM INJECTOR FOLDER      FAULT=long: every n; else TRIES of them (10), drawn by a fixed seed
"""

import collections
import concurrent.futures
import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys

from commands import BASE, FOLDER, HRM, LONG, TOOL, made, report

TRIES = int(os.environ.get("TRIES", 10))
PUZZLE, FULL = "12..............", "1234341221434321"


def tool(name, **more):
    return {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": name, **more}}


ASKED = [("GET", "/metrics", None), ("GET", "/health", None), ("GET", "/v1/models", None), ("GET", "/v1/tasks", None),
         ("POST", "/v1/solve", {"puzzle": PUZZLE}),
         ("POST", "/v1/check", {"task": "sudoku", "puzzle": PUZZLE, "answer": FULL}),
         ("GET", "/openapi.json", None), ("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
         ("GET", "/v1/models/model", None), ("GET", "/v1/runs", None),
         ("POST", "/v1/solve", {"puzzle": FULL, "model": "lattice", "rounds": 3, "trace": True, "heat": True}),
         ("POST", "/v1/solve", {"puzzles": [FULL, FULL], "model": "lattice", "rounds": 3, "stream": True, "heat": True}),
         ("POST", "/mcp", tool("list_tasks")),
         ("POST", "/mcp", tool("check_answer", arguments={"puzzle": PUZZLE, "answer": FULL})),
         ("POST", "/mcp", tool("solve_puzzle", arguments={"puzzle": PUZZLE, "model": "model"})),
         ("POST", "/mcp", tool("explain_solution", arguments={"puzzle": PUZZLE, "model": "model"},
                               _meta={"progressToken": 1})),
         ("POST", "/mcp", tool("solve_puzzle", arguments={"puzzle": FULL, "model": "lattice", "rounds": 3},
                               _meta={"progressToken": 2}))]
# in answers: times, what counts them, and what is told at times
TIMES = re.compile(rb'\\?"\w*seconds\\?": ?[0-9.e+-]+|hrm_solve_seconds_(bucket|sum).*|'
                   rb'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress".*\n\n')


def asked(port, verb, path, body):
    """The status and the answer but for times; the name of what went wrong with the connection."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(verb, path, json.dumps(body) if body else None,
                           {"Content-Type": "application/json"} if body else {})
        reply = connection.getresponse()
        return reply.status, TIMES.sub(b"", reply.read())
    except TimeoutError:
        return "no answer", b""
    except (http.client.HTTPException, OSError):
        return "closed", b""
    finally:
        connection.close()


def served(at, sticky):
    """One life of a service: its answers, None where it did not begin; its exit code; what it said."""
    environment = dict(os.environ, LD_PRELOAD=TOOL, FAIL_AT=str(at), FAIL_COUNT=str(FOLDER / "count"))
    if sticky:
        environment["FAIL_STICKY"] = "1"
    service = subprocess.Popen([HRM, "serve", "--port", "0", "--quiet", "--workers", "1", "run/model.safetensors",
                                "lattice.safetensors"],
                               cwd=BASE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    port = re.search(r":(\d+)/", service.stdout.readline())
    answers = [asked(int(port[1]), *ask) for ask in ASKED] if port else None
    if port:
        service.send_signal(signal.SIGTERM)
    try:
        _, said = service.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        service.kill()
        return answers, "no end", service.communicate()[1]
    return answers, service.returncode, said


def judged(run, clean):
    answers, code, said = run
    if code == "no end" or code < 0 or code > 125:
        return f"ended by {code}"
    if answers is None:
        return None if "memory" in said.lower() else f"exit {code}: {said[-100:]}"
    for (status, text), whole, (_, path, _) in zip(answers, clean, ASKED):
        if (status, text) != whole and status != "closed" and b"memory" not in text.lower():
            return f"{path}: {status}, {len(text)} bytes, not {len(whole[1])}"
    return None


def main():
    made()
    shutil.copy(BASE / "lattice/model.safetensors", BASE / "lattice.safetensors")
    clean, code, said = served(0, False)
    if code or clean is None or any(status != 200 for status, _ in clean):
        sys.exit(f"without a failure: exit {code}, {clean}, {said}")
    count, bad = int((FOLDER / "count").read_text()), False
    for number, sticky in enumerate((False, True), 1):
        at = range(1, count + 1) if LONG else sorted(random.Random(number).sample(range(1, count + 1), TRIES))
        wrong = collections.defaultdict(list)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as lives:
            for n, run in zip(at, lives.map(lambda n, sticky=sticky: served(n, sticky), at)):
                fault = judged(run, clean)
                if fault:
                    wrong[fault].append(n)
        bad |= bool(wrong)
        report(number, f"serve: {'all from one on' if sticky else 'one of them'} fails", wrong, len(at))
    print("1..2")
    sys.exit(bad)


main()
