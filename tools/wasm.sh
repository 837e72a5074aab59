#!/bin/sh
# Says which Debian packages are missing for the WebAssembly module (make wasm), if any.
#
# usage: tools/wasm.sh [--quiet]
set -u
missing=
have() { command -v "$1" >/dev/null 2>&1; }
have clang || missing="$missing clang"
have wasm-ld || missing="$missing lld"
[ -e /usr/include/wasm32-wasi/stdlib.h ] || missing="$missing wasi-libc"
builtins=$(clang --target=wasm32-wasi -print-libgcc-file-name 2>/dev/null)
[ -e "$builtins" ] || missing="$missing libclang-rt-dev-wasm32"
[ -n "$missing" ] || exit 0
echo "make wasm needs these packages:$missing" >&2
echo "install them with: apt-get install$missing" >&2
exit 1
