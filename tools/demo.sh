#!/bin/sh
# make demo: trains a small model for about two minutes on generated 6x6 Sudoku, then lets it solve
# puzzles that it never saw and says honestly how many it got.
#
# usage: tools/demo.sh HRM
set -eu
hrm=$1
out=${DEMO_DIR:-build/demo}
rm -rf "$out"
echo "== Training a tiny recursive model on 1,000 small Sudoku, about two minutes. Ctrl-C stops early."
code=0
"$hrm" train recipes/demo-sudoku-6x6.yaml --out "$out" || code=$?
[ $code -eq 0 ] || [ $code -eq 130 ] || exit $code
model=$out/best.safetensors
[ -e "$model" ] || model=$out/model.safetensors
echo
echo "== Two puzzles it never saw, an easy one and a hard one"
for line in $(awk -F, 'NR > 1 { n = gsub(/[.]/, "", $2); if (n <= 17 && !easy) easy = NR; if (n >= 26 && !hard) hard = NR }
    END { print easy, hard }' data/sudoku-6x6-test.csv); do
    puzzle=$(sed -n "${line}p" data/sudoku-6x6-test.csv | cut -d, -f2)
    echo "$puzzle"
    "$hrm" solve "$model" "$puzzle" || true
done
echo
echo "== All 500 test puzzles, none of them equivalent to a training puzzle"
"$hrm" eval "$model" data/sudoku-6x6-test.csv
echo
echo "The model is $model. Next: hrm train recipes/trm-sudoku-small.yaml (9x9, see README)."
