#!/bin/sh
# Fuzz targets for some seconds each, FUZZ_JOBS (1) at once. Those of libFuzzer begin with the seeds and with what earlier
# runs kept in BUILD_DIR/corpus, by a seed that is the commit's; what fails is left there as crash-*, slow-* or oom-*.
#
# usage: tests/fuzz/long.sh BUILD_DIR SECONDS NAME...
set -u
build=$1 seconds=$2
shift 2
ulimit -c 0
if [ $# -gt 1 ]; then # each by this script, which then tells of one at a time
    printf '%s\n' "$@" | xargs -n 1 -P "${FUZZ_JOBS:-1}" sh -c 'said=$(sh "$0" "$@" 2>&1); code=$?; echo "$said"; exit $code' \
        "$0" "$build" "$seconds" || exit 1
    echo "nothing found"
    exit
fi
name=$1
target=$build/tests/fuzz/fuzz_$name seeds=tests/fuzz/seeds/$name
echo "fuzz_$name, $seconds s"
case $build in
*/fuzz)
    corpus=$build/corpus/$name
    mkdir -p "$corpus"
    seed=$((0x$(git rev-parse --short=7 HEAD 2>/dev/null || echo 1)))
    "$target" -max_total_time="$seconds" -seed="$seed" -max_len=65536 -timeout=25 -rss_limit_mb=2048 \
        -artifact_prefix="$corpus-" -print_final_stats=1 "$corpus" "$seeds" >"$corpus.log" 2>&1
    code=$?
    grep -E '^(SUMMARY|==.*ERROR|Base64|stat::number_of_executed_units|.*runtime error)' "$corpus.log"
    ;;
*) # XCPU, which ends a run here, is 128 + 24
    (ulimit -S -t "$seconds" && exec "$target" 4000000000 "$seeds"/*)
    code=$?
    [ "$code" -eq 152 ] && code=0
    ;;
esac
[ "$code" -eq 0 ] || { echo "fuzz_$name: ended with $code" && exit 1; }
