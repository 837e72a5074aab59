#!/bin/sh
# Puzzles in the files of other people: they are solved as they are, or named for what they are.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
export HRM_MODEL="$root/models/sudoku.safetensors"
puzzle=53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79
answer=534678912672195348198342567859761423426853791713924856961537284287419635345286179
solves() { # solves COUNT NAME FILE [COMMAND...]: so many lines, each the answer
    count=$1 name=$2
    shift 2
    try "$hrm" solve "$@"
    [ $code -eq 0 ] && [ "$(grep -c "^$answer	solved" out)" -eq "$count" ] && [ "$(wc -l <out)" -eq "$count" ]
    tell $? "$name"
}

# tables
printf 'question,answer,rating\n%s,,2.2\n%s,%s,NaN\n%s,%s,-1\n' $puzzle $puzzle $answer $puzzle $answer >empty.csv
solves 3 "a table with an empty answer, and ratings that are no whole numbers" empty.csv
expect 0 '"rating": *2' "a rating is rounded" "$hrm" data show empty.csv 0 --json
expect 0 '"rating": null' "NaN says nothing" "$hrm" data show empty.csv 1 --json
expect 0 '"rating": null' "nor does -1" "$hrm" data show empty.csv 2 --json
"$hrm" data import empty.csv again.csv 2>err && [ "$(sed -n 2p again.csv)" = "$puzzle,,2" ]
tell $? "an answer that is not known stays empty"
printf 'question,answer,difficulty\n%s,%s,4\n%s,%s,N/A\n%s,%s,hard\n' $puzzle $answer $puzzle $answer $puzzle $answer >word.csv
solves 3 "a table with ratings that are words" word.csv
unrated='2 of 3 cannot be read; the first, line 3: "N/A" is no number'
expect 0 "^ratings   $unrated" "of which evaluation tells" "$hrm" eval "$HRM_MODEL" word.csv
expect 0 "^ratings    $unrated" "as does a check" "$hrm" data check word.csv
expect 0 "^unrated *$unrated" "and hrm info" "$hrm" info word.csv
expect 0 "word.csv: ratings: $unrated" "and who imports it" "$hrm" data import word.csv rated.csv
[ "$(tail -n 2 rated.csv | cut -d, -f3 | tr -d '\n')" = "" ] && [ "$(sed -n 2p rated.csv | cut -d, -f3)" = 4 ]
tell $? "where the others stay"
printf 'question;answer;rating\n%s;%s;3,5\n' $puzzle $answer >comma.csv
expect 0 '"rating": *4' "a rating with a comma" "$hrm" data show comma.csv 0 --json
printf 'question;answer;rating\n%s;%s;1,234\n' $puzzle $answer >thousand.csv
expect 0 'line 2: "1,234" is no number' "which is not taken for a thousandth" "$hrm" info thousand.csv
sed 's/1,234/0x10/' thousand.csv >hex.csv
expect 0 'line 2: "0x10" is no number' "nor hexadecimal for one" "$hrm" info hex.csv
printf 'question,answer\n1.5E+16,4.13232E+15\n' >excel.csv
refused 1 "line 2: 1.5E+16 is a number that a spreadsheet shortened; fill the column anew, as text" \
    "puzzles that a spreadsheet spoilt" "$hrm" info excel.csv
