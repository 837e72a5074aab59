#!/bin/sh
# What small files of models and tasks make hrm take.
. tests/cli/lib.sh "$1"
not_sanitized "memory in proportion to files" "the sanitizers take memory of their own"
python3 -B tests/fault/bounds.py "$hrm" - "$work"
