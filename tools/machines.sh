#!/bin/sh
# Builds hrm-sudoku (the core, the Sudoku model and a program in one static file) for other machines with Debian's cross
# compilers, and solves a puzzle with each under user-mode emulation: what only one of them would refuse, such as types of other
# sizes, addresses that must be even, or a processor without vectors, is heard of here. A machine whose compiler is not there
# is passed over, and named.
#
# usage: tools/machines.sh HRM
set -u
hrm=$1
puzzle=.8635941775981432643176.859917.36248645298731328147965562983174193475682874621.93 # a few rounds: emulated ones are slow
want=$("$hrm" solve models/sudoku.safetensors $puzzle --isa float | cut -f1)
bad=0 missing=
try() { # try MACHINE QEMU
    command -v "$1-gcc" "$2" >/dev/null || { missing="$missing $1" && return; }
    ${MAKE:-make} -s CROSS_COMPILE="$1-" HRM="$hrm" static || { bad=1 && return; }
    told=$("$2" "build/$1-static/hrm-sudoku" $puzzle)
    [ "$told" = "$want	solved" ] && echo "ok: $1 solves, $(wc -c <"build/$1-static/hrm-sudoku") bytes" && return
    echo "$1: $told is not $want"
    bad=1
}
try arm-linux-gnueabihf qemu-arm
try riscv64-linux-gnu qemu-riscv64
try aarch64-linux-gnu qemu-aarch64
[ -z "$missing" ] || echo "not tried:$missing (gcc-arm-linux-gnueabihf libc6-dev-armhf-cross gcc-riscv64-linux-gnu" \
    "libc6-dev-riscv64-cross gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)"
exit $bad