refused 1 "line 2, question: 1.5E+16 is a number" "also with a model" "$hrm" solve excel.csv
printf 'question,answer\n%s,\n' $puzzle >none.csv
solves 1 "a table without a single answer" none.csv
refused 1 "no row has an answer" "of which no task can be told" "$hrm" info none.csv
printf 'quizzes,solutions\n%s,%s\n' $puzzle $answer >kaggle.csv
solves 1 "columns quizzes and solutions" kaggle.csv
printf 'id,Puzzle, Solution ,clues,difficulty\n1,%s,%s,30,0.0\n' $puzzle $answer >kaggle3.csv
solves 1 "columns puzzle, solution and difficulty" kaggle3.csv
expect 0 '"task": "sudoku"\|sudoku' "is known for Sudoku" "$hrm" info kaggle3.csv
expect 0 "exact *100.00" "and evaluated" "$hrm" eval "$HRM_MODEL" kaggle3.csv
# what a table holds beside its puzzles stays in the copy without its bad rows
printf 'id;quizzes;solutions;source;difficulty\r\n7;%s;%s;"a ""b""; c";hard\r\n8;12;34;x;\r\n9;%s;%s;;2\r\n' $puzzle $answer $puzzle $answer >mine.csv
expect 0 "wrote less.csv: 2 examples" "a table with columns of its own, without its bad rows" "$hrm" data check mine.csv --skip-bad less.csv
tr -d '\r' <mine.csv | sed 3d | cmp -s - less.csv
tell $? "keeps them all, as they are"
printf 'puzzle;solution\r\n%s;%s\r\n' $puzzle $answer >semicolons.CSV
solves 1 "semicolons, CRLF, .CSV" semicolons.CSV
printf 'id\tpuzzle\tsolution\n1\t%s\t%s\n' $puzzle $answer >tabs.tsv
solves 1 "tabs" tabs.tsv
cp tabs.tsv table.txt
solves 1 "a table by its first line, whatever its name" table.txt
printf 'sep=;\r\nquizzes;solutions\r\n%s;%s\r\n' $puzzle $answer >sep.csv
solves 1 "a first line that names the separator" sep.csv
echo "12;34" >>sep.csv
refused 1 "sep.csv, line 4: " "which counts as a line" "$hrm" info sep.csv
printf 'question|answer\n%s|%s\n' $puzzle $answer >bar.csv
solves 1 "bars between the columns" bar.csv
# a table that comes through a pipe is one too
"$hrm" solve kaggle.csv >wanted 2>err
for how in "cat kaggle.csv | '$hrm' solve -" "cat kaggle.csv | '$hrm' solve /dev/stdin" "'$hrm' solve - <kaggle.csv" \
    "'$hrm' solve named & cat kaggle.csv >named; wait" "cat input.csv | '$hrm' solve -"; do
    [ -p named ] || mkfifo named
    sed '1s/.*/input,output/' kaggle.csv >input.csv
    try timeout 60 sh -c "$how"
    cmp -s out wanted && [ $code -eq 0 ]
    tell $? "a table through a pipe is solved ($how)"
done
for command in "data check" "eval $HRM_MODEL"; do
    for path in - /dev/stdin; do
        expect 0 "^task *sudoku\|^exact *100.00" "and read by others ($command $path)" sh -c "cat kaggle.csv | '$hrm' $command $path"
    done
done
refused 1 "standard input, line 1: is packed by gzip; unpack it before the pipe" "one that is packed is not, and says so" \
    sh -c "gzip -c kaggle.csv | '$hrm' solve -"
refused 1 "named: is a pipe; a run reads its data again when it goes on" "but a run is not trained on one" timeout 20 "$hrm" train \
    "$root/recipes/sudoku-quick.yaml" data=named --plan
# solving needs no answers: bad ones are told
printf 'question,answer\n%s,123\n%s,%s\n%s,\n' $puzzle $puzzle $answer $puzzle >answers.csv
solves 3 "a table with an answer that is none" answers.csv
grep -q "answers.csv: answers: 1 of 3 cannot be read; the first, line 2: 3 characters; this task has 81" err
tell $? "of which it tells"
refused 1 "answers.csv, line 2: \|line 2, answer: " "evaluation does not pass over it" "$hrm" eval "$HRM_MODEL" answers.csv
# one bad line of many
printf '%s\n12\n\n%sx\n%s\n' $puzzle $puzzle $puzzle >lines.txt
refused 1 "lines.txt, line 2: puzzle 2: 2 characters" "a line that is no puzzle ends it" sh -c "'$hrm' solve lines.txt >first"
expect 1 "lines.txt, line 2: 2 characters; this task has 81" "--skip-bad goes on behind it" "$hrm" solve lines.txt --skip-bad
[ "$(sed -n 's/	.*//; p' out | tr '\n' ' ')" = "$answer   $answer " ] && grep -q "lines.txt, line 4: " err && grep -q "^2 of 2 solved, 2 lines passed over" err
tell $? "with an empty line for each"
expect 1 '{"puzzle": "12", "error": "2 characters; this task has 81 (9 x 9)"}' "or an object with its error" sh -c "'$hrm' solve - --skip-bad --json <lines.txt"
[ "$(wc -l <out)" -eq 4 ]
tell $? "in its place"
{ echo 12; echo $puzzle | fold -w 9; } >lines.txt
expect 1 "line 2: is a row behind a line that is no puzzle; grids in rows are not passed over" "but no grid of rows is pieced together" \
    "$hrm" solve lines.txt --skip-bad
