#!/bin/sh
# What a plain `make` builds is hardened: a stray write ends the process instead of running what it wrote.
. tests/cli/lib.sh "$1"
case $hrm in
*/release/*) ;;
*)
    echo "ok 1 - hardening # skip: of release builds alone"
    echo 1..1
    exit 0
    ;;
esac
for file in "$hrm" "${hrm%/*}/libhrm.so"; do
    part=${file##*/}
    expect 0 'GNU_RELRO' "$part: tables of addresses are read-only" readelf -lW "$file"
    grep -q 'GNU_STACK.* RW  ' "$work/out"
    tell $? "$part: the stack holds no code"
    expect 0 'NOW' "$part: and complete before it starts" readelf -dW "$file"
    expect 0 '__stack_chk_fail' "$part: overwritten stack frames are noticed" readelf --dyn-syms -W "$file"
    grep -q '__[a-z]*_chk@' "$work/out"
    tell $? "$part: libc checks the sizes that the compiler knows"
done
expect 0 'DYN (Position-Independent' "hrm: loaded at an address of the system's choice" readelf -hW "$hrm"
finish
