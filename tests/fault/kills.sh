#!/bin/sh
# kill -9 at random moments of every command that writes; training goes on with any number of threads.
# In short form what a fixed seed draws; FAULT=long: see kills.py.
. tests/cli/lib.sh "$1"
python3 -B tests/fault/kills.py "$hrm" "$(cd "$1" && pwd)/tests/fault/calls" "$work"
