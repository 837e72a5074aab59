#!/bin/sh
# hrm inspect: what it prints of models of each kind, what it writes, the same with any number of threads.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
"$hrm" data sudoku train.csv --count 30 --seed 1 --side 4 --quiet
printf 'hidden: 32\nheads: 2\nexpansion: 1\nl_layers: 1\nh_cycles: 2\nl_cycles: 2\nbatch: 8\nsteps: 4\nhalt_max_steps: 4\n' >hrm.yaml
for arch in hrm trm; do
    "$hrm" train hrm.yaml arch=$arch $([ $arch = trm ] || echo h_layers=1) data=train.csv --out $arch --quiet 2>/dev/null || exit 1
done
printf 'regime: lattice\narch: loop\nhidden: 32\nheads: 2\nexpansion: 1\nl_layers: 1\nl_cycles: 4\nbatch: 8\nsteps: 4\n' >lattice.yaml
"$hrm" train lattice.yaml data=train.csv --out lattice --quiet 2>/dev/null || exit 1

expect 0 "^inside  *30 puzzles, 4 segments of 6 calls" "an HRM is looked into" "$hrm" inspect hrm train.csv
[ "$(grep -c "^  [1-4] .*%" out)" -eq 8 ] && grep -q "^spread  *z_H [0-9.]* ([0-9.]* to [0-9.]*) of 32 .*fresh weights [0-9]" out &&
    grep -q "^drift .* settled and right" out
tell $? "by segment and by call, with how far states spread and drift"
expect 0 "^inside  *5 puzzles, 2 segments of 6 calls" "a TRM, some puzzles, some segments" \
    "$hrm" inspect trm train.csv --limit 5 --segments 2
expect 0 "^inside  *30 puzzles, 16 rounds of 4 calls" "a model that searches, in rounds" "$hrm" inspect lattice train.csv
for model in hrm trm lattice; do
    "$hrm" inspect $model train.csv --json --threads 1 --quiet >one.json
    expect 0 '"participation": {"z_H": {"value": [0-9.]*, "ci95": \[' "JSON of $model" \
        "$hrm" inspect $model train.csv --json --threads 3 --batch 7 --out inside-$model
    cmp -s out one.json && cmp -s one.json inside-$model/inspect.json
    tell $? "the same bits with other threads and another batch, in the folder too"
done
for key in segments residuals drift participation calls paths reached kept drops; do
    grep -q "\"$key\":" one.json || echo "$key is missing"
done >err
[ ! -s err ]
tell $? "every key is there"
awk -F, 'NR < 5 { $2 = NR > 1 ? $3 : $2 } { print }' OFS=, train.csv >given.csv
expect 0 '"known": 27,' "puzzles without an open cell are not scored here either" "$hrm" inspect hrm given.csv --json
expect 0 "^  round  *dropped  *naked single  *hidden single  *pointing  *naked pair  *hidden pair  *unexplained" \
    "what people would deduce of what falls in a round" "$hrm" inspect lattice train.csv
grep -q '"drops": null' inside-hrm/inspect.json && [ ! -e inside-hrm/drops.csv ] && [ "$(wc -l <inside-lattice/drops.csv)" -eq 17 ] &&
    grep -q '>hidden single</th>.*>unexplained</th>' inside-lattice/report.html && ! grep -q "Deductions" inside-hrm/report.html
tell $? "of models that keep candidates alone, as a table and on the page"
{ printf 'shape: 4 x 6\nalphabet: "12"\nblank: "."\nrules:\n' && yes '  - different in boxes 1 x 2' | head -400; } >many.yaml
printf 'question,answer\n1.......................,121212121212121212121212\n2.......................,212121212121212121212121\n' >many.csv
"$hrm" train lattice.yaml task=many.yaml data=many.csv batch=2 --out many --quiet 2>/dev/null
expect 0 "^deduced  *none: the task has 4800 groups of cells that all differ, above 4096$" \
    "why nothing is deduced where a task has too many groups" "$hrm" inspect many many.csv
[ "$(wc -l <inside-hrm/segments.csv)" -eq 5 ] && [ "$(wc -l <inside-hrm/calls.csv)" -eq 25 ] &&
    [ "$(wc -l <inside-hrm/puzzles.csv)" -eq 31 ] &&
    [ "$(awk -F, '{ print NF }' inside-hrm/*.csv | sort -u | wc -l)" -eq 2 ]
