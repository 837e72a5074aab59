"""The page of hrm serve in a real browser, by hand as it were: pointer, keys, clipboard, files. TAP.

usage: page_test.py HRM FOLDER   (screenshots go into the folder)"""

import gzip
import json
import os
import struct
import subprocess
import sys
import time
import urllib.parse
import xml.etree.ElementTree

from browser import Browser
from lib import EASY, ENDLESS, HARD, NEVER, Service, finish, tell

HRM, FOLDER = sys.argv[1:3]
DONE = "!!(story && story.answer) && !control && !drawing"  # and drawn, at the next frame
SAID = "document.getElementById('say').textContent"
SOLUTION = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
GRID = "53. | .7. | ...\n6.. | 195 | ...\n.98 | ... | .6.\n----+-----+----\n8.. | .6. | ..3\n4.. | 8.3 | ..1\n7.. | .2. | ..6\n" \
    "----+-----+----\n.6. | ... | 28.\n... | 419 | ..5\n... | .8. | .79"


def paste(b, text):
    b.run("(() => { const t = new DataTransfer(); t.setData('text', %s); "
          "document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: t})); })()" % json.dumps(text))


def choose(b, ident, value):
    b.run("(() => { const e = document.getElementById(%r); e.value = %s; e.onchange({target: e}); })()" % (ident, json.dumps(value)))


def shot(b, name):
    b.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    b.picture(os.path.join(FOLDER, name + ".png"))


def puzzles(s):
    with Browser() as b:
        begun = time.time()
        b.open(s.address)
        b.until("models.length > 0")
        paste(b, GRID)
        tell(b.run("puzzle") == EASY, "a grid with borders is pasted", b.run("puzzle"))
        b.click("solve")
        good = b.until(DONE)
        took = time.time() - begun
        tell(good and b.run("story.answer.solution") == SOLUTION, "a click solves it")
        print("# first solve after opening: %.2f s" % took)
        tell("the rules, which the model does not see, agree" in b.run(SAID), "and says what it is worth", b.run(SAID))
        for name, text in (("81 characters", EASY), ("with 0", EASY.replace(".", "0")), ("with *", EASY.replace(".", "*")),
                           ("with _ in rows", "\n".join(EASY.replace(".", "_")[i:i + 9] for i in range(0, 81, 9))),
                           ("with blanks", "\n".join(EASY.replace(".", " ")[i:i + 9].rstrip() for i in range(0, 81, 9)))):
            b.run("set(empty(model))")
            paste(b, text)
            tell(b.run("puzzle") == EASY, "pasted: " + name, b.run("puzzle"))
        paste(b, "12345")
        tell("9 rows and 9 columns" in b.run(SAID) and b.run("puzzle") == EASY, "what is no puzzle changes nothing", b.run(SAID))
        b.click("paste")
        b.run("document.getElementById('text').value = %s" % json.dumps(HARD))
        b.click("take")
        b.click("solve")
        b.until(DONE)
        steps = b.run("story.steps.length")
        tell(steps == b.run("story.answer.rounds") and b.run("+document.getElementById('at').max") == steps, "every round is there", steps)
        b.run("(() => { const e = document.getElementById('at'); e.value = 40; e.oninput({target: e}); })()")
        tell(b.run("at") == 40 and b.run(SAID).startswith("Round 40"), "the scrubber shows a round", b.run(SAID))
        cells = b.run("[...document.querySelectorAll('#board [role=gridcell]')].map(c => c.getAttribute('aria-label'))")
        tell(cells[0] == "row 1, column 1, given 8" and any("candidates" in c and "percent" in c for c in cells) and
             any("guess" in c for c in cells), "cells say what they hold", cells[:4])
        shot(b, "round")
        b.key("]")
        tell(b.run("at") == 41, "] is the next round")
        b.key("[")
        tell(b.run("at") == 40, "[ is the one before")
        b.run("document.getElementById('speed').value = 60")
        b.click("play")
        tell(b.until("at > 45", 20), "it plays")
        b.click("play")
        now = b.run("at")
        time.sleep(0.3)
        tell(b.run("at") == now, "and pauses", (now, b.run("at")))
        b.click("as-svg")
        svg = b.saved("puzzle.svg")
        tell(svg.startswith(b"<svg ") and b"var(" not in svg, "saved as SVG", svg[:80])
        b.click("as-png")
        png = b.saved("puzzle.png")
        tell(png[:4] == b"\x89PNG" and struct.unpack(">II", png[16:24]) == (360, 360), "saved as PNG", png[:24])
        b.click("as-json")
        o = json.loads(b.saved("reasoning.json"))
        tell(o["puzzle"] == HARD and len(o["steps"]) == steps and o["answer"]["verdict"] == "solved", "saved as JSON", list(o))
        link = b.run("location.href")
        tell(urllib.parse.quote(HARD) in link or HARD in link, "the address is a link to it", link)
        b.open("about:blank")
        b.open(link)
        b.until("models.length > 0 && model")
        tell(b.run("puzzle") == HARD, "which opens it again")
        choose(b, "famous", "Golden Nugget")
        tell(b.run("puzzle").startswith(".......39"), "a famous one")
        b.click("random")
        tell(b.until(SAID + ".startsWith('A puzzle of rating')"), "a random one", b.run(SAID))
        choose(b, "famous", "Arto Inkala, 2012")
        choose(b, "other", "sudoku-fields")
        b.click("solve")
        tell(b.until(DONE + " && !!rival.answer") and b.run("rival.answer.verdict") == "solved", "two models on one puzzle")
        shot(b, "two")
        choose(b, "model", "maze")
        b.run("set(maze(model))")
        b.click("solve")
        tell(b.until(DONE) and b.run("story.steps.length") > 1, "a maze")
        b.run("(() => { following = false; show(6); })()")
        shot(b, "maze")
        tell(not b.log and all(u.startswith((s.address, "data:", "blob:", "about:")) for u in b.asked), "no error, nobody else is asked",
             (b.log, b.asked))


