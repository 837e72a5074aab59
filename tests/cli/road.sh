#!/bin/sh
# The whole road through the real command: generate, train, evaluate, solve, describe, convert.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1

expect 0 "wrote train.csv: 30 puzzles" "generates puzzles" \
    "$hrm" data sudoku train.csv --side 4 --count 30 --seed 1
[ "$(wc -l <train.csv)" -eq 31 ]
tell $? "one line per puzzle and a header"
learning_net >small.yaml <<'EOF'
steps: 150
eval_every: 75
save_every: 50
EOF
expect 0 '"bytes"' "shows its plan as JSON and writes nothing" \
    "$hrm" train small.yaml data=train.csv valid=train.csv --out run --plan --json
[ ! -e run ]
tell $? "a plan makes no folder"
if (ulimit -v 1500000 && "$hrm" --version) >/dev/null 2>&1; then # a sanitizer could not even start
    # measuring a step takes it all, where this machine has so much
    try sh -c 'ulimit -v 1500000 && exec "$@"' sh "$hrm" train "$root/recipes/hrm-sudoku.yaml" \
        data="$root/data/sudoku-9x9-train.csv" valid= eval_every=0 memory=8GiB --threads 1 --plan
    cat "$work/out" "$work/err" | grep -q "at most [3-9].* GB" && { [ $code -eq 0 ] || grep -q "^time    not measured: out of memory" "$work/err"; }
    tell $? "and takes no memory but the model's"
fi
expect 0 "done: run/model.safetensors" "trains" \
    "$hrm" train small.yaml data=train.csv valid=train.csv --out run
grep -q "memory .* at once" err && grep -q "step 150/150 .*loss .*FLOP/s .*ETA" err &&
    grep -q "eval at step 75 .*exact" err
tell $? "prints the plan, plain progress lines and evaluations off a terminal"
memory_held
for f in recipe.yaml metrics.jsonl model.safetensors best.safetensors state.safetensors; do
    [ -s run/$f ] || echo "missing $f"
done >missing
[ ! -s missing ]
tell $? "the run folder is complete"

try "$hrm" eval run/best.safetensors train.csv --json
[ $code -eq 0 ] && for key in n exact ci95 cells seconds_per_puzzle wrong unsolved; do
    grep -q "\"$key\":" out || exit 1
done
tell $? "eval --json has the fixed names"
[ "$(field n out)" = 30 ] && awk "BEGIN { exit !($(field exact out) > 0.3) }"
tell $? "it learned to solve some of what it trained on"
expect 0 "95 % interval" "eval for people" "$hrm" eval run/best.safetensors train.csv --limit 7
expect 0 "of 2 segments" "eval with other segments" \
    "$hrm" eval run/best.safetensors train.csv --segments 2

cut -d, -f2 train.csv | tail -n +2 >puzzles.txt
"$hrm" solve run/best.safetensors puzzles.txt >out 2>err
code=$?
[ "$(wc -l <out)" -eq 30 ] && grep -q "	solved$" out && [ $code -le 1 ]
tell $? "one line per puzzle in a pipe, with the verdict"
"$hrm" solve run/best.safetensors - <puzzles.txt >piped 2>err
cmp -s out piped
tell $? "standard input gives the same"
"$hrm" solve run/best.safetensors train.csv >fromcsv 2>err
cmp -s out fromcsv
tell $? "a CSV file gives the same"
"$hrm" solve run/best.safetensors puzzles.txt --batch 1 --threads 1 >single 2>err
cmp -s out single
tell $? "batches and threads do not change answers"
# a line that says solved must be the CSV's answer: 4x4 puzzles have one solution
paste -d' ' out /dev/null | awk -F'\t' '{print $1, $2}' | sed 's/ *$//' >verdicts
cut -d, -f3 train.csv | tail -n +2 | paste -d' ' - verdicts |
    awk '$3 == "solved" && $1 != $2 {bad = 1} $3 != "solved" && $1 == $2 {bad = 1} END {exit bad}'
tell $? "solved is said exactly of right answers"
solved=$(grep -n "	solved$" out | head -1 | cut -d: -f1)
puzzle=$(sed -n "${solved}p" puzzles.txt)
expect 0 "	solved" "a typed puzzle" "$hrm" solve run/best.safetensors "$puzzle"
expect 0 '"verdict": "solved"' "solve --json" "$hrm" solve run/best.safetensors "$puzzle" --json
if command -v script >/dev/null; then
    script -qec "NO_COLOR=1 '$hrm' solve run/best.safetensors '$puzzle'" /dev/null >out 2>err </dev/null
    tr -d '\r' <out | grep -q '^[1-4] [1-4] | [1-4] [1-4]$' && grep -q solved out
    tell $? "a grid on a terminal"
    script -qec "'$hrm' train small.yaml data=train.csv valid=train.csv --out tty steps=30" /dev/null \
        >out 2>err </dev/null
    grep -q "$(printf '\r')" out && grep -q 'step .*/30' out
    tell $? "a live line on a terminal"
