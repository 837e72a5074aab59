#!/bin/sh
# Puzzles of different sizes whose padding is skipped: what users see of it, and what is refused.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1

# Grids of up to 4 x 6 letters; the answer is the other letter everywhere.
cat >task.yaml <<'EOF'
shape: 4 x 6
alphabet: "ab"
separator: "/"
sizes: varying
EOF
varying_grids >grids.csv
cat >recipe.yaml <<'EOF'
arch: loop
hidden: 16
heads: 2
expansion: 1
l_layers: 1
l_cycles: 2
pos: rope2d
conv: 3
halt_max_steps: 2
batch: 32
stagger: true
steps: 150
lr: 1e-2
weight_decay: 0.01
warmup: 5
task: task.yaml
data: grids.csv
skip_padding: true
EOF
expect 0 "skip_padding" "the key is listed" "$hrm" train --keys
expect 0 "done" "trains" "$hrm" train recipe.yaml valid=grids.csv eval_every=75 --out run
memory_held
model=run/model.safetensors
expect 0 '"skip_padding":1,"pad":3' "the model file says so" "$hrm" info $model --json
"$hrm" train recipe.yaml valid=grids.csv eval_every=75 threads=1 steps=20 --out one --quiet 2>/dev/null
"$hrm" train recipe.yaml valid=grids.csv eval_every=75 threads=3 steps=20 --out three --quiet 2>/dev/null
cmp -s one/model.safetensors three/model.safetensors
tell $? "threads do not change the weights"
try "$hrm" eval $model grids.csv --json
[ $code -eq 0 ] && awk "BEGIN { exit !($(field exact out) > 0.9) }"
tell $? "it learned them ($(field exact out))"
tail -n +2 grids.csv | cut -d, -f1 >questions
"$hrm" solve $model questions 2>/dev/null | cut -f1 >answers
sed 's/[ab]/./g' answers >shapes
sed 's/[ab]/./g; s|^\(.\{6\}\)/\(.\{6\}\)/\(.\{6\}\)/\(.\{6\}\)$|\1\2\3\4|' questions | cmp -s - shapes # whole: no separator
tell $? "answers have the sizes of their questions"
while read -r q; do "$hrm" solve $model "$q" 2>/dev/null | cut -f1; done <questions | head -12 >alone
head -12 answers | cmp -s - alone
tell $? "an answer does not depend on the puzzles beside it"
"$hrm" solve $model a_b/bab 2>/dev/null | cut -f1 >hole
grep -q '^[ab]_[ab]/[ab][ab][ab]$' hole
tell $? "padding amid a puzzle is answered by padding ($(cat hole))"

# What cannot be
refused 2 "skip_padding needs mix attention or none" "weights that belong to the number of tokens" \
    "$hrm" train recipe.yaml mix=token_mlp pos=none conv=0 --out x
printf 'question,answer\nab,ba\na,ba\n' >longer.csv
refused 1 "longer.csv: example 1 has an answer in row 1, column 2, where its question is padding" \
    "an answer beyond its question" "$hrm" train recipe.yaml data=longer.csv --out x
refused 1 "longer.csv: example 1 has an answer" "in evaluation too" "$hrm" eval $model longer.csv
refused 1 "longer.csv: example 1 has an answer" "and beside training" \
    "$hrm" train recipe.yaml valid=longer.csv eval_every=5 --out x

# Candidates: letters take turns, and one is given
cat >sets.yaml <<'EOF'
shape: 5
alphabet: "ab"
blank: "."
sizes: varying
rules: ["r1c1 != r1c2"]
EOF
awk 'BEGIN {
    srand(3); print "question,answer"
    for (i = 0; i < 60; i++) {
        cols = 2 + int(rand() * 4); q = a = ""; b = rand() < .5; keep = 1 + int(rand() * cols)
        for (c = 1; c <= cols; c++) { b = !b; a = a (b ? "a" : "b"); q = q (c == keep ? (b ? "a" : "b") : ".") }
        print q "," a
    }
}' >lines.csv
cat >lattice.yaml <<'EOF'
regime: lattice
arch: loop
hidden: 16
heads: 2
expansion: 1
l_layers: 1
l_cycles: 3
pos: rope
loss: softmax
batch: 32
steps: 300
optimizer: adamw
lr: 1e-2
weight_decay: 0.01
warmup: 5
clip: 1
pool_from: 0.3
pool_to: 0.7
halt_max_steps: 50
task: sets.yaml
data: lines.csv
skip_padding: true
EOF
expect 0 "done" "trains on candidates" "$hrm" train lattice.yaml valid=lines.csv eval_every=300 --out sets
try "$hrm" eval sets/model.safetensors lines.csv --json
[ $code -eq 0 ] && awk "BEGIN { exit !($(field exact out) > 0.5) }"
tell $? "it learned to search ($(field exact out))"
expect 0 "abab" "solves what is shorter than the longest" "$hrm" solve sets/model.safetensors .b.b --explain
try "$hrm" solve sets/model.safetensors a....
[ "$(cut -f1 out | tr -d 'ab.')" = "" ] && [ "$(cut -f1 out | wc -c)" -eq 6 ]
tell $? "and no open cell becomes padding"
finish
