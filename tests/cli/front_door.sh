#!/bin/sh
# The first minutes with the command: what it lists, what it says to near misses, and what comes with it
# found by its bare name from any folder, in the source tree and installed.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1

# every option is explained as this command means it
"$hrm" completion commands >names
wrong=$(while read -r name; do
    "$hrm" "${name%%-*}" $(echo "$name" | sed 's/^[a-z]*-*//') --help |
        sed -n '/^Options/,/^Examples/p' | grep -E "(bench|solve|eval|solve and eval):" && echo "$name"
done <names)
[ -s names ] && [ -z "$wrong" ]
tell $? "no help speaks of another command's options"
expect 0 "batch N *rows of a step of fitting (default: 16)" "adapt's batch is its own" "$hrm" adapt --help
expect 0 "seconds S *time for each measurement" "bench's seconds" "$hrm" bench --help
expect 0 "seconds S *most time" "solve's seconds" "$hrm" solve --help
expect 0 "augment.*[[:space:]]*N copies of each task, rotated" "data arc's augment" "$hrm" data arc --help

# groups, and keys where options are expected
for words in "help data" "data --help" "data -h"; do
    # shellcheck disable=SC2086
    expect 0 "^  data export  write" "hrm $words lists the commands" "$hrm" $words
done
expect 2 "^  data show  " "hrm data alone lists them too" "$hrm" data
refused 2 "keys are written without dashes: steps=10" "a key as an option" "$hrm" train x.yaml --steps 10
refused 2 "dashes: eval_every=5" "with = and dashes in its name" "$hrm" train x.yaml --eval-every=5
refused 2 "did you mean steps=10?" "a misspelt one" "$hrm" train x.yaml --step 10
refused 2 "did you mean --resume" "an option stays nearer than a key" "$hrm" train --rseume x
refused 2 "written --limit 5" "an option as a key" "$hrm" eval m.safetensors d.csv limit=5
refused 2 "written --plan" "a flag as a key" "$hrm" train x.yaml plan=true
expect 1 "x.yaml" "threads is both" "$hrm" train x.yaml threads=1

# a plan's time, and runs that go on longer or otherwise
"$hrm" data sudoku four.csv --side 4 --count 20 --seed 1 2>/dev/null
printf '%s\n' "data: four.csv" "hidden: 16" "heads: 2" "h_layers: 1" "l_layers: 1" "batch: 4" "steps: 8" "warmup: 2" \
    "lr: 1e-3" "lr_min_ratio: 0.1" >four.yaml
expect 0 "^time .* a step, measured now: about " "a plan says what a step takes here" "$hrm" train four.yaml --plan
expect 0 '"seconds_per_step":' "as JSON too" "$hrm" train four.yaml --plan --json
expect 0 "stops after 0.001 minutes.*schedule=minutes" "and that the cosine would be cut" \
    "$hrm" train four.yaml steps=100000000 minutes=0.001 --plan
expect 0 "a warm-up of 40 steps is longer than the run: it ends at 20 % of lr" "a run that is all warm-up" \
    "$hrm" train four.yaml warmup=40 --plan
"$hrm" train four.yaml --out four 2>/dev/null
expect 0 "step 12/12" "a run goes on longer, with another rate" "$hrm" train --resume four steps=12 lr=5e-4
expect 0 "changes *from step 9 on steps=12 lr=0.0005" "and its record says so" "$hrm" info four/model.safetensors
"$hrm" data sudoku 'vier "4".csv' --side 4 --count 5 --seed 2 2>/dev/null
cp -r four judged
here=
for i in 1 2; do # each with a long name of the same file
    here=$here$(printf '%70s' | sed 's/ /.\//g')
    "$hrm" train --resume judged "valid=${here}vier \"4\".csv" eval_every=4 eval_limit=$i steps=$((12 + i)) 2>/dev/null
done
expect 0 "from step 13 on valid='.*vier ..4...csv' steps=13 eval_limit=1; from step 14 on valid='.*4...csv' steps=14 eval_limit=2\"" \
    "and what its best model is measured by, at any length" "$hrm" info judged/model.safetensors --json
expect 2 "hidden cannot change.*init=four/model.safetensors" "what cannot, names the way" \
    "$hrm" train --resume four hidden=8
expect 0 "ended at step [0-9]* of 100000000, as minutes" "a run that its minutes end says so" \
    "$hrm" train four.yaml steps=100000000 minutes=0.001 schedule=minutes --out timed
expect 0 "warning: settings: without effect: steps=6, since steps=7 comes after it" "one key, two values" \
    "$hrm" train four.yaml steps=6 steps=7 --plan
expect 0 "warning: recipe: without effect: muon_lr, since muon is false$" "a key that another makes idle" \
    "$hrm" train four.yaml muon_lr=0.1 --plan
