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
env -u MAKEFLAGS -u MAKELEVEL -u CC make -j2 page >&2 || exit 1
export PYTHONDONTWRITEBYTECODE=1
folder=${PAGE_SHOTS:-$work}
mkdir -p "$folder"
timeout 900 python3 tests/serve/alone_test.py build/wasm/hrm.html models/sudoku-fields.safetensors "$folder"
