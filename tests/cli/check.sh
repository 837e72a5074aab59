#!/bin/sh
# What is wrong with data is said before it spoils a training or a figure: bad rows, duplicates, overlaps.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
"$hrm" data sudoku good.csv --count 60 --seed 3 --quiet && "$hrm" data sudoku apart.csv --count 20 --seed 4 --quiet
expect 0 "^bad  *0" "good data pass" "$hrm" data check good.csv apart.csv
expect 0 '"copied": 0\.[0-9]*, "symbol": "[1-9]", "majority": 0\.1' "with what guessing would reach" \
    "$hrm" data check good.csv --json
grep -q '"5": {"questions": [0-9]*, "answers": 540}' out
tell $? "and how often each symbol occurs"
# line 17: two digits of the answer exchanged
awk -F, -v OFS=, 'NR == 17 { $3 = substr($3, 2, 1) substr($3, 1, 1) substr($3, 3) } { print }' good.csv >one.csv
refused 1 "one.csv: line 17 is no sudoku (.*), but 59 of 60 rows are" "one bad row of many is named" "$hrm" data show one.csv 0
expect 0 "." "unless plain grids are asked for" "$hrm" data show one.csv 0 --task grid
# line 5 twice, the second time with another answer too; a symbol that is none; a row cut short; one without columns
awk -F, -v OFS=, 'NR == 5 { q = $2; a = $3 } NR == 30 { $2 = q; $3 = a } NR == 40 { $2 = substr($2, 1, 80) "Q" }
    NR == 41 { $2 = substr($2, 1, 80) } NR == 42 { $0 = "x" } { print }' one.csv >many.csv
expect 1 "^bad  *4" "every bad row is found" "$hrm" data check many.csv good.csv
[ "$(sed -n 's/^  line \([0-9]*\): .*/\1/p' out | tr '\n' ' ')" = "17 40 41 42 30 " ] &&
    grep -q "line 30: the question of line 5$" out && grep -q "overlap  *5[0-9] also in good.csv" out
tell $? "with its line, duplicates and overlap too"
expect 0 "wrote clean.csv: 56 examples" "--skip-bad writes the others" "$hrm" data check many.csv --skip-bad clean.csv
expect 0 "^bad  *0" "which are clean" "$hrm" data check clean.csv
cut -d, -f2 good.csv >questions.csv
expect 1 "overlap  *56 also in questions.csv" "against puzzles whose answers are not told" "$hrm" data check many.csv questions.csv
refused 2 "would be written over" "not over what it reads" "$hrm" data check many.csv --skip-bad many.csv
awk -F, -v OFS=, 'NR == 6 { $2 = "" } NR > 1 && NR != 6 { $3 = $3 } { print }' good.csv >empty.csv
expect 1 "line 6" "an empty question" "$hrm" data check empty.csv
awk -F, -v OFS=, 'NR == 18 { $3 = "" } { print }' one.csv >after.csv
expect 1 "^bad  *1$" "a row without an answer after a bad one is as good as any" "$hrm" data check after.csv
# answers that are all wrong are no plain grids: here each is turned by a cell, or two digits change places
sed '2,$s/,\(.\)\([^,]*\),\([^,]*\)$/,\2\1,\3/' good.csv >turned.csv
awk -F, -v OFS=, 'NR > 1 { gsub(1, "x", $3); gsub(2, 1, $3); gsub("x", 2, $3) } { print }' good.csv >changed.csv
for file in turned changed; do
    expect 1 "^bad  *60$" "answers that are all wrong ($file) are bad, each of them" "$hrm" data check $file.csv
    grep -q "^task  *sudoku" out && grep -q "by its questions, but 60 of 60 answers are wrong; --task grid" out && grep -q "line 2: answer: row" out
    tell $? "since the questions are Sudoku"
    refused 1 "looks like sudoku, by its questions, but 60 of 60 answers are wrong; the first is in line 2 (row" \
        "which others than the check refuse" "$hrm" info $file.csv
    expect 0 "task *grid" "unless plain grids are asked for" "$hrm" data check $file.csv --task grid
    refused 1 "line 2 is no sudoku (row .*), as 60 of 60 rows are none" "or Sudoku is" "$hrm" data show $file.csv 0 --task sudoku
    refused 1 "all 60 rows are bad; clean: none is left" "no empty table is written" "$hrm" data check $file.csv --skip-bad none.csv
