#!/bin/sh
# hrm report and hrm runs: what they say of whole runs, of damaged ones and of what is no run; the page in a browser.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
"$hrm" data sudoku train.csv --side 4 --count 30 --seed 1 --quiet
tiny_net 32 8 >small.yaml <<'EOF'
steps: 40
lr: 1e-3
halt_max_steps: 4
data: train.csv
valid: train.csv
eval_limit: 20
eval_every: 20
EOF
train() { # train DIR [key=value ...]
    dir=$1
    shift
    "$hrm" train small.yaml "$@" --out "runs/$dir" --quiet 2>err || cat err
}
train a && train b seed=2 && train deep/c lr=3e-3 || exit 1

# ---- the list
expect 0 "^runs/b *finished *40/40 .*%.* seed=2$" "runs in a table, with what a recipe has otherwise" "$hrm" runs
[ "$(grep -c finished out)" -eq 3 ] && grep -q "^runs/deep/c .* lr=0.003$" out && grep "^runs/a " out | grep -vq =
tell $? "also those below folders; the commonest values are not told"
"$hrm" runs runs --json >list.json && [ "$(grep -c '"state": "finished"' list.json)" -eq 3 ] &&
    grep -q '"difference": "seed=2"' list.json && grep -q '"flops": [0-9]' list.json && grep -q '"processor": "..' list.json
tell $? "as JSON"
"$hrm" runs runs --csv >list.csv && [ "$(wc -l <list.csv)" -eq 4 ] && [ "$(awk -F, '{ print NF }' list.csv | sort -u)" = 20 ]
tell $? "as a table for programs"
mkdir -p flat/more && cp train.csv flat && cp -r runs/a runs/b flat && (cd flat/more && "$hrm" runs .. && "$hrm" report ../a --out a.html) >out 2>err
! grep -q "data=" out && grep -q "^../b .* seed=2$" out && grep -q "solves [0-9]* of the first 30" flat/more/a.html
tell $? "data that are beside their runs are found, and are no difference"
expect 0 "^runs/a " "a run itself is listed" "$hrm" runs runs/a
cp -r runs/a fewer && "$hrm" train --resume fewer eval_limit=3 steps=60 --quiet 2>err && "$hrm" runs fewer >out 2>told
grep -q "the best so far, of step .* of 3$" err && grep -q " of 3 at " out &&
    grep -q "from step 60 on other puzzles are evaluated" told
tell $? "a run that goes on with fewer puzzles to evaluate: its best is measured by these, and said to be of them"
for limit in 0 30 1000; do train limit$limit steps=2 eval_every=2 eval_limit=$limit; done
"$hrm" runs runs --json >list.json
[ "$(grep -A20 'dir": "runs/limit' list.json | grep puzzles_hash | sort -u | wc -l)" -eq 1 ]
tell $? "all puzzles, however that is said, are the same puzzles"
rm -rf runs/limit*
mkdir empty
expect 0 "empty: no run is in it" "a folder without runs" "$hrm" runs empty
refused 1 "nosuch: is no folder" "no such folder" "$hrm" runs nosuch
refused 2 "exclude each other" "two forms at once" "$hrm" runs runs --json --csv

"$hrm" train small.yaml steps=1000000 eval_every=0 valid= --out runs/long --quiet 2>/dev/null &
pid=$!
while kill -0 $pid 2>/dev/null && ! grep -q step runs/long/metrics.jsonl 2>/dev/null; do sleep 0.1; done
expect 0 "^runs/long *running" "a run at work" "$hrm" runs
kill -9 $pid
wait $pid 2>/dev/null
expect 0 "^runs/long *killed" "one that was killed" "$hrm" runs
rm -rf runs/long
# weights that become infinite end a run, which nobody killed
expect 1 "not finite" "a run ends by an error" "$hrm" train small.yaml steps=12 lr=90 warmup=2 clip=0 --out runs/wild --quiet
grep -q '"event":"end".*"why":"failed".*"error":"step [0-9]*: a value of .* is not finite' runs/wild/sessions.jsonl
tell $? "its session says why"
expect 0 "^runs/wild *failed" "and so do the runs" "$hrm" runs
"$hrm" runs runs --json | grep -A40 'dir": "runs/wild' | grep -q "ended after step [0-9]* by an error: step [0-9]*: a value of"
tell $? "with the error"
rm -rf runs/wild

