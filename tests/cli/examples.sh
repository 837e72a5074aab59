#!/bin/sh
# The worked examples: their generators make the bundled files, and each trains, evaluates and
# solves with nothing but its recipe, in both regimes where the puzzle has blanks. And the mistakes
# that people make in a task file of their own.
. tests/cli/lib.sh "$1"
build=$(cd "$1" && pwd)
puzzles=$root/examples/puzzles

for puzzle in jigsaw futoshiki sorting; do
    dir=$puzzles/$puzzle brief="--rounds 2"
    [ $puzzle = sorting ] && brief="--segments 2" # it answers at once
    "$build/examples/puzzles/$puzzle/generate" "$work/train.csv" "$work/test.csv" 2>"$work/err"
    cmp -s "$work/train.csv" "$dir/train.csv" && cmp -s "$work/test.csv" "$dir/test.csv"
    tell $? "$puzzle: the generator makes the bundled puzzles"
    sed 1d "$dir/train.csv" "$dir/test.csv" | sort | uniq -d >"$work/twice"
    [ "$(wc -l <"$dir/train.csv")" -eq 1001 ] && [ "$(wc -l <"$dir/test.csv")" -eq 1001 ] && [ ! -s "$work/twice" ]
    tell $? "$puzzle: 1,000 and 1,000, none twice"
    expect 0 "done" "$puzzle: its recipe trains" "$hrm" train "$dir/recipe.yaml" --out "$work/$puzzle" \
        batch=8 steps=4 minutes=0 warmup=2 eval_every=4 eval_limit=4 save_every=0
    try "$hrm" solve "$work/$puzzle/model.safetensors" "$dir/test.csv" $brief --json
    [ $code -le 1 ] && [ "$(wc -l <"$work/out")" -eq 1000 ] && ! grep -q '"unknown"' "$work/out"
    tell $? "$puzzle: every answer is judged by the task that the model file holds"
    try "$hrm" eval "$work/$puzzle/model.safetensors" "$dir/test.csv" --limit 8 $brief --json
    [ $code -eq 0 ] && [ "$(field n "$work/out")" = 8 ]
    tell $? "$puzzle: eval reads the test file by the model's task"
done
# words that went through noise: what is bundled of them is how they are made
noisy=$build/examples/puzzles/decoding/generate dir=$puzzles/decoding
"$noisy" puzzles 2 1 200 3 >"$work/noisy.csv" && "$noisy" puzzles 2 3 100 >"$work/valid.csv"
[ "$(wc -l <"$work/noisy.csv")" -eq 601 ] && "$noisy" puzzles 2 1 200 | cmp -s - "$work/noisy.csv" -n "$(head -201 "$work/noisy.csv" | wc -c)"
tell $? "decoding: the generator makes words, and their noise in other orders"
expect 0 "bad  *0" "decoding: every word keeps the rules of its task, in all its forms" \
    "$hrm" data check "$work/noisy.csv" --task "$dir/task.yaml"
expect 0 "done" "decoding: its recipe trains" "$hrm" train "$dir/recipe.yaml" data="$work/noisy.csv" valid="$work/valid.csv" \
    --out "$work/decoding" steps=20 minutes=0 warmup=2 eval_every=10 save_every=0
"$hrm" solve "$work/decoding/model.safetensors" "$work/valid.csv" --views 4 --check >"$work/out" 2>"$work/err"
[ $? -le 1 ] && "$noisy" score 2 3 100 <"$work/out" >"$work/score" && grep -q "^the model  *words [01][.]" "$work/score"
tell $? "decoding: the answers of a model are scored"
"$noisy" decoders 2 3 100 >"$work/out" && cut -d, -f2 "$work/valid.csv" | sed 1d | "$noisy" score 2 3 100 >"$work/score" &&
    [ "$(wc -l <"$work/out")" -eq 8 ] && grep -q "words 0.0000 (0.0000 to 0.0370)  bits 0.00000" "$work/score"
tell $? "decoding: the right answers have no error, and other decoders are measured beside them"
refused 1 "answer 2 is not of 17 symbols" "decoding: too few answers" \
    sh -c "echo 00000000000000000 | '$noisy' score 2 3 100"
