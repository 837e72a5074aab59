"""The page without a service, hrm.html, from a file in a real browser without a network: solving, scrubbing, stopping, a model
that is dropped on it, keys alone, the size of a phone. Then the package in a page of one's own. TAP.

usage: alone_test.py PAGE MODEL LARGE ANSWER FOLDER   (MODEL: one to drop; LARGE: one of millions of weights, and its answer to the easy
puzzle; screenshots go into the folder)"""

import functools
import http.server
import json
import os
import pathlib
import shutil
import sys
import threading

from browser import Browser
from lib import EASY, HARD, NEVER, finish, tell

PAGE, MODEL, LARGE, ANSWER, FOLDER = sys.argv[1:6]
URL = pathlib.Path(PAGE).resolve().as_uri()
DONE = "!!(story && story.answer) && !control && !drawing"  # and drawn, at the next frame
SAID = "document.getElementById('say').textContent"
READY = "models.length > 1 && !!model"
SOLUTION = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm", "": "application/octet-stream"}

    def log_message(self, *_):
        pass


def shot(b, name):
    b.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    b.picture(os.path.join(FOLDER, name + ".png"))


def choose(b, ident, value):
    b.run("(() => { const e = document.getElementById(%r); e.value = %s; e.onchange({target: e}); })()" % (ident, json.dumps(value)))


def drop(b, name, path):
    """A file as it comes from outside: by its input, which a page may not fill in by itself."""
    copy = os.path.join(FOLDER, name)
    shutil.copy(path, copy)
    root = b.send("DOM.getDocument")["root"]["nodeId"]
    node = b.send("DOM.querySelector", nodeId=root, selector="#model-file")["nodeId"]
    b.send("DOM.setFileInputFiles", nodeId=node, files=[os.path.abspath(copy)])


def quiet(b):
    """Nothing on the console, and nothing asked of anybody."""
    tell(not b.log and all(u.startswith((URL, "data:", "blob:", "about:")) for u in b.asked), "no error, nobody is asked", (b.log, b.asked))


