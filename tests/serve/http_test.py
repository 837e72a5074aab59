"""hrm serve as its clients meet it: answers, refusals, manners of HTTP, many at once. TAP.

usage: http_test.py HRM FOLDER   (a folder to write into)"""

import csv
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time

from lib import EASY, ENDLESS, HARD, NEVER, Service, at_once, events, finish, tell, until

HRM, FOLDER = sys.argv[1:3]
JSON = {"Content-Type": "application/json"}
SUDOKU = "models/sudoku.safetensors"


def cli(puzzles):
    """What `hrm solve` says of them."""
    out = subprocess.run([HRM, "solve", SUDOKU, "-"], input="\n".join(puzzles), capture_output=True, text=True)
    return [line.split("\t")[0] for line in out.stdout.splitlines()]


def sudokus(n):
    with open("data/sudoku-9x9-test.csv") as f:
        return [row["question"] for row in csv.DictReader(f)][:n]


def what_there_is(s):
    tell(s.get("/health") == {"status": "ok"}, "healthy once the address is printed")
    models = s.get("/v1/models")["data"]
    tell([m["id"] for m in models][0] == "sudoku" and len(models) > 1, "all models that come along are served", models)
    one = s.get("/v1/models/maze")
    tell(one["cells"] == 900 and not one["searches"] and "S" in one["alphabet"], "one model", one)
    tasks = {t["id"]: t["models"] for t in s.get("/v1/tasks")["data"]}
    tell("sudoku" in tasks["sudoku"] and tasks["maze"] == ["maze"], "tasks and who solves them", tasks)
    for rating, low, high in (("20-40", 20, 40), ("30", 30, 1 << 30), ("5-", 5, 1 << 30)):
        p = s.get("/v1/puzzles/random?task=sudoku&rating=" + rating)
        tell(low <= p["rating"] <= high and len(p["puzzle"]) == 81, "a puzzle of rating " + rating, p)
    tell(s.ask("GET", "/v1/puzzles/random?rating=x")[0] == 400, "a rating that is none")
    code, _, told = s.ask("GET", "/v1/puzzles/random?task=sudoku&ratings=5-9")
    tell(code == 400 and b"ratings" in told and b"task and rating are" in told, "a field that it does not have", told)
    code, _, told = s.ask("GET", "/v1/puzzles/random?task=go")
    tell(code == 404 and b"hrm serve --puzzles FILE" in told, "no puzzle of that task, and the option that adds some")
    spec = s.get("/openapi.json")
    tell(spec["openapi"] == "3.1.0" and {"/health", "/v1/solve", "/v1/runs/{name}/events"} <= set(spec["paths"]),
         "the description lists the endpoints", list(spec["paths"]))
    fields = spec["paths"]["/v1/solve"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    tell({"puzzle", "puzzles", "stream", "seed", "seconds"} <= set(fields), "and the fields of a request", list(fields))


def answers(s):
    want = cli([EASY])[0]
    rows = [EASY[i:i + 9] for i in range(0, 81, 9)]
    alphabet = s.get("/v1/models/sudoku")["alphabet"]
    forms = {
        "a text": EASY,
        "with 0": EASY.replace(".", "0"),
        "with *": EASY.replace(".", "*"),
        "in rows": "\r\n".join(rows),
        "with blanks, the last ones lost": "\n".join(r.replace(".", " ").rstrip() for r in rows),
        "with borders": "+---+\n" + "\n".join("| " + " ".join(r.replace(".", "_")) + " |" for r in rows),
        "a list of rows": rows,
        "a grid": [[0 if c == "." else int(c) for c in r] for r in rows],
        "a grid with null": [[None if c == "." else c for c in r] for r in rows],
        "tokens": [alphabet.index(c) for c in EASY],
    }
    for name, puzzle in forms.items():
        status, o = s.solve(puzzle)
        tell(status == 200 and o["answers"][0]["solution"] == want, "a puzzle as %s" % name, o)
    a = o["answers"][0]
    tell(a["verdict"] == "solved" and 0 < a["confidence"] <= 1 and a["seconds"] > 0 and a["rounds"] > 0,
         "an answer says what it is worth", a)
    tell("".join(str(c) for row in a["grid"] for c in row) == want, "and is a grid as well", a["grid"])
    puzzles = sudokus(12)
    want = cli(puzzles)
    status, o = s.post("/v1/solve", {"puzzles": puzzles})
    tell([a["solution"] for a in o.get("answers", [])] == want, "several in one request, in their order", o)
    alone = at_once(24, lambda i: s.solve(puzzles[i % 12])[1]["answers"][0])
    same = [dict(a, seconds=0) == dict(o["answers"][i % 12], seconds=0) for i, a in enumerate(alone)]
    tell(all(same), "answers do not depend on who else asks", alone)
    status, o = s.solve(EASY, trace=True)
    trace = o["answers"][0]["trace"]
    tell(trace[-1]["end"] == "solved" and trace[0]["round"] == 1, "a trace", o)
    tell(s.solve(EASY, model="sudoku-fields")[1]["model"] == "sudoku-fields", "the model that was asked for")
    with open("data/maze-10x10-test.csv") as f:
        maze = next(csv.DictReader(f))["question"]
    tell(s.solve(maze, task="maze")[0] == 400, "a maze of another size is refused")
    big = ["#" * 30] + ["#" + " " * 28 + "#" for _ in range(28)] + ["#" * 30]
    big[1], big[28] = "#S" + " " * 27 + "#", "#" + " " * 27 + "G#"
    status, o = s.solve(big, task="maze", segments=2)
    tell(status == 200 and o["model"] == "maze" and o["answers"][0]["rounds"] <= 2, "a maze, by its task", o)
    status, o = s.post("/v1/check", {"puzzle": EASY, "answer": want[0]})
    tell(status == 200 and o["verdict"] == "wrong" and o["why"], "a wrong answer is judged", o)
    tell(s.post("/v1/check", {"puzzle": EASY, "answer": cli([EASY])[0]})[1]["verdict"] == "solved", "and a right one")
    tell(s.post("/v1/check", {"puzzle": EASY, "answer": EASY})[1]["verdict"] == "incomplete", "and an open one")


def refusals(s):
    for name, body, word in (
            ("not JSON", b"{", "line 1"), ("no object", b"[]", "object"), ("empty", b"", "line 1"),
            ("not UTF-8", b"\xff\xfe", "line 1"), ("doubled", b'{"puzzle":"1","puzzle":"2"}', "duplicate"),
            ("deep", b'{"puzzle":' + b"[" * 5000 + b"]" * 5000 + b"}", "deeper"),
            ("many values", b'{"puzzle": [' + b"[]," * 300000 + b"0]}", "so many values"),
            ("nothing asked", b"{}", "puzzle"), ("a number", b'{"puzzle": 5}', "text"),
            ("both", b'{"puzzle":"1","puzzles":["1"]}', "puzzles"), ("none of many", b'{"puzzles":[]}', "puzzles"),
            ("short", b'{"puzzle":"53"}', "2"), ("misspelt", b'{"puzle":"53"}', "did you mean \"puzzle\""),
            ("out of range", json.dumps({"puzzle": EASY, "chains": 9999}).encode(), "256"),
            ("not whole", json.dumps({"puzzle": EASY, "seed": 1.5}).encode(), "whole"),
            ("no boolean", json.dumps({"puzzle": EASY, "check": 1}).encode(), "true or false"),
            ("useless", json.dumps({"puzzle": EASY, "segments": 3}).encode(), "rounds"),
            ("as useless", json.dumps({"puzzle": EASY, "task": "maze", "seed": 3}).encode(), "does not search"),
            ("a path", b'{"puzzle": "/etc/passwd"}', "puzzle 1"),
            ("the second", json.dumps({"puzzles": [EASY, "1"]}).encode(), "puzzle 2"),
            ("padding in a grid that has none", json.dumps({"puzzle": [0] + [1] * 80}).encode(), "column 1: token 0 is padding"),
            ("a token too large", json.dumps({"puzzle": [99] * 81}).encode(), "token 1"),
            ("a ragged grid", json.dumps({"puzzle": [[1], [2, 3]]}).encode(), "row 1 has 1 cell"),
            ("a cell that slipped to the next row",
             json.dumps({"puzzle": [EASY[:8], EASY[8:18]] + [EASY[i:i + 9] for i in range(18, 81, 9)]}).encode(), "row 1 has 8 cells"),
            ("three rows in one", json.dumps({"puzzle": [EASY[i:i + 27] for i in range(0, 81, 27)]}).encode(), "row 1 has 27 cells"),
            ("many short rows", json.dumps({"puzzle": "1\n" * 9999}).encode(), "row 1 has 1 cell"),
            ("a zero byte", json.dumps({"puzzle": EASY[:-1] + "\0"}).encode(), "zero byte")):
        status, o = s.post("/v1/solve", body)
        e = o["error"]
        tell(status == 400 and e["code"] == 400 and e["type"] == "invalid_request_error" and word in e["message"],
             "400: " + name, o)
    status, o = s.solve(EASY, model="sudok")
    tell(status == 404 and 'did you mean "sudoku"' in o["error"]["message"], "404: a model that is not there", o)
    status, o = s.post("/v1/check", {"puzzle": EASY})
    tell(status == 400 and '"answer" is missing' in o["error"]["message"], "a field that is missing", o)


def manners(s):
    status, h, d = s.ask("GET", "/v1/models")
    tell(s.ask("GET", "/v1/models", headers={"If-None-Match": h["etag"]})[::2] == (304, b""), "304 without a body")
    status, h2, d2 = s.ask("HEAD", "/v1/models")
    tell(status == 200 and not d2 and int(h2["content-length"]) == len(d), "HEAD: the same, without the body", h2)
    status, h, d = s.ask("DELETE", "/v1/solve")
    tell(status == 405 and h["allow"] == "POST", "405 says what is allowed", h)
    tell(s.ask("POST", "/health", b"{}", JSON)[1].get("allow") == "GET, HEAD", "and of GET, HEAD too")
    status, h, d = s.ask("OPTIONS", "/v1/solve")
    tell(status == 405 and "access-control-allow-origin" not in h, "no other page may ask, so OPTIONS is no method")
    status, h, d = s.ask("GET", "/nope")
    tell(status == 404 and json.loads(d)["error"]["type"] == "not_found_error", "404 is an error object", d)
    tell(s.ask("GET", "/v1/models/")[0] == 404 and s.ask("GET", "/v1/models/a/b")[0] == 404, "a name is one part")
    tell(s.ask("POST", "/v1/solve", b"a=1", {"Content-Type": "text/plain"})[0] == 415, "415 for text")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    tell(s.ask("POST", "/v1/check", b"{}", form)[0] == 400, "what curl -d sends is read as JSON")
    tell(s.ask("POST", "/v1/solve", b" " * (2 << 20), JSON)[0] == 413, "413 for a large body")
    o = s.raw(b"POST /v1/solve HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
    tell(b" 413 " in o[:20], "413 before the body comes", o[:60])
    body = json.dumps({"puzzle": EASY}).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7]) for i in range(0, len(body), 7))
    head = b"POST /v1/solve HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    tell(b'"solved"' in s.raw(head + b"\r\n" + chunks + b"0\r\n\r\n"), "a chunked request")
    o = s.raw(head + b"Content-Length: 5\r\n\r\n" + chunks + b"0\r\n\r\n")
    tell(b" 400 " in o[:20] and b'"solved"' not in o, "both lengths are refused", o[:60])
    big = b"%x\r\n%s\r\n" % (1 << 19, b" " * (1 << 19))
    tell(b" 413 " in s.raw(head + b"\r\n" + big * 3 + b"0\r\n\r\n")[:20], "413 for a large chunked body")
    tell(b" 400 " in s.raw(b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")[:20], "a request without Host")
    tell(b" 200 " in s.raw(b"GET /health HTTP/1.0\r\n\r\n")[:20], "HTTP/1.0")
    two = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    tell(s.raw(two + two.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")).count(b"200 OK") == 2, "pipelining")
    o = s.raw(b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    tell(any(x in o[:20] for x in (b" 414 ", b" 431 ")), "a long address", o[:60])
    o = s.raw(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 40000 + b"\r\n\r\n")
    tell(b" 431 " in o[:20], "a long header", o[:60])
    tell(s.ask("GET", "/v1/models", headers={"Host": "evil.example"})[0] == 403, "another host name")
    tell(s.ask("GET", "/health", headers={"Origin": "http://evil.example"})[0] == 403, "a page elsewhere")
    own = {"Origin": "http://127.0.0.1:%d" % s.port}
    tell(s.ask("GET", "/v1/models", headers=own)[0] == 200, "a page of its own")


def streams(s):
    head = b"POST /v1/solve HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    body = json.dumps({"puzzle": HARD, "stream": True, "heat": True}).encode()
    o = s.raw(head % len(body) + body, 30)
    tell(b"text/event-stream" in o and o.endswith(b"\r\n0\r\n\r\n"), "a stream ends", (o[:200], o[-20:]))
    status, h, d = s.ask("POST", "/v1/solve", body, JSON)
    e = events(d)
    kinds = [k for k, _ in e]
    tell(kinds[-2:] == ["answer", "done"] and kinds[0] == "round" and kinds.count("answer") == 1, "its events", kinds)
    tell(e[-2][1]["solution"] == cli([HARD])[0] and e[-2][1]["rounds"] == kinds.count("round"), "every round is told", e[-2])
    tell(len(e[0][1]["heat"]) == 2 * 81 * 9, "with probabilities", e[0][1])
    status, h, d = s.ask("POST", "/v1/solve", json.dumps({"puzzles": sudokus(6), "stream": True}).encode(), JSON)
    got = sorted((o["puzzle"], o["solution"]) for k, o in events(d) if k == "answer")
    tell(got == list(enumerate(cli(sudokus(6)), 1)), "answers of several as they come", got)
    big = ["#" * 30] + ["#S" + " " * 26 + "G#"] + ["#" * 30] * 28
    d = s.ask("POST", "/v1/solve", json.dumps({"puzzle": big, "task": "maze", "stream": True}).encode(), JSON)[2]
    tell([k for k, _ in events(d)].count("segment") > 1, "segments of a model that does not search", d[:300])


def leaving(s):
    before = s.metric("hrm_cancelled_total")
    for stream in (False, True):
        c = s.connect()
        c.sendall(s.request({"puzzles": [ENDLESS["puzzle"]] * 50, "agree": 2, "rounds": 1000000, "stream": stream}))
        busy = until(lambda: s.metric("hrm_workers_busy") > 0)
        c.close()
        free = until(lambda: s.metric("hrm_workers_busy") == 0)
        tell(busy and free, "work stops when the client leaves%s" % (" a stream" if stream else ""))
    tell(until(lambda: s.metric("hrm_cancelled_total") == before + 2), "and is counted")


def bounds():
    with Service(HRM, SUDOKU, "--workers", "1", "--queue", "4", "--time-limit", "0.4") as s:
        begun = time.time()
        status, o = s.solve(**ENDLESS)
        tell(status == 200 and o["answers"][0]["verdict"] == "incomplete" and time.time() - begun < 15,
             "a search without an end ends in time", o)
        results = at_once(30, lambda _: s.ask("POST", "/v1/solve", json.dumps(ENDLESS).encode(), JSON))
        codes = [r[0] for r in results]
        tell(codes.count(200) >= 4 and codes.count(503) + codes.count(200) == 30 and codes.count(503) > 0 and
             all(r[1].get("retry-after") for r in results if r[0] == 503), "a full queue: 503 with Retry-After", codes)
        tell(s.solve()[0] == 200, "and then there is room again")
    with Service(HRM, SUDOKU, "--workers", "1") as s:
        status, _, d = s.ask("GET", "/v1/puzzles/random?rating=40-20")
        tell(status == 400 and b"rating: 40-20 holds nothing" in d, "ratings the wrong way round are refused", d)
        status, o = s.post("/v1/solve", {"puzzles": [NEVER, EASY]})
        never, easy = o["answers"]
        tell(never["verdict"] == "incomplete" and "an exact search finds none" in never["why"] and not never["rounds"] and
             easy["verdict"] == "solved", "a Sudoku without a solution is refused before the search", o)
    with Service(HRM, "models/maze.safetensors", "--time-limit", "0.02") as s:
        status, o = s.solve(["#" * 30] + ["#S" + " " * 26 + "G#"] + ["#" * 30] * 28)
        tell(status == 200 and o["answers"][0]["verdict"] in ("solved", "incomplete"),
             "a model that does not search answers what it has come to in that time, which is not called wrong", o)
    with Service(HRM, SUDOKU, "--workers", "1") as s:
        c = s.connect()
        c.sendall(s.request({"puzzles": [HARD] * 200}))
        until(lambda: s.metric("hrm_workers_busy") > 0)
        status, o = s.solve()
        tell(status == 200 and s.metric("hrm_queue_length") > 0, "one puzzle is not held up by two hundred", o)
        c.close()
        until(lambda: s.metric("hrm_workers_busy") == 0)
        long = [s.connect() for _ in range(3)]
        for c in long:
            c.sendall(s.request(ENDLESS))
        until(lambda: s.metric("hrm_workers_busy") > 0)
        unsolved = s.metric("hrm_puzzles_unsolved_total")
        status, o = s.solve()
        tell(status == 200 and o["answers"][0]["verdict"] == "solved" and s.metric("hrm_puzzles_unsolved_total") == unsolved,
             "nor by hard ones that the only worker has begun", o)
        for c in long:
            c.close()
    with Service(HRM, SUDOKU, "--per-address", "5") as s:
        codes = [s.ask("GET", "/v1/models")[0] for _ in range(12)]
        tell(codes[:4] == [200] * 4 and 429 in codes, "too many from one address: 429", codes)


def doors():
    keys = os.path.join(FOLDER, "keys")
    with open(keys, "w") as f:
        f.write("# who may ask%s\nfirst-key\nsecond-key\n" % (" " * 250 + "tail"))  # a comment of any length
    with Service(HRM, SUDOKU, "--api-key-file", keys, "--origin", "https://example.org") as s:
        status, h, d = s.ask("GET", "/v1/models")
        tell(status == 401 and h.get("www-authenticate") == "Bearer", "401 without a key", h)
        for key, want in (("second-key", 200), ("second-ke", 401), ("second-key2", 401), ("", 401), ("tail", 401)):
            tell(s.ask("GET", "/v1/models", headers={"Authorization": "Bearer " + key})[0] == want,
                 "the key %r: %d" % (key, want))
        tell(s.ask("GET", "/health")[0] == 200, "health needs none")
        page = {"Origin": "https://example.org"}
        status, h, d = s.ask("OPTIONS", "/v1/solve", headers=page)
        tell(status == 204 and h.get("access-control-allow-origin") == "https://example.org" and
             "Authorization" in h.get("access-control-allow-headers", ""), "a page that may ask learns so", h)
        tell(s.ask("GET", "/health", headers={"Origin": "https://example.com"})[0] == 403, "another one may not")
    with Service(HRM, SUDOKU) as s:
        out = subprocess.run([HRM, "serve", SUDOKU, "--port", str(s.port)], capture_output=True, text=True, timeout=30)
        tell(out.returncode == 1 and "cannot listen there" in out.stderr, "a port that is taken is refused", out)
    long = os.path.join(FOLDER, "long-key")
    with open(long, "w") as f:
        f.write("k" * 300 + "\n")
    for options, word in ((("--api-key-file", long), "under 200 characters"), (("--host", "0.0.0.0"), "--api-key-file"), (("--host", "nowhere"), "not an address"),
                          (("--api-key-file", "/nowhere"), "cannot read"), (("--port", "70000"), "65535"),
                          (("--puzzles", "nowhere.csv"), "nowhere.csv: cannot open"),  # not a service without puzzles
                          ((SUDOKU, "--puzzles", "data/maze-10x10-test.csv"), "does not fit the model, whose task is sudoku; "),
                          (("--puzzles", "data/sudoku-6x6-test.csv"), "fits none of the"),
                          (("nowhere.safetensors",), "nowhere.safetensors"), ((SUDOKU, SUDOKU), "already")):
        out = subprocess.run([HRM, "serve", "--port", "0", *options], capture_output=True, text=True, timeout=30)
        tell(out.returncode in (1, 2) and word in out.stderr and not out.stdout and out.stderr.count("\n") == 1,
             "refused: hrm serve " + " ".join(options), out)


def signals():
    model = os.path.join(FOLDER, "changing.safetensors")
    shutil.copy("models/sudoku.safetensors", model)
    with Service(HRM, model, "models/sudoku-fields.safetensors", "--time-limit", "100") as s:
        first = s.get("/v1/models/changing")["parameters"]
        by = lambda name: dict(s.solve(HARD, model=name)[1]["answers"][0], seconds=0)
        tell(by("changing") != by("sudoku-fields"), "two models answer in two ways")
        puzzles = sudokus(40)

        def one(i):
            if i == 5:
                shutil.copy("models/sudoku-fields.safetensors", model + ".new")
                os.replace(model + ".new", model)
                s.process.send_signal(signal.SIGHUP)
            return [s.solve(p)[1]["answers"][0]["verdict"] for p in puzzles[i::10]]

        verdicts = at_once(10, one)
        tell(all(v == ["solved"] * 4 for v in verdicts), "a changed model loses no request", verdicts)
        tell(until(lambda: s.get("/v1/models/changing")["parameters"] != first), "and is the new one")
        tell(by("changing") == by("sudoku-fields"), "and so are its answers")

        def two(i):
            if i == 5:
                with open(model, "w") as f:
                    f.write("no model")
                s.process.send_signal(signal.SIGHUP)
            return [s.solve(p)[1]["answers"][0]["verdict"] for p in puzzles[i::10]]

        verdicts = at_once(10, two)
        tell(all(v == ["solved"] * 4 for v in verdicts), "one that does not load loses none either", verdicts)
        time.sleep(0.6)
        tell(by("changing") == by("sudoku-fields"), "and leaves the old one at work")
        s.process.send_signal(signal.SIGTERM)
        s.process.wait(30)
        said = s.process.stderr.read()
        tell("changing.safetensors: loaded again" in said and "stays at work" in said and said.count("\n") == 2, "a line tells of each", said)
    with Service(HRM, SUDOKU, "--workers", "1", "--grace", "200", "--time-limit", "100") as s:
        want = cli([HARD])[0]
        waiting = [s.connect() for _ in range(6)]
        for c in waiting:
            c.sendall(s.request({"puzzle": HARD}))
        until(lambda: s.metric("hrm_workers_busy") + s.metric("hrm_queue_length") >= 1)
        time.sleep(0.2)
        s.process.send_signal(signal.SIGTERM)
        got = []
        for c in waiting:
            data = b""
            try:
                while want.encode() not in data:
                    b = c.recv(65536)
                    if not b:
                        break
                    data += b
            except OSError:
                pass
            got.append(want.encode() in data)
            c.close()
        tell(all(got), "SIGTERM: what was asked is answered", got)
        tell(s.process.wait(30) == 0, "and then it ends well", s.process.returncode)
    with Service(HRM, SUDOKU, "--workers", "1", "--grace", "0.3", "--time-limit", "100") as s:
        c = s.connect()
        c.sendall(s.request(ENDLESS))
        until(lambda: s.metric("hrm_workers_busy") > 0)
        s.process.send_signal(signal.SIGTERM)
        tell(s.process.wait(20) == 0, "what takes longer is given up")
        c.close()


def loading():
    """Many models, so that there is time to ask while they are loaded."""
    paths = [os.path.join(FOLDER, "copy-%d.safetensors" % i) for i in range(60)]
    for path in paths:
        shutil.copy("models/sudoku.safetensors", path)
    with socket.socket() as c:
        c.bind(("127.0.0.1", 0))
        port = c.getsockname()[1]
    p = subprocess.Popen([HRM, "serve", *paths, "--port", str(port), "--quiet"], stdout=subprocess.PIPE, text=True)
    s = Service.__new__(Service)
    s.port, seen = port, set()

    def ready():
        try:
            for path in ("/health", "/v1/models/copy-0"):
                seen.add((path, s.ask("GET", path)[0]))
        except OSError:
            pass
        return ("/health", 200) in seen

    until(ready, 60)
    tell({("/health", 503), ("/v1/models/copy-0", 503)} <= seen, "503 while models are loaded", seen)
    tell(s.solve(model="copy-59")[0] == 200, "then all are there")
    p.send_signal(signal.SIGTERM)
    tell(p.wait(30) == 0, "and it ends")
    p.stdout.close()


def runs():
    folder = os.path.join(FOLDER, "runs")
    os.makedirs(folder + "/first")
    os.makedirs(folder + "/empty")
    with open(folder + "/first/metrics.jsonl", "w") as f:
        f.write('{"event": "step", "step": 1, "loss": 2.5}\n{"event": "st')
    with Service(HRM, SUDOKU, "--runs", folder) as s:
        tell([r["name"] for r in s.get("/v1/runs")["data"]] == ["first"], "runs are listed")
        for name in ("empty", "..", ".", "%2e%2e%2ffirst", "second"):
            tell(s.ask("GET", "/v1/runs/%s/events" % name)[0] == 404, "no run %s" % name)
        c = s.connect()
        c.sendall(b"GET /v1/runs/first/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        data = b""

        def more(text):
            nonlocal data
            end = time.time() + 20
            whole = lambda: re.sub(rb"\r\n[0-9A-Fa-f]+\r\n", b"", data)  # chunks may end anywhere
            while text not in whole() and time.time() < end:
                data += c.recv(65536)
            return text in whole()

        tell(more(b'"step": 1,') and b'{"event": "st\n' not in data, "whole lines of a run are told", data)
        with open(folder + "/first/metrics.jsonl", "a") as f:
            f.write('ep", "step": 2}\n')
        tell(more(b'data: {"event": "step", "step": 2}\n\n'), "and those that come", data)
        s.process.send_signal(signal.SIGTERM)
        tell(s.process.wait(30) == 0, "a stream that never ends does not keep it alive")
        c.close()


def open_cells():
    """A model that does not search takes open cells in every form too, and 0 where it is a symbol."""
    folder = FOLDER + "/forms"
    os.makedirs(folder)
    with open(folder + "/t.yaml", "w") as f:
        f.write('shape: 1 x 3\nalphabet: "01"\nblank: "."\nrules: ["r1c1 != r1c2"]\n')
    with open(folder + "/bits.csv", "w") as f:
        f.write("question,answer\n" + "0..,010\n1..,101\n" * 4)
    with open(folder + "/r.yaml", "w") as f:
        f.write("hidden: 16\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\nbatch: 4\nsteps: 1\n")
    subprocess.run([HRM, "data", "sudoku", folder + "/four.csv", "--side", "4", "--count", "8", "--quiet"], check=True)
    names, served = ("four", "bits"), []
    for name, more in zip(names, ((), ("task=" + folder + "/t.yaml",))):
        subprocess.run([HRM, "train", folder + "/r.yaml", "data=%s/%s.csv" % (folder, name), *more, "--quiet",
                        "--out", folder + "/" + name], stderr=subprocess.DEVNULL, check=True)
        served.append("%s/%s.safetensors" % (folder, name))
        shutil.copy(folder + "/" + name + "/model.safetensors", served[-1])
    with Service(HRM, *served) as s:
        rows = "..3.", ".24.", ".31.", "4.2."
        forms = [list(rows)] + [[[x if c == "." else int(c) for c in r] for r in rows] for x in (None, 0, ".", "")]
        told = [s.solve(form, model=names[0]) for form in forms]
        tell({(code, o["answers"][0]["solution"]) if code == 200 else o["error"]["message"] for code, o in told}
             == {(200, told[0][1]["answers"][0]["solution"])}, "null, 0, . and nothing are open cells", told)
        told = [s.post("/v1/check", {"model": names[1], "puzzle": [[x, None, None]], "answer": "101"}) for x in (0, 1)]
        tell([o.get("verdict") for _, o in told] == ["wrong", "unbroken"], "0 is a symbol where a task has it", told)


def numbers():
    """Numbers beside cells come in a field or in the text, and nothing answers without them."""
    folder = FOLDER + "/numbers"
    os.makedirs(folder)
    with open(folder + "/t.yaml", "w") as f:
        f.write('shape: 1 x 3\nalphabet: "01"\nblank: "."\nnumbers: 2\n')
    with open(folder + "/some.csv", "w") as f:
        f.write("question,numbers,answer\n" + "...,1 0 -1 0 2 0,101\n...,-1 0 1 0 -2 1,010\n" * 4)
    with open(folder + "/r.yaml", "w") as f:
        f.write("hidden: 16\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\nbatch: 4\nsteps: 1\n")
    subprocess.run([HRM, "train", folder + "/r.yaml", "data=%s/some.csv" % folder, "task=%s/t.yaml" % folder, "--quiet",
                    "--out", folder + "/run"], stderr=subprocess.DEVNULL, check=True)
    shutil.copy(folder + "/run/model.safetensors", folder + "/levels.safetensors")
    with Service(HRM, folder + "/levels.safetensors", SUDOKU) as s:
        flat = [1, 0, -1, 0.5, 2, 0]
        told = [s.solve("...: 1 0 -1 5e-1 2 0", model="levels")]
        told += [s.solve(form, model="levels", numbers=n) for form in ("...", [[None, ".", ""]], [1, 1, 1])
                 for n in (flat, [flat[:2], flat[2:4], flat[4:]])]
        answers = [(o["answers"][0]["solution"], o["answers"][0]["confidence"]) if code == 200 else o for code, o in told]
        tell(answers.count(answers[0]) == 7, "in the text, as a list, in lists: one answer", answers)
        code, o = s.post("/v1/solve", {"model": "levels", "puzzles": ["...", "..."], "numbers": [flat, [0] * 6]})
        tell(code == 200 and (o["answers"][0]["solution"], o["answers"][0]["confidence"]) == answers[0], "of several puzzles", o)
        refused = [s.solve("...", model="levels"), s.solve("...", model="levels", numbers=flat[:5]),
                   s.solve("...", model="levels", numbers=flat[:5] + ["x"]), s.solve("...", model="levels", numbers=flat[:5] + [1e7]),
                   s.solve(model="sudoku", numbers=flat), s.solve("...", model="levels", numbers=1),
                   s.post("/v1/solve", {"model": "levels", "puzzles": ["...", "..."], "numbers": [flat]})]
        words = ["without numbers", "5 numbers", "neither number nor list", "1e+07 is not between", "takes none", "must be a list",
                 "1 lists, and there are 2"]
        tell(all(code == 400 and w in o["error"]["message"] for (code, o), w in zip(refused, words)), "refused in words", refused)
        one = s.get("/v1/models/levels")
        tell(one["numbers"] == 2 and "numbers" not in s.get("/v1/models/sudoku"), "a model says how many it takes", one)
        code, o = s.post("/v1/check", {"model": "levels", "puzzle": "...", "numbers": flat, "answer": "101"})
        tell(code == 200 and o["verdict"] == "unknown", "an answer is checked", o)


def slow():
    """Clients that send next to nothing, a thousand at once: others are served, they are cut."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = min(1000, (hard if hard != resource.RLIM_INFINITY else 1 << 20) - 100)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, want + 100), hard))
    with Service(HRM, SUDOKU) as s:
        begun, slow_ones = time.time(), []
        for i in range(want):
            c = s.connect()
            c.sendall((b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: ",
                       b"POST /v1/solve HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n{",
                       b"")[i % 3])
            c.setblocking(False)
            slow_ones.append(c)
        results = at_once(16, lambda _: s.solve()[0])
        tell(results == [200] * 16, "%d slow connections: others are served" % want, results)

        def closed():
            open_ones = []
            for c in slow_ones:
                try:
                    c.send(b" ")
                    if c.recv(4096):
                        open_ones.append(c)
                except BlockingIOError:
                    open_ones.append(c)
                except OSError:
                    pass
            time.sleep(1)
            return not open_ones

        tell(until(closed, 60), "and the slow ones are cut, though they send a byte a second")
        tell(s.metric("hrm_connections_cut_total") > 0 and time.time() - begun > 5, "which is counted")
        for c in slow_ones:
            c.close()
        tell(s.solve()[0] == 200, "and all goes on")


with Service(HRM, "--time-limit", "100") as service:
    for part in (what_there_is, answers, refusals, manners, streams, leaving):
        part(service)
    tell(service.process.poll() is None, "it is still there")
for part in (loading, bounds, doors, signals, runs, open_cells, numbers, slow):
    part()
sys.exit(finish())
