"""Small files that claim much, as TAP: no command takes more than 20 times the size of its file and 64 MB, where
what the file says is not true; where it is, the command says how much it takes.

usage: bounds.py HRM - FOLDER
"""

import json
import os
import struct
import subprocess
import sys

from commands import BASE, HRM, made


def parts(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + size]), data[8 + size:]


def write(path, header, data):
    header["__metadata__"] = {key: value for key, value in header["__metadata__"].items() if "xxh64" not in key}
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def claiming(layers, hidden):
    """A model whose bytes are all one tensor's, which its spec does not have; it asks for a thousand times as much."""
    header, _ = parts(BASE / "run/model.safetensors")
    meta, names = header["__metadata__"], [name for name in header if name != "__metadata__"]
    meta["spec"] = json.dumps(dict(json.loads(meta["spec"]), l_layers=layers, hidden=hidden, heads=1))
    size, count = 8 * hidden * hidden, len(names) + 4 * (layers - 1)
    names += [f"x{i}" for i in range(count - len(names))]
    tensors = {name: {"dtype": "U8", "shape": [0 if i else size], "data_offsets": [size if i else 0, size]}
               for i, name in enumerate(names)}
    write(BASE / "claiming.safetensors", {"__metadata__": meta, **tensors}, bytes(size))


def wide(side):
    """A model that does see side x side cells at once, and a puzzle for it."""
    header, data = parts(BASE / "run/model.safetensors")
    spec = json.loads(header["__metadata__"]["spec"])
    header["__metadata__"]["spec"] = json.dumps(dict(spec, seq=side * side))
    header["__metadata__"]["task"] = json.dumps({"task": "grid", "rows": side, "cols": side, "alphabet": ".1234"})
    write(BASE / "wide.safetensors", header, data)
    (BASE / "wide.txt").write_text("." * (side * side) + "\n")


def taken(words):
    """The most memory that a command held, in MB, its exit code, and what it said."""
    run = subprocess.Popen([HRM, *words.split()], cwd=BASE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = run.stderr.read().decode()
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1000, run.returncode, said


def main():
    made()
    claiming(200, 512)
    wide(72)
    (BASE / "wide.yaml").write_text('shape: 1024 x 1024\nalphabet: ".12"\nanswers: "12"\nblank: "."\nrules:\n'
                                    + "  - different in rows\n" * 64)
    bad = False
    cases = [("a model whose tensors are not those of its spec", "claiming.safetensors", 1, "does not have the shape",
              "solve claiming.safetensors 12.............. --quiet"),
             ("a model of large grids", "wide.safetensors", 0, "solving takes up to",
              "solve wide.safetensors wide.txt --threads 1 --quiet"),
             ("a task file of a large grid with many rules", "wide.yaml", 1, "more than 512 rules, or of",
              "data show train.csv 0 --task wide.yaml")]
    for number, (name, file, code, words, command) in enumerate(cases, 1):
        memory, ended, said = taken(command)
        most = 20 * os.path.getsize(BASE / file) / 1e6 + 64
        good = ended == code and words in said and (memory <= most or "takes up to" in said)
        bad |= not good
        print("ok" if good else "not ok", number, f"- {name}: {memory:.0f} MB", flush=True)
        if not good:
            print(f"# exit {ended}, at most {most:.0f} MB: {said[-300:]}")
    print(f"1..{len(cases)}")
    sys.exit(bad)


main()
