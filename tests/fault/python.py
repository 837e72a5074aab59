"""Abuse of the Python binding, each in a process of its own, as TAP: no signal, no hang; what is wrong raises.

usage: python.py HRM LIBRARY FOLDER [NAME...]      FAULT=long: every one; else those that are drawn
"""

import os
import random
import shutil
import subprocess
import sys

from commands import BASE, FOLDER, LONG, TOOL, made, report

BEFORE = """
import gc, os, signal, sys, threading, time
sys.path.insert(0, {python!r})
import hrm
def raises(call, *words, **more):
    "Exceptions are right, whatever their kind; so are answers."
    try: call(*words, **more)
    except Exception as problem: return type(problem).__name__
def must(call, *words, **more):
    assert raises(call, *words, **more), (call, words, more)
def threads(count, work):
    all = [threading.Thread(target=work) for _ in range(count)]
    for t in all: t.start()
    for t in all: t.join()
M, L, Q = "run/model.safetensors", "lattice/model.safetensors", "12.............."
FEW, OUT = dict(rounds=3), {out!r}
"""
ABUSE = {
    "closed handles": """
m = hrm.load(M); s = m.solver(); d = hrm.Dataset("train.csv"); it = iter(d); next(it); arrays = d.arrays()
t = hrm.Trainer("small.yaml", OUT)
for x in (m, s, d, t): x.close(); x.close()
for call in (m.solve, m.trace, s.solve_all, s.trace): must(call, [Q])
for call in (t.step, t.run, t.plan, t.save, t.evaluate, t.model, s.cancel, t.cancel): raises(call)
for call in (lambda: next(it), lambda: len(d), lambda: d[0], d.arrays, d.describe, lambda: m.info): raises(call)
print(len(bytes(arrays[0])))""",
    "half-made objects": """
for kind in (hrm.Model, hrm.Solver, hrm.Dataset, hrm.Trainer):
    x = kind.__new__(kind); raises(x.close); raises(repr, x); del x
for call, words in ((hrm.Dataset, ["nofile"]), (hrm.Trainer, ["nofile", OUT]), (hrm.Trainer, [3, 4]), (hrm.load, ["nofile"])):
    must(call, *words)
raises(hrm.Model, None); raises(lambda: hrm.Model(None).info)""",
    "wrong types": """
m = hrm.load(M)
for a in (None, 3, 3.5, b"12", [None], [3], object(), {}, (Q, 3), "\\ud800", "x" * 10**6, "\\0" * 16, [], iter([Q]), [[Q]]):
    for call in (m.solve, m.trace, m.tokens, m.text, m.save, m.evaluate, m.adapt): raises(call, a)
for a in (None, 3, b"x", "", "nofile", "a\\0b", "/dev/null", "/proc/self/mem", "."):
    for call in (hrm.load, hrm.Dataset, hrm.describe, hrm.runs, hrm.convert, hrm.check_data): raises(call, a)""",
    "huge and negative sizes": """
m, l = hrm.load(M), hrm.load(L)
for v in (-1, 0, 2**31 - 1, 2**31, 2**63, 2**64, -2**63, 10**30, 1.5, float("nan"), float("inf"), None, "x", True):
    for name in ("segments", "batch", "seed", "threads"): raises(m.solve, Q, **{name: v})
    raises(m.solver, v); raises(hrm.load, M, threads=v); raises(hrm.load, M, flops=v); raises(m.evaluate, "train.csv", limit=v, votes=v)
    raises(l.solve, Q, search=dict(rounds=3, chains=v)) if v != 2**31 - 1 else None
    for name in ("drop", "conflict", "temperature", "agree", "patience"): raises(l.solve, Q, search={"rounds": 3, name: v})
    if not v or v != v or not isinstance(v, (int, float)) or v < 0 or v > 2**31:
        raises(hrm.generate_sudoku, OUT, v, side=4); raises(hrm.generate_mazes, OUT, 1, rows=v)
    for name in ("hidden", "batch", "seed", "lr", "h_layers", "memory", "ema"):
        raises(lambda: hrm.Trainer("small.yaml", OUT, **{name: v}).plan())""",
    "tokens and arrays": """
m = hrm.load(M); a, b = hrm.Dataset("train.csv").arrays()
for x in (b"", b"1" * 5, bytes(16), bytes([255] * 16), [300], [-1], [1.5], "abc", memoryview(b"123456")[::2], bytearray(16), a, a[:0]):
    raises(m.text, x); raises(m.solve, x); raises(hrm.Dataset, x); raises(hrm.Dataset, (x, x)); raises(hrm.Dataset, (a, x))
try: import numpy as np
except ImportError: sys.exit()
for shape in ((0, 16), (3, 15), (2, 3, 16), (16,), (4, 4), (), (1,) * 9):
    for kind in ("u1", "i8", ">i2", "f4", "O", "M8[s]", "?"):
        for x in (np.zeros(shape, kind), np.ones(shape, kind).T): raises(m.text, x); raises(m.solve, x); raises(hrm.Dataset, (x, x))
raises(m.solve, np.lib.stride_tricks.as_strided(np.zeros(16, "u1"), (1 << 12, 16), (0, 1)))""",
    "indices": """
d = hrm.Dataset("train.csv")
for i in (-1, -31, 30, 2**31, 2**63, 2**64, -2**64, 1.5, None, "x", slice(None), slice(0, 10**30), (1, 2)): raises(d.__getitem__, i)""",
    "callbacks that raise": """
m, l = hrm.load(M), hrm.load(L)
class Odd(BaseException): pass
for kind in (ValueError, KeyboardInterrupt, SystemExit, Odd, MemoryError, GeneratorExit):
    def call(*words): raise kind("x")
    for work in (lambda: l.solve(Q, on_round=call, search=FEW), lambda: m.solve(Q, on_step=call),
                 lambda: hrm.generate_sudoku(OUT + ".csv", 3, side=4, progress=call),
                 lambda: hrm.Trainer("small.yaml", OUT + kind.__name__).run(call)):
        try: work()
        except BaseException as problem: assert isinstance(problem, kind), problem
        else: raise AssertionError(kind)
for bad in (3, "x", lambda: None, lambda a, b: None): raises(l.solve, Q, on_round=bad, search=FEW)""",
    "closed in callbacks": """
l = hrm.load(L); s = l.solver()
def call(_): s.close(); l.close()
raises(s.solve_all, [Q, Q], on_round=call, search=FEW); must(s.solve_all, [Q])
t = hrm.Trainer("small.yaml", OUT); raises(t.run, lambda e: t.close()); must(t.step)
l = hrm.load(L)
def gone(_):
    global l
    l = None; gc.collect()
raises(l.solve, [Q], on_round=gone, search=FEW)""",
    "calls in callbacks": """
l = hrm.load(L); s = l.solver()
raises(s.solve_all, [Q], on_round=lambda r: s.solve_all([Q]), search=FEW)
raises(l.solve, Q, on_round=lambda r: l.solve(Q, search=FEW), search=FEW)
for n, name in enumerate(("step", "save", "run", "evaluate", "model", "plan")):
    t = hrm.Trainer("small.yaml", OUT + str(n)); raises(t.run, lambda e: getattr(t, name)())""",
    "what callbacks got, kept": """
kept = []; m, l = hrm.load(M), hrm.load(L)
m.solve(Q, on_step=kept.append); l.solve(Q, on_round=kept.append, search=FEW); t = l.trace(Q, search=FEW)
m.close(); l.close(); gc.collect()
print(len(repr(kept)), len(repr(t)), len(bytes(t.tokens)))""",
    "closed by another thread": """
for n in range(5):
    l = hrm.load(L); s = l.solver(threads=2); d = hrm.Dataset("train.csv")
    def work():
        try:
            while True: s.solve_all([Q], search=FEW); d[3]; l.solve(Q, search=FEW)
        except ValueError: pass
    t = [threading.Thread(target=work) for _ in range(3)]
    for x in t: x.start()
    time.sleep(0.05); s.close(); d.close(); l.close()
    for x in t: x.join()""",
    "shared by threads": """
l = hrm.load(L); s = l.solver(); d = hrm.Dataset("train.csv"); t = hrm.Trainer("small.yaml", OUT, steps=99)
want = [e.question for e in d]
def work():
    for i in range(20):
        assert d[i].question == want[i]
        for call in (lambda: s.solve_all([Q], search=FEW), t.step, t.plan, t.save, t.evaluate, t.model, d.describe, d.arrays):
            raises(call)
threads(6, work)""",
    "cancelled by threads": """
l = hrm.load(L); s = l.solver(); t = hrm.Trainer("small.yaml", OUT, steps=300); stop = []
def work():
    while not stop: s.cancel(); t.cancel()
c = threading.Thread(target=work); c.start()
for _ in range(30): raises(s.solve_all, [Q], search=FEW); raises(t.step)
stop.append(1); c.join()""",
    "forked": """
l = hrm.load(L); s = l.solver(threads=3); want = s.solve_all([Q], search=FEW)[0].text
t = hrm.Trainer("small.yaml", OUT, threads=2); t.step()
child = os.fork()
if not child:
    signal.alarm(60)
    same = s.solve_all([Q], search=FEW)[0].text == want == l.solve(Q, search=FEW).text; raises(t.step); s.close(); l.close(); t.close()
    os._exit(not same)
assert os.waitpid(child, 0)[1] == 0; assert s.solve_all([Q], search=FEW)[0].text == want; t.step()""",
    "forked at work": """
l = hrm.load(L); stop = []
def work():
    while not stop: l.solve(Q, search=FEW)
t = threading.Thread(target=work); t.start()
for _ in range(5):
    child = os.fork()
    if not child: signal.alarm(60); l.solve(Q, search=FEW); os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
stop.append(1); t.join()""",
    "alive at the end": """
l = hrm.load(L); s = l.solver(threads=3); d = hrm.Dataset("train.csv"); t = hrm.Trainer("small.yaml", OUT, steps=10**6)
for work in (lambda: [l.solve(Q, search=FEW) for _ in range(10**6)], t.run): threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)""",
    "circles": """
for _ in range(60):
    l = hrm.load(L); s = l.solver(threads=2); d = hrm.Dataset("train.csv")
    ring = [l, s, d]; ring.append(ring); s.solve_all([Q], search=FEW)
    del l, s, d, ring
gc.collect(); assert len(os.listdir("/proc/self/task")) < 9, os.listdir("/proc/self/task")""",
    "copied": """
import copy, pickle
for x in (hrm.load(M), hrm.load(M).solver(), hrm.Dataset("train.csv"), hrm.Trainer("small.yaml", OUT)):
    for call in (copy.copy, copy.deepcopy, pickle.dumps): raises(call, x)
    raises(x.close); del x; gc.collect()""",
    "interrupted": """
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
l = hrm.load(L); t = hrm.Trainer("small.yaml", OUT, steps=10**6)
for work in (lambda: l.solve([Q] * 10**5, search=dict(rounds=50)), t.run):
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    try: timer.start(); work()
    except KeyboardInterrupt: pass
    else: raise AssertionError("not interrupted")""",
    "no memory left": """
import resource
l = hrm.load(L); s = l.solver(threads=2); d = hrm.Dataset("train.csv"); t = hrm.Trainer("small.yaml", OUT)
held = int(open("/proc/self/statm").read().split()[0]) * 4096
resource.setrlimit(resource.RLIMIT_AS, (held + (1 << 20), -1))
for call in (lambda: s.solve_all([Q] * 2000, search=FEW), lambda: hrm.load(M), lambda: l.solver(threads=9),
             t.step, t.save, d.arrays, t.model): raises(call)""",
}
HANGS = 240


def tried(name, code):
    out = FOLDER / "abused" / name.replace(" ", "-")
    shutil.rmtree(out.parent, ignore_errors=True)
    out.parent.mkdir()
    before = BEFORE.format(python=os.path.abspath("python"), out=str(out))
    try:
        done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", before + code], cwd=BASE, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=HANGS, env=dict(os.environ, HRM_LIBRARY=TOOL))  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"hangs": [HANGS]}
    said = done.stderr.decode(errors="replace").strip()
    return {f"exit {done.returncode}: {said[-600:]}".replace("\n", "\n#   "): [name]} if done.returncode else {}


def main():
    made()
    names = sys.argv[4:] or list(ABUSE)
    if not LONG and not sys.argv[4:]:
        names = sorted(random.Random(1).sample(names, 8))
    bad = False
    for number, name in enumerate(names, 1):
        wrong = tried(name, ABUSE[name])
        bad = bad or bool(wrong)
        report(number, f"python: {name}", wrong, 1)
    print(f"1..{len(names)}")
    sys.exit(bad)


main()
