#!/bin/sh
# A stranger's machine: installed into an empty root, the examples are built against it through
# pkg-config alone, with the shared and with the static library, and run. Uninstalled, nothing is left.
. tests/cli/lib.sh "$1"
case $hrm in
*/asan/*) # libraries with a sanitizer in them are not for installing
    echo "ok 1 - install # skip: not of a sanitizer build"
    echo "1..1"
    exit 0
    ;;
esac
build=$1 cc=${CC:-cc}
stage=$work/stage usr=$work/stage/usr
make_it() { env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory B="$build" DESTDIR="$stage" PREFIX=/usr "$@"; }

try make_it install
[ $code -eq 0 ]
tell $? "make install"
found=0
for file in bin/hrm lib/libhrm.a lib/libhrm.so lib/pkgconfig/hrm.pc include/hrm.h include/hrm_data.h include/hrm_tools.h include/hrm_look.h share/man/man1/hrm.1 \
    share/man/man1/hrm-data-sudoku.1 share/bash-completion/completions/hrm share/zsh/site-functions/_hrm \
    share/fish/vendor_completions.d/hrm.fish share/hrm/recipes/demo-sudoku-6x6.yaml; do
    [ -s "$usr/$file" ] || { echo "missing: $file" >>"$work/err" && found=1; }
done
tell $found "everything is in its place"
abi=$(awk '/define HRM_ABI/ { print $3 }' include/hrm.h)
readelf -d "$usr/lib/libhrm.so" | grep -q "SONAME.*\[libhrm.so.$abi\]" && [ -e "$usr/lib/libhrm.so.$abi" ] &&
    readelf --dyn-syms -W "$usr/lib/libhrm.so" | grep -q "hrm_solve@@HRM_$abi$"
tell $? "the shared library carries its ABI in its name and its symbols"
missing=$("$usr/bin/hrm" completion commands | while read -r page; do
    [ -s "$usr/share/man/man1/hrm-$page.1" ] || echo "$page"
done)
[ -z "$missing" ]
tell $? "every command has its manual page"
if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$usr"/share/man/man1/*.1 2>&1 | grep -v "missing date" >"$work/out"
    [ ! -s "$work/out" ]
    tell $? "mandoc finds nothing in them"
fi

export PKG_CONFIG_SYSROOT_DIR="$stage"
PKG_CONFIG_PATH=$usr/lib/pkgconfig:$(pkg-config --variable pc_path pkg-config) PKG_CONFIG_LIBDIR=$PKG_CONFIG_PATH
export PKG_CONFIG_PATH PKG_CONFIG_LIBDIR LD_LIBRARY_PATH="$usr/lib"
[ "$(pkg-config --modversion hrm)" = "$("$usr/bin/hrm" --version | cut -d' ' -f2)" ]
tell $? "pkg-config knows the version"
cd "$work" || exit 1
strict="-Wall -Wextra -Wshadow -Werror"
for example in solve train custom_task service; do
    # shellcheck disable=SC2046,SC2086
    try "$cc" $strict "$root/examples/$example.c" $(pkg-config --cflags --libs hrm) -pthread -o "$example"
    [ $code -eq 0 ] && readelf -d "$example" | grep -q "NEEDED.*libhrm.so.$abi"
    tell $? "$example builds"
done
# shellcheck disable=SC2046,SC2086
try "$cc" $strict "$root/examples/solve.c" $(pkg-config --cflags hrm) -o solve-static "$usr/lib/libhrm.a" \
    $(PKG_CONFIG_SYSROOT_DIR='' pkg-config --libs $(pkg-config --print-requires-private hrm)) -lm -pthread
[ $code -eq 0 ] && ! readelf -d solve-static | grep -q "NEEDED.*libhrm"
tell $? "solve builds with the static library"
printf '#include <hrm_tools.h>\nint main() { return hrm_abi_version() - HRM_ABI; }\n' >header.cc
if command -v "${CXX:-c++}" >/dev/null; then
    # shellcheck disable=SC2046
    try "${CXX:-c++}" -Wall -Wextra -Werror header.cc $(pkg-config --cflags --libs hrm) -o header
    [ $code -eq 0 ] && ./header
    tell $? "a C++ program uses the header"
fi

"$usr/bin/hrm" data sudoku train.csv --side 4 --count 30 --seed 1 2>/dev/null
sed -n '/^cat >small.yaml/,/^EOR/p' "$root/tests/cli/search.sh" | sed '1d;$d' >small.yaml
expect 0 "saved run/model.safetensors" "train stops when it is good enough" \
    ./train small.yaml run 0.5 data=train.csv valid=train.csv steps=1000 pool_from=0.04 pool_to=0.1
grep -q "^step [0-9]*50: " out
tell $? "train tells its evaluations"
refused 1 "argument error: .*no_such" "train refuses a key it does not know" ./train small.yaml x 1 no_such=1
puzzle=$(sed -n 2p train.csv | cut -d, -f2)
for program in ./solve ./solve-static; do
    try $program run/model.safetensors "$puzzle"
    [ $code -le 1 ] && grep -q "^  1  [1-4.]\{16\}  [0-9]* %$" out && tail -1 out | grep -q solved
    tell $? "$program shows its steps"
done
refused 1 "solve: puzzle 1: " "solve refuses what is no puzzle" ./solve run/model.safetensors 12
cut -d, -f2 train.csv | tail -n +2 >puzzles.txt
echo nonsense >>puzzles.txt
try sh -c './service run/model.safetensors 4 5 <puzzles.txt'
[ $code -eq 0 ] && [ "$(wc -l <out)" -eq 31 ] && [ "$(grep -c "	solved$" out)" -ge 10 ] &&
    grep -q "^31		puzzle 1: " out
tell $? "service answers every line from four threads"
try sh -c 'yes ................ | head -8 | ./service run/model.safetensors 2 0'
[ "$(grep -c "out of time" out)" -eq 8 ]
tell $? "service keeps to its time"
refused 2 "usage: service" "a time that is no number" ./service run/model.safetensors 2 nan
refused 2 "usage: train" "a setting in the place of a share" ./train four.yaml trained steps=10
mkdir sorting && try ./custom_task sorting
[ $code -eq 0 ] && awk '/^sorts/ { exit !($2 >= 80) }' out && grep -q "fedcba -> " out
tell $? "custom_task learns to sort ($(sed -n 's/^sorts \([0-9.]* %\).*/\1/p' out))"

cd "$root" || exit 1
try make_it uninstall
[ $code -eq 0 ] && [ -z "$(find "$stage" -type f -o -type l)" ]
tell $? "make uninstall leaves nothing"
finish
