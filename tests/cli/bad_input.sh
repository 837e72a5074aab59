#!/bin/sh
# What people get wrong, and what hostile files try: one sentence, the right exit code, nothing lost.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
"$hrm" data sudoku train.csv --side 4 --count 20 --seed 1 2>/dev/null
tiny_net 16 4 >small.yaml <<'EOF'
steps: 3
EOF
"$hrm" train small.yaml data=train.csv --out run 2>/dev/null
model=run/model.safetensors

# usage: exit code 2
expect 2 "^  data show  " "no command: the commands are listed" "$hrm"
refused 2 "did you mean hrm train" "a misspelt command" "$hrm" trian
refused 2 "did you mean hrm data sudoku" "a misspelt data command" "$hrm" data sudoko
refused 2 "did you mean --limit" "a misspelt option" "$hrm" eval $model train.csv --limti 3
for words in "info" "eval $model" "runs" "data arc"; do
    # shellcheck disable=SC2086
    refused 2 "is empty; usage: hrm ${words%% *}" "an empty name for hrm $words" "$hrm" $words ""
done
refused 2 "usage" "too few arguments" "$hrm" eval $model
refused 2 "unexpected" "too many arguments" "$hrm" info a b
refused 2 "^hrm: -json: options are written --name" "an option with one dash" "$hrm" eval train.csv -json
refused 2 "ARC data" "votes on what is no ARC data" "$hrm" eval $model train.csv --submission s.json
refused 2 "no other option" "a raw conversion that is asked for more" "$hrm" convert $model raw.npz --raw --recipe r.yaml
[ ! -e raw.npz ] && [ ! -e s.json ]
tell $? "and nothing is written of either"
refused 2 "between 1 and" "an option out of range" "$hrm" eval $model train.csv --limit 0
refused 2 "between 1 and" "an option that is no number" "$hrm" eval $model train.csv --limit 3x
refused 2 "needs a value" "an option without its value" "$hrm" eval $model train.csv --limit
refused 2 "takes no value" "a flag with a value" "$hrm" info train.csv --json=1
refused 2 "HRM_THREADS" "a bad HRM_THREADS" env HRM_THREADS=many "$hrm" eval $model train.csv
refused 2 "sse9" "kernels that do not exist" "$hrm" eval $model train.csv --isa sse9
refused 2 "sse9" "a bad HRM_ISA" env HRM_ISA=sse9 "$hrm" eval $model train.csv
refused 2 "did you mean hidden" "a misspelt key" "$hrm" train small.yaml data=train.csv hiden=3 --out x
refused 2 "not a whole number" "a value of the wrong kind" "$hrm" train small.yaml data=train.csv batch=many
refused 2 'memory: "lots" is not a number of bytes, such as 500MB' "no amount of memory" "$hrm" train small.yaml data=train.csv memory=lots
expect 0 "memory *at most" "memory as people write it" "$hrm" train small.yaml data=train.csv memory=500MB --plan
refused 2 "steps=0 leaves it to epochs, of which there are 20000; give either" "no steps at all" \
    "$hrm" train small.yaml data=train.csv steps=0 --out x
refused 1 "small.yaml: is a recipe, and no task file" "a recipe in the place of a task" "$hrm" data check train.csv --task small.yaml
refused 2 "no recipe" "no recipe" "$hrm" train data=train.csv
refused 2 "data" "no data" "$hrm" train small.yaml --out x
refused 2 "heads" "sizes that do not fit" "$hrm" train small.yaml data=train.csv heads=3 --out x
refused 2 "temperature, pool_age: without effect in regime segments; leave them out" \
    "keys of another regime" "$hrm" train small.yaml data=train.csv temperature=2 pool_age=9 --out x
refused 2 "puzzle_emb_lr.* only -1 means" "a rate below 0" "$hrm" train small.yaml data=train.csv puzzle_emb_lr=-0.5 --out x
refused 2 "adam_eps: 0 is not between" "a division by zero" "$hrm" train small.yaml data=train.csv adam_eps=0 --out x
printf 'question,answer\n' >none.csv
refused 1 "none.csv: is empty below the line" "nothing to evaluate on, before the first step" \
    "$hrm" train small.yaml data=train.csv valid=none.csv eval_every=2 --out x
