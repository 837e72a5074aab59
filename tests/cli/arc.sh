#!/bin/sh
# ARC through the real command: building from files and folders, training, votes, files, what is refused.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1

# Tasks whose output is their input: any net learns them at once, so that a score below 100 % is a fault of
# what stands around the net.
mkdir one one/more
pair() { echo "{\"input\": [[$1]], \"output\": [[$1]]}"; }
task() { # task FILE GRID DIGIT
    echo "{\"train\": [$(pair "$2"), $(pair "3, $3")], \"test\": [$(pair "$3, 9], [8, 0")]}" >one/$1.json
}
task t1 "1, 2, 3" 1
task t2 "4, 5], [6, 7" 2
task t3 "8], [9], [1" 3
task more/t4 "2, 0], [0, 2" 4
task more/t5 "5, 5, 5, 1" 5
task more/t6 "7" 6
cat >ev_challenges.json <<'EOT'
{"e1": {"train": [{"input": [[1, 2], [3, 4]], "output": [[1, 2], [3, 4]]}], "test": [{"input": [[5, 6, 7]]}]},
 "e2": {"train": [{"input": [[9], [8]], "output": [[9], [8]]}], "test": [{"input": [[1, 0]]}, {"input": [[4], [0]]}]}}
EOT
echo '{"e1": [[[5, 6, 7]]], "e2": [[[1, 0]], [[4], [0]]]}' >ev_solutions.json

expect 0 "8 tasks (2 scored)" "builds from a folder and a file" \
    "$hrm" data arc arc one --score ev_challenges.json --augment 4 --seed 1
for f in identifiers.json test_puzzles.json train/dataset.json test/dataset.json train/all__views.npy; do
    [ -s arc/$f ] || echo "missing $f"
done >missing
[ ! -s missing ]
tell $? "the folder is complete"
expect 0 "task *arc" "its parts are told to be ARC" "$hrm" info arc/train
"$hrm" data arc same one --score ev_challenges.json --augment 4 --seed 1 --threads 1 --quiet && diff -r arc same >err
tell $? "the same seed gives the same bytes with any number of threads"
mkdir twice && cp ev_challenges.json twice/a.json && cp ev_challenges.json twice/b.json
refused 1 "task e1 twice" "one name for two tasks to be scored" "$hrm" data arc nowhere one --score twice
cp -r same again && cp -r same kept
refused 2 "again: holds train/dataset.json already; name another folder, or say --replace" "a folder that holds data" \
    "$hrm" data arc again one --augment 4 --seed 1
refused 1 "arc: holds data that were built of tasks (identifiers.json), and no tasks; the folder to build in comes first" \
    "built data in the place of tasks" "$hrm" data arc nowhere arc --score ev_challenges.json
diff -r again kept >out 2>err
tell $? "stays as it is"
"$hrm" data arc again one --augment 4 --seed 1 --quiet --replace
[ -e again/train/dataset.json ] && [ "$(find again/test -type f | wc -l)" -eq 0 ]
tell $? "and when it is replaced keeps no part of what it was"
expect 0 "wrote" "exports the published layout" "$hrm" data export arc/test plain/test
[ -s plain/identifiers.json ] && cmp -s arc/identifiers.json plain/identifiers.json && [ -s plain/test/all__inputs.npy ]
tell $? "with the names of the copies"
"$hrm" data import plain/test plain.csv 2>err
expect 0 "task *arc" "also as CSV" "$hrm" info plain.csv
for e in 0 7 14; do
    "$hrm" data show arc/test $e --json >a && "$hrm" data show plain/test $e --json >b && cmp -s a b || echo $e
done >differ
[ ! -s differ ]
tell $? "which hold the examples that are made on the fly"
[ "$("$hrm" data show arc/test 0 --json)" != "$("$hrm" data show arc/test 1 --json)" ]
tell $? "copies differ"

