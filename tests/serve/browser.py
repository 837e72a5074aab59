"""Chromium without a window, driven through a pipe by Python's standard library."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One page. Everything that it says on its console is in .log, every address that it asks for in .asked."""

    def __init__(self, width=1150, height=900, dark=False, phone=False):
        self.folder = tempfile.mkdtemp()
        to_read, self.write_to = os.pipe()
        self.read_from, to_write = os.pipe()
        words = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--user-data-dir=" + self.folder,
                 "--remote-debugging-pipe", "--window-size=%d,%d" % (width, height), "about:blank"]
        self.process = subprocess.Popen(["sh", "-c", 'exec "$@" 3<&%d 4>&%d' % (to_read, to_write), "sh", *words],
                                        pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.text, self.last, self.answers, self.session = b"", 0, {}, None
        self.log, self.asked, self.loaded = [], [], False
        target = self.send("Target.getTargets")["targetInfos"]
        target = [t for t in target if t["type"] == "page"][0]["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(domain + ".enable")
        if dark:
            self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        if phone:
            self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=True)
            self.send("Emulation.setTouchEmulationEnabled", enabled=True)
        self.send("Page.setDownloadBehavior", behavior="allow", downloadPath=self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.write_to)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.read_from)
        shutil.rmtree(self.folder, ignore_errors=True)

    def take(self):
        """The next message."""
        while b"\0" not in self.text:
            more = os.read(self.read_from, 1 << 20)
            if not more:
                raise EOFError("chromium ended")
            self.text += more
        line, self.text = self.text.split(b"\0", 1)
        o = json.loads(line)
        if "id" in o:
            self.answers[o["id"]] = o
        elif o["method"] == "Runtime.exceptionThrown":
            self.log.append(str(o["params"]["exceptionDetails"].get("exception", {}).get("description")))
        elif o["method"] == "Log.entryAdded" and o["params"]["entry"]["level"] == "error":
            self.log.append(o["params"]["entry"]["text"])
        elif o["method"] == "Network.requestWillBeSent":
            self.asked.append(o["params"]["request"]["url"])
        elif o["method"] == "Page.loadEventFired":
            self.loaded = True

    def send(self, method, **params):
        self.last += 1
        o = {"id": self.last, "method": method, "params": params}
        if self.session:
            o["sessionId"] = self.session
        os.write(self.write_to, json.dumps(o).encode() + b"\0")
        while self.last not in self.answers:
            self.take()
        answer = self.answers.pop(self.last)
        if "error" in answer:
            raise RuntimeError("%s: %s" % (method, answer["error"]))
        return answer["result"]

    def open(self, url):
        self.loaded = False
        self.send("Page.navigate", url=url)
        while not self.loaded:
            self.take()

    def run(self, script):
        """The value of an expression in the page; a promise is waited for."""
        r = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in r:
            raise RuntimeError(r["exceptionDetails"]["exception"].get("description"))
        return r["result"].get("value")

    def until(self, script, seconds=60):
        end = time.time() + seconds
        while time.time() < end:
            if self.run(script):
                return True
            time.sleep(0.05)
        return False

    def key(self, key):
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
                 "Backspace": 8, " ": 32}
        text = {"Enter": "\r", "Tab": ""}.get(key, key if len(key) == 1 else "")
        at = dict(key=key, windowsVirtualKeyCode=codes.get(key, ord(key[0])))
        self.send("Input.dispatchKeyEvent", type="keyDown", **at, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **at)

    def click(self, ident):
        """With the pointer, in the middle of what has this id."""
        x, y = self.run("(() => { const e = document.getElementById(%r); e.scrollIntoView({block: 'center'}); "
                        "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()" % ident)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, path):
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def saved(self, name, seconds=20):
        """The bytes of a file that the page let its visitor save."""
        path, end = os.path.join(self.folder, name), time.time() + seconds
        while time.time() < end and not (os.path.exists(path) and os.path.getsize(path)):
            self.run("0")
            time.sleep(0.05)
        with open(path, "rb") as f:
            data = f.read()
        os.unlink(path)
        return data