def keys(s):
    with Browser() as b:
        b.open(s.address)
        b.until("models.length > 0")
        for _ in range(12):
            b.key("Tab")
            if b.run("document.activeElement.getAttribute('role')") == "gridcell":
                break
        tell(b.run("document.activeElement.getAttribute('role')") == "gridcell", "the grid is reached by Tab")
        for i, c in enumerate(EASY):
            b.key(c)
        tell(b.run("puzzle") == EASY, "a puzzle is typed", b.run("puzzle"))
        b.key("ArrowUp")
        b.key("ArrowLeft")
        tell(b.run("document.activeElement.dataset.i") == "70", "arrows move", b.run("document.activeElement.dataset.i"))
        b.key("Backspace")
        tell(b.run("puzzle[70]") == "." and b.run("document.activeElement.dataset.i") == "69", "Backspace empties and goes back")
        b.key("Enter")
        tell(b.until(DONE) and b.run("story.answer.solution") == SOLUTION, "Enter solves")
        b.run("set(%s)" % json.dumps(NEVER))
        b.key("Enter")
        tell(b.until(DONE) and "an exact search finds none (0 rounds, " in b.run(SAID) and "undefined" not in b.run(SAID),
             "what has no solution is told at once", b.run(SAID))
        b.run("window.plain = events; events = (path, body, signal) => plain(path, {...body, ...%s}, signal); set(%s); 0"
              % (json.dumps(ENDLESS), json.dumps(ENDLESS["puzzle"])))  # fmt: skip
        b.key("Enter")
        b.until("story && story.steps.length > 2")
        b.key("Escape")
        tell(b.until("!control", 5) and b.until(SAID + " == 'Stopped.'", 5), "Escape stops", b.run(SAID))
        b.run("events = plain; 0")
        tree = b.send("Accessibility.getFullAXTree")["nodes"]
        roles = [n.get("role", {}).get("value") for n in tree]
        named = [n for n in tree if n.get("role", {}).get("value") in ("button", "combobox", "slider", "tab", "textbox", "gridcell", "image")
                 and not n.get("ignored")]
        tell(roles.count("gridcell") == 81 and roles.count("row") == 9 and all(n.get("name", {}).get("value") for n in named),
             "everything has a role and a name", [n for n in named if not n.get("name", {}).get("value")][:2])