cat >copy.yaml <<'EOT'
arch: trm
hidden: 16
heads: 1
expansion: 1
l_layers: 1
h_cycles: 1
l_cycles: 1
halt_max_steps: 1
batch: 8
steps: 40
lr: 2e-2
weight_decay: 0
warmup: 5
eval_every: 40
EOT
expect 0 "done" "trains, evaluating as it goes" "$hrm" train copy.yaml data=arc/train valid=arc/test --out run --quiet
try "$hrm" eval run/model.safetensors arc/test --json --submission sub.json --scores scores.csv
[ $code -eq 0 ] && [ "$(field 'pass@1' out)" = 1.0 ] && [ "$(field tasks out)" = 2 ] && [ "$(field n out)" = 15 ]
tell $? "votes solve every task"
grep -q '"e1": \[{"attempt_1": \[\[5, 6, 7\]\]' sub.json && grep -q '"attempt_2": ' sub.json
tell $? "the submission holds the answer in the original colours and orientation"
[ "$(cat scores.csv)" = "task,tests,pass@1,pass@2,pass@5,pass@10,pass@100,pass@1000
e1,1,1,1,1,1,1,1
e2,2,1,1,1,1,1,1" ]
tell $? "the scores file has a line for each task"
cp sub.json first.json
try "$hrm" eval run/model.safetensors plain/test --json --submission sub.json
[ "$(field 'pass@1' out)" = 1.0 ] && cmp -s sub.json first.json
tell $? "the published layout votes alike"
try "$hrm" eval run/model.safetensors arc/test --json --votes 1
[ "$(field n out)" = 3 ] && [ "$(field tasks out)" = 2 ]
tell $? "--votes bounds the copies"
try "$hrm" eval run/model.safetensors arc/test --json --limit 4
[ "$(field n out)" = 4 ] && [ "$(field tasks out)" = 2 ]
tell $? "--limit takes the plain copies of all tasks first"
cp run/model.safetensors kept.safetensors
for option in --submission --scores; do
    refused 2 "would be written over" "$option over the model" \
        "$hrm" eval run/model.safetensors arc/test $option run/model.safetensors
done
refused 2 "would be written over" "one file for two outputs" \
    "$hrm" eval run/model.safetensors arc/test --submission both --scores both
cmp -s run/model.safetensors kept.safetensors
tell $? "and the model stays"
refused 1 "nodir/s.json" "a place that cannot be written, before the work" \
    "$hrm" eval run/model.safetensors arc/test --submission nodir/s.json
sed 's/"e/"f/g' ev_challenges.json >fv_challenges.json && sed 's/"e/"f/g' ev_solutions.json >fv_solutions.json
"$hrm" data arc others one/t1.json --score fv_challenges.json --augment 4 --seed 1 --quiet
refused 1 "are not those" "tasks that the model has no vectors for" "$hrm" eval run/model.safetensors others/test
expect 0 "wrote" "it is converted for them" \
    "$hrm" convert run/model.safetensors moved.safetensors --data others/test --puzzle-emb mean
expect 0 "2 tasks" "and evaluated" "$hrm" eval moved.safetensors others/test

# ---- tasks that the model never saw
echo "{\"train\": [$(pair "6, 6, 1"), $(pair "2], [5")], \"test\": [$(pair "7, 8")]}" >new.json
cksum run/model.safetensors >before
expect 0 "100 % of its tests" "adapt solves a new task" \
    "$hrm" adapt run/model.safetensors new.json --augment 3 --steps 4 --batch 4 --seed 2 --submission own.json --model-out own.safetensors
grep -q '^78$' out && grep -q "4 votes" out && grep -q '{"new": \[{"attempt_1": \[\[7, 8\]\]' own.json
tell $? "by the votes of its copies"
cksum run/model.safetensors | cmp -s - before
tell $? "the model is as it was"
# The presets take many steps: on a small canvas.
"$hrm" data arc narrow one --score ev_challenges.json --augment 4 --seed 1 --side 4 --quiet
"$hrm" train copy.yaml data=narrow/train eval_every=0 --out narrow.run --quiet
narrow=narrow.run/model.safetensors
"$hrm" adapt $narrow new.json --seed 2 --submission as.json >as 2>err
try "$hrm" solve $narrow new.json --seed 2 --submission solved.json --picture x.svg
[ $code -eq 0 ] && grep -q '^78$' out && cmp -s out as && cmp -s solved.json as.json
tell $? "solve takes tasks too, with the presets of adapt"
[ "$(grep -o '<rect[^>]*fill="#ff851b"' x.svg | wc -l)" -eq 2 ]
tell $? "and draws an input and its answer beside each other"
mkdir news && cp new.json news
expect 0 '"task": "new"' "and folders of them" "$hrm" solve $narrow news --json --quiet
mkdir lots && for i in $(seq 400); do cp new.json lots/t$i.json; done
expect 0 "" "as many as have room" "$hrm" adapt run/model.safetensors lots --steps 1 --batch 8 --quiet --picture x.png
for option in --check "--rounds 3" "--agree 2" "--views 4" "--seconds 1" --skip-bad "--sure .5"; do
    refused 2 "is for puzzles; an ARC task is answered by a vote" "$option, of which a vote knows nothing" \
        "$hrm" solve run/model.safetensors new.json $option
done
refused 2 "must end in .png or .svg" "a picture of rounds that there are none of" \
    "$hrm" solve run/model.safetensors new.json --picture x.html
refused 2 "explain: is for puzzles" "rounds that there are none of" "$hrm" solve run/model.safetensors new.json --explain
refused 2 "would be written over" "a submission over the tasks" "$hrm" solve run/model.safetensors new.json --submission new.json
refused 2 "submission: is for ARC tasks" "a submission of puzzles" "$hrm" solve 1234341221434321 --submission x.json
"$hrm" data arc new --score new.json --augment 3 --seed 2 --quiet
expect 0 "pass@1 *100" "the adapted model evaluates on the same copies" \
    "$hrm" eval own.safetensors new/test --submission again.json
cmp -s own.json again.json
tell $? "with the same attempts"
echo "{\"train\": [$(pair "6, 6, 1"), $(pair "2], [5")], \"test\": [$(pair "7, 8")]}" >other.json
"$hrm" data arc copies --score new.json --augment 3 --seed 5 --quiet
refused 1 "copies/test: its puzzles are not those" "but on no other copies of them, whose vectors it has not" \
    "$hrm" eval own.safetensors copies/test
"$hrm" data arc strange --score other.json --augment 3 --seed 2 --quiet
refused 1 "strange/test: its puzzles are not those" "nor on other tasks" "$hrm" eval own.safetensors strange/test
echo '{"train": [{"input": [[6, 1]], "output": [[4, 4]]}, {"input": [[2], [5]], "output": [[4], [4]]},
    {"input": [[7]], "output": [[4]]}, {"input": [[8, 3, 9]], "output": [[4, 4, 4]]}],
    "test": [{"input": [[7, 8]], "output": [[4, 4]]}]}' >four.json