done
[ ! -e none.csv ]
tell $? "at all"
expect 0 "task *grid" "but other puzzles that are like Sudoku in rows and columns are" "$hrm" info "$root/examples/puzzles/jigsaw/test.csv"
awk 'NR > 1 && NR < 5 { sub(",[^,]*$", "1&") } { print }' good.csv >odd.csv
expect 1 "^bad  *3$" "bad rows at the beginning do not make all others bad" "$hrm" data check odd.csv
awk -F, 'NR == 7 { $2 = "\"" $2 } NR == 9 { $2 = "\"" $2 "\"x" } { print }' OFS=, good.csv >torn.csv
expect 1 "^bad  *2$" "a quote that is never closed takes no other row along" "$hrm" data check torn.csv
grep -q "line 7: " out && grep -q "line 9: text follows a closing quote" out
tell $? "and is told with its line"
refused 1 "torn.csv, line 7: " "by others too" "$hrm" info torn.csv
cut -d, -f2,3 good.csv | sed '2,$s/.$//' >short.csv
refused 1 "all 60 rows are bad; the first, line 2: the question has 81 characters and its answer 80" \
    "a table of bad rows alone is not called empty" "$hrm" data check short.csv
# answers with cells that are not known, or that only repeat their questions, as an import of labels of -100 writes them
awk -F, 'NR > 1 { for (i = 1; i < 82; i += 3) $3 = substr($3, 1, i - 1) "." substr($3, i + 1) } { print }' OFS=, good.csv >partly.csv
expect 0 "task *sudoku" "unknown cells of every answer make no plain grid of Sudoku" "$hrm" data check partly.csv
grep -q "^examples  *60, 0 without an answer, 60 with one of which some cells are not known$" out && grep -q "^  [.]  *[0-9]*, 0$" out
tell $? "and are counted, and no symbol of answers"
awk -F, '{ print $2 "," (NR > 1 ? $2 : "answer") }' good.csv | tr . 0 >copies.csv
expect 0 "task *sudoku" "nor do answers that are copies of the questions" "$hrm" data check copies.csv
grep -q "^examples  *60, 60 without an answer$" out
tell $? "which are no answers"
awk -F, 'NR > 1 { for (i = 1; i < 37; i += 3) $2 = substr($2, 1, i - 1) "." substr($2, i + 1) } { print }' OFS=, \
    "$root/examples/puzzles/jigsaw/test.csv" >jigsaw.csv
expect 0 "task *grid" "but other puzzles stay what they are" "$hrm" info jigsaw.csv
"$hrm" data maze ways.csv --count 12 --size 6 --min-length 8 --quiet
awk -F, 'NR > 1 { for (i = 1; i < 37; i += 3) $3 = substr($3, 1, i - 1) "." substr($3, i + 1) } { print }' OFS=, ways.csv >open.csv
expect 0 "task *maze" "nor do unknown cells of mazes" "$hrm" data check open.csv
grep -q "^examples  *12, 0 without an answer, 12 with one of which some cells are not known$" out
tell $? "which are counted too"
# in other letters, and where texts have fewer characters than cells, an unknown label is written as it is read
printf 'task: sudoku\nletters: "_ABCDEFGHI"\n' >letters.yaml
awk -F, -v OFS=, 'NR > 1 { gsub(/[.]/, "_"); for (i = 1; i <= 9; i++) gsub(i, substr("ABCDEFGHI", i, 1)) } { print $2, $3 }' \
    partly.csv >lettered.csv
