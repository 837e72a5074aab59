#!/bin/sh
# What small files of models and tasks make hrm take.
. tests/cli/lib.sh "$1"
case $hrm in */asan/*)
    echo "ok 1 - memory in proportion to files # SKIP the sanitizers take memory of their own"
    echo "1..1"
    exit 0
    ;;
esac
python3 -B tests/fault/bounds.py "$hrm" - "$work"
