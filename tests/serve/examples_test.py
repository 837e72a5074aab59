"""The examples around the service: a language model that calls it, spoken by a scripted endpoint; a web service in
Python. TAP.

usage: examples_test.py HRM   (HRM_LIBRARY and PYTHONPATH for the module)"""

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

from lib import EASY, HARD, Service, finish, tell

HRM = sys.argv[1]
SOLUTION = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"


def scripted(script):
    """An endpoint that says the script's messages, one after the other; and what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            o = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, o))
            message = script[min(len(asked), len(script)) - 1](o["messages"])
            body = json.dumps({"choices": [{"index": 0, "message": dict(message, role="assistant")}]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, asked


def calls(name, arguments):
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return lambda messages: {"content": None, "tool_calls": [
        {"id": "call-%d" % len(messages), "type": "function", "function": {"name": name, "arguments": text}}]}


def tells(messages):
    return {"content": "It is " + json.loads(messages[-1]["content"]).get("solution", "?")}


def said(o):
    return json.loads(o["messages"][-1]["content"])


def llm():
    with open("examples/llm/puzzle.txt") as f:
        prose = f.read()
    with Service(HRM, "models/sudoku.safetensors", "--time-limit", "100") as s:
        def run(*script):
            server, asked = scripted(script)
            out = subprocess.run([sys.executable, "examples/llm/ask.py", "http://127.0.0.1:%d" % server.server_port, s.address,
                                  prose], capture_output=True, text=True, timeout=300)
            server.shutdown()
            server.server_close()
            return out, asked

        out, asked = run(calls("solve_puzzle", {"puzzle": EASY}), tells)
        functions = [t["function"] for t in asked[0][1]["tools"]]
        tell(asked[0][0] == "/v1/chat/completions" and [f["name"] for f in functions] == ["solve_puzzle", "check_answer"] and
             functions[0]["parameters"]["required"] == ["puzzle"], "the endpoint learns what it may call", asked[:1])
        tell(asked[0][1]["messages"][-1]["content"] == prose and "grandmother" in prose, "a puzzle told in prose")
        tell(out.stdout.strip() == "It is " + SOLUTION and said(asked[1][1])["verdict"] == "solved", "it is solved by a call", out)
        out, asked = run(calls("solve_puzzle", {"puzzle": "53"}), calls("solve_puzzle", "{no JSON"), calls("nope", {}),
                         calls("solve_puzzle", {"puzzle": EASY}), tells)
        tell("81" in said(asked[1][1])["error"]["message"], "a malformed puzzle is explained to the model", asked[1])
        tell("not JSON" in said(asked[2][1])["error"] and "no function" in said(asked[3][1])["error"], "and what else is wrong")
        tell(SOLUTION in out.stdout, "until it is right", out)
        out, asked = run(calls("check_answer", {"puzzle": EASY, "answer": SOLUTION}), tells)
        tell(said(asked[1][1]) == {"verdict": "solved", "why": ""}, "an answer is judged by a call", asked[1:])
        out, asked = run(calls("solve_puzzle", {"puzzle": EASY}))
        tell("no answer after" in out.stdout and len(asked) < 10, "a model that never ends is ended", out)


def web(seconds, ask):
    """ask(post) of a service with so much time for a puzzle."""
    p = subprocess.Popen([sys.executable, "examples/web_service.py", "models/sudoku.safetensors", "0", seconds],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    url = p.stdout.readline().strip()

    def post(data):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data), timeout=60) as r:
                return r.status, json.load(r)
        except urllib.error.HTTPError as e:
            return e.code, json.load(e)

    ask(post)
    p.terminate()
    p.wait(10)
    p.stdout.close()


def answers(post):
    code, o = post(json.dumps({"puzzle": EASY}).encode())
    tell(code == 200 and o["solution"] == SOLUTION, "examples/web_service.py solves", o)
    tell(post(b"{")[0] == 400 and post(b'{"puzzle": "53"}')[0] == 400 and post(b'{"puzzle": 5}')[0] == 400, "and refuses")


def late(post):
    code, o = post(json.dumps({"puzzle": HARD}).encode())
    tell(code == 504, "and has a time limit", o)


llm()
web("20", answers)
web("0.0001", late)
sys.exit(finish())