def puzzles():
    with Browser() as b:
        b.send("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
        b.open(URL)
        tell(b.until(READY), "it opens from a file, without a network", b.log)
        tell(not b.run("document.querySelector('nav').offsetHeight"), "what takes a service is not shown")
        tell(not b.run("document.getElementById('pad').offsetHeight"), "nor keys where there is a keyboard")
        b.run("set(%s)" % json.dumps(EASY))
        b.click("solve")
        tell(b.until(DONE, 120) and b.run("story.answer.solution") == SOLUTION, "a click solves", b.run(SAID))
        tell("the rules, which the model does not see, agree" in b.run(SAID), "and says what it is worth", b.run(SAID))
        b.run("set(%s)" % json.dumps(HARD))
        b.click("solve")
        b.until(DONE, 300)
        steps = b.run("story.steps.length")
        tell(steps == b.run("story.answer.rounds") and b.run("+document.getElementById('at').max") == steps, "every round is there", steps)
        b.run("(() => { const e = document.getElementById('at'); e.value = 30; e.oninput({target: e}); })()")
        tell(b.run("at") == 30 and b.run(SAID).startswith("Round 30"), "the scrubber shows a round", b.run(SAID))
        cells = b.run("[...document.querySelectorAll('#board [role=gridcell]')].map(c => c.getAttribute('aria-label'))")
        tell(cells[0] == "row 1, column 1, given 8" and any("candidates" in c and "percent" in c for c in cells), "cells say what they hold", cells[:4])
        shot(b, "alone")
        b.run("set(%s)" % json.dumps(NEVER))
        b.click("solve")
        b.until("story && story.steps.length > 2", 120)
        b.click("stop")
        tell(b.until("!control", 5) and b.until(SAID + " == 'Stopped.'", 5), "it stops", b.run(SAID))
        b.click("random")
        tell(b.until(SAID + ".startsWith('A puzzle of rating')"), "a random puzzle", b.run(SAID))
        choose(b, "model", "maze")
        b.run("set(maze(model))")
        b.click("solve")
        tell(b.until(DONE, 300) and b.run("story.steps.length") > 1, "a maze", b.run(SAID))
        shot(b, "alone-maze")
        link = b.run("location.href")
        b.open("about:blank")
        b.open(link)
        tell(b.until(READY) and b.run("model.id") == "maze", "its address is a link", link[:80])
        quiet(b)


def models():
    with Browser() as b:
        b.open(URL)
        b.until(READY)
        drop(b, "theirs.safetensors", MODEL)
        tell(b.until("model.id == 'theirs'"), "a model file is taken", b.run(SAID))
        b.run("set(%s)" % json.dumps(EASY))
        b.click("solve")
        tell(b.until(DONE, 120) and b.run("story.answer.solution") == SOLUTION, "and solves", b.run(SAID))
        choose(b, "other", "sudoku")
        b.click("solve")
        tell(b.until(DONE + " && !!rival.answer", 120) and b.run("rival.answer.verdict") == "solved", "beside another one")
        drop(b, "large.safetensors", LARGE)
        tell(b.until("model.id == 'large'", 120), "one of the published size is taken", b.run(SAID))
        b.click("solve")
        tell(b.until(DONE, 300) and b.run("story.answer.solution") == ANSWER, "and answers as the command does", b.run("story.answer"))
        choose(b, "model", "theirs")
        drop(b, "broken.safetensors", __file__)
        tell(b.until(SAID + ".includes('is not a safetensors file')"), "what is no model is told", b.run(SAID))
        tell(b.run("model.id") == "theirs" and b.run("models.length") == 4, "and changes nothing", b.run("models.map(m => m.id)"))
        quiet(b)


def keys():
    with Browser() as b:
        b.open(URL)
        b.until(READY)
        for _ in range(12):
            b.key("Tab")
            if b.run("document.activeElement.getAttribute('role')") == "gridcell":
                break
        for c in EASY:
            b.key(c)
        tell(b.run("puzzle") == EASY, "a puzzle is typed", b.run("puzzle"))
        b.key("Enter")
        tell(b.until(DONE, 120) and b.run("story.answer.solution") == SOLUTION, "Enter solves")
        b.key("[")
        tell(b.run("at") == b.run("story.steps.length") - 1, "[ is the round before")
        b.run("set(%s)" % json.dumps(NEVER))
        b.key("Enter")
        b.until("story && story.steps.length > 2", 120)
        b.key("Escape")
        tell(b.until("!control", 5) and b.until(SAID + " == 'Stopped.'", 5), "Escape stops", b.run(SAID))
        quiet(b)


def phone():
    with Browser(width=390, height=844, phone=True) as b:
        b.open(URL + "#p=" + EASY)
        b.until(READY)
        tell(b.run("puzzle") == EASY, "a link to a puzzle")
        b.click("solve")
        b.until(DONE, 120)
        b.run("scrollTo(0, 0)")
        tell(not b.run("document.documentElement.scrollWidth > innerWidth"), "nothing is cut off on a phone")
        shot(b, "alone-phone")
        b.run("set(puzzle.replace(/[1-9]/g, '.'))")
        b.run("board.cells[2].dispatchEvent(new MouseEvent('click', {bubbles: true}))")
        for digit in "37":
            b.run("[...document.querySelectorAll('#pad button')].find(e => e.textContent == '%s').click()" % digit)
        tell(b.run("puzzle") == "..37" + 77 * "." and b.run("document.getElementById('pad').offsetHeight"), "fingers write with its own keys",
             b.run("puzzle"))
        b.run("board.go(2)")
        b.run("document.querySelector('#pad button:last-child').click()")
        tell(b.run("puzzle") == "...7" + 77 * ".", "and take back")
        shot(b, "alone-phone-typed")
        quiet(b)


def package():
    """The package in a page of one's own, as docs/web.md has it: beside a model, from a server of files alone."""
    root = os.path.join(FOLDER, "site")
    shutil.copytree(os.path.join(os.path.dirname(PAGE), "npm"), root)
    shutil.copy(MODEL, os.path.join(root, "m.safetensors"))
    with open(root + "/index.html", "w") as f:
        f.write("<!doctype html><link rel=icon href=data:,><script type=module>import * as hrm from './hrm.js'; window.hrm = hrm;</script>")
    handler = functools.partial(Handler, directory=root)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, Browser() as b:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        b.open("http://127.0.0.1:%d/" % server.server_port)
        b.until("window.hrm")
        o = b.run("hrm.loadModel('m.safetensors', {workers: 2}).then(async m => { window.m = m; let steps = 0;"
                  "const a = await m.solve(%s, {progress() { steps++; }}); return {...a, steps}; })" % json.dumps(EASY))
        tell(o["solution"] == SOLUTION and o["steps"] == o["rounds"], "the package in a page of one's own", o)
        o = b.run("(() => { const c = new AbortController(); return m.solve(%s, {signal: c.signal, progress() { c.abort(); }})"
                  ".catch(e => e.name); })()" % json.dumps(NEVER))
        tell(o == "AbortError", "which stops by a signal", o)
        o = b.run("hrm.loadModel('none.safetensors').catch(e => [e.code, e.message])")
        tell(o[0] == "io" and "404" in o[1], "and says which file is not there", o)
        o = b.run("Promise.all([m.solve(%s), m.solve(%s)]).then(l => l.map(a => a.solution))" % (json.dumps(EASY), json.dumps(EASY)))
        tell(o == [SOLUTION, SOLUTION], "two workers at once", o)
        server.shutdown()


for part in (puzzles, models, keys, phone, package):
    part()
sys.exit(finish())