printf 'R\303\244tsel;L\303\266sung;%056d\303\237e\n1;2\n' 0 >umlaut.csv
refused 1 'it is "R.*tsel;L.*sung;0*"$' "a first line in other letters, cut between two of them" env LC_ALL=C.UTF-8 "$hrm" info umlaut.csv
refused 2 '^hrm: --limit: "x.*?" is not a whole' "an option's value likewise" "$hrm" eval $model train.csv --limit \
    "x$(printf '\303\234%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30)"
mkdir -p taken && echo "# mine" >taken/recipe.yaml
refused 2 "holds a recipe.yaml, which a run would replace" "a folder with somebody's recipe" \
    "$hrm" train small.yaml data=train.csv --out taken
[ "$(cat taken/recipe.yaml)" = "# mine" ] && [ ! -e taken/state.safetensors ]
tell $? "which stays as it was"
mkfifo pipe
refused 1 "not a regular file" "a pipe in the place of a recipe" timeout 10 "$hrm" train pipe
expect 1 "cannot write.*File too large" "a limit on the size of files" $uncounted sh -c 'ulimit -f 8 && exec "$@"' sh \
    "$hrm" train small.yaml data=train.csv --out limited
[ -z "$(ls limited | grep tmp)" ]
tell $? "which leaves nothing half-written"
refused 2 "memory: 1.0 MB are not enough; .* at least [0-9]* MB" "memory for less than a row" \
    "$hrm" train small.yaml data=train.csv hidden=256 memory=1MiB --out x
"$hrm" train small.yaml data=train.csv steps=1000000 minutes=0.001 --out timed 2>/dev/null
cp timed/state.safetensors state.kept
expect 2 "minutes: 0.001 are used up at step" "a run whose minutes are used up" "$hrm" train --resume timed
cmp -s state.kept timed/state.safetensors
tell $? "which is left as it was"
refused 2 "holds a run already" "a folder that is taken" "$hrm" train small.yaml data=train.csv --out run
refused 2 "count" "no count" "$hrm" data sudoku x.csv
refused 2 ".csv" "generated puzzles need a CSV name" "$hrm" data sudoku x.txt --count 3

# what the world gets wrong: exit code 1
refused 1 "nofile.yaml" "a recipe that is not there" "$hrm" train nofile.yaml data=train.csv
refused 1 "nofile.csv" "data that are not there" "$hrm" train small.yaml data=nofile.csv --out x
refused 1 "nofile" "a model that is not there" "$hrm" eval nofile.safetensors train.csv
refused 1 "no run to go on with" "a run that is not there" "$hrm" train --resume nowhere
refused 1 "train.csv" "a data file in the place of a model" "$hrm" eval train.csv train.csv
{ printf '\357\273\277' && cat train.csv; } >bom.csv && gzip -c train.csv >train.gz
refused 1 'bom.csv: .*begins with the text "sourc"' "one with a byte order mark" "$hrm" eval --model bom.csv train.csv
refused 1 "train.gz: .*packed by gzip" "a packed one" "$hrm" eval --model train.gz train.csv
refused 1 "run: is a folder" "a run folder in the place of a recipe" "$hrm" train run
refused 2 "train.csv: holds puzzles, and is no recipe; train takes it as data=train.csv" "puzzles in the place of a recipe" \
    "$hrm" train train.csv
refused 1 "model.safetensors: is a model, or other tensors" "a model in that place" "$hrm" train $model
printf 'shape: 4 x 4\nalphabet: 1234\n' >shape.yaml && printf 'arch:\n  name: trm\n' >arch.yaml
refused 1 "shape.yaml: is no recipe, but a task file" "so is a task file" "$hrm" train shape.yaml
refused 1 "arch.yaml: is no recipe, but a configuration" "and a published configuration" "$hrm" train arch.yaml
refused 1 "/dev/null: is not a regular file" "a device is there, but no file" "$hrm" info /dev/null
refused 1 "not an hrm model" "a trainer state in the place of a model" "$hrm" eval run/state.safetensors train.csv
refused 1 "81\|16" "a puzzle of another size" "$hrm" solve $model 1234
refused 1 "column 3" "a character that is no cell" "$hrm" solve $model 12q.............
refused 1 "empty" "nothing to solve" "$hrm" solve $model -
printf '................\n12..\n' >two.txt
expect 1 "puzzle 2: 4 characters" "a bad puzzle among good ones" "$hrm" solve $model two.txt
[ "$(wc -l <out)" -eq 1 ]
tell $? "the puzzle before it is answered all the same"
printf '12..\000...........\n' >zero.txt
printf '\357\273\277................\n' >marked.txt
expect 1 "solved\|wrong" "a byte order mark before the first puzzle" "$hrm" solve $model marked.txt
refused 1 "no file has that name" "a file name that is misspelt" "$hrm" solve $model marked.tx
refused 1 "standard output: cannot write: No space left" "answers that nobody can take" sh -c "'$hrm' solve $model marked.txt >/dev/full"
echo question,answer >none.csv
refused 1 "none.csv: is empty below the line" "an evaluation on nothing" "$hrm" eval $model none.csv
refused 1 "nodir" "a folder that is not there, before puzzles are made" "$hrm" data sudoku nodir/x.csv --count 100000
refused 1 "standard output: cannot write: No space left" "an MCP message" \
    sh -c "echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}' | '$hrm' mcp $model >/dev/full"
