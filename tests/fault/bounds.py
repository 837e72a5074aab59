"""Small files that claim or become much, as TAP: no command takes more than 20 times the size of its file and 64 MB, where
what the file says is not true; where it is, the command says how much it takes. JSON counts as unpacked.

usage: bounds.py HRM - FOLDER
"""

import gzip
import json
import os
import random
import struct
import subprocess
import sys
import zipfile

from commands import BASE, HRM, made


MAY = 8 << 20  # bytes that any packed file may become
ARC = b'{"train": [{"input": [[%s1]], "output": [[1]]}], "test": []}'


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


def packed():
    """Files of a thousandth of what they become: some as large as may be unpacked, some larger; and one of usual density."""
    rows = (BASE / "train.csv").read_bytes().splitlines(True)
    fill = MAY // len(rows[1])
    for name, data in (("may.csv", rows[0] + rows[1] * fill), ("bomb.csv", rows[0] + rows[1] * 2 * fill),
                       ("may.json", ARC % (b"1," * (MAY // 2 - 40))), ("bomb.json", ARC % (b"1," * MAY))):
        (BASE / f"{name}.gz").write_bytes(gzip.compress(data))
    draw = random.Random(1)
    digits = "".join(draw.choices("1234", k=32 * 100000))
    usual = "".join(f"{digits[at:at + 16]},{digits[at + 16:at + 32]}\n" for at in range(0, len(digits), 32))
    (BASE / "usual.csv.gz").write_bytes(gzip.compress(b"question,answer\n" + 4 * usual.encode()))
    for name, count in (("may.npz", MAY // 12 - 64), ("wide.npz", MAY // 4 - 64), ("bomb.npz", MAY)):  # copies are twice as wide
        keys = b"{'descr': '<u4', 'fortran_order': False, 'shape': (%d,), }" % count
        keys += b" " * (-(11 + len(keys)) % 64) + b"\n"
        with zipfile.ZipFile(BASE / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", b"\x93NUMPY\1\0" + struct.pack("<H", len(keys)) + keys + bytes(4 * count))


def tiny():
    """Tables of the shortest rows that there are: all alike; and all bad but for a few."""
    (BASE / "alike.csv").write_bytes(b"question,answer\n" + b"1,2\n" * (MAY // 8))
    (BASE / "bad.csv").write_bytes(b"question,answer\n" + b"1,2\n2,1\n" * 8 + b"x\n" * (MAY // 8))


def apart(work):
    """In a process of its own: what this one holds counts as held by the commands that it starts."""
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{work.__name__} failed")


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
    apart(packed)
    apart(tiny)
    (BASE / "wide.yaml").write_text('shape: 1024 x 1024\nalphabet: ".12"\nanswers: "12"\nblank: "."\nrules:\n'
                                    + "  - different in rows\n" * 64)
    bad = False
    cases = [("a model whose tensors are not those of its spec", "claiming.safetensors", 1, "does not have the shape",
              "solve claiming.safetensors 12.............. --quiet"),
             ("a model of large grids", "wide.safetensors", 0, "solving takes up to",
              "solve wide.safetensors wide.txt --threads 1 --quiet"),
             ("a task file of a large grid with many rules", "wide.yaml", 1, "more than 512 rules, or of",
              "data show train.csv 0 --task wide.yaml"),
             ("a packed table as large as may be", "may.csv.gz", 0, "", "info may.csv.gz"),
             ("a packed table of usual density", "usual.csv.gz", 0, "", "info usual.csv.gz"),
             ("a packed table that is larger", "bomb.csv.gz", 1, "unpack it first", "data check bomb.csv.gz"),
             ("packed JSON as large as may be", "may.json.gz", 1, "no grid", "data arc o may.json.gz"),
             ("packed JSON that is larger", "bomb.json.gz", 1, "unpack it first", "data arc o bomb.json.gz"),
             ("packed arrays as large as may be", "may.npz", 0, "", "info may.npz"),
             ("packed arrays that become larger", "wide.npz", 1, "save it unpacked", "info wide.npz"),
             ("packed arrays that are larger", "bomb.npz", 1, "save it unpacked", "convert bomb.npz"),
             ("the same, looked at", "bomb.npz", 1, "save it unpacked", "info bomb.npz"),
             ("a table of tiny rows, all alike", "alike.csv", 0, "", "data check alike.csv"),
             ("the same as JSON, held against itself", "alike.csv", 1, "", "data check alike.csv alike.csv --json"),
             ("a table of tiny rows, nearly all bad", "bad.csv", 1, "", "data check bad.csv --json")]
    for number, (name, file, code, words, command) in enumerate(cases, 1):
        memory, ended, said = taken(command)
        size = MAY if file == "may.json.gz" else os.path.getsize(BASE / file)
        most = 20 * size / 1e6 + 64
        good = ended == code and words in said and (memory <= most or "takes up to" in said)
        bad |= not good
        print("ok" if good else "not ok", number, f"- {name}: {memory:.0f} MB", flush=True)
        if not good:
            print(f"# exit {ended}, at most {most:.0f} MB: {said[-300:]}")
    print(f"1..{len(cases)}")
    sys.exit(bad)


main()
