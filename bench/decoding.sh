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
for db in 0 1 2 3 4 5; do
    echo "$db dB"
    $generate decoders $db 12 "$words"
    $generate puzzles $db 12 "$words" >$to/test-$db.csv
    for how in "" "--views 16 --check"; do
        echo "answers ${how:-at once}:"
        # 1 is said where any answer is wrong, as some are
        $hrm solve $to/run/model.safetensors $to/test-$db.csv $how >$to/answers --quiet || [ $? -eq 1 ]
        $generate score $db 12 "$words" <$to/answers
    done
done