try "$hrm" adapt run/model.safetensors four.json --steps 25 --batch 4 --json
[ $code -eq 0 ] && grep -q '"pass@2": 0.0' out
tell $? "what a frozen network cannot do it does not claim"
try "$hrm" adapt run/model.safetensors four.json --steps 25 --batch 4 --network --network-rate 0.02 --json
[ $code -eq 0 ] && grep -q '"pass@1": 1.0' out && awk "BEGIN { exit !($(field loss_last out) < 0.5 * $(field loss_first out)) }"
tell $? "--network fits the network as well"
cp out first
try "$hrm" adapt run/model.safetensors four.json --steps 25 --batch 4 --network --network-rate 0.02 --json --threads 1
cmp -s out first
tell $? "to the same bits with any number of threads"
"$hrm" train copy.yaml data=arc/train eval_every=0 loss=softmax q_weight=0 --out soft --quiet 2>/dev/null
try "$hrm" adapt soft/model.safetensors new.json --augment 3 --steps 4 --batch 4 --seed 2 --json
[ $code -eq 0 ] && awk "BEGIN { exit !($(field loss_first out) < 0.1) }" # by stablemax it would be .7
tell $? "adapt goes on with the loss that the model was trained on"
refused 1 "holds no ARC tasks" "adapt on an empty folder" sh -c 'mkdir -p empty; "$0" adapt run/model.safetensors empty' "$hrm"
refused 1 "cannot open" "adapt on nothing" "$hrm" adapt run/model.safetensors none.json

# ---- names that come twice; pairs alone; submissions of all tasks
refused 1 "task t1 twice" "the same task twice to train on" "$hrm" data arc nowhere one one
mkdir others2 && echo "{\"train\": [$(pair 5)], \"test\": [$(pair 6)]}" >others2/t1.json
refused 1 "task t1 twice; .*rename it" "one name for two tasks" "$hrm" data arc nowhere one others2
[ ! -e nowhere ]
tell $? "and nothing is written"
mkdir -p rearc/tasks && echo '{"r1": [{"rng_difficulty": 0.5}]}' >rearc/metadata.json
{ printf '\357\273\277['; pair 1; echo ,; pair 2; echo ,; pair "3, 4"; echo ']'; } >rearc/tasks/r1.json
{
    echo '{"source": "def f(): pass", "examples": [[[[1, 2]], [[2, 1]]], [[[3]], [[3]]]], "seeds": []}'
    echo '{"examples": [[[[5]], [[6]]]]}'
} >barc.jsonl
expect 0 "4 tasks (1 scored)" "re-arc's lists and BARC's lines of pairs" \
    "$hrm" data arc pairs rearc barc.jsonl --score new.json --augment 0 --seed 1