refused 2 "^usage: " "decoding: no number of words" "$noisy" puzzles 2 3
# the same with real numbers beside the bits
"$noisy" numbers 2 1 200 3 >"$work/real.csv" && "$noisy" numbers 2 3 100 >"$work/real-valid.csv"
cut -d, -f3 "$work/real-valid.csv" >"$work/real-answers"
cut -d, -f2 "$work/valid.csv" | cmp -s - "$work/real-answers"
tell $? "decoding: with numbers the words and their answers are the same"
expect 0 "numbers *1 beside each cell" "decoding: and every word keeps the rules" "$hrm" data check "$work/real.csv" --task "$dir/task-numbers.yaml"
expect 0 "done" "decoding: the recipe trains on numbers" "$hrm" train "$dir/recipe.yaml" task="$dir/task-numbers.yaml" data="$work/real.csv" \
    valid="$work/real-valid.csv" --out "$work/real" steps=20 minutes=0 warmup=2 eval_every=10 save_every=0
"$hrm" solve "$work/real/model.safetensors" "$work/real-valid.csv" --views 4 --check >"$work/out" 2>"$work/err"
[ $? -le 1 ] && "$noisy" score 2 3 100 <"$work/out" >"$work/score" && grep -q "^the model  *words [01][.]" "$work/score"
tell $? "decoding: and its answers are scored"
# terrain seen through noise
noisy=$build/examples/puzzles/terrain/generate dir=$puzzles/terrain
"$noisy" puzzles 1 1 60 2 >"$work/land.csv" && "$noisy" puzzles 1 3 20 >"$work/land-valid.csv"
[ "$(wc -l <"$work/land.csv")" -eq 121 ] && "$noisy" puzzles 1 1 60 | cmp -s - "$work/land.csv" -n "$(head -61 "$work/land.csv" | wc -c)"
tell $? "terrain: the generator makes maps, and the same through other noise"
expect 0 "numbers *2 beside each cell" "terrain: every map is one of its task" "$hrm" data check "$work/land.csv" --task "$dir/task.yaml"
expect 0 "done" "terrain: its recipe trains" "$hrm" train "$dir/recipe.yaml" data="$work/land.csv" valid="$work/land-valid.csv" \
    --out "$work/land" steps=4 minutes=0 warmup=2 eval_every=4 save_every=0
"$hrm" solve "$work/land/model.safetensors" "$work/land-valid.csv" >"$work/out" 2>"$work/err"
[ $? -le 1 ] && "$noisy" score 1 3 20 <"$work/out" >"$work/score" && [ "$(wc -l <"$work/score")" -eq 3 ]
tell $? "terrain: the answers of a model are scored"
"$noisy" planners 1 3 5 >"$work/out" && cut -d, -f3 "$work/land-valid.csv" | sed 1d | "$noisy" score 1 3 20 >"$work/score" &&
    [ "$(wc -l <"$work/out")" -eq 6 ] && grep -q "^the model, where it has a way  *cost 1.0000 (1.0000 to 1.0000).*no way 0.0000" "$work/score"
tell $? "terrain: the labels are the best ways, and other planners are measured beside them"
refused 1 "answer 1 is not of 100 symbols" "terrain: no answers" sh -c "echo 0 | '$noisy' score 1 3 20"
refused 2 "^usage: " "terrain: no level of noise" "$noisy" puzzles 0 3 10
# Sudoku whose digits were misread: the shipped model takes letters for what a cell may hold, and is held to them
noisy=$build/examples/puzzles/forms/generate dir=$puzzles/forms
head -13 "$root/data/sudoku-9x9-test.csv" >"$work/sudoku.csv"
"$noisy" puzzles 0.001 0.3 1 "$work/sudoku.csv" >"$work/forms.csv" && [ "$(wc -l <"$work/forms.csv")" -eq 13 ] &&
    sed 1d "$work/forms.csv" | cut -d, -f1 | grep -q '[a-zA-J]'
tell $? "forms: the generator makes puzzles, with letters where a digit is one of two"
expect 0 "bad  *0" "forms: every puzzle keeps the rules of its task" "$hrm" data check "$work/forms.csv" --task "$dir/task.yaml"
expect 0 "wrote" "forms: a model of Sudoku becomes one of them" "$hrm" convert "$root/models/sudoku.safetensors" "$work/forms.safetensors" \
    --task "$dir/task.yaml"
