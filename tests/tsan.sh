#!/bin/sh
# Commands with several threads, in a build with CONFIG=tsan: no thread races another. TAP.
. tests/cli/lib.sh "$1"
export TSAN_OPTIONS="exitcode=66 halt_on_error=1"
cd "$work" || exit 1
calm() { # calm NAME COMMAND...: ends well, or with puzzles that are not solved, and ThreadSanitizer says nothing
    name=$1
    shift
    try "$@"
    [ $code -le 1 ] && ! grep -q '^hrm:' "$work/err" && ! grep -q ThreadSanitizer "$work/out" "$work/err"
    tell $? "$name"
}
calm "puzzles are made" "$hrm" data sudoku d.csv --side 4 --count 30 --seed 1
calm "and checked" "$hrm" data check d.csv
calm "and exported, changed" "$hrm" data export d.csv folder --augment 2
tiny="hidden: 16\nheads: 2\nexpansion: 1\nl_layers: 1\nh_cycles: 1\nl_cycles: 1\nbatch: 8\nsteps: 6\nsave_every: 3\n"
printf "data: d.csv\nvalid: d.csv\neval_every: 3\neval_limit: 8\nh_layers: 1\nhalt_max_steps: 2\n$tiny" >tokens.yaml
printf "data: d.csv\nvalid: d.csv\neval_every: 3\neval_limit: 8\narch: loop\nregime: lattice\npos: grid\nloss: softmax\n$tiny" \
    >candidates.yaml
puzzle=$(sed -n '2s/^[^,]*,\([^,]*\),.*/\1/p' d.csv)
for kind in tokens candidates; do
    for threads in 2 4; do
        calm "training, $kind, $threads threads" "$hrm" train $kind.yaml --threads $threads --out $kind-$threads
    done
    calm "going on with other threads, $kind" "$hrm" train --resume $kind-2 steps=8 --threads 3
    calm "evaluation, $kind" "$hrm" eval $kind-4 d.csv --threads 4
    calm "solving a file, $kind" "$hrm" solve $kind-4 d.csv --threads 3
    calm "solving one, $kind" "$hrm" solve $kind-4 "$puzzle" --threads 2
    calm "looking inside, $kind" "$hrm" inspect $kind-4 d.csv --threads 4
done
mkdir tasks
printf '{"train": [{"input": [[1, 2]], "output": [[1]]}, {"input": [[4, 5], [6, 7]], "output": [[2]]}], "test": [{"input": [[3]], "output": [[3]]}]}' \
    >tasks/t.json
printf "data: arc\narch: trm\nh_layers: 1\nhalt_max_steps: 1\n$tiny" >arc.yaml
calm "tasks become data" "$hrm" data arc arc tasks --score tasks --augment 2 --side 3
calm "training on tasks" "$hrm" train arc.yaml data=arc/train --threads 4 --out arc-run
calm "adapting" "$hrm" adapt arc-run tasks --steps 2 --threads 4
finish
