#!/bin/sh
# The first thing that people run: with a model at hand make demo solves, explains and measures. The
# model here knows nothing, so what is tested is the way, not the answers.
. tests/cli/lib.sh "$1"
cat >"$work/nine.yaml" <<'EOR'
regime: lattice
arch: loop
pos: grid
hidden: 32
heads: 2
expansion: 1
l_layers: 1
l_cycles: 1
loss: softmax
batch: 4
steps: 1
optimizer: adamw
halt_max_steps: 40
EOR
"$hrm" train "$work/nine.yaml" data=data/sudoku-9x9-train.csv --out "$work/run" 2>/dev/null
cp "$work/run/model.safetensors" "$work/model"
DEMO_MODEL=$work/model DEMO_LIMIT=3 sh tools/demo.sh "$hrm" >"$work/out" 2>"$work/err"
code=$?
[ $code -eq 0 ] && [ "$(grep -c '^[1-9.]\{81\}  [a-z ]*.*  (.*)$' "$work/out")" -eq 10 ]
tell $? "the demo tells what became of ten puzzles"
grep -q "^[1-9.]*  .*  (Arto Inkala, 2012)$" "$work/out" && grep -q "(generated, [0-9]* guesses" "$work/out"
tell $? "by their names"
grep -q "^in all [0-9]* rounds" "$work/out" && [ "$(wc -l <"$work/out")" -lt 150 ]
tell $? "explains one of them, shortened"
grep -q "^exact .* of 3 puzzles" "$work/out" && grep -q "^mode *learned only" "$work/out"
tell $? "and measures, saying which way"
[ ! -s "$work/err" ]
tell $? "with nothing on standard error"
# the famous puzzles are copied out right: each has one solution, so a checked answer solves it
sed -n 's/^[A-Z].* \([1-9.]\{81\}\)$/\1/p' tools/demo.sh >"$work/famous"
[ "$(wc -l <"$work/famous")" -eq 5 ] && ! grep -v '^[1-9.]\{81\}$' "$work/famous"
tell $? "five famous puzzles of 81 cells"
finish
