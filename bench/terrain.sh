#!/bin/sh
# Trains the example of terrain and measures it beside other planners; see docs/noisy.md.
#
# usage: bench/terrain.sh [MAPS]     test maps for each level of noise (1000)
# Everything goes to runs/terrain; a model that is there is not trained again.
set -eu
cd "$(dirname "$0")/.."
maps=${1:-1000}
make -s all build/release/examples/puzzles/terrain/generate
hrm=build/release/hrm generate=build/release/examples/puzzles/terrain/generate to=runs/terrain
mkdir -p $to
$generate puzzles 1 1 1000 20 >$to/train.csv # 1,000 maps, each through the noise of 20, with 20 goals
$generate puzzles 1 3 1000 >$to/valid.csv    # another 1,000, to choose by
[ -e $to/run ] || $hrm train examples/puzzles/terrain/recipe.yaml --out $to/run
for level in 0.5 1 1.5 2; do
    echo "noise $level"
    $generate planners $level 12 "$maps"
    $generate puzzles $level 12 "$maps" >$to/test-$level.csv
    $hrm solve $to/run/model.safetensors $to/test-$level.csv --quiet >$to/answers
    $generate score $level 12 "$maps" <$to/answers
done
