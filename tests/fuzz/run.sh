#!/bin/sh
# Every fuzz target over its seeds and some thousands of their mutations, as TAP. A crash, a leak under
# the sanitizers or a hang (two minutes) fails.
#
# usage: tests/fuzz/run.sh BUILD_DIR      FUZZ_ROUNDS (20000): mutations of each; 0: the seeds alone
set -u
rounds=${FUZZ_ROUNDS:-20000}
n=0 bad=0
for seeds in tests/fuzz/seeds/*/; do
    name=$(basename "$seeds")
    n=$((n + 1))
    if timeout 120 "$1/tests/fuzz/fuzz_$name" "$rounds" "$seeds"*; then echo "ok $n - $name: $rounds mutations"; else
        echo "not ok $n - $name"
        bad=1
    fi
done
echo "1..$n"
exit $bad
