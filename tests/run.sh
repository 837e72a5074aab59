#!/bin/sh
# Runs every test program and the scripts under tests/cli, each of which speaks TAP, and closes with the
# plain line "N passed, N failed". Failing programs show their output.
#
# usage: tests/run.sh BUILD_DIR PROGRAM...
set -u
build=$1
shift
log=$build/tests/log
mkdir -p "$log"
passed=0 failed=0 skipped=0

# run NAME COMMAND...: counts the TAP lines; a program that dies without a failed line counts as one.
run() {
    name=$1
    shift
    CMOCKA_MESSAGE_OUTPUT=TAP "$@" >"$log/$name.tap" 2>"$log/$name.err"
    code=$?
    skip=$(grep -ci '^ok .*# *skip' "$log/$name.tap")
    good=$(($(grep -c '^ok ' "$log/$name.tap") - skip))
    bad=$(grep -c '^not ok ' "$log/$name.tap")
    if [ $code -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ $((good + skip + bad)) -eq 0 ]; then bad=1; fi
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
    printf '%-28s %3d passed' "$name" "$good"
    [ "$skip" -eq 0 ] || printf ', %d skipped' "$skip"
    [ "$bad" -eq 0 ] || printf ', %d FAILED (exit %d)' "$bad" "$code"
    echo
    if [ "$bad" -ne 0 ]; then
        grep -A8 '^not ok ' "$log/$name.tap" | head -60
        tail -40 "$log/$name.err"
    fi
}

for program in "$@"; do
    run "$(basename "$program")" "$program"
done
for script in tests/cli/*.sh; do
    [ "$(basename "$script")" = lib.sh ] && continue
    [ -e "$script" ] && run "cli-$(basename "$script" .sh)" sh "$script" "$build"
done
run fuzz sh tests/fuzz/run.sh "$build"
[ -e tests/house.sh ] && run house sh tests/house.sh "$build"

[ "$skipped" -eq 0 ] || echo "($skipped skipped: they need data that is not here; see README)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