expect 124 "standard output: cannot write: No space left" "an address" sh -c \
    "timeout -s INT 2 '$hrm' serve --port 0 $model >/dev/full"

cp "$root/models/sudoku.safetensors" own.safetensors && cp own.safetensors kept.safetensors
refused 2 "would be written over" "a trace over the model" "$hrm" solve own.safetensors nine.csv --trace own.safetensors
cmp -s own.safetensors kept.safetensors
tell $? "and the model stays"

# what a refused command was to write: the old file stays, and nothing lies beside it
for name in a.jsonl m.pt m.npz m.safetensors p.svg c.csv; do echo old >old.$name; done
while read -r words; do
    eval "try '$hrm' $words"
    [ $code -ne 0 ] && [ "$(cat old.* | grep -cx old)" -eq 6 ] &&
        [ "$(ls | grep -c '^old\.')" -eq 6 ]
    tell $? "old files stay: $words"
done <<EOF
eval $model train.csv --drop 0.5 --answers old.a.jsonl
eval $model train.csv --votes 3 --answers old.a.jsonl
eval $model train.csv --answers old.a.jsonl --scores old.c.csv
solve $model train.csv --check --trace old.a.jsonl
solve $model two.txt --trace old.a.jsonl
solve $model nine.csv --trace old.a.jsonl
solve $model 12.. --picture old.p.svg
solve $model train.csv --run-checker --trace old.a.jsonl
convert $model old.m.pt --recipe nodir/x
convert train.csv old.m.safetensors
convert $model old.m.npz --data nofile
data show train.csv 999999 --picture old.p.svg
data check train.csv --task nofile.yaml --skip-bad old.c.csv
data sudoku old.c.csv --side 4 --count 100000
data import nofile old.c.csv
EOF
ln -s old.a.jsonl link.jsonl
expect 1 "puzzle 2" "a trace by a link, refused" "$hrm" solve $model two.txt --trace link.jsonl
try "$hrm" solve $model marked.txt --trace link.jsonl
[ -L link.jsonl ] && grep -q '"event"' old.a.jsonl
tell $? "a good one follows the link and takes the old file's place"
rm -f old.* link.jsonl

# questions alone, and messages that say where
cut -d, -f2 train.csv | sed '1s/.*/question/' >asked.csv
try "$hrm" solve $model asked.csv
[ "$(wc -l <out)" -eq "$(($(wc -l <asked.csv) - 1))" ]
tell $? "a CSV file without answers is solved"
refused 1 "no column answer" "but not evaluated" "$hrm" eval $model asked.csv
expect 1 "answer are needed" "nor trained on" "$hrm" train small.yaml data=asked.csv --out unanswered
printf '................\n\n12..\n' >third.txt
expect 1 "third.txt, line 3: puzzle 2" "the line of a bad puzzle is told" "$hrm" solve $model third.txt
expect 1 "^hrm: drop: " "an option of a search, for a model that does not" "$hrm" solve $model marked.txt --drop 1
expect 0 '"name": "symbol_channels"' "the keys as JSON" "$hrm" train --keys --json
for key in steps:integer memory:bytes lr:number muon:switch data:text arch:choice; do
    tr -d '\n' <out | grep -q "\"name\": \"${key%:*}\", *\"type\": \"${key#*:}\"" || echo "$key"