printf 'shape: 2 x 3\nalphabet: "abc"\nblank: "_"\nsizes: varying\nseparator: "/"\n' >rows.yaml
printf 'question,answer\na_/b,ab/_\n_/__b,c/_ab\n' >rows.csv
for name in letters rows; do
    [ $name = letters ] && file=lettered.csv || file=rows.csv
    expect 0 "2 with one of which some\|60 with one of which some" "$name: unknown labels as their blank" \
        "$hrm" data check $file --task $name.yaml --skip-bad written.csv
    cmp -s $file written.csv
    tell $? "$name: and back"
done
printf 'question,answer\nab,ba\nabc,cba\nabcd,dcba\nabcde,edcba\n' >words.csv
expect 1 "most rows have other lengths; --task sequence takes rows of any" "rows of any length are told before the list of them" \
    "$hrm" data check words.csv
expect 0 "^bad  *0" "which so are none" "$hrm" data check words.csv --task sequence
printf 'question,answer\n"ab\nc",cba\nabc,cba\n' >broken.csv
expect 1 "^  line 2: question: row 2 has 1 cell, row 1 has 2" "a word broken over lines is no word" "$hrm" data check broken.csv --task sequence
# letters beyond ASCII are bad rows, each of them with its line
printf 'shape: 2\nalphabet: "123"\nblank: "."\n' >letters.yaml
printf 'question,answer\n1.,12\n1\303\251,12\n3.,31\n2\303\244,21\n' >beyond.csv
for task in "" "--task letters.yaml" "--task grid"; do
    expect 1 "^bad  *2$" "letters of several bytes are bad rows ($task)" "$hrm" data check beyond.csv $task
    [ "$(grep -c '^  line [35]: .*beyond ASCII\|^  line [35]: holds .* a letter of 2 bytes' out)" -eq 2 ]
    tell $? "each with its line"
done
# contradictions: one question, two answers
printf 'question,answer\n12,21\n13,31\n12,12\n' >two.csv
expect 1 "1 with another answer" "contradictions" "$hrm" data check two.csv --task grid
printf 'question,answer\n12,21\n13,31\n12,\n' >unknown.csv
expect 0 "^duplicates *1, 0 with another answer" "an answer that is not known contradicts none" "$hrm" data check unknown.csv --task grid
printf 'shape: 2\nalphabet: "123"\nrules: ["different in rows"]\n' >task.yaml
printf 'question,answer\n12,21\n13,33\n' >rule.csv
expect 1 "line 3: answer: row 1 holds 3 twice" "rules of a task file" "$hrm" data check rule.csv --task task.yaml
"$hrm" data export good.csv dir/train 2>err
expect 0 '"places": "examples"' "folders are looked over as well" "$hrm" data check dir/train --json

# answers may be missing, however they are
cut -d, -f2 good.csv >bare.csv
awk -F, -v OFS=, 'NR > 1 { $3 = "" } { print $2, $3 }' good.csv >void.csv
"$hrm" data export void.csv void --task sudoku 2>/dev/null || "$hrm" data export copies.csv void 2>/dev/null
for data in bare.csv void.csv void; do
    expect 0 "^examples  *60, 60 without an answer" "no answers ($data): said, and no fault" "$hrm" data check $data
done
sed 1d ways.csv | cut -d, -f2 | sed 's/$/,/; 1i question,answer' >ways-void.csv
expect 0 "task *maze of 6 x 6" "mazes without any answer are mazes" "$hrm" data check ways-void.csv
printf 'question,answer\nabca,\nabcb,\n' >letters-void.csv
expect 0 "task *grid of 2 x 2" "and grids are grids" "$hrm" data check letters-void.csv
awk 'NR == 9 { $0 = $0 "1" } { print }' bare.csv >long.csv
expect 1 "^  line 9: " "bad rows are found all the same" "$hrm" data check long.csv

# a symmetry that the answers contradict, where no rule says so: sorted digits are not sorted from behind
awk 'BEGIN { srand(2); print "question,answer"; for (i = 0; i < 200; i++) { n = split("", c); q = a = ""
    for (k = 0; k < 6; k++) { d = int(rand() * 10); q = q d; c[d]++ }
    for (d = 0; d < 10; d++) while (c[d]-- > 0) a = a d; print q "," a } }' >sorted.csv
