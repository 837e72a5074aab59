#!/bin/sh
# A long stream of puzzles and a long training run hold no more memory in the end than at first.
# Only in make fault; SOAK_PUZZLES and SOAK_SECONDS say how long.
. tests/cli/lib.sh "$1"
python3 -B tests/fault/soak.py "$hrm" - "$work"
