"""The site of examples/serve/nginx.conf in front of hrm serve: the page, answers, events as they come, tools, limits. TAP.

usage: nginx_test.py HRM FOLDER NGINX   (a folder to write into, with a certificate: site.pem, site.key)"""

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import time

from lib import EASY, ENDLESS, Service, finish, tell, until

HRM, FOLDER, NGINX = sys.argv[1:4]
NAME = "puzzles.example.org"
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def free_port():
    with socket.socket() as c:
        c.bind(("127.0.0.1", 0))
        return c.getsockname()[1]


def configure(own, service):
    """The example with ports and places of this test; nothing else of it is changed."""
    with open("examples/serve/nginx.conf") as f:
        site = f.read()
    for was, now in (("443", str(own)), ("8091", str(service)), ("/etc/ssl/puzzles.pem", FOLDER + "/site.pem"),
                     ("/etc/ssl/puzzles.key", FOLDER + "/site.key")):
        assert site.count(was) == 1, was
        site = site.replace(was, now)
    places = "".join("    %s_temp_path %s/%s;\n" % (k, FOLDER, k) for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(FOLDER + "/nginx.conf", "w") as f:
        f.write("%sdaemon off;\npid %s/nginx.pid;\nerror_log %s/error.log;\nevents {}\nhttp {\n    access_log off;\n%s%s}\n"
                % ("user root;\n" if os.getuid() == 0 else "", FOLDER, FOLDER, places, site))


class Client:
    def __init__(self, port):
        self.port = port
        self.trust = ssl.create_default_context(cafile=FOLDER + "/site.pem")

    def connect(self):
        return self.trust.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=60), server_hostname=NAME)

    def ask(self, method, path, body=None, headers=None):
        c = http.client.HTTPSConnection(NAME, self.port, timeout=60)
        c.sock = self.connect()
        try:
            c.request(method, path, body, dict(headers or {}, Host=NAME))
            r = c.getresponse()
            return r.status, {k.lower(): v for k, v in r.getheaders()}, r.read()
        finally:
            c.close()

    def post(self, path, o, **headers):
        return self.ask("POST", path, json.dumps(o).encode(), dict(JSON, **headers))


def request(o):
    body = json.dumps(o).encode()
    return b"POST /v1/solve HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (
        NAME.encode(), len(body)) + body


def through(s, c):
    status, headers, page = c.ask("GET", "/")
    tell(status == 200 and b"<!doctype html>" in page[:40].lower(), "the page", (status, page[:60]))
    page = {"Origin": "https://" + NAME}
    status, _, d = c.post("/v1/solve", {"puzzle": EASY}, **page)
    tell(status == 200 and json.loads(d)["answers"][0]["verdict"] == "solved", "answers to its page", d[:200])
    tell(c.post("/v1/solve", {"puzzle": EASY}, Origin="https://elsewhere.example")[0] == 403, "and not to a page elsewhere")
    with c.connect() as stream:
        stream.sendall(request(dict(ENDLESS, seconds=3, stream=True)))
        seen, first, more = b"", None, b" "
        while more and b"event: done" not in seen:  # thirty megabytes: who looks through all of them again is too slow a reader
            more = stream.recv(65536)
            seen = seen[-16:] + more
            if first is None and b"event: round" in seen:
                first = time.time()
        tell(more and first and time.time() - first > 1, "events come while the puzzle is at work, not in the end", (seen[-200:], first))
    tool = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "solve_puzzle", "arguments": {"puzzle": EASY}}}
    status, _, d = c.post("/mcp", tool, **{"Mcp-Session-Id": "one", "MCP-Protocol-Version": "2025-11-25"})
    tell(status == 200 and b"structuredContent" in d, "tools", d[:200])
    with c.connect() as leaver:
        leaver.sendall(request({"puzzles": [ENDLESS["puzzle"]] * 50, "agree": 2, "rounds": 1000000}))
        busy = until(lambda: s.metric("hrm_workers_busy") > 0)
    tell(busy and until(lambda: s.metric("hrm_workers_busy") == 0), "work stops when the client leaves")
    status, _, d = c.ask("POST", "/v1/solve", b" " * (1100 << 10), JSON)
    tell(status == 413, "a body of more than a megabyte", status)
    time.sleep(2)  # what was asked up to here no longer counts
    one = b"GET /health HTTP/1.1\r\nHost: %s\r\n\r\n" % NAME.encode()
    with c.connect() as flood:
        flood.sendall(one * 119 + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        data = b"".join(iter(lambda: flood.recv(65536), b""))
    served, refused = data.count(b"HTTP/1.1 200 "), data.count(b"HTTP/1.1 503 ")
    tell(served >= 40 and refused > 0 and served + refused == 120, "too many at once from one address", (served, refused))
    time.sleep(2)
    tell(c.ask("GET", "/health")[0] == 200, "who then is served again")


with Service(HRM, "models/sudoku.safetensors", "--origin", "https://" + NAME, "--time-limit", "100") as service:
    port = free_port()
    configure(port, service.port)
    proof = subprocess.run([NGINX, "-t", "-p", FOLDER, "-c", FOLDER + "/nginx.conf"], capture_output=True, text=True)
    tell(proof.returncode == 0, "nginx takes the example", proof.stderr)
    nginx = subprocess.Popen([NGINX, "-p", FOLDER, "-c", FOLDER + "/nginx.conf"], stderr=subprocess.DEVNULL)
    client = Client(port)

    def up():
        try:
            return client.ask("GET", "/health")[0] == 200
        except OSError:
            return False

    if proof.returncode == 0:
        tell(until(up), "and passes requests on")
        through(service, client)
    nginx.terminate()
    nginx.wait(20)
sys.exit(finish())