expect 0 '"exact": *1.0' "forms: and solves them without having been trained on any" \
    "$hrm" eval "$work/forms.safetensors" "$work/forms.csv" --json
expect 0 "^534678912.*solved" "forms: a letter is one of its two" "$hrm" solve "$work/forms.safetensors" \
    q3..7....6..a95....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..7I
"$hrm" solve "$work/forms.safetensors" "$work/forms.csv" >"$work/answers" 2>"$work/err"
"$noisy" score 0.3 1 "$work/sudoku.csv" "$work/answers" >"$work/out" && grep -q "^the model  *right 1.0000" "$work/out"
tell $? "forms: the answers of a model are scored"
"$noisy" searches 1,0.001 0.3 1 "$work/sudoku.csv" >"$work/out" && [ "$(grep -c 'right [01][.]' "$work/out")" -eq 3 ]
tell $? "forms: exact searches are measured beside them"
sed 's/solved/not solved/' "$work/answers" >"$work/none"
[ "$("$noisy" puzzles 0.001 0.3 1 "$work/sudoku.csv" "$work/none" | wc -l)" -eq 13 ] &&
    [ "$("$noisy" puzzles 0.001 0.3 1 "$work/sudoku.csv" "$work/answers" | wc -l)" -eq 1 ]
tell $? "forms: those without an answer are asked again"
refused 1 "has none for form 12" "forms: too few answers" \
    sh -c "head -11 '$work/answers' >'$work/few' && '$noisy' score 0.3 1 '$work/sudoku.csv' '$work/few' 2>&1 >/dev/null | cat >&2; exit 1"
refused 2 "^usage: " "forms: no noise" "$noisy" puzzles 0.1 0 1 "$work/sudoku.csv"
refused 2 "^usage: " "forms: more left out than there is" "$noisy" puzzles 2 0.3 1 "$work/sudoku.csv"
refused 1 "nofile.csv: cannot be read" "forms: no table" "$noisy" puzzles 0.1 0.3 1 nofile.csv
refused 1 "9 x 9 cells of 9 symbols" "a task of another size is refused" "$hrm" convert "$root/models/sudoku.safetensors" \
    "$work/x.safetensors" --task "$puzzles/jigsaw/task.yaml"
refused 1 "cells of 9 symbols each that are alike" "and one whose symbols are not alike, where the net holds them to be" \
    sh -c "sed 's/symbols, bands/bands/' '$dir/task.yaml' >'$work/unlike.yaml' &&
    exec '$hrm' convert '$root/models/sudoku-fields.safetensors' '$work/x.safetensors' --task '$work/unlike.yaml'"
refused 2 "only models for hrm that search" "and a model that answers at once" "$hrm" convert "$work/sorting/model.safetensors" \
    "$work/x.safetensors" --task "$dir/task.yaml"
refused 2 "task: is kept in models for hrm" "files of other programs have no place for it" \
    "$hrm" convert "$root/models/sudoku.safetensors" "$work/x.pt" --task "$dir/task.yaml"
refused 2 "no task file that declares a task" "a name is no task file" \
    "$hrm" convert "$root/models/sudoku.safetensors" "$work/x.safetensors" --task sudoku
[ ! -e "$work/x.safetensors" ]
tell $? "and nothing was written"
cat >"$work/segments.yaml" <<'EOR'
arch: trm
hidden: 32
heads: 2
expansion: 1
l_layers: 1
h_cycles: 1
l_cycles: 1
mix: token_mlp
pos: none
halt_max_steps: 2
batch: 8
steps: 4
EOR
cat >"$work/lattice.yaml" <<'EOR'
regime: lattice
arch: loop
hidden: 32
heads: 2
expansion: 1
l_layers: 1
l_cycles: 1
mix: token_mlp
pos: none
loss: softmax
batch: 8
steps: 4
EOR
cd "$work" || exit 1
for puzzle in jigsaw futoshiki; do
    for regime in segments lattice; do
        expect 0 "done" "$puzzle: trains in regime $regime" "$hrm" train $regime.yaml --out $puzzle-$regime \
            task="$puzzles/$puzzle/task.yaml" data="$puzzles/$puzzle/train.csv"
    done
