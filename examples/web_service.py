"""A web service of one's own over the module hrm: each request has a time limit, each thread a solver. Python's
standard library; hrm serve does the same and more without Python.

usage: web_service.py MODEL PORT [SECONDS]   (for each puzzle: 5)
   curl -d '{"puzzle": "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"}' http://127.0.0.1:8092/"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import hrm

BODY = 1 << 16
AT_WORK = threading.Semaphore(4)  # puzzles at once


class Handler(BaseHTTPRequestHandler):
    timeout = 10  # of a client that says nothing

    def answer(self, code, o):
        body = json.dumps(o).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        size = int(self.headers.get("Content-Length") or 0)
        if size > BODY:
            return self.answer(413, {"error": "the body is too large"})
        try:
            puzzle = json.loads(self.rfile.read(size))["puzzle"]
        except (ValueError, KeyError, TypeError):
            return self.answer(400, {"error": 'give {"puzzle": "..."}'})
        if not AT_WORK.acquire(timeout=self.server.seconds):
            return self.answer(503, {"error": "too many puzzles at once"})
        try:
            end = time.monotonic() + self.server.seconds
            a = self.server.model.solve(puzzle, on_step=lambda step: time.monotonic() < end)
            self.answer(200, {"solution": str(a), "verdict": a.verdict, "confidence": a.confidence})
        except hrm.Stopped:
            self.answer(504, {"error": "it takes longer than %g seconds" % self.server.seconds})
        except (hrm.Error, TypeError) as e:
            self.answer(400, {"error": str(e)})
        finally:
            AT_WORK.release()


def main(path, port, seconds=5):
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    server.seconds = float(seconds)
    server.model = hrm.load(path, threads=1)
    print("http://127.0.0.1:%d/" % server.server_port, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
