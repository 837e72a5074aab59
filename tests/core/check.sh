#!/bin/sh
# The core: needs nothing but libc, libm and jansson, and answers as the whole library does.
#
# usage: tests/core/check.sh BUILD_DIR HRM
build=$1 hrm=$2
puzzle=8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..
asks=$(nm -u "$build/libhrm-core.a" | awk '/U (pthread|fopen|open$|mmap|yaml|zip|png|gz)/ {print $2}' | sort -u)
[ -z "$asks" ] || { echo "the core asks for" $asks && exit 1; }
core=$("$build/tests/core/solve" models/sudoku.safetensors $puzzle) || exit 1
whole=$("$hrm" solve models/sudoku.safetensors $puzzle --threads 2 | cut -f1)
[ "$core" = "$whole" ] || { printf '%s is not\n%s\n' "$core" "$whole" && exit 1; }
# Weights in fewer bytes are small here too, and the example for small machines takes no memory once it has started.
edge=$(echo "$puzzle" | "$build/examples/edge/solve") || exit 1
[ "$edge" = "$whole" ] || { printf 'examples/edge: %s is not\n%s\n' "$edge" "$whole" && exit 1; }
told=$(for i in 1 2 3; do echo $puzzle; done | "$build/tests/core/counted" 2>&1) || { echo "$told" && exit 1; }
echo "$told" | grep -qx "after the start: 0 allocations" || { echo "examples/edge takes memory: $told" && exit 1; }
echo "$told" | grep start
echo "ok: the core solves as the library does, $(size "$build/tests/core/solve" | awk 'NR == 2 {print $4}') bytes"
