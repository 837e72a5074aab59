#!/bin/sh
# What docs/install.md promises to those who build, link and confine: each command of it is tried.
. tests/cli/lib.sh "$1"
case $hrm in
*/asan/*) # a sanitizer is not linked statically, and calls what it likes
    echo "ok 1 - deploy # skip: not of a sanitizer build"
    echo "1..1"
    exit 0
    ;;
esac
build=$(cd "$1" && pwd) cc=${CC:-cc} abi=$(awk '/define HRM_ABI/ { print $3 }' include/hrm.h)
puzzle=53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79
prefix=$work/usr model=$root/models/sudoku.safetensors
make_it() { env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory PREFIX="$prefix" "$@"; }

# an installation that runs nothing of the machine it is for
cp -al "$build" "$work/other" && rm "$work/other/hrm"
printf '#!/bin/sh\nexit 126\n' >"$work/other/hrm" && chmod +x "$work/other/hrm"
try make_it B="$work/other" HRM="$hrm" install
[ $code -eq 0 ] && grep -q '^.TH "HRM' "$prefix/share/man/man1/hrm-train.1" && grep -q "_hrm" "$prefix/share/bash-completion/completions/hrm"
tell $? "make install HRM=... does not run what it installs"
try make_it -n CC="printf other-machine;:" B="$work/other" install
grep -q "B=build/native build/native/hrm" "$work/out"
tell $? "for another machine a command for this one is built first"
cp "$hrm" "$prefix/bin/hrm"

# whole, for arm64, where its compiler and its libraries are
arch=aarch64-linux-gnu missing=
command -v $arch-gcc >/dev/null || missing="$arch-gcc is"
for package in jansson yaml-0.1 libzip libpng zlib libmicrohttpd; do
    [ -e "/usr/lib/$arch/pkgconfig/$package.pc" ] || missing=${missing:-"$package for arm64 is"}
done
if [ -n "$missing" ]; then
    echo "ok $((n += 1)) - a build for arm64 # skip: $missing not installed"
else
    try make_it -n CROSS_COMPILE=$arch- DESTDIR="$work/arm" PREFIX=/usr install
    grep -q "B=build/native .*build/native/hrm" "$work/out" && ! grep -q "B=build/native.*CROSS_COMPILE=$arch" "$work/out"
    tell $? "a build for arm64 makes its manual by a command for this machine"
    try make_it CROSS_COMPILE=$arch- HRM="$hrm" DESTDIR="$work/arm" PREFIX=/usr install
    for file in bin/hrm lib/libhrm.so lib/libhrm.a; do
        readelf -h "$work/arm/usr/$file" 2>/dev/null | grep -q "Machine: *AArch64" || code=1
    done
    [ $code -eq 0 ] && grep -q '^.TH "HRM' "$work/arm/usr/share/man/man1/hrm-train.1" && [ -d "build/$arch-release" ]
    tell $? "hrm and its libraries are built and installed for arm64"
    if command -v qemu-aarch64 >/dev/null; then
        expect 0 '"isa": "neon"' "which start there" qemu-aarch64 -L /usr/$arch -E LD_LIBRARY_PATH=/usr/lib/$arch \
            "$work/arm/usr/bin/hrm" --version --json
    fi
fi

# linking, as the page says
PKG_CONFIG_PATH=$prefix/lib/pkgconfig:$(pkg-config --variable pc_path pkg-config)
export PKG_CONFIG_PATH
sed -n '/^cc /p' docs/install.md | sed 's/ *#.*//; s/^cc /"$cc" /' >"$work/links"
cd "$work" || exit 1
cp "$root/examples/solve.c" program.c
i=0
while read -r line; do
    i=$((i + 1))
    line=$(echo "$line" | sed "s|-l:libhrm.a|-L$prefix/lib -l:libhrm.a|") # which /usr/local/lib would be by itself
    try env cc="$cc" sh -c "$line -o program$i"
    [ $code -eq 0 ]
    tell $? "it links: $line"
    case $line in
    *rpath*) expect 0 "solved" "and runs where its library is" ./program$i "$model" $puzzle ;;
    *-static*)
        expect 0 "solved" "and runs with nothing beside it" ./program$i "$model" $puzzle
        ! readelf -d ./program$i | grep -q NEEDED
        tell $? "it needs no library"
        ;;
    *) expect 0 "solved" "and runs with LD_LIBRARY_PATH" env LD_LIBRARY_PATH="$prefix/lib" ./program$i "$model" $puzzle ;;
    esac
done <links
[ $i -eq 4 ]
tell $? "all four lines of the page"

# confined
sed -n '/"names"/,/]/p' "$root/docs/seccomp.json" | grep -o '"[a-z0-9_]*"' | tr -d '"' | grep -v names |
    while read -r call; do printf '#ifdef __NR_%s\n__NR_%s,\n#endif\n' "$call" "$call"; done >calls.h
# shellcheck disable=SC2046
try "$cc" -DWITH_HRM -I. "$root/tests/cli/confined.c" $(pkg-config --cflags --libs hrm) -Wl,-rpath,"$prefix/lib" -o confined
[ $code -eq 0 ]
tell $? "the profile is one of system calls"
try ./confined run /bin/true
if [ $code -eq 77 ]; then
    echo "ok $((n += 1)) - under the profile # skip: this system has no seccomp for us"
else
    try ./confined run "$(command -v python3 || echo /bin/false)" -c "import socket; socket.socket()"
    [ $code -ne 0 ]
    tell $? "the profile refuses a socket"
    under() { # under NAME PATTERN WORDS...
        name=$1 pattern=$2
        shift 2
        expect 0 "$pattern" "under the profile: $name" ./confined run "$hrm" "$@"
    }
    under solve solved solve sudoku $puzzle
    under eval "^exact" eval sudoku "$root/data/sudoku-9x9-test.csv" --limit 3
    under train "^done" train demo-sudoku-6x6 steps=3 minutes=0 eval_every=2 eval_limit=3 --out run
    under resume "^done" train --resume run steps=4
    under data wrote data sudoku x.csv --count 2 --side 4
    under picture wrote data show x.csv 0 --picture x.png
    under convert "0 left over" convert sudoku y.npz
    under info model info y.npz
fi
try ./confined fork "$model" $puzzle
[ $code -eq 0 ]
tell $? "a child of fork solves with its parent's model"
expect 0 solved "solving keeps to a ceiling of memory" sh -c 'ulimit -v 400000 && exec "$@"' sh "$hrm" solve --threads 1 sudoku $puzzle
expect 1 "memory" "and says so where that is too low" sh -c 'ulimit -v 60000 && exec "$@"' sh \
    "$hrm" train "$root/recipes/hrm-sudoku.yaml" data="$root/data/sudoku-9x9-train.csv" valid= eval_every=0 --threads 1 --out big
finish
