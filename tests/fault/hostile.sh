#!/bin/sh
# Files that one who knows their formats made hostile, through every command that reads them.
# In short form what a fixed seed draws; FAULT=long: see hostile.py.
. tests/cli/lib.sh "$1"
not_sanitized "hostile files" "the sanitizers take memory of their own"
python3 -B tests/fault/hostile.py "$hrm" - "$work"
