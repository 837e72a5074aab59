"""Makes tests/fixtures, the golden numbers that come with the source, out of a full set of them.

usage: tools/fixtures.py FULL_SET tests/fixtures

Whole are weights, logits of evaluation, losses, decisions, data and checkpoints. Of others only every
stride-th number stays (NAME.sample) beside the sum and the sum of squares of all (NAME.sum_sumsq), which
is how the full set itself keeps its largest ones: an error anywhere still shows. Integers that fit a
byte become bytes. What nothing here reads is left out.
"""
import array
import fnmatch
import hashlib
import json
import math
import pathlib
import shutil
import struct
import sys

CASES = {  # name: what of its files stays
    "hrm_rope": "eval_fp32 eval_bf16 train_fp32 grads_step0 grads_step1_sample params_after",
    "hrm_learned": "eval_fp32 train_fp32 grads_step0",
    "small_trm_noemb": "eval_fp32 eval_bf16 train_fp32 grads_step0 grads_step1_sample params_after",
    "small_trm_mlp_s25": "eval_fp32 eval_bf16 train_fp32 grads_step0 params_after",
}
AS_THEY_ARE = ["unit/*.json", "data/*", "ckpt/hrm/all_config.yaml", "ckpt/hrm_nocompile/*", "ckpt/hrm_newlayout/*",
               "ckpt/hrm_views/*"]
THINNED = ["unit/*.safetensors", "ckpt/hrm/expected.safetensors"]
CUT = {"ckpt/hrm_legacy/step_52083": 1024}  # refused by how it begins
WHOLE = {  # tensors that stay whole, by what a file's path begins with
    "unit": ["*.weight", "x", "dy", "q", "k", "mlp*", "logits", "labels", "cos*", "sin*"],
    "models": ["eval.*.logits"],
    "ckpt": [],
}
# Not read here, or little beside the rest: bf16 outputs, two optimisers for contrast, parameters after two steps.
LEFT_OUT = ["*_bf16", "variant_*", "after2.*", "s_x", "s_y", "after1.*.sum_sumsq"]
LARGE = ["*layers.*.sample"]  # left out where above the cap; their sums stay
CAP = 256
FORMAT = {"F32": "f", "F64": "d", "I32": "i", "I64": "q", "U8": "B", "I8": "b", "BOOL": "B"}


def read(path):
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + size])
    header.pop("__metadata__", None)
    return {name: (t["dtype"], t["shape"], raw[8 + size:][slice(*t["data_offsets"])]) for name, t in header.items()}


def write(path, tensors, metadata):
    header, at = {"__metadata__": metadata} if metadata else {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values()))


def like(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def thin(tensors, whole):
    out = {}
    for name, (dtype, shape, data) in tensors.items():
        values = array.array(FORMAT[dtype], data) if dtype in FORMAT else []
        if like(name, LEFT_OUT) or like(name, LARGE) and len(values) > CAP:
            continue
        if dtype == "I32" and len(values) > 8 and -128 <= min(values) and max(values) <= 127:
            out[name] = ("I8", shape, array.array("b", values).tobytes())
        elif dtype == "F32" and len(values) > 2 * CAP and not name.endswith(".sample") and \
                (name.startswith("d_") or ".d_" in name or not like(name, whole)):
            stride = math.ceil(len(values) / CAP) | 1
            out[name + ".sample"] = ("F32", [len(values[::stride])], values[::stride].tobytes())
            sums = array.array("d", [math.fsum(values), math.fsum(v * v for v in values)])
            out[name + ".sum_sumsq"] = ("F64", [2], sums.tobytes())
        elif not (name.endswith(".sum_sumsq") and name[:-10] in tensors):  # sums of what is there in full
            out[name] = (dtype, shape, data)
    return out


def copy(source, target, path):
    part, case = path.split("/")[0], path.split("/")[-2] if "/" in path else ""
    state = part == "models" and case in CASES and source.stem.startswith("state")
    keep = like(path, THINNED) or part == "models" and source.stem in CASES.get(case, "").split()
    if not (like(path, AS_THEY_ARE) or path in CUT or state or keep):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if not keep:
        target.write_bytes(source.read_bytes()[:CUT.get(path)])
        return
    tensors = read(source)
    if source.stem == "eval_bf16":
        tensors = {k: v for k, v in tensors.items() if k.endswith(".logits")}
    write(target, thin(tensors, WHOLE[part]), {"num_heads": "4"} if path == "unit/attention.safetensors" else None)


def main(full, to):
    manifest = json.loads((full / "manifest.json").read_text())
    for old in ("unit", "models", "data", "ckpt"):
        shutil.rmtree(to / old, ignore_errors=True)
    for entry in manifest["files"]:
        copy(full / entry["path"], to / entry["path"], entry["path"])
    there = sorted(p for p in to.rglob("*") if p.is_file() and p.name not in ("README.md", "manifest.json"))
    manifest["models"] = [{k: v for k, v in m.items() if k != "measured"} | {"files": CASES[m["name"]].split()}
                          for m in manifest["models"] if m["name"] in CASES]
    manifest["files"] = [{"path": str(p.relative_to(to)), "bytes": p.stat().st_size,
                          "sha256": hashlib.sha256(p.read_bytes()).hexdigest()} for p in there]
    lists = {k: manifest.pop(k) for k in ("models", "files")}
    text = json.dumps(manifest, indent=1)[:-2]
    for key, rows in lists.items():  # a line for each
        text += ",\n " + json.dumps(key) + ": [\n  " + ",\n  ".join(map(json.dumps, rows)) + "\n ]"
    (to / "manifest.json").write_text(text + "\n}\n")
    print(sum(p.stat().st_size for p in to.rglob("*") if p.is_file()), "bytes")


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