grep -q '"r1", "barc-1", "barc-2"' pairs/identifiers.json
tell $? "by their names"
expect 0 "  8 examples to train on" "all of which are trained on" \
    "$hrm" data arc pairs rearc barc.jsonl --score new.json --augment 0 --seed 1 --replace
gzip -c barc.jsonl >packed.jsonl.gz
expect 0 "2 tasks" "also packed" "$hrm" data arc packed packed.jsonl.gz --augment 0
grep -q '"packed-1", "packed-2"' packed/identifiers.json
tell $? "by the same names"
sed '1s/{/{"id": "k1", /; 2s/{/{"task_id": "k2", /' barc.jsonl >named.jsonl
"$hrm" data arc named named.jsonl --augment 0 --quiet && grep -q '"k1", "k2"' named/identifiers.json
tell $? "lines with names keep them"
head -1 named.jsonl >single.jsonl && "$hrm" data arc named single.jsonl --augment 0 --quiet --replace && grep -q '"k1"' named/identifiers.json
tell $? "a single one too"
cat named.jsonl named.jsonl >twice.jsonl
refused 1 "task k1 twice" "a name on two lines" "$hrm" data arc nowhere twice.jsonl
{
    echo '[{"id": "l1",' && cut -c2- one/t1.json
    echo ', {"id": "l2",' && cut -c2- one/t2.json && echo ']'
} >listed.json
"$hrm" data arc listed --score listed.json --augment 0 --quiet && grep -q '"l1", "l2"' listed/identifiers.json
tell $? "a list of tasks is read as their lines are"
echo '{"train": [{"input": [[1]], "output": [[1]]}], "test": [{"input": [[2]], "output": null}, {"input": [[3]], "output": []}]}' >open.json
echo '{"train": [{"input": [[1]], "output": [[1]]}], "test": [{"input": [[2]]}, {"input": [[3]], "output": [[3]]}]}' >later.json
expect 0 "2 examples to train on" "a test whose output is known is trained on behind one whose is not" \
    "$hrm" data arc later later.json --augment 0
expect 0 "1 example to train on, 2 to evaluate" "outputs of tests that are null or [] are not known" \
    "$hrm" data arc open --score open.json --augment 0
grep -q '{"input": \[\[2\]\]}' open/test_puzzles.json
tell $? "and stay so"
refused 1 "task barc-1: is pairs to train on" "which cannot be scored" "$hrm" data arc nowhere --score barc.jsonl
echo '{"examples": [[[[5]], [[6]]]]} {"examples": 3}' >bad.jsonl
refused 1 "bad.jsonl: bad-2 is not an ARC task" "a line that is none" "$hrm" data arc nowhere bad.jsonl
printf '{"examples": [[[[5]], [[6]]]]}\n{"examples": [[[[5]],\n' >bad.jsonl
refused 1 "bad.jsonl: line 3, column" "a line that is cut off" "$hrm" data arc nowhere bad.jsonl

echo '{"Train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[1]], "output": [[2]]}]}' >capitals.json
refused 1 "capitals.json: \"Train\" beside no \"train\"" "a task whose keys are in capitals is not taken for two" \
    "$hrm" data arc nowhere capitals.json
printf '\n' >empty.json
refused 1 "empty.json: is empty" "an empty file" "$hrm" data arc nowhere empty.json

cp ev_challenges.json unsolved_challenges.json
"$hrm" data arc blind one --score unsolved_challenges.json --augment 4 --seed 1 --quiet
expect 0 "solutions are not known" "tasks without solutions are solved and not scored" \
    "$hrm" eval run/model.safetensors blind/test --submission blind.json
cmp -s blind.json first.json
tell $? "with the same attempts"

expect 0 "warning: the answers of 2" "warns of scored tasks among those to train on" \
    "$hrm" data arc dirty ev_challenges.json --score ev_challenges.json --augment 4 --seed 1
refused 1 "says nothing; .*--contaminated" "refuses their score" "$hrm" eval run/model.safetensors dirty/test
"$hrm" convert run/model.safetensors dirty.safetensors --data dirty/test --puzzle-emb mean --quiet
expect 0 "answers of 2 tasks were among" "unless told, and then says so" "$hrm" eval dirty.safetensors dirty/test --contaminated
"$hrm" data export dirty/test dirty2/test 2>err
refused 1 "says nothing" "also after an export" "$hrm" eval run/model.safetensors dirty2/test
expect 0 "2 tasks that hold answers" "--drop-known leaves them out" \
    "$hrm" data arc clean one ev_challenges.json --score ev_challenges.json --augment 4 --seed 1 --drop-known