def looks(s):
    for name, options in (("dark", {"dark": True}), ("phone", {"width": 390, "height": 844, "phone": True})):
        with Browser(**options) as b:
            b.open(s.address + "#p=" + HARD)
            b.until("models.length > 0 && model")
            b.click("solve")
            b.until(DONE)
            b.run("(() => { following = false; show(56); scrollTo(0, 0); })()")
            tell(not b.run("document.documentElement.scrollWidth > innerWidth"), name + ": nothing is cut off")
            back = b.run("getComputedStyle(document.body).backgroundColor")
            tell(("rgb(19" in back) == (name == "dark"), name + ": its colours", back)
            shot(b, name)


def others(s):
    task = {"train": [{"input": [[0, 1], [2, 3]], "output": [[3, 2], [1, 0]]}, {"input": [[5]], "output": [[6]]}],
            "test": [{"input": [[7, 8], [9, 0]]}]}
    with Browser() as b:
        b.open(s.address)
        b.until("models.length > 0")
        b.click("tab-arc")
        b.run("arcText(%s)" % json.dumps(json.dumps({"first": task, "second": dict(task, train=task["train"][:1])})))
        tell(b.run("document.querySelectorAll('#arc-train .pair').length") == 2 and
             b.run("document.querySelectorAll('#arc-test .pair svg').length") == 1, "an ARC task is drawn")
        shot(b, "arc")
        choose(b, "arc-pick", "second")
        tell(b.run("document.querySelectorAll('#arc-train .pair').length") == 1, "another one of the file")
        b.run("arcText('{')")
        tell(b.run("document.getElementById('arc-say').textContent").startswith("That is no file of tasks"), "what is no task is said")
        b.click("tab-runs")
        tell(b.until("document.querySelectorAll('#curves svg').length >= 2"), "curves of a run")
        with open(os.path.join(FOLDER, "pageruns/first/metrics.jsonl"), "a") as f:
            f.write('{"event":"step","step":99,"loss":0.125}\n')
        tell(b.until("document.getElementById('run-say').textContent.includes('step 99')", 20), "which grow", b.run(
            "document.getElementById('run-say').textContent"))
        shot(b, "runs")
        tell(not b.log, "no error", b.log)


EVIL = "<img src=x onerror=pwned=1><script>pwned=1<script>\"'&"  # no file's name holds a slash
LETTERS = "<>\"&'/"


def evil():
    """A model of a task in letters that are HTML's own, and a run, by names that a page must not take for HTML."""
    folder = os.path.join(FOLDER, "evil")
    os.makedirs(os.path.join(folder, "runs", EVIL))
    with open(os.path.join(folder, "runs", EVIL, "metrics.jsonl"), "w") as f:
        f.write('{"event":"step","step":1,"loss":2}\n{"event":"step","step":"<img src=x>","loss":1}\n')
    with open(folder + "/task.yaml", "w") as f:
        f.write("shape: 2 x 3\nalphabet: %s\ngiven: none\n" % json.dumps(LETTERS))
    with open(folder + "/data.csv", "w") as f:
        f.write("question,answer\n" + "".join('"%s","%s"\n' % (t.replace('"', '""'), t.replace('"', '""'))
                                             for t in (LETTERS, LETTERS[::-1], LETTERS[3:] + LETTERS[:3])))
    with open(folder + "/recipe.yaml", "w") as f:
        f.write("hidden: 32\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\nh_cycles: 1\nl_cycles: 1\nhalt_max_steps: 2\n"
                "batch: 3\nsteps: 150\nlr: 1e-2\nwarmup: 5\nweight_decay: 0\n")
    subprocess.run([HRM, "train", folder + "/recipe.yaml", "task=%s/task.yaml" % folder, "data=%s/data.csv" % folder,
                    "--out", folder + "/run", "--quiet"], check=True, stderr=subprocess.DEVNULL)
    model = os.path.join(folder, EVIL + ".safetensors")
    os.replace(folder + "/run/model.safetensors", model)
    return model, folder + "/runs"


