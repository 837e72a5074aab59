#!/bin/sh
# Stopping: Ctrl-C saves and says how to go on; kill -9 at any moment loses nothing but time.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
"$hrm" data sudoku train.csv --side 4 --count 30 --seed 1 2>/dev/null
cat >small.yaml <<'EOF'
hidden: 48
heads: 4
expansion: 1
h_layers: 1
l_layers: 1
h_cycles: 1
l_cycles: 1
batch: 16
steps: 400
halt_max_steps: 4
ema: 0.9
data: train.csv
valid: train.csv
eval_every: 100
save_every: 3
seed: 7
EOF
awaited() { # awaited COMMAND: until it succeeds, two minutes at most: a step under the sanitizers is long
    for _ in $(seq 1200); do
        eval "$1" >/dev/null 2>&1 && return
        sleep 0.1
    done
}
"$hrm" train small.yaml --out whole 2>err
tell $? "an uninterrupted run"

"$hrm" train small.yaml --out soft >out 2>err &
pid=$!
awaited "ls soft/state.safetensors"
kill -INT $pid
wait $pid
code=$?
{ [ $code -eq 130 ] && grep -q "Go on with: hrm train --resume soft" err; } || [ $code -eq 0 ]
tell $? "Ctrl-C: saved, says how to go on, exit code 130"
"$hrm" train --resume soft --threads 1 2>err && cmp -s whole/model.safetensors soft/model.safetensors
tell $? "resumed to the same bytes"

"$hrm" train small.yaml --out hung 2>hung.err &
pid=$!
awaited "ls hung/state.safetensors"
kill -HUP $pid
wait $pid
grep -q "Go on with: hrm train --resume hung\|^done" hung.err
tell $? "a terminal that closes: saved as well"
nohup "$hrm" train small.yaml --out kept >/dev/null 2>&1 &
pid=$!
awaited "ls kept/state.safetensors"
kill -HUP $pid
wait $pid && cmp -s whole/model.safetensors kept/model.safetensors
tell $? "under nohup it goes on"

# a second signal cuts the step, seconds long, that the first one waits for
deep="small.yaml arch=trm h_cycles=8 l_cycles=1000 steps=2 eval_every=0 valid= log_every=1 save_every=1"
"$hrm" train $deep --out dived 2>err
"$hrm" train $deep --out up 2>err &
pid=$!
awaited "ls up/model.safetensors" # step 1 is saved, and step 2 begins
sleep 0.2
kill -TERM $pid
sleep 0.1
kill -TERM $pid
wait $pid
[ $? -eq 130 ] && grep -q "step 2 of 2 was cut.* up stands at step 1. Go on with: hrm train --resume up" err
tell $? "a second signal: the step is cut, and the folder is said to stand at the last save"
"$hrm" train --resume up 2>err && cmp -s dived/model.safetensors up/model.safetensors
tell $? "resumed to the same bytes as if no step had been cut"
"$hrm" train $deep --plan --out nowhere >/dev/null 2>&1 &
pid=$!
sleep 1
kill -TERM $pid
wait $pid
[ $? -eq 143 ] && [ ! -e nowhere ]
tell $? "--plan, which keeps nothing: ended by the first signal"

# in the midst of an evaluation, which is then made up for
long="small.yaml steps=4 eval_every=2 halt_max_steps=3000 log_every=1 save_every=0"
"$hrm" train $long --out looked 2>err
"$hrm" train $long --out left 2>err &
pid=$!
awaited "grep step left/metrics.jsonl | grep '\"step\":2'"
kill -INT $pid
wait $pid
code=$?
{ [ $code -eq 130 ] && grep -q "Go on with: hrm train --resume left" err; } || [ $code -eq 0 ]
tell $? "Ctrl-C in an evaluation: saved"
"$hrm" train --resume left 2>err
events() { sed 's/"seconds":[0-9.e+-]*,//' "$1/metrics.jsonl"; }
events looked >looked.txt && events left | cmp -s - looked.txt && grep -c '"eval"' looked.txt | grep -qx 2 &&
    cmp -s looked/best.safetensors left/best.safetensors && cmp -s looked/model.safetensors left/model.safetensors
tell $? "and the same evaluations in the end"

# what was said on resuming is kept, however soon it ends
cp -r left longer
"$hrm" train --resume longer steps=100000 eval_every=0 valid= 2>err &
pid=$!
awaited "grep -q 'steps: 100000' longer/recipe.yaml"
kill -9 $pid
wait $pid 2>/dev/null
expect 0 "steps: *100000" "settings of a resumed run outlive kill -9" "$hrm" info longer

# without progress on the screen, and commands that never look
ended() { # ended NAME COMMAND...: by SIGTERM, soon
    name=$1
    shift
    timeout -k 30 2 "$@" >/dev/null 2>&1
    [ $? -eq 124 ]
    tell $? "$name: ended by the first signal"
}
ended "eval --quiet" "$hrm" eval "$root/models/sudoku.safetensors" "$root/data/sudoku-9x9-test.csv" --quiet --threads 1
ended "data maze --quiet" "$hrm" data maze many.csv --count 100000 --quiet
ended "bench" "$hrm" bench gemm --seconds 60
ended "bench, in a step" "$hrm" bench train --config trm-7m --seconds 60
rm -f many.csv*