refused 1 "twice; leave one out" "a task that comes twice" "$hrm" data arc twice one one --score ev_challenges.json
expect 0 "6 tasks with the name of an earlier one were left out" "--drop-known takes the first of them" \
    "$hrm" data arc once one one ev_challenges.json --score ev_challenges.json --augment 4 --seed 1 --drop-known --boxes
"$hrm" data arc alone one --score ev_challenges.json --augment 4 --seed 1 --drop-known --boxes 2>err
for part in train test; do
    for i in 0 5 11; do
        "$hrm" data show once/$part $i >shown.once && "$hrm" data show alone/$part $i | cmp - shown.once || break
    done
done 2>err && [ ! -s err ]
tell $? "and makes the same of it as alone"

expect 0 '"n": 0, "unscored": [1-9].*"exact": null' "and no share of nothing" \
    "$hrm" eval run/model.safetensors blind/test --json
cp ev_challenges.json lack_challenges.json
echo '{"e1": [[[5, 6, 7]]]}' >lack_solutions.json
refused 1 "lack_challenges.json: task e2, test pair 1: has no output in the file of solutions" "solutions without a task" \
    "$hrm" data arc x --score lack_challenges.json
echo '{"e1": [[[5, 6, 7]]], "e2": [[[1, 0]]]}' >lack_solutions.json
refused 1 "lack_challenges.json: task e2: has 2 test pairs, and the file of solutions lack_solutions.json 1 output;" \
    "solutions without an output" "$hrm" data arc x --score lack_challenges.json
echo '{"e1": [[[5, 6]], [[5, 6, 7]]], "e2": [[[1, 0]], [[4], [0]]]}' >lack_solutions.json
refused 1 "lack_challenges.json: task e1: has 1 test pair, and the file of solutions lack_solutions.json 2 outputs;" \
    "solutions of another version of a task" "$hrm" data arc x --score lack_challenges.json
mkdir zipped && gzip -c ev_challenges.json >zipped/z_challenges.json.gz && gzip -c ev_solutions.json >zipped/z_solutions.json.gz
for packed in z_challenges.json.gz z_solutions.json.gz ''; do
    rm -rf half && cp -r zipped half && if [ "$packed" ]; then gunzip half/$packed; fi
    "$hrm" data arc plain2 one --score half/z_challenges.json* --augment 4 --seed 1 --quiet --replace && diff -r plain2 same >err
    tell $? "solutions are found where ${packed:-nothing} is unpacked"
