#!/bin/sh
# Several processes under mpirun: whoever trains on four machines must find the bits of one, whatever they
# train, and be able to go on with any other number of them.
. tests/cli/lib.sh "$1"
needs_mpi "ranks of MPI"
cd "$work" || exit 1

cp "$root/data/sudoku-9x9-train.csv" train.csv
tiny_net 32 32 >small.yaml <<'END'
steps: 60
halt_max_steps: 4
ema: 0.9
muon: true
dropout: 0.1
data: train.csv
valid: train.csv
eval_every: 30
eval_limit: 7
save_every: 5
seed: 7
END
sed 's/^hidden:.*/hidden: 384/; s/^expansion:.*/expansion: 4/; s/^muon:.*/muon: false/; s/^batch:.*/batch: 16/' small.yaml >large.yaml
cat >lattice.yaml <<'END'
arch: loop
hidden: 32
heads: 2
expansion: 2
l_layers: 1
l_cycles: 3
mix: token_mlp
norm: pre
regime: lattice
loss: softmax
batch: 24
steps: 60
augment: true
grow_from: 0.4
grow_at: 0.1
optimizer: adamw
halt_max_steps: 20
data: train.csv
valid: train.csv
eval_every: 60
eval_limit: 10
END
varying_grids >grids.csv
printf '%s\n' "shape: 4 x 6" 'alphabet: "ab"' 'separator: "/"' "sizes: varying" >task.yaml
cat >padding.yaml <<'END'
arch: loop
hidden: 16
heads: 2
expansion: 1
l_layers: 1
l_cycles: 2
pos: rope2d
conv: 3
halt_max_steps: 2
batch: 80
stagger: true
steps: 60
task: task.yaml
data: grids.csv
valid: grids.csv
eval_every: 30
skip_padding: true
END
mkdir tasks
for i in 1 2 3 4; do
    pair="{\"input\": [[$i, 2, 3]], \"output\": [[3, 2, $i]]}"
    echo "{\"train\": [$pair, $pair], \"test\": [$pair]}" >tasks/t$i.json
done
"$hrm" data arc arc tasks --score tasks --augment 4 --seed 1 --side 4 --quiet
tiny_net 32 128 >vectors.yaml <<'END'
puzzle_emb_ndim: 32
steps: 60
halt_max_steps: 3
puzzle_emb_lr: 1e-2
data: arc/train
valid: arc/test
eval_every: 60
END

same() { # same A B: two runs' models
    cmp "$1/model.safetensors" "$2/model.safetensors" && cmp "$1/best.safetensors" "$2/best.safetensors"
}
recipes="small large lattice padding vectors" counts="2 3 4"
case $hrm in */coverage/*) recipes="small lattice padding vectors" counts="2 3" ;; esac # the same lines, in a third of the time
for recipe in $recipes; do
    "$hrm" train $recipe.yaml --out $recipe.1 --quiet 2>err
    for count in $counts; do
        ranks "$count" train $recipe.yaml --out $recipe.$count --quiet >out 2>err &&
            same $recipe.1 $recipe.$count >>err 2>&1
        tell $? "$recipe: $count ranks train the bits of one process"
    done
done
cut_seconds() { # what metrics say but of time
    sed 's/"seconds":[0-9.e+-]*//; s/"mean_seconds":[0-9.e+-]*//' "$1/metrics.jsonl"
}
cut_seconds small.1 >a && cut_seconds small.3 >b && cmp a b >err 2>&1
tell $? "and write the same metrics"

# every leg on another number of ranks
mpirun -np 3 "$hrm" train small.yaml --out legs --quiet --threads 1 >out 2>err &
pid=$!
for _ in $(seq 600); do
    [ -e legs/model.safetensors ] && break
    sleep 0.05
done
kill -USR1 $pid
wait $pid
grep -q "stopped after step.*Go on with" err
tell $? "a signal to the launcher stops all ranks after the step, and rank 0 says how to go on"
ranks 2 train --resume legs --quiet >out 2>err
"$hrm" train --resume legs --quiet >out 2>err
same small.1 legs >err 2>&1
tell $? "a run that is stopped goes on with another number of ranks, to the same bits"

# the plan is a rank's: two of them on this machine share no core, and each has half of the rows
plan_of() { # plan_of ARGUMENTS OF MPIRUN...: of two ranks
    mpirun -np 2 "$@" "$hrm" train small.yaml --out none --plan --json >out 2>err
}
"$hrm" train small.yaml --out none --plan --json >one 2>err
plan_of --bind-to none
[ "$(field ranks out)" -eq 2 ] && [ "$(field rank_rows out)" -eq 16 ] && [ "$(field sent_bytes out)" -gt 10000 ] &&
    [ "$(field activations out)" -lt "$(field activations one)" ]
tell $? "the plan says what a rank has, and what it sends"
cores=$(field threads one)
[ "$(field threads out)" -eq $((cores > 1 ? cores / 2 : 1)) ] || [ $((cores % 2)) -eq 1 ]
tell $? "two ranks on one machine share no core ($(field threads out) of $cores)"
plan_of --bind-to none --host localhost:2 -x HRM_THREADS=3
[ "$(field threads out)" -eq 3 ]
tell $? "unless they are told how many threads to have"

expect 2 "9 ranks cannot share 8 shards" "more ranks than shards" mpirun -np 9 "$hrm" train small.yaml --out nine --threads 1
finish
