#!/bin/sh
# Memory that runs out anywhere is told, and nothing is damaged: every command with an allocation that fails.
# In short form some allocations of each command, drawn by a fixed seed; FAULT=long: all.
. tests/cli/lib.sh "$1"
not_sanitized "allocations that fail" "the sanitizers have an allocator of their own"
python3 -B tests/fault/alloc.py "$hrm" "$(cd "$1" && pwd)/tests/fault/failalloc.so" "$work"
