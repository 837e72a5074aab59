#!/bin/sh
# examples/llm/ against an endpoint that speaks the protocol, and examples/web_service.py.
. tests/cli/lib.sh "$1"
build=$(cd "$1" && pwd)
skip_all() {
    echo "ok 1 - examples around the service # skip: $1"
    echo "1..1"
    exit 0
}
command -v python3 >/dev/null || skip_all "python3 is not installed"
case $hrm in */asan/*) skip_all "python3 itself is not built with the sanitizer" ;; esac
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=python
HRM_LIBRARY="$build/libhrm.so.$(awk '/define HRM_ABI/ { print $3 }' include/hrm.h)"
export HRM_LIBRARY
python3 tests/serve/examples_test.py "$hrm"
