#!/bin/sh
# What goes wrong among ranks: whoever loses a machine loses the steps since the last checkpoint and no bit, and
# whoever starts ranks that do not fit together reads why, in one sentence, instead of waiting.
. tests/cli/lib.sh "$1"
needs_mpi "faults among ranks"
cd "$work" || exit 1
cp "$root/data/sudoku-9x9-train.csv" train.csv
tiny_net 32 32 >small.yaml <<'END'
steps: 600
halt_max_steps: 4
ema: 0.9
data: train.csv
save_every: 5
seed: 7
END
children() { # the ranks of launcher $1
    ps -o pid= --ppid "$1" -o comm= | awk '$2 == "hrm" {print $1}'
}
begun() { # begun FOLDER: until its run has a checkpoint after its first
    for _ in $(seq 1200); do
        [ -e "$1/model.safetensors" ] && return
        sleep 0.1
    done
}
"$hrm" train small.yaml --out whole --quiet 2>err

# ten ranks killed at moments drawn by the same seed, each time on another number of ranks: while they begin, and
# from a checkpoint of theirs on
slowest=0 again=2 kills=0
moments=$(awk 'BEGIN { srand(11); for (i = 0; i < 10; i++) printf "%.2f:%d ", rand(), 1000 * rand() }')
for moment in $moments; do
    again=$((again % 4 + 1))
    if [ -e killed/state.safetensors ]; then set -- --resume killed; else set -- small.yaml --out killed; fi
    touch stamp
    mpirun -np $again "$hrm" train "$@" --quiet --threads 1 >out 2>err &
    launcher=$!
    if [ $again -gt 2 ]; then # one that goes on sooner or later
        for _ in $(seq 600); do
            [ killed/state.safetensors -nt stamp ] || ! kill -0 $launcher 2>/dev/null && break
            sleep 0.1
        done
        sleep "$(echo "${moment%:*}" | awk '{print .4 * $1}')"
    else sleep "$(echo "${moment%:*}" | awk '{print .4 + 1.2 * $1}')"; fi
    victims=$(children $launcher)
    victim=$(echo "$victims" | sed -n "$((${moment#*:} % again + 1))p")
    kill -KILL ${victim:-$launcher} 2>/dev/null && kills=$((kills + 1))
    from=$(date +%s)
    wait $launcher
    took=$(($(date +%s) - from))
    [ $took -le $slowest ] || slowest=$took
done
[ $kills -gt 4 ] && [ $slowest -le 10 ]
tell $? "$kills ranks killed: every time the job ended, the slowest in $slowest s"
"$hrm" train --resume killed --quiet >out 2>err
cmp whole/model.safetensors killed/model.safetensors >>err 2>&1
tell $? "and the run ends with the bits of one that nobody killed"

mpirun -np 3 "$hrm" train small.yaml --out one --quiet --threads 1 >out 2>err &
launcher=$!
begun one
kill -INT "$(children $launcher | tail -1)"
wait $launcher
grep -q "stopped after step" err && "$hrm" train --resume one --quiet >out 2>err && cmp -s whole/model.safetensors one/model.safetensors
tell $? "a signal to one rank stops all after the step, and nothing is lost"

mpirun -np 2 "$hrm" train small.yaml --out silent --quiet --threads 1 --wait 3 >out 2>err &
launcher=$!
begun silent
kill -STOP "$(children $launcher | tail -1)"
from=$(date +%s)
timeout 60 tail --pid=$launcher -f /dev/null
took=$(($(date +%s) - from))
grep -q "rank 0: no word from rank 1 for 3 seconds; all ranks end" err && [ $took -le 15 ]
tell $? "a rank that keeps silent: the others wait as long as they are told, and end ($took s)"
wait

each() { # each COMMAND: for two ranks, with $RANK
    timeout 100 mpirun -np 2 sh -c "RANK=\$OMPI_COMM_WORLD_RANK\$PMI_RANK; $1" >out 2>err
    code=$?
}
one_sentence() { # one_sentence PATTERN NAME: what hrm said
    [ $code -ne 0 ] && [ "$(grep -c "^hrm: " err)" -eq 1 ] && grep -q "$1" err && [ ! -e apart ]
    tell $? "$2"
}
head -500 train.csv >train1.csv && cp train.csv train0.csv
each '"'"$hrm"'" train small.yaml data=train$RANK.csv --out apart --threads 1 --quiet'
one_sentence "rank 1 has other puzzles to train on than rank 0" "a rank with other data"
each '"'"$hrm"'" train small.yaml seed=$RANK --out apart --threads 1 --quiet'
one_sentence "rank 1 has another recipe than rank 0" "a rank with another recipe"
each '"'"$hrm"'" train small.yaml data=$([ $RANK = 0 ] && echo train.csv || echo none.csv) --out apart --threads 1 --quiet'
one_sentence "rank 1: none.csv: cannot open" "a rank without the data"
each '[ $RANK = 0 ] || ulimit -v 700000; "'"$hrm"'" train small.yaml hidden=512 expansion=4 h_layers=4 l_layers=4 --out apart --threads 1 --quiet'
one_sentence "rank 1: .*out of memory" "a rank that is out of memory"
each 'HRM_ISA=$([ $RANK = 0 ] && echo portable || echo ref) "'"$hrm"'" train small.yaml --out apart --threads 1 --quiet'
one_sentence "rank 1 has kernels for another instruction set" "ranks with other kernels"
each 'HRM_ISA=$([ $RANK = 0 ] && echo portable || echo ref) "'"$hrm"'" train small.yaml steps=5 --out mixed --threads 1 --quiet --mixed'
[ $code -eq 0 ] && [ -e mixed/model.safetensors ]
tell $? "which work together where that is said"
each 'HRM_MPI=/nowhere/hrm-mpi.so "'"$hrm"'" train small.yaml --out apart'
one_sentence "cannot load the engine for ranks: /nowhere" "an engine that cannot be loaded"
mkdir bare && cp "$hrm" bare/hrm
each 'bare/hrm train small.yaml --out apart'
one_sentence "a launcher has started 2 processes, and this program has no hrm-mpi.so" "a program without MPI"
[ "$(bare/hrm --version)" = "$("$hrm" --version | sed 's/ with MPI//')" ]
tell $? "which says so itself, and starts"
! make -n -B -C "$root" MPICC= all 2>/dev/null | grep -q "mpi.so"
tell $? "a build where no MPI is makes none"
! readelf -d "$hrm" | grep -q "NEEDED.*mpi"
tell $? "the command needs no MPI to start"
finish