refused 2 "skip-bad: is for lines of puzzles; hrm data check answers.csv --skip-bad" "nor a table" sh -c "'$hrm' solve answers.csv --skip-bad 2>&1 | tail -1 >&2; exit 2"
printf 'question,answer\n%s,\n%s,\n%s,12\n' $puzzle $puzzle $puzzle >unknown.csv
expect 1 "^  line 4: the question has 81 characters" "no answer but a bad one" "$hrm" data check unknown.csv
refused 1 "no good row has an answer\|line 4: the question has" "of which others take none" "$hrm" info unknown.csv
echo question,answer >head.csv
: >empty.csv
for command in "data check" info solve "eval $HRM_MODEL"; do
    refused 1 "head.csv: is empty below the line that names its columns" "a table without rows ($command)" "$hrm" $command head.csv
    refused 1 "empty.csv: is empty" "an empty file ($command)" "$hrm" $command empty.csv
done
printf '%s,%s\n' $puzzle $answer >bare.csv
refused 1 "must name the columns; question and answer are needed; it is \"53..7" "a table without names" "$hrm" info bare.csv
printf 'id,answer,question,Answer\n1,%s,%s,%s\n' $answer $puzzle $puzzle >two.csv
refused 1 "column 2 (answer) and column 4 (Answer) may both be the answer" "two columns of answers" "$hrm" eval "$HRM_MODEL" two.csv
printf 'quizzes,question,answer\n%s,%s,%s\n' $puzzle $puzzle $answer >two.csv
refused 1 "column 1 (quizzes) and column 2 (question) may both be the question" "two of questions" "$hrm" solve two.csv
for row in "$puzzle,$answer,3,7" "$puzzle,$answer,3,,x"; do
    printf 'question,answer,rating\n%s\n' "$row" >more.csv
    for command in "data check" info solve "eval $HRM_MODEL"; do
        refused 1 "line 2:* has [45] columns, and the first line names 3" "a row cut where a comma stood within ($command)" \
            "$hrm" $command more.csv
    done
done
printf 'question,answer,rating,\n%s,%s,3,,\n,,,\n   \nquestion,answer,rating,\n%s,%s,4\n' $puzzle $answer $puzzle $answer >ends.csv
solves 2 "commas at the ends, rows without anything, the first line once more" ends.csv
printf 'Question , answer, rating\n%s , %s, 7\n' $puzzle $answer >spaced.csv
printf 'question,answer\n"%s" , "%s"\n' $puzzle $answer >spacedquotes.csv
printf 'id, question, answer\n1, %s, %s\n2, %s, \n' $puzzle $answer $puzzle >spaces.csv
printf 'question,answer\n%s, %s\n' $puzzle $answer >after.csv
printf '| question | answer |\n| %s | %s |\n' $puzzle $answer >bars.csv
printf '  \n\nquestion;answer\n%s;%s\n' "$(echo $puzzle | sed 's/./& /g')" "$(echo $answer | sed 's/./& /g')" >apart.csv
for file in spaced spacedquotes spaces after bars apart; do
    try "$hrm" solve $file.csv
    [ $code -eq 0 ] && ! grep -vq "^$answer	solved" out
    tell $? "blanks around what a table holds ($file)"
    expect 0 "^task *sudoku" "are passed over by all who read it" "$hrm" data check $file.csv
    expect 0 "^bad *0" "and none of its rows is bad" "$hrm" data check $file.csv
    expect 0 "exact *100.00" "nor wrong" "$hrm" eval "$HRM_MODEL" $file.csv
done
for rating in 1e30 99999999999; do
    printf 'question,answer,rating\n%s,%s,%s\n' $puzzle $answer $rating >huge.csv
    expect 0 "line 2: \"$rating\" is above 2147483647" "a rating too large ($rating)" "$hrm" info huge.csv
done
printf '{"question": "%s", "answer": "%s"}\n' $puzzle $answer >lines.jsonl
refused 1 "lines.jsonl: is JSON, and no table" "JSON is named" "$hrm" data check lines.jsonl
gzip -c kaggle.csv >kaggle.csv.gz
solves 1 "a table packed by gzip" kaggle.csv.gz
expect 0 "^packed *gzip" "of which hrm info says that" "$hrm" info kaggle.csv.gz
tar cf some.tar kaggle.csv && gzip -c some.tar >some.tar.gz && gzip -c "$HRM_MODEL" >packed.safetensors.gz
refused 1 "some.tar: is an archive of tar; unpack it first" "an archive is none" "$hrm" info some.tar
refused 1 "some.tar.gz: is packed by gzip, and within is an archive of tar; unpack it first" "nor a packed one" "$hrm" info some.tar.gz
refused 1 "packed by gzip, and within is a model, or other tensors (safetensors), and no text; unpack it first" "nor a packed model" \
    "$hrm" info packed.safetensors.gz