done
refused 1 "names the blank" "no candidates without a blank" "$hrm" train lattice.yaml --out x \
    task="$puzzles/sorting/task.yaml" data="$puzzles/sorting/train.csv"

# a trained model solves, and its answers are checked; this one can hardly fail
cat >copy.yaml <<'EOR'
shape: 6
sizes: varying
alphabet: ab
given: all
rules: [same symbols as question]
EOR
awk 'BEGIN { print "question,answer"; srand(1); for (i = 0; i < 100; i++) { t = ""; n = 2 + i % 5
    for (k = 0; k < n; k++) t = t (rand() < 0.5 ? "a" : "b"); print t "," t } }' >copy.csv
expect 0 "done" "a sequence task trains" "$hrm" train segments.yaml task=copy.yaml data=copy.csv --out copy \
    steps=150 batch=32 lr=1e-2 warmup=5 weight_decay=0
"$hrm" solve copy/model.safetensors abba >out 2>err
grep -q '^abba	breaks no stated rule$' out
tell $? "and solves: short texts in, short texts out; its one rule proves nothing"
"$hrm" solve copy/model.safetensors copy.csv 2>&1 >out | grep -q '^0 of 100 solved, .* answered and not proved right'
tell $? "which counts nothing as solved"
awk -F, 'NR > 1 { print $1 "," substr($2, 2) substr($2, 1, 1); next } { print }' copy.csv >turned.csv
sed 's/given: all/given: none/' copy.yaml >some.yaml
{ cat some.yaml && echo "rules_complete: true"; } >all.yaml
for rules in some all; do
    expect 0 "done" "$rules of the rules are stated" "$hrm" train segments.yaml task=$rules.yaml data=copy.csv --out $rules \
        steps=150 batch=32 lr=1e-2 warmup=5 weight_decay=0
done
# a checker of the user's own judges where rules cannot, and runs only at the user's word
{ cat some.yaml && echo 'check: ./judge.sh'; } >judged.yaml
printf '#!/bin/sh\necho run >>ran\nwhile IFS="	" read -r q a; do case $a in a*) echo solved ;; *) echo "wrong: begins with $a" ;; esac; done\n' >judge.sh
chmod +x judge.sh
"$hrm" train segments.yaml task=judged.yaml data=copy.csv --out judged steps=150 batch=32 lr=1e-2 warmup=5 weight_decay=0 2>err
"$hrm" solve judged/model.safetensors copy.csv >out 2>err && grep -q "breaks no stated rule" out && [ ! -e ran ]
tell $? "a checker is not run unasked"
"$hrm" solve judged/model.safetensors copy.csv --run-checker >out 2>err
grep -q '^a[ab]*	solved$' out && grep -q '^b[ab]*	wrong: begins with b' out && [ "$(wc -l <ran)" -eq 1 ]
tell $? "and judges all answers when it is"
expect 0 '"valid": null' "nor does evaluation run it unasked" "$hrm" eval judged/model.safetensors turned.csv --json
[ "$(wc -l <ran)" -eq 1 ]
tell $? "which it did not"
try "$hrm" eval judged/model.safetensors turned.csv --run-checker --answers judged.jsonl --json
begin() { awk -F, 'NR > 1 && $2 ~ /^[ab]*$/' copy.csv | cut -d, -f1 | grep -c "^$1"; }
[ $code -eq 0 ] && awk "BEGIN { exit !($(field valid out) == $(begin a) / 100 && $(field wrong out) > 0) }" &&
    ! grep -q partial_rules out
