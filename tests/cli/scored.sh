#!/bin/sh
# An evaluation answer by answer: what people look at who ask why a model fails, and whether it learned
# more than what is commonest.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
"$hrm" data sudoku train.csv --side 4 --count 20 --seed 1 2>/dev/null
printf '%s\n' "data: train.csv" "hidden: 16" "heads: 2" "h_layers: 1" "l_layers: 1" "batch: 4" "steps: 40" "warmup: 2" \
    "lr: 1e-3" >four.yaml
"$hrm" train four.yaml --out run 2>/dev/null
model=run/model.safetensors
expect 0 "^baseline .* of cells by the commonest" "the baseline stands beside it" "$hrm" eval $model train.csv --answers a.jsonl
[ "$(wc -l <a.jsonl)" -eq 20 ]
tell $? "every answer is a line"
try head -1 a.jsonl
for key in question answer expected verdict confidence exact; do grep -q "\"$key\": " out || bad_key=$key; done
grep -q "\"question\": \"$(sed -n 2p train.csv | cut -d, -f2)\"" out && [ -z "${bad_key:-}" ]
tell $? "with its question, label, verdict and confidence"
# the same figures by awk, from the lines and from the data
"$hrm" eval $model train.csv --symbols --json >report.json 2>/dev/null
cells=$(field cells report.json)
awk -v want="$cells" -F'"' '{ for (i = 1; i <= 16; i++) right += substr($10, i, 1) == substr($14, i, 1) }
    END { exit !(NR && (d = right / NR / 16 - want) < 1e-6 && d > -1e-6) }' a.jsonl
tell $? "the lines add up to the report's cells"
base=$(field baseline_cells report.json)
awk -F, -v want="$base" 'NR > 1 { for (i = 1; i <= 16; i++) { q = substr($2, i, 1); e = substr($3, i, 1); n[q e]++; all++ } }
    END { for (k in n) { q = substr(k, 1, 1); if (n[k] > top[q]) top[q] = n[k] }
          for (q in top) sum += top[q]; d = sum / all - want; exit !(d < 1e-6 && d > -1e-6) }' train.csv
tell $? "the baseline is that of the data ($base)"
expect 0 "'4'  *80 " "each symbol has its line" "$hrm" eval $model train.csv --symbols
refused 2 "would be written over" "answers over the data" "$hrm" eval $model train.csv --answers train.csv
mkdir own && cp $model own/best.safetensors
refused 2 "would be written over a file of own" "answers over the model that a run folder stands for" \
    "$hrm" eval own train.csv --answers own/best.safetensors
cmp -s $model own/best.safetensors
tell $? "which stays"
refused 2 "would be written over" "answers over the submission" \
    "$hrm" eval $model train.csv --submission s.json --answers s.json
refused 1 "cannot write" "answers to nowhere" "$hrm" eval $model train.csv --answers no/where.jsonl
[ ! -w /dev/full ] || expect 1 "/dev/full: cannot write: No space left" "answers that find no room" "$hrm" eval $model train.csv --answers /dev/full
printf 'shape: 4 x 4\nalphabet: 1234\nblank: "."\nrules: [different in rows]\ncheck: ./no-such-checker\n' >rows.yaml
"$hrm" train four.yaml task=rows.yaml steps=1 --out rows 2>/dev/null
expect 1 "^hrm: the checker ./no-such-checker cannot be run" "a checker that is not there, where no answer is worth asking about" \
    "$hrm" solve rows 1............... --run-checker
grep -q "	wrong: " out
tell $? "by the rules alone"
expect 1 "^hrm: the checker ./no-such-checker cannot be run" "in evaluation too" "$hrm" eval rows train.csv --limit 1 --run-checker

# labels that are not known, not sure, or not alike
awk -F, 'NR > 1 && NR < 12 { for (i = 1; i <= 16; i += 3) $3 = substr($3, 1, i - 1) "." substr($3, i + 1) } { print $1 "," $2 "," $3 }' \
    OFS=, train.csv >part.csv
