#!/usr/bin/env python3
"""Trains variants of the ARC recipe's net side by side on a GPU, in PyTorch, and scores each.

Many small nets of one shape go through every product together, so that a GPU which one of them would leave idle
tries a dozen in minutes. The net, its vectors and its optimisers are those of recipes/arc-small.yaml; the data are
the same tasks under other views. Unlike `hrm train` it learns from demonstrations alone, and scores the test inputs
of all tasks: `scored` those of the evaluation tasks, `others` those of the rest. docs/recipes/arc.md has what it found;
what is to be kept is trained by hrm.

usage: bench/arc-variants.py DATA OUT.json --variants '[{"muon_lr": 0.01}, {"lr": 0.003}]' [shape and schedule]
       DATA holds arc-agi_{training,evaluation,concept}_{challenges,solutions}.json; --heads 0: no attention

A variant may set lr, weight_decay, vector_lr, vector_decay, muon_lr (Muon for the matrices), copies (views beside
the plain one), vector_size (numbers of a vector that are used), vector_noise, vector_dropout, and shared_lr with
own_dropout (all views of a task share a vector, and each has one of its own, left out for that share of the rows).
"""
import argparse
import json
import math
import random
import time

import numpy as np
import torch
import torch.nn.functional as F

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
HALF = torch.bfloat16 if DEVICE == "cuda" else torch.float32
TOKENS, PAD, END, COLOUR = 12, 0, 1, 2  # colour c is token c + 2
MATRICES = "qkv", "o", "gate_up", "down"  # what Muon may turn


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--variants", type=json.loads, required=True)
    for name, value in {"side": 10, "steps": 8000, "batch": 96, "hidden": 128, "blocks": 2, "loops": 4, "segments": 3,
                        "heads": 4, "copies": 30, "tasks": 10**9}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


# ---- data ------------------------------------------------------------------------------------------------------


def read_tasks(args):
    """(name, scored, demonstrations, tests) of all tasks whose grids fit."""
    tasks = []
    for part in "evaluation", "training", "concept":
        challenges = json.load(open(f"{args.data}/arc-agi_{part}_challenges.json"))
        solutions = json.load(open(f"{args.data}/arc-agi_{part}_solutions.json"))
        for name, task in challenges.items():
            shown = [(p["input"], p["output"]) for p in task["train"]]
            asked = [(p["input"], answer) for p, answer in zip(task["test"], solutions[name])]
            if all(max(len(g), len(g[0])) <= args.side for pair in shown + asked for g in pair):
                tasks.append((name, part == "evaluation", shown, asked))
    return tasks[:args.tasks]


def draw_views(count, copies):
    """For each task (rotation, image of each colour), the plain one first."""
    rng = random.Random(0)
    views = []
    for _ in range(count):
        own = [(0, list(range(10)))]
        for _ in range(copies):
            colours = list(range(1, 10))
            rng.shuffle(colours)
            own.append((rng.randrange(8), [0] + colours))
        views.append(own)
    return views


def seen(grid, view):
    turn, colours = view
    grid = np.rot90(np.array(colours, np.uint8)[np.array(grid)], turn % 4)
    return np.fliplr(grid) if turn >= 4 else grid


def seen_back(grid, view):
    turn, colours = view
    back = np.zeros(10, np.uint8)
    back[np.array(colours)] = np.arange(10)
    return np.rot90(np.fliplr(back[grid]) if turn >= 4 else back[grid], -(turn % 4))


