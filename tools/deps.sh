#!/bin/sh
# Installs the Debian packages that the build and the tests need and that are missing: through apt as
# root or with sudo, and otherwise says which to install.
set -eu

missing=
need() { # need PACKAGE CHECK...
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

header() { # a C header that the compiler finds
    printf '#include <stddef.h>\n#include <stdarg.h>\n#include <stdint.h>\n#include <setjmp.h>\n#include <%s>\n' "$1" |
        "${CC:-gcc}" -E -x c - >/dev/null
}

need gcc command -v "${CC:-gcc}"
need libc6-dev header stdio.h
need make command -v make
need pkg-config command -v pkg-config
need libjansson-dev header jansson.h
need libyaml-dev header yaml.h
need libzip-dev header zip.h
need libpng-dev header png.h
need libmicrohttpd-dev header microhttpd.h
need zlib1g-dev header zlib.h
need libcmocka-dev header cmocka.h
[ -n "$missing" ] || exit 0

say() {
    echo "hrm needs these packages:$missing" >&2
    echo "install them with: apt-get install$missing" >&2
    exit 1
}

command -v apt-get >/dev/null || say
run=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || say
    run=sudo
fi
echo "installing:$missing"
$run apt-get update -qq || say
# shellcheck disable=SC2086
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null || say
