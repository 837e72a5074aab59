#!/bin/sh
# Sudoku whose digits are read through noise, by the shipped model and by exact searches; see docs/noisy.md.
#
# usage: bench/forms.sh [FORMS]     test puzzles for each level of noise (400)
# Everything goes to runs/forms.
set -eu
cd "$(dirname "$0")/.."
forms=${1:-400}
make -s all build/release/examples/puzzles/forms/generate
hrm=build/release/hrm generate=build/release/examples/puzzles/forms/generate to=runs/forms
mkdir -p $to
head -$((forms + 1)) data/sudoku-9x9-test.csv >$to/sudoku.csv
$hrm convert models/sudoku.safetensors $to/model.safetensors --task examples/puzzles/forms/task.yaml --quiet
for noise in 0.3 0.35 0.4 0.45; do
    echo "noise $noise"
    $generate searches 1,0.1,0.02,0.001 $noise 1 $to/sudoku.csv
    answers=
    for left in 1 0.1 0.02 0.001; do
        $generate puzzles $left $noise 1 $to/sudoku.csv $answers >$to/puzzles.csv
        : >$to/answers-$left
        answers="$answers $to/answers-$left"
        [ "$(wc -l <$to/puzzles.csv)" -gt 1 ] || continue
        # 1 is said where any is not solved, as some are
        begun=$(date +%s)
        $hrm solve $to/model.safetensors $to/puzzles.csv --rounds 500 --quiet >$to/answers-$left || [ $? -eq 1 ]
        echo "  up to $left left out: $(($(wc -l <$to/puzzles.csv) - 1)) puzzles in $(($(date +%s) - begun)) s"
    done
    $generate score $noise 1 $to/sudoku.csv $answers
done