fi

# what is said on the command line comes before the recipe
try "$hrm" train small.yaml data=train.csv isa=ref threads=2 eval_every=0 --isa portable --threads 1 --out said --plan --json
[ "$(field isa out)" = portable ] && [ "$(field threads out)" = 1 ]
tell $? "--isa and --threads before the recipe's keys"
try "$hrm" train small.yaml data=train.csv eval_every=0 valid= steps=1000 epochs=2 --out said --plan --json
[ "$(field steps out)" -lt 1000 ]
tell $? "epochs that are asked for count, whatever steps the recipe has"
mkdir moved && "$hrm" train small.yaml data=train.csv valid=train.csv steps=20 eval_limit=1 eval_every=10 \
    lr_min_ratio=1 isa=portable --out moved/run --quiet 2>/dev/null
cp train.csv moved/train.csv && head -11 train.csv >moved/valid.csv
refused 1 "is not the data this run was started on: .*name where it lies now (data=...), or begin a new run" "a run that would go on with other data" \
    "$hrm" train --resume moved/run steps=30 data=moved/valid.csv
expect 0 "step 30/30" "a run goes on with its data elsewhere, and other puzzles to judge it by" \
    "$hrm" train --resume moved/run steps=30 data=moved/train.csv valid=moved/valid.csv eval_limit=10
best=$(grep -c '"event":"eval"' moved/run/metrics.jsonl)
[ "$best" -eq 3 ] && "$hrm" info moved/run/best.safetensors --json >out && [ "$(field step out)" = 30 ]
tell $? "and its best is the best by these"
try "$hrm" train --resume moved/run steps=31 isa=ref
"$hrm" info moved/run/model.safetensors --json >out && grep -q '"isa": *"portable, then ref"' out
tell $? "a model tells all kernels that it was computed with"

try "$hrm" info run/best.safetensors --json
[ $code -eq 0 ] && grep -q '"parameters":' out && grep -q '"spec":' out && grep -q '"task":' out
tell $? "info --json has the fixed names"
expect 0 "parameters" "info for people" "$hrm" info run/best.safetensors
expect 0 "examples" "info on puzzles" "$hrm" info train.csv
expect 0 "step" "info on a run folder" "$hrm" info run
try "$hrm" --version --json
[ $code -eq 0 ] && grep -q '"version":' out && grep -q '"isa":' out
tell $? "version --json has the fixed names"

expect 0 "wrote" "exports the published layout" "$hrm" data export train.csv sudoku/train --augment 3
expect 0 "wrote" "imports it again" "$hrm" data import sudoku/train back.csv
[ "$(wc -l <back.csv)" -eq 121 ]
tell $? "with its copies"
expect 0 "examples *120" "trains on the directory" "$hrm" info sudoku/train
expect 0 "|" "draws an example" "$hrm" data show train.csv 3
expect 0 "question" "shows it as JSON" "$hrm" data show train.csv 3 --json

expect 0 "GFLOP/s .* % of" "bench measures products" "$hrm" bench gemm --seconds 0.001 --threads 2
expect 0 "token mlp.*gradients.*GFLOP/s" "bench measures every kernel" "$hrm" bench kernels --seconds 0.001
for what in train infer; do
    try "$hrm" bench $what --config lattice-128 --batch 1 --seconds 0.001 --json
    [ $code -eq 0 ] && grep -q '"fraction_of_peak": 0\.' out && grep -q '"puzzles_per_second": [0-9.]*[1-9]' out
    tell $? "bench $what --json has its figures"
done

expect 0 "8 nodes of 16, 10 Gb/s: [0-9.]* times .* puzzles/s" "bench reckons several machines" \
    "$hrm" bench ranks --config lattice-128 --batch 32 --seconds 0.001
for command in train eval solve info convert "data sudoku" "data import" "data export" "data show" bench parity; do
    # shellcheck disable=SC2086
    try "$hrm" $command --help
    [ $code -eq 0 ] && grep -q "^Examples:" out && grep -q "^  hrm $command" out
    tell $? "help of $command has an example"
done
expect 0 "hidden" "lists the recipe keys" "$hrm" train --keys
finish
