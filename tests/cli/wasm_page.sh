#!/bin/sh
# The page that stands alone, in Chromium without a window. Screenshots stay where PAGE_SHOTS says.
. tests/cli/lib.sh "$1"
not_sanitized "the page without a service" "the module is not built by them"
skip_all() {
    echo "ok 1 - the page without a service # skip: $1"
    echo "1..1"
    exit 0
}
sh tools/wasm.sh >/dev/null 2>&1 || skip_all "clang for WebAssembly is not installed"
command -v python3 >/dev/null || skip_all "python3 is not installed"
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    skip_all "no chromium is installed"
mkdir -p build # see wasm.sh
flock build/wasm.lock env -u MAKEFLAGS -u MAKELEVEL -u CC make -j2 page >&2 || exit 1
export PYTHONDONTWRITEBYTECODE=1
folder=${PAGE_SHOTS:-$work}
mkdir -p "$folder"
# a net of the size of the published TRM, 6.8 M weights, hardly trained, through the layout of their files
large_net large "arch: trm" "l_layers: 2"
"$hrm" convert "$work/large/model.safetensors" "$work/step_1" --compiled --quiet >&2 || exit 1
"$hrm" convert "$work/step_1" "$work/published.safetensors" --quiet >&2 || exit 1
answer=$("$hrm" solve "$work/published.safetensors" 53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79 --isa portable | cut -f1)
timeout 900 python3 tests/serve/alone_test.py build/wasm/hrm.html models/sudoku-fields.safetensors "$work/published.safetensors" "$answer" "$folder"