done
for f in one/*.json one/more/*.json; do gzip -c "$f" >zipped/"$(basename "$f")".gz; done
rm zipped/z_*
expect 0 "8 tasks (2 scored)" "a folder of packed tasks" \
    "$hrm" data arc plain2 zipped --score ev_challenges.json --augment 0 --seed 1 --replace
grep -q '"t1", "t2", "t3", "t4"' plain2/identifiers.json
tell $? "by their names"

refused 1 "bad.json: task bad, train pair 1: .*colours 0 to 9" "a colour that is none" \
    sh -c 'echo "{\"train\": [{\"input\": [[12]], \"output\": [[1]]}], \"test\": []}" >bad.json; "$0" data arc x bad.json' "$hrm"
refused 1 "holds no ARC tasks" "an empty folder" sh -c 'mkdir -p empty; "$0" data arc x empty' "$hrm"
refused 2 "no tasks" "no tasks" "$hrm" data arc x
[ ! -e x ]
tell $? "nothing is written when it fails"
printf 'junk' | dd of=arc/train/all__views.npy conv=notrunc 2>/dev/null
refused 1 "arc/train" "a damaged file" "$hrm" info arc/train
expect 0 "hrm data arc" "help has an example" "$hrm" data arc --help
expect 0 "hrm adapt" "so has adapt" "$hrm" adapt --help

# ---- two tasks with the same questions: a net that does not know which is which fails one of them
cat >two_challenges.json <<'EOT'
{"c": {"train": [{"input": [[1, 2], [3, 4]], "output": [[1, 2], [3, 4]]}, {"input": [[4, 1], [2, 2]], "output": [[4, 1], [2, 2]]}],
       "test": [{"input": [[2, 4], [1, 3]]}]},
 "p": {"train": [{"input": [[1, 2], [3, 4]], "output": [[5, 5], [5, 5]]}, {"input": [[4, 1], [2, 2]], "output": [[5, 5], [5, 5]]}],
       "test": [{"input": [[2, 4], [1, 3]]}]}}
EOT
echo '{"c": [[[2, 4], [1, 3]]], "p": [[[5, 5], [5, 5]]]}' >two_solutions.json
"$hrm" data arc two --score two_challenges.json --side 3 --augment 3 --quiet
expect 0 "9 tokens" "the small recipe has no token before the cells" \
    "$hrm" train "$root/recipes/arc-small.yaml" data=two/train valid=two/test hidden=32 batch=8 steps=120 lr=5e-3 \
    ema=0 eval_every=120 --out cells
try "$hrm" eval cells/model.safetensors two/test --json
[ $code -eq 0 ] && [ "$(field 'pass@1' out)" = 1.0 ]
tell $? "a vector in every cell tells it its puzzle"
try "$hrm" adapt cells/model.safetensors two_challenges.json --augment 3 --steps 60 --batch 8 --submission own.json
[ $code -eq 0 ] && grep -q '100 % of its tests' out
tell $? "and is adapted to new ones"
refused 2 "puzzle_emb_cells needs puzzle_emb_ndim as hidden" "a vector that does not fit a cell" \
    "$hrm" train "$root/recipes/arc-small.yaml" data=two/train valid=two/test puzzle_emb_ndim=7 --out cells-7

# ---- no canvas: a vector for each task and each turn, boxes in place of padding
"$hrm" data arc box one --score ev_challenges.json --augment 40 --seed 1 --boxes --share-vectors --keep-output-colours --quiet
try "$hrm" info box/train --json
[ "$(field seq out)" = 900 ] && [ "$(field identifiers out)" = 65 ]
tell $? "a puzzle for each of 8 tasks and each of 8 turns, on the whole canvas ($(field identifiers out))"
"$hrm" data show box/test 0 >shown && grep -q '^5 *6 *7' shown
tell $? "an example is as large as its grid"
box="skip_padding=true puzzle_emb_views=true hidden=32 batch=8 halt_max_steps=1 l_cycles=2 lr=5e-3 ema=0"
expect 0 "900 tokens" "trains on it" \
    "$hrm" train "$root/recipes/arc-small.yaml" data=box/train valid=box/test $box steps=150 eval_every=150 --out boxed
try "$hrm" eval boxed/model.safetensors box/test --json
[ $code -eq 0 ] && [ "$(field 'pass@1' out)" = 1.0 ]
tell $? "copies in all colours vote on the plain test ($(field 'pass@1' out))"
try "$hrm" adapt boxed/model.safetensors ev_challenges.json --augment 20 --steps 60 --batch 8 --submission own.json
[ $code -eq 0 ] && grep -q '100 % of its tests' out
tell $? "and is adapted to new tasks in boxes"
"$hrm" data arc again one/t1.json --replace --score ev_challenges.json --augment 20 --boxes --share-vectors --keep-output-colours --quiet
refused 1 "are not those that the model" "an adapted model keeps to its own puzzles" "$hrm" eval boxed/model.safetensors again/test
"$hrm" train "$root/recipes/arc-small.yaml" data=box/train valid=box/test $box puzzle_emb_views=false steps=5 eval_every=0 valid= --out turned 2>err
for each in "" --share-vectors; do
    "$hrm" adapt turned/model.safetensors ev_challenges.json --augment 20 --steps 3 --batch 8 $each --model-out turned.safetensors --quiet >out 2>err
    "$hrm" info turned.safetensors | sed -n 's/^ *puzzles *//p'
done | paste -sd, | grep -qx '43,17'
tell $? "vectors of tasks and turns are eight for each new task as well"
refused 2 "needs ARC data whose copies share vectors" "puzzle_emb_views for data with a puzzle for each copy" \
    "$hrm" train "$root/recipes/arc-small.yaml" data=two/train valid=two/test $box skip_padding=false steps=1 --out no
refused 1 "no place for their colours" "an export that would lose what copies are" "$hrm" data export box/test plain/box
cp -r box hurt && printf '\377' | dd of=hurt/train/all__boxes.npy bs=1 seek=130 conv=notrunc 2>err
refused 1 "all__boxes.npy is damaged" "a box beyond the canvas" "$hrm" info hurt/train
sed 's/"share": 8/"share": 7/' box/train/dataset.json >hurt/train/dataset.json
refused 1 "share is 7" "identifiers that cannot be shared so" "$hrm" info hurt/train

