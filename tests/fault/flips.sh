#!/bin/sh
# One flipped bit anywhere in a model or a state is refused.
# In short form what a fixed seed draws; FAULT=long: see flips.py.
. tests/cli/lib.sh "$1"
python3 -B tests/fault/flips.py "$hrm" - "$work"
