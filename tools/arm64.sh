#!/bin/sh
# Installs what building for arm64 and running that under emulation takes: a cross compiler, the C
# library, the dependencies for arm64, qemu-user. Needs root or sudo, and apt.
set -eu
lib=/usr/lib/aarch64-linux-gnu
if command -v aarch64-linux-gnu-gcc qemu-aarch64 >/dev/null && [ -e $lib/pkgconfig/jansson.pc ] &&
    [ -e $lib/pkgconfig/yaml-0.1.pc ] && [ -e $lib/pkgconfig/libzip.pc ] &&
    [ -e $lib/pkgconfig/libpng.pc ] && [ -e $lib/pkgconfig/libmicrohttpd.pc ] && [ -e $lib/pkgconfig/cmocka.pc ]; then
    exit 0
fi
run=
[ "$(id -u)" -eq 0 ] || run=sudo
$run dpkg --add-architecture arm64
$run apt-get update -qq
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user \
    libjansson-dev:arm64 libyaml-dev:arm64 libzip-dev:arm64 libpng-dev:arm64 zlib1g-dev:arm64 libmicrohttpd-dev:arm64 libcmocka-dev:arm64 >/dev/null
