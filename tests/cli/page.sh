#!/bin/sh
# The page of hrm serve, in Chromium without a window. Screenshots stay where PAGE_SHOTS says.
. tests/cli/lib.sh "$1"
skip_all() {
    echo "ok 1 - the page # skip: $1"
    echo "1..1"
    exit 0
}
command -v python3 >/dev/null || skip_all "python3 is not installed"
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    skip_all "no chromium is installed"
export PYTHONDONTWRITEBYTECODE=1
folder=${PAGE_SHOTS:-$work}
mkdir -p "$folder"
timeout 600 python3 tests/serve/page_test.py "$hrm" "$folder"