done >wrong
[ ! -s wrong ]
tell $? "and of which type each is $(cat wrong)"
cp train.csv twin.csv
refused 2 "would be written over" "data over those to avoid" "$hrm" data sudoku twin.csv --side 4 --count 1 --avoid twin.csv
refused 2 "answers: - is no file; /dev/stdout is" "a file called -" "$hrm" eval $model train.csv --answers -
[ ! -e ./- ]
tell $? "is not written"
echo '{"question": "1234341221434321"}' >lines.jsonl
refused 1 "lines.jsonl, line 1: .*; JSON is not read here, write the puzzles as lines" "lines of JSON" "$hrm" solve $model lines.jsonl
refused 2 "would be written over" "data over themselves" "$hrm" data import twin.csv twin.csv
refused 2 "would be written over" "a picture over the data" "$hrm" data show twin.csv 0 --picture twin.csv
refused 2 "would be written over" "a model over itself" "$hrm" convert own.safetensors own.safetensors
refused 2 "would be written over" "a recipe over the model" \
    "$hrm" convert own.safetensors new.safetensors --recipe own.safetensors
cmp -s twin.csv train.csv && cmp -s own.safetensors kept.safetensors && [ ! -e new.safetensors ]
tell $? "and all stay"
printf 'question,answer\nab,ab\n\n\342\226\210b,\342\226\210a\n' | sed 's/^ab,ab/abcd,abcd/' >walls.csv
refused 1 "walls.csv: line 4 holds \"$(printf '\342\226\210')\", a letter of 3 bytes" "letters of several bytes are no symbols" \
    "$hrm" info walls.csv
printf 'question,answer\nab,caf\303\251\nba,caf\303\251s\n' >bytes.csv
printf 'sizes: varying\npad: "_"\n' >padded.yaml
for task in sequence padded.yaml; do
    refused 1 "bytes.csv: line 2 holds \"$(printf '\303\251')\", a letter of 2 bytes; .* write another one for it" \
        "nor in rows of several lengths ($task)" "$hrm" train small.yaml data=bytes.csv task=$task steps=1 --out bytes
done
printf 'question,answer\nab,caf\303\251\nba,caf\303\251s\nca,caf\351\n' >bytes.csv
refused 1 "line 2: holds .* a letter of 2 bytes" "nor where a byte among them is damaged" "$hrm" data check bytes.csv --task sequence
printf 'question,answer\n\351\344,\374\351\n\344\351,\351\374\n' >bytes.csv # Latin-1
"$hrm" train small.yaml data=bytes.csv steps=1 --out bytes 2>/dev/null
try "$hrm" solve bytes/model.safetensors "$(printf '\351\344')" # what a net of one step says is chance
[ $code -le 1 ] && grep -q "	not " "$work/out"
tell $? "symbols of the data may be any bytes that are no UTF-8"
whole() { # one document, in UTF-8
    python3 -c 'import json, sys; [json.loads(l) for l in open(sys.argv[1], encoding="utf-8")]' "$1" 2>"$work/err" ||
        ! command -v python3 >/dev/null
    tell $? "$2: bytes that are no UTF-8 are letters of Latin-1, and the JSON is whole"
}
printf '\351\344\n\344\351\n' >bytes.txt
try "$hrm" solve bytes/model.safetensors bytes.txt --json
[ "$(wc -l <out)" -eq 2 ] && grep -q "\"puzzle\": \"$(printf '\303\251\303\244')\"" out
tell $? "such puzzles as JSON"
whole out "hrm solve"
try "$hrm" data show bytes.csv 0 --json
whole out "hrm data show"
try "$hrm" eval bytes/model.safetensors bytes.csv --answers answers.jsonl --symbols --json
whole out "hrm eval"
whole answers.jsonl "its answers"
try "$hrm" eval bytes/model.safetensors bytes.csv --symbols
! iconv -f UTF-8 -t UTF-8 out >/dev/null 2>&1 || grep -q "$(printf "'\303\251'")" out
tell $? "and its table"
odd=$(printf 'odd\377')
mkdir "$odd" && cp $model "$odd/model.safetensors"
expect 0 "path *odd?/model" "a model in a folder whose name is not UTF-8" "$hrm" info "$odd/model.safetensors"
expect 0 "wrote" "is converted" "$hrm" convert "$odd/model.safetensors" "$odd/other.safetensors"
expect 0 "done" "and a run trains there" "$hrm" train small.yaml data=train.csv --out "$odd/run"
refused 2 "data: is not UTF-8" "a name that no recipe can hold" "$hrm" train small.yaml data="$(printf 'a\377.csv')"
refused 2 "no way in 5 x 5" "mazes that cannot be" "$hrm" data maze x.csv --size 5 --count 1 --min-length 25