class Pairs:
    """Pairs of grids on the device, laid on the canvas where asked."""

    def __init__(self, pairs, side):
        grids, sizes = np.zeros((len(pairs), 2, side, side), np.uint8), np.zeros((len(pairs), 2, 2), np.int64)
        for i, pair in enumerate(pairs):
            for j, grid in enumerate(pair):
                grids[i, j, :grid.shape[0], :grid.shape[1]] = grid
                sizes[i, j] = grid.shape
        self.side = side
        self.grids, self.sizes = torch.tensor(grids, device=DEVICE), torch.tensor(sizes, device=DEVICE)

    def canvas(self, which, side_of_pair, down, right):
        grid, size = self.grids[which, side_of_pair].long(), self.sizes[which, side_of_pair]
        at = torch.arange(self.side, device=DEVICE)
        r, c = at[None, :, None] - down[:, None, None], at[None, None, :] - right[:, None, None]
        rows, cols = size[:, 0, None, None], size[:, 1, None, None]
        inside = (r >= 0) & (r < rows) & (c >= 0) & (c < cols)
        most = self.side - 1
        values = torch.gather(grid, 1, r.clamp(0, most).expand(-1, self.side, self.side))
        values = torch.gather(values, 2, c.clamp(0, most).expand(-1, self.side, self.side)) + COLOUR
        end = ((r == rows) & (c >= 0) & (c < cols)) | ((c == cols) & (r >= 0) & (r < rows))
        return torch.where(inside, values, torch.where(end, END, PAD)).flatten(1)


class Data:
    def __init__(self, args):
        self.tasks = read_tasks(args)
        self.copies = args.copies
        self.views = draw_views(len(self.tasks), args.copies)
        shown, asked, self.question = [], [], []
        most = max(len(task[2]) for task in self.tasks)
        place = np.zeros((len(self.tasks), args.copies + 1, most), np.int64)
        for t, (_, _, demonstrations, tests) in enumerate(self.tasks):
            for v, view in enumerate(self.views[t]):
                for i, pair in enumerate(demonstrations):
                    place[t, v, i] = len(shown)
                    shown.append(tuple(seen(grid, view) for grid in pair))
                for q, pair in enumerate(tests):
                    self.question.append((t, v, q))
                    asked.append(tuple(seen(grid, view) for grid in pair))
        self.shown, self.asked = Pairs(shown, args.side), Pairs(asked, args.side)
        self.place = torch.tensor(place, device=DEVICE)
        self.count = torch.tensor([len(task[2]) for task in self.tasks], device=DEVICE)
        self.asked_id = torch.tensor([t * (args.copies + 1) + v for t, v, _ in self.question], device=DEVICE)

    def draw(self, rows, copies):
        """Inputs, labels and vectors' numbers (variants x rows ...), each task as likely as any."""
        variants = len(copies)
        t = torch.randint(len(self.tasks), (variants, rows), device=DEVICE)
        v = (torch.rand(variants, rows, device=DEVICE) * (copies[:, None] + 1)).long()
        i = self.place[t, v, (torch.rand(variants, rows, device=DEVICE) * self.count[t]).long()].flatten()
        room = self.shown.side - self.shown.sizes[i].amax(1)
        shift = (torch.rand(len(i), 2, device=DEVICE) * (room + 1)).long()
        x, y = (self.shown.canvas(i, side, shift[:, 0], shift[:, 1]) for side in (0, 1))
        return x.view(variants, rows, -1), y.view(variants, rows, -1), t * (self.copies + 1) + v


# ---- the net: all tensors begin with the variant -----------------------------------------------------------------


def rms(x):
    return F.rms_norm(x, (x.shape[-1],), eps=1e-5)