head -1 train.csv >all-part.csv && sed -n 2,11p part.csv >>all-part.csv
expect 0 "kind *dataset\|task *sudoku" "a table with open cells in some answers keeps its task" "$hrm" info part.csv
expect 0 "of 20 puzzles" "and is evaluated on what is known" "$hrm" eval $model part.csv --answers part.jsonl
head -1 part.jsonl | grep -q '"expected": "?[1-4][1-4]?'
tell $? "whose open cells have no label"
[ "$(grep -c . part.jsonl)" -eq 20 ] && "$hrm" data export part.csv there 2>/dev/null &&
    "$hrm" data import there back.csv 2>/dev/null && cut -d, -f1,2,3 part.csv | tail -n +2 | cut -d, -f2,3 >a.txt &&
    tail -n +2 back.csv | cut -d, -f1,2 >b.txt && [ "$(wc -l <b.txt)" -eq 20 ] && grep -q "\.[1-4][1-4]\." b.txt
tell $? "they survive the published layout"
expect 0 "^done" "a run learns from them" "$hrm" train four.yaml data=part.csv --out part
expect 1 "example 0 has no answer in row 1, column 1; regime lattice" "a search needs all of them" \
    "$hrm" train four.yaml data=part.csv regime=lattice arch=loop loss=softmax --out x
expect 2 "label_smoothing: 2 is not between" "more than all of a label" "$hrm" train four.yaml label_smoothing=2 --out x
for key in label_smoothing=0.1 class_balance=1 class_weights=2:3 dropout=0.2 residual_dropout=0.2; do
    "$hrm" train four.yaml $key --out with 2>/dev/null
    [ -s with/model.safetensors ] && ! cmp -s run/model.safetensors with/model.safetensors
    tell $? "$key has an effect"
    "$hrm" train four.yaml $key --out again --threads 3 2>/dev/null
    cmp -s again/model.safetensors with/model.safetensors
    tell $? "the same with any number of threads"
    rm -r again
    rm -r with
done
(cat four.yaml && printf 'class_weights:\n  2: 0.25\n  "4": 3\n') >map.yaml
"$hrm" train map.yaml --out map 2>/dev/null && "$hrm" train four.yaml "class_weights=2:0.25, 4:3" --out list 2>/dev/null
weights() { tail -c 4096 "$1/model.safetensors" | cksum; }
[ "$(weights map)" = "$(weights list)" ] && grep -q "class_weights: '2:0.25,4:3'" map/recipe.yaml
tell $? "weights of symbols as a map or as a list, which the run keeps"
"$hrm" train four.yaml class_weights=1:1,4:1 --out ones 2>/dev/null && [ "$(weights ones)" = "$(weights run)" ] &&
    [ "$(weights ones)" != "$(weights map)" ]
tell $? "a weight of 1 changes nothing"
# what weighs nothing is not learned: of four symbols only 1 is ever answered
"$hrm" train four.yaml class_weights=2:0,3:0,4:0 steps=200 lr=1e-2 weight_decay=0 --out one 2>/dev/null
"$hrm" eval one/model.safetensors train.csv --symbols --json >one.json 2>/dev/null
python3 -c 'import json, sys
s = {x["symbol"]: x["right"] for x in json.load(open("one.json"))["symbols"]}
sys.exit(not (s["1"] == 1 and s["2"] == s["3"] == s["4"] == 0))' 2>/dev/null || ! command -v python3 >/dev/null
tell $? "a symbol without weight is not learned"
search="regime=lattice arch=loop mix=token_mlp pos=none l_cycles=2 loss=softmax optimizer=adamw warmup=2 steps=10"
# shellcheck disable=SC2086
"$hrm" train four.yaml $search --out plain 2>/dev/null && "$hrm" train four.yaml $search class_weights=2:3 --out heavy 2>/dev/null &&
    [ "$(weights plain)" != "$(weights heavy)" ]
tell $? "they count in a search's training too"
refused 2 "class_weights: '9' is no symbol of train.csv, which are \".1234\"" "a symbol that the task does not have" \
    "$hrm" train four.yaml class_weights=9:2 --out x
refused 2 'class_weights: "2:-1" is not symbol:weight' "a weight below 0" "$hrm" train four.yaml class_weights=2:-1 --out x
refused 2 "class_weights cannot change" "a run that goes on keeps its weights" "$hrm" train --resume map class_weights=
finish