printf 'question,answer\n%s,%s\n%s,todo\n%s,TODO\nheader,%s\n' $puzzle $answer $puzzle $puzzle $answer >words.csv
expect 1 'line 3: the answer is the word "todo"; leave it empty where it is not known' "words are no answers" "$hrm" data check words.csv
grep -q 'line 5: the question is the word "header"' out && ! grep -q "task=sequence" out
tell $? "nor puzzles, and no sequences"
{ printf '\357\273\277'; cat kaggle.csv; } | tr '\n' '\r' >mark.csv
solves 1 "a byte order mark, and lines that end in CR" mark.csv
printf 'question,answer\n"%s","%s"\n' "$(echo $puzzle | fold -w 9)" "$(echo $answer | fold -w 9)" >quoted.csv
solves 1 "rows under each other within quotes" quoted.csv
expect 0 'sudoku' "which are Sudoku still" "$hrm" info quoted.csv
# joined, rows of other lengths were another puzzle, which was solved
rows=$(echo $puzzle | fold -w 9)
odd=$(echo "$rows" | sed '2s/.$//; 3s/$/./')
printf 'question,answer\n%s,\n"%s",\n"%s","%s"\n' $puzzle "$odd" "$rows" "$(echo $answer | fold -w 10)" >ragged.csv
for command in solve "eval $HRM_MODEL"; do
    refused 1 "ragged.csv, line 3, question: row 2 has 8 cells, row 1 has 9; all must have the same number" \
        "rows of another length within quotes ($command)" "$hrm" $command ragged.csv
done
expect 1 "^  line 3: question: row 2 has 8 cells" "which are bad rows" "$hrm" data check ragged.csv
expect 1 "^  line 12: answer: row 9 has 1 cell, row 1 has 10" "in answers too" "$hrm" data check ragged.csv
printf 'question,answer\n"%s","%s"\n' "$(echo 123456781234567812345678123456781234 | fold -w 4)" "$(echo 123456781234567812345678123456781234 | fold -w 6)" >oblong.csv
refused 1 "line 2: all\|row 1 has 4 cells; this task has 6 in a row" "rows of one length, and not the task's" "$hrm" info oblong.csv
printf 'shape: 2 x 3\nalphabet: "12"\nsizes: varying\npad: "-"\nseparator: "/"\n' >parted.yaml
printf 'question,answer\n"12\n1","21\n2"\n12/1,21/2\n' >parted.csv
expect 0 "^duplicates 1, 0 with another answer" "line ends within quotes part rows where the task has a separator" \
    "$hrm" data check parted.csv --task parted.yaml

awk -v p=$puzzle -v a=$answer 'BEGIN { print "question,answer,rating"; for (i = 0; i < 10; i++) print p "," a "," i % 5 + 1 }' >five.csv
"$hrm" eval "$HRM_MODEL" five.csv >out 2>err
[ "$(grep -c '^  [1-5]   *2  100.00' out)" -eq 5 ] && grep -q "^  rating " out
tell $? "ratings from 1 to 5 are told apart"
sed '3s/,[0-9]$/,/; 4s/,[0-9]$/,?/' five.csv >fewer.csv
expect 0 "^  2 more have no known rating" "and those of none counted" "$hrm" eval "$HRM_MODEL" fewer.csv
expect 0 '"no_rating": 2' "in JSON too" "$hrm" eval "$HRM_MODEL" fewer.csv --json
printf 'question,answer\n%s,%s\n%s,\n%s,\n' $puzzle $answer $puzzle $puzzle >gaps.csv
"$hrm" eval "$HRM_MODEL" gaps.csv --limit 3 --json --rounds 1 >out 2>err
[ "$(field n out)" = 1 ] && [ "$(field unscored out)" = 2 ] && [ "$(field unsolved out)" = 1 ] && [ "$(field wrong out)" = 0 ]
tell $? "what has no answer counts as neither solved nor unsolved"
printf 'question,answer\n%s,\n' $puzzle >gaps.csv
expect 0 "valid  .* of these puzzles by the rules" "and where nothing is scored the rules judge all" "$hrm" eval "$HRM_MODEL" gaps.csv
for list in '[[1,2],[3,4]]' '[1, 2, 3, 4]' '1,2,3,4'; do
    printf 'question,answer\n"%s","%s"\n' "$list" "$list" >list.csv
    refused 1 "list.csv, line 2: \"$(echo "$list" | sed 's/[][]/./g')\" is a list; write one character for each cell" \
        "cells as a list ($list)" "$hrm" info list.csv
    expect 0 "\"cols\": ${#list}," "which task=grid takes as it is" "$hrm" data check list.csv --task grid --json
