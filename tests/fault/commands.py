"""What the scripts beside this one have in common: commands of hrm, the files that they read, what they leave.

usage: SCRIPT HRM TOOL FOLDER [NAME...]      FAULT=long: everything; else what a fixed seed draws
"""

import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

HRM, TOOL, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
LONG = os.environ.get("FAULT") == "long"
HERE, BASE = FOLDER / "here", FOLDER / "base"

NET = "hidden: 16\nheads: 2\nexpansion: 1\nl_layers: 1\nh_cycles: 1\nl_cycles: 1\nbatch: 4\nsteps: 4\nthreads: 1\n"
DATA = "data: train.csv\nvalid: train.csv\neval_every: 2\neval_limit: 3\nsave_every: 1\nlog_every: 1\n"
RECIPES = {
    "small": NET + DATA + "h_layers: 1\nhalt_max_steps: 2\nema: 0.9\nseed: 7\n",
    "lattice": NET + DATA + "arch: loop\npos: grid\nmix: token_mlp\nnorm: pre\nact: relu\npuzzle_emb_ndim: 0\n"
    "halt_max_steps: 50\nregime: lattice\nloss: softmax\noptimizer: adamw\n",
    "arc": NET + "arch: trm\nhalt_max_steps: 1\n",
}
PAIR = '{"input": [[%s]], "output": [[%s]]}'
TASKS = {"t1": ("1, 2, 3", "1"), "t2": ("4, 5], [6, 7", "2"), "t3": ("8], [9], [1", "3")}
BRIEF = "steps=2 save_every=0 eval_every=2 --quiet --out new"

# name: what is run in a folder of its own, beside the base folder; what it leaves there
COMMANDS = {
    "version": ("--version --json", []),
    "keys": ("train --keys --json", []),
    "completion": ("completion bash", []),
    "manual": ("manual train", []),
    "info": ("info ../base/run/model.safetensors", []),
    "info-json": ("info ../base/run/model.safetensors --json", []),
    "info-run": ("info ../base/run", []),
    "info-data": ("info ../base/train.csv --json", []),
    "solve": ("solve ../base/run/model.safetensors 12.............. --threads 2 --quiet", []),
    "solve-json": ("solve ../base/lattice/model.safetensors ../base/puzzles.txt --threads 1 --rounds 6 --json", []),
    "explain": ("solve ../base/lattice/model.safetensors 1234341221434321 --threads 1 --rounds 4 --explain", []),
    "eval": ("eval ../base/run/model.safetensors ../base/train.csv --limit 2 --json --threads 1", []),
    "plan": ("train ../base/small.yaml data=../base/train.csv valid=../base/train.csv --plan --json --out new", []),
    "train": (f"train ../base/small.yaml data=../base/train.csv valid=../base/train.csv {BRIEF}", ["new"]),
    "train-lattice": (f"train ../base/lattice.yaml data=../base/train.csv valid=../base/train.csv {BRIEF}", ["new"]),
    "resume": ("train --resume run data=../base/train.csv valid=../base/train.csv steps=5 --quiet", ["run"]),
    "convert": ("convert ../base/run/model.safetensors out.safetensors --json", ["out.safetensors"]),
    "convert-pt": ("convert ../base/run/model.safetensors o.pt --json", ["o.pt", "all_config.yaml"]),
    "convert-npz": ("convert ../base/run/model.safetensors out.npz --raw --json", ["out.npz"]),
    "from-pt": ("convert ../base/pt/o.pt out.safetensors --json", ["out.safetensors"]),
    "show": ("data show ../base/train.csv 3 --json --picture p.png", ["p.png"]),
    "show-svg": ("data show ../base/train.csv 3 --picture p.svg", ["p.svg"]),
    "export": ("data export ../base/tiny.csv out --replace", ["out"]),
    "import": ("data import ../base/exported out.csv", ["out.csv"]),
    "check": ("data check ../base/train.csv --json", []),
    "sudoku": ("data sudoku o.csv --side 4 --count 3 --quiet --threads 1", ["o.csv"]),
    "maze": ("data maze o.csv --size 5 --count 3 --quiet --threads 1", ["o.csv"]),
    "arc": ("data arc out ../base/one --score ../base/one --augment 2 --side 3 --json --threads 1 --replace", ["out"]),
    "arc-like": ("data arc-like o.json --count 3 --side 10 --quiet", ["o.json"]),
    "eval-arc": ("eval ../base/arcrun/model.safetensors ../base/arc/test --json --threads 1 --scores s.csv --contaminated "
                 "--submission s.json", ["s.csv", "s.json"]),
    "adapt": ("adapt ../base/arcrun/model.safetensors ../base/one/t1.json --augment 2 --steps 2 --json --threads 1 "
              "--submission s.json", ["s.json"]),
}


