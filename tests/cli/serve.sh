#!/bin/sh
# hrm serve: what clients meet, driven by Python's standard library.
. tests/cli/lib.sh "$1"
if ! command -v python3 >/dev/null; then
    echo "ok 1 - hrm serve # skip: python3 is not installed"
    echo "1..1"
    exit 0
fi
export PYTHONDONTWRITEBYTECODE=1
python3 tests/serve/http_test.py "$hrm" "$work"