# ---- the page
expect 0 "^runs/a/report.html$" "a page about a run, in its folder" "$hrm" report runs/a --quiet
grep -q "<title>Run a</title>" runs/a/report.html && grep -q "solves [0-9]* of the first 30 validation puzzles" runs/a/report.html &&
    grep -q "data:image/png;base64,iVBOR" runs/a/report.html
tell $? "with puzzles that its model solved and failed"
expect 0 "^report.html$" "a page about several" "$hrm" report runs/a runs/b runs/deep/c --quiet
page=report.html
[ "$(wc -c <$page)" -lt 500000 ] && ! grep -qE "<script|https?:|[^a-z]nan[^a-z]" $page && [ "$(grep -c "<section" $page)" -eq 6 ]
tell $? "small, without scripts or anything from elsewhere"
for text in "Loss</figcaption>" "Exact, of validation puzzles" "Cells right" "Learning rate" "Norm of the gradient" "Segments until" \
    '>seed</th>' "<td class=\"n\">0.003</td>" "FLOP a step" "Exact answers of the best evaluations"; do
    grep -q -- "$text" $page || echo "$text is missing"
done >err
[ ! -s err ]
tell $? "curves, difficulty, recipes, machines"
"$hrm" report runs/a --examples 0 --out none.html >out && ! grep -q "Puzzles solved" none.html
tell $? "without puzzles where none are wanted"
(mkdir elsewhere && cd elsewhere && "$hrm" report ../runs/a --quiet --out away.html) >out 2>err &&
    grep -q "could be tried: train.csv" elsewhere/away.html
tell $? "puzzles that are not there from here are a sentence"

# ---- damage
cp -r runs/a cut && printf '{"event":"step","step":41,"lo' >>cut/metrics.jsonl
expect 0 "warning: cut: metrics.jsonl: line 43 is damaged, as by a kill while it was written; 1 of 43" "a line that was cut off" \
    "$hrm" report cut --out cut.html --quiet
grep -q "line 43 is damaged" cut.html && grep -q "Loss</figcaption>" cut.html
tell $? "is said, and the rest is shown"
cp -r runs/a odd && { printf '\n[1]\n{"event":"step"}\n\0\377\n{"event":7,"step":1}\n' && cat runs/a/metrics.jsonl; } >odd/metrics.jsonl
expect 0 "line 1 is damaged; 5 of 47" "lines of something else" "$hrm" report odd --out odd.html --quiet
mkdir bare && : >bare/metrics.jsonl
expect 0 "recipe.yaml is missing; nothing was measured" "a run without anything" "$hrm" report bare --out bare.html
cp -r runs/a torn && echo "nosuchkey: 1" >torn/recipe.yaml && rm torn/metrics.jsonl torn/best.safetensors
expect 0 "metrics.jsonl is missing; torn/recipe.yaml.*nosuchkey" "a broken recipe, no metrics" "$hrm" report torn --out torn.html --quiet
cp -r runs/a blunt && echo nonsense >blunt/best.safetensors
"$hrm" report blunt --out blunt.html --quiet >out 2>err && grep -q "No puzzles of blunt could be tried: blunt" blunt.html
tell $? "a broken model"
expect 0 "^runs/report.html$" "of a folder of runs" "$hrm" report runs --quiet --examples 0
grep -q "<title>3 runs</title>" runs/report.html && grep -q ">runs/deep/c<\|>c<" runs/report.html && rm runs/report.html
tell $? "all that are below it"
mkdir -p mine && cp small.yaml mine/recipe.yaml && cp -r runs/b mine/run
"$hrm" runs mine >out 2>err
[ "$(grep -c '^mine' out)" -eq 1 ] && grep -q "^mine/run *finished" out
tell $? "a recipe of one's own makes no run of the folder it lies in"
expect 0 "warning: empty: holds no run" "beside a run a folder that holds none" "$hrm" report runs/a empty --out beside.html --quiet
grep -q "empty: holds no run" beside.html && grep -q ">none<" beside.html
tell $? "which the page says"
refused 1 "nosuch: is no folder" "no run at all" "$hrm" report nosuch empty
refused 2 "must end in .html" "another kind of file" "$hrm" report runs/a --out runs/a/metrics.jsonl
[ "$(wc -l <runs/a/metrics.jsonl)" -eq 42 ]
tell $? "which stays as it was"
refused 1 "no/where.html" "a page that cannot be written" "$hrm" report runs/a --out no/where.html
mkdir -p far/1/2/3/4/5/6 && cp -r runs/a far/1/2/3/4/5/6/a
mkdir -p packages/1/lib/2/3/4/5/6/7/8 && touch packages/1/pyvenv.cfg
expect 0 "" "folders of installed packages hold none" "$hrm" runs packages
! grep -q warning "$work/err"
tell $? "which is not warned of"
expect 0 "^warning: far: runs below far/1/2/3/4/5/6 were not looked for, since it is 6 folders deep" "a run too deep to be found" \
    "$hrm" runs far
