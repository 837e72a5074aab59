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
alone=$(field exact out) wrong=$(field wrong out)
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
# one puzzle is what it is in a batch, alone, and as a pipe brings it, with any number of chains
cut -d, -f2 train.csv | tail -n +2 >lines.txt
"$hrm" solve $model - --patience 2 <lines.txt >piped 2>err
"$hrm" solve $model lines.txt --patience 2 --batch 3 --threads 2 >batched 2>err
while read -r line; do "$hrm" solve $model "$line" --patience 2 2>err; done <lines.txt >each
cmp -s piped batched && cmp -s piped each
tell $? "a puzzle gets the same answer in a batch, in a pipe and alone"
"$hrm" solve $model lines.txt --patience 2 --seed 5 --json >seeded 2>err
"$hrm" solve $model lines.txt --patience 2 --json >unseeded 2>err
! cmp -s seeded unseeded
tell $? "another seed searches otherwise"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 \
    31 32 33 34 35 36 37 38 39 40; do cat lines.txt; done >many.txt
"$hrm" solve $model - --batch 8 <many.txt >streamed 2>err
[ "$(wc -l <streamed)" -eq 1200 ] && head -30 streamed >a && tail -30 streamed >b && cmp -s a b
tell $? "1,200 puzzles stream through in order"
grep -q "of 1200 solved" err
tell $? "and are summed up"

# what is given and what is not
cut -f1 piped | paste -d' ' lines.txt - | awk '{
    for (i = 1; i <= length($1); i++) { g = substr($1, i, 1); if (g != "." && g != substr($2, i, 1)) bad = 1 } }
    END { exit bad }'
tell $? "every answer keeps its givens"
"$hrm" solve $model lines.txt --conflict 0.000001 --rounds 5 >none 2>err
[ $? -eq 1 ] && [ "$(grep -c "^[1-4.]*	not solved: no answer in 5 rounds$" none)" -eq 30 ] && cut -f1 none | cmp -s - lines.txt
tell $? "where no chain comes to an end, the puzzle comes back with an honest no"
"$hrm" solve $model lines.txt --agree 3 --rounds 2 >none 2>err
grep -q "not solved: no 3 chains came to the same grid in 2 rounds" none && ! grep -q "	solved" none
tell $? "three chains cannot agree in two rounds"
try "$hrm" eval $model train.csv --json --agree 3 --rounds 500
few=$(field wrong out)
[ $code -eq 0 ] && [ "$few" -le "$wrong" ] && awk "BEGIN { exit !($(field mean_chains out) >= 3) }"
tell $? "chains that must agree give no more wrong answers ($wrong, then $few)"
for i in 1 2 3 4 5 6 7 8 9 10; do cat many.txt; done >long.txt
# a bound of time that leaves most puzzles untried made a model look bad, without a word
expect 0 "late *the bound of time cut [1-9]" "an evaluation that time cut says so" "$hrm" eval $model train.csv --total-seconds 0.000001
! grep -q '^steps' out
tell $? "and has nothing of segments, where there are none"
"$hrm" solve $model long.txt --total-seconds 0.05 >late 2>err
[ "$(wc -l <late)" -eq 12000 ] && tail -1 late | grep -q "not solved: out of time after 0 rounds"
tell $? "out of time, the puzzles that are left are not solved"
"$hrm" solve $model long.txt >cut 2>err &
pid=$!
for _ in $(seq 600); do
    sleep 0.05
    [ -s cut ] && break
done
kill -TERM $pid 2>/dev/null
wait $pid
[ $? -eq 130 ] && [ "$(wc -l <cut)" -lt 12000 ] && ! grep -v "^[1-4.]\{16\}	" cut
tell $? "stopped, it leaves whole lines"
mkfifo pipe
"$hrm" solve $model - <pipe >talk 2>err &
pid=$!
exec 3>pipe
for turn in 1 2 3; do # a program that waits for each answer before it asks again
    sed -n ${turn}p lines.txt >&3
    for _ in $(seq 600); do
        [ "$(wc -l <talk)" -eq $turn ] && break
        sleep 0.1
    done
    wc -l <talk
done >turns
exec 3>&-
wait $pid
[ "$(tr -d ' ' <turns | paste -sd, -)" = 1,2,3 ]
tell $? "answers come as puzzles do, through a pipe that stays open"
if command -v script >/dev/null; then
    script -qec "'$hrm' solve $model long.txt --total-seconds 1 >/dev/null" /dev/null >out 2>err </dev/null
    grep -q "[0-9]* solved or given up, [0-9.]*/s" out && grep -q "of 12000 solved" out
    tell $? "progress on a terminal"
