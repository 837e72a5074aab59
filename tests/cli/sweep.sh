#!/bin/sh
# hrm sweep: all combinations and seeds, one after another or several at once; kills, Ctrl-C, failures, what is refused.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
"$hrm" data sudoku train.csv --side 4 --count 30 --seed 1 --quiet
"$hrm" data sudoku valid.csv --side 4 --count 20 --seed 2 --quiet
tiny_net 32 8 >small.yaml <<'EOY'
steps: 60
lr: 1e-3
halt_max_steps: 4
data: train.csv
valid: valid.csv
eval_every: 20
save_every: 5
EOY
table() { sed -n '/^combination/,/^$/p' "$1" | sed 's/ *[0-9.]* m\{0,1\}s  */ /'; } # without times
same_models() { # same_models A B: every run of A is in B, byte by byte
    for model in "$1"/*/model.safetensors; do
        cmp "$model" "$2/${model#"$1"/}" || return 1
    done
}
awaited() { # awaited COMMAND: until it succeeds, twenty seconds at most
    for _ in $(seq 100); do
        eval "$1" >/dev/null 2>&1 && return
        sleep 0.2
    done
}

# ---- a whole sweep
expect 0 "6 runs of 2 combinations, 1 at a time" "the plan" "$hrm" sweep small.yaml --set lr=1e-3,3e-3 --seeds 3 --out s --plan
[ ! -e s ] && [ "$(cat out)" = "$(printf 's/lr=0.00%s,seed=%s\n' 1 0 1 1 1 2 3 0 3 1 3 2)" ]
tell $? "writes nothing and lists the runs"
expect 0 "^lr=0.003,seed=2: exact .*cells .* at step" "all combinations with every seed" \
    "$hrm" sweep small.yaml --set lr=1e-3,3e-3 --seeds 3 --out s
table out >whole
[ "$(wc -l <whole)" -eq 4 ] && grep -q "^lr=0.001  *3  *[0-9.]* %.* [0-9.]* % \[.*\].* [0-3]$" whole && grep -q "Student's t" out &&
    [ "$(tail -1 out)" = s/report.html ]
tell $? "a table with means and intervals"
"$hrm" train small.yaml lr=3e-3 seed=2 --out alone --quiet 2>err && cmp -s alone/model.safetensors "s/lr=0.003,seed=2/model.safetensors"
tell $? "each run has the bits that hrm train gives it"
grep -q "^eval at step 60" "s/lr=0.001,seed=0.log" && grep -q "lr=0.003,seed=2" s/report.html
tell $? "a log beside each run, and the page about all"
"$hrm" runs s --json >list && [ "$(grep -c '"state": "finished"' list)" -eq 6 ]
tell $? "hrm runs lists them"

# ---- runs that were scored on other puzzles had "wins" over each other
expect 0 "not scored on the same puzzles" "no wins over runs of other puzzles" "$hrm" sweep small.yaml --set eval_limit=5,20 --seeds 2 --out limits --quiet
[ "$(grep -c "^eval_limit=.* 0$" out)" -eq 2 ] && ! grep -q "not scored" whole
tell $? "none wins"
"$hrm" runs limits >out 2>err && grep -q "cannot be compared" err && "$hrm" runs s >out 2>err && ! grep -q "cannot be compared" err
tell $? "hrm runs says so, and only there"

# ---- again
cp "s/lr=0.001,seed=0/sessions.jsonl" before && cp "s/lr=0.001,seed=0/metrics.jsonl" before.metrics
try "$hrm" sweep small.yaml --set lr=.001,0.003 --seeds 3 --out s --quiet
[ $code -eq 0 ] && cmp -s before "s/lr=0.001,seed=0/sessions.jsonl" && table out | cmp -s - whole
tell $? "again, with values spelt otherwise: nothing is trained again, and the table is the same"
"$hrm" sweep small.yaml --set lr=.001,0.003 --seeds 3 --out s --json --quiet >sweep.out 2>err
[ "$(grep -c '"seed":' sweep.out)" -eq 6 ] && [ "$(grep -c '"wins":' sweep.out)" -eq 2 ] && grep -q '"report": "s/report.html"' sweep.out &&
    grep -q '"lr": 0.003' sweep.out
tell $? "JSON"
if command -v python3 >/dev/null; then
    try python3 -c 'import json, sys
for c in json.load(open("sweep.out"))["combinations"]:
    values = [r["cells"] for r in c["runs"]]
    mean = sum(values) / 3
    off = 4.302653 * (sum((v - mean) ** 2 for v in values) / 2 / 3) ** .5
    low, high = c["cells"]["ci95"]
    assert abs(c["cells"]["mean"] - mean) < 1e-6 and abs(low - max(0, mean - off)) < 1e-5 and abs(high - min(1, mean + off)) < 1e-5'
    [ $code -eq 0 ]
    tell $? "its intervals are those of Student's t over the seeds"
fi
expect 0 "^lr=0.001,seed=3: exact" "more seeds" "$hrm" sweep small.yaml --set lr=1e-3,3e-3 --seeds 4 --out s --jobs 2
cmp -s before.metrics "s/lr=0.001,seed=0/metrics.jsonl" && grep -q "^lr=0.003  *4  " out
tell $? "are added to those that are there"
refused 2 "s: holds another sweep: it has seed 3 of lr=0.001, too" "fewer" "$hrm" sweep small.yaml --set lr=1e-3,3e-3 --seeds 3 --out s
refused 2 "another sweep: its recipe has steps=60, this 70" "another recipe" \
    "$hrm" sweep small.yaml --set lr=1e-3,3e-3 --seeds 4 --out s steps=70
refused 2 "another sweep: it has lr=0.003 where this has lr=0.004" "another set" \
    "$hrm" sweep small.yaml --set lr=1e-3,4e-3 --seeds 4 --out s
refused 2 "where this has nothing more" "a smaller set" "$hrm" sweep small.yaml --set lr=1e-3 --seeds 4 --out s

# ---- what else is refused, before anything runs
sweep() { # sweep CODE PATTERN WORD...
    want_code=$1 want_text=$2
    shift 2
    refused "$want_code" "$want_text" "refused: $want_text" "$hrm" sweep "$@"
    [ ! -e new ] || { tell 1 "and nothing is written" && rm -rf new; }
}
sweep 2 "\-\-out DIR is missing" small.yaml --seeds 2
sweep 2 "no recipe; usage: hrm sweep" lr=1e-3 --out new
sweep 2 "is not KEY=A,B" small.yaml --set lr --out new
sweep 2 "lr is varied already" small.yaml --set lr=1 --set lr=2 --out new
sweep 2 "\-\-set varies lr already" small.yaml lr=1 --set lr=1,2 --out new
sweep 2 "\-\-seeds gives seeds already" small.yaml --set seed=1,2 --seeds 2 --out new
sweep 2 "did you mean hidden" small.yaml --set hiden=1,2 --out new
sweep 2 "lr: .*fast" small.yaml --set lr=1e-3,fast --seeds 2 --out new
sweep 2 "heads" small.yaml --set hidden=32,33 --out new
sweep 1 "nowhere.csv" small.yaml --set data=train.csv,nowhere.csv --out new
sweep 1 "no.yaml" no.yaml --out new
sweep 2 "1002 runs, more than the 1000" small.yaml --set lr=1,2,3 --seeds 334 --out new
sweep 2 "leaves no room" small.yaml --seeds 2 --out new seed=9000000000000000000
sweep 2 "not empty and holds no sweep" small.yaml --out alone
sweep 2 "between 1 and 64" small.yaml --jobs 0 --out new
mkdir torn && echo "{" >torn/sweep.json
sweep 1 "torn/sweep.json: cannot be read as a plan" small.yaml --out torn
{ echo "["; yes "[]," | head -1000000; echo "0]"; } >torn/sweep.json # of a hundred times as much memory as a sweep's
sweep 1 "torn/sweep.json: cannot be read as a plan: larger than any sweep's" small.yaml --out torn
touch file
sweep 1 "file/in: cannot make this folder" small.yaml --out file/in

# ---- names and values
try "$hrm" sweep small.yaml --set lr=1e-3,0.001,2e-3 --set 'class_weights=,1:2\,2:3,1:2 2:3' --set muon=false --out names --plan
sort -u out | wc -l | grep -qx 6 && grep -qx "names/lr=0.002,class_weights=1:2-2:3,muon=false,seed=0" err out && cat out >list
grep -q "warning: lr=0.001,class_weights=,muon=false comes twice" err
tell $? "values that differ in spelling alone are one, commas may be within one, names stay apart"
try "$hrm" sweep small.yaml --set seed=5,3 --out picked --plan
[ "$(cat out)" = "$(printf 'picked/recipe,seed=%s\n' 5 3)" ]
tell $? "seeds of one's own choice"
expect 0 '"version": 1' "a plan as JSON" "$hrm" sweep small.yaml --set lr=1,2 --out new --plan --json


# ---- lists
printf '%s\n' "# nets" "" "two   l_layers=2 steps=20  # deeper" "plain steps=30" >nets.txt
expect 0 "^two,lr=0.003,seed=1: exact" "the lines of a list, with each value and seed" \
    "$hrm" sweep small.yaml --list nets.txt --set lr=1e-3,3e-3 --seeds 2 --out nets --jobs 3
[ "$(grep -c "^two,lr\|^plain,lr" out)" -eq 4 ] && grep -q "^l_layers: 2" "nets/two,lr=0.001,seed=0/recipe.yaml" &&
    grep -q "^steps: 30" "nets/plain,lr=0.003,seed=1/recipe.yaml"
tell $? "have the settings of theirs"
# with the mark that editors of Windows put in front, packed, and with its ends of line
printf '\357\273\277one steps=20\r\ntwo steps=30 # deeper\r\n' >marked.txt && gzip -k marked.txt
for list in marked.txt marked.txt.gz; do
    expect 0 "^new/one,seed=0" "$list is read as other texts are" "$hrm" sweep small.yaml --list $list --out new --plan
    grep -qx "new/two,seed=0" out
    tell $? "line by line"
done
echo "plain lr=1e-3" >>nets.txt
sweep 2 "nets.txt: the name plain is there twice" small.yaml --list nets.txt --out new
echo "a lr=1e-3" >nets.txt
sweep 2 "nets.txt: a gives lr, which the command varies already" small.yaml --list nets.txt --set lr=1,2 --out new
echo "lr=1e-3" >nets.txt
sweep 2 "nets.txt: the line of lr=1e-3 begins with no name" small.yaml --list nets.txt --out new
: >nets.txt
sweep 2 "nets.txt: names nothing to train" small.yaml --list nets.txt --out new
sweep 1 "nothing.txt: cannot open" small.yaml --list nothing.txt --out new
echo "a data=tr#ain.csv # a comment" >nets.txt
sweep 1 "tr#ain.csv: cannot open" small.yaml --list nets.txt --out new
printf 'one seed=4\ntwo seed=5\nagain seed=4\n' >seeds.txt
expect 0 "again comes twice, in other words\|one comes twice" "lines that differ in the seed alone" \
    "$hrm" sweep small.yaml --list seeds.txt --out new --plan
grep -qx "new/one,seed=4" out && grep -qx "new/two,seed=5" out && [ "$(wc -l <out)" -eq 2 ]
tell $? "keep their names"
printf 'low lr=1e-3\nhigh lr=3e-3 hidden=8\n' >nets.txt
try "$hrm" sweep small.yaml --list nets.txt --set batch=4,4 --out told steps=1 --json --quiet
tr -d ' \n' <out | grep -q '"name":"high,batch=4","set":{"batch":4,"lr":0.003,"hidden":8}'
tell $? "what a line sets is told to programs"
tr -d ' \n' <out | grep -q '"warnings":\["low,batch=4comestwice,inotherwords;itistrainedonce"'
tell $? "and that a combination comes twice"
sweep 2 "seeds.txt: one gives seed, which the command gives already" small.yaml seed=3 --list seeds.txt --out new
cp s/sweep.json plan.json && sed -i 's/"version": 1/"version": 2/' s/sweep.json
expect 1 "s/sweep.json: has version 2" "a plan of a newer version" "$hrm" sweep small.yaml --set lr=1e-3,3e-3 --seeds 4 --out s
mv plan.json s/sweep.json
mkdir list.d
sweep 1 "list.d: is a folder" small.yaml --list list.d --out new
expect 0 "valid: all of train.csv is trained on" "warnings of every combination are told" \
    "$hrm" sweep small.yaml --set valid=valid.csv,train.csv --out new --plan
expect 0 "new/report.html" "under a launcher that ignores the ends of children" \
    env --ignore-signal=CHLD timeout 60 "$hrm" sweep small.yaml --out new steps=5 --quiet

# ---- a failure, beside runs that go on
try "$hrm" sweep small.yaml --set lr=1e-3,100 --out bad warmup=0 weight_decay=1 --threads 1
[ $code -eq 1 ] && grep -q "^hrm: lr=100,seed=0 failed (exit code 1): .*not finite.*; all it said is in bad/lr=100,seed=0.log$" err &&
    grep -q "^lr=100  *0 of 1  *-  *-  *-  *0$" out && grep -q "^lr=0.001  *1  *[0-9.]* %   " out && [ -e bad/report.html ]
tell $? "a run that fails is told, the others go on, exit code 1"
expect 0 "astray/report.html" "a net whose confidence is no number comes to its end" \
    timeout 60 "$hrm" sweep small.yaml --set lr=100 --out astray warmup=0 weight_decay=1 steps=5 --threads 1 --quiet
expect 1 "lr=100,seed=0 failed" "and it is tried again" "$hrm" sweep small.yaml --set lr=1e-3,100 --out bad warmup=0 weight_decay=1 --quiet

# ---- stops
long="small.yaml --set lr=1e-3,3e-3 --seeds 2 steps=240 eval_every=60"
# shellcheck disable=SC2086
"$hrm" sweep $long --out calm --quiet >calm.out 2>err
tell $? "an uninterrupted sweep"
# shellcheck disable=SC2086
"$hrm" sweep $long --out hard --jobs 2 >out 2>err &
pid=$!
kills=0
for wait in "ls hard/*/state.safetensors" "grep step hard/*/metrics.jsonl" "ls hard/*/best.safetensors" "grep '\"step\":180' hard/*/metrics.jsonl"; do
    awaited "$wait"
    kill -9 $pid 2>/dev/null && kills=$((kills + 1))
    wait $pid 2>/dev/null
    # shellcheck disable=SC2086
    "$hrm" sweep $long --out hard --jobs 2 >out 2>err &
    pid=$!
done
wait $pid
[ $? -eq 0 ] && [ $kills -gt 2 ]
tell $? "killed $kills times and finished"
table calm.out >calm.table && table out | cmp -s - calm.table && same_models calm hard
tell $? "with the same table and the same bytes"
! grep -ls '[h]ard/lr' /proc/[0-9]*/cmdline >out
tell $? "no process of the killed is left"

# shellcheck disable=SC2086
"$hrm" sweep $long --out soft --jobs 2 >out 2>err &
pid=$!
awaited "ls soft/lr=0.001,seed=1/state.safetensors"
expect 1 "soft: another sweep is at work" "two sweeps in one folder" "$hrm" sweep small.yaml --set lr=1e-3,3e-3 --seeds 2 steps=240 eval_every=60 --out soft
"$hrm" runs soft >/dev/null
kill -INT $pid
wait $pid
code=$?
cp err soft.err
{ [ $code -eq 130 ] && grep -q "^hrm: stopped; [0-3] of 4 runs are finished, those at work are saved. Go on with the same command$" err; } || [ $code -eq 0 ]
tell $? "Ctrl-C: all runs stop and save, exit code 130"
grep -q "Go on with: hrm train --resume\|^done" "soft/lr=0.001,seed=0.log"
tell $? "each after its step"
# shellcheck disable=SC2086
try "$hrm" sweep $long --out soft --jobs 2
[ $code -eq 0 ] && table out | cmp -s - calm.table && same_models calm soft
tell $? "and go on to the same table and the same bytes"

expect 0 "will be evaluated" "nothing to evaluate is told" "$hrm" sweep small.yaml --out blind --set lr=1e-3,2e-3 valid= steps=3 eval_every=0
grep -q "^lr=0.002  *1  *-  *-  *[0-9]" out
tell $? "and there is no accuracy then"
finish
