#!/bin/sh
# Runs tests that speak TAP: programs, and scripts (*.sh), which are given the build folder. Failing ones
# show their output. What was skipped and why stands at the end, above the plain line "N passed, N failed".
# TEST_JOBS=N: so many beside each other (1). TEST_SKIPS=FILE: a skip that is no line of it ("test: name") fails.
#
# usage: tests/run.sh BUILD_DIR TEST...
set -u
build=$1
shift
log=$build/tests/log
mkdir -p "$log"

# name_of TEST: "test_io", "cli-maze", "fuzz", "house"
name_of() {
    case $1 in
    tests/*/run.sh) basename "$(dirname "$1")" ;;
    tests/cli/*.sh) echo "cli-$(basename "$1" .sh)" ;;
    tests/fault/*.sh) echo "fault-$(basename "$1" .sh)" ;;
    *) basename "$1" .sh ;;
    esac
}

run() { # run NAME COMMAND...: counts its lines into NAME.count and NAME.skips; one that dies without a failed line counts as one
    name=$1
    shift
    began=$(date +%s)
    CMOCKA_MESSAGE_OUTPUT=TAP "$@" >"$log/$name.tap" 2>"$log/$name.err"
    code=$?
    awk -f tests/tap.awk "$log/$name.tap" >"$log/$name.lines"
    read -r good skip bad <"$log/$name.lines"
    if [ $code -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    sed "1d; s/^/$name: /" "$log/$name.lines" >"$log/$name.skips"
    unlisted=
    [ -z "${TEST_SKIPS-}" ] || unlisted=$(cut -f1 "$log/$name.skips" | grep -vxFf "$TEST_SKIPS")
    [ -z "$unlisted" ] || bad=$((bad + $(echo "$unlisted" | wc -l)))
    echo "$good $skip $bad" >"$log/$name.count"
    printf '%-28s %3d passed' "$name" "$good"
    [ "$skip" -eq 0 ] || printf ', %d skipped' "$skip"
    [ "$bad" -eq 0 ] || printf ', %d FAILED (exit %d)' "$bad" "$code"
    printf '  %d s\n' $(($(date +%s) - began))
    [ -z "$unlisted" ] || echo "$unlisted" | sed "s|$|: skipped, and not listed in $TEST_SKIPS|"
    if [ "$bad" -ne 0 ]; then
        grep -A8 '^[[:space:]]*not ok ' "$log/$name.tap" | head -60
        tail -40 "$log/$name.err"
    fi
}

if [ "${1-}" = --one ]; then
    unset TEST_JOBS
    case $2 in
    *.sh) said=$(run "$(name_of "$2")" sh "$2" "$build") ;;
    *) said=$(run "$(name_of "$2")" "$2") ;;
    esac
    echo "$said"
    exit
fi

for test in "$@"; do rm -f "$log/$(name_of "$test").count"; done
printf '%s\0' "$@" | xargs -0 -n 1 -P "${TEST_JOBS:-1}" sh "$0" "$build" --one

passed=0 failed=0 skipped=0
: >"$log/skips"
for test in "$@"; do
    name=$(name_of "$test")
    good=0 skip=0 bad=1
    [ ! -e "$log/$name.count" ] || read -r good skip bad <"$log/$name.count"
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
    [ ! -e "$log/$name.count" ] || cat "$log/$name.skips" >>"$log/skips"
done

# "skipped, WHY: test: name; test: name"
awk -F '\t' '{ if (!($2 in who)) order[++n] = $2; who[$2] = who[$2] (who[$2] == "" ? "" : "; ") $1 }
    END { for (i = 1; i <= n; i++) print "skipped, " order[i] ": " who[order[i]] }' "$log/skips"
if [ "$skipped" -eq 0 ]; then echo "$passed passed, $failed failed"; else
    echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" -eq 0 ]