tell $? "tables with a line for every segment, call and puzzle"
expect 0 "^  L1 *[0-9.]* *[0-9.]* *[0-9.]* *[0-9.]* *[0-9.]* *[0-9.]*$" "attention by block, and what moves with a cell" \
    "$hrm" inspect hrm train.csv --attention 2 --patch 2 --out cells
grep -q "^  moved  *[0-9]" out && grep -q '"maps": \[\[\[0' cells/inspect.json && grep -q '"moves": \[\[' cells/inspect.json &&
    grep -q "Answers that moved" cells/report.html
tell $? "in the folder too"
expect 0 "^  cells left open  *0  *1 .* 10$" "puzzles with nearly all cells given, and from random states" \
    "$hrm" inspect trm train.csv --limit 10 --filled 5 --starts 3 --out tried
grep -q "^  16 random starts of each of 3 puzzles: " out && grep -q "different answers a puzzle$" out && grep -q '"filled": \[{"open": 0, "puzzles": 5' tried/inspect.json &&
    grep -q '"starts": {"puzzles": 3' tried/inspect.json && grep -q "Fixed points" tried/report.html
tell $? "in the folder too"
given=$root/data/sudoku-9x9-test.csv
"$hrm" inspect sudoku "$given" --limit 10 --out shipped --quiet >rounds
awk -F, 'NR > 1 { for (k = 0; k < 5; k++) { could[k] += $(17 + k); took[k] += $(7 + k) * $2 } }
    END { for (k = 0; k < 5; k++) printf "%.2f %% ", 100 * took[k] / could[k] }' shipped/drops.csv | xargs >all
sed -n 's/^ *of what could fall *//p' rounds | xargs | cmp -s - all && grep -q '[1-9]' all
tell $? "what could fall counts in every round"
awk -F, 'BEGIN { OFS = "," } NR > 1 && NR < 4 { $3 = "" } NR < 5' "$given" >few9.csv
awk -F, 'NR == 1 { print "question,answer" } NR > 1 { print $2 "," (NR < 4 ? "" : $3) } NR == 4 { exit }' train.csv >few.csv
expect 0 "^  exact in the end, % *-  *-.*-$" "puzzles without an answer" "$hrm" inspect trm few.csv --filled 2 --starts 3
grep -q "starts of each of 1 puzzle: 0.00 % right" out && ! grep -q nan out
tell $? "are left out"
expect 0 "^  0 puzzles end .* a step is left in 0" "nor does a search stand still in them" \
    "$hrm" inspect sudoku few9.csv --limit 2
grep -q "% *- *[0-9.]*$" out && ! grep -q nan out
tell $? "of which nothing is right or wrong"
page=inside-hrm/report.html
[ "$(wc -c <$page)" -lt 1000000 ] && [ "$(grep -c "<section" $page)" -eq 6 ] && grep -q "<figcaption>segment 4</figcaption>" $page &&
    ! grep -qE "<script|https?:|nan|inf[^o]" $page
tell $? "a page of its own, without scripts or anything from elsewhere"
mkdir '<b onclick="x">' && cp train.csv '<b onclick="x">/&amp;.csv'
"$hrm" inspect hrm '<b onclick="x">/&amp;.csv' --limit 3 --out odd --quiet >/dev/null &&
    grep -q "<h1>Inside hrm, on &lt;b onclick=&quot;x&quot;&gt;/&amp;amp;.csv</h1>" odd/report.html && ! grep -q "<b onclick" odd/report.html