printf '%s\n' "data: [four.csv, 'vier \"4\".csv']" >list.yaml
refused 1 "list.yaml, line 1: data: is a list" "several files where one is expected" "$hrm" train list.yaml --plan
expect 0 'letters: ".ABCDEFGHI"' "help says what a file of letters looks like" "$hrm" solve --help
refused 2 "valid is empty" "nothing to stop after" "$hrm" train four.yaml stop_after=3 --out x

# bare names
names() { # names WHERE: from this folder, which holds nothing of that name
    expect 0 "data .*sudoku-6x6-train.csv: [0-9]* examples" "$1: a recipe, with its data" "$hrm" train demo-sudoku-6x6 --plan
    [ ! -e runs ]
    tell $? "$1: a plan writes nothing"
    expect 0 "runs/sudoku-quick" "$1: with its suffix" "$hrm" train sudoku-quick.yaml --plan
    expect 0 "534678912" "$1: a model" "$hrm" solve sudoku \
        53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79
    expect 0 "data .*sudoku-9x9-test.csv: [0-9]* examples" "$1: settings name models and data" \
        "$hrm" train sudoku-quick init=sudoku-fields data=sudoku-9x9-test valid=sudoku-9x9-train.csv eval_every=1 --plan
    printf 'init: sudoku-fields\ndata: sudoku-9x9-test\nvalid: sudoku-9x9-train.csv\neval_every: 1\n' >bare.yaml
    sed '/^data:/d; /^valid:/d; /^eval_every:/d; /^init:/d' "$root/recipes/sudoku-quick.yaml" >>bare.yaml
    expect 0 "data .*data/sudoku-9x9-test.csv: [0-9]* examples" "$1: so does a recipe of one's own" \
        "$hrm" train bare.yaml --plan
    expect 2 "init: .*models/sudoku.safetensors: its model has another heads" "$1: a model that is another's" \
        "$hrm" train sudoku-quick init=sudoku --plan
    expect 0 "534678912" "$1: no model, for the one that comes with it" "$hrm" solve \
        53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79
    expect 0 "kind *model" "$1: what it is" "$hrm" info maze
    expect 0 "0 left over" "$1: converted" "$hrm" convert sudoku
    expect 0 "of 1 puzzle$" "$1: puzzles to evaluate on" "$hrm" eval sudoku sudoku-9x9-test --limit 1
    expect 0 "^examples" "$1: to check" "$hrm" data check sudoku-6x6-test sudoku-6x6-train.csv
    expect 0 "\"index\": 3" "$1: to show" "$hrm" data show sudoku-6x6-test 3 --json
    expect 0 "kind *dataset" "$1: to tell of" "$hrm" info sudoku-6x6-test
    expect 0 "wrote" "$1: to copy" "$hrm" data import sudoku-6x6-test copied.csv
    expect 0 "534678912" "$1: --model" "$hrm" solve --model sudoku \
        53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79
}
case $hrm in
*/asan/*) ;; # too slow for its size; nothing of memory is tried here that other tests do not try
*)
    names "source tree"
    mkdir -p usr/bin usr/share/hrm && cp "$hrm" usr/bin/hrm
    cp -r "$root/models" "$root/recipes" "$root/data" usr/share/hrm
    hrm=$work/usr/bin/hrm
    names "installed"
    ;;
esac
refused 1 "^hrm: init: no-such: cannot open" "weights that nothing has" "$hrm" train four.yaml init=no-such --plan
expect 0 "^model " "a run folder stands for its best model" "$hrm" train four.yaml init=four --plan
"$hrm" train four.yaml init=four --out five 2>/dev/null
cp four/model.safetensors best.kept && "$hrm" train four.yaml init=best.kept --out six 2>/dev/null
[ "$(tail -c 4096 six/model.safetensors | cksum)" = "$(tail -c 4096 five/model.safetensors | cksum)" ]
tell $? "with its weights"
mkdir hollow
refused 1 "^hrm: init: hollow: is a folder without a model" "one that has none" "$hrm" train four.yaml init=hollow --plan
expect 1 "no-such" "a name that nothing has" "$hrm" train no-such --plan
printf 'data: own.csv\nhidden: 16\nheads: 2\nsteps: 1\n' >own.yaml
mkdir -p deep/recipes && cp own.yaml deep/recipes && "$hrm" data sudoku deep/own.csv --side 4 --count 5 2>/dev/null
expect 0 "deep/.*own.csv: 5 examples" "data beside a recipe's folder" "$hrm" train deep/recipes/own.yaml --plan
"$hrm" data sudoku own.csv --side 4 --count 3 2>/dev/null
expect 0 "own.csv: 3 examples" "data of the working folder come first" "$hrm" train deep/recipes/own.yaml --plan
expect 1 "nowhere.csv" "what is said on the command line is taken as it is" "$hrm" train own.yaml data=nowhere.csv
finish