fi
expect 1 "out of time after" "a bound for each puzzle" \
    "$hrm" solve $model ................ --seconds 0.000001 --conflict 0.000001

# the limit of rounds is out of reach
for check in "" --check; do
    expect 1 "not solved: no answer fits the givens: box 1 holds 2 twice" "givens that break a rule $check" \
        "$hrm" solve $model 2....2.......... --rounds 1000000 --patience 1000000 $check
    expect 1 "not solved: no answer fits the givens: an exact search finds none" "givens that break none, and yet have no solution $check" \
        "$hrm" solve $model 123....4........ --rounds 1000000 --patience 1000000 $check
done
expect 1 "not solved: no answer in 60 rounds: 1 given, a single answer takes 4 or more" \
    "an open grid says what it takes" "$hrm" solve $model 1............... --conflict 0.000001

cut -d, -f2 train.csv | sed -n 2p >one.txt
puzzle=$(cat one.txt)
expect 0 "round 1: .* fall.*; \(complete\|guess\|a contradiction\)" "explains in words" \
    "$hrm" solve $model "$puzzle" --check --explain
tail -2 out | grep -q "^in all [0-9]* rounds*, [0-9]* guess[es]*, [0-9]* chains*, [0-9]* contradictions*$"
tell $? "ends with the rounds, guesses and chains"
grep -q '^[1-4.][ *][1-4.][ *]| [1-4.][ *][1-4.][*]*$' out && grep -q '[1-4][*]' out
tell $? "marks what changed off a terminal"
try "$hrm" solve $model "$puzzle" --check --explain --json
[ $code -eq 0 ] && head -1 out | grep -q '"event": "round", "puzzle": 1, "chain": 1, "round": 1' &&
    grep -q '"end": "solved"' out && tail -1 out | grep -q '"verdict": "solved"'
tell $? "explains as JSON lines that end with the answer"
[ "$(grep -c '"event"' out)" -eq "$(tail -1 out | sed 's/.*"segments": *\([0-9]*\).*/\1/')" ]
tell $? "with as many rounds as the answer says"

# a blank grid has many solutions: chains guess and contradict themselves
try "$hrm" solve $model lines.txt --check --patience 1 --chains 8 --conflict 0.3 --trace trace.jsonl
grep -c '"event": "answer"' trace.jsonl | grep -qx 30
tell $? "a trace ends every puzzle with a line of its own"
if command -v python3 >/dev/null; then
    python3 - trace.jsonl <<'EOP' 2>err >out
import json, sys
puzzle, rounds, guesses, restarts, chains, standing = 1, 0, 0, 0, set(), {}
for line in open(sys.argv[1]):
    e = json.loads(line)
    assert e["puzzle"] == puzzle, "puzzles are told one after the other"
    if e["event"] == "answer":
        assert (e["rounds"], e["guesses"], e["restarts"]) == (rounds, guesses, restarts), line
        assert e["chains"] == len(chains) and (e["chain"] in chains or e["chain"] is None)
        puzzle, rounds, guesses, restarts, chains, standing = puzzle + 1, 0, 0, 0, set(), {}
        continue
    rounds += 1
    chains.add(e["chain"])
    own = standing.setdefault(e["chain"], [])
    assert all("1" <= d["symbol"] <= "4" and 0 <= d["cell"] < 16 for d in e["dropped"])
    assert all(0 <= d["probability"] <= 1 for d in e["dropped"])
    last = [d["cell"] for d in e["dropped"] if d["probability"] >= 0.1]  # of cells where another is named
    assert len(last) == len(set(last)) and all(e["cells"][cell] == "." for cell in last)
    assert not last or e["end"] == "conflict" and e["empty"] <= min(last)
    if "guess" in e:  # a grid that became complete waits a round instead
        guesses += 1
        own.append({"cell": e["guess"]["cell"], "symbol": e["guess"]["symbol"]})
    assert e["guesses"] == len(own)
    if e["end"] in ("conflict", "rejected"):
        restarts += 1
        kept = len(own) - 1 if own and e["end"] == "conflict" else 0  # none of them made nine guesses
        assert e["taken_back"] == own[kept:]
        del own[kept:]
print(puzzle - 1)
EOP
    grep -qx 30 out
    tell $? "a trace adds up: guesses made are those taken back, numbers are those at the end"
