#!/bin/sh
# Generated ARC-like tasks through the real command: made, the same again, read as a source, what is refused.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1

expect 0 "wrote made.json: 204 tasks" "makes tasks" "$hrm" data arc-like made.json --count 204 --seed 3 --side 12
"$hrm" data arc-like again.json --count 204 --seed 3 --side 12 --quiet && cmp -s made.json again.json
tell $? "the same seed gives the same bytes"
"$hrm" data arc-like held.json --count 102 --seed 4 --side 12 --quiet 2>err && [ ! -s err ]
tell $? "--quiet says nothing"
# Who holds a second file back to score must not be told that its names were trained on.
try "$hrm" data arc built made.json --score held.json --side 12 --augment 2
[ $code -eq 0 ] && grep -q "306 tasks (102 scored)" err && ! grep -q "left out\|warning" err
tell $? "hrm data arc takes them, to train on and to score, and leaves out none"
expect 0 "task *arc" "the data is ARC's" "$hrm" info built/train
expect 0 "wrote" "an example can be drawn" "$hrm" data show built/train 5 --picture five.png
"$hrm" data arc-like few.json --count 6 --family gravity --family rays --quiet
[ "$(grep -o 'arclike-[a-z]*-[0-9]*"' few.json | tr -d '"' | tr '\n' ' ')" = \
    "arclike-gravity-000000 arclike-rays-000001 arclike-gravity-000002 arclike-rays-000003 arclike-gravity-000004 arclike-rays-000005 " ]
tell $? "--family takes some families, in turns, and names tell them"

refused 2 "count: say how many" "no count" "$hrm" data arc-like x.json
refused 2 "side.*between 10 and 30" "a side too small for some families" "$hrm" data arc-like x.json --count 1 --side 9
refused 2 "between 1 and 30" "a side that ARC has not" "$hrm" data arc-like x.json --count 1 --side 31
refused 2 "did you mean gravity" "a misspelt family" "$hrm" data arc-like x.json --count 1 --family gravty
refused 2 "count.*between 1 and 1000000" "too many" "$hrm" data arc-like x.json --count 1000001
refused 1 "nodir" "a folder that is not there" "$hrm" data arc-like nodir/x.json --count 1
refused 1 "/dev/full" "a full disk" "$hrm" data arc-like /dev/full --count 100 --quiet
[ ! -e x.json ]
tell $? "nothing is written then"
finish
