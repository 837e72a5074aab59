#!/bin/sh
# A disk that fills up or fails, a call cut short, a kill: at each system call of every command that writes.
# In short form what a fixed seed draws; FAULT=long: see calls.py.
. tests/cli/lib.sh "$1"
not_sanitized "system calls that fail" "the sanitizers look for leaks, which cannot be done in a program that is followed"
python3 -B tests/fault/calls.py "$hrm" "$(cd "$1" && pwd)/tests/fault/calls" "$work"
