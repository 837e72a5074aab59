#!/bin/sh
# The rules of the house that a compiler does not check, as TAP:
# floors, circles, headers, sizes of functions and files, exported symbols, formatting.
#
# usage: tests/house.sh BUILD_DIR
set -u
build=$1
n=0 bad=0
tell() { # tell STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2"
        bad=1
    fi
}

# What the house does not want, in lines "RULE WHAT: detail" (see the scripts of tests/house/).
rules=tests/house
every="$(ls src/*/*.[ch] app/*.[ch] app/*/*.[ch] web/*.[ch]) $(ls tests/*.h tests/*/*.[ch] examples/*.c examples/*/*.h examples/*/*/*.c)"
offenders=$(mktemp)
trap 'rm -f "$offenders"' EXIT
{
    # By includes alone without a build; with one, also by the symbols of its objects.
    for source in src/*/*.c; do
        [ -e "$build/${source%.c}.o" ] && nm -A -g "$build/${source%.c}.o"
    done | awk -f $rules/graph.awk - src/*/*.[ch] app/*.[ch] app/*/*.[ch] web/*.[ch]
    # shellcheck disable=SC2086
    awk -f $rules/functions.awk $every
    # shellcheck disable=SC2086
    wc -l $every | awk '$2 != "total" && $1 > 700 {print "large " $2 ": " $1 " lines"}'
    for source in src/*/*.c app/*.c app/*/*.c web/*.c; do
        case $source in
        src/api/*) continue ;;                # the headers of these are include/*.h
        app/main.c | app/cmd_*) continue ;;   # and of these app/commands.h
        src/*/*_none.c | src/base/pool_serial.c | src/base/comm_mpi.c) continue ;; # other ways of os.h, local.h, pool.h, comm.h, engine_ranks.h
        src/kern/kern_*) continue ;;          # and of tables kern_tables.h
        web/libc.c) continue ;;               # and of these the C library
        esac
        [ -e "${source%.c}.h" ] || grep -q "^const hr_task_ops hr_family_" "$source" || # and of families families.h
            echo "headless $source: it has no header"
    done
    # ARC's data sets are a subject of their own, positions too may be a grid, and golden numbers are of puzzles.
    names=$(sed -n 's/^#define HR_FAMILIES(X)//p' src/task/families.h | tr -s 'X() ' '\n' | grep -vxE 'arc|grid|')
    # shellcheck disable=SC2046
    grep -nE "\"($(echo $names | tr ' ' '|'))\"|hrm?_(family_|task_)?($(echo $names | tr ' ' '|'))(_|\>)" \
        $(ls src/*/*.[ch] app/*.[ch] app/*/*.[ch] web/*.[ch] | grep -vE '^src/(task|check)/') | sed 's/:.*/: names a family/; s/^/named /'
} >"$offenders"
rule() { # rule NAME TITLE
    told=$(grep "^$1 " "$offenders")
    [ -z "$told" ]
    tell $? "$2"
    [ -z "$told" ] || echo "$told"
}
rule up "uses point down only"
rule circle "no circle between files"
rule headless "every source has its header"
rule long "no function has more than 60 lines"
rule wide "no function takes more than 7 parameters"
rule named "puzzle families are named in src/task alone"
rule large "no file has more than 700 lines"
[ "$(wc -l <include/hrm.h)" -le 500 ]
tell $? "hrm.h has at most 500 lines"

# States, gradients, moments and averages are the engine's: above src/nn they have no type and no name but hr_held.
seam=$(grep -nE '"nn/(exec|exec_train|worker|engine_cpu|block|rows|tree|muon)\.h"|hr_(exec|optim_(new|step)|puzzle_step|model_initial)\>|hr_real \*(const )?z\>' \
    $(ls src/*/*.[ch] app/*.[ch] | grep -vE '^src/(base|kern|task|io|nn)/'))
[ -z "$seam" ]
tell $? "no file above src/nn reaches behind an engine"
[ -z "$seam" ] || echo "$seam"

# The library says what is wrong in its own words; how the command line says it is the command's business.
options=$(sed -n 's/^    \(FLAG\|INT\|REAL\|TEXT\)("\([a-z-]*\)",.*/\2/p' app/opt.c | paste -sd '|' -)
named=$(grep -nE "\"([^\"\\\\]|\\\\.)*--($options)[^a-z-]" src/*/*.[ch])
[ -n "$options" ] && [ -z "$named" ]
tell $? "no message of the library names an option of the command"
[ -z "$named" ] || echo "$named"

unnamed=$(for source in src/*/*.c app/*.c app/*/*.c web/*.c web/*.js; do
    name=$(basename "$source" .c)
    grep -q "\`${name%.js}\`" ARCHITECTURE.md || echo "$source"
done)
[ -z "$unnamed" ]
tell $? "ARCHITECTURE.md names every source"
[ -z "$unnamed" ] || echo "$unnamed"

if [ -e "$build/libhrm.so" ]; then
    declared=$(sed -n 's/.*HRM_API.*[ *]\(hrm_[a-z_0-9]*\)(.*/\1/p' include/*.h | sort)
    exported=$(nm -D --defined-only "$build/libhrm.so" | awk '$2 != "A" {sub("@.*", "", $3); print $3}' | grep -v '^_' | sort)
    [ "$declared" = "$exported" ]
    tell $? "the library exports what the public headers declare and nothing else"
    [ "$declared" = "$exported" ] || {
        printf '%s\n' "$declared" >"$build/declared"
        printf '%s\n' "$exported" | diff "$build/declared" -
    }
    # Static thread-local memory is cut from the stack of every thread of a program that links the library.
    held=$(readelf -lW "$build/libhrm.so" | awk '$1 == "TLS" { print $6 }')
    [ $((held)) -le 512 ]
    tell $? "threads of other programs keep their stacks (${held:-0} bytes of them are the library's)"
    # Memory for other thread-local variables is taken by the loader, which ends the program where there is none.
    ! nm -D --undefined-only "$build/libhrm.so" | grep -q __tls_get_addr
    tell $? "the library's thread-local variables need no memory (HR_LOCAL)"
fi

# Versions format differently: CI's is the one that counts.
want=14
if ! command -v clang-format >/dev/null; then why="clang-format is not installed"; else
    have=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
    [ "$have" = "$want" ] && why= || why="clang-format is $have, and $want formats here"
fi
if [ -z "$why" ]; then
    clang-format -n --Werror include/*.h src/*/*.[ch] app/*.[ch] app/*/*.[ch] web/*.[ch] tests/*.h tests/*/*.c >/dev/null 2>&1
    tell $? "clang-format is applied"
else
    n=$((n + 1))
    echo "ok $n - clang-format is applied # SKIP $why"
fi
echo "1..$n"
exit $bad
