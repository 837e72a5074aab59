#!/bin/sh
# Abuse of the Python binding: no signal, no hang.
# In short form what a fixed seed draws; FAULT=long: see python.py.
. tests/cli/lib.sh "$1"
case $hrm in */asan/*)
    echo "ok 1 - abuse of the Python binding # SKIP python3 itself is not built with the sanitizer"
    echo "1..1"
    exit 0
    ;;
esac
python3 -B tests/fault/python.py "$hrm" "$(cd "$1" && pwd)/libhrm.so" "$work"
