#!/bin/sh
# Memory that runs out in the service: a client gets the whole answer, or hears of it, or is cut off.
# In short form some allocations, drawn by a fixed seed; FAULT=long: all.
. tests/cli/lib.sh "$1"
not_sanitized "allocations of the service that fail" "the sanitizers have an allocator of their own"
python3 -B tests/fault/serve.py "$hrm" "$(cd "$1" && pwd)/tests/fault/failalloc.so" "$work"
