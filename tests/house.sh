#!/bin/sh
# The rules of the house that a compiler does not check, as TAP:
# floors (includes only point down), exported symbols, sizes of files, formatting.
#
# usage: tests/house.sh BUILD_DIR
set -u
build=$1
n=0 bad=0
tell() { # tell STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        bad=1
    fi
}

# A folder may include headers of lower floors and its own. hrm.h is declarations only: the rooms from
# data/ up fill its structures in, so they may see it too; app/ sees nothing else.
floors=$(awk '
BEGIN {
    floor["base"] = 0
    floor["kern"] = floor["task"] = floor["io"] = 1
    floor["nn"] = 2; floor["data"] = 3; floor["model"] = 4
    floor["solve"] = 5; floor["train"] = 6; floor["check"] = 7; floor["api"] = 8
}
/^#include "/ {
    split(FILENAME, part, "/"); room = part[1] == "app" ? "app" : part[2]
    name = $2; gsub(/"/, "", name); cut = index(name, "/")
    to = cut ? substr(name, 1, cut - 1) : ""
    if (room == "app") fine = name == "hrm.h" || !cut || to == "app"
    else if (name == "hrm.h") fine = floor[room] >= 3
    else fine = to == room || ((to in floor) && floor[to] < floor[room])
    if (!fine) print FILENAME ": includes " name
}' src/*/*.[ch] app/*.[ch])
[ -z "$floors" ]
tell $? "includes point down only"
[ -z "$floors" ] || echo "$floors"

if [ -e "$build/libhrm.so" ]; then
    declared=$(sed -n 's/.*HRM_API.*[ *]\(hrm_[a-z_0-9]*\)(.*/\1/p' include/hrm.h | sort)
    exported=$(nm -D --defined-only "$build/libhrm.so" | awk '$2 != "A" {sub("@.*", "", $3); print $3}' | grep -v '^_' | sort)
    [ "$declared" = "$exported" ]
    tell $? "the library exports what hrm.h declares and nothing else"
    [ "$declared" = "$exported" ] || {
        printf '%s\n' "$declared" >"$build/declared"
        printf '%s\n' "$exported" | diff "$build/declared" -
    }
    # Static thread-local memory is cut from the stack of every thread of a program that links the library.
    held=$(readelf -lW "$build/libhrm.so" | awk '$1 == "TLS" { print $6 }')
    [ $((held)) -le 16384 ]
    tell $? "threads of other programs keep their stacks (${held:-0} bytes of them are the library's)"
fi

long=$(wc -l src/*/*.[ch] app/*.[ch] | awk '$2 != "total" && $1 > 700 {print $2 " has " $1 " lines"}')
[ -z "$long" ]
tell $? "no source file has more than 700 lines"
[ -z "$long" ] || echo "$long"

if command -v clang-format >/dev/null; then
    clang-format -n --Werror include/*.h src/*/*.[ch] app/*.[ch] tests/*.h tests/*/*.c >/dev/null 2>&1
    tell $? "clang-format is applied"
else
    n=$((n + 1))
    echo "ok $n - clang-format is applied # SKIP clang-format is not installed"
fi
echo "1..$n"
exit $bad
