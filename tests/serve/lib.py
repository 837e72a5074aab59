"""For the tests beside it: a service of its own on a free port of this machine, requests, TAP."""

import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time

EASY = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
HARD = "8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4.."
ENDLESS = {"puzzle": "." * 81, "agree": 2, "rounds": 1000000}  # of its many answers two chains do not come to the same
NEVER = "8..........36......7..9.2...5...7.......457....71...3...1....68..85...1.29....4.."  # no solution, and no rule is broken yet

count = bad = 0


def tell(good, name, seen=""):
    global count, bad
    count += 1
    bad += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name), flush=True)
    if not good:
        print("# saw: %.300r" % (seen,), flush=True)


def skip(name, why):
    global count
    count += 1
    print("ok %d - %s # skip: %s" % (count, name, why), flush=True)


def finish():
    print("1..%d" % count)
    return 1 if bad else 0


def until(condition, seconds=20):
    """Whether it comes true in that time."""
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


class Service:
    """`hrm serve` with these options; its port, and requests to it."""

    def __init__(self, hrm, *options, **environment):
        self.process = subprocess.Popen(
            [hrm, "serve", "--port", "0", "--quiet", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, **environment))
        self.address = self.process.stdout.readline().strip()
        self.port = int(self.address.rstrip("/").rsplit(":", 1)[1]) if self.address else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def ask(self, method, path, body=None, headers=None, timeout=60):
        """(status, headers, bytes)"""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            try:
                c.request(method, path, body, headers or {})
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all of the body was sent; the answer lies there
            r = c.getresponse()
            return r.status, {k.lower(): v for k, v in r.getheaders()}, r.read()
        finally:
            c.close()

    def post(self, path, o, headers=None):
        """(status, object)"""
        h = {"Content-Type": "application/json"}
        h.update(headers or {})
        status, _, data = self.ask("POST", path, o if isinstance(o, bytes) else json.dumps(o).encode(), h)
        return status, json.loads(data)

    def solve(self, puzzle=EASY, **fields):
        return self.post("/v1/solve", dict(puzzle=puzzle, **fields))

    def get(self, path):
        return json.loads(self.ask("GET", path)[2])

    def metric(self, name):
        for line in self.ask("GET", "/metrics")[2].decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise KeyError(name)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=300)

    def raw(self, data, wait=5):
        """What comes back for these bytes."""
        s = self.connect()
        s.settimeout(wait)
        out = b""
        try:
            s.sendall(data)
            while True:
                b = s.recv(65536)
                if not b:
                    break
                out += b
        except OSError:
            pass
        s.close()
        return out

    def request(self, o, path="/v1/solve"):
        """The bytes of a POST."""
        b = json.dumps(o).encode()
        return b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(b)) + b


def events(data):
    """[(event, object)] of a stream of server-sent events."""
    out = []
    for block in data.decode().split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if len(lines) == 2:
            out.append((lines[0][7:], json.loads(lines[1][6:])))
    return out


def at_once(n, function):
    """function(i) for 0 to n - 1 in as many threads; their results."""
    results = [None] * n

    def run(i):
        try:
            results[i] = function(i)
        except (OSError, http.client.HTTPException) as e:
            results[i] = e

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results