tell $? "names are text on the page"
browse() { # what is on the pages, by keyboard too, and that their console stays empty; axe-core where it is
    cat <<'PY'
import sys
sys.path.insert(0, sys.argv[1] + "/tests/serve")
from browser import Browser
for dark in (False, True):
    for page in sys.argv[3:]:
        with Browser(dark=dark) as b:
            b.open("file://" + page)
            assert b.run("document.querySelectorAll('svg[role=img]').length") > 12, "too few pictures"
            assert b.run("[...document.querySelectorAll('svg[role=img]')].every(e => e.getAttribute('aria-label') || "
                         "e.getAttribute('aria-labelledby'))"), "a picture without a name"
            back = b.run("getComputedStyle(document.body).backgroundColor")
            assert (sum(map(int, back[4:-1].split(","))) < 200) == dark, back
            assert b.run("document.documentElement.scrollWidth <= innerWidth"), "wider than the window"
            b.key("Tab")
            assert b.run("document.activeElement.tagName") == "A", "the keyboard does not get in"
            folds, opened = b.run("document.querySelectorAll('summary').length"), 0
            for _ in range(60):
                b.key("Tab")
                if b.run("document.activeElement.tagName") == "SUMMARY":
                    before = b.run("document.activeElement.parentNode.open")
                    b.key("Enter")
                    assert b.run("document.activeElement.parentNode.open") != before, "Enter does not open"
                    opened += 1
            assert opened >= min(folds, 5), (folds, opened)
            if sys.argv[2]:
                b.run(open(sys.argv[2]).read() + "; 0")
                wrong = b.run("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 200)))")
                assert not wrong, wrong
            assert not b.log and len(b.asked) == 1, (b.log, b.asked)
PY
}
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # skip: $2"
}
if command -v chromium >/dev/null && command -v python3 >/dev/null; then
    export PYTHONDONTWRITEBYTECODE=1
    browse >browse.py
    try timeout 300 python3 browse.py "$root" "" "$PWD/$page" "$PWD/odd/report.html"
    [ $code -eq 0 ]
    tell $? "which a browser shows, light and dark, by keyboard, and asks for nothing else"
    if python3 -m venv venv 2>/dev/null && timeout 120 venv/bin/pip install --quiet --disable-pip-version-check --retries 0 \
        --timeout 10 --no-deps axe-core-python >/dev/null 2>&1; then
        try timeout 300 python3 browse.py "$root" "$(find "$PWD/venv" -name 'axe.min.js' | head -1)" "$PWD/cells/report.html" \
            "$PWD/inside-lattice/report.html"
        [ $code -eq 0 ]
        tell $? "axe-core finds nothing that keeps anybody out"
    else skip "axe-core on the page" "no venv, or no way to PyPI"; fi
else skip "the page in a browser" "no chromium is installed"; fi

refused 2 "too few arguments" "no data" "$hrm" inspect hrm
refused 1 "nothing.safetensors" "no model" "$hrm" inspect nothing.safetensors train.csv
refused 1 "none.csv" "no such data" "$hrm" inspect hrm none.csv
refused 2 "between 1 and" "no segments at all" "$hrm" inspect hrm train.csv --segments 0
refused 2 "between 0 and 4096.*--segments" "more segments than anyone waits for" "$hrm" inspect hrm train.csv --segments 100000
printf 'question\n1...............\n' >open.csv
refused 1 "patch: .*fresh states.*--patch" "patches of a model that searches" "$hrm" inspect lattice train.csv --patch 1 --quiet
refused 1 "starts: .*fresh states.*--starts" "random states of a model that searches" "$hrm" inspect lattice train.csv --starts 1 --quiet
"$hrm" train hrm.yaml arch=trm mix=token_mlp pos=none data=train.csv --out mixed --quiet 2>/dev/null
refused 1 "attention: this model has none.*--attention" "attention of a net without" "$hrm" inspect mixed train.csv --attention 1 --quiet
refused 1 "no column answer" "data without answers" "$hrm" inspect hrm open.csv
"$hrm" data sudoku six.csv --count 3 --side 6 --quiet
refused 1 "six.csv" "puzzles of another size" "$hrm" inspect hrm six.csv
refused 2 "inside-hrm: holds inspect.json already; name another folder, or say --replace" "a folder that holds another's" \
    "$hrm" inspect hrm train.csv --limit 2 --out inside-hrm
expect 0 "^inside" "which --replace writes over" "$hrm" inspect hrm train.csv --limit 2 --out inside-hrm --replace --quiet
echo "mine" >taken
refused 1 "taken" "a file in the place of the folder" "$hrm" inspect hrm train.csv --limit 2 --out taken --quiet
[ "$(cat taken)" = mine ]
tell $? "which stays as it was"
finish
