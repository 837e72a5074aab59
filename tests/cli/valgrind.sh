#!/bin/sh
# Under valgrind: training, solving and refused input leak nothing and read nothing uninitialised.
. tests/cli/lib.sh "$1"
not_sanitized "valgrind" "the sanitizers watch this build"
if ! command -v valgrind >/dev/null; then
    echo "ok 1 - valgrind # SKIP valgrind is not installed"
    echo "1..1"
    exit 0
fi
cd "$work" || exit 1
"$hrm" data sudoku train.csv --side 4 --count 10 --seed 1 2>/dev/null
printf 'hidden: 16\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\nbatch: 4\nsteps: 3\nh_cycles: 1\n' >r.yaml
printf 'l_cycles: 1\nhalt_max_steps: 2\ndata: train.csv\nvalid: train.csv\neval_every: 2\nema: 0.9\n' >>r.yaml
watched() { # watched CODE NAME COMMAND...
    want=$1 name=$2
    shift 2
    try valgrind -q --leak-check=full --errors-for-leak-kinds=all --error-exitcode=99 "$@"
    [ $code -eq "$want" ]
    tell $? "$name"
}
watched 0 "training" "$hrm" train r.yaml --out run --threads 2
watched 0 "resuming" "$hrm" train --resume run steps=4
watched 0 "evaluating" "$hrm" eval run/model.safetensors train.csv --json
watched 0 "describing" "$hrm" info run/model.safetensors
watched 0 "exporting" "$hrm" data export train.csv sudoku/train --augment 2
watched 1 "a folder that cannot be made" "$hrm" data export train.csv train.csv/train
watched 0 "importing" "$hrm" data import sudoku/train back.csv
watched 1 "a puzzle that does not fit" "$hrm" solve run/model.safetensors 123
watched 2 "a misspelt key" "$hrm" train r.yaml hiden=3
head -c 900 run/model.safetensors >cut.safetensors
watched 1 "a truncated model" "$hrm" eval cut.safetensors train.csv
head -c 300 run/state.safetensors >run/cut && mv run/cut run/state.safetensors
watched 1 "a truncated state" "$hrm" train --resume run
printf 'question,answer\n"12,12\n' >bad.csv
watched 1 "a broken CSV file" "$hrm" info bad.csv
finish
