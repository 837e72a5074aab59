#!/bin/sh
# Abuse of the Python binding: no signal, no hang.
# In short form what a fixed seed draws; FAULT=long: see python.py.
. tests/cli/lib.sh "$1"
not_sanitized "abuse of the Python binding" "python3 itself is not built with the sanitizer"
python3 -B tests/fault/python.py "$hrm" "$(cd "$1" && pwd)/libhrm.so" "$work"
