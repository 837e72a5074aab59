# lib.sh - for the scripts beside it: TAP, a scratch folder, and checks that show what they saw.
# usage: . tests/cli/lib.sh "$1"   (the build folder)
set -u
hrm=$(cd "$1" && pwd)/hrm
root=$(pwd)
shared=${HRM_SHARED-../shared} # benchmark files and fixtures; an empty HRM_SHARED: none
shared=$(cd "${shared:-/nowhere}" 2>/dev/null && pwd) || shared=/nowhere
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A build with gcov's counters writes them as it ends: what it says of that is no word of hrm, and where files are limited
# it would spoil those that are there.
export GCOV_ERROR_FILE=/dev/null
uncounted="env GCOV_PREFIX=$work/gcov"
n=0 bad=0

tell() { # tell STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        sed 's/^/# /' "$work/out" "$work/err" 2>/dev/null | head -20
        bad=1
    fi
}
not_sanitized() { # not_sanitized NAME WHY: where the sanitizers watch the command all is skipped
    case $hrm in */asan/*) ;; *) return ;; esac
    echo "ok 1 - $1 # SKIP $2"
    echo "1..1"
    exit 0
}
# needs_mpi NAME: skips all where no MPI is. Open MPI refuses root, and more ranks than cores, unless told.
needs_mpi() {
    not_sanitized "$1" "what MPI's libraries leak is not ours to watch"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
    command -v mpirun >/dev/null && [ -e "$(dirname "$hrm")/hrm-mpi.so" ] && return
    echo "ok 1 - $1 # SKIP no MPI is installed"
    echo "1..1"
    exit 0
}
ranks() { # ranks N ARGUMENTS...: the command on N ranks of a thread each
    count=$1
    shift
    timeout 300 mpirun -np "$count" "$hrm" "$@" --threads 1
}
try() { # try COMMAND...: runs it, keeps its streams in $work/out and $work/err and its exit code in $code
    "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
}
expect() { # expect CODE PATTERN NAME COMMAND...: exit code, and a pattern in what it printed
    want=$1 pattern=$2 name=$3
    shift 3
    try "$@"
    [ $code -eq "$want" ] && cat "$work/out" "$work/err" | grep -q -- "$pattern"
    tell $? "$name"
}
# refused CODE PATTERN NAME COMMAND...: the same, and one sentence on stderr, nothing on stdout
refused() {
    want=$1 pattern=$2 name=$3
    shift 3
    try "$@"
    [ $code -eq "$want" ] && grep -q -- "$pattern" "$work/err" && [ ! -s "$work/out" ] &&
        [ "$(grep -c . "$work/err")" -eq 1 ]
    tell $? "$name"
}
tiny_net() { # tiny_net HIDDEN BATCH: recipe keys of a net that trains at once, then those on stdin
    printf '%s\n' "hidden: $1" "heads: 2" "expansion: 1" "h_layers: 1" "l_layers: 1" "h_cycles: 1" "l_cycles: 1" "batch: $2"
    cat
}
learning_net() { # recipe keys of a net that learns small grids in some seconds, then those on stdin
    printf '%s\n' "arch: trm" "hidden: 32" "heads: 2" "expansion: 1" "l_layers: 2" "h_cycles: 1" "l_cycles: 2" "mix: token_mlp" \
        "pos: none" "halt_max_steps: 4" "batch: 32" "stagger: true" "lr: 3e-3" "weight_decay: 0.1" "warmup: 10"
    cat
}
# large_net NAME KEY...: a net of a published size, 6.8 M weights, that thinks less for an answer, trained for a step in $work/NAME
large_net() {
    name=$1
    shift
    printf '%s\n' "hidden: 512" "heads: 8" "expansion: 4" "h_cycles: 1" "l_cycles: 1" "halt_max_steps: 2" "steps: 1" "warmup: 1" "batch: 1" \
        "data: $root/data/sudoku-9x9-train.csv" "$@" >"$work/$name.yaml"
    "$hrm" train "$work/$name.yaml" --out "$work/$name" --quiet 2>/dev/null
}
memory_held() { # after a training run: its peak stayed within its plan, both as printed
    plan=$(sed -n 's/^memory *at most \([0-9.]*\) MB.*/\1/p' "$work/err")
    peak=$(sed -n 's/.*(peak memory \([0-9.]*\) MB).*/\1/p' "$work/err")
    case $hrm in # a sanitizer's own memory is in no plan
    */asan/*) ;;
    *)
        awk "BEGIN { exit !(${peak:-1e9} <= ${plan:-0}) }"
        tell $? "the memory that was planned held (${peak:-?} of ${plan:-?} MB)"
        ;;
    esac
}
field() { # field NAME FILE: a number or word of one-line JSON
    grep -o "\"$1\": *[^,}]*" "$2" | head -1 | sed 's/.*: *//; s/"//g'
}
finish() {
    echo "1..$n"
    exit $bad
}

# varying_grids: 80 puzzles of up to 4 x 6 cells as a table, rows apart by "/"; an answer has the other letters
varying_grids() {
    awk 'BEGIN {
        srand(7); print "question,answer"
        for (i = 0; i < 80; i++) {
            rows = 1 + int(rand() * 4); cols = 1 + int(rand() * 6); q = a = ""
            for (r = 0; r < rows; r++) {
                if (r) { q = q "/"; a = a "/" }
                for (c = 0; c < cols; c++) { b = rand() < .5; q = q (b ? "a" : "b"); a = a (b ? "b" : "a") }
            }
            print q "," a
        }
    }'
}