# ---- a field for each colour: what it learned of some colours it knows of all
sed 's/\[\[2, 4\], \[1, 3\]\]/[[7, 9], [6, 8]]/' two_challenges.json >new_challenges.json
echo '{"c": [[[7, 9], [6, 8]]], "p": [[[5, 5], [5, 5]]]}' >new_solutions.json
"$hrm" data arc new --replace --score new_challenges.json --side 3 --augment 20 --keep-colours --quiet
try "$hrm" info new/train --json
[ "$(field identifiers out)" -le 17 ]
tell $? "--keep-colours makes no more copies than there are turns"
expect 0 "9 tokens" "trains a field for each colour" \
    "$hrm" train "$root/recipes/arc-small.yaml" data=new/train valid=new/test hidden=16 symbol_channels=true batch=8 \
    mix=none pos=none muon=false steps=150 lr=5e-3 ema=0 eval_every=150 --out fields
try "$hrm" eval fields/model.safetensors new/test --json
[ $code -eq 0 ] && [ "$(field 'pass@1' out)" = 1.0 ]
tell $? "it copies colours that it has never seen, and knows one that is always the same ($(field 'pass@1' out))"
try "$hrm" adapt fields/model.safetensors new_challenges.json --augment 30 --steps 100 --batch 8 --submission own.json
[ $code -eq 0 ] && grep -q '100 % of its tests' out && ! grep -q '[0-9][0-9] votes' out
tell $? "and is adapted to new tasks by its turns"

# ---- a smaller canvas: tasks with a larger grid are left out and counted
mkdir small
cp one/t1.json one/t2.json one/t3.json one/more/t4.json small
cat >wide_challenges.json <<'EOT'
{"w1": {"train": [{"input": [[1, 2], [3, 4]], "output": [[1, 2], [3, 4]]}], "test": [{"input": [[5, 6, 7]]}]},
 "w2": {"train": [{"input": [[9], [8]], "output": [[9], [8]]}], "test": [{"input": [[1, 0]]}]},
 "w3": {"train": [{"input": [[9]], "output": [[9]]}], "test": [{"input": [[1, 2, 3, 4]]}]},
 "w4": {"train": [{"input": [[6]], "output": [[6]]}], "test": [{"input": [[3]]}]}}
EOT
echo '{"w1": [[[5, 6, 7]]], "w2": [[[1, 0]]], "w3": [[[1, 2, 3, 4]]], "w4": [[[3], [3], [3], [3]]]}' >wide_solutions.json
expect 0 "more than 3 x 3 cells: 2 of 4 scored tasks, 1 of 6 others" "--side leaves out larger tasks and says so" \
    "$hrm" data arc three one --score wide_challenges.json --augment 4 --seed 1 --side 3
try "$hrm" data arc three one --replace --score wide_challenges.json --augment 4 --seed 1 --side 3 --json
[ $code -eq 0 ] && [ "$(field side out)" = 3 ] && [ "$(field scored out)" = 2 ] && grep -q '"larger": {"trained": 1, "scored": 2}' out
tell $? "also for programs"
! grep -q 'w3\|w4' three/test_puzzles.json three/identifiers.json && grep -q '"larger": 2' three/test/dataset.json
tell $? "nothing of them is in the data but their number"
try "$hrm" info three/train --json
[ "$(field task out)" = arc ] && [ "$(field seq out)" = 9 ] && [ "$(field rows out)" = 3 ]
tell $? "the directory tells its side"
"$hrm" data arc plainside one --score ev_challenges.json --augment 4 --seed 1 --side 30 --quiet && diff -r plainside same >err
tell $? "side 30 is the same as none, to the byte"
"$hrm" data export three/test exported/test 2>err && "$hrm" data import exported/test exported.csv 2>>err
for e in 0 3 6; do
    "$hrm" data show three/test $e --json >a && "$hrm" data show exported/test $e --json >b && cmp -s a b || echo $e
done >differ
[ ! -s differ ] && grep -q '"larger": 2' exported/test/dataset.json
tell $? "exports the same examples"
expect 0 "task *arc" "also as CSV" "$hrm" info exported.csv
expect 0 "56" "draws them" "$hrm" data show three/test
expect 0 "wrote" "and paints them" "$hrm" data show three/test --picture three.png

expect 0 "10 tokens" "trains on nine cells and the puzzle's" \
    "$hrm" train copy.yaml data=three/train valid=three/test --out small-run
try "$hrm" eval small-run/model.safetensors three/test --json --submission sub.json --scores scores.csv
[ $code -eq 0 ] && [ "$(field tasks out)" = 2 ] && [ "$(field 'pass@1' out)" = 1.0 ] && [ "$(field larger out)" = 2 ] &&
    grep -q '"of_all": {"tasks": 4, "pass@1": 0.5, "pass@2": 0.5, ' out
