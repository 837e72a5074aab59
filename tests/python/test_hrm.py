"""What users of hrm.py rely on, as TAP. usage: test_hrm.py FOLDER [CC]

FOLDER is scratch space; the models are trained here, in a second or two.
"""

import array
import copy
import gc
import os
import pathlib
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python"))
import hrm

work = sys.argv[1]
os.chdir(work)
root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

SEARCH = """regime: lattice
arch: loop
mix: token_mlp
pos: none
hidden: 32
heads: 2
expansion: 1
l_layers: 1
l_cycles: 4
loss: softmax
batch: 32
steps: 200
optimizer: adamw
lr: 1e-2
lr_min_ratio: 0.1
warmup: 20
weight_decay: 0.1
clip: 1
pool_from: 0.2
pool_to: 0.5
halt_max_steps: 60
eval_every: 1000
save_every: 1000
"""
TOKENS = """hidden: 16
heads: 2
expansion: 1
h_layers: 1
l_layers: 1
h_cycles: 1
l_cycles: 1
batch: 4
steps: 3
halt_max_steps: 4
"""
for name, text in (("search.yaml", SEARCH), ("tokens.yaml", TOKENS)):
    with open(name, "w") as file:
        file.write(text)
hrm.generate_sudoku("train.csv", 30, side=4, seed=1)
hrm.Trainer("search.yaml", "search", data="train.csv", valid="train.csv").run()
hrm.Trainer("tokens.yaml", "tokens", data="train.csv").run()
searching = hrm.load("search/model.safetensors")
plain = hrm.load("tokens/model.safetensors", threads=1, isa="float")
data = hrm.Dataset("train.csv", model=searching)
puzzles = [e.question for e in data]


