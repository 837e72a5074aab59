#!/bin/sh
# The container file of examples/serve, instruction by instruction, where no container runs: each stage is an empty root
# of its Debian suite, in which its RUN lines are run; then the entry point runs there as the user that the file names,
# and the health check and a client ask it. What only a container does (its own network, its limits) is not tried. TAP.
#
# usage, as root: tests/container.sh [CONTAINERFILE]; needs debootstrap and a Debian mirror
#   MIRROR=URL           another mirror than the one of this system's apt sources
#   CONTAINER_ROOT=DIR   the roots: what is there is used, and they are kept
set -u
[ "$(id -u)" -eq 0 ] || { echo "tests/container.sh: only root makes a root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "tests/container.sh: debootstrap is not installed" >&2; exit 1; }
# Mounts of its own, which end with it.
[ -n "${CONTAINER_MOUNTS-}" ] || exec env CONTAINER_MOUNTS=own unshare -m --propagation private sh "$0" "$@"
file=${1:-examples/serve/Containerfile} roots=${CONTAINER_ROOT:-$(mktemp -d)}
[ -n "${CONTAINER_ROOT-}" ] || trap 'umount "$roots"/*/proc 2>/dev/null; rm -rf --one-file-system "$roots"' EXIT
mirror=${MIRROR:-$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] *\)\{0,1\}\([^ ]*\).*/\2/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep '/debian/*$' | head -1)}
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
n=0 bad=0 stage="" user=root health=false entry=false
done_() { # done_ CODE NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
        echo "not ok $n - $2: exit $1"
        tail -15 "$roots/log" | sed 's/^/# /'
        bad=1
    fi
}
inside() { # inside COMMAND...: in the stage at hand, as the user at hand
    chroot --userspec="$user" "$stage" env -i PATH=$path "$@"
}
from() { # from IMAGE [AS NAME]
    suite=${1#debian:}
    suite=${suite%-slim} stage=$roots/${3-last}
    if [ ! -e "$roots/$suite/etc/debian_version" ]; then
        debootstrap --variant=minbase "$suite" "$roots/$suite" "${mirror:-http://deb.debian.org/debian}" >"$roots/log" 2>&1
        done_ $? "an empty root of $suite"
    fi
    umount "$stage/proc" 2>/dev/null
    rm -rf --one-file-system "$stage" && cp -a "$roots/$suite" "$stage" || exit 1
    for f in resolv.conf hosts; do [ ! -e "/etc/$f" ] || cp -L "/etc/$f" "$stage/etc/$f"; done # how this machine reaches others
    mount -t proc proc "$stage/proc"
}
copy() { # copy [--from=NAME] FROM TO
    case $1 in
    --from=*) mkdir -p "$stage$(dirname "$3")" && cp -a "$roots/${1#--from=}$2" "$stage$3" ;;
    *) mkdir -p "$stage$2" && git archive HEAD | tar -x -C "$stage$2" ;; # what .dockerignore leaves of a checkout
    esac
}
sed -e '/^#/d' -e :a -e '/\\$/N; s/\\\n//; ta' "$file" >"$roots/lines"
while read -r word rest; do
    # shellcheck disable=SC2086
    case $word in
    FROM) from $rest ;;
    RUN)
        inside sh -c "$rest" >"$roots/log" 2>&1 </dev/null
        done_ $? "RUN $rest"
        ;;
    COPY)
        copy $rest >"$roots/log" 2>&1
        done_ $? "COPY $rest"
        ;;
    USER) user=$rest ;;
    HEALTHCHECK) health=${rest#*CMD } ;;
    ENTRYPOINT) entry=$(echo "$rest" | tr -d '[]",') ;;
    "" | EXPOSE) ;;
    *) done_ 2 "$word: an instruction that this script does not know" ;;
    esac
done <"$roots/lines"

echo open-sesame >"$stage/run/keys" # what podman mounts there
# shellcheck disable=SC2086
chroot --userspec="$user" "$stage" env -i PATH=$path $entry >"$roots/log" 2>&1 & # as `inside`, but its process is ours
pid=$!
code=1
for _ in 1 2 3 4 5 6 7 8 9 10; do
    inside sh -c "$health" >/dev/null 2>&1 && code=0 && break
    sleep 1
done
done_ $code "the entry point runs as $user, and the health check finds it healthy"
puzzle='{"puzzle": "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"}'
ask() { # ask KEY
    inside curl -sS -H "Authorization: Bearer $1" -H "Content-Type: application/json" -d "$puzzle" http://127.0.0.1:8091/v1/solve
}
ask open-sesame 2>&1 | grep -q '"verdict":"solved"'
done_ $? "who has a key gets an answer"
ask another 2>&1 | grep -q '"code":401'
done_ $? "who has none does not"
[ "$user" != root ] && grep -q "^Uid:[[:space:]]*$(chroot "$stage" id -u "$user")[[:space:]]" "/proc/$pid/status"
done_ $? "it is not root"
kill -TERM $pid
wait $pid
done_ $? "and ends well when it is told to"
echo "1..$n"
exit $bad
