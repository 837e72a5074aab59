#!/bin/sh
# The test runner on made-up programs: a skip that counts as a failure keeps everyone from a green run, a
# failure that counts as a skip hides a bug. As TAP.
set -u
unset TEST_SKIPS TEST_JOBS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 bad=0
program() { # program NAME STATUS-OR-COMMAND: a test program that prints what it reads from standard input
    { echo '#!/bin/sh' && echo "cat <<'EOT'" && cat && echo EOT && echo "$2"; } >"$work/$1"
    chmod +x "$work/$1"
}
counts() { # counts WANTED NAME PROGRAM...: the last line of a run and its exit status
    want=$1 name=$2
    shift 2
    (for p in "$@"; do set -- "$@" "$work/$p" && shift; done
        sh tests/run.sh "$work" "$@" >"$work/out" 2>&1)
    code=$?
    case $want in *" 0 failed"*) right=0 ;; *) right=1 ;; esac
    n=$((n + 1))
    if [ "$(tail -1 "$work/out")" = "$want" ] && [ $code -eq $right ]; then echo "ok $n - $name"; else
        echo "not ok $n - $name"
        sed 's/^/# /' "$work/out"
        bad=1
    fi
}
prints() { # prints WHOLE-LINE NAME: of the run before
    n=$((n + 1))
    if grep -qxF -- "$1" "$work/out"; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        sed 's/^/# /' "$work/out"
        bad=1
    fi
}

program cmocka-1.1.5 'exit 0' <<'EOT'
1..3
ok 1 - adds
# skipped: no benchmark files
not ok 2 # SKIP large_one
ok 3 - divides
# ok - tests
EOT
counts "2 passed, 0 failed, 1 skipped" "cmocka 1.1.5: a skip is a skip" cmocka-1.1.5
prints "skipped, no benchmark files: cmocka-1.1.5: large_one" "and is named, with its reason"
program cmocka-1.1.7 'exit 0' <<'EOT'
TAP version 13
1..3
ok 1 - adds
# skipped: no benchmark files
ok 2 # SKIP large_one
ok 3 # SKIP strange_one
# ok - tests
EOT
counts "1 passed, 0 failed, 2 skipped" "cmocka 1.1.7" cmocka-1.1.7
prints "skipped, no reason given: cmocka-1.1.7: strange_one" "a reason belongs to one test"
program cmocka-2.0 'exit 0' <<'EOT'
TAP version 14
1..4
ok 1 - adds
ok 2 - large_one # SKIP
not ok 3 - other_one # SKIP no network
ok 4 # skip
EOT
counts "1 passed, 0 failed, 3 skipped" "cmocka 2.0, with names before the word" cmocka-2.0
program cmocka-1.1.0 'exit 0' <<'EOT'
	1..2
	ok 1 - adds
	not ok 2 # SKIP large_one
ok - tests
EOT
counts "1 passed, 0 failed, 1 skipped" "lines that are set in" cmocka-1.1.0
program script 'exit 0' <<'EOT'
ok 1 - large # SKIP no benchmark files
ok 2 - says # skipped: in what it prints
1..2
EOT
counts "1 passed, 0 failed, 1 skipped" "a script" script
counts "4 passed, 0 failed, 4 skipped" "several programs" cmocka-1.1.5 cmocka-1.1.7 script
prints "skipped, no benchmark files: cmocka-1.1.5: large_one; cmocka-1.1.7: large_one; script: large" \
    "one line for a reason that several share"

program fails 'exit 1' <<'EOT'
1..4
ok 1 - adds
not ok 2 - divides
# tests/x.c:12: error: Failure!
# skipped: no benchmark files
not ok 3 # SKIP large_one
ok 4 - more
EOT
counts "2 passed, 1 failed, 1 skipped" "a failure beside a skip" fails
prints "not ok 2 - divides" "and it is shown"
program words 'exit 1' <<'EOT'
1..2
not ok 1 - what it prints has # SKIP in it
not ok 2 - skipped_rows
EOT
counts "0 passed, 2 failed" "a failure that speaks of skips" words
program fails-softly 'exit 0' <<'EOT'
1..1
not ok 1 - divides
EOT
counts "0 passed, 1 failed" "a failure without an exit status" fails-softly
program dies 'kill -SEGV $$' <<'EOT'
1..3
ok 1 - adds
not ok 2 # SKIP large_one
EOT
counts "1 passed, 1 failed, 1 skipped" "killed by a signal" dies
program dies-last 'kill -ABRT $$' <<'EOT'
1..1
ok 1 - adds
EOT
counts "1 passed, 1 failed" "killed by a signal after its last line" dies-last
program leaves 'exit 0' <<'EOT'
1..3
ok 1 - adds
EOT
counts "1 passed, 1 failed" "gone before its plan was done" leaves
program only-skips 'exit 3' <<'EOT'
1..1
not ok 1 # SKIP large_one
EOT
counts "0 passed, 1 failed, 1 skipped" "an exit status that no line explains" only-skips
program silent 'exit 0' </dev/null
counts "0 passed, 1 failed" "nothing at all" silent
counts "2 passed, 2 failed, 1 skipped" "one bad program among good ones" cmocka-1.1.5 words
counts "0 passed, 1 failed" "a program that is not there" nowhere
TEST_JOBS=3
export TEST_JOBS
counts "4 passed, 1 failed, 3 skipped" "three beside each other" dies cmocka-1.1.5 script
unset TEST_JOBS

echo "cmocka-1.1.5: large_one" >"$work/list"
TEST_SKIPS=$work/list
export TEST_SKIPS
counts "2 passed, 0 failed, 1 skipped" "a skip that is listed" cmocka-1.1.5
counts "3 passed, 1 failed, 2 skipped" "one that is not" cmocka-1.1.5 script
echo "1..$n"
exit $bad
