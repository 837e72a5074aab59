#!/bin/sh
# A stranger's machine: an empty root of a Debian suite, in it what the README asks for (git, make and a C
# compiler) and a clone of what is committed, nothing beside it. The README is followed word for word
# there, then every block of shell and Python in docs/, each page in a folder of its own. TAP.
#
# usage, as root: tests/walk.sh SUITE [bookworm, trixie, sid...]; needs debootstrap and a Debian mirror
#   MIRROR=URL           another mirror than the one of this system's apt sources
#   WALK_ROOT=DIR        the root: used as it is where it is there, made where not, and kept
#   WALK_AS=user         as somebody who has sudo, in place of root
#   WALK_CC=clang        that compiler is there, in place of gcc
#   WALK_TEST=TARGET     in place of `make test`, which takes minutes
#   WALK_PAGES="cli ..." these pages of docs/ alone, in a root that was walked before
#
# What is cut, because it would take hours: trainings of the pages end after four steps of eight rows, evaluations
# after 20 examples and adaptation after two steps; generators make 20 puzzles ("cutting" below). Benchmark files and
# checkpoints, which the pages name as not part of the source, have stand-ins (before_PAGE below). Not run:
absent() {
    cat <<'EOL'
make torch, bench/pytorch.sh: downloads of gigabytes
make arm64, asan, tsan, fuzz: .ci/run has them
the tables of docs/from-hrm.md and docs/from-trm.md: what was run in the published code, beside placeholders
hrm manual train | man -l -: to read a page takes man; make install makes them all
EOL
}
set -u
# shellcheck disable=SC2317 # what is before a page is called by its name

# ---- outside: the root -------------------------------------------------------------------------------
outside() {
    suite=${1:?usage: tests/walk.sh SUITE}
    [ "$(id -u)" -eq 0 ] || { echo "tests/walk.sh: only root makes a root" >&2; exit 1; }
    command -v debootstrap >/dev/null || { echo "tests/walk.sh: debootstrap is not installed" >&2; exit 1; }
    # Mounts of its own, which end with it.
    [ -n "${WALK_MOUNTS-}" ] || exec env WALK_MOUNTS=own unshare -m --propagation private sh "$0" "$@"
    mirror=${MIRROR:-$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] *\)\{0,1\}\([^ ]*\).*/\2/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep '/debian/*$' | head -1)}
    root=${WALK_ROOT-}
    if [ -z "$root" ]; then
        root=$(mktemp -d)
        trap 'umount "$root/proc" "$root/dev/pts" 2>/dev/null; rm -rf --one-file-system "$root"' EXIT
        rmdir "$root"
    fi
    if [ ! -e "$root/etc/debian_version" ]; then
        debootstrap --variant=minbase "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" >"$root.log" 2>&1 ||
            { tail -5 "$root.log" >&2; exit 1; }
        rm "$root.log"
    fi
    mount -t proc proc "$root/proc" && mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts" ||
        exit 1
    # How this machine reaches others goes along: names, proxies, certificates.
    for file in resolv.conf hosts pip.conf; do [ ! -e "/etc/$file" ] || cp -L "/etc/$file" "$root/etc/$file"; done
    certificates=/etc/ssl/certs/ca-certificates.crt
    who=root home=/root more=
    if [ "${WALK_AS-}" = user ]; then
        who=walker home=/home/walker more=sudo
        chroot "$root" sh -c "id $who >/dev/null 2>&1 || useradd -m -s /bin/sh $who"
        mkdir -p "$root/etc/sudoers.d" && echo "$who ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$who"
    fi
    # What the README asks for, without what only comes along.
    chroot "$root" sh -c "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends git make ${WALK_CC:-gcc} $more" >"$root/made.log" 2>&1 || { tail "$root/made.log"; exit 1; }
    rm -rf "$root$home/hrm" "$root$home/walk"
    mkdir -p "$root$home/walk"
    git bundle create -q "$root$home/walk/hrm.bundle" HEAD && cp "$0" "$root$home/walk/walk.sh" || exit 1
    set --
    [ ! -e $certificates ] || cp -L $certificates "$root$home/walk/certificates"
    [ ! -e $certificates ] || set -- PIP_CERT="$home/walk/certificates" SSL_CERT_FILE="$home/walk/certificates"
    chroot "$root" chown -R "$who:$who" "$home/walk"
    # shellcheck disable=SC2046
    chroot --userspec="$who:$who" "$root" env -i HOME="$home" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        WALK_TEST="${WALK_TEST-test}" WALK_PAGES="${WALK_PAGES-}" \
        $(env | grep -E '^(https?_proxy|no_proxy|PIP_INDEX_URL)=') "$@" sh "$home/walk/walk.sh" --inside
    code=$?
    umount "$root/proc" "$root/dev/pts"
    return $code
}

