#!/bin/sh
# The tests as they run on arm64, emulated: unit tests, and the command's scripts with a command, a library and a compiler of
# arm64. The kernel is told to run programs of arm64 by qemu-aarch64 (binfmt_misc, until this ends; as root), so that whatever
# starts them, a script, make or hrm itself, needs not know; where it takes no such orders, unit tests alone are run. Left out is
# what loads libhrm into a program of this machine.
#
# usage: tests/arm64.sh BUILD_DIR TEST...
set -u
build=$1
shift
machine=aarch64-linux-gnu formats=/proc/sys/fs/binfmt_misc added= run= scripts=yes
folder=$(mktemp -d)
[ "$(id -u)" -eq 0 ] || run=sudo
end() {
    [ -z "$added" ] || echo -1 | $run tee $formats/hrm-arm64 >/dev/null
    rm -r "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM
if ! "$build/hrm" --version >/dev/null 2>&1; then # a package may have told the kernel before
    [ -e $formats/register ] || $run mount -t binfmt_misc binfmt_misc $formats 2>/dev/null
    printf ':hrm-arm64:M::%s:%s:%s:F' '\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00' \
        '\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff' \
        "$(command -v qemu-aarch64)" | $run tee $formats/register >/dev/null 2>&1 && added=yes
    "$build/hrm" --version >/dev/null 2>&1 || scripts=
fi

# Another program of that name, which starts it under emulation.
emulated() {
    printf '#!/bin/sh\nexec qemu-aarch64 "%s" "$@"\n' "$1" >"$folder/$(basename "$1")"
    chmod +x "$folder/$(basename "$1")"
    echo "$folder/$(basename "$1")"
}

# What the scripts build is of arm64 too.
export CC=$machine-gcc CXX=$machine-g++ CROSS_COMPILE=$machine-
export PKG_CONFIG_LIBDIR=/usr/lib/$machine/pkgconfig:/usr/share/pkgconfig
left_out=
for test in "$@"; do
    shift
    case $test in
    */valgrind.sh) why="valgrind watches programs of this machine alone" ;;
    */python.sh | */serve_examples.sh) why="this machine's Python cannot load a library of arm64" ;;
    */wasm*.sh | */torch.sh | */tensorboard.sh) why="it tries no code of arm64" ;;
    */ranks*.sh) why="MPI for arm64 cannot be installed beside this machine's" ;;
    *.sh) [ -z "$scripts" ] && why="the kernel does not run programs of arm64 by itself, as it would as root with binfmt_misc" ||
        { set -- "$@" "$test" && continue; } ;;
    *)
        [ -n "$scripts" ] || test=$(emulated "$test")
        set -- "$@" "$test" && continue
        ;;
    esac
    left_out="$left_out\nleft out, $why: $(basename "$test" .sh)"
done
sh tests/run.sh "$build" "$@"
code=$?
printf "%b\n" "$left_out" | sed 1d
exit $code