fi
try "$hrm" solve $model "$puzzle" --check --picture solved.svg
if command -v python3 >/dev/null; then
    # What is drawn without animation, read back cell by cell, is the answer.
    python3 - "$(cut -f1 out)" <<'EOP' 2>err
import sys, xml.etree.ElementTree as tree
root = tree.parse("solved.svg").getroot()
name = lambda e: e.tag.split("}")[1]
cells = {}
def visit(parent):
    for e in parent:
        if name(e) == "g":
            times = [float(t) for t in e[0].get("keyTimes").split(";")]
            assert times == sorted(times) and times[0] == 0 and times[-1] < 1
            assert e[0].get("values").split(";")[-1] == e.get("opacity")
            if e.get("opacity") == "1":
                visit(e)
        elif name(e) == "text" and len(e.text) == 1:
            cells[int(e.get("y")), int(e.get("x"))] = e.text
visit(root)
assert "".join(cells[at] for at in sorted(cells)) == sys.argv[1], cells
EOP
    tell $? "a picture of solving ends with the answer"
fi
refused 2 "must end in .html, .svg or .gif" "a picture of another kind" "$hrm" solve $model "$puzzle" --picture solved.png
refused 2 "give it as a word" "a picture of many puzzles" "$hrm" solve $model lines.txt --picture solved.svg
refused 2 "would be written over" "a picture over the model" "$hrm" solve $model "$puzzle" --picture $model
hard=$(grep -n '"chain": [2-9]' trace.jsonl | head -1 | sed 's/.*"puzzle": \([0-9]*\).*/\1/')
hard=$(sed -n "${hard:-1}p" lines.txt)
try "$hrm" solve $model "$hard" --check --patience 1 --chains 8 --conflict 0.3 --explain --quiet
grep -q "without an answer: [0-9]* round" out && [ "$(grep -o '^chain [0-9]*' out | sort -u | wc -l)" -le 1 ]
tell $? "explained quietly, the chain that answered speaks and the others are counted"
refused 1 "cannot write" "a trace that cannot be written" "$hrm" solve $model "$puzzle" --trace /nowhere/x.jsonl
if [ -e /dev/full ]; then
    expect 1 "/dev/full: cannot write: No space left" "a full disk" "$hrm" solve $model "$puzzle" --trace /dev/full
fi
expect 1 "not solved" "no rounds, no answer" "$hrm" solve $model ................ --rounds 1 --check

# evaluation says what it measured
try "$hrm" eval $model train.csv --json --latency 5
[ $code -eq 0 ] && grep -q '"mode": "learned"' out && [ "$(field n out)" = 30 ] &&
    for key in mean_rounds mean_guesses mean_chains mean_restarts latency median p95; do
        grep -q "\"$key\":" out || exit 1
    done
tell $? "eval --json tells the mode, the search and the latency"
expect 0 "learned only: nothing knew the rules" "eval for people" "$hrm" eval $model train.csv --latency 3
grep -q "of 3 puzzles one by one" out && grep -q "rounds, .* guesses, .* chains, .* contradictions per puzzle" out
tell $? "with its search"
expect 0 "checked: the task's rules" "and with the rules apart" "$hrm" eval $model train.csv --check

# which model
expect 0 "	solved" "HRM_MODEL is the model" env HRM_MODEL=$model "$hrm" solve "$puzzle" --check
expect 0 "	solved" "--model wins over it" env HRM_MODEL=nofile "$hrm" solve --model $model "$puzzle" --check
expect 0 '"n": 30' "eval takes it too" env HRM_MODEL=$model "$hrm" eval train.csv --json
refused 2 "names the model already" "two models" "$hrm" solve --model $model $model "$puzzle"
cp $model renamed && "$hrm" solve renamed --check <one.txt >out 2>err && grep -q "	solved" out
tell $? "a model is known by its bytes"
mkdir -p tree/build/release tree/models prefix/bin prefix/share/hrm/models
cp "$hrm" tree/build/release/hrm && cp "$hrm" prefix/bin/hrm
refused 2 "no model: give one" "no model anywhere" env -u HRM_MODEL tree/build/release/hrm solve "$puzzle"
cp $model tree/models/sudoku.safetensors && cp $model prefix/share/hrm/models/sudoku.safetensors
expect 0 "	solved" "the model beside a build tree" env -u HRM_MODEL tree/build/release/hrm solve "$puzzle" --check
expect 0 "	solved" "the installed model" env -u HRM_MODEL prefix/bin/hrm solve "$puzzle" --check