# ---- inside: the walk --------------------------------------------------------------------------------
n=0 bad=0
walk() { # walk NAME SCRIPT: runs it here as a reader would, who stops at the first line that fails
    n=$((n + 1)) began=$(date +%s)
    { [ "$(id -u)" -ne 0 ] || command -v sudo >/dev/null || echo 'sudo() { "$@"; }'; cat "$2"; } >"$2.run"
    sh -e "$2.run" >"$2.log" 2>&1 </dev/null
    code=$?
    [ -s "$2" ] || code=none
    took=$(($(date +%s) - began))
    if [ "$code" = 0 ]; then echo "ok $n - $1 ($took s)"; else
        echo "not ok $n - $1: exit $code ($took s)"
        { sed 's/^/#   /' "$2" | head -20; echo "#"; tail -15 "$2.log" | sed 's/^/# /'; }
        bad=1
    fi
}
line() { # line NAME COMMAND: one that stands in a text, not in a block
    echo "$2" >"$walk/line"
    walk "$1: $2" "$walk/line"
}
# blocks PAGE LANGUAGE PREFIX: its blocks go to files PREFIX1, PREFIX2...; says how many. Unmarked blocks
# are shell; where lines begin with "$ ", those are the commands and the rest is what they print.
blocks() {
    awk -v language="$2" -v prefix="$3" '
        /^ *```/ && on { on = 0; close(file); next }
        /^ *```/ { sub(/^ *```/, ""); kind = $0 == "" ? "sh" : $0; on = 1; typed = 0
            mine = kind == language; if (mine) { n++; file = prefix n; printf "" > file }
            next }
        on && mine && /^\$ / { typed = 1; print substr($0, 3) > file; next }
        on && mine && !typed { print > file }
        END { print n + 0 }' "$1"
}

inside() {
    cd || exit 1
    walk=$(pwd)/walk source=$(pwd)/hrm
    line "the source" "rm -rf hrm && git clone -q walk/hrm.bundle hrm"
    cd "$source" || exit 1
    mkdir "$walk/bin"
    cutting >"$walk/bin/hrm" && chmod +x "$walk/bin/hrm"
    if [ -z "$WALK_PAGES" ]; then readme; else line "the source" "make deps all && sudo make install"; fi

    path=$PATH
    PATH=$walk/bin:$PATH
    export PATH
    for page in ${WALK_PAGES:-$(find docs -maxdepth 1 -name '*.md' | sort | sed 's/docs.//; s/[.]md$//')}; do
        page_blocks "$page"
    done
    PATH=$path
    cd "$source" || exit 1
    if [ -z "$WALK_PAGES" ]; then
        line "README" "make deb"
        line "CONTRIBUTING" "make lint"
        line "CONTRIBUTING" "make check-quick"
    fi
    absent | sed 's/^/# not run: /'
    echo "1..$n"
    return $bad
}

readme() { # as it stands: its training takes the minutes that it says
    blocks README.md sh "$walk/readme" >"$walk/count"
    walk "README: make demo" "$walk/readme1"
    mkdir checkpoints
    stand_in_checkpoint checkpoints >"$walk/log" 2>&1
    sed -i 's/^[$]hrm serve/timeout --preserve-status 5 &/' "$walk/readme2" # which a visitor ends by Ctrl-C
    walk "README: six commands" "$walk/readme2"
    line "README" "make $WALK_TEST"
    line "README" "sudo make install"
    cp examples/solve.c program.c
    # shellcheck disable=SC2016
    line "README" 'cc program.c $(pkg-config --cflags --libs hrm) -o program
./program models/sudoku.safetensors 53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79'
    line "README, who has Python" "sudo apt-get install -y -qq --no-install-recommends python3 python3-venv"
    i=3
    while [ $i -le "$(cat "$walk/count")" ]; do walk "README: block $i" "$walk/readme$i" && i=$((i + 1)); done
    line "README, in a virtual environment" "python3 -m venv env && . env/bin/activate && pip install -q .
cd / && python3 -m hrm sudoku.safetensors 53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
    rm -rf env program program.c runs checkpoints model.safetensors
}

page_blocks() { # page_blocks PAGE: its blocks, one after another, in a folder that holds what the source holds
    cd "$source" || exit 1
    case $1 in
    api) language=none ;; # the examples of the C interface: tests/cli/docs.sh compiles them
    python) language=python ;;
    *) language="sh" ;;
    esac
    count=$(blocks "docs/$1.md" $language "$walk/$1.")
    [ "$count" -gt 0 ] || return
    if [ "$1" != install ]; then # that one works on the source itself
        mkdir -p "$walk/at/$1/build/release"
        cp -r README.md data examples models recipes docs "$walk/at/$1"
        cp "$walk/bin/hrm" "$walk/at/$1/build/release/hrm"
        cd "$walk/at/$1" || exit 1
    fi
    before="before_$(echo "$1" | tr - _)"
    if command -v "$before" >/dev/null; then $before >"$walk/log" 2>&1; fi
    if [ $language = python ]; then # one program of all blocks
        : >page.py
        i=1
        while [ $i -le "$count" ]; do cat "$walk/$1.$i" >>page.py && i=$((i + 1)); done
        line "docs/$1.md" "PYTHONPATH=$source/python python3 page.py"
        return
    fi
    i=1
    while [ $i -le "$count" ]; do
        walk "docs/$1.md: block $i" "$walk/$1.$i"
        i=$((i + 1))
    done
}

cutting() { # the command as the pages get it
    cat <<'EOS'
#!/bin/sh
# An untrained model solves nothing: that is no failure here. Another failure prints no answer.
hrm=/usr/local/bin/hrm
case "$1 $* " in
"train "*--resume*steps=*) exec $hrm "$@" steps=8 ;;
"train "*--plan* | "train "*--keys* | "train "*--resume*) exec $hrm "$@" ;;
"train "*) exec $hrm "$@" steps=4 minutes=0 batch=8 warmup=2 eval_every=4 eval_limit=1 save_every=0 \
    halt_max_steps=4 ;;
"eval "*--limit*) ;;
"eval "*) exec $hrm "$@" --limit 20 ;;
"solve "*)
    said=$(mktemp)
    $hrm "$@" >"$said"
    code=$?
    cat "$said"
    [ $code -eq 1 ] && [ -s "$said" ] && code=0
    rm "$said"
    exit $code
    ;;
"adapt "*) exec $hrm "$@" --augment 2 --steps 2 ;;
"serve "*) exec timeout --preserve-status 5 $hrm "$@" ;; # what a page does not end by itself
"data "*" --count 1000 "* | "data "*" --count 500 "*) exec $hrm "$@" --count 20 ;;
esac
exec $hrm "$@"
EOS
}

# ---- what pages take as given ------------------------------------------------------------------------
stand_in_checkpoint() { # stand_in_checkpoint FOLDER: what published code would have written
    hrm=$source/build/release/hrm
    $hrm train recipes/hrm-sudoku-small.yaml steps=1 batch=4 eval_every=0 valid= --out "$1/run"
    $hrm convert "$1/run/model.safetensors" "$1/step_52083"
}
stand_in_sudoku() { # the benchmark's files
    cp data/sudoku-9x9-train.csv train.csv
    cp data/sudoku-9x9-test.csv test.csv
    cp data/sudoku-9x9-test.csv valid.csv
}
arc_tasks() { # arc_tasks LETTER FILE: two small tasks in one file, with what the tests' outputs are beside it
    case $1 in t) n1=1 n2=5 ;; c) n1=2 n2=6 ;; *) n1=9 n2=8 ;; esac
    pair="{\"input\": [[$n1, 2], [3, 4]], \"output\": [[2, $n1], [4, 3]]}"
    pair="$pair, {\"input\": [[$n2, 0, 0]], \"output\": [[0, 0, $n2]]}"
    echo "{\"${1}1\": {\"train\": [$pair], \"test\": [{\"input\": [[$n2, 7]]}]}, \"${1}2\": {\"train\": [$pair," \
        "{\"input\": [[$n1], [0]], \"output\": [[$n1], [0]]}], \"test\": [{\"input\": [[0, $n1]]}]}}" >"$2"
    case $2 in
    *_challenges.json) echo "{\"${1}1\": [[[7, $n2]]], \"${1}2\": [[[$n1, 0]]]}" >"${2%challenges.json}solutions.json" ;;
    esac
}
stand_in_arc() { # stand_in_arc TRAINING CONCEPT EVALUATION: and task.json, tasks/, a model of arc-1
    arc_tasks t "$1" && arc_tasks c "$2" && arc_tasks e "$3"
    mkdir tasks
    echo '{"train": [{"input": [[1, 2]], "output": [[2, 1]]}, {"input": [[3, 4]], "output": [[4, 3]]}],
        "test": [{"input": [[5, 6]]}]}' | tee task.json >tasks/one.json
    hrm data arc arc-1 "$1" "$2" --score "$3" --augment 1000
    hrm train recipes/arc-small.yaml data=arc-1/train valid=arc-1/test --out arc-run && cp arc-run/model.safetensors .
}
before_cli() {
    mkdir -p checkpoints/hrm && stand_in_checkpoint checkpoints/hrm
    stand_in_arc TRAINING.json CONCEPT.json EVALUATION.json
    rm -r arc-1
}
before_arc() {
    stand_in_arc arc-agi_training_challenges.json arc-agi_concept_challenges.json arc-agi_evaluation_challenges.json
    rm -r arc-1
}
before_formats() {
    mkdir -p checkpoints/sudoku && stand_in_checkpoint checkpoints/sudoku
    cp checkpoints/sudoku/step_52083 . && cp step_52083 any.pt
    hrm train recipes/trm-sudoku-small.yaml --out runs/first
    cut -d, -f2 data/sudoku-9x9-test.csv | sed -n 2,4p >puzzles.txt
}
before_install() {
    cp examples/solve.c program.c
    stand_in_sudoku
    hrm data maze mazes.csv --count 2
}
before_maze() {
    hrm data maze train.csv --count 20 --seed 3
    hrm data maze test.csv --count 20 --seed 4
}
before_results() { stand_in_sudoku; }
before_python() {
    head -9 data/sudoku-9x9-test.csv >puzzles.csv
    cp recipes/trm-sudoku-small.yaml recipe.yaml
}

case ${1-} in
--inside) inside; exit ;;
*) outside "$@"; exit ;;
esac
