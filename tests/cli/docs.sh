#!/bin/sh
# The reference of the C interface and the Python binding say what the header says, every function is
# documented, and what its example shows compiles.
. tests/cli/lib.sh "$1"
if ! command -v python3 >/dev/null; then
    echo "ok 1 - docs # skip: python3 is not installed"
    echo "1..1"
    exit 0
fi
try python3 tools/api.py --check
[ $code -eq 0 ]
tell $? "docs/api.md and python/hrm.py are current, every function is documented"
try python3 tools/api.py --examples
cp "$work/out" "$work/examples.c"
[ "$(grep -c "^    { /\\* hrm_" "$work/examples.c")" -eq "$(cat include/*.h | grep -c "^HRM_API")" ]
tell $? "every function has an example"
try "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -Iinclude -c "$work/examples.c" -o "$work/examples.o"
[ $code -eq 0 ]
tell $? "the examples compile"
sed -n '/^ \*     #include/,/^ \*     }/p' include/hrm.h | sed 's/^ \*\( \{5\}\)\{0,1\}//' >"$work/intro.c"
try "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -Iinclude -c "$work/intro.c" -o "$work/intro.o"
[ $code -eq 0 ] && grep -q "hrm_answers_free" "$work/intro.c"
tell $? "the program that opens the header compiles"
finish
