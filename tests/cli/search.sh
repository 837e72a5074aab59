#!/bin/sh
# A model of candidates through the real command: trained, searched with, checked by the rules,
# explained, and refused where something does not fit.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
"$hrm" data sudoku train.csv --side 4 --count 30 --seed 1 2>/dev/null
cat >small.yaml <<'EOR'
regime: lattice
arch: loop
mix: token_mlp
pos: none
hidden: 32
heads: 2
expansion: 1
l_layers: 1
l_cycles: 4
loss: softmax
batch: 32
steps: 200
optimizer: adamw
lr: 1e-2
lr_min_ratio: 0.1
warmup: 20
weight_decay: 0.1
clip: 1
pool_from: 0.2
pool_to: 0.5
halt_max_steps: 60
eval_every: 200
save_every: 100
EOR
expect 0 "done: run/model.safetensors" "trains on candidates" \
    "$hrm" train small.yaml data=train.csv valid=train.csv --out run
tail -2 run/metrics.jsonl | grep -q '"living":0\.[0-9]*,"detected":[0-9]*,"false_alarms":[0-9]*'
tell $? "tells the share of living rows and the conflicts"
memory_held
model=run/best.safetensors
try "$hrm" eval $model train.csv --json
[ $code -eq 0 ] && awk "BEGIN { exit !($(field exact out) > 0.5) }"
tell $? "it learned to solve what it trained on ($(field exact out))"
alone=$(field exact out)
try "$hrm" eval $model train.csv --check --json
[ "$(field wrong out)" = 0 ] && awk "BEGIN { exit !($(field exact out) >= $alone) }"
tell $? "with the rules at hand no complete answer is wrong"

"$hrm" solve $model train.csv >whole 2>err
"$hrm" solve $model train.csv --threads 1 >again 2>err
cmp -s whole again
tell $? "the same answers with one thread"
"$hrm" solve $model train.csv --check >checked 2>err
! grep -v "	solved$\|	not solved" checked >err
tell $? "checked answers are solved or say they are not"
cut -d, -f2 train.csv | sed -n 2p >one.txt
puzzle=$(cat one.txt)
expect 0 "round 1: .* fall.*; \(complete\|guess\|a contradiction\)" "explains in words" \
    "$hrm" solve $model "$puzzle" --check --explain
try "$hrm" solve $model "$puzzle" --check --explain --json
[ $code -eq 0 ] && head -1 out | grep -q '"event": "round", "puzzle": 1, "chain": 1, "round": 1' &&
    grep -q '"end": "solved"' out && tail -1 out | grep -q '"verdict": "solved"'
tell $? "explains as JSON lines that end with the answer"
[ "$(grep -c '"event"' out)" -eq "$(tail -1 out | sed 's/.*"segments": *\([0-9]*\).*/\1/')" ]
tell $? "with as many rounds as the answer says"
expect 1 "not solved" "no rounds, no answer" "$hrm" solve $model ................ --segments 1 --check

"$hrm" train small.yaml data=train.csv valid=train.csv --out whole_run steps=60 eval_every=60 save_every=7 2>err
"$hrm" train small.yaml data=train.csv valid=train.csv --out cut_run steps=60 eval_every=60 save_every=7 2>err &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do # killed once it has saved
    sleep 0.1
    grep -q '"step":1[0-9]' cut_run/metrics.jsonl 2>/dev/null && break
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
"$hrm" train --resume cut_run 2>err
cmp -s whole_run/model.safetensors cut_run/model.safetensors
tell $? "killed and resumed, a run ends with the same model"

"$hrm" train small.yaml data=train.csv valid=train.csv lr_min_ratio=1 steps=10 eval_every=10 --out steady 2>err
refused 2 "steps cannot change" "more steps for a pool that fills by shares of them" \
    "$hrm" train --resume steady steps=20

cat >plain.yaml <<'EOR'
hidden: 16
heads: 2
expansion: 1
h_layers: 1
l_layers: 1
h_cycles: 1
l_cycles: 1
batch: 4
steps: 3
EOR
"$hrm" train plain.yaml data=train.csv --out plain 2>/dev/null
refused 1 "answers at once" "checking a model that does not search" \
    "$hrm" solve plain/model.safetensors "$puzzle" --check
refused 1 "answers at once" "explaining one" "$hrm" solve plain/model.safetensors "$puzzle" --explain
refused 1 "answers at once" "checking one in eval" "$hrm" eval plain/model.safetensors train.csv --check
refused 2 "regime=lattice" "a looped net on tokens" "$hrm" train plain.yaml data=train.csv arch=loop --out x
refused 2 "above 1 together" "shares that do not fit" \
    "$hrm" train small.yaml data=train.csv valid=train.csv plain_share=.6 hint_share=.6 --out x
refused 2 "pool_to" "a pool that ends before it begins" "$hrm" train small.yaml data=train.csv valid=train.csv pool_to=.1 --out x
printf 'question,answer\nab,ba\naa,bb\n' >grid.csv
refused 1 "plain grid" "candidates where cells have none" "$hrm" train small.yaml data=grid.csv valid=grid.csv --out x
finish
