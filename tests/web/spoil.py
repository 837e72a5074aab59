"""Spoilt models for tests/web/hostile.mjs, made as those of tests/fault. usage: spoil.py OUT COUNT MODEL...   SEED (1)"""

import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fault"))
sys.dont_write_bytecode = True
from spoil import spoil  # noqa: E402


out, count, models = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
for model in models:
    draw, data = random.Random(os.environ.get("SEED", "1") + pathlib.Path(model).name), pathlib.Path(model).read_bytes()
    for n in range(count):
        spoilt, _ = spoil("new.safetensors", data, draw)
        (out / f"{pathlib.Path(model).stem}-{n:04}").write_bytes(spoilt)