done
printf 'question,answer\n"[[1,2],[3]]","[[1,2,2],[3]]"\n' >list.csv
refused 1 "line 2: .* is a list" "lists of several lengths" "$hrm" data check list.csv --task sequence
printf 'input,output\n%s,%s\n' $puzzle $answer >input.csv
solves 1 "columns input and output" input.csv
printf '#A somebody\n[Puzzle]\n%s\n' "$(echo $puzzle | fold -w 9)" >one.sdk
solves 1 "a file of SudoCue's kind" one.sdk

# lines
printf '%s\r%s\r\n%s' $puzzle $puzzle $puzzle >ends.txt
solves 3 "lines that end in CR, CRLF or not at all" ends.txt
"$hrm" solve - <ends.txt 2>err | grep -c "^$answer" >out
[ "$(cat out)" -eq 3 ]
tell $? "also from standard input"
gzip -c ends.txt >ends.txt.gz
solves 3 "lines packed by gzip" ends.txt.gz
printf '%s  \n%s # an easy one\n# a comment\n%s' $puzzle $puzzle "$(echo $puzzle | tr . _)" >blanks.txt
solves 3 "blanks at the end, comments, _ for a blank" blanks.txt
printf '%s\n%s\n%s\n' "$(echo $puzzle | tr . x)" "$(echo $puzzle | tr . '*')" "$(echo $puzzle | tr . -)" >signs.txt
solves 3 "x, * and - for a blank" signs.txt
printf 'question,answer\n%s,%s\n' "$(echo $puzzle | tr . '?')" $answer >asks.csv
expect 0 "task *sudoku" "? for a blank, in tables too" "$hrm" info asks.csv
for what in UTF-16 NumPy "a Parquet table"; do
    case $what in
    NumPy) printf '\223NUMPY\001' >other.csv ;;
    UTF-16) printf '\377\376q\000u\000' >other.csv ;;
    *) printf 'PAR1\025\004' >other.csv ;;
    esac
    refused 1 "other.csv: is .*$what" "$what is named" "$hrm" solve other.csv
    refused 1 "other.csv: is .*$what" "also by hrm info" "$hrm" info other.csv
done
printf '1\0002\000' >zero.txt
refused 1 "UTF-16" "UTF-16 without a mark" "$hrm" solve zero.txt
printf '123\0002\n' >zero.txt
refused 1 "zero byte; puzzles are text" "a zero byte" "$hrm" solve zero.txt
refused 1 "line 1: holds a zero byte; puzzles are text" "also from standard input" sh -c "'$hrm' solve - <zero.txt"
# what a file is called by its name it is called from a pipe, in whatever pieces that brings it, where "a zero byte" stood
printf '\3757zXZ\000\000' >a.xz && printf 'BZh91AY' >a.bz2 && printf '\050\265\057\375\000' >a.zst && printf '\377\3761\0002\000' >a.utf16
printf '\223NUMPY\001\000' >a.npy && printf 'PK\003\004\024\000' >a.npz && printf 'PAR1\025\004' >a.parquet && printf '\211PNG\r\n\032\n' >a.png
printf '\377\330\377\340\000' >a.jpg && printf '\320\317\021\340\000' >a.xls && printf '7z\274\257\047\034' >a.7z && cp "$HRM_MODEL" a.model && cp some.tar a.tar
for file in a.*; do
    "$hrm" solve "$HRM_MODEL" $file 2>err
    named=$(sed "s/hrm: $file: //" err)
    for how in "cat $file | '$hrm' solve -" "'$hrm' solve - <$file" "cat $file | '$hrm' solve /dev/stdin" "cat $file | '$hrm' solve - --skip-bad" \
        "(head -c 2 $file; sleep .2; tail -c +3 $file) | '$hrm' solve -" "cat $file | '$hrm' eval '$HRM_MODEL' -" "cat $file | '$hrm' data check -"; do
        try timeout 60 sh -c "$how"
        [ $code -eq 1 ] && [ "$(sed 's/^hrm: [^:]*: //' err)" = "$named" ] && ! grep -q "zero byte" err
        tell $? "$named ($how)"
    done
done
head -c 20000000 /dev/zero | tr '\000' 1 >long.txt
refused 1 "line 1: cannot read: it is longer than any puzzle" "a line without end" sh -c "cat long.txt | '$hrm' solve -"
printf '\n# nothing\n' >nothing.txt
refused 1 "the input holds none" "a file without a puzzle is not called empty" "$hrm" solve nothing.txt

