#!/bin/sh
# Event files of a run, read by TensorBoard itself where there is a way to PyPI; a run that was killed and goes on has
# every step once.
. tests/cli/lib.sh "$1"
mkdir "$work/runs" && cd "$work" || exit 1
"$hrm" data sudoku train.csv --side 4 --count 30 --seed 1 2>/dev/null
tiny_net 16 4 >small.yaml <<'EOF'
steps: 60
halt_max_steps: 4
data: train.csv
valid: train.csv
eval_limit: 10
eval_every: 20
save_every: 20
EOF
events() { find "runs/$1" -name 'events.out.tfevents.*' | wc -l; }

"$hrm" train small.yaml --out runs/whole --tensorboard --quiet 2>err && [ "$(events whole)" -eq 1 ]
tell $? "a run with event files"
"$hrm" train small.yaml --out plain --quiet 2>err
[ -z "$(find plain -name 'events*')" ] && cmp -s plain/model.safetensors runs/whole/model.safetensors
tell $? "one without has none, and the same bits"

steps() { grep '"event":"step"' runs/again/metrics.jsonl 2>/dev/null | wc -l; }
"$hrm" train small.yaml --out runs/again steps=1000000 eval_every=0 valid= save_every=100 --tensorboard --quiet 2>err &
pid=$!
while kill -0 $pid 2>/dev/null && [ "$(steps)" -lt 120 ]; do sleep 0.05; done
kill -9 $pid
wait $pid 2>/dev/null
killed=$(steps)
[ "$killed" -ge 120 ]
tell $? "a run that is killed after some steps"
"$hrm" train --resume runs/again steps=$((killed + 50)) --tensorboard --quiet 2>err && [ "$(events again)" -eq 2 ] &&
    [ "$(steps)" -eq $((killed + 50)) ]
tell $? "goes on in a second event file"
[ "$(grep -c '"event":"begin"' runs/again/sessions.jsonl)" -eq 2 ] && grep -q '"why":"steps"' runs/again/sessions.jsonl
tell $? "and sessions.jsonl tells both sessions"

cd "$root" || exit 1
export PYTHONDONTWRITEBYTECODE=1
python=$work/venv/bin/python
if python3 -m venv "$work/venv" 2>/dev/null &&
    timeout 300 "$python" -m pip install --quiet --disable-pip-version-check --retries 0 --timeout 10 \
        tensorboard "setuptools<80" >/dev/null 2>&1; then
    "$python" tests/look/board.py "$work/runs" >"$work/tap" 2>"$work/err"
    while read -r line; do
        case $line in
        "ok "*) n=$((n + 1)) && echo "ok $n - ${line#*- }" ;;
        "not ok "*) n=$((n + 1)) bad=1 && echo "not ok $n - ${line#*- }" ;;
        esac
    done <"$work/tap"
    grep -q '^1\.\.' "$work/tap"
    tell $? "board.py came to the end"
else
    n=$((n + 1))
    echo "ok $n - TensorBoard reads them # skip: no venv, or no way to PyPI"
fi
finish
