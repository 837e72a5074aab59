#!/bin/sh
# A power cut after any system call of every command that writes.
# In short form what a fixed seed draws; FAULT=long: see power.py.
. tests/cli/lib.sh "$1"
not_sanitized "power cuts" "the sanitizers look for leaks, which cannot be done in a program that is followed"
python3 -B tests/fault/power.py "$hrm" "$(cd "$1" && pwd)/tests/fault/calls" "$work"