def raises(kind, words, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except kind as error:
        assert words in str(error), "says %r" % str(error)
        return error
    raise AssertionError("no %s" % kind.__name__)


def structures_are_the_headers():
    """A field added to hrm.h and not here would read another field's memory."""
    lines = ["#include <hrm_tools.h>", "#include <hrm_look.h>", "#include <stddef.h>"]
    for name, kind in hrm.STRUCTURES.items():
        size = "sizeof(%s) == %d" % (name, hrm.C.sizeof(kind))
        lines.append('_Static_assert(%s, "%s");' % (size, name))
        for field, _ in kind._fields_:
            at = getattr(kind, field).offset
            lines.append('_Static_assert(offsetof(%s, %s) == %d, "%s.%s");' % (name, field, at, name, field))
    compiler = sys.argv[2] if len(sys.argv) > 2 else "cc"
    command = [compiler, "-std=c11", "-fsyntax-only", "-I" + os.path.join(root, "include"), "-x", "c", "-"]
    done = subprocess.run(command, input="\n".join(lines), text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


def three_lines_solve():
    answer = searching.solve(puzzles[0], check=True)
    assert answer.solved and str(answer) == data[0].answer and len(answer.tokens) == 16
    assert answer.drawing.count("\n") > 4
    answers = searching.solve(puzzles, check=True)
    assert sum(a.solved for a in answers) > 15
    assert [a.text for a in answers] == [a.text for a in searching.solve(tuple(puzzles), check=True)]
    assert all(a.verdict != "wrong" for a in answers)
    assert searching.solve([]) == []


def searches_are_bounded():
    assert searching.solve(puzzles[0], search={"rounds": 1}, check=True).rounds == 1
    answers = searching.solve(puzzles, search={"chains": 2, "agree": 2})
    assert all(a.rounds >= a.chains >= 1 for a in answers)
    assert searching.trace(puzzles[0], search={"rounds": 2}).answer.rounds <= 2
    raises(hrm.ArgumentError, "none of rounds", searching.solve, puzzles[0], search={"chain": 2})
    raises(hrm.UnsupportedError, "answers at once", plain.solve, puzzles[0], search={"chains": 2})
    report = searching.evaluate("train.csv", search={"chains": 4}, check=True)
    assert report.mean_rounds >= report.mean_chains >= 1


def answers_of_an_evaluation_are_told():
    told = []
    report = plain.evaluate(data, answers=told.append)
    assert sorted(x.index for x in told) == list(range(len(data))) and report.n == len(told)
    assert all((x.question, x.expected) == (data[x.index].question, data[x.index].answer) for x in told)
    assert all(x.exact == (x.answer == x.expected) and 0 <= x.confidence <= 1 for x in told)
    assert report.exact == sum(x.exact for x in told) / len(told)
    assert {x.verdict for x in told} <= {"solved", "wrong", "incomplete"} and any(x.why for x in told)
    open_cell = data[0].answer[:5] + "." + data[0].answer[6:]
    nothing = "." * len(open_cell)
    partly = hrm.Dataset(([data[0].question, data[1].question], [open_cell, nothing]), model=plain)
    told.clear()
    assert plain.evaluate(partly, answers=told.append).unscored == 1
    told.sort(key=lambda x: x.index)
    assert told[0].expected[5] == "?" and (told[1].expected, told[1].exact) == (None, None)
    told.clear()
    raises(hrm.Stopped, "stopped", plain.evaluate, data, answers=lambda x: (told.append(x), len(told) < 3)[1])
    assert len(told) == 3
    raises(ZeroDivisionError, "", plain.evaluate, data, answers=lambda x: 1 // 0)


def hopeless_puzzles_come_back():
    for model in searching, plain:
        answer = model.solve("11..............", segments=1 << 20)
        assert (answer.verdict, answer.why) == ("incomplete", "no answer fits the givens: row 1 holds 1 twice")


def models_say_what_they_are():
    info = searching.info
    assert (info.arch, info.task, info.cells, info.symbols) == ("loop", "sudoku", 16, 4)
    assert info.alphabet == "\0.1234" and plain.info.symbols == 0
    assert hrm.describe("search/model.safetensors")["kind"] == "model"
    assert hrm.version()["version"] == hrm.__version__
    assert any(k.name == "lr" for k in hrm.recipe_keys())
    assert searching.tokens("1..............0")[0] == 2 and searching.text(b"\2" + b"\1" * 15) == "1" + 15 * "."
    assert searching.check("1" + 15 * ".", "1234341221434321") == ("solved", "")
    verdict, why = searching.check("2" + 15 * ".", "1234341221434321")
    assert verdict == "wrong" and why


def weights_go_elsewhere_and_back():
    report = hrm.convert("tokens/model.safetensors", "tokens.npz")
    assert report["missing"] == 0 and len(report["tensors"]) > 5
    report = hrm.convert("tokens.npz", "back.safetensors", data="train.csv")
    assert all(t["status"] == "matched" for t in report["tensors"])
    back = hrm.load("back.safetensors", isa="float")
    assert [a.text for a in back.solve(puzzles)] == [a.text for a in plain.solve(puzzles)]
    raises(hrm.Error, "nowhere", hrm.convert, "nowhere.pt")


def arrays_come_and_go():
    questions, answers = data.arrays()
    assert tuple(questions.shape) == (30, 16)
    solved = searching.solve(questions, check=True)
    assert tuple(solved.shape) == (30, 16)
    texts = [searching.text(bytes(bytearray(solved[i]))) if hrm.numpy else
             searching.text(solved.tobytes()[16 * i : 16 * i + 16]) for i in range(30)]
    assert texts == [a.text for a in searching.solve(puzzles, check=True)]
    # digits with 0 for an open cell are tokens of another puzzle, which was solved
    digits = [[t - 1 for t in row] for row in questions.tolist()]
    open_cell = digits[0].index(0)
    where = "row %d, column %d: token 0 is padding" % (open_cell // 4 + 1, open_cell % 4 + 1)
    assert "of digits, give texts" in str(raises(hrm.TaskError, "puzzle 1, " + where, searching.solve, digits))
    pair = digits, [[t - 1 for t in row] for row in answers.tolist()]
    raises(hrm.TaskError, "the arrays: example 0: " + where, searching.evaluate, pair)
    if hrm.numpy:
        import numpy

        grid = questions[3].reshape(4, 4).astype("int64")
        assert searching.solve(grid, check=True).shape == (4, 4)
        assert (searching.solve(questions[3], check=True) == solved[3]).all()
        raises(hrm.TaskError, "from 1 to 5", searching.solve, questions + 200)
        raises(hrm.TaskError, "shape", searching.solve, numpy.zeros((2, 15), "B"))
        solved[0, 0] = 1  # its own memory


def traces_are_arrays():
    trace = plain.trace(puzzles[0], segments=3)
    assert len(trace) == 3 and tuple(trace.probabilities.shape) == (3, 16, 6)
    assert trace.steps[-1].text == trace.answer.text and trace.steps[1].step == 1
    total = sum(trace.probabilities[2, 5, v] for v in range(6))
    assert abs(total - 1) < 1e-5
    trace = searching.trace(puzzles[0], check=True)
    assert trace.answer.solved and trace.steps[-1].end == "solved"
    assert len(trace) == trace.answer.segments == trace.tokens.shape[0]
    plain.trace(puzzles[0], segments=3, picture="solved.svg")
    with open("solved.svg") as picture:
        assert ">segment 3 of 3: " in picture.read()
    plain.trace(puzzles[0], segments=3, picture=pathlib.Path("solved.html"))
    searching.trace(puzzles[0], picture="solved.gif")
    with open("solved.html") as page, open("solved.gif", "rb") as gif:
        assert '"steps":3,' in page.read() and gif.read(6) == b"GIF89a"
    raises(hrm.ArgumentError, "ends in .html, .svg or .gif", plain.trace, puzzles[0], picture="solved.png")


def states_are_arrays():
    states = plain.states(puzzles[:3], segments=2)
    calls = len(states.calls)
    assert states.calls[-1] == "z_H" and tuple(states.numbers.shape)[:3] == (3, 2, calls)
    assert tuple(states.logits.shape) == (3, 2, calls, 16, 6) and tuple(states.q.shape) == (3, 2, calls, 2)
    answer = plain.solve(puzzles[1], segments=2)
    cells = [[states.logits[1, 1, calls - 1, t, v] for v in range(6)] for t in range(16)]
    assert [c.index(max(c)) for c in cells] == list(answer.tokens)
    last = states.numbers[2, 1, calls - 1, 3, 5]
    kept = states.numbers
    del states  # an array keeps the memory that it shows
    assert kept[2, 1, calls - 1, 3, 5] == last
    assert searching.states(puzzles[0]).numbers.shape[1] == 1
    raises(hrm.TaskError, "puzzle 2", plain.states, [puzzles[0], "12"])
    raises(ValueError, "below 0", plain.states, puzzles[0], segments=-1)


def models_are_looked_into():
    ticks = []
    inside = plain.inspect("train.csv", limit=7, segments=3, untrained=2, out="inside", title="Small <1>",
                           progress=lambda done, total: ticks.append((done, total)))
    assert inside["puzzles"] == 7 and len(inside["segments"]) == 3 and (7, 7) in ticks
    assert inside["participation"]["z_H"]["value"] > 1 and inside["participation"]["untrained"]["puzzles"] == 2
    assert os.path.exists("inside/segments.csv")
    with open("inside/report.html") as page:
        assert "<h1>Small &lt;1&gt;</h1>" in page.read()
    raises(hrm.Stopped, "stopped", plain.inspect, "train.csv", progress=lambda done, total: False)


def runs_are_reported():
    made = hrm.report(["search", "inside"], "report.html", examples=3, title="Two")
    with open("report.html") as page:
        text = page.read()
    assert "<title>Two</title>" in text and "of the first 3 validation puzzles" in text
    assert [run["state"] for run in made] == ["finished", "none"] and made[1]["problems"].startswith("holds no run")
    assert made[0]["evaluated"] and 0 <= made[0]["exact"] <= 1
    listed = {run["dir"]: run for run in hrm.runs(".")}
    assert listed["./tokens"]["step"] == listed["./tokens"]["steps"] and any("regime=" in run["difference"] for run in listed.values())
    raises(hrm.FileError, "nosuch", hrm.report, "nosuch", "report.html")
    raises(hrm.Stopped, "stopped", hrm.report, "search", "report.html", progress=lambda done, total: False)


def callbacks_see_and_stop():
    steps, rounds, ticks = [], [], []
    searching.solve(puzzles[:4], check=True, on_step=steps.append, on_round=rounds.append,
                    progress=lambda done, total: ticks.append((done, total)))
    assert ticks[-1] == (4, 4) and len(steps) == len(rounds) > 3
    assert rounds[0].dropped[0].probability < 0.2 and len(rounds[0].text) == 16
    assert steps[0].probabilities.shape == (16, 6)
    raises(hrm.Stopped, "stopped", plain.solve, puzzles[0], on_step=lambda step: False)
    raises(hrm.Stopped, "stopped", plain.solve, puzzles, batch=1, progress=lambda done, total: done < 2)

    def broken(step):
        raise KeyError("mine")

    raises(KeyError, "mine", plain.solve, puzzles[0], on_step=broken)
    raises(KeyError, "mine", hrm.Trainer("tokens.yaml", "broken", data="train.csv").run, broken)
    solver = plain.solver(threads=1)
    timer = threading.Timer(0.05, solver.cancel)
    timer.start()
    raises(hrm.Stopped, "stopped", solver.solve_all, puzzles[:1], segments=1 << 20)
    timer.join()
    assert len(solver.solve_all(puzzles[:1])) == 1 and solver.solve(puzzles[0]).text == plain.solve(puzzles[0]).text
    raises(TypeError, "takes a list", solver.solve_all, puzzles[0])
    with solver:
        pass
    raises(ValueError, "closed", solver.solve_all, puzzles[:1])


def callbacks_close_what_calls_them():
    """What a call uses stays until it ends, whoever closes it meanwhile."""
    model, some = hrm.load("tokens/model.safetensors"), hrm.Dataset("train.csv")
    assert model.evaluate(some, batch=1, progress=lambda d, t: (model.close(), some.close(), None)[2]).n == 30
    raises(ValueError, "this Model is closed", model.evaluate, "train.csv")
    raises(ValueError, "this Dataset is closed", len, some)
    model = hrm.load("tokens/model.safetensors")
    assert len(model.solve(puzzles, batch=1, progress=lambda done, total: model.close())) == 30
    solver = plain.solver()
    assert len(solver.solve_all(puzzles, batch=1, on_step=lambda step: solver.close())) == 30
    raises(ValueError, "this Solver is closed", solver.solve_all, puzzles)
    assert solver._handle is None
    trainer = hrm.Trainer("tokens.yaml", "closed", data="train.csv")
    trainer.run(lambda event: trainer.close())
    raises(ValueError, "this Trainer is closed", trainer.plan)

    def elsewhere(done, total):
        thread = threading.Thread(target=made.close)
        thread.start()
        thread.join()

    for made in (hrm.Dataset("train.csv", model=plain), plain.solver()):
        if isinstance(made, hrm.Dataset):
            plain.evaluate(made, batch=1, progress=elsewhere)
        else:
            made.solve_all(puzzles, batch=1, progress=elsewhere)
        assert made._handle is None
    model, loop = hrm.load("tokens/model.safetensors"), []
    model.solve(puzzles[0])
    loop.append((model, loop))
    model._loop = loop  # all of it goes at once, in any order
    model = loop = None
    gc.collect()


def callbacks_solve_again():
    wanted, inner = plain.solve(puzzles[5]).text, []
    plain.solve(puzzles[:3], progress=lambda done, total: inner.append(plain.solve(puzzles[5]).text))
    assert inner and set(inner) == {wanted}
    solver = plain.solver(threads=1)
    raises(hrm.ArgumentError, "in a call already", solver.solve_all, puzzles[:3],
           on_step=lambda step: solver.solve_all(puzzles[:1]))  # fmt: skip
    raises(hrm.ArgumentError, "in a call already", solver.solve_all, puzzles[:3],
           on_step=lambda step: solver.trace(puzzles[0]))  # fmt: skip
    assert len(solver.solve_all(puzzles[:1])) == 1


def a_forked_process_solves():
    model = hrm.load("search/model.safetensors", threads=2)  # of which one is the caller's
    wanted = model.solve(puzzles[0]).text
    ended, child = threading.Event(), os.fork()
    if child == 0:
        try:
            code = 0 if model.solve(puzzles[0]).text == wanted else 1
            model.close()
        except BaseException:
            code = 2
        os._exit(code)
    timer = threading.Timer(20, lambda: ended.is_set() or os.kill(child, signal.SIGKILL))
    timer.start()
    status = os.waitpid(child, 0)[1]
    ended.set()
    timer.cancel()
    assert status == 0, status


def handles_are_not_copied():
    for made in (data, plain, plain.solver(), hrm.Trainer("tokens.yaml", "copied", data="train.csv")):
        words = "a %s cannot be copied or pickled" % type(made).__name__
        for copier in (copy.copy, copy.deepcopy, pickle.dumps):
            raises(TypeError, words, copier, made)


def interrupts_arrive():
    script = """
import os, signal, sys, threading
sys.path.insert(0, sys.argv[1])
import hrm
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
model = hrm.load("tokens/model.safetensors")
puzzle = hrm.Dataset("train.csv")[0].question
def interrupted(call, *arguments, **named):
    timer = threading.Timer(0.03, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        call(*arguments, **named)
    except KeyboardInterrupt:
        timer.join()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        return
    sys.exit("it went on")
for _ in range(20):
    interrupted(model.solve, puzzle, segments=1 << 20)
solve = lambda: model.solve(puzzle, segments=1 << 20)
for _ in range(5):
    interrupted(solve)
    interrupted(model.solve, puzzle, segments=1 << 20, progress=lambda d, t: solve())
    interrupted(model.solve, [puzzle] * 4, segments=1 << 20, on_step=[].append)
    interrupted(model.evaluate, "train.csv", segments=1 << 20)
    interrupted(hrm.generate_sudoku, "many.csv", 1 << 20)
def passing():
    while True: hrm.load("tokens/model.safetensors").solve(puzzle)
for _ in range(20):
    interrupted(passing) # while a solver goes, too, and waits for its threads
interrupted(hrm.Trainer("tokens.yaml", "interrupted", data="train.csv", steps=1 << 20).run)
threading.Thread(target=model.solve, args=(puzzle,)).start()
mine = lambda number, frame: None
signal.signal(signal.SIGINT, mine)
model.solve(puzzle)
assert signal.getsignal(signal.SIGINT) is mine
"""
    where = os.path.join(root, "python")
    done = subprocess.run([sys.executable, "-c", script, where], text=True, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done


def tasks_of_any_length():
    with open("texts.csv", "w") as file:
        file.write("question,answer\nabc,cba\nab,ba\nabcdef,fedcba\nb,b\n")
    settings = {"task": "sequence", "steps": 100, "lr": 1e-2, "warmup": 1}
    hrm.Trainer("tokens.yaml", "texts", data="texts.csv", **settings).run()
    model = hrm.load("texts/model.safetensors")
    made = hrm.Dataset("texts.csv", model=model)
    cells = model.info.cells
    answers = model.solve([e.question for e in made])
    assert min(len(a.text) for a in answers) < cells  # padding is left away
    assert [len(a.tokens) for a in answers] == [cells] * 4
    assert len(model.trace("ab").answer.tokens) == cells
    solved = model.solve(made.arrays()[0])
    assert tuple(solved.shape) == (4, cells)


def examples_are_taken_like_a_list():
    every = list(data)
    assert data[1:3] == every[1:3] and data[::-2] == every[::-2] and data[99:] == [] and data[-1] == every[-1]
    raises(IndexError, "example %d of" % len(data), lambda: data[len(data)])
    for wrong in ("a", 1.5):
        raises(TypeError, "integer, several by a slice, not %r" % wrong, lambda: data[wrong])


def nothing_has_an_empty_name():
    for call in (hrm.load, hrm.Dataset, hrm.describe, hrm.runs, plain.evaluate, plain.save, hrm.convert):
        raises(hrm.ArgumentError, "empty", call, "")
    raises(hrm.ArgumentError, "empty", hrm.Trainer, "", "x")
    raises(hrm.ArgumentError, "empty", hrm.Trainer, "tokens.yaml", "", data="train.csv")


def numbers_are_not_cut_short():
    wide, long = 2**32 + 2, 2**64 + 1
    raises(hrm.ArgumentError, "count: 4294967298 is not between", hrm.generate_sudoku, "x.csv", wide, side=4)
    raises(hrm.ArgumentError, "side", hrm.generate_mazes, "x.csv", 1, side=wide)
    raises(hrm.ArgumentError, "did you mean givens", hrm.generate, "sudoku", "x.csv", 1, given=3)
    raises(hrm.ArgumentError, "augment", hrm.build_arc, "x", augment=wide)
    raises(hrm.ArgumentError, "segments", plain.solve, puzzles[0], segments=2**32)
    raises(hrm.ArgumentError, "seed", searching.solve, puzzles[0], seed=-1)
    raises(hrm.ArgumentError, "rounds", searching.trace, puzzles[0], search={"rounds": wide})
    raises(hrm.ArgumentError, "limit: -1 is below 0", plain.evaluate, data, limit=-1)
    raises(hrm.ArgumentError, "segments: -1000000000000 is much too small", plain.trace, puzzles[0], segments=-10**12)
    raises(hrm.ArgumentError, "steps", plain.adapt, "x", steps=-wide)
    raises(hrm.ArgumentError, "threads", plain.solver, wide)
    raises(hrm.ArgumentError, "threads", hrm.load, "tokens/model.safetensors", threads=wide)
    raises(hrm.ArgumentError, "threads", hrm.Trainer, "tokens.yaml", "x", threads=wide, data="train.csv")
    raises(hrm.ArgumentError, "index", data.picture, long, "x.png")
    raises(hrm.ArgumentError, "augmentations", data.export, "x.csv", wide)
    raises(hrm.ArgumentError, "seed", data.export, "x.csv", seed=long)
    raises(TypeError, "segments", plain.solve, puzzles[0], segments=1.5)
    raises(TypeError, "a puzzle is a str, several are a list of them, not int", searching.solve, 5)
    raises(TypeError, "seed: a whole number is expected, not True", searching.solve, puzzles[0], seed=True)
    raises(TypeError, "check: True or False is expected, not 'no'", searching.solve, puzzles[0], check="no")
    raises(TypeError, "search: seconds: a number is expected, not 'long'", searching.solve, puzzles[0], search={"seconds": "long"})
    raises(TypeError, "search: chains: a whole number is expected, not '8'", searching.solve, puzzles[0], search={"chains": "8"})
    raises(TypeError, "search: published: True or False is expected", searching.solve, puzzles[0], search={"published": "yes"})
    raises(TypeError, "search: a dict of options is expected, not 5", searching.solve, puzzles[0], search=5)
    searching.solve(puzzles[0], search={"seconds": 1, "chains": 2}, check=1)
    # two pairs were read as questions and answers
    pairs = [[e.question, e.answer] for e in data[:2]]
    raises(hrm.ArgumentError, "a list of two pairs may be questions and answers, or two puzzles with theirs", hrm.Dataset, pairs)
    assert len(hrm.Dataset(tuple(zip(*pairs)), task="sudoku")) == 2
    assert not os.path.exists("x.csv")


def outputs_are_as_the_command_writes_them():
    for wrong in ("made", "made.txt", "search/model.safetensors", ".csv"):
        raises(hrm.ArgumentError, "%s: the file's name must end in .csv" % wrong, hrm.generate_sudoku, wrong, 1, side=4)
        raises(hrm.ArgumentError, "must end in .csv", hrm.generate_mazes, wrong, 1, side=5)
    hrm.load("search/model.safetensors")  # is what it was
    shutil.copy("train.csv", "mine.csv")
    raises(hrm.ArgumentError, "path: mine.csv would be written over mine.csv; name another file", hrm.generate_sudoku, "mine.csv", 1, side=4,
           avoid="mine.csv")
    os.symlink("mine.csv", "link.csv")
    raises(hrm.ArgumentError, "link.csv would be written over mine.csv", hrm.generate_sudoku, "link.csv", 1, side=4, avoid="mine.csv")
    raises(hrm.ArgumentError, "would be written over", hrm.Dataset("mine.csv").export, "./mine.csv")
    raises(hrm.ArgumentError, "clean: mine.csv would be written over", hrm.check_data, "mine.csv", clean="mine.csv")
    raises(hrm.ArgumentError, "scores: mine.csv would be written over", plain.evaluate, "mine.csv", scores="mine.csv")
    raises(hrm.ArgumentError, "submission: new.json would be written over", plain.adapt, "new.json", submission="new.json")
    raises(hrm.ArgumentError, "out: tokens/model.safetensors would be written over", hrm.convert, "tokens/model.safetensors",
           "tokens/model.safetensors")
    assert open("mine.csv").read() == open("train.csv").read()
    hrm.generate_sudoku("mine.csv", 1, side=4)  # another of its kind is replaced
    assert len(hrm.Dataset("mine.csv")) == 1
    data.export("folder")
    raises(hrm.ArgumentError, "folder: holds dataset.json already; name another folder, or say replace=True", data.export, "folder")
    data.export("folder", replace=True)
    with open("only.json", "w") as file:
        file.write('{"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[1]], "output": [[2]]}]}')
    hrm.build_arc("build", train="only.json")  # one is a list of one
    raises(hrm.ArgumentError, "build: holds train/dataset.json already", hrm.build_arc, "build", train=["only.json"])
    hrm.build_arc("build", train=["only.json"], replace=True)


def recipes_are_dicts_too():
    recipe = {"hidden": 16, "heads": 2, "expansion": 1, "h_layers": 1, "l_layers": 1, "h_cycles": 1, "l_cycles": 1, "batch": 4,
              "steps": 3, "halt_max_steps": 4, "data": "train.csv", "valid": None, "augment": True, "pos": "rope"}
    hrm.Trainer(recipe, "of-a-dict").run()
    with open("of-a-dict/model.safetensors", "rb") as one, open("tokens/model.safetensors", "rb") as other:
        assert one.read() == other.read()
    assert recipe["data"] == "train.csv"
    trainer = hrm.Trainer(dict(recipe, data=hrm.Dataset("train.csv"), class_weights={"2": 1.5, 3: 0.5}), "settled", steps=1, hidden=8)
    assert trainer.plan()["steps"] == 1 and trainer.plan()["recipe"]["hidden"] == 8  # settings come after it
    assert trainer.plan()["recipe"]["class_weights"] == "2:1.5,3:0.5"
    try:
        hrm.Trainer(dict(recipe, hiden=5), "x")
        assert False
    except hrm.Error as error:
        assert str(error).startswith('the recipe: the key "hiden" is not known; did you mean hidden?'), error
        assert error.file is None and error.line is None
    raises(hrm.Error, "the recipe: steps: \"many\" is not a whole number", hrm.Trainer, dict(recipe, steps="many"), "x")
    raises(TypeError, "steps: a text, a number, True or False is expected, not ", hrm.Trainer, dict(recipe, steps=[1]), "x")
    raises(TypeError, "recipe: its keys are texts, not 5", hrm.Trainer, {5: 1}, "x")
    for wrong in (5, [], True, plain):
        raises(TypeError, "recipe: a path, a name or a dict of recipe keys is expected, not ", hrm.Trainer, wrong, "x")
    raises(hrm.ArgumentError, "takes the run's own recipe", hrm.Trainer, recipe, "of-a-dict", resume=True)
    assert not os.path.exists("x")


def wrong_kinds_are_told_in_a_sentence():
    """What ctypes says of them, or Python of an attribute, helps nobody."""
    path = "a path or name is expected, a str or an os.PathLike, not 5"
    for call, named in ((hrm.load, {}), (hrm.describe, {}), (hrm.runs, {}), (plain.save, {}), (hrm.check_data, {}), (hrm.convert, {}),
                        (plain.adapt, {}), (hrm.build_arc, {}), (data.export, {})):
        raises(TypeError, path, call, 5, **named)
    for what, call, *rest in (("isa", hrm.load, "tokens/model.safetensors"), ("task", hrm.Dataset, "train.csv"), ("task", hrm.check_data, "train.csv"),
                              ("against", hrm.check_data, "train.csv"), ("clean", hrm.check_data, "train.csv"), ("avoid", hrm.generate, "sudoku", "x.csv", 1),
                              ("picture", plain.trace, puzzles[0]), ("out", plain.inspect, data), ("submission", plain.evaluate, data),
                              ("scores", plain.evaluate, data), ("out", plain.adapt, "x"), ("dtype", hrm.convert, "x"), ("part", hrm.convert, "x"),
                              ("recipe", hrm.convert, "x"), ("out", hrm.Trainer, "tokens.yaml")):
        raises(TypeError, "%s: %s" % (what, path), call, *rest, **{what: 5})
    raises(TypeError, "family: " + path, hrm.generate, 5, "x.csv", 1)
    for what, call, *rest in (("progress", hrm.generate, "sudoku", "x.csv", 1), ("progress", plain.solve, puzzles[0]), ("on_step", plain.solve, puzzles[0]),
                              ("on_round", searching.solve, puzzles[0]), ("answers", plain.evaluate, data), ("progress", plain.inspect, data)):
        raises(TypeError, what + ": a function is expected, not 5", call, *rest, **{what: 5})
    for wrong in (5, None, [1, 2], {}):
        raises(TypeError, "data is a path, a Dataset, or a pair (questions, answers)", plain.evaluate, wrong)
    raises(TypeError, "model: a Model is expected, as hrm.load gives one, not 'search'", hrm.Dataset, "train.csv", model="search")
    raises(TypeError, "model: a Model is expected", hrm.Solver, "search")
    raises(TypeError, "flops: a number is expected, not 'x'", hrm.load, "tokens/model.safetensors", flops="x")
    raises(TypeError, "density: a pair of shares is expected", hrm.generate_mazes, "x.csv", 1, density=5)
    raises(TypeError, "title: a str is expected, not 5", plain.inspect, data, title=5)
    raises(TypeError, "folders: a list of paths or names is expected, not 5", hrm.report, 5, "x.html")
    raises(TypeError, "tokens are integers in bytes, a list or an array, not None", plain.text, None)
    raises(TypeError, "several are a list of them, not int", plain.states, 5)
    raises(TypeError, "numbers beside cells are numbers, not NoneType", hrm.Dataset, (["1"], ["1"], [[None]]))
    assert not os.path.exists("x.csv")


def tokens_are_whole_numbers():
    tokens, text = [2] + 15 * [1], "1" + 15 * "."
    for kind in "bBhHiIlLqQ":
        assert searching.text(array.array(kind, tokens)) == text, kind
    for beyond in (200, searching.info.vocab):  # which no cell holds: not an open one
        raises(hrm.TaskError, "row 1, column 2: token %d is not from" % beyond, searching.text, [1, beyond] + 14 * [1])
    assert searching.text(tokens) == searching.text(bytearray(tokens)) == searching.text(tuple(tokens)) == text
    raises(hrm.ArgumentError, "0 to 255", searching.text, [300] + 15 * [1])
    raises(hrm.ArgumentError, "0 to 255", searching.text, array.array("i", [-1] + 15 * [1]))
    raises(TypeError, "integer", searching.text, [2.5] + 15 * [1])
    raises(TypeError, "'d'", searching.text, array.array("d", tokens))
    raises(TypeError, "integer", searching.text, text)
    raises(hrm.TaskError, "16", searching.text, tokens[1:])
    wide = memoryview(array.array("q", tokens + tokens)).cast("B").cast("q", (2, 16))
    assert tuple(searching.solve(wide).shape) == (2, 16)
    raises(hrm.TaskError, "from 1 to 5", searching.solve, memoryview(bytes([200] + 15 * [1])))
    raises(hrm.ArgumentError, "0 to 255", searching.solve, memoryview(array.array("q", [256] + 15 * [1])))
    raises(TypeError, "'d'", searching.solve, memoryview(array.array("d", tokens)))
    if hrm.numpy:
        import numpy

        for dtype in ("i8", ">i4", "u2", "i1"):
            assert searching.text(numpy.array(tokens, dtype)) == text
            assert searching.solve(numpy.array([tokens, tokens], dtype)[::-1]).shape == (2, 16)
        for wrong in (numpy.array(tokens, "f8"), numpy.full(16, numpy.nan), numpy.ones(16, "?")):
            raises(TypeError, "tokens", searching.solve, wrong)
            raises(TypeError, "tokens", searching.text, wrong)
        assert searching.solve(numpy.zeros((0, 16), "i8")).shape == (0, 16)


def names_are_any_bytes():
    raises(OSError, "n\u00f6wh\u00e9re", hrm.load, "n\u00f6wh\u00e9re.safetensors")
    raises(OSError, "n\udcffx", hrm.load, os.fsdecode(b"n\xffx.safetensors"))
    name = os.fsdecode(b"tr\xffin.csv")
    data.export(name)
    assert len(hrm.Dataset(name)) == 30
    raises(hrm.ArgumentError, "not UTF-8", hrm.Trainer, "tokens.yaml", "x", data=name)
    for call in (hrm.load, hrm.Dataset, hrm.describe, data.export, plain.save):
        raises(ValueError, "null byte", call, "train.csv\0.csv")
    raises(ValueError, "null byte", hrm.Dataset, "train.csv", "sudoku\0x")
    raises(ValueError, "null byte", hrm.Trainer, "tokens.yaml", "x", data="train.csv\0x")
    raises(ValueError, "null byte", hrm.generate_sudoku, "x.csv\0", 1, side=4)
    assert hrm._shipped("") == ""
    raises(hrm.Error, "", hrm.load, "")


def false_stops_and_nothing_else():
    for goes_on in (None, 0, "", [], True):
        assert plain.solve(puzzles[0], on_step=lambda step: goes_on).text
    stops = [False]
    if hrm.numpy:
        stops.append(hrm.numpy.bool_(False))
        assert plain.solve(puzzles[0], on_step=lambda step: hrm.numpy.bool_(True)).text
    for stop in stops:
        raises(hrm.Stopped, "stopped", plain.solve, puzzles[0], on_step=lambda step: stop)


def failures_are_exceptions():
    error = raises(hrm.TaskError, "puzzle 1", searching.solve, "1")
    assert (error.puzzle, error.cell, error.file, error.offset) == (1, None, None, None)
    error = raises(hrm.TaskError, "column 3", searching.solve, "1.@" + 13 * ".")
    assert (error.puzzle, error.cell) == (1, 3)
    assert isinstance(error, hrm.Error) and isinstance(error, ValueError) and error.status == -6
    raises(hrm.TaskError, "beyond one byte", searching.solve, "\u4e00" * 16)
    raises(hrm.TaskError, "shape (1,) is not of puzzles of 16", searching.solve, [1])
    raises(TypeError, "integer", searching.solve, [1.5])
    raises(OSError, "nowhere", hrm.load, "nowhere.safetensors")
    raises(hrm.FormatError, "train.csv", hrm.load, "train.csv")
    raises(hrm.ArgumentError, "misspelt", hrm.Trainer, "tokens.yaml", "x", data="train.csv", misspelt=1)
    raises(hrm.UnsupportedError, "answers at once", plain.solve, puzzles[0], check=True)
    raises(IndexError, "30", data.__getitem__, 30)
    with hrm.load("tokens/model.safetensors") as model:
        model.solve(puzzles[0])
    raises(ValueError, "closed", model.solve, puzzles[0])


def data_is_a_sequence():
    assert len(data) == 30 and data[-1] == list(data)[29] and data[0].rating is not None
    assert data.describe()["examples"] == 30
    data.export("copy.csv")
    with hrm.Dataset("copy.csv", task="sudoku") as copy:
        assert [e.answer for e in copy] == [e.answer for e in data]


def mazes_are_judged_by_their_rules():
    hrm.generate_mazes("mazes.csv", 12, side=5, seed=3, min_moves=6, density=(0.2, 0.3))
    mazes = hrm.Dataset("mazes.csv")
    assert len(mazes) == 12 and mazes[0].question.count("S") == 1 and mazes[0].rating >= 6
    mazes.picture(0, "maze.png")
    with open("maze.png", "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    raises(hrm.ArgumentError, "12", mazes.picture, 12, "maze.png")
    hrm.Trainer("tokens.yaml", "mazes", data="mazes.csv").run()
    report = hrm.load("mazes/model.safetensors").evaluate(mazes)
    assert report.exact <= report.valid <= 1 and report.valid_ci95[1] >= report.valid
    assert report.tasks == 0 and report.passes == {}


def arc_tasks_are_voted_on():
    pair = '{"input": [[1, 2]], "output": [[2, 1]]}'
    with open("seen.json", "w") as file:
        file.write('{"train": [%s, %s], "test": [%s]}' % (pair, pair.replace("1", "3"), pair.replace("2", "4")))
    with open("new.json", "w") as file:
        file.write('{"train": [%s, %s], "test": [%s]}' % (pair, pair.replace("1", "5"), pair.replace("2", "6")))
    built = hrm.build_arc("arc", train=["seen.json"], score=["new.json"], augment=2, seed=1)
    assert built["tasks"] == 2 and built["scored"] == 1
    made = hrm.Dataset("arc/train")
    assert made[0].question.count("|") and len(made[0].question) == 900
    raises(hrm.UnsupportedError, "export it", made.arrays)
    hrm.Trainer("tokens.yaml", "arc-run", data="arc/train", puzzle_emb_ndim=16).run()
    model = hrm.load("arc-run/model.safetensors")
    report = model.evaluate("arc/test", votes=2, submission="attempts.json")
    assert report.tasks == 1 and set(report.passes) == {1, 2, 5, 10, 100, 1000}
    assert os.path.exists("attempts.json")
    steps = []
    fitted = model.adapt("new.json", steps=2, batch=2, progress=lambda done, total: steps.append((done, total)))
    assert (1, 2) in steps and steps[-1] == (2, 2) and fitted["steps"] == 2 and len(fitted["tasks"]) == 1
    task = fitted["tasks"][0]
    guess = task["tests"][0][0]
    assert task["task"] == "new" and 0 <= task["pass@1"] <= task["pass@2"] <= 1 and len(task["tests"][0]) <= 2
    assert 1 <= guess["votes"] <= fitted["copies"] and 0 <= guess["confidence"] <= 1 and guess["drawing"]
    assert all(0 <= colour <= 9 for row in guess["grid"] for colour in row) and fitted["larger"] == []
    raises(hrm.Stopped, "step 1 of 2", model.adapt, "new.json", steps=2, batch=2, progress=lambda done, total: done < 1)
    raises(hrm.Stopped, "step 0 of 1", model.adapt, "new.json", steps=1, batch=512, progress=lambda done, total: done > 0)
    raises(hrm.UnsupportedError, "not for ARC", plain.adapt, "new.json")


def arc_tasks_are_generated():
    seen = []
    hrm.generate_arc("made.json", 12, side=10, seed=5, families=["gravity", "rays"],
                     progress=lambda done, total: seen.append((done, total)))  # fmt: skip
    assert seen[-1] == (12, 12)
    built = hrm.build_arc("made", train=["made.json"], side=10)
    assert built["tasks"] == 12 and built["larger"] == {"trained": 0, "scored": 0}
    raises(hrm.ArgumentError, "did you mean rays", hrm.generate_arc, "x.json", 1, families=["ray"])


def arc_tasks_on_a_smaller_canvas():
    wide = '{"input": [[1, 2, 3, 4, 5]], "output": [[1]]}'
    with open("wide.json", "w") as file:
        file.write('{"train": [%s], "test": [%s]}' % (wide, wide))
    built = hrm.build_arc("four", train=["seen.json"], score=["new.json", "wide.json"], side=4)
    assert built["side"] == 4 and built["larger"] == {"trained": 0, "scored": 1} and built["tasks"] == 2
    assert len(hrm.Dataset("four/train")[0].question) == 16
    raises(hrm.ArgumentError, "between 1 and 30", hrm.build_arc, "x", train=["seen.json"], side=31)
    hrm.Trainer("tokens.yaml", "four-run", data="four/train", puzzle_emb_ndim=16).run()
    model = hrm.load("four-run/model.safetensors")
    report = model.evaluate("four/test")
    assert (report.tasks, report.larger, report.all_tasks) == (1, 1, 2)
    assert report.all_passes[1] == report.passes[1] / 2
    raises(hrm.TaskError, "1 x 5 cells", model.adapt, "wide.json")


def training_is_stepped():
    settings = {"data": "train.csv", "valid": "train.csv", "steps": 5}
    events = []
    hrm.Trainer("search.yaml", "whole", **settings).run(events.append)
    assert [e.kind for e in events] == ["step"] * 5 + ["eval", "saved"]
    assert events[5].report.n == 30 and events[6].path == "whole/model.safetensors"
    trainer = hrm.Trainer("search.yaml", "pieces", **settings)
    assert trainer.plan()["steps"] == 5
    losses = [event.loss for event in trainer]
    assert losses == [e.loss for e in events[:5]] and trainer.evaluate().n == 30
    assert trainer.model().solve(puzzles[0], segments=2).text
    trainer.save()
    trainer.close()
    with open("whole/model.safetensors", "rb") as a, open("pieces/model.safetensors", "rb") as b:
        assert a.read() == b.read()
    with hrm.Trainer("search.yaml", "timed", **settings) as timed:
        assert 0 < timed.measure() < 60 and not os.path.exists("timed")
        raises(hrm.ArgumentError, "measured", timed.step)
    with hrm.Trainer("search.yaml", "cut", **settings) as cut:
        raises(hrm.Stopped, "after step 1", cut.run, lambda event: False)
    resumed = hrm.Trainer(None, "cut", resume=True)
    assert [e.step for e in resumed] == [2, 3, 4, 5]
    resumed.save()
    with open("whole/model.safetensors", "rb") as a, open("cut/model.safetensors", "rb") as b:
        assert a.read() == b.read()
    hrm.load("cut/model.safetensors").save("saved.safetensors")
    report = hrm.load("saved.safetensors").evaluate("train.csv", limit=10)
    assert report.n == 10 and 0 <= report.ci95[0] <= report.ci95[1] <= 1 and report.bands


def what_is_not_known_stays_so():
    # given back as data, labels that nobody knows became labels of 0: scored as wrong, and trained on
    questions, answers = [e.question for e in data][:6], [e.answer for e in data][:6]
    answers[0], answers[1], answers[2] = "", questions[1], answers[2][:8] + "." * 8
    with open("partly.csv", "w") as file:
        file.write("question,answer\n" + "".join("%s,%s\n" % pair for pair in zip(questions, answers)))
    held = hrm.Dataset("partly.csv", model=plain)
    report = plain.evaluate(held)
    assert (report.n, report.unscored, report.partly) == (4, 2, 1)
    pair = held.arrays()
    assert pair.unknown == 0 and held.describe()["unknown"] == 0 and len(pair) == 2
    for again in (pair, hrm.Dataset(pair), hrm.Dataset((pair[0], pair[1]), unknown=0)):
        other = plain.evaluate(again)
        assert (other.n, other.exact, other.cells) == (report.n, report.exact, report.cells)
    hrm.Dataset(pair, model=plain).export("partly-again.csv")
    back = hrm.Dataset("partly-again.csv", model=plain)
    assert [e.answer for e in back] == [e.answer for e in held]
    # parts of the arrays do not say it; 0 may be a value of their own
    raises(hrm.ArgumentError, "unknown=0", hrm.Dataset, (pair[0][:3], pair[1][:3]))
    assert plain.evaluate(hrm.Dataset((pair[0], pair[1]), model=plain, unknown=None)).n == 6
    raises(hrm.ArgumentError, "unknown is of tokens", hrm.Dataset, (questions, answers), unknown=0)
    for wrong in (-100, -2, 256, 1 << 40):
        raises(hrm.ArgumentError, "unknown: ", hrm.Dataset, pair, unknown=wrong)
    raises(TypeError, "unknown: a whole number", hrm.Dataset, pair, unknown="x")
    for told in (dict(unknown=0), dict(unknown=None), dict(symbols=".1234")):
        raises(hrm.ArgumentError, "a file says that itself", hrm.Dataset, "train.csv", **told)
    raises(hrm.ArgumentError, "has its symbols", hrm.Dataset, (questions, questions), symbols=".1234")
    raises(hrm.ArgumentError, "exclude each other", hrm.Dataset, pair, task="grid", model=plain)
    if hrm.numpy:  # of which a buffer holds what is masked, too
        masked = hrm.numpy.ma.masked_equal(pair[1], 0)
        raises(hrm.ArgumentError, "unknown=0", hrm.Dataset, (pair[0], masked), model=plain)
        raises(hrm.ArgumentError, "unknown=0", hrm.Dataset, (list(pair[0]), list(masked)), model=plain)
        raises(hrm.ArgumentError, "filled", plain.text, masked[0])
        filled = hrm.Dataset((hrm.numpy.ma.masked_equal(pair[0], 99), masked.filled(0)), model=plain, unknown=0)
        assert plain.evaluate(filled).n == 4
    # a run of them learns what the file's does
    with open("questions.csv", "w") as file:
        file.write("question\n" + "".join(q + "\n" for q in questions))
    bare = hrm.Dataset("questions.csv", model=plain).arrays()
    report = plain.evaluate(hrm.Dataset(bare, model=plain))
    assert (report.n, report.unscored) == (0, 6)
    for name, given in (("partly-file", "partly.csv"), ("partly-arrays", pair)):
        with hrm.Trainer("tokens.yaml", name, data=given, valid=given, eval_every=2, steps=4) as trainer:
            trainer.run()
    with open("partly-file/model.safetensors", "rb") as a, open("partly-arrays/model.safetensors", "rb") as b:
        assert a.read()[-2000:] == b.read()[-2000:]


def numbers_stand_beside_cells():
    # what a sensor says would otherwise be lost on the way, or belong to another cell
    with open("beside.yaml", "w") as file:
        file.write('shape: 2 x 2\nalphabet: "01"\nblank: "."\nnumbers: 2\n')
    numbers = [[[i + c / 8, -c] for c in range(4)] for i in range(12)]
    texts = ["...."] * 12, ["0110", "1001"] * 6
    written = hrm.Dataset(texts + (numbers,), task="beside.yaml")
    assert written.numbers().tolist() == numbers and written[1].question == "....: 1 0 1.125 -1 1.25 -2 1.375 -3"
    questions, answers = written.arrays()
    flat = array.array("f", [x for row in numbers for cell in row for x in cell])
    for given in (numbers, written.numbers(), flat):
        made = hrm.Dataset((questions, answers, given), task="beside.yaml", unknown=0)
        assert made.numbers().tolist() == numbers and made[3] == written[3]
    assert data.numbers() is None
    hrm.Trainer("tokens.yaml", "beside", data=(questions, answers, numbers), task="beside.yaml").run()
    model = hrm.load("beside/model.safetensors")
    assert model.numbers == 2 and plain.numbers == 0
    told = model.solve([e.question for e in written])
    assert [a.text for a in told] == [a.text for a in model.solve(texts[0], numbers=numbers)]
    rows = model.solve(questions, numbers=written.numbers()).tolist()
    assert [model.text(row) for row in rows] == [a.text for a in told]
    assert model.solve("....", numbers=numbers[5]).text == told[5].text
    assert model.evaluate(written).n == 12 and model.states(written[0].question).numbers
    raises(hrm.TaskError, "comes without numbers", model.solve, "....")
    raises(hrm.TaskError, "4 numbers; this task has 8", model.solve, "....", numbers=[1, 2, 3, 4])
    raises(hrm.ArgumentError, "are not those of 12 puzzles", model.solve, texts[0], numbers=numbers[:5])
    raises(hrm.ArgumentError, "has none beside its cells", plain.solve, puzzles[0], numbers=[1])
    raises(TypeError, "not str", model.solve, "....", numbers=["1"] * 8)
    for wrong in (float("nan"), float("inf"), 2e6):
        bad = [numbers[0][:3] + [[0, wrong]]] + numbers[1:]
        raises(hrm.Error, "number", hrm.Dataset, texts + (bad,), task="beside.yaml")
        raises(hrm.Error, "number", hrm.Dataset, (questions, answers, bad), task="beside.yaml", unknown=0)
    raises(hrm.TaskError, "no column numbers", hrm.Dataset, texts, task="beside.yaml")


def arrays_are_data():
    questions, answers = data.arrays()
    pairs = lambda d: [(e.question, e.answer) for e in d]
    nested = [q.question for q in data], [q.answer for q in data]
    for given in ((questions, answers), (questions.tolist(), answers.tolist()), nested):
        made = hrm.Dataset(given, model=searching)
        assert len(made) == 30 and pairs(made) == pairs(data)
    told = hrm.Dataset((questions, answers))
    assert told.describe()["task"] == "sudoku" and pairs(told) == pairs(data)
    digits = [[[int(c) if c.isdigit() else 0 for c in text] for text in part] for part in nested]
    raises(hrm.ArgumentError, 'symbols=".1234"', hrm.Dataset, digits)
    written = hrm.Dataset(digits, symbols=".1234")
    assert pairs(written) == pairs(data) and written.describe()["task"] == "sudoku"
    square = [[[row[4 * r : 4 * r + 4] for r in range(4)] for row in part] for part in digits]
    assert pairs(hrm.Dataset(square, symbols=".1234")) == pairs(data)
    raises(hrm.ArgumentError, "beyond the 2 symbols", hrm.Dataset, digits, symbols=".1")
    raises(hrm.ArgumentError, "as many", hrm.Dataset, (digits[0], digits[1][:4]), symbols=".1234")
    raises(hrm.ArgumentError, "different lengths", hrm.Dataset, ([[1, 2], [1]], [[1, 2], [1]]))
    raises(TypeError, "integer", hrm.Dataset, ([[1.5, 2]], [[1, 2]]))
    raises(hrm.Error, "the arrays: has 2 cells", plain.evaluate, ([[1, 2]], [[1, 2]]))
    assert plain.evaluate((questions, answers)).n == 30
    assert plain.solve(questions.tolist()[:2]) == plain.solve(questions[:2]).tolist()
    # the run is that of the file, bit for bit, and resumes from its folder
    for i, given in enumerate((written, (questions, answers), nested)):
        with hrm.Trainer("tokens.yaml", "given%d" % i, data=given, valid=given, eval_every=2) as trainer:
            trainer.run()
            assert trainer.model().solve(puzzles[0]).tokens == plain.solve(puzzles[0]).tokens
        hrm.Trainer(None, "given%d" % i, resume=True).close()
        assert raises(hrm.ArgumentError, "there already", hrm.Trainer, "tokens.yaml", "given%d" % i, data=given)
    raises(hrm.ArgumentError, "hiden", hrm.Trainer, "tokens.yaml", "given9", data=nested, hiden=3)
    assert not os.path.exists("given9")  # an empty folder looks like a run
    raises(hrm.ArgumentError, "hiden", hrm.Trainer, "tokens.yaml", "deep/er/run", data=nested, valid=nested, hiden=3)
    assert not os.path.exists("deep")
    os.mkdir("mine")
    raises(hrm.ArgumentError, "hiden", hrm.Trainer, "tokens.yaml", "mine", data=nested, hiden=3)
    raises(hrm.ArgumentError, "own recipe", hrm.Trainer, "tokens.yaml", "given0", resume=True)
    assert os.listdir("mine") == []


def attributes_that_do_nothing_are_refused():
    for thing, name in ((plain, "temperature"), (data, "task"), (plain.solver(), "threads"), (plain, "info")):
        raises(AttributeError, name, setattr, thing, name, 2)
    with hrm.Trainer("tokens.yaml", "attributes", data="train.csv") as trainer:
        raises(AttributeError, "lr", setattr, trainer, "lr", 0.1)
    raises(AttributeError, "", setattr, data[0], "rating", 1)


def bare_names_are_of_what_came_along():
    assert hrm.load("sudoku").info.task == "sudoku" and hrm.load("maze.safetensors").info.task == "maze"
    with hrm.Trainer("demo-sudoku-6x6", "bare") as trainer:
        assert trainer.plan()["examples"] > 0 and "sudoku-6x6-train.csv" in trainer.plan()["recipe"]["data"]
    raises(hrm.FileError, "no-such", hrm.load, "no-such")
    with hrm.Trainer("sudoku-quick", "bare", init="sudoku-fields", data="sudoku-9x9-test", valid="sudoku-9x9-train.csv",
                     eval_every=1) as trainer:  # fmt: skip
        recipe = trainer.plan()["recipe"]
        assert [os.path.basename(recipe[key]) for key in ("init", "data", "valid")] == [
            "sudoku-fields.safetensors", "sudoku-9x9-test.csv", "sudoku-9x9-train.csv"]
    raises(hrm.FileError, "init: no-such", hrm.Trainer, "sudoku-quick", "bare", init="no-such")
    with open("named.yaml", "w") as file:
        file.write("data: sudoku-9x9-test\nhidden: 16\nheads: 2\nsteps: 1\n")
    with hrm.Trainer("named.yaml", "bare") as trainer:
        assert trainer.plan()["recipe"]["data"].endswith("data/sudoku-9x9-test.csv")


def in_threads(work, count=8):
    faults = []

    def run(i):
        try:
            work(i)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults


def threads_share_a_model():
    wanted = [a.text for a in searching.solve(puzzles, check=True)]

    def solve(_):
        assert [a.text for a in searching.solve(puzzles, check=True)] == wanted

    in_threads(solve)


def threads_share_data_and_trainers():
    data = hrm.Dataset("train.csv")
    wanted = [(e.question, e.answer) for e in data]

    def read(i):  # one text of the library's serves all
        for _ in range(20):
            assert [(e.question, e.answer) for e in data] == wanted

    in_threads(read)
    steps, refused = [], []
    trainer = hrm.Trainer("search.yaml", "stepped", data="train.csv", steps=40, valid="", eval_every=0)

    def step(_):
        for _ in range(5):
            try:
                steps.append(trainer.step().step)
            except hrm.ArgumentError as error:
                refused.append(str(error))

    in_threads(step)
    assert sorted(steps) == list(range(1, len(steps) + 1)) and len(steps) + len(refused) == 40
    assert all("in a call already: wait" in words for words in refused), refused
    raises(hrm.ArgumentError, "in a call already", trainer.run, lambda event: trainer.step())


tests = [structures_are_the_headers, three_lines_solve, searches_are_bounded, answers_of_an_evaluation_are_told, hopeless_puzzles_come_back, models_say_what_they_are, weights_go_elsewhere_and_back, arrays_come_and_go,
         traces_are_arrays, states_are_arrays, models_are_looked_into, runs_are_reported, callbacks_see_and_stop, callbacks_close_what_calls_them, callbacks_solve_again,
         a_forked_process_solves, handles_are_not_copied, interrupts_arrive, tasks_of_any_length,
         examples_are_taken_like_a_list, nothing_has_an_empty_name,
         numbers_are_not_cut_short, outputs_are_as_the_command_writes_them, recipes_are_dicts_too, wrong_kinds_are_told_in_a_sentence, tokens_are_whole_numbers, names_are_any_bytes,
         false_stops_and_nothing_else, failures_are_exceptions, data_is_a_sequence,
         mazes_are_judged_by_their_rules, arc_tasks_are_voted_on, arc_tasks_are_generated, arc_tasks_on_a_smaller_canvas,
         training_is_stepped, what_is_not_known_stays_so, numbers_stand_beside_cells, arrays_are_data, attributes_that_do_nothing_are_refused, bare_names_are_of_what_came_along, threads_share_a_model,
         threads_share_data_and_trainers]
bad = 0
for number, test in enumerate(tests, 1):
    kind = "NumPy" if hrm.numpy else "no NumPy"
    try:
        test()
        print("ok %d - python (%s): %s" % (number, kind, test.__name__.replace("_", " ")))
    except BaseException:
        bad = 1
        print("not ok %d - python (%s): %s" % (number, kind, test.__name__.replace("_", " ")))
        print("# " + traceback.format_exc().replace("\n", "\n# "))
print("1..%d" % len(tests))
sys.exit(bad)