tell $? "in evaluation it says what is valid, and what is wrong"
[ "$(grep -c '"verdict": "wrong", "why": "begins with b' judged.jsonl)" -eq "$(begin b)" ] &&
    [ "$(grep -c '"verdict": "solved"' judged.jsonl)" -eq "$(begin a)" ]
tell $? "and so do the answers that are written down"
expect 0 "by the checker" "and the same of a run folder" "$hrm" eval judged copy.csv --run-checker
expect 0 "by the checker" "which is said" "$hrm" eval judged/model.safetensors copy.csv --run-checker
grep -q "calls [1-9][0-9]* answers wrong that are as labelled" out
tell $? "and where it is at odds with the labels"
# puzzles of several rows come to it in the one form that the task writes them in, however they were written
printf 'shape: 2 x 2\nalphabet: ab\nseparator: "/"\ngiven: none\ncheck: ./judge.sh\n' >square.yaml
printf '#!/bin/sh\nwhile IFS="	" read -r q a; do echo "$q $a" >>squares; case $q in "$a") echo solved ;; *) echo "wrong: other" ;; esac; done\n' >judge.sh
printf 'question,answer\nab/ba,ab/ba\naa/ba,aa/ba\nbb/ab,bb/ab\nba/ab,ba/ab\n' >square.csv
"$hrm" train segments.yaml task=square.yaml data=square.csv --out square steps=150 batch=4 lr=1e-2 warmup=5 weight_decay=0 2>err
printf 'ab\nba\n\nbb/ab\n' | "$hrm" solve square/model.safetensors - --run-checker >out 2>err
sort -u squares >heard
[ "$(cat heard)" = "$(printf 'abba abba\nbbab bbab')" ] && [ "$(grep -c solved out)" -eq 2 ]
tell $? "the rows of a grid are one line to a checker"
try "$hrm" eval square/model.safetensors square.csv --run-checker --json
[ "$(field valid out)" = 1.0 ] && [ "$(sort -u squares | wc -l)" -eq 4 ]
tell $? "and in evaluation"
# a long reason is one verdict, and its end is no interrupt
printf '#!/bin/sh\necho "$$" >>ran\nwhile IFS= read -r l; do echo "$l" >>asked; printf "wrong: %%0999d\\n" 0; done\n' >judge.sh
printf 'abba\nbaab\n' >lines
"$hrm" solve judged/model.safetensors - --run-checker <lines >out 2>err
[ "$(grep -c 'wrong: 000' out)" -eq 2 ] && [ "$(wc -l <asked)" -eq 2 ] && ! grep -q "checker said" err
tell $? "it is asked a line a puzzle and may say much"
printf '#!/bin/sh\nexit 0\n' >judge.sh
expect 1 "the checker ./judge.sh ended" "a checker that ends" "$hrm" solve judged/model.safetensors abba --run-checker
# one that says nothing could not be stopped, nor one that does not end
printf '#!/bin/sh\nsleep 1000\n' >judge.sh
for what in "solve judged/model.safetensors abba" "eval judged/model.safetensors copy.csv"; do
    timeout -k 20 -s INT 1 "$hrm" $what --run-checker >out 2>err
    [ $? -eq 124 ] && ! grep -q 'checker ./judge.sh ' err
    tell $? "Ctrl-C ends the wait for a verdict (${what%% *})"
done
printf '#!/bin/sh\nread -r l\necho solved\nsleep 1000\n' >judge.sh
expect 0 "solved" "a checker that does not end is ended" timeout -k 1 20 "$hrm" solve judged/model.safetensors abba --run-checker
# what is said unasked would be the verdict of another answer
printf '#!/bin/sh\nread -r l\necho solved\necho solved\nwhile read -r l; do sleep 1; echo "wrong: bad"; done\n' >judge.sh
expect 1 "says more than a line for each answer" "a checker that says too much" \
    "$hrm" solve judged/model.safetensors - --run-checker <lines
printf '#!/bin/sh\nsleep 1000\n' >judge.sh
expect 1 "gave no verdict in the time there is" "a bound of time is a checker's too" \
    timeout -k 1 30 "$hrm" solve judged/model.safetensors abba --run-checker --total-seconds 1
printf '#!/bin/sh\nexit 0\n' >judge.sh
cp judged.jsonl before.jsonl
expect 1 "the checker ./judge.sh ended" "and in evaluation" \
    "$hrm" eval judged/model.safetensors copy.csv --run-checker --answers judged.jsonl
cmp -s judged.jsonl before.jsonl
tell $? "where the answers of before stay"
refused 1 'begins with the text "question"' "a table in the place of the model" "$hrm" eval copy.csv some/model.safetensors
refused 2 "names none" "an evaluation without one" "$hrm" eval some/model.safetensors copy.csv --run-checker
refused 2 "names none" "a task without one" "$hrm" solve some/model.safetensors abba --run-checker
expect 0 '"valid": null.*"wrong": [1-9].*"partial_rules": true' "some: an answer unlike its label is wrong" \
    "$hrm" eval some/model.safetensors turned.csv --json
expect 0 "not all of them are stated" "and evaluation says why" "$hrm" eval some/model.safetensors turned.csv
expect 0 '"valid": 1.0.*"wrong": 0' "all: any that keeps them is valid" "$hrm" eval all/model.safetensors turned.csv --json
expect 0 '^abba	solved$' "and solved" "$hrm" solve all/model.safetensors abba
try "$hrm" data show copy.csv 0 --task copy.yaml --json
[ "$(field question out)" = "$(sed -n '2s/,.*//p' copy.csv)" ]
tell $? "padding is not written"
refused 1 "more than 6 characters" "a text that is too long" "$hrm" solve copy/model.safetensors abbaabba
refused 1 "'x'" "a character that is no symbol" "$hrm" solve copy/model.safetensors abx
"$hrm" data export copy.csv copied/train --task copy.yaml 2>err && "$hrm" info copied/train >out 2>err &&
    "$hrm" train segments.yaml task=copy.yaml data=copied/train --out dir >out 2>err
tell $? "the published layout holds it too"
"$hrm" train segments.yaml task=copy.yaml data=copy.csv --out half steps=4 save_every=2 2>err
cp copy.yaml moved.yaml
expect 0 "step 5/5" "a task file may move" "$hrm" train --resume half task=moved.yaml steps=5
expect 0 "step 6/6" "and come back" "$hrm" train --resume half task=copy.yaml steps=6
sed -i 's/^rules.*/rules: [increasing in r1c1]/' copy.yaml
refused 1 "not the data" "another task on resume" "$hrm" train --resume half steps=8
sed -i 's/^rules.*/rules: [increasing in rows]/; s/given: all/given: none/' copy.yaml
awk -F, 'NR == 1 || !/ba/' copy.csv >rising.csv
refused 1 "copy.csv" "answers that break the rules" "$hrm" train segments.yaml task=copy.yaml data=copy.csv --out x
expect 0 "done" "the others fit" "$hrm" train segments.yaml task=copy.yaml data=rising.csv --out rising

# what people get wrong in a task file
task() { # task NAME < file: a copy of the jigsaw's task file, changed by sed
    sed "$1" "$puzzles/jigsaw/task.yaml" >task.yaml
}
jig() { refused "$1" "$2" "$3" "$hrm" train segments.yaml task=task.yaml data="$puzzles/jigsaw/train.csv" --out x; }
task 's/symbols/symbols, transpose/'
jig 1 "task.yaml: symmetries: .*region" "a symmetry that does not hold"
task '0,/^  AABBCC/s//  AABBCD/'
jig 1 "train.csv, line 2, answer: region" "regions that are not the data's"
task 's/123456/12345/'
jig 1 "line 2, question: column .* holds '6'" "a symbol that the alphabet lacks"
task 's/6 x 6/6 x 7/'
jig 1 "task.yaml: line 6, regions" "a shape that does not fit"
task 's/symmetries/symetries/'
jig 1 "did you mean symmetries" "a misspelt key"
task 's/different in rows/diferent in rows/'
jig 1 "line 14, rules: rule \"diferent in rows\"" "a misspelt rule"
task '/^rules/,$d; /^rules_complete/d'
"$hrm" train lattice.yaml task=task.yaml data="$puzzles/jigsaw/train.csv" --out unruled 2>err
refused 1 "no rules to check" "checking without rules" "$hrm" eval unruled/model.safetensors "$puzzles/jigsaw/test.csv" --check
echo 'shape: [1' >task.yaml
jig 1 "task.yaml" "a broken task file"
refused 1 "nofile.yaml" "a task file that is not there" "$hrm" train segments.yaml task=nofile.yaml data=copy.csv
refused 2 "sequence or a task file" "a task that is no task" "$hrm" train segments.yaml task=chess data=copy.csv
refused 1 "task=sequence" "texts of two lengths without a word about it" "$hrm" train segments.yaml data=copy.csv --out x
expect 0 "done" "and with it" "$hrm" train segments.yaml data=copy.csv task=sequence --out sequence
finish
