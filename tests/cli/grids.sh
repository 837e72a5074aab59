#!/bin/sh
# bench/grids.py: what docs/inside.md says of grids between question and answer is counted as it says there.
. tests/cli/lib.sh "$1"
if ! command -v python3 >/dev/null; then
    echo "ok 1 - grids # skip: python3 is not installed"
    echo "1..1"
    exit 0
fi
# Two shortest ways about a wall, the upper one labelled.
try python3 -Bc 'import sys
sys.path.insert(0, "bench")
from grids import marks
question, answer = "    " "S#G " "    " "    ", "ooo " "S#G " "    " "    "
for before, grid, counts in (("", answer, [3, 3, 0, 3, 0, 0, 0, 1, 0, 100]),
                             ("oo  " "S#G " "o  o" "    ", "o  o" "SoG " "ooo " "   o", [7, 5, 2, 1, 3, 3, 3, 3, 2, 100]),
                             ("", "o   " "S#G " "  o " "   o", [3, 3, 0, 1, 1, 1, 1, 3, 0, 0])):
    assert marks(question, answer, before, grid) == counts, (grid, marks(question, answer, before, grid))'
tell $code "marks of a maze: added, taken away, on a shortest way or on none, in pieces, with loops, from S to G"
cd "$work" || exit 1
printf 'arch: hrm\nhalt_max_steps: 3\nsteps: 2\n' | tiny_net 16 4 >tiny.yaml
"$hrm" data maze maze.csv --count 6 --size 6 --min-length 8 --quiet
"$hrm" train tiny.yaml data=maze.csv --out run --quiet 2>/dev/null || exit 1
try python3 "$root/bench/grids.py" "$hrm" run maze.csv 5 1
[ $code -eq 0 ] && [ "$(grep -c '^[123]  ' out)" -eq 6 ] && grep -q "^5 puzzles" out && grep -q "% go back$" out &&
    [ "$(sed -n 's/^the way has \([0-9.]*\) .*/\1/p' out)" = "$(awk -F, 'NR > 1 && NR < 7 { n += gsub("o", "", $3) } END { printf "%.2f", n / 5 }' maze.csv)" ] &&
    [ "$(sed -n '/^question/,$p' out | wc -l)" -eq 7 ]
tell $? "a table of edits, one of marks, and the second maze after each of three segments"
finish
