"""MCP as hrm mcp and hrm serve speak it, message by message, in both eras and over both transports. TAP.

usage: mcp_test.py HRM"""

import json
import subprocess
import sys
import threading
import time

from lib import EASY, ENDLESS, HARD, NEVER, Service, events, finish, tell, until

HRM = sys.argv[1]
MODEL = "models/sudoku.safetensors"
NOW = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": NOW, "io.modelcontextprotocol/clientCapabilities": {}}
TOOLS = ["check_answer", "describe_model", "explain_solution", "list_tasks", "solve_puzzle"]


class Pipe:
    """`hrm mcp`; what it says is kept by the id that it answers."""

    def __init__(self, *options):
        self.process = subprocess.Popen([HRM, "mcp", MODEL, *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.answers, self.notes, self.wrong = {}, [], []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        self.last = 0

    def read(self):
        for line in self.process.stdout:
            try:
                o = json.loads(line)
            except ValueError:
                self.wrong.append(line)
                continue
            if "method" in o:
                self.notes.append(o)
            else:
                self.answers[o["id"]] = o

    def write(self, o):
        self.process.stdin.write((o if isinstance(o, str) else json.dumps(o)) + "\n")
        self.process.stdin.flush()

    def send(self, method, params=None, modern=False):
        """Sends a request; its id."""
        self.last += 1
        params = dict(params or {})
        if modern:
            params["_meta"] = dict(META, **params.get("_meta", {}))
        self.write({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})
        return self.last

    def ask(self, method, params=None, modern=False):
        n = self.send(method, params, modern)
        until(lambda: n in self.answers, 120)
        return self.answers.get(n, {})

    def call(self, name, arguments, modern=False, **meta):
        params = {"name": name, "arguments": arguments}
        if meta:
            params["_meta"] = meta
        return self.ask("tools/call", params, modern).get("result", {})

    def end(self):
        self.process.stdin.close()
        code = self.process.wait(30)
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def fits(o, schema):
    return isinstance(o, dict) and set(schema.get("required", [])) <= set(o)


def tools(call, label, modern):
    """What tools say; call(name, arguments) gives a result."""
    r = call("solve_puzzle", {"puzzle": HARD})
    tell(r["isError"] is False and r["structuredContent"]["verdict"] == "solved" and
         r["structuredContent"]["solution"] in r["content"][0]["text"] and
         (r.get("resultType") == "complete") == modern, label + ": a puzzle is solved", r)
    solution = r["structuredContent"]["solution"]
    for name, arguments, word in (("malformed", {"puzzle": "53"}, "81"), ("missing", {}, "puzzle"),
                                  ("misspelt", {"puzzel": HARD}, "did you mean"),
                                  ("of no model", {"puzzle": HARD, "model": "none"}, "no model none is served; there are sudoku. list_tasks")):
        r = call("solve_puzzle", arguments)
        tell(r["isError"] is True and word in r["content"][0]["text"] and
             "Call solve_puzzle again" in r["content"][0]["text"], "%s: %s: a sentence that mends it" % (label, name), r)
    r = call("check_answer", {"puzzle": HARD, "answer": solution})
    tell(r["structuredContent"] == {"verdict": "solved", "why": ""}, label + ": an answer is judged", r)
    r = call("explain_solution", {"puzzle": HARD})
    text = r["content"][0]["text"]
    tell("Round 1:" in text and "assume" in text and solution in text and len(text) < 10000,
         label + ": how it was found, in words", r)
    r = call("list_tasks", {})
    tell(any(t["models"] == ["sudoku"] for t in r["structuredContent"]["data"]), label + ": tasks", r)
    r = call("describe_model", {})
    tell(r["structuredContent"]["cells"] == 81 and "81 characters" in r["structuredContent"]["how"], label + ": a model", r)


def pipes():
    p = Pipe("--time-limit", "100")
    r = p.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}})
    tell(r["result"]["protocolVersion"] == "2025-06-18" and "tools" in r["result"]["capabilities"], "pipe: a handshake", r)
    r = p.ask("initialize", {"protocolVersion": "1999-01-01"})
    tell(r["result"]["protocolVersion"] == "2025-11-25", "pipe: of an unknown revision", r)
    r = p.ask("initialize", {"protocolVersion": "2025-03-26"})  # a client may send batches then
    tell(r["result"]["protocolVersion"] == "2025-11-25", "pipe: of the revision that has batches", r)
    p.write({"jsonrpc": "2.0", "method": "notifications/initialized"})
    r = p.ask("tools/list")["result"]["tools"]
    tell([t["name"] for t in r] == TOOLS and all(t["inputSchema"]["type"] == "object" and t["outputSchema"]["type"] == "object"
                                                 and t["description"] for t in r), "pipe: the tools", r)
    schema = {t["name"]: t["outputSchema"] for t in r}
    tell(fits(p.call("solve_puzzle", {"puzzle": EASY})["structuredContent"], schema["solve_puzzle"]), "pipe: as its schema says")
    tell(p.ask("ping")["result"] == {}, "pipe: a ping")
    tools(p.call, "pipe, handshake", False)
    tools(lambda n, a: p.call(n, a, True), "pipe, today", True)
    r = p.ask("server/discover", modern=True)["result"]
    tell(NOW in r["supportedVersions"] and "tools" in r["capabilities"] and r["ttlMs"] > 0, "pipe: discovered", r)
    for name, o, code in (
            ("an unknown method", {"method": "nope"}, -32601), ("an unknown tool", {"method": "tools/call", "params": {"name": "nope"}}, -32602),
            ("no version of today", {"method": "server/discover"}, -32602),
            ("a version of tomorrow", {"method": "tools/list", "params": {"_meta": dict(META, **{"io.modelcontextprotocol/protocolVersion": "2099-01-01"})}}, -32022),
            ("no capabilities", {"method": "tools/list", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": NOW}}}, -32602),
            ("arguments that are none", {"method": "tools/call", "params": {"name": "solve_puzzle", "arguments": [1]}}, -32602),
            ("parameters that are none", {"method": "ping", "params": [1]}, -32600)):
        p.last += 1
        p.write(dict(o, jsonrpc="2.0", id=p.last))
        until(lambda: p.last in p.answers)
        tell(p.answers.get(p.last, {}).get("error", {}).get("code") == code, "pipe: %s: %d" % (name, code), p.answers.get(p.last))
    for name, line, code in (("no JSON", "{", -32700), ("a list", "[]", -32600), ("a number", "5", -32600),
                             ("a batch", '[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600), ("no version", '{"id": null, "method": "x"}', -32600)):
        p.answers.pop(None, None)
        p.write(line)
        until(lambda: None in p.answers)
        tell(p.answers.get(None, {}).get("error", {}).get("code") == code, "pipe: %s: %d" % (name, code), p.answers.get(None))
    p.write('{"jsonrpc": "2.0", "id": 5, "result": {}}')
    r = p.call("solve_puzzle", {"puzzle": HARD}, progressToken="here")
    notes = [n for n in p.notes if n["params"].get("progressToken") == "here"]
    steps = [n["params"]["progress"] for n in notes]
    tell(notes and steps == sorted(set(steps)), "pipe: progress, which grows", p.notes)
    r = p.call("solve_puzzle", {"puzle": EASY})
    tell(r["isError"] and "?." not in r["content"][0]["text"] and "? Call solve_puzzle again" in r["content"][0]["text"],
         "pipe: what to do is told in whole sentences", r)
    r = p.call("solve_puzzle", {"puzzle": NEVER})
    tell(r["isError"] and "an exact search finds none" in r["content"][0]["text"] and not r["structuredContent"]["rounds"],
         "pipe: a Sudoku without a solution is refused before the search", r)
    begun = time.time()
    n = p.send("tools/call", {"name": "solve_puzzle", "arguments": ENDLESS})
    time.sleep(0.3)
    p.write({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": n}})
    r = p.call("solve_puzzle", {"puzzle": EASY})
    tell(r["structuredContent"]["verdict"] == "solved" and n not in p.answers and time.time() - begun < 60,
         "pipe: a call that is cancelled is not answered", p.answers.get(n))
    n = p.send("tools/call", {"name": "solve_puzzle", "arguments": {"puzzle": EASY}})
    code = p.end()
    tell(code == 0 and n in p.answers and not p.wrong, "pipe: ends with its input, what was asked is answered", (code, p.wrong))


def web():
    with Service(HRM, MODEL, "--workers", "1", "--time-limit", "100") as s:
        def post(o, **headers):
            h = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
            h.update({k.replace("_", "-"): v for k, v in headers.items()})
            return s.ask("POST", "/mcp", o if isinstance(o, bytes) else json.dumps(o).encode(), h, 120)

        def message(method, params=None, n=1):
            return {"jsonrpc": "2.0", "id": n, "method": method, "params": params or {}}

        def old(name, arguments):
            return json.loads(post(message("tools/call", {"name": name, "arguments": arguments}), Mcp_Session_Id="one",
                                   MCP_Protocol_Version="2025-11-25")[2])["result"]

        def today(method, params, **headers):
            h = {"MCP_Protocol_Version": NOW, "Mcp_Method": method}
            if "name" in params:
                h["Mcp_Name"] = params["name"]
            h.update(headers)
            return post(message(method, dict(params, _meta=dict(META, **params.get("_meta", {})))), **h)

        def new(name, arguments):
            return json.loads(today("tools/call", {"name": name, "arguments": arguments})[2])["result"]

        status, h, d = post(message("initialize", {"protocolVersion": "2025-11-25"}))
        tell(status == 200 and len(h.get("mcp-session-id", "")) == 32, "web: a handshake names the session", h)
        tell(post({"jsonrpc": "2.0", "method": "notifications/initialized"})[::2] == (202, b""), "web: 202 for a notification")
        tools(old, "web, handshake", False)
        tools(new, "web, today", True)
        status, h, d = today("tools/list", {})
        tell([t["name"] for t in json.loads(d)["result"]["tools"]] == TOOLS, "web: the tools", d)
        status, h, d = today("nope", {})
        tell(status == 404 and json.loads(d)["error"]["code"] == -32601, "web: an unknown method is 404", d)
        for name, headers in (("another method", {"Mcp_Method": "ping"}), ("another version", {"MCP_Protocol_Version": "2025-11-25"})):
            status, h, d = today("tools/list", {}, **headers)
            tell(status == 400 and json.loads(d)["error"]["code"] == -32020, "web: a header says %s" % name, d)
        status, h, d = today("tools/call", {"name": "list_tasks"}, Mcp_Name="other")
        tell(status == 400 and json.loads(d)["error"]["code"] == -32020, "web: a header names another tool", d)
        status, h, d = post(message("ping"), MCP_Protocol_Version="1999-01-01")
        tell(status == 400 and json.loads(d)["error"]["data"]["requested"] == "1999-01-01", "web: an unknown revision", d)
        status, h, d = post(b"{")
        tell(status == 400 and json.loads(d)["error"]["code"] == -32700, "web: no JSON", d)
        status, h, d = post(b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]')
        tell(status == 400 and json.loads(d)["error"]["code"] == -32600, "web: a batch", d)
        tell([s.ask(m, "/mcp")[0] for m in ("GET", "DELETE")] == [405, 405], "web: only POST")
        tell(post(message("ping"), Origin="http://evil.example")[0] == 403, "web: no page elsewhere")
        status, h, d = today("tools/call", {"name": "solve_puzzle", "arguments": {"puzzle": HARD}, "_meta": {"progressToken": 7}})
        e = [o for _, o in events(d)]
        tell(h["content-type"] == "text/event-stream" and e[0]["params"]["progressToken"] == 7 and
             e[-1]["result"]["structuredContent"]["verdict"] == "solved", "web: progress as events, then the result", d[:300])

        def busy():
            return s.metric("hrm_workers_busy") > 0

        for token in ({}, {"_meta": {"progressToken": 1}}):
            call = dict({"name": "solve_puzzle", "arguments": ENDLESS}, **token)
            got = []
            t = threading.Thread(target=lambda: got.append(post(message("tools/call", call, 9), Mcp_Session_Id="two")))
            t.start()
            until(busy)
            stop = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}}
            post(stop, Mcp_Session_Id="one")
            post(stop)
            time.sleep(0.3)
            on = busy()
            post(stop, Mcp_Session_Id="two")
            free = until(lambda: not busy())
            t.join(30)
            tell(on and free and b"structuredContent" not in got[0][2], "web: cancelled by its own session alone", (on, free, got))
        c = s.connect()
        c.sendall(s.request(message("tools/call", {"name": "solve_puzzle", "arguments": ENDLESS}), "/mcp"))
        until(busy)
        c.close()
        tell(until(lambda: not busy()), "web: stops when the client leaves")


pipes()
web()
sys.exit(finish())