expect 0 "finished" "is found from nearer" "$hrm" runs far/1
refused 1 "there is no folder runs here; name one: hrm runs DIR" "no folder at all" sh -c "cd far && '$hrm' runs"
mkdir -p locked/inner && cp -r runs/a shut && chmod 000 locked && chmod 000 shut/best.safetensors shut/metrics.jsonl
cp "$hrm" ./hrm && chmod 755 . && mkdir -m 777 public
mortal() { # root may read everything: so by nobody
    [ "$(id -u)" -ne 0 ] || set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    "$@"
}
expect 0 "warning: locked: cannot be looked into: Permission denied" "a folder closed to this user" \
    mortal ./hrm report locked runs/a --examples 0 --quiet --out public/locked.html
grep -q "locked: cannot be looked into: Permission denied" public/locked.html
tell $? "is a sentence on the page"
refused 1 "locked: cannot be looked into: Permission denied" "alone it is an error" mortal ./hrm report locked --out public/none.html
expect 0 "shut/metrics.jsonl: cannot open: Permission denied" "a file closed to this user" \
    mortal ./hrm report shut --quiet --out public/shut.html
grep -q "No puzzles of shut could be tried: shut/best.safetensors: cannot open" public/shut.html
tell $? "which the page says too"
expect 0 "^./locked *none" "the list has it, and the others" mortal ./hrm runs .
grep -q "^warning: ./locked: cannot be looked into" err && grep -q "^./runs/b *finished" out
tell $? "and says why"
refused 1 "locked: cannot be looked into" "a list of what is closed" mortal ./hrm runs locked
chmod 700 locked
"$hrm" data maze maze.csv --count 12 --size 6 --seed 1 --quiet
train maze data=maze.csv valid=maze.csv && "$hrm" report runs/a runs/maze --quiet --out kinds.html >out 2>err &&
    grep -q ">maze.csv</td>" kinds.html && grep -q "<td class=\"n\">[0-9.]* % of 12</td>" kinds.html &&
    grep -q "^warning: the runs were not scored on the same puzzles" err && [ "$(wc -l <err)" -eq 1 ] &&
    grep -q "The runs were not scored on the same puzzles" kinds.html && ! grep -q "not scored on the same" $page
tell $? "runs of different tasks beside each other, which nobody is to compare"
evil='<b onclick="x">&'
cp -r runs/a "$evil" && "$hrm" report "$evil" runs/b --out evil.html --quiet >out && ! grep -q "<b onclick" evil.html &&
    grep -q "&lt;b onclick=&quot;x&quot;&gt;&amp;" evil.html
tell $? "a folder's name is text on the page"
wild=$(printf 'r\303\266t\033[31m\nx\302\23331m') # the last: as \\033[ is, in one letter
mkdir wild && cp -r runs/a wild/plainer && cp -r runs/a "wild/$wild"
expect 0 "^wild/röt?\[31m?x?31m  finished  40/40  " "nor does it reach a terminal as more than text" "$hrm" runs wild
[ "$(grep -c . out)" -eq 3 ] && [ "$(sed 's/finished.*/|/; 1s/state.*/|/; s/ö/o/' out | awk '{ print length }' | sort -u | wc -l)" -eq 1 ]
tell $? "columns stay under each other"
cp -r runs/a again && cp -r runs/b again/second && mkdir other && cp -r runs/b other/again &&
    "$hrm" report again other/again --out same.html --examples 0 >out && grep -q '>other/again<' same.html
tell $? "runs of one name go by their folders"

