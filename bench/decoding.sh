#!/bin/sh
# Trains the example of decoding and measures it beside classical decoders; see docs/noisy.md.
#
# usage: bench/decoding.sh [WORDS]     test words for each level of noise (4000)
# Everything goes to runs/decoding; a model that is there is not trained again.
set -eu
cd "$(dirname "$0")/.."
words=${1:-4000}
make -s all build/release/examples/puzzles/decoding/generate
hrm=build/release/hrm generate=build/release/examples/puzzles/decoding/generate to=runs/decoding
mkdir -p $to
$generate puzzles 2 1 1000 100 >$to/train.csv # 1,000 words, the noise of each in 100 orders
$generate puzzles 2 3 1000 >$to/valid.csv     # another 1,000, to choose by
[ -e $to/run ] || $hrm train examples/puzzles/decoding/recipe.yaml --out $to/run
# the same words with real numbers in place of letters
$generate numbers 2 1 1000 100 >$to/train-numbers.csv
$generate numbers 2 3 1000 >$to/valid-numbers.csv
[ -e $to/run-numbers ] || $hrm train examples/puzzles/decoding/recipe.yaml task=examples/puzzles/decoding/task-numbers.yaml \
    data=$to/train-numbers.csv valid=$to/valid-numbers.csv --out $to/run-numbers
for db in 0 1 2 3 4 5; do
    echo "$db dB"
    $generate decoders $db 12 "$words"
    for kind in puzzles numbers; do
        run=$to/run
        [ $kind = puzzles ] || run=$to/run-numbers
        $generate $kind $db 12 "$words" >$to/test-$db.csv
        for how in "" "--views 16 --check"; do
            echo "answers to $kind ${how:-at once}:"
            # 1 is said where any answer is wrong, as some are
            $hrm solve $run/model.safetensors $to/test-$db.csv $how >$to/answers --quiet || [ $? -eq 1 ]
            $generate score $db 12 "$words" <$to/answers
        done
    done
done
