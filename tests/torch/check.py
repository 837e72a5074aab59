"""Compares hrm's files with PyTorch and the safetensors package; speaks TAP. See tests/cli/torch.sh.

usage: check.py HRM SCRATCH_FOLDER [FIXTURES]

The layer mathematics is written here after the papers (arXiv 2506.21734, 2510.04871), with the parameter
names of the published code, so that strict=True says whether a checkpoint would load there.
"""
import json
import math
import pathlib
import random
import subprocess
import sys

import numpy
import safetensors
import safetensors.torch
import torch
import torch.nn.functional as F
import yaml

HRM, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
FIXTURES = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
count = failed = 0


def tell(good, name):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)


def hrm(*words):
    done = subprocess.run([HRM, *map(str, words)], capture_output=True, text=True)
    if done.returncode and "solve" not in words:
        print("#", done.stderr.strip())
    return done


# ---- the models --------------------------------------------------------------------------------


def rms(x, eps):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps)


class Weight(torch.nn.Module):
    def __init__(self, rows, cols):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(rows, cols) / math.sqrt(cols))

    def forward(self, x):
        return F.linear(x, self.weight)


class SwiGLU(torch.nn.Module):
    def __init__(self, width, expansion):
        super().__init__()
        inner = -(-round(expansion * width * 2 / 3) // 256) * 256
        self.gate_up_proj, self.down_proj = Weight(2 * inner, width), Weight(width, inner)

    def forward(self, x):
        gate, up = self.gate_up_proj(x).chunk(2, -1)
        return self.down_proj(F.silu(gate) * up)


class Attention(torch.nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv_proj, self.o_proj = Weight(3 * width, width), Weight(width, width)

    def forward(self, x, turn):
        b, t, d = x.shape
        q, k, v = self.qkv_proj(x).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if turn is not None:
            q, k = (y * turn[0] + torch.cat((-y.chunk(2, -1)[1], y.chunk(2, -1)[0]), -1) * turn[1] for y in (q, k))
        p = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(d // self.heads), -1)
        return self.o_proj((p @ v).transpose(1, 2).reshape(b, t, d))


class Block(torch.nn.Module):
    def __init__(self, c, tokens):
        super().__init__()
        self.eps = c["eps"]
        if c.get("mlp_t"):
            self.mlp_t = SwiGLU(tokens, c["expansion"])
        else:
            self.self_attn = Attention(c["hidden_size"], c["num_heads"])
        self.mlp = SwiGLU(c["hidden_size"], c["expansion"])

    def forward(self, x, turn):
        if hasattr(self, "mlp_t"):
            y = x.transpose(1, 2)
            x = rms(y + self.mlp_t(y), self.eps).transpose(1, 2)
        else:
            x = rms(x + self.self_attn(x, turn), self.eps)
        return rms(x + self.mlp(x), self.eps)


class Level(torch.nn.Module):
    def __init__(self, c, layers, tokens):
        super().__init__()
        self.layers = torch.nn.ModuleList(Block(c, tokens) for _ in range(layers))

    def forward(self, x, turn):
        for layer in self.layers:
            x = layer(x, turn)
        return x


class Table(torch.nn.Module):
    def __init__(self, name, rows, cols, trained):
        super().__init__()
        value = torch.randn(rows, cols) / math.sqrt(cols)
        if trained:
            self.register_parameter(name, torch.nn.Parameter(value))
        else:
            self.register_buffer(name, value)


class Inner(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        c.setdefault("eps", 1e-5)
        self.c, d = c, c["hidden_size"]
        ndim = c.get("puzzle_emb_ndim", 0)
        self.prefix = c.get("puzzle_emb_len") or -(-ndim // d)
        if not ndim:
            self.prefix = 0
        tokens = c["seq_len"] + self.prefix
        self.register_buffer("H_init", torch.randn(d).bfloat16())
        self.register_buffer("L_init", torch.randn(d).bfloat16())
        self.embed_tokens = Table("embedding_weight", c["vocab_size"], d, True)
        self.lm_head = Weight(c["vocab_size"], d)
        self.q_head = torch.nn.Linear(d, 2)
        if ndim:
            self.puzzle_emb = Table("weights", c["num_puzzle_identifiers"], ndim, False)
        if c["pos_encodings"] == "learned":
            self.embed_pos = Table("embedding_weight", tokens, d, True)
        if c["kind"] == "hrm":
            self.H_level = Level(c, c["H_layers"], tokens)
        self.L_level = Level(c, c["L_layers"], tokens)

    def turns(self, tokens):
        if self.c["pos_encodings"] != "rope":
            return None
        half = self.c["hidden_size"] // self.c["num_heads"] // 2
        angle = torch.outer(torch.arange(tokens).float(), self.c.get("rope_theta", 10000.0) ** (-torch.arange(half).float() / half))
        return torch.cat((angle, angle), -1).cos(), torch.cat((angle, angle), -1).sin()

    def segment(self, z_h, z_l, inputs, ids):
        c, d = self.c, self.c["hidden_size"]
        x = self.embed_tokens.embedding_weight[inputs]
        if self.prefix:
            p = self.puzzle_emb.weights[ids]
            x = torch.cat((F.pad(p, (0, self.prefix * d - p.shape[1])).view(-1, self.prefix, d), x), 1)
        if c["pos_encodings"] == "learned":
            x = 0.707106781 * (x + self.embed_pos.embedding_weight)
        x = math.sqrt(d) * x
        turn = self.turns(x.shape[1])
        high = self.H_level if c["kind"] == "hrm" else self.L_level
        for _ in range(c["H_cycles"]):
            for _ in range(c["L_cycles"]):
                z_l = self.L_level(z_l + (z_h + x), turn)
            z_h = high(z_h + z_l, turn)
        return z_h, z_l, self.lm_head(z_h)[:, self.prefix:]

    def answer(self, inputs, ids, segments):
        shape = (inputs.shape[0], inputs.shape[1] + self.prefix, self.c["hidden_size"])
        z_h, z_l = self.H_init.float().expand(shape), self.L_init.float().expand(shape)
        for _ in range(segments):
            z_h, z_l, logits = self.segment(z_h, z_l, inputs, ids)
        return logits


class Model(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        self.inner = Inner(c)


class LossHead(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        self.model = Model(c)


NAMES = {"hrm": "hrm.hrm_act_v1@HierarchicalReasoningModel_ACTV1",
         "trm": "recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1"}


def write_config(folder, c):
    folder.mkdir(parents=True, exist_ok=True)
    keys = ("H_cycles L_cycles H_layers L_layers hidden_size num_heads expansion pos_encodings "
            "puzzle_emb_ndim puzzle_emb_len halt_max_steps halt_exploration_prob mlp_t").split()
    arch = {k: c[k] for k in keys if k in c}
    arch.update(name=NAMES[c["kind"]], loss=dict(name="losses@ACTLossHead", loss_type="stablemax_cross_entropy"))
    text = dict(arch=arch, lr=1e-5, epochs=10, global_batch_size=8, evaluators=[dict(name="arc@ARC")], load_checkpoint=None)
    (folder / "all_config.yaml").write_text(yaml.dump(text))


def reads_back(folder, c):
    """all_config.yaml as hrm wrote it gives the same model to Python."""
    text = yaml.safe_load((folder / "all_config.yaml").read_text())
    good = text["arch"]["name"] == NAMES[c["kind"]] and isinstance(text["lr"], float)
    return good and all(text["arch"][k] == c[k] for k in
                        ("H_cycles", "L_cycles", "L_layers", "hidden_size", "num_heads", "pos_encodings"))


# ---- the checks --------------------------------------------------------------------------------


def same(a, b):
    return set(a) == set(b) and all(a[k].dtype == b[k].dtype and a[k].shape == b[k].shape and
                                    torch.equal(a[k], b[k]) for k in a)


def containers():
    base = torch.randn(5, 7)
    tensors = {"w": base, "t": base.t(), "s": base[1:3, 2:6], "zero": torch.tensor(3.5), "none": torch.empty(0, 3),
               "p": torch.nn.Parameter(torch.randn(3)), "d": torch.randn(2, dtype=torch.float64),
               "b": torch.randn(4, 4).bfloat16(), "h": torch.randn(4).half(), "bool": torch.tensor([True, False])}
    for n, t in (("i64", torch.int64), ("i32", torch.int32), ("i16", torch.int16), ("i8", torch.int8), ("u8", torch.uint8)):
        tensors[n] = torch.arange(6, dtype=t)
    plain = {k: v.detach().contiguous() for k, v in tensors.items()}
    for protocol in (2, 4, 5):
        torch.save(tensors, WORK / "in.pt", pickle_protocol=protocol)
        hrm("convert", WORK / "in.pt", WORK / "out.safetensors", "--raw")
        tell(same(safetensors.torch.load_file(WORK / "out.safetensors"), plain),
             f"every type and view, pickle protocol {protocol}, to safetensors")
    hrm("convert", WORK / "out.safetensors", WORK / "out.pt", "--raw")
    tell(same(torch.load(WORK / "out.pt", weights_only=True), plain), "and to what torch.load(weights_only=True) reads")
    tell(same(torch.load(WORK / "out.pt", weights_only=True, mmap=True), plain), "mapped, too")
    hrm("convert", WORK / "out.pt", WORK / "out.npz", "--raw")
    arrays = numpy.load(WORK / "out.npz")
    tell(all(numpy.array_equal(arrays[k], (v.float() if v.dtype == torch.bfloat16 else v).numpy()) for k, v in plain.items()),
         "and to NumPy's npz")
    numpy.savez_compressed(WORK / "packed.npz", a=numpy.zeros((50, 60), numpy.float32), b=numpy.arange(5))
    hrm("convert", WORK / "packed.npz", WORK / "packed.safetensors", "--raw")
    back = safetensors.torch.load_file(WORK / "packed.safetensors")
    tell(back["a"].shape == (50, 60) and torch.equal(back["b"], torch.arange(5)), "and from NumPy's compressed npz")
    torch.save({"model": LossHead, "w": base}, WORK / "evil.pt")
    done = subprocess.run([HRM, "convert", str(WORK / "evil.pt"), str(WORK / "evil.safetensors"), "--raw"], capture_output=True, text=True)
    tell(done.returncode == 1 and "LossHead" in done.stderr, "a checkpoint that names a class is refused")


SMALL = dict(vocab_size=11, seq_len=81, num_puzzle_identifiers=1, hidden_size=32, num_heads=4, expansion=2,
             halt_max_steps=3, halt_exploration_prob=0.1, puzzle_emb_ndim=32)
RANDOM = {
    "hrm": dict(SMALL, kind="hrm", H_cycles=2, L_cycles=2, H_layers=1, L_layers=2, pos_encodings="rope"),
    "trm": dict(SMALL, kind="trm", H_cycles=2, L_cycles=3, H_layers=0, L_layers=2, pos_encodings="learned", puzzle_emb_len=3),
    "trm-mlp": dict(SMALL, kind="trm", H_cycles=2, L_cycles=2, H_layers=0, L_layers=1, pos_encodings="none", mlp_t=True, puzzle_emb_len=4),
}


def answers():
    """A model made in PyTorch answers the same in hrm."""
    for name, c in RANDOM.items():
        torch.manual_seed(7)
        random.seed(7)
        module, folder = LossHead(c), WORK / name
        write_config(folder, c)
        torch.save({"_orig_mod." + k: v for k, v in module.state_dict().items()}, folder / "step_5")
        hrm("convert", folder / "step_5", folder / "model.safetensors")
        puzzles = ["".join(random.choice(".....123456789") for _ in range(81)) for _ in range(20)]
        inputs = torch.tensor([[1 if x == "." else int(x) + 1 for x in p] for p in puzzles])
        with torch.no_grad():
            tokens = module.model.inner.answer(inputs, torch.zeros(20, dtype=torch.long), 3).argmax(-1)
        want = ["".join("." if t < 2 else str(t - 1) for t in row) for row in tokens.tolist()]
        done = subprocess.run([HRM, "solve", str(folder / "model.safetensors"), "-", "--isa", "float"], input="\n".join(puzzles), capture_output=True, text=True)
        got = [line.split("\t")[0] for line in done.stdout.splitlines()]
        tell(got == want, f"{name}: {sum(a == b for a, b in zip(got, want))} of 20 answers after 3 segments are PyTorch's")
        (folder / "out").mkdir(exist_ok=True)
        hrm("convert", folder / "model.safetensors", folder / "out" / "step_6")
        back = torch.load(folder / "out" / "step_6", weights_only=True)
        tell(same(back, module.state_dict()), f"{name}: and comes back to PyTorch the same, types too")
        tell(reads_back(folder / "out", c), f"{name}: with its configuration")
        with safetensors.safe_open(folder / "model.safetensors", "pt") as file:
            tell(set(file.keys()) == set(module.state_dict()) and json.loads(file.metadata()["spec"])["seq"] == 81,
                 f"{name}: the safetensors package reads the model file")


def fixtures():
    """Weights of the published code go through hrm and give its logits in PyTorch."""
    for case in json.loads((FIXTURES / "manifest.json").read_text())["models"]:
        name, c = case["name"], dict(case["config"], kind=case["kind"])
        folder = WORK / "fixtures" / name
        write_config(folder, c)
        state = {}
        for path in case["state_files"]:
            root = FIXTURES / "models"
            state.update(safetensors.torch.load_file(root / path if (root / path).exists() else root / name / path))
        state = {k: v for k, v in state.items() if not k.endswith(".local_weights") and not k.endswith(".local_ids")}
        safetensors.torch.save_file(state, folder / "state.safetensors")
        data = ("--data", fixture_data(folder, c)) if c["seq_len"] != 81 else ()
        hrm("convert", folder / "state.safetensors", folder / "model.safetensors", *data)
        (folder / "out").mkdir(exist_ok=True)
        hrm("convert", folder / "model.safetensors", folder / "out" / "step_1", "--compiled")
        module = LossHead(c)
        saved = torch.load(folder / "out" / "step_1", weights_only=True)
        module.load_state_dict({k.removeprefix("_orig_mod."): v for k, v in saved.items()}, strict=True)
        golden = safetensors.torch.load_file(FIXTURES / "models" / name / "eval_fp32.safetensors")
        inputs, ids = golden["batch0.inputs"].long(), golden["batch0.puzzle_identifiers"].long()
        worst = 0
        with torch.no_grad():
            for segment in (0, 1, 2):
                logits = module.model.inner.answer(inputs, ids, segment + 1)
                want = golden[f"eval.seg{segment}.logits"]
                worst = max(worst, (logits - want).abs().max().item() / case["suggested_tolerance"][f"eval.seg{segment}.logits"]["fp32_abs"])
        tell(worst <= 1, f"{name}: loads with strict=True, logits at {worst:.2f} of the tolerance")


def fixture_data(folder, c):
    data = folder / "data"
    data.mkdir(exist_ok=True)
    arrays = dict(inputs=numpy.ones((1, c["seq_len"]), numpy.uint8), labels=numpy.ones((1, c["seq_len"]), numpy.uint8),
                  puzzle_identifiers=numpy.zeros(1, numpy.int32), puzzle_indices=numpy.array([0, 1], numpy.int32),
                  group_indices=numpy.array([0, 1], numpy.int32))
    for k, v in arrays.items():
        numpy.save(data / f"all__{k}.npy", v)
    (data / "dataset.json").write_text(json.dumps(dict(
        seq_len=c["seq_len"], vocab_size=c["vocab_size"], pad_id=0, ignore_label_id=0, blank_identifier_id=0,
        num_puzzle_identifiers=c.get("num_puzzle_identifiers", 1), total_groups=1, mean_puzzle_examples=1, sets=["all"])))
    return data


torch.set_num_threads(1)
containers()
answers()
if FIXTURES:
    fixtures()
print(f"1..{count}")
sys.exit(failed > 0)
