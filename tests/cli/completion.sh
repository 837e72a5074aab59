#!/bin/sh
# Completion as the shells see it: what a user gets who types a part of a word and a tab.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
for shell in bash zsh fish; do
    try "$hrm" completion $shell
    cp out hrm.$shell
    if ! command -v $shell >/dev/null; then
        n=$((n + 1))
        echo "ok $n - $shell # skip: $shell is not installed"
        continue
    fi
    try $shell -n hrm.$shell
    [ $code -eq 0 ] && [ ! -s err ] && grep -q -- "min-rating" hrm.$shell
    tell $? "$shell reads its script"
done
cat >ask.bash <<'EOB'
# ask WORD...: what completes the last word
. ./hrm.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_hrm 2>/dev/null
echo "${COMPREPLY[@]}"
EOB
says() { # says ANSWER WORD...
    answer=$1
    shift
    try bash ask.bash "$@"
    [ "$(cat out)" = "$answer" ]
    tell $? "bash: $* -> $answer"
}
says "train" hrm tr
says "sudoku show" hrm data s
says "--seed" hrm eval model.safetensors --see
says "--help" hrm solve --he
says "weight_decay=" hrm train recipe.yaml weight
says "muon_lr=" hrm sweep recipe.yaml muon_lr
says "--seeds" hrm sweep recipe.yaml --see
says "gemm" hrm bench g
says "" hrm data sudoku --count 1
mkdir -p runs/one && touch runs/file
says "runs/one" hrm train x --out runs/
if command -v zsh >/dev/null; then
    mkdir -p functions && cp hrm.zsh functions/_hrm
    cat >ask.zsh <<'EOB'
# ask LINE WANTED: a terminal in which LINE and a tab are typed, until WANTED shows
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "fpath=($PWD/functions \$fpath); autoload -Uz compinit; compinit -u -d $PWD/dump; PS1=READ; PS1+=Y"
zpty -r z out '*READY*'
zpty -n -w z "$1"$'\t'
zpty -r z out "*$2*" && print -r -- found
EOB
    shows() { # shows LINE WANTED
        try timeout 30 zsh -f ask.zsh "$1" "$2"
        grep -q found out
        tell $? "zsh: $1 -> $2"
    }
    shows "hrm tra" "hrm train"
    shows "hrm data sudoku --min" "--min-rating"
    shows "hrm bench ge" "gemm"
fi
if command -v fish >/dev/null; then
    asks() { # asks PATTERN LINE
        try env HOME="$work" fish -c ". hrm.fish; complete -C '$2'"
        grep -q -- "$1" out
        tell $? "fish: $2 -> $1"
    }
    asks "^train" "hrm tr"
    asks "^show" "hrm data s"
    asks "^--min-rating" "hrm data sudoku --min"
    asks "^lr=" "hrm train x.yaml l"
fi
refused 2 "tcsh: no completion" "a shell without one" "$hrm" completion tcsh
refused 2 "no such command" "a page that is not there" "$hrm" manual nonsense
expect 0 '^.TH "HRM\\-DATA\\-SHOW"' "a page of two words" "$hrm" manual data show
finish
