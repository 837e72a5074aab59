#!/bin/sh
# hrm's files against current PyTorch and the safetensors package, where a virtual environment has them:
# $HRM_TORCH_VENV, or build/torch, which `make torch` makes (a download of some gigabytes).
build=$1
venv=${HRM_TORCH_VENV:-build/torch}
if ! "$venv/bin/python" -c 'import torch, safetensors, numpy, yaml' 2>/dev/null; then
    echo "ok 1 - files against PyTorch and safetensors # SKIP $venv does not have them; make torch"
    echo "1..1"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shared=${HRM_SHARED-../shared} fixtures=tests/fixtures
[ ! -e "${shared:-/nowhere}/fixtures/manifest.json" ] || fixtures=$shared/fixtures
CUDA_VISIBLE_DEVICES='' "$venv/bin/python" tests/torch/check.py "$build/hrm" "$work" "$fixtures"