class Net:
    def __init__(self, args):
        self.args, self.variants = args, len(args.variants)
        d = args.hidden
        inner = (round(4 * d * 2 / 3) + 31) // 32 * 32
        self.p = {"embed": self.normal(TOKENS, d, by=d), "head": self.normal(d, TOKENS, by=d)}
        for b in range(args.blocks):
            self.p |= {f"conv{b}": self.normal(9, d, by=9), f"gate_up{b}": self.normal(d, 2 * inner, by=d),
                       f"down{b}": self.normal(inner, d, by=inner)}
            if args.heads:
                self.p |= {f"qkv{b}": self.normal(d, 3 * d, by=d), f"o{b}": self.normal(d, d, by=d)}
        for p in self.p.values():
            p.requires_grad_(True)
        self.initial = self.normal(d, by=1)[:, None, None, :]
        cell, pairs = torch.arange(args.side**2, device=DEVICE), d // max(args.heads, 1) // 4
        frequency = 10000.0**(-torch.arange(pairs, device=DEVICE) / pairs)
        angle = torch.cat([(cell // args.side)[:, None] * frequency, (cell % args.side)[:, None] * frequency], 1)
        self.cos, self.sin = angle.cos(), angle.sin()

    def normal(self, *shape, by):
        std = 1 / math.sqrt(by)
        return torch.nn.init.trunc_normal_(torch.empty(self.variants, *shape, device=DEVICE), std=std, a=-2 * std,
                                           b=2 * std)

    def turn(self, x):
        low, high = x.chunk(2, -1)
        cos, sin = self.cos.to(x.dtype), self.sin.to(x.dtype)
        return torch.cat([low * cos - high * sin, high * cos + low * sin], -1)

    def attend(self, z, w, b):
        e, rows, cells, d = z.shape
        heads = self.args.heads
        qkv = torch.bmm(rms(z).view(e, -1, d), w[f"qkv{b}"]).view(e * rows, cells, 3, heads, d // heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(self.turn(q), self.turn(k), v).transpose(1, 2)
        return torch.bmm(mixed.reshape(e, -1, d), w[f"o{b}"]).view(z.shape)

    def call(self, z, w):
        """One loop: the blocks, then a norm. z is variants x rows x cells x d."""
        e, rows, cells, d = z.shape
        side = self.args.side
        for b in range(self.args.blocks):
            near = F.pad(rms(z).view(e, rows, side, side, d), (0, 0, 1, 1, 1, 1))
            taps = w[f"conv{b}"][:, None, None, None]
            z = z + sum(near[:, :, i:i + side, j:j + side] * taps[:, :, :, :, 3 * i + j]
                        for i in range(3) for j in range(3)).view(z.shape)
            if self.args.heads:
                z = z + self.attend(z, w, b)
            gate, up = torch.bmm(rms(z).view(e, -1, d), w[f"gate_up{b}"]).chunk(2, -1)
            z = z + torch.bmm(F.relu(gate) * up, w[f"down{b}"]).view(z.shape)
        return rms(z)

    def embed(self, tokens, vectors, w):
        e, rows, cells = tokens.shape
        one = F.one_hot(tokens, TOKENS).to(vectors.dtype).view(e, -1, TOKENS)
        x = torch.bmm(one, w["embed"]).view(e, rows, cells, -1) + vectors[:, :, None]
        return math.sqrt(x.shape[-1]) * x

    def logits(self, z, w):
        e, rows, cells, d = z.shape
        return torch.bmm(z.view(e, -1, d), w["head"]).view(e, rows, cells, TOKENS).float()

    def segment(self, p, tokens, labels, vectors, z):
        """The loss (a sum over variants), the state, and for each variant the share of exact rows."""
        w = {name: value.to(HALF) for name, value in p.items()}
        x = self.embed(tokens, vectors.to(HALF), w)
        for _ in range(self.args.loops):
            z = self.call(z + x, w)
        logits, there = self.logits(z, w), labels != PAD
        each = F.cross_entropy(logits.flatten(0, 2), labels.flatten(), reduction="none").view(labels.shape) * there
        exact = ((logits.argmax(-1) == labels) | ~there).all(-1)
        return (each.sum(-1) / there.sum(-1)).mean(1).sum(), z.detach(), exact.float().mean(1)


# ---- training ----------------------------------------------------------------------------------------------------


def orthogonal(u):
    turned = u.shape[1] > u.shape[2]
    x = (u.mT if turned else u).to(HALF)
    x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    for _ in range(5):
        a = torch.bmm(x, x.mT)
        x = 3.4445 * x + torch.bmm(-4.7750 * a + 2.0315 * torch.bmm(a, a), x)
    return (x.mT if turned else x).float()


class Optimiser:
    def __init__(self, p, of):
        self.rate, self.decay, self.muon = of("lr", 1.5e-3), of("weight_decay", 0.1), of("muon_lr", 0)
        self.some_muon = bool((self.muon > 0).any())
        self.m = {k: torch.zeros_like(v) for k, v in p.items()}
        self.v = {k: torch.zeros_like(v) for k, v in p.items()}
        self.average = {k: v.detach().clone() for k, v in p.items()}

    def step(self, p, grads, scale, c1, c2):
        norm = sum(g.float().square().flatten(1).sum(1) for g in grads.values()).sqrt()
        clip = (1 / (norm + 1e-6)).clamp(max=1)
        for k, w in p.items():
            g, decay, rate = grads[k] * clip[:, None, None], self.decay[:, None, None], self.rate[:, None, None] * scale
            m, v = self.m[k], self.v[k].mul_(.95).addcmul_(g, g, value=.05)
            if self.some_muon and k.rstrip("0123456789") in MATRICES:
                turned = self.muon[:, None, None]
                m.mul_(torch.where(turned > 0, .95, .9)).add_(g * torch.where(turned > 0, 1, .1))
                u = orthogonal(g + .95 * m) * math.sqrt(max(1, w.shape[2] / w.shape[1]))
                u = torch.where(turned > 0, u, m / c1 / ((v / c2).sqrt() + 1e-8))
                rate = torch.where(turned > 0, turned * scale, rate)
            else:
                u = m.mul_(.9).add_(g, alpha=.1) / c1 / ((v / c2).sqrt() + 1e-8)
            w.sub_(rate * (u + decay * w))
            self.average[k].lerp_(w, 1e-3)


def train(args, data, net, of):
    e, rows, cells, d = net.variants, args.batch, args.side**2, args.hidden
    views = args.copies + 1
    copies, noise, dropout = of("copies", args.copies).long(), of("vector_noise", 0), of("vector_dropout", 0)
    rate, decay, shared_rate, hidden = (of("vector_lr", 1e-2), of("vector_decay", .1), of("shared_lr", 0),
                                        of("own_dropout", 0))
    size = of("vector_size", d)
    used = (torch.arange(d, device=DEVICE) < size[:, None]).float()[:, None]
    own = torch.zeros(e, len(data.tasks) * views, d, device=DEVICE)
    shared = torch.zeros(e, len(data.tasks), d, device=DEVICE)
    optimiser, names = Optimiser(net.p, of), list(net.p)
    segment, step_of = torch.compile(net.segment), torch.compile(optimiser.step)
    row = torch.arange(e, device=DEVICE)[:, None]
    age = (torch.arange(rows, device=DEVICE) % args.segments).repeat(e, 1)
    tokens, labels, ids = data.draw(rows, copies)
    z = net.initial.expand(e, rows, cells, d).to(HALF).contiguous()
    fit, begun = torch.zeros(e, device=DEVICE), time.time()
    for step in range(args.steps):
        fresh = age >= args.segments
        drawn = data.draw(rows, copies)
        tokens, labels = (torch.where(fresh[..., None], new, old) for new, old in zip(drawn, (tokens, labels)))
        ids = torch.where(fresh, drawn[2], ids)
        z = torch.where(fresh[..., None, None], net.initial.to(HALF), z)
        age = torch.where(fresh, 0, age) + 1
        alone = (torch.rand(e, rows, 1, device=DEVICE) >= hidden[:, None, None]).float() * used
        keep = (torch.rand(e, rows, d, device=DEVICE) >= dropout[:, None, None]) / (1 - dropout[:, None, None])
        v = (own[row, ids] * alone + shared[row, ids // views]) * keep
        v = (v + noise[:, None, None] * torch.randn_like(v) / math.sqrt(d)).requires_grad_(True)
        loss, z, exact = segment(net.p, tokens, labels, v, z)
        *grads, dv = torch.autograd.grad(loss, [net.p[k] for k in names] + [v])
        scale = min(1, (step + 1) / 100) * (.05 + .95 * .5 * (1 + math.cos(math.pi * step / args.steps)))
        with torch.no_grad():
            step_of(net.p, dict(zip(names, grads)), *(torch.tensor(x, device=DEVICE) for x in (
                scale, 1 - .9**(step + 1), 1 - .95**(step + 1))))
            for table, at, r, g in ((own, ids, rate, dv * keep * alone), (shared, ids // views, shared_rate, dv * keep)):
                r = (r * scale)[:, None, None]
                table[row, at] = table[row, at] * (1 - r * decay[:, None, None]) - r * torch.sign(g)
            fit = fit.lerp(exact, .002)
        if (step + 1) % 1000 == 0:
            print(step + 1, f"{time.time() - begun:.0f} s, exact", [round(x, 3) for x in fit.tolist()], flush=True)
    return optimiser.average, own * used, shared, fit.tolist()


# ---- scores ------------------------------------------------------------------------------------------------------


def cropped(cells):
    rows = cols = 0
    while rows < len(cells) and cells[rows, 0] >= COLOUR:
        rows += 1
    while cols < len(cells) and cells[0, cols] >= COLOUR:
        cols += 1
    return np.clip(cells[:rows, :cols], COLOUR, None) - COLOUR if rows and cols else None


@torch.no_grad()
def answers(args, data, net, average, own, shared):
    """The answer of every variant to every test input in every view (variants x questions x cells)."""
    w = {name: value.to(HALF) for name, value in average.items()}
    call, out = torch.compile(lambda z, x: net.call(z + x, w)), []
    rows = 256
    for first in range(0, len(data.question), rows):
        i = torch.arange(first, first + rows, device=DEVICE).clamp(max=len(data.question) - 1)
        zero = torch.zeros_like(i)
        tokens = data.asked.canvas(i, 0, zero, zero).expand(net.variants, -1, -1)
        id = data.asked_id[i]
        x = net.embed(tokens, (own[:, id] + shared[:, id // (args.copies + 1)]).to(HALF), w)
        z = net.initial.expand(net.variants, rows, args.side**2, args.hidden).to(HALF)
        for _ in range(args.loops * args.segments):
            z = call(z, x)
        out.append(net.logits(z, w).argmax(-1).to(torch.uint8).cpu().numpy())
    return np.concatenate(out, 1)[:, :len(data.question)]


def score(args, data, cells, copies):
    """pass@k in tasks, by the votes of all copies."""
    votes = {}
    for (t, v, q), tokens in zip(data.question, cells):
        grid = cropped(tokens.reshape(args.side, args.side)) if v <= copies else None
        if grid is not None:
            grid = seen_back(grid, data.views[t][v])
            key = grid.shape, grid.tobytes()
            own = votes.setdefault((t, q), {})
            own[key] = own.get(key, 0) + 1
    result = {f"{who} pass@{k}": 0.0 for who in ("scored", "others") for k in (1, 2, 10)}
    for (t, q), own in votes.items():
        solution = np.array(data.tasks[t][3][q][1], np.uint8)
        ranked = sorted(own, key=lambda key: -own[key])
        key = solution.shape, solution.tobytes()
        for k in (1, 2, 10):
            if key in ranked[:k]:
                result[f"{'scored' if data.tasks[t][1] else 'others'} pass@{k}"] += 1 / len(data.tasks[t][3])
    return {name: round(value, 1) for name, value in result.items()}


def main():
    args = arguments()
    torch.manual_seed(0)

    def of(key, default):
        return torch.tensor([float(v.get(key, default)) for v in args.variants], device=DEVICE)

    data = Data(args)
    scored = sum(task[1] for task in data.tasks)
    print(f"{len(data.tasks)} tasks, {scored} scored; {len(args.variants)} variants", flush=True)
    net = Net(args)
    average, own, shared, fit = train(args, data, net, of)
    cells = answers(args, data, net, average, own, shared)
    results = []
    for variant, exact, mine in zip(args.variants, fit, cells):
        result = {"variant": variant, "fit": round(exact, 3)}
        result |= score(args, data, mine, int(variant.get("copies", args.copies)))
        results.append(result)
        print(json.dumps(result), flush=True)
    with open(args.out, "w") as out:
        json.dump({"tasks": len(data.tasks), "scored": scored, "results": results}, out, indent=1)


if __name__ == "__main__":
    main()