# links that lead back made each run one of many, and everything below / was walked through
mkdir -p linked/a/b && cp -r runs/a linked/a/run && ln -s .. linked/a/b/up && ln -s . linked/self
"$hrm" runs linked --csv >out 2>err && [ "$(wc -l <out)" -eq 2 ]
tell $? "a link to what it is in is not followed"
mkdir kernel && ln -s /proc kernel/proc
"$hrm" runs kernel --csv >out 2>err && [ "$(wc -l <out)" -eq 1 ] && grep -q "no run is in it" err && [ "$(wc -l <err)" -eq 1 ]
tell $? "nor one to what the kernel shows as folders"
mkdir many && (cd many && seq 10001 | xargs mkdir) && cp -r runs/a many/999999
"$hrm" runs many >out 2>err && grep -q "^many/999999 " out &&
    grep -q "^warning: many: more than 10000 folders are in it; runs in many/[0-9]* and behind were not looked for" err
tell $? "so many folders are looked into and no more, which is said"
rm -rf linked kernel many

# 10,000 steps, each with a line.
mkdir huge && cp runs/a/*.yaml huge && awk 'BEGIN { srand(1); for (i = 1; i <= 10000; i++) {
    printf "{\"event\":\"step\",\"step\":%d,\"seconds\":%f,\"loss\":%f,\"lm_loss\":%f,\"lr\":%g,\"grad_norm\":%f,\"finished\":8,\"exact\":%f,\"cells\":%f,\"segments\":%f}\n",
        i, i / 9, rand() + 1000 / i, rand(), 1e-3, rand(), rand(), rand(), 4 * rand()
    if (i % 100 == 0) printf "{\"event\":\"eval\",\"step\":%d,\"exact\":%f,\"ci95\":[0.1,0.9],\"cells\":%f,\"n\":100}\n", i, rand(), rand() } }' >huge/metrics.jsonl
"$hrm" report huge --out huge.html --examples 0 >out && [ "$(wc -c <huge.html)" -lt 1000000 ]
tell $? "a run of 10,000 steps is less than a megabyte ($(wc -c <huge.html) bytes)"

browse() { # what is on the page, by keyboard too, and that its console stays empty; axe-core where it is
    cat <<'PY'
import sys
sys.path.insert(0, sys.argv[1] + "/tests/serve")
from browser import Browser
for dark in (False, True):
    for page in sys.argv[3:]:
        with Browser(dark=dark) as b:
            b.open("file://" + page)
            assert b.run("document.querySelectorAll('svg[role=img]').length") > 8, "too few charts"
            assert b.run("[...document.querySelectorAll('img')].every(e => e.alt && e.naturalWidth > 50)"), "a picture is missing"
            back = b.run("getComputedStyle(document.body).backgroundColor")
            assert (sum(map(int, back[4:-1].split(","))) < 200) == dark, back
            assert b.run("document.documentElement.scrollWidth <= innerWidth"), "wider than the window"
            b.key("Tab")
            assert b.run("document.activeElement.tagName") == "A", "the keyboard does not get in"
            for _ in range(40):
                b.key("Tab")
                if b.run("document.activeElement.tagName") == "SUMMARY":
                    break
            before = b.run("document.activeElement.parentNode.open")
            b.key("Enter")
            assert b.run("document.activeElement.parentNode.open") != before, "Enter does not open"
            if sys.argv[2]:
                b.run(open(sys.argv[2]).read() + "; 0")
                wrong = b.run("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 200)))")
                assert not wrong, wrong
            others = [url for url in b.asked if not url.startswith("data:")]
            assert not b.log and len(others) == 1, (b.log, others)
PY
}
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # skip: $2"
}
if command -v chromium >/dev/null && command -v python3 >/dev/null; then
    export PYTHONDONTWRITEBYTECODE=1
    browse >browse.py
    try timeout 300 python3 browse.py "$root" "" "$PWD/$page" "$PWD/huge.html"
    [ $code -eq 0 ]
    tell $? "the page in a browser, light and dark, by keyboard, without a word on its console"
    if python3 -m venv venv 2>/dev/null && timeout 120 venv/bin/pip install --quiet --disable-pip-version-check --retries 0 \
        --timeout 10 --no-deps axe-core-python >/dev/null 2>&1; then
        try timeout 300 python3 browse.py "$root" "$(find "$PWD/venv" -name 'axe.min.js' | head -1)" "$PWD/$page" "$PWD/runs/a/report.html"
        [ $code -eq 0 ]
        tell $? "axe-core finds nothing that keeps anybody out"
    else skip "axe-core on the page" "no venv, or no way to PyPI"; fi
else skip "the page in a browser" "no chromium is installed"; fi
finish
