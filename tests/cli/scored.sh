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
refused 1 "cannot write" "answers to nowhere" "$hrm" eval $model train.csv --answers no/where.jsonl
[ ! -w /dev/full ] || expect 1 "cannot write all answers" "answers that find no room" "$hrm" eval $model train.csv --answers /dev/full
finish