# numbers that make no sense
refused 2 "chains: .* between 1 and 256" "too many chains" "$hrm" solve $model "$puzzle" --chains 257
refused 2 "drop: 1 is not above 0 and below 1" "dropping everything" "$hrm" solve $model "$puzzle" --drop 1
try "$hrm" eval $model train.csv --published --json
[ $code -eq 0 ] && [ "$(field n out)" = 30 ]
tell $? "the published search is an option"
refused 2 "temperature" "a negative temperature" "$hrm" solve $model "$puzzle" --temperature -1

"$hrm" train small.yaml data=train.csv valid=train.csv --out whole_run steps=60 eval_every=60 save_every=7 2>err
"$hrm" train small.yaml data=train.csv valid=train.csv --out cut_run steps=60 eval_every=60 save_every=7 2>err &
pid=$!
for _ in $(seq 600); do # killed once it has saved
    sleep 0.1
    grep -q '"step":1[0-9]' cut_run/metrics.jsonl 2>/dev/null && break
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
"$hrm" train --resume cut_run 2>err
cmp -s whole_run/model.safetensors cut_run/model.safetensors
tell $? "killed and resumed, a run ends with the same model"

"$hrm" train small.yaml data=train.csv valid=train.csv lr_min_ratio=1 steps=10 eval_every=10 --out steady 2>err
expect 0 "done: steady/model.safetensors" "a run on a pool goes on longer" "$hrm" train --resume steady steps=20
grep -q '"step":20,' steady/metrics.jsonl
tell $? "to the new last step"

# A model that has learned little takes all the rounds that it may for nearly every puzzle: where a recipe lets it have
# 20,000, a run of two steps seemed to hang in the evaluation after the last one
hasty="small.yaml data=train.csv valid=train.csv steps=2 warmup=1 eval_every=2 eval_limit=4 halt_max_steps=20000"
most() { sed -n 's/.*"event":"eval".*"most_rounds":\([0-9]*\).*/\1/p' "$1/metrics.jsonl"; }
expect 0 "of 4 puzzles, at most 1000 rounds each, 4 not solved in them" "an evaluation in training has a bound of its own, and is told with it" \
    "$hrm" train $hasty --out hasty
[ "$(most hasty)" = 1000 ] && grep '"event":"eval"' hasty/metrics.jsonl | grep -q '"mean_segments":1000'
tell $? "which metrics.jsonl tells too"
expect 0 "at most 7 rounds each" "the bound is the recipe's" "$hrm" train $hasty eval_rounds=7 --out brief
expect 0 "at most 60 rounds each" "never above the model's own" "$hrm" train $hasty halt_max_steps=60 --out own
expect 0 "at most 3000 rounds each" "0: the model's own" "$hrm" train $hasty halt_max_steps=3000 eval_rounds=0 --out free
"$hrm" train $hasty eval_rounds=7 threads=1 --out lone 2>err
cmp -s brief/best.safetensors lone/best.safetensors &&
    [ "$(grep '"eval"' brief/metrics.jsonl | sed 's/"seconds":[^,]*,//')" = "$(grep '"eval"' lone/metrics.jsonl | sed 's/"seconds":[^,]*,//')" ]
tell $? "and the figures are the same with any number of threads"
expect 0 "best so far, of step 2, on the puzzles that are evaluated now" "a run that goes on with another bound measures its best model again" \
    "$hrm" train --resume brief eval_rounds=9 steps=3 eval_every=3
"$hrm" train $hasty halt_max_steps=1000000 eval_rounds=0 --out halted 2>err &
pid=$!
for _ in $(seq 1200); do # in the evaluation, which would go on for an hour
    grep -q '"step":2' halted/metrics.jsonl 2>/dev/null && break
    sleep 0.1
done
kill -INT $pid
wait $pid
expect 0 "^evaluating at step 2: 0 of 4 puzzles done, at most 50 rounds each (eval_rounds); Ctrl-C saves and ends" \
    "a long one tells how far it is, what bounds it and how to end it" "$hrm" train --resume halted eval_rounds=50
expect 0 "at most 7 rounds each" "a report's puzzles have the same bound" sh -c "
    '$hrm' report lone --out lone.html 2>&1 && grep -o 'at most 7 rounds (eval' lone.html | sed 's/(eval/each/'"
refused 2 "eval_rounds" "a bound on rounds where there are none" "$hrm" train "$root/recipes/demo-sudoku-6x6.yaml" eval_rounds=7 --out none