# grids
echo $puzzle | fold -w 9 >nine.txt
solves 1 "nine rows" nine.txt
solves 1 "nine rows as one word" "$(cat nine.txt)"
refused 2 "no model has that name; of several puzzles each is a line of a file, or of standard input" "two puzzles as words" \
    "$hrm" solve $puzzle $puzzle
refused 1 "typo.safetensors: cannot open" "a model that is not there" "$hrm" solve typo.safetensors $puzzle
{ echo "Grid 01"; cat nine.txt; echo "Grid 02"; tr . 0 <nine.txt; } >headings.txt
solves 2 "headings between grids" headings.txt
cat >boxes.txt <<'END'
# with borders
 5 3 . | . 7 . | . . .
 6 . . | 1 9 5 | . . .
 . 9 8 | . . . | . 6 .
-------+-------+------
 8 _ _ | _ 6 _ | _ _ 3
 4 * * | 8 * 3 | * * 1
 7 x x | x 2 x | x x 6
=======+=======+======
 . 6 . | . . . | 2 8 .

 . . . | 4 1 9 | . . 5
 . . . | . 8 . | . 7 9
END
solves 1 "borders, blanks between cells, blank lines" boxes.txt
{ echo '*-----------*'; sed 's/.../&|/g; s/^/|/' nine.txt; echo '*-----------*'; } >stars.txt
solves 1 "a border of stars and dashes" stars.txt
head -5 nine.txt >five.txt
refused 1 "five.txt, line 5: puzzle 1: 45 characters; this task has 81" "rows that are missing" "$hrm" solve five.txt
# rows of two grids made one that nobody wrote, and it was solved
cut_at() { # cut_at LINE FIRST ROWS NAME: told so of cut.txt, and no answer of both
    expect 1 "cut.txt, line $1: the grid that began in line $2 has $3 of 9 rows" "$4" "$hrm" solve cut.txt
    ! grep -v "^$answer	solved$" out
    tell $? "and nothing else is answered"
}
tail -4 nine.txt >four.txt
{ echo "Grid 01"; cat five.txt; echo "Grid 02"; cat four.txt; } >cut.txt; cut_at 7 2 5 "a heading ends a grid"
{ cat nine.txt; echo; cat five.txt; echo; cat four.txt; } >cut.txt; cut_at 16 11 5 "an empty line, where such part grids"
{ cat nine.txt; echo "# 2"; cat five.txt; echo "# 3"; cat four.txt; } >cut.txt; cut_at 16 11 5 "a comment, likewise"
{ cat five.txt; echo; cat nine.txt; } >cut.txt; cut_at 6 1 5 "an empty line that is seen to part grids in the end"
for pause in 0 0.3; do # from a pipe, whose next line nobody knows yet
    expect 1 "standard input, line 6: the grid that began in line 1 has 5 of 9 rows" "in a pipe too (pause $pause)" sh -c \
        '{ cat five.txt; echo; sleep $2; cat nine.txt; } | "$1" solve -' sh "$hrm" $pause
    ! grep -q "solved$" out
    tell $? "and nothing is answered"
done
expect 0 "^$answer	solved$" "a grid with an empty line, and no other after it" sh -c \
    '{ cat five.txt; echo; cat four.txt; sleep 0.5; } | "$1" solve -' sh "$hrm"
{ cat five.txt; echo " "; cat four.txt; echo; cat nine.txt; } >gap.txt
solves 2 "an empty line within a grid says nothing" gap.txt
{ cat nine.txt; cat five.txt; echo; cat four.txt; } >gap.txt
solves 2 "also after a grid" gap.txt
cat >pencil.txt <<'END'
.-----------------.-----------------.-----------------.
| 4    1679 12679 | 139  2369 269   | 8    1239 5     |
| 26   3    12568 | 1458 2456 24568 | 1267 1249 12467 |
END
refused 1 "pencil marks" "pencil marks are named" "$hrm" solve pencil.txt

# a maze in rows, and one with two starts
printf 'S # \n  # \n#   \n   G\n' >maze.txt
"$hrm" data maze mazes.csv --size 4 --count 8 --min-length 4 --quiet
printf 'hidden: 16\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\nbatch: 4\nsteps: 1\n' >small.yaml
"$hrm" train small.yaml data=mazes.csv --out maze --quiet 2>err
try "$hrm" solve maze/model.safetensors maze.txt
[ "$(wc -l <out)" -eq 1 ] && [ ! -s err ]
tell $? "a maze in rows, of which blanks are cells"

