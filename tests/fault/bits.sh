#!/bin/sh
# The same bits with any number of threads, memory and batch, and from any compiler, within an instruction set.
# In short form a dozen cells; FAULT=long: all, and those of clang where it is installed.
. tests/cli/lib.sh "$1"
other=-
if [ "${FAULT-}" = long ] && [ "$(basename "$1")" = release ] && command -v clang >/dev/null; then
    make -s CC=clang B=build/clang build/clang/hrm >/dev/null 2>"$work/err" || sed 's/^/# /' "$work/err"
    other=$root/build/clang/hrm
fi
python3 -B tests/fault/bits.py "$hrm" "$other" "$work"
