"""Times the published models' work in PyTorch and in hrm, in turn, and prints the ratios.

The layer mathematics is written here anew after the papers (arXiv 2506.21734, 2510.04871): post-norm
blocks, SwiGLU, rotary positions or token mixing, one training segment with the published gradient,
stablemax loss, q heads, Adam-atan2. Run through bench/pytorch.sh.
"""
import argparse
import json
import math
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

CONFIGS = {
    "hrm-27m": dict(arch="hrm", mix="attention", layers=4, h_cycles=2, l_cycles=2, prefix=1),
    "trm-7m": dict(arch="trm", mix="attention", layers=2, h_cycles=3, l_cycles=6, prefix=16),
    "trm-mlp-5m": dict(arch="trm", mix="token_mlp", layers=2, h_cycles=3, l_cycles=6, prefix=16),
}
VOCAB, SEQ, HIDDEN, HEADS, EXPANSION, SEGMENTS = 11, 81, 512, 8, 4, 16


def inner(width):
    return -(-round(EXPANSION * width * 2 / 3) // 256) * 256


def rms(x):
    f = x.float()
    return (f * torch.rsqrt(f.square().mean(-1, keepdim=True) + 1e-5)).to(x.dtype)


def linear(x, w):
    return F.linear(x, w.to(x.dtype))


def weight(*shape):
    return torch.nn.Parameter(torch.randn(*shape) / math.sqrt(shape[1]))


class SwiGLU(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gate_up, self.down = weight(2 * inner(width), width), weight(width, inner(width))

    def forward(self, x):
        gate, up = linear(x, self.gate_up).chunk(2, -1)
        return linear(F.silu(gate) * up, self.down)


class Attention(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = weight(3 * HIDDEN, HIDDEN), weight(HIDDEN, HIDDEN)

    def forward(self, x, turn):
        b, t, _ = x.shape
        qkv = linear(x, self.qkv).view(b, t, 3 * HEADS, HIDDEN // HEADS)
        q, k, v = qkv.split(HEADS, 2)
        cos, sin = turn

        def rotate(y):
            first, second = y.float().chunk(2, -1)
            return (y.float() * cos + torch.cat((-second, first), -1) * sin).to(y.dtype)

        q, k = rotate(q), rotate(k)
        y = F.scaled_dot_product_attention(*(z.transpose(1, 2) for z in (q, k, v)))
        return linear(y.transpose(1, 2).reshape(b, t, HIDDEN), self.out)


class Block(torch.nn.Module):
    def __init__(self, config, tokens):
        super().__init__()
        self.tokens = config["mix"] == "token_mlp"
        self.mix = SwiGLU(tokens) if self.tokens else Attention()
        self.mlp = SwiGLU(HIDDEN)

    def forward(self, x, turn):
        if self.tokens:
            t = x.transpose(1, 2)
            x = rms(t + self.mix(t)).transpose(1, 2)
        else:
            x = rms(x + self.mix(x, turn))
        return rms(x + self.mlp(x))


class Net(torch.nn.Module):
    def __init__(self, config, dtype):
        super().__init__()
        self.config, self.dtype = config, dtype
        self.tokens = SEQ + config["prefix"]
        self.embed = torch.nn.Parameter(torch.randn(VOCAB, HIDDEN) / math.sqrt(HIDDEN))
        self.head, self.q = weight(VOCAB, HIDDEN), weight(2, HIDDEN)
        modules = 2 if config["arch"] == "hrm" else 1
        self.nets = torch.nn.ModuleList(
            torch.nn.ModuleList(Block(config, self.tokens) for _ in range(config["layers"]))
            for _ in range(modules))
        half = HIDDEN // HEADS // 2
        angle = torch.arange(self.tokens)[:, None] * 10000.0 ** (-torch.arange(half) / half)
        angle = torch.cat((angle, angle), -1)[:, None, :]
        self.turn = angle.cos(), angle.sin()

    def call(self, net, x):
        for block in self.nets[net]:
            x = block(x, self.turn)
        return x

    def cycle(self, z_h, z_l, x, l_calls):
        for _ in range(l_calls):
            z_l = self.call(-1, z_l + z_h + x)
        return self.call(0, z_h + z_l), z_l

    def input(self, tokens):
        x = math.sqrt(HIDDEN) * self.embed[tokens].to(self.dtype)
        return F.pad(x, (0, 0, self.config["prefix"], 0))

    def segment(self, z_h, z_l, tokens):
        """One segment; gradient where the papers have it."""
        c = self.config
        x = self.input(tokens)
        with torch.no_grad():
            for _ in range(c["h_cycles"] - 1):
                z_h, z_l = self.cycle(z_h, z_l, x, c["l_cycles"])
            if c["arch"] == "hrm":
                for _ in range(c["l_cycles"] - 1):
                    z_l = self.call(-1, z_l + z_h + x)
        z_h, z_l = self.cycle(z_h, z_l, x, 1 if c["arch"] == "hrm" else c["l_cycles"])
        logits = linear(z_h, self.head)[:, c["prefix"]:]
        return z_h, z_l, logits, linear(z_h[:, 0], self.q).float()


def stablemax(logits, labels):
    x = logits.double()
    s = torch.where(x < 0, 1 / (1 - x + 1e-30), x + 1)
    p = torch.log(s / s.sum(-1, keepdim=True))
    return -p.gather(-1, labels[..., None]).squeeze(-1)


class AdamAtan2:
    def __init__(self, params):
        self.params = [p for p in params]
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]
        self.t = 0

    @torch.no_grad()
    def step(self, lr=1e-7, decay=1.0, b1=0.9, b2=0.95):
        self.t += 1
        pairs = [(p, p.grad, m, v) for p, m, v in zip(self.params, self.m, self.v)
                 if p.grad is not None]
        params, grads, ms, vs = map(list, zip(*pairs))
        torch._foreach_mul_(params, 1 - lr * decay)
        torch._foreach_lerp_(ms, grads, 1 - b1)
        torch._foreach_mul_(vs, b2)
        torch._foreach_addcmul_(vs, grads, grads, 1 - b2)
        for p, m, v in zip(params, ms, vs):
            p.add_(torch.atan2(m, v.sqrt() / math.sqrt(1 - b2**self.t)),
                   alpha=-lr / (1 - b1**self.t))


class Work:
    """The same work as `hrm bench train` and `hrm bench infer`."""

    def __init__(self, name, batch, dtype, compiled):
        torch.manual_seed(0)
        self.net = Net(CONFIGS[name], dtype)
        self.tokens = torch.randint(1, VOCAB, (batch, SEQ))
        self.labels = torch.randint(2, VOCAB, (batch, SEQ))
        self.optim = AdamAtan2(self.net.parameters())
        self.segment = torch.compile(self.net.segment) if compiled else self.net.segment
        shape = (batch, self.net.tokens, HIDDEN)
        self.start = torch.randn(shape, dtype=dtype), torch.randn(shape, dtype=dtype)
        self.hrm = CONFIGS[name]["arch"] == "hrm"

    def train(self):
        for p in self.net.parameters():
            p.grad = None
        z_h, z_l, logits, q = self.segment(*self.start, self.tokens)
        target = (logits.argmax(-1) == self.labels).all(-1).float()
        loss = (stablemax(logits, self.labels).mean(-1).sum()
                + 0.5 * F.binary_cross_entropy_with_logits(q[:, 0], target, reduction="sum"))
        if self.hrm:
            with torch.no_grad():
                follow = self.segment(z_h.detach(), z_l.detach(), self.tokens)[3]
                aim = torch.sigmoid(follow.amax(-1))
            loss = loss + 0.5 * F.binary_cross_entropy_with_logits(q[:, 1], aim, reduction="sum")
        (loss / len(self.tokens)).backward()
        self.optim.step()

    @torch.no_grad()
    def infer(self):
        z_h, z_l = self.start
        for _ in range(SEGMENTS):
            z_h, z_l, _, _ = self.segment(z_h, z_l, self.tokens)


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def ours(command, what, name, batch, threads, isa):
    line = [command, "bench", what, "--config", name, "--batch", str(batch), "--threads",
            str(threads), "--isa", isa, "--json"]
    rows = [json.loads(x) for x in
            subprocess.run(line, check=True, capture_output=True, text=True).stdout.splitlines()]
    mark = {"train": f", batch {batch}", "infer": f", {batch} puzzle"}[what]
    return next(r["seconds"] for r in rows if mark in r["name"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hrm", help="the command to compare with")
    parser.add_argument("--configs", nargs="+", default=list(CONFIGS), choices=list(CONFIGS))
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--isa", nargs="+", required=True, help="kernels of hrm to time")
    parser.add_argument("--modes", nargs="+", default=["eager-float", "eager-bf16",
                                                       "compiled-float", "compiled-bf16"])
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(f"PyTorch {torch.__version__}, {args.threads} threads, batch {args.batch}, "
          f"medians of {args.rounds} rounds in turn")
    for name in args.configs:
        for what in ("train", "infer"):
            works = {}
            for mode in args.modes:
                how, kind = mode.split("-")
                dtype = torch.bfloat16 if kind == "bf16" else torch.float32
                work = Work(name, args.batch, dtype, how == "compiled")
                try:
                    getattr(work, what)()
                    works[mode] = getattr(work, what)
                except Exception as error:  # a mode that this machine cannot run
                    print(f"{what} {name} {mode}: {type(error).__name__}", file=sys.stderr)
            times = {key: [] for key in [*works, *("hrm " + i for i in args.isa)]}
            for _ in range(args.rounds):
                for mode, work in works.items():
                    times[mode].append(seconds(work))
                for isa in args.isa:
                    times["hrm " + isa].append(
                        ours(args.hrm, what, name, args.batch, args.threads, isa))
            medians = {key: statistics.median(t) for key, t in times.items()}
            best = min((v for k, v in medians.items() if k in works), default=math.nan)
            for key, value in medians.items():
                print(f"{what} {name:11} {key:16} {value * 1e3:10.1f} ms  "
                      f"{best / value:6.2f} x the best of PyTorch", flush=True)


if __name__ == "__main__":
    main()
