"""Pages of hrm solve --trace in a real browser, stepped through by keyboard.

usage: player_test.py [--axe AXE.JS] FOLDER NAME...   (FOLDER/NAME.html; screenshots go beside them)"""

import os
import sys

from browser import Browser

SAID = "document.getElementById('say').textContent"
LABELS = "[...document.querySelectorAll('[role=gridcell]')].map(c => c.getAttribute('aria-label'))"


def check(good, what, saw=""):
    if not good:
        sys.exit("%s: %s" % (what, saw))


def still(b, address):
    """Nothing on the console, nothing asked for but the page."""
    others = [url for url in b.asked if not url.startswith("data:")]
    check(not b.log and others == [address], "it said or asked for something", (b.log, others))


def step_through(folder, name, dark):
    address = "file://%s/%s.html" % (folder, name)
    with Browser(dark=dark) as b:
        b.open(address)
        total, searches = b.run("total"), b.run("search")
        check(b.run("at") == 0 and b.run(SAID) == "The puzzle as it is given.", "it begins with the puzzle", b.run(SAID))
        b.key("ArrowRight")
        check(b.run("at") == 1 and b.run(SAID).startswith("Round 1" if searches else "Segment 1"), "a key steps", b.run(SAID))
        b.key("ArrowLeft")
        b.key("]")
        b.key("]")
        b.key("[")
        check(b.run("at") == 1, "there and back", b.run("at"))
        b.key("End")
        check(b.run("at") == total and "(" in b.run(SAID), "the end says how it ended", b.run(SAID))
        b.key("ArrowRight")
        check(b.run("at") == total, "nothing follows the end")
        b.key("Home")
        if b.run("frames.some(turned)"):
            b.key("n")
            check(b.run("turned(frames[at - 1])") and "taken back" in b.run(SAID) + b.run("'begins again taken back'"), "the next contradiction", b.run(SAID))
            check(any("taken back" in c for c in b.run(LABELS)) or b.run("frames[at - 1].back == 0"), "cells say what is taken back")
            check(b.run("[...document.querySelectorAll('#plot path')].length") > 3, "the time line has marks")
        b.key("Home")
        b.run("document.getElementById('speed').value = 40")
        b.key("p")
        check(b.until("at >= Math.min(5, total)", 20), "it plays")
        check(b.until("!timer", 60) if total < 200 else True, "and ends by itself")
        b.run("pause()")
        # the scrubber, and its words for those who do not see it
        for _ in range(3):
            b.key("Tab")
        b.run("document.getElementById('at').focus()")
        b.key("Home")
        b.key("ArrowRight")
        check(b.run("at") == 1 and b.run("document.getElementById('at').getAttribute('aria-valuetext')") == b.run(SAID), "the scrubber steps")
        # the grid
        b.run("boxes[0].focus()")
        b.key("ArrowRight")
        b.key("ArrowDown")
        check(b.run("focus == S.cols + 1 && at == 1 && document.activeElement == boxes[focus]"), "arrows move in the grid", b.run("focus"))
        labels = b.run(LABELS)
        check(len(labels) == b.run("cells") and all(c.startswith("row ") for c in labels), "every cell has words", labels[:3])
        check(any("percent" in c for c in labels) or name in ("maze", "arc"), "cells say how sure", labels[:9])
        check(b.run("document.documentElement.scrollWidth <= innerWidth"), "it is as wide as the window")
        back = b.run("getComputedStyle(document.body).backgroundColor")
        check((sum(map(int, back[4:-1].split(","))) < 200) == dark, "light and dark", back)
        b.run("to(Math.min(20, total))")
        b.picture(os.path.join(folder, "%s-%s.png" % (name, "dark" if dark else "light")))
        b.click("theme")
        check(b.run("getComputedStyle(document.body).backgroundColor") != back, "a button turns it over")
        still(b, address)
        if name == "signs":
            check(any(", changed" in c or "filled in" in c or "<" in c for c in labels), "signs are text", labels)
            check(not b.run("document.querySelectorAll('img, script ~ b, [onerror]').length"), "and nothing else")
        return total


def calm(folder, name):
    """Who wants no motion gets one step a second."""
    with Browser() as b:
        b.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
        b.open("file://%s/%s.html" % (folder, name))
        b.run("document.getElementById('speed').value = 40")
        b.run("window.waits = 0, window.setInterval = (f, ms) => { waits = ms; return 1; }, 0")
        b.key("p")
        check(b.run("waits") == 1000, "motion is slow", b.run("waits"))
        check(b.run("document.getElementById('say').getAttribute('aria-live')") == "off", "and it is quiet as it plays")


def keep_nobody_out(folder, name, axe, dark):
    with Browser(dark=dark) as b:
        b.open("file://%s/%s.html" % (folder, name))
        b.run("to(Math.min(3, total)), 0")
        b.run(open(axe).read() + "; 0")
        wrong = b.run("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 200)))")
        check(not wrong, name, wrong)


words = sys.argv[1:]
tool = words[1] if words[0] == "--axe" else None
where, *names = words[2:] if tool else words
for page in names:
    for night in (False, True):
        if tool:
            keep_nobody_out(where, page, tool, night)
        else:
            print("# %s: %d steps" % (page, step_through(where, page, night)))
if not tool:
    calm(where, names[0])