# outputs that are no plain files, or cannot be finished
"$hrm" data sudoku real.csv --side 4 --count 1 2>/dev/null && ln -s real.csv link.csv
"$hrm" data sudoku link.csv --side 4 --count 2 2>/dev/null
[ -L link.csv ] && [ "$(wc -l <real.csv)" -eq 3 ]
tell $? "what is written to a link goes where it leads"
mkfifo pipe.csv
(cat pipe.csv >piped) &
"$hrm" data sudoku pipe.csv --side 4 --count 2 2>/dev/null
wait
[ -p pipe.csv ] && cmp -s piped real.csv
tell $? "what is written to a pipe goes through it, and the pipe stays"
"$hrm" data sudoku other.csv --side 4 --count 20 --seed 9 2>/dev/null
"$hrm" data export train.csv folder 2>/dev/null
rm folder/all__labels.npy && mkdir folder/all__labels.npy && cp -r folder before
refused 1 "all__labels" "an export that cannot be finished" "$hrm" data export other.csv folder --replace
diff -r before folder >"$work/err" && [ ! -s "$work/err" ]
tell $? "leaves all as it was"
printf 'question,answer,rating\n1234341221434321,1234341221434321,100\n123434122143432.,1234341221434321,2147483647\n' >far.csv
expect 0 '2147483647\], "n": 1' "ratings up to the largest number" "$hrm" eval $model far.csv --json
refused 1 "zero byte" "a zero byte in a puzzle" "$hrm" solve $model zero.txt
"$hrm" data sudoku nine.csv --count 1 2>/dev/null
refused 1 "nine.csv" "data of another task" "$hrm" eval $model nine.csv
refused 2 "does not exist" "an example past the end" "$hrm" data show train.csv 20
refused 2 "index" "an index that is no number" "$hrm" data show train.csv two
refused 1 "only 36" "more puzzles than there are" "$hrm" data sudoku x.csv --side 4 --count 37
refused 1 "dataset.json" "a directory that holds no data" "$hrm" info /tmp
refused 1 "manifest.json" "a folder without fixtures" "$hrm" parity .
expect 0 "120 passed, 0 failed" "the golden numbers of the source, from any folder" "$hrm" parity
cp "$hrm" alone
refused 2 "no fixtures" "no golden numbers beside the program" ./alone parity
printf 'hidden: 16\nhidden: 32\n' >twice.yaml
refused 1 "line 2" "a key given twice" "$hrm" train twice.yaml data=train.csv
printf 'hidden: [1\n' >broken.yaml
refused 1 "broken.yaml" "a broken recipe" "$hrm" train broken.yaml data=train.csv
expect 1 "cannot write\|cannot make" "a folder that cannot be written" "$hrm" train small.yaml data=train.csv --out /proc/x

# hostile model files
size=$(wc -c <$model)
for cut in 0 1 7 8 9 100 1000 $((size - 1)); do
    head -c "$cut" $model >cut.safetensors
    refused 1 "cut.safetensors" "a model cut to $cut bytes" "$hrm" solve cut.safetensors ................
done
printf '\377\377\377\377\377\377\377\177{}' >huge.safetensors
refused 1 "huge.safetensors" "a model that claims a huge header" "$hrm" solve huge.safetensors ................
sed 's/"hidden": *16/"hidden":64/; s/\\"hidden\\": 16/\\"hidden\\": 64/' $model >other.safetensors
refused 1 "other.safetensors" "a model whose sizes disagree" "$hrm" solve other.safetensors ................
seed=1
flipped=0
while [ $seed -le 60 ]; do # bytes overwritten anywhere in the header: never a crash
    at=$((seed * 7919 % 3000))
    cp $model flip.safetensors
    printf "\\$(printf '%o' $((seed * 37 % 256)))" | dd of=flip.safetensors bs=1 seek=$at conv=notrunc 2>/dev/null
    "$hrm" solve flip.safetensors ................ >out 2>err
    [ $? -le 1 ] || flipped=1
    seed=$((seed + 1))
done
tell $flipped "sixty models with a changed byte each solve or are refused"
refused 2 "one of gemm" "a benchmark that is not there" "$hrm" bench everything
refused 2 "one of hrm-27m" "a configuration that is not there" "$hrm" bench train --config hrm-27b
refused 2 "only train, infer and ranks" "a configuration where it says nothing" "$hrm" bench gemm --config trm-7m
for seconds in 0 -1 nan inf 1e9 1s; do
    refused 2 "--seconds" "bench for $seconds seconds" "$hrm" bench gemm --seconds $seconds
done
[ "$(find . -name '*.tmp*' | wc -l)" -eq 0 ]
tell $? "no temporary file is left behind"
finish
