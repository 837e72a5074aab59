#!/bin/sh
# A puzzle family is one file and its name in two lists: a copy of the sources gets such a file
# (tests/task/toy.c) and nothing else, and the command built from it knows the family everywhere.
. tests/cli/lib.sh "$1"
config=$(basename "$1")
tree=$work/tree
mkdir -p "$tree/build/$config"
cp -a Makefile config.mk src app include "$tree"
cp -a "$1/src" "$1/app" "$tree/build/$config" # objects, so that only what changes is built
cd "$tree" || exit 1
cp "$root/tests/task/toy.c" src/task/toy.c
sed -i 's/X(grid)/X(toy) X(grid)/' src/task/families.h
sed -i 's/^TASK := task /TASK := task toy /' Makefile
diff -rq . "$root" | grep -v "^Only in $root" | grep -v build >"$work/out"
[ "$(wc -l <"$work/out")" -eq 3 ] && grep -q "Only in ./src/task: toy.c" "$work/out"
tell $? "a family touches its own file, the list and the Makefile's list"
try env -u MAKEFLAGS -u MAKELEVEL make -j2 CONFIG="$config" "build/$config/hrm"
[ $code -eq 0 ]
tell $? "it builds"
hrm=$tree/build/$config/hrm
cd "$work" || exit 1

expect 0 "wrote t.csv: 20 rows" "its generator is a command" "$hrm" data toy t.csv --count 20 --lamps 6 --seed 1
"$hrm" data toy same.csv --count 20 --lamps 6 --seed 1 --threads 1 --quiet
cmp -s t.csv same.csv
tell $? "whose seed gives the same bytes with any number of threads"
"$hrm" data toy other.csv --count 20 --lamps 6 --seed 2 --avoid t.csv --quiet
[ -z "$(cut -d, -f2 t.csv other.csv | sort | uniq -d | grep -v question)" ]
tell $? "and which keeps off what is to be avoided"
expect 0 "lamps N *lamps in the row (default: 8)" "with its options in help" "$hrm" data toy --help
expect 0 "hrm data toy train.csv --count 20 --lamps 6" "its examples" "$hrm" data toy --help
expect 0 "lamps" "a manual page" "$hrm" manual data toy
expect 0 "data toy.*options=.*\|--lamps" "completion" "$hrm" completion bash
expect 0 "data toy  *generate rows of lamps" "a place among the others" "$hrm" data --help
expect 0 "toy" "and in the list of tasks" "$hrm" train --keys
refused 2 "lamps: \"65\" is not a whole number between 2 and 64 (--lamps)" "its options are checked" \
    "$hrm" data toy x.csv --count 1 --lamps 65
refused 2 "did you mean --lamps" "and misspelt ones" "$hrm" data toy x.csv --count 1 --lumps=3
refused 1 "only 4 rows" "and what cannot be made" "$hrm" data toy x.csv --count 5 --lamps 2 --quiet

expect 0 "task *toy" "a file is told to be of it" "$hrm" info t.csv
expect 0 "task *grid" "one that is not is a grid" sh -c 'printf "question,answer\n.*,xx\n" >odd.csv && "$0" info odd.csv' "$hrm"
expect 1 "line 2 is no toy (lamp 1\|line 2 is no toy" "asked for by name, it is held against the data" "$hrm" data show odd.csv --task toy
expect 0 "wrote" "exports the published layout" "$hrm" data export t.csv toy/train
expect 0 "task *toy" "which is told to be of it by its sizes" "$hrm" info toy/train
cat >small.yaml <<'EOT'
arch: trm
hidden: 32
heads: 2
expansion: 1
l_layers: 1
h_cycles: 1
l_cycles: 2
mix: token_mlp
pos: none
halt_max_steps: 2
batch: 20
steps: 120
lr: 1e-2
weight_decay: 0.1
warmup: 5
augment: false
EOT
expect 0 "done" "trains" "$hrm" train small.yaml data=t.csv --out run
expect 0 'lamps..: 6' "a model keeps the task" grep -a -o 'lamps[^}]*' run/model.safetensors
expect 0 "^xoxoxo	solved" "solves, judged by its rules" "$hrm" solve run/model.safetensors "*.*.*."
refused 1 "column 2 holds 'x'; it should be . or \*" "and refuses in its words" "$hrm" solve run/model.safetensors "*x*.*."
finish
