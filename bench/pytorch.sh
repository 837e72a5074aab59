#!/bin/sh
# hrm against PyTorch on this machine's processor, the same work in turn; see bench/pytorch.py.
# Makes a virtual environment with the current wheel from PyPI (a large download) the first time.
#
# usage: bench/pytorch.sh [--configs NAME...] [--batch N] [--rounds N] [--isa NAME...] [--modes NAME...] [--threads N]
set -eu
cd "$(dirname "$0")/.."
make -s all
venv=${HRM_TORCH_VENV:-build/torch}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import torch' 2>/dev/null || "$venv/bin/pip" install -q torch numpy
case " $* " in
*" --isa "*) ;;
*)
    # every table that rounds as PyTorch's types do: the best in float, and bf16 where there is one
    set -- "$@" --isa float $(build/release/hrm --version --json | grep -oE 'amx|avx512bf16' | tail -1)
    ;;
esac
CUDA_VISIBLE_DEVICES= exec "$venv/bin/python" bench/pytorch.py build/release/hrm "$@"
