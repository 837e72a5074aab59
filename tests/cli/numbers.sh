#!/bin/sh
# Real numbers beside the cells of a question, through every command that takes puzzles: what training,
# evaluation and solving see must be the same, whatever the puzzles came in.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
cat >task.yaml <<EOS
shape: 3 x 3
alphabet: "01"
blank: "."
answers: "01"
numbers: 2
symmetries: [dihedral]
check: sh judge.sh
EOS
table() { # table SEED COUNT: an answer is 1 where a cell's first number is above its second
    awk -v seed="$1" -v count="$2" 'BEGIN {
        srand(seed); print "question,numbers,answer"
        for (i = 0; i < count; i++) {
            n = a = ""
            for (c = 0; c < 9; c++) { x = rand() * 4 - 2; y = rand() - .5; n = n (c ? " " : "") sprintf("%.4g %.4g", x, y); a = a (x > y) }
            print ".........," n "," a
        }
    }'
}
table 1 400 >train.csv
table 2 60 >test.csv
tail -n +2 test.csv | awk -F, '{ print $1 ": " $2 }' >lines.txt
{ printf '%s\n' "data: train.csv" "valid: test.csv" "task: task.yaml" "augment: true" "steps: 60" "eval_every: 30" "puzzle_emb_ndim: 0"
    learning_net; } | sed 's/^mix: token_mlp/mix: attention/; s/^pos: none/pos: rope/' >recipe.yaml

expect 0 "numbers *2 beside each cell" "data check says how many numbers there are, and what they are like" "$hrm" data check train.csv test.csv --task task.yaml
expect 0 '"numbers": \[{"low": -' "and as JSON" "$hrm" data check train.csv --task task.yaml --json
expect 0 "^done" "a recipe trains" "$hrm" train recipe.yaml --out run
expect 0 "^done" "on two threads or one" "$hrm" train recipe.yaml --out one --threads 1
cmp -s run/model.safetensors one/model.safetensors
tell $? "to the same weights"
"$hrm" train recipe.yaml --out two save_every=1 >out 2>err &
pid=$!
for _ in $(seq 600); do [ -e two/state.safetensors ] && break || sleep 0.1; done
kill -INT $pid
wait $pid
expect 0 "^done" "a run that was stopped goes on" "$hrm" train --resume two
cmp -s run/model.safetensors two/model.safetensors
tell $? "with the numbers that its rows had: to the same weights"
model=run/model.safetensors
expect 0 "numbers *2" "info tells them" "$hrm" info $model
"$hrm" eval $model test.csv --json >eval.json
awk "BEGIN { exit !($(field cells eval.json) > .8) }"
tell $? "it learned from its numbers ($(field cells eval.json) of the cells)"

"$hrm" solve $model test.csv --quiet >from-table
"$hrm" solve $model lines.txt --quiet >from-lines
"$hrm" solve $model --quiet <lines.txt >from-pipe
"$hrm" solve $model --quiet <test.csv >from-piped-table
"$hrm" solve $model "$(head -1 lines.txt)" --quiet | tail -1 >from-word
[ "$(wc -l <from-table)" -eq 60 ] && cmp -s from-table from-lines && cmp -s from-table from-pipe && cmp -s from-table from-piped-table
tell $? "a table, lines, and both through a pipe have the same answers"
head -1 from-table | cmp -s - from-word
tell $? "and so has a word"
"$hrm" solve $model lines.txt --views 8 --quiet >from-views
[ "$(wc -l <from-views)" -eq 60 ]
tell $? "views turn numbers with their cells"

expect 0 "wrote" "exported as a folder" "$hrm" data export test.csv folder --task task.yaml --augment 2
expect 0 "wrote" "and back into a table" "$hrm" data import folder back.csv --task task.yaml
head -1 back.csv | grep -q "^question,numbers,answer" && [ "$(wc -l <back.csv)" -eq 181 ]
tell $? "which has the column"
awk 'NR == 1 || NR % 3 == 2' back.csv >plain.csv
"$hrm" solve $model plain.csv --quiet | cmp -s from-table -
tell $? "with the answers of the first table"
"$hrm" eval $model folder --json >folder.json && [ "$(field n folder.json)" = 180 ]
tell $? "the folder is evaluated"
expect 0 "numbers -*[0-9]" "an example is shown with its numbers" "$hrm" data show test.csv 3 --task task.yaml
expect 0 '"question": "\.*: ' "and as JSON" "$hrm" data show test.csv 3 --task task.yaml --json
cat >judge.sh <<'EOS'
while IFS='	' read -r question answer; do
    echo "$question" | awk -v a="$answer" '{ for (c = 0; c < 9; c++) r = r ($(2 + 2 * c) > $(3 + 2 * c)); print (r == a ? "solved" : "wrong: not the larger ones") }'
done
EOS
"$hrm" solve $model lines.txt --run-checker --quiet >judged
[ "$(grep -c solved judged)" -gt 0 ] && [ "$(grep -c "solved\|wrong: not the larger" judged)" -eq 60 ]
tell $? "a checker of one's own gets the numbers"
expect 0 "wrote" "weights become int8" "$hrm" convert $model small.safetensors --dtype int8
"$hrm" convert $model out.npz --quiet && "$hrm" convert out.npz again.safetensors --quiet && "$hrm" solve again.safetensors test.csv --quiet | cmp -s from-table -
tell $? "NumPy and back has the same answers"
expect 0 "inside" "a look inside" "$hrm" inspect $model test.csv --limit 10 --patch 2 --starts 2
expect 0 "" "a report" "$hrm" report run --out report.html

numbers="1 0 1 0 1 0 1 0 0 1 0 1 0 1 0 1 0 1"
refused 1 "comes without numbers; this task has 2 for each cell" "a puzzle without numbers" "$hrm" solve $model "........."
refused 1 "3 numbers; this task has 18, 2 for each of 9 cells" "too few" "$hrm" solve $model ".........: 1 2 3"
refused 1 "number 18: \"x\" is no number" "a word among them" "$hrm" solve $model ".........: ${numbers%1}x"
refused 1 "number 18: \"inf\" is no number" "what is not finite" "$hrm" solve $model ".........: ${numbers%1}inf"
refused 1 "number 18: 1e+07 is not between -1e+06 and 1e+06" "what is too large" "$hrm" solve $model ".........: ${numbers%1}1e7"
refused 1 "has no column numbers" "a table without them" sh -c "cut -d, -f1,3 test.csv >bare.csv; exec '$hrm' eval $model bare.csv"
refused 1 "has a column numbers, for which its task has no use" "and one that has them for nothing" "$hrm" data check test.csv
refused 1 "its task 0" "a folder likewise" "$hrm" data import folder none.csv
expect 1 "line 3: numbers: 2 numbers" "bad rows are told by line" sh -c "{ head -2 test.csv; echo '.........,1 2,000000000'; } >bad.csv; exec '$hrm' data check bad.csv --task task.yaml"
refused 2 "" "numbers are not for models that search" "$hrm" train recipe.yaml --out search regime=lattice arch=loop halt_max_steps=4 valid= eval_every=0
case $hrm in # a sanitizer takes more by itself
*/asan/*) ;;
*)
    printf '%s\n' "shape: 100 x 100" 'alphabet: "01"' 'blank: "."' "numbers: 64" >wide.yaml
    { echo "question,numbers,answer"; yes "0,1,0" | head -400; } >short.csv
    refused 1 "line 2" "a task of many numbers takes memory for those that a table can hold" \
        sh -c "ulimit -v 600000; exec '$hrm' data export short.csv out --task wide.yaml"
    ;;
esac
finish
