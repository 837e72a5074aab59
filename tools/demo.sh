#!/bin/sh
# make demo: with the model that comes with the source, solves famous and generated hard Sudoku, shows
# the reasoning of one, and measures how many unseen puzzles it gets. Without that model it trains a
# small one for about two minutes on generated 6x6 Sudoku and says the same of it.
#
# usage: tools/demo.sh HRM      (DEMO_MODEL: another 9x9 model that searches; DEMO_LIMIT: puzzles measured)
set -eu
hrm=$1
shipped=${DEMO_MODEL:-models/sudoku.safetensors}
test=data/sudoku-9x9-test.csv

# Names and puzzles as they were published.
famous() {
    cat <<'EOL'
Arto Inkala, 2006 (AI Escargot) 1....7.9..3..2...8..96..5....53..9...1..8...26....4...3......1..4......7..7...3..
Arto Inkala, 2010 ..53.....8......2..7..1.5..4....53...1..7...6..32...8..6.5....9..4....3......97..
Arto Inkala, 2012 8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..
Golden Nugget .......39.....1..5..3.5.8....8.9...6.7...2...1..4.......9.8..5..2....6..4..7.....
Easter Monster 1.......2.9.4...5...6...7...5.9.3.......7.......85..4.7.....6...3...9.8...2.....1
EOL
}

# The five of the test puzzles that a backtracking solver finds hardest.
hardest() {
    tail -n +2 "$test" | sort -t, -k4,4nr -k2,2 | head -5 |
        awk -F, '{ print "generated, " $4 " guesses for a backtracking solver " $2 }'
}

# solve_named: lines of a name and a puzzle, with what the model says of each. An honest "not solved"
# is no failure of the demo.
solve_named() {
    cat >"$scratch/named"
    sed 's/.* //' "$scratch/named" >"$scratch/puzzles"
    "$hrm" solve "$shipped" "$scratch/puzzles" --quiet >"$scratch/answers" || [ $? -eq 1 ]
    sed 's/ [^ ]*$//' "$scratch/named" | paste "$scratch/answers" - |
        awk -F'\t' '{ printf "%s  %s  (%s)\n", $1, $2, $3 }'
}

# The beginning and the end of a story: paragraphs from standard input.
shorten() {
    awk 'BEGIN { RS = ""; keep = 3 } { text[NR] = $0 } END {
        for (i = 1; i <= NR; i++) {
            if (i <= keep || i > NR - keep) print text[i] "\n"
            else if (i == keep + 1) print "[... " NR - 2 * keep " more rounds ...]\n"
        } }'
}

with_model() {
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    echo "== Five famous puzzles, and the five hardest of the generated ones. Nothing here knows the rules:"
    echo "   the model learned them from 1,000 solved puzzles, and the verdict is passed afterwards."
    { famous; hardest; } | solve_named
    echo
    echo "== How it solves one of them, in rounds: it drops candidates, guesses, and takes guesses back."
    echo "   New cells are marked with a star."
    puzzle=$(famous | sed -n '2s/.* //p')
    "$hrm" solve "$shipped" "$puzzle" --explain --quiet >"$scratch/story" || [ $? -eq 1 ]
    shorten <"$scratch/story"
    echo "== How often: on ${DEMO_LIMIT:-200} puzzles it never saw, wrong answers counted as wrong"
    "$hrm" eval "$shipped" "$test" --limit "${DEMO_LIMIT:-200}"
    echo
    echo "Your own: $hrm solve PUZZLE. To train one like it: hrm train recipes/sudoku-lattice.yaml"
}

with_training() {
    out=${DEMO_DIR:-build/demo}
    rm -rf "$out"
    echo "== Training a tiny recursive model on 1,000 small Sudoku, about two minutes. Ctrl-C stops early."
    code=0
    "$hrm" train recipes/demo-sudoku-6x6.yaml --out "$out" || code=$?
    [ $code -eq 0 ] || [ $code -eq 130 ] || exit $code
    model=$out/best.safetensors
    [ -e "$model" ] || model=$out/model.safetensors
    echo
    echo "== Two puzzles it never saw, an easy one and a hard one"
    for line in $(awk -F, 'NR > 1 { n = gsub(/[.]/, "", $2); if (n <= 17 && !easy) easy = NR; if (n >= 26 && !hard) hard = NR }
        END { print easy, hard }' data/sudoku-6x6-test.csv); do
        puzzle=$(sed -n "${line}p" data/sudoku-6x6-test.csv | cut -d, -f2)
        echo "$puzzle"
        "$hrm" solve "$model" "$puzzle" || true
    done
    echo
    echo "== All 500 test puzzles, none of them equivalent to a training puzzle"
    "$hrm" eval "$model" data/sudoku-6x6-test.csv
    echo
    echo "The model is $model. Next: hrm train recipes/trm-sudoku-small.yaml (9x9, see README)."
}

if [ -e "$shipped" ]; then with_model; else with_training; fi