# what is what
expect 0 "kind *recipe" "info knows a recipe" "$hrm" info "$root/recipes/sudoku-quick.yaml"
expect 0 "kind *run" "a run folder" "$hrm" info maze
expect 0 "kind *markdown" "markdown" "$hrm" info "$root/README.md"
expect 0 "kind *JSON lines" "JSON lines" "$hrm" info maze/metrics.jsonl
expect 0 "kind *dataset" "a packed table" "$hrm" info kaggle.csv.gz
expect 0 "kind *text" "lines of puzzles" "$hrm" info nine.txt
printf 'arch: {name: x}\nlr: null\n' >all_config.yaml
expect 0 "kind *configuration" "a published configuration" "$hrm" info all_config.yaml
printf 'shape: 2 x 2\nalphabet: "12"\n' >task.yaml
expect 0 "kind *task file" "a task file" "$hrm" info task.yaml
printf 'a: b\nc: ~\n' >some.yaml
expect 0 "kind *YAML" "YAML of others" "$hrm" info some.yaml
printf 'a: [1\n' >broken.yaml
refused 1 "broken.yaml, line" "and what is wrong with YAML" "$hrm" info broken.yaml
printf '\357\273\277{"a": 1}\r\n' >mark.json
expect 0 "kind *JSON" "JSON with a byte order mark" "$hrm" info mark.json

# a run folder stands for its best model
"$hrm" solve maze/model.safetensors maze.txt >last 2>err
try "$hrm" solve maze maze.txt
cmp -s out last
tell $? "solve takes a run folder"
expect 0 "exact" "eval too" "$hrm" eval maze mazes.csv
expect 0 "wrote" "convert too" "$hrm" convert maze copy.safetensors
cmp -s copy.safetensors maze/model.safetensors
tell $? "to the same model"
expect 0 "done" "and init" "$hrm" train small.yaml data=mazes.csv init=maze --out second
refused 1 "a folder without a model" "which must hold one" "$hrm" convert "$root/docs" other.safetensors
mkdir alone && cp maze/model.safetensors alone/best.safetensors
expect 0 "kind *model" "info of a folder that holds a model" "$hrm" info alone

# recipes of others; what is read is not written over
printf 'hidden: 16\nheads: 2\nhalt_max_steps: 2\nexpansion: 1\nbatch: 4\nsteps: 1\nstagger: True\nvalid: null\nseed: ~\n' >python.yaml
expect 0 "done" "True, null and ~ in a recipe" "$hrm" train python.yaml data=mazes.csv --out python
refused 1 "a.yaml, line 1: the key" "a wrong key in a recipe is the file's fault" sh -c "echo hiden: 1 >a.yaml; '$hrm' train a.yaml data=x"
refused 1 "b.yaml, line " "as is wrong YAML" sh -c "echo 'a: [' >b.yaml; '$hrm' train b.yaml data=x"
cp nine.txt kept.txt
refused 2 "would be written over the standard input" "a trace over the standard input" \
    sh -c "'$hrm' solve - --trace nine.txt <nine.txt"
cmp -s nine.txt kept.txt
tell $? "which stays"
cp all_config.yaml kept.yaml
touch step_1
for over in all_config.yaml ./all_config.yaml; do
    refused 2 "would be written over" "a recipe over the configuration ($over)" \
        "$hrm" convert step_1 new.safetensors --recipe $over
done
refused 2 "would be written over" "or over one that was named" \
    "$hrm" convert step_1 new.safetensors --from-config some.yaml --recipe some.yaml
refused 2 "would be written over" "or over the one that is written" \
    "$hrm" convert maze/model.safetensors out/step_1 --recipe out/all_config.yaml
cmp -s all_config.yaml kept.yaml
tell $? "which all stay"
refused 2 "givens: .*between 1 and 81" "givens below none" "$hrm" data sudoku x.csv --count 1 --givens=-1

