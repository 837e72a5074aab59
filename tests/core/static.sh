#!/bin/sh
# hrm-sudoku is one file to copy: it must need nothing where it is copied to, answer as `hrm solve` does, and say by its
# exit status what became of the puzzles, which scripts go by.
#
# usage: tests/core/static.sh HRM_SUDOKU HRM
program=$1 hrm=$2
bad=0
tell() { # tell STATUS WHAT
    [ "$1" -eq 0 ] && return
    echo "hrm-sudoku: not so: $2"
    bad=1
}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
sed 1d data/sudoku-9x9-test.csv | cut -d, -f2 | head -5 >"$folder/puzzles"
ends() { # ends STATUS ARGUMENTS...: with standard input; streams go to out and err
    want=$1
    shift
    env -i "$program" "$@" >"$folder/out" 2>"$folder/err"
    tell "$(($? - want))" "exit status $want with $*"
}

[ "$(wc -c <"$program")" -le 2097152 ]
tell $? "it has at most 2 MB"
! readelf -d "$program" 2>/dev/null | grep -q NEEDED
tell $? "it needs no library"
"$hrm" solve models/sudoku.safetensors "$folder/puzzles" --quiet >"$folder/want" 2>/dev/null
ends 0 <"$folder/puzzles"
cmp -s "$folder/out" "$folder/want"
tell $? "it answers as hrm solve does"
# shellcheck disable=SC2046
ends 0 --check --rounds 500 $(cat "$folder/puzzles")
cmp -s "$folder/out" "$folder/want"
tell $? "puzzles may be arguments"
head -1 "$folder/puzzles" | fold -w 9 >"$folder/rows"
ends 0 <"$folder/rows"
head -1 "$folder/want" | cmp -s - "$folder/out"
tell $? "or rows of a grid"
ends 1 123 "$(head -1 "$folder/puzzles")"
grep -q "puzzle 1: 3 characters" "$folder/err" && head -1 "$folder/want" | cmp -s - "$folder/out"
tell $? "what is no puzzle is named, and the rest solved"
ends 1 --rounds 1 8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..
grep -q "not solved: no answer in 1 round" "$folder/out"
tell $? "rounds are bounded"
ends 1 11.......................................................................
ends 2 --what
grep -q -- "--what" "$folder/err"
tell $? "an unknown option is named"
ends 2 --rounds none
ends 0 --help
grep -q "^Usage" "$folder/out"
tell $? "it says how it is used"
ends 0 --version
if [ -e /dev/full ]; then
    env -i "$program" "$(head -1 "$folder/puzzles")" >/dev/full 2>"$folder/err"
    [ $? -eq 1 ] && grep -q "cannot write" "$folder/err"
    tell $? "answers that cannot be written are told"
fi
[ $bad -eq 0 ] && echo "ok: $program needs nothing and answers as the command does, $(wc -c <"$program") bytes"
exit $bad