# A field for every symbol: as small a net knows all of them from one
fields="symbol_fields=true hidden=16"
expect 0 "done: fields/model.safetensors" "trains with a field for every symbol" \
    "$hrm" train small.yaml data=train.csv valid=train.csv $fields --out fields
try "$hrm" eval fields/best.safetensors train.csv --json
[ $code -eq 0 ] && awk "BEGIN { exit !($(field exact out) > 0.5) }"
tell $? "it learned to solve what it trained on ($(field exact out))"
expect 0 '"symbol_fields":1' "the model file says so" "$hrm" info fields/best.safetensors --json
"$hrm" train small.yaml data=train.csv valid=train.csv $fields threads=1 --out field 2>err
cmp -s fields/model.safetensors field/model.safetensors
tell $? "threads do not change its weights"
"$hrm" solve fields/best.safetensors lines.txt --patience 2 >whole 2>err
while read -r line; do "$hrm" solve fields/best.safetensors "$line" --patience 2 2>err; done <lines.txt >each
cmp -s whole each
tell $? "nor do puzzles beside it an answer"
refused 2 "symbol_channels and skip_padding exclude" "fields where padding is skipped" \
    "$hrm" train small.yaml data=train.csv valid=train.csv symbol_fields=true mix=attention skip_padding=true --out x

tiny_net 16 4 >plain.yaml <<'EOR'
steps: 3
EOR
"$hrm" train plain.yaml data=train.csv --out plain 2>/dev/null
refused 1 "answers at once" "checking a model that does not search" \
    "$hrm" solve plain/model.safetensors "$puzzle" --check
# what has no use is refused: a figure would be believed to depend on it
for option in "--segments 3" "--sure .5" "--views 2"; do
    refused 1 "$(echo "$option" | tr -d '. 0-9-'): this model searches" "$option of a model that searches" "$hrm" solve $model "$puzzle" $option
    refused 1 "$(echo "$option" | tr -d '. 0-9-'): this model searches" "in eval too ($option)" "$hrm" eval $model train.csv $option
done
refused 1 "right: is for models that answer at once, without check" "a bound of its confidence" "$hrm" eval $model train.csv --right .9
for option in "--seed 3" "--rounds 3" "--agree 2" "--patience 3" "--temperature .5" "--drop .2" "--conflict .5" --published; do
    refused 1 "answers at once" "$option of one that does not" "$hrm" solve plain/model.safetensors "$puzzle" $option
    refused 1 "answers at once" "in eval too ($option)" "$hrm" eval plain/model.safetensors train.csv $option
done
refused 2 "contaminated are for ARC data" "--contaminated where nothing could be" "$hrm" eval plain/model.safetensors train.csv --contaminated
refused 1 "answers at once" "bounding its search" "$hrm" solve plain/model.safetensors "$puzzle" --chains 3
try "$hrm" solve plain/model.safetensors "$puzzle" --explain --segments 3 --trace segments.jsonl
[ "$(grep -c "^segment [1-3]: [0-9]* cells* changes*, confidence [01]\.[0-9]*$" out)" -eq 3 ] &&
    [ "$(grep -c '"event": "segment", "puzzle": 1, "segment": [1-3]' segments.jsonl)" -eq 3 ] &&
    head -1 segments.jsonl | grep -q '"changed": \[0, 1, 2, 3' && tail -1 segments.jsonl | grep -q '"event": "answer"'
tell $? "one that answers at once tells its segments"
refused 1 "answers at once" "checking one in eval" "$hrm" eval plain/model.safetensors train.csv --check
refused 2 "belong to arch loop" "reading other nets as looped ones" \
    "$hrm" train plain.yaml data=train.csv reads=2 --out x
refused 2 "symbol_channels needs puzzle_emb_cells" "a puzzle embedding that stands before fields" \
    "$hrm" train plain.yaml data=train.csv symbol_channels=true --out x
refused 2 "above 1 together" "shares that do not fit" \
    "$hrm" train small.yaml data=train.csv valid=train.csv plain_share=.6 hint_share=.6 --out x
refused 2 "pool_to" "a pool that ends before it begins" "$hrm" train small.yaml data=train.csv valid=train.csv pool_to=.1 --out x
printf 'question,answer\nab,ba\naa,bb\n' >grid.csv
refused 1 "plain grid" "candidates where cells have none" "$hrm" train small.yaml data=grid.csv valid=grid.csv --out x
finish
