#!/bin/sh
# Files that one who knows their formats made hostile, through every command that reads them.
# In short form what a fixed seed draws; FAULT=long: see hostile.py.
. tests/cli/lib.sh "$1"
case $hrm in */asan/*)
    echo "ok 1 - hostile files # SKIP the sanitizers take memory of their own"
    echo "1..1"
    exit 0
    ;;
esac
python3 -B tests/fault/hostile.py "$hrm" - "$work"
