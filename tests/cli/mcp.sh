#!/bin/sh
# hrm mcp, and POST /mcp of hrm serve: message by message, and with the official SDK as the client.
. tests/cli/lib.sh "$1"
if ! command -v python3 >/dev/null; then
    echo "ok 1 - MCP # skip: python3 is not installed"
    echo "1..1"
    exit 0
fi
export PYTHONDONTWRITEBYTECODE=1
passed_on() { # passed_on COMMAND...: a program that prints TAP of its own
    "$@" >"$work/tap" 2>"$work/err"
    while read -r line; do
        case $line in
        "ok "*) n=$((n + 1)) && echo "ok $n - ${line#*- }" ;;
        "not ok "*) n=$((n + 1)) bad=1 && echo "not ok $n - ${line#*- }" ;;
        "# "*) echo "$line" ;;
        esac
    done <"$work/tap"
    cp "$work/tap" "$work/out"
    grep -q '^1\.\.' "$work/tap"
    tell $? "$(basename "$2") came to the end"
}
passed_on python3 tests/serve/mcp_test.py "$hrm"

# Where there is a way to PyPI.
for version in "mcp>=2" "mcp<2"; do
    python=$work/sdk/bin/python
    rm -rf "$work/sdk"
    if python3 -m venv "$work/sdk" 2>/dev/null &&
        timeout 120 "$python" -m pip install --quiet --disable-pip-version-check --retries 0 --timeout 10 \
            "$version" 2>/dev/null; then
        passed_on "$python" tests/serve/mcp_sdk.py "$hrm"
    else
        n=$((n + 1))
        echo "ok $n - the SDK as the client, $version # skip: no venv, or no way to PyPI"
    fi
done
finish