def hrm(words, folder=BASE, **more):
    return subprocess.run([HRM, *words.split()], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, **more)


def made():
    """The files that the commands read, made by hrm itself; kept where they are there."""
    if BASE.exists():
        return
    for folder in (BASE / "one", BASE / "pt"):
        folder.mkdir(parents=True)
    for name, text in RECIPES.items():
        (BASE / f"{name}.yaml").write_text(text)
    for name, (first, second) in TASKS.items():
        train = [PAIR % (first, first), PAIR % ("3, " + second, "3, " + second)]
        test = PAIR % (second + ", 9], [8, 0", second + ", 9], [8, 0")
        (BASE / "one" / f"{name}.json").write_text('{"train": [%s], "test": [%s]}' % (", ".join(train), test))
    for words in ("data sudoku train.csv --side 4 --count 30 --seed 1", "train small.yaml --out run",
                  "train lattice.yaml --out lattice", "data arc arc one --score one --augment 2 --seed 1 --side 3",
                  "train arc.yaml data=arc/train --out arcrun", "convert run/model.safetensors pt/o.pt"):
        done = hrm(words + " --quiet")
        if done.returncode:
            sys.exit(f"hrm {words}: {done.stderr.decode()}")
    lines = (BASE / "train.csv").read_text().splitlines(True)
    (BASE / "tiny.csv").write_text("".join(lines[:8]))
    (BASE / "puzzles.txt").write_text("".join(line.split(",")[1] + "\n" for line in lines[1:4]))
    hrm("data export tiny.csv exported")


def fresh(outputs):
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    for name in outputs:
        if (BASE / name).is_dir():
            shutil.copytree(BASE / name, HERE / name)
        elif "." in name and not name.endswith(".yaml"):
            (HERE / name).write_bytes(b"old")


def timeless(data):
    return re.sub(rb'\\?"(seconds\w*|latency\w*)\\?": ?[0-9.e+-]+|peak memory [^)]*', b"", data)


def header_of(data):
    """The header of a safetensors file, or None where it is not one."""
    try:
        size = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + size])
        end = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
        return header if 8 + size + end == len(data) else None
    except (ValueError, KeyError, struct.error, UnicodeDecodeError):
        return None


def settled(path):
    """A file's bytes but for times, and for checksums of what holds them."""
    data = path.read_bytes()
    header = header_of(data)
    if path.name == "sessions.jsonl":
        return b""
    if header is None:
        return timeless(data)
    meta = header.get("__metadata__", {})
    meta.pop("xxh64_header", None)
    progress = json.loads(meta.pop("progress", "{}"))
    for key in ("seconds", "metrics"):
        progress.pop(key, None)
    return json.dumps([header, progress]).encode() + data[8 + struct.unpack("<Q", data[:8])[0]:]


def left(outputs):
    """What a command left: each file's bytes as above, by name."""
    files = {}
    for name in outputs:
        paths = [HERE / name] if (HERE / name).is_file() else sorted((HERE / name).rglob("*"))
        files.update((str(path.relative_to(HERE)), settled(path)) for path in paths if path.is_file())
    return files


def report(number, name, wrong, tries):
    """A line of TAP, and one for each thing that went wrong: {what: [where, ...]}."""
    print("not ok" if wrong else "ok", number, f"- {name} ({tries} tried)", flush=True)
    for what, at in wrong.items():
        print(f"# {what}: {len(at)} times, at {', '.join(map(str, at[:6]))}", flush=True)
