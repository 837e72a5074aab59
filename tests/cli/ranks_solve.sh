#!/bin/sh
# Evaluation, solving, votes and adaptation under mpirun: whoever has four machines must read what one would
# have told, to the byte, and be told at once what is for one process alone.
. tests/cli/lib.sh "$1"
needs_mpi "solving on ranks of MPI"
cd "$work" || exit 1
timeless() { # what is told but of time
    sed 's/"seconds": *[0-9.e+-]*//; s/"[a-z_]*seconds[a-z_]*": *[0-9.e+-]*//g; /^time /d' "$1"
}
told_alike() { # told_alike NAME N ARGUMENTS...: one process and N ranks say the same, to the same exit code
    name=$1 count=$2
    shift 2
    "$hrm" "$@" --threads 1 >one 2>one.err </dev/null
    want=$?
    ranks "$count" "$@" >out 2>err </dev/null
    [ $? -eq $want ] && timeless one >one.said && timeless out >said && cmp one.said said >>err 2>&1
    tell $? "$name"
}
model=$root/models/sudoku.safetensors
awk -F, 'NR > 1 && NR < 14 {print $2}' "$root/data/sudoku-9x9-test.csv" >puzzles
told_alike "a file of puzzles on 2 ranks" 2 solve "$model" puzzles --json
told_alike "one puzzle on 3" 3 solve "$model" "$(head -1 puzzles)"
"$hrm" solve "$model" - --threads 1 <puzzles >one 2>err
ranks 3 solve "$model" - <puzzles >out 2>err && cmp one out >>err 2>&1
tell $? "lines of standard input, which rank 0 alone has"
told_alike "what cannot be solved ends with the same exit code" 2 solve "$model" "$(tr 1-9 . <puzzles | head -1)" --rounds 3
told_alike "evaluation on 3 ranks" 3 eval "$model" "$root/data/sudoku-9x9-test.csv" --limit 20
"$hrm" eval "$model" "$root/data/sudoku-9x9-test.csv" --limit 20 --threads 1 --answers one.jsonl >one 2>err
ranks 3 eval "$model" "$root/data/sudoku-9x9-test.csv" --limit 20 --answers three.jsonl >out 2>err
timeless one.jsonl >one.said && timeless three.jsonl >said && cmp one.said said >>err 2>&1
tell $? "and its answers"

mkdir tasks
for i in 1 2 3 4; do
    pair="{\"input\": [[$i, 2, 3]], \"output\": [[3, 2, $i]]}"
    echo "{\"train\": [$pair, $pair], \"test\": [$pair]}" >tasks/t$i.json
done
"$hrm" data arc arc tasks --score tasks --augment 4 --seed 1 --side 4 --quiet 2>/dev/null
tiny_net 32 32 >arc.yaml <<'END'
puzzle_emb_ndim: 32
steps: 20
halt_max_steps: 3
puzzle_emb_lr: 1e-2
data: arc/train
END
"$hrm" train arc.yaml --out arc.run --quiet 2>err
told_alike "votes of copies" 3 eval arc.run arc/test --contaminated --votes 3
"$hrm" adapt arc.run tasks --augment 20 --steps 6 --batch 128 --network --seed 3 --model-out one.safetensors \
    --submission one.json --threads 1 --json >one 2>err
ranks 3 adapt arc.run tasks --augment 20 --steps 6 --batch 128 --network --seed 3 --model-out three.safetensors \
    --submission three.json --json >out 2>err
cmp one out >>err 2>&1 && cmp one.safetensors three.safetensors >>err 2>&1 && cmp one.json three.json >>err 2>&1
tell $? "adaptation: the same guesses, network and submission"

expect 2 "seconds: is for one process, and a launcher has started 2" "a bound by time" ranks 2 solve "$model" puzzles --seconds 1
expect 2 "hrm info works in one process" "a command for one process" mpirun -np 2 "$hrm" info "$model"
[ "$(grep -c "works in one process" err)" -eq 1 ]
tell $? "is told so once"
try env HRM_ALONE=1 mpirun -np 2 "$hrm" info "$model"
[ $code -eq 0 ] && [ "$(grep -c "^task" out)" -eq 2 ]
tell $? "and works in each process where that is meant"
expect 1 "column 1 holds 'y'" "a wrong puzzle" ranks 2 solve "$model" "y$(head -1 puzzles | cut -c2-)"
expect 1 "cannot open\|cannot read" "a model that is not there" ranks 2 eval nowhere.safetensors "$root/data/sudoku-9x9-test.csv"
finish