# mazes in other letters
cut -d, -f2,3 mazes.csv | tr '# SGo' 'X.AB*' | sed '1s/.*/question,answer/' >theirs.csv
printf 'task: maze\nletters: "X.AB*"\n' >theirs.yaml
expect 0 "task *grid" "other letters are a plain grid" "$hrm" info theirs.csv
expect 0 "done" "but a task file makes mazes of them" "$hrm" train small.yaml data=theirs.csv task=theirs.yaml --out theirs
head -2 theirs.csv | tail -1 | cut -d, -f1 >asked.txt
try "$hrm" solve theirs asked.txt
[ "$(wc -l <out)" -eq 1 ] && cut -f1 out | grep -q '^[X.AB*_]*$' && ! grep -q "was read" err
tell $? "whose model reads and answers in them"
expect 0 '"letters": *"X.AB\*"' "and says so" "$hrm" info theirs/model.safetensors --json
try "$hrm" solve maze asked.txt --letters theirs.yaml
cp out by_letters
tr 'X.AB' '# SG' <asked.txt >ours.txt
"$hrm" solve maze ours.txt >out 2>err
cut -f1 out | tr '# SGo' 'X.AB*' >wanted
cut -f1 by_letters | cmp -s - wanted
tell $? "--letters lets any maze model do so"
expect 0 "exact" "and be evaluated" "$hrm" eval maze theirs.csv --letters theirs.yaml
refused 1 "it should be one of" "without them it refuses" "$hrm" solve maze asked.txt
refused 1 "is for maze; the model is for sudoku" "letters of another puzzle" "$hrm" solve asked.txt --letters theirs.yaml
printf 'task: maze\nletters: "XX.AB"\n' >double.yaml
refused 1 "comes twice" "a letter that comes twice" "$hrm" solve maze asked.txt --letters double.yaml
printf 'task: maze\nletters: "X.A"\n' >few.yaml
refused 2 'letters: "ABC" is no task file (NAME.yaml), which has two lines, such as task: sudoku and letters: "' "letters themselves" \
    "$hrm" solve maze asked.txt --letters ABC
refused 2 "no-letters.yaml: is no task file with letters, which has two lines" "a task file of another kind" \
    sh -c 'echo "shape: 2" >no-letters.yaml; exec "$@"' sh "$hrm" solve maze asked.txt --letters no-letters.yaml
refused 1 "letters: 3 characters; maze has 5" "too few letters" "$hrm" solve maze asked.txt --letters few.yaml
printf 'question,answer\nA.A.....XXXX...B,A.A.....XXXX...B\n' >two.csv
refused 1 "two.csv, line 2: is no maze (the maze has not one S and one G)" "what is no maze" "$hrm" train small.yaml data=two.csv task=theirs.yaml --out none
printf 'task: sudoku\nletters: ".ABCDEFGHI"\n' >abc.yaml
try "$hrm" solve "$(echo $puzzle | tr 1-9 A-I)" --letters abc.yaml
[ "$(cut -f1 out)" = "$(echo $answer | tr 1-9 A-I)" ]
tell $? "Sudoku in letters"

# a data folder that is built again on a full disk
"$hrm" data export mazes.csv folder 2>err
"$hrm" data maze more.csv --size 4 --count 40 --seed 3 --min-length 4 --quiet
cp -r folder folder.kept
refused 2 "folder: holds dataset.json already; name another folder, or say --replace" "data over data" \
    "$hrm" data export more.csv folder
expect 1 "File too large" "an export that does not fit" \
    $uncounted sh -c 'ulimit -f 8 && exec "$@"' sh "$hrm" data export more.csv folder --augment 100 --replace
diff -r folder folder.kept >out
tell $? "leaves the old data whole"
expect 0 "wrote" "and one that fits replaces them" "$hrm" data export more.csv folder --augment 1 --replace
expect 0 "examples *80" "all of them" "$hrm" info folder

# the names of one split are not written over those of the other
mkdir theirs2 && cp -r folder theirs2/train && echo '["<blank>", "mine"]' >theirs2/identifiers.json
"$hrm" data export mazes.csv both/train --augment 1 2>err && "$hrm" data export more.csv both/test 2>err
tell $? "two splits of puzzles without names beside each other"
refused 2 "both/identifiers.json: names the puzzles of test beside it, and these data have other names" "names over other names" \
    "$hrm" data export theirs2/train both/train --replace
expect 0 "wrote" "but alone they may go" sh -c "rm -r both/test && '$hrm' data export theirs2/train both/train --replace"

# tokens that are off by one: 0 where the blank should be was read as a blank by some commands, and by the model as padding
"$hrm" data sudoku four.csv --side 4 --count 8 --quiet && "$hrm" data export four.csv four 2>err
"$hrm" train small.yaml data=four.csv --out grids --quiet 2>err
inputs=four/all__inputs.npy
printf '\000' | dd of=$inputs bs=1 seek=$(($(wc -c <$inputs) - 16 + 6)) conv=notrunc 2>err
for command in "data check" "data show" info "solve grids" "eval grids"; do
    refused 1 "four: example 7: row 2, column 3: token 0 is padding, which this task does not have; its tokens are 1 ('.') to 5 ('4')" \
        "padding in a question of fixed size ($command)" "$hrm" $command four
done
finish