# generators, in the midst of a puzzle that cannot be found
for what in "sudoku --min-rating 1000" "maze --min-length 400"; do
    "$hrm" data ${what%% *} never.csv --count 5 ${what#* } 2>err &
    pid=$!
    sleep 0.5 # a puzzle is given up after seconds
    [ -z "$(ls never.csv* 2>/dev/null)" ] # a second signal, or kill -9, would leave it
    left=$?
    kill -INT $pid
    wait $pid
    [ $? -eq 130 ] && [ $left -eq 0 ] && [ -z "$(ls never.csv* 2>/dev/null)" ] && grep -q "^hrm: stopped in search of a .* (.* 0 of 5)$" err
    tell $? "data ${what%% *}: stopped at once, in words, and nothing left"
done
# one line says how far it came; a second signal leaves no temporary file
for command in solve eval; do
    # shellcheck disable=SC2086
    "$hrm" $command soft/model.safetensors train.csv --segments 100000 --batch 1 --threads 1 --quiet >out 2>err &
    pid=$!
    sleep 1
    kill -INT $pid
    wait $pid
    [ $? -eq 130 ] && grep -q "^hrm: stopped after [0-9]* .*of 30" err && [ "$(wc -l <err)" -eq 1 ]
    tell $? "$command: one line says how far it came"
done
"$hrm" eval soft/model.safetensors train.csv --segments 1000000 --batch 1 --threads 1 --answers told.jsonl >out 2>err &
pid=$!
writes() { # writes PID: a file that is not whole yet, which has a name or not
    readlink /proc/"$1"/fd/* | grep -q "\.tmp[0-9]*$\|/#[0-9]* (deleted)$"
}
awaited "writes $pid"
named=$(ls told.jsonl* 2>/dev/null) # on a disk where every file has a name; the next command sweeps it up
kill -STOP $pid
kill -INT $pid
kill -TERM $pid
kill -CONT $pid
wait $pid
[ $? -ge 128 ] && { [ -n "$named" ] || [ -z "$(ls told.jsonl* 2>/dev/null)" ]; }
tell $? "a second signal leaves no temporary file"
"$hrm" eval soft/model.safetensors train.csv --segments 1000000 --batch 1 --threads 1 --answers told.csv >out 2>err &
pid=$!
awaited "writes $pid"
"$hrm" data sudoku told.csv --side 4 --count 1 --quiet && writes $pid
tell $? "a file that another command is at work on stays"
kill -9 $pid
wait $pid 2>/dev/null
touch told.csv.tmp1 told.csv.tmp1234567890
"$hrm" data sudoku told.csv --side 4 --count 1 --quiet && [ "$(ls told.csv*)" = "told.csv
told.csv.tmp1" ]
tell $? "signals and kills leave nothing beside a file when the next command has written it, which takes nothing else"
rm -f told.csv*
mkdir unseen
"$hrm" data arc-like unseen/many.json --count 100000 --quiet 2>err &
pid=$!
awaited "writes $pid"
named=$(ls unseen)
kill -TERM $pid
wait $pid
[ $? -ge 128 ] && { [ -n "$named" ] || [ -z "$(ls unseen)" ]; }
tell $? "nor does a single one of a generator, which ends it at once"

# kill -9 at random moments until the run is through; every restart goes on from the last checkpoint
"$hrm" train small.yaml --out hard 2>err &
pid=$!
kills=0
delays="0.15 0.31 0.08 0.47 0.22 0.12 0.39 0.27 0.05 0.18"
for delay in $delays; do
    sleep "$delay"
    kill -9 $pid 2>/dev/null && kills=$((kills + 1))
    wait $pid 2>/dev/null
    if [ ! -e hard/state.safetensors ]; then
        "$hrm" train small.yaml --out hard 2>err & # killed before its first file was there
    else
        "$hrm" train --resume hard 2>err &
    fi
    pid=$!
done
wait $pid
code=$?
[ $code -eq 0 ] && [ $kills -gt 3 ]
tell $? "killed $kills times and finished"
cmp -s whole/model.safetensors hard/model.safetensors && cmp -s whole/best.safetensors hard/best.safetensors
tell $? "the killed run ends with the same bytes"
[ "$(grep -c '"event":"step"' hard/metrics.jsonl)" -eq 400 ]
tell $? "its metrics have every step once"
[ "$(find hard -name '*.tmp*' | wc -l)" -eq 0 ]
tell $? "what the kills left half-written is swept up"
touch hard/mine.tmp1 hard/model.safetensors.tmp1
"$hrm" train --resume hard steps=400 2>err
[ -e hard/mine.tmp1 ] && [ ! -e hard/model.safetensors.tmp1 ]
tell $? "and nothing else"

"$hrm" train small.yaml --out busy steps=100000 2>err &
pid=$!
sleep 0.5
expect 1 "another process" "two trainers in one folder" "$hrm" train --resume busy
kill -9 $pid
wait $pid 2>/dev/null
finish