printf 'shape: 6\nalphabet: "0123456789"\nsymmetries: [mirror, question order]\n' >sorted.yaml
expect 0 "^symmetries: turns and mirrors: changed so, [4-6][0-9] of 100" "a symmetry that does not hold is told" \
    "$hrm" data check sorted.csv --task sorted.yaml
[ "$(grep -c "^symmetries" out)" -eq 1 ]
tell $? "and only that one"
for puzzle in jigsaw futoshiki sorting; do
    try "$hrm" data check "$root/examples/puzzles/$puzzle/train.csv" --task "$root/examples/puzzles/$puzzle/task.yaml"
    [ $code -eq 0 ] && ! grep -q "^symmetries" out
    tell $? "$puzzle: those that hold are not"
done
sed 's/half turn/transpose/; /^rules/,$d; /^rules_complete/d' "$root/examples/puzzles/jigsaw/task.yaml" >jigsaw.yaml
expect 0 "^symmetries: turns" "regions that do not turn, without a rule" \
    "$hrm" data check "$root/examples/puzzles/jigsaw/train.csv" --task jigsaw.yaml

# figures on what was trained on say so
tiny_net 16 4 >recipe.yaml <<'EOR'
steps: 2
halt_max_steps: 1
data: good.csv
EOR
expect 0 "warning: symmetries: turns" "a run says so too" "$hrm" train recipe.yaml --plan task=sorted.yaml data=sorted.csv
# and refused where an example, changed so, is another one's question with another answer
awk 'BEGIN { print "question,answer"; for (a = 0; a < 6; a++) for (b = 0; b < 6; b++) for (c = 0; c < 6; c++) {
    lo = a; if (b < lo) lo = b; if (c < lo) lo = c; hi = a; if (b > hi) hi = b; if (c > hi) hi = c
    printf "%d%d%d,%d%d%d\n", a, b, c, lo, a + b + c - lo - hi, hi } }' >three.csv
printf 'shape: 3\nalphabet: "012345"\nsymmetries: [reverse]\n' >reversed.yaml
printf 'shape: 3\nalphabet: "012345"\nsymmetries: [question order]\n' >ordered.yaml
refused 1 "symmetries: reverse: example [0-9]* of three.csv, changed so, has the question of example [0-9]* and another answer" \
    "a symmetry that the answers contradict" "$hrm" train recipe.yaml --plan task=reversed.yaml data=three.csv
expect 0 "^model" "but not where it is not used" "$hrm" train recipe.yaml --plan task=reversed.yaml data=three.csv augment=false
expect 0 "^model" "nor one that holds" "$hrm" train recipe.yaml --plan task=ordered.yaml data=three.csv
# where a rule is stated, it judges
printf 'shape: 1 x 2\nalphabet: "123"\nblank: "."\nrules: ["r1c1 < r1c2"]\nrules_complete: true\nsymmetries: [mirror]\n' >falling.yaml
printf 'question,answer\n..,12\n1.,12\n.3,23\n' >rising.csv
for command in "data check" "train recipe.yaml --plan data=rising.csv task=falling.yaml"; do
    [ "$command" = "data check" ] && words="rising.csv --task falling.yaml" || words=
    # shellcheck disable=SC2086
    expect 1 "falling.yaml: symmetries: one of them makes .* [0-9] of rising.csv break the rules" \
        "a symmetry that breaks a rule, for hrm ${command%% --*}" "$hrm" $command $words
done
# labels that break the rules are counted by evaluation, whatever task they are of, and refused where they teach
sed 's/mirror//' falling.yaml >rising.yaml
printf 'question,answer\n..,12\n1.,13\n.1,21\n' >wrong.csv
"$hrm" train recipe.yaml task=rising.yaml data=rising.csv heads=2 --out rising 2>err
refused 1 "wrong.csv, line 4, answer: " "a label that breaks a declared rule is not trained on" \
    "$hrm" train recipe.yaml task=rising.yaml data=wrong.csv --out none
