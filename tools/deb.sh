#!/bin/sh
# make deb: Debian packages from the files under version control, in build/deb, and what lintian says of
# them: any error or warning fails. Needs build-essential, debhelper, dh-python, libopenmpi-dev and lintian; installs them as root.
set -eu
version=$1
[ "$(sed -n '1s/^hrm (\(.*\)) .*/\1/p' debian/changelog)" = "$version" ] || {
    echo "debian/changelog: its first entry is not $version, the version in include/hrm.h" >&2
    exit 1
}
if ! dpkg -s build-essential debhelper dh-python libopenmpi-dev lintian python3-all >/dev/null 2>&1; then
    run=
    [ "$(id -u)" -eq 0 ] || run=sudo
    $run apt-get update -qq
    $run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        build-essential debhelper dh-python libopenmpi-dev lintian python3-all >/dev/null
fi
out=build/deb source=build/deb/hrm-$version
rm -rf "$out"
mkdir -p "$source"
git ls-files -z | xargs -0 cp --parents -t "$source"
(cd "$source" && dpkg-buildpackage -b -us -uc -rfakeroot >../build.log 2>&1) || {
    tail -30 "$out/build.log" >&2
    exit 1
}
lintian --fail-on error,warning "$out"/hrm_"$version"_*.changes
rm -rf "$source"
ls "$out"/*.deb