def texts():
    model, runs = evil()
    text = lambda ident: "document.getElementById(%r).textContent" % ident
    picked = "document.getElementById(%r).selectedOptions[0].textContent"
    with Service(HRM, model, "models/sudoku.safetensors", "--runs", runs) as s, Browser() as b:
        b.open(s.address)
        b.until("models.length == 2 && model")
        tell(b.run(picked % "model") == EVIL, "a model's name is text", b.run(picked % "model"))
        paste(b, LETTERS)
        b.click("solve")
        b.until(DONE)
        cells = b.run("[...document.querySelectorAll('#board [role=gridcell]')].map(c => c.textContent)")
        tell(len(cells) == 6 and all(c and c in LETTERS for c in cells), "so are the letters of a task", cells)
        labels = b.run("[...document.querySelectorAll('#board [role=gridcell]')].map(c => c.getAttribute('aria-label'))")
        tell(all(c in label for c, label in zip(cells, labels)), "and in what is read out", labels)
        tree = xml.etree.ElementTree.fromstring((b.click("as-svg"), b.saved("puzzle.svg"))[1])
        tell("".join(c for c in tree.itertext() if c.strip()).count("<") >= 1, "and in a picture that is saved",
             "".join(tree.itertext()))
        link = b.run("location.href")
        b.open("about:blank")
        b.open(link)
        b.until("models.length == 2 && model")
        tell(b.run("puzzle") == LETTERS and b.run(picked % "model") == EVIL, "a link brings them back", b.run("puzzle"))
        b.open("about:blank")
        b.open(s.address + "#p=%3Cimg%20src=x%20onerror=pwned=1%3E&model=" + urllib.parse.quote(EVIL))
        b.until("models.length == 2 && model")
        b.click("tab-arc")
        cell = "<img src=x onerror=pwned=1>"
        pair = {"input": [[cell, 1]], "output": [[2, cell]]}
        b.run("arcText(%s)" % json.dumps(json.dumps({EVIL: {"train": [pair], "test": [pair]}, "b": {"train": [pair], "test": []}})))
        tell(b.run(picked % "arc-pick") == EVIL and b.run("document.querySelectorAll('#arc-train .pair').length") == 1,
             "a file of tasks may be called and hold anything", b.run(text("arc-pick")))
        b.click("tab-runs")
        b.until(text("run-say") + ".includes(': step')")
        tell(b.run(picked % "run") == EVIL and b.run(text("run-say")).startswith(EVIL), "a run's name is text", b.run(text("run-say")))
        tell(not b.run("window.pwned || document.querySelectorAll('img, [onerror], body script ~ script').length"),
             "none of it became a part of the page")
        tell(not b.log and all(u.startswith((s.address, "data:", "blob:", "about:")) for u in b.asked), "nothing was blocked, or asked for",
             (b.log, b.asked))


def door():
    keyfile = os.path.join(FOLDER, "pagekeys")
    with open(keyfile, "w") as f:
        f.write("open-sesame\n")
    with Service(HRM, "models/sudoku.safetensors", "--api-key-file", keyfile) as s, Browser() as b:
        b.open(s.address)
        tell(b.until("!document.getElementById('door').hidden"), "a service with keys asks for one")
        b.run("document.getElementById('key').value = 'open-sesame'")
        b.run("document.getElementById('door').requestSubmit()")
        tell(b.until("models.length == 1"), "and opens")


runs = os.path.join(FOLDER, "pageruns/first")
os.makedirs(runs)
with open(runs + "/metrics.jsonl", "w") as f:
    for i in range(40):
        f.write('{"event":"step","step":%d,"loss":%g,"lr":0.001}\n' % (i, 3 / (i + 1)))
        if i % 10 == 9:
            f.write('{"event":"eval","step":%d,"exact":%g,"cells":0.5}\n' % (i, i / 50))
with Service(HRM, "--runs", os.path.dirname(runs), "--time-limit", "100") as service:
    status, headers, page = service.ask("GET", "/")
    tell(status == 200 and len(page) < 80 << 10 and "default-src 'none'" in headers["content-security-policy"],
         "the page is small and may ask nobody else", (len(page), headers))
    packed = service.ask("GET", "/", headers={"Accept-Encoding": "gzip"})
    tell(packed[1].get("content-encoding") == "gzip" and gzip.decompress(packed[2]) == page, "and comes packed as well")
    tell(service.ask("GET", "/", headers={"If-None-Match": headers["etag"]})[::2] == (304, b""), "and not twice")
    for part in (puzzles, keys, looks, others):
        part(service)
texts()
door()
sys.exit(finish())