expect 0 "^labels *1 breaks the rules" "and counted in evaluation, as one of Sudoku is" "$hrm" eval rising wrong.csv
"$hrm" data export wrong.csv wrong --task grid 2>/dev/null
expect 0 "^labels *1 breaks the rules" "in a folder too" "$hrm" eval rising wrong
expect 0 "(1 label breaks the rules, and counts all the same)" "and while a run is evaluated" \
    "$hrm" train recipe.yaml task=rising.yaml data=rising.csv valid=wrong.csv eval_every=2 --out judged
awk -F, 'NR % 20 == 0 { $2 = "555" } { print $1 "," $2 }' three.csv >noisy.csv
expect 0 "^model" "nor for some labels that are wrong" "$hrm" train recipe.yaml --plan task=ordered.yaml data=noisy.csv
expect 1 "^symmetries: reverse: line [0-9]* of three.csv, changed so,.*(training refuses it)" "which the check says too" \
    "$hrm" data check three.csv --task reversed.yaml
expect 1 '"symmetry_refused": true' "in JSON as well" "$hrm" data check three.csv --task reversed.yaml --json
expect 0 '"symmetry_refused": false' "but of none that holds" "$hrm" data check three.csv --task ordered.yaml --json
(cat three.csv; echo 012,111) >twice.csv
expect 0 "^model" "nor where a question has two answers, which prove nothing" \
    "$hrm" train recipe.yaml --plan task=reversed.yaml data=twice.csv
expect 0 "done" "a run" "$hrm" train recipe.yaml --out run
! grep -q warning err
tell $? "without a warning"
expect 0 "trained on these very puzzles" "evaluation on what was trained on says so" "$hrm" eval run/model.safetensors good.csv
expect 0 '"trained_on_these": true' "in JSON too" "$hrm" eval run/model.safetensors good.csv --json
"$hrm" eval run/model.safetensors apart.csv >out 2>err && ! grep -q "very puzzles" out
tell $? "on others it does not"
{ cat apart.csv && sed -n 2,4p good.csv; } >part.csv
expect 0 "3 of these puzzles are among those that the model was trained on" "on some of both it counts them" \
    "$hrm" eval run/model.safetensors part.csv
expect 0 '"in_training": 0' "of those that it evaluates" "$hrm" eval run/model.safetensors part.csv --limit 20 --json
"$hrm" train recipe.yaml init=run data=apart.csv --out after 2>err
expect 0 '"in_training": null' "nor that there are none where the weights began as others" "$hrm" eval after/model.safetensors good.csv --json
mv good.csv away.csv && sed 5d away.csv >good.csv
expect 0 '"in_training": null' "not by a file that has become another" "$hrm" eval run/model.safetensors part.csv --json
mv away.csv good.csv
awk -F, 'NR == 2 { $3 = substr($3, 2) substr($3, 1, 1) } 1' OFS=, apart.csv >broken.csv
expect 0 "^labels *1 breaks the rules" "a label that breaks the rules is told" "$hrm" eval run/model.safetensors broken.csv
expect 0 '"broken_labels": 1' "in JSON too" "$hrm" eval run/model.safetensors broken.csv --json
expect 0 '"broken_labels": 0' "and where there is none" "$hrm" eval run/model.safetensors apart.csv --json
expect 0 "warning: valid: all of good.csv is trained on" "validation on training data" \
    "$hrm" train recipe.yaml --plan valid=good.csv eval_every=1
{ cat apart.csv && sed -n 2,4p good.csv; } >mixed.csv
expect 0 "warning: valid: 3 of the 23 puzzles" "or on some of it" "$hrm" train recipe.yaml --plan valid=mixed.csv eval_every=1
expect 0 '"warnings":\["valid: 3' "in JSON too" "$hrm" train recipe.yaml --plan valid=mixed.csv eval_every=1 --json
finish