tell $? "the tasks left out count as failed in the score of all"
[ "$(cut -d, -f1 scores.csv | tr '\n' ' ')" = "task w1 w2 " ] && grep -q '"w1": \[{"attempt_1": \[\[5, 6, 7\]\]' sub.json &&
    grep -q '"w3": \[{"attempt_1": \[\[0\]\], "attempt_2": \[\[0\]\]}\]' sub.json && grep -q '"w4"' sub.json
tell $? "scores hold the others, and the submission a black cell for each of them"
expect 0 "of all 4 tasks, with 2 too large for the canvas as failed: pass@1 50.00 %, pass@2 50.00 %" "the text says so" \
    "$hrm" eval small-run/model.safetensors exported/test --quiet
expect 0 "not counted: 2 too large for the canvas" "not when only some were evaluated" \
    "$hrm" eval small-run/model.safetensors three/test --quiet --limit 1
try "$hrm" eval small-run/model.safetensors three/test --quiet --limit 1 --json
grep -q '"of_all": {"tasks": 4, "pass@1": null' out
tell $? "nor for programs"
refused 1 "900 cells .*9 and 12 are expected" "data of another side" "$hrm" eval small-run/model.safetensors same/test
expect 0 "12" "solves a text of nine cells" "$hrm" solve --model small-run/model.safetensors '12|||____'

try "$hrm" adapt small-run/model.safetensors small --augment 3 --steps 4 --batch 4 --submission own.json
[ $code -eq 0 ] && grep -q '100 % of its tests' out && ! grep -q 'left out' err
tell $? "adapts to tasks that fit"
expect 0 "left out, with a grid of more than the model's 3 x 3 cells: t5" "leaves out and names those that do not" \
    "$hrm" adapt small-run/model.safetensors one --steps 2 --batch 4 --quiet --submission own.json
grep -q '"t4"' own.json && grep -q '"t5": \[{"attempt_1": \[\[0\]\], ' own.json
tell $? "and answers the others"
refused 1 "t5.json: too large for the model: task t5 has a grid of 1 x 4 cells, more than 3 x 3" "fails when none is left" \
    "$hrm" adapt small-run/model.safetensors one/more/t5.json

refused 1 "every one of the 6 tasks has a grid of more than 1 x 1" "a side that leaves nothing" "$hrm" data arc x one --side 1
for side in 0 31 -3 abc 3.5 ''; do
    refused 2 "side: .*between 1 and 30\|needs a value\|is empty" "--side '$side'" "$hrm" data arc x one --side "$side"
done
[ ! -e x ]
tell $? "nothing is written then"
cp three/train/dataset.json whole.json
for change in 's/"side": 3/"side": 2/' 's/"side": 3/"side": 31/' 's/"side": 3/"side": "3"/' 's/, "side": 3//' \
    's/"side": 3/"side": 2/; s/"seq_len": 9/"seq_len": 4/' 's/"seq_len": 9/"seq_len": 10/'; do
    sed "$change" whole.json >three/train/dataset.json
    refused 1 "three/train" "a damaged side ($change)" "$hrm" info three/train
done
sed 's/"larger": 2/"larger": -1/' three/test/dataset.json >whole.json && cp whole.json three/test/dataset.json
refused 1 '"larger" is -1' "a damaged number of tasks" "$hrm" eval small-run/model.safetensors three/test

arc=$shared/data/arc
if [ -e "$arc/arc-agi_evaluation_challenges.json" ]; then
    expect 0 "960 tasks (400 scored), 8764" "ARC-AGI-1 with a thousand copies as published" \
        "$hrm" data arc arc1 "$arc/arc-agi_training_challenges.json" \
        "$arc/arc-agi_concept_challenges.json" --score "$arc/arc-agi_evaluation_challenges.json" --augment 1000
    expect 0 "376 scored tasks" "ARC-AGI-2 training holds ARC-AGI-1 evaluation" \
        "$hrm" data arc arc2 "$arc/arc-agi_training2_challenges.json" --score "$arc/arc-agi_evaluation_challenges.json"
    expect 0 "323 of 400 scored tasks, 222 of 400 others" "a canvas of ten cells a side holds 77 evaluation tasks" \
        "$hrm" data arc arc10 "$arc/arc-agi_training_challenges.json" --score "$arc/arc-agi_evaluation_challenges.json" --side 10
else
    n=$((n + 1))
    echo "ok $n - ARC-AGI-1 with a thousand copies # SKIP no benchmark files in ../shared or HRM_SHARED"
fi
finish
