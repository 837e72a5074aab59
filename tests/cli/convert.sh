#!/bin/sh
# Weights in and out through the real command: a model goes out to PyTorch's and NumPy's files and comes
# back the same; what cannot be converted is refused in one sentence and leaves nothing behind.
. tests/cli/lib.sh "$1"
cd "$work" || exit 1
"$hrm" data sudoku train.csv --side 4 --count 20 --seed 1 2>/dev/null
cat >small.yaml <<'EOF'
arch: trm
hidden: 16
heads: 2
expansion: 1
l_layers: 1
h_cycles: 1
l_cycles: 2
puzzle_emb_len: 1
halt_max_steps: 4
batch: 4
steps: 3
ema: 0.9
EOF
"$hrm" train small.yaml data=train.csv --out run 2>/dev/null
model=run/model.safetensors
cut -d, -f2 train.csv | tail -n +2 >puzzles.txt
"$hrm" solve $model puzzles.txt --quiet >answers 2>/dev/null

for out in torch/step_3 numpy/model.npz; do
    mkdir "${out%/*}"
    expect 0 "wrote $out" "a model becomes $out" "$hrm" convert $model $out
    [ -s "${out%/*}/all_config.yaml" ]
    tell $? "with its configuration beside it"
    expect 0 "0 tensors missing, 0 left over" "and comes back" "$hrm" convert $out back.safetensors
    "$hrm" solve back.safetensors puzzles.txt --quiet >again 2>/dev/null
    cmp -s answers again
    tell $? "with the same answers"
    "$hrm" convert $model one.npz --raw --quiet
    "$hrm" convert back.safetensors two.npz --raw --quiet
    cmp -s one.npz two.npz
    tell $? "and the same weights, to the bit"
    expect 0 "tensors" "info on $out" "$hrm" info $out
done
expect 0 "cells" "a converted model is evaluated" "$hrm" eval back.safetensors train.csv
try "$hrm" convert torch/step_3 --json
[ $code -eq 0 ] && grep -q '"complete":true' out && grep -q '"status":"matched"' out &&
    [ ! -e step_3.safetensors ]
tell $? "without OUT there is only a report"

# what the published code does not have goes out and comes back as well
cat >loop.yaml <<'EOF'
arch: loop
regime: lattice
hidden: 32
heads: 2
expansion: 1
l_layers: 1
l_cycles: 2
pos: grid
batch: 4
steps: 2
EOF
"$hrm" train loop.yaml data=train.csv --out looped 2>/dev/null
mkdir loop
"$hrm" convert looped/model.safetensors loop/step_2 --quiet
"$hrm" convert loop/step_2 back.safetensors --quiet
"$hrm" solve looped/model.safetensors puzzles.txt --quiet >answers 2>/dev/null
"$hrm" solve back.safetensors puzzles.txt --quiet >again 2>/dev/null
[ "$(wc -l <again)" -eq 20 ] && cmp -s answers again
tell $? "a looped net of candidates comes back with the same answers"
cmp looped/model.safetensors back.safetensors >out
tell $? "it is the same file, with the record of its training"

# nets that the published code would compute otherwise are not handed to it as its own
"$hrm" train small.yaml data=train.csv norm=pre act=relu --out ours 2>/dev/null
mkdir ours/out && "$hrm" convert ours/model.safetensors ours/out/step_3 --quiet
! grep -q "^arch:" ours/out/all_config.yaml
tell $? "a pre-norm net with ReLU is not described as a published one"
"$hrm" convert ours/out/step_3 back.safetensors --quiet && cmp -s back.safetensors ours/model.safetensors
tell $? "and comes back the same"

# training from weights: the first loss is that of the trained model, not of a fresh one
expect 0 "done: more/model.safetensors" "training begins with a model's weights" \
    "$hrm" train small.yaml data=train.csv init=$model steps=1 lr=0 weight_decay=0 ema=0 --out more
record() { grep -ao 'init_hash[^0-9a-f]*[0-9a-f]*' "$1" | head -n 1; }
[ -n "$(record more/model.safetensors)" ] && [ -z "$(record $model)" ]
tell $? "a model records the weights that it began with"
begun=$(record more/model.safetensors)
"$hrm" convert more/model.safetensors two.npz --raw --quiet
cmp -s one.npz two.npz
tell $? "which they are, to the bit"
expect 0 "done: torched/model.safetensors" "or with a checkpoint's" \
    "$hrm" train small.yaml data=train.csv init=torch/step_3 steps=1 lr=0 weight_decay=0 ema=0 --out torched
"$hrm" convert torched/model.safetensors two.npz --raw --quiet
cmp -s one.npz two.npz
tell $? "the same"
mkdir -p ours/again && "$hrm" train small.yaml data=train.csv steps=1 clip=2 stagger=true augment=false --out told 2>/dev/null
"$hrm" convert told/model.safetensors ours/again/step_1 --quiet
expect 0 "matched" "our own model's recipe, by way of a checkpoint" "$hrm" convert ours/again/step_1 --recipe own.yaml
for key in clip stagger augment steps; do grep "^$key:" told/recipe.yaml; done >wanted
for key in clip stagger augment steps; do grep "^$key:" own.yaml; done | cmp -s - wanted
tell $? "is what it was trained with"
expect 0 "matched" "a checkpoint's recipe" "$hrm" convert torch/step_3 --recipe its.yaml
expect 0 "done: its/model.safetensors" "makes a model that its weights fit" \
    "$hrm" train its.yaml data=train.csv init=torch/step_3 steps=1 --out its
mv run gone
expect 0 "step 2/2" "a resumed run does not need them any more" "$hrm" train --resume more steps=2
mv gone run
[ "$(record more/model.safetensors)" = "$begun" ]
tell $? "and still says which they were"

# imported weights name their data's place, and nothing tells whether what lies there is what they were trained on
mkdir theirs && cp torch/step_3 theirs && sed '/^hrm_training/d' torch/all_config.yaml >theirs/all_config.yaml
"$hrm" convert theirs/step_3 theirs.safetensors --quiet
expect 0 "not known whether on some of these puzzles: the model does not say what it was trained on" \
    "nothing is claimed of what imported weights were trained on" "$hrm" eval theirs.safetensors train.csv

# evaluated while it trained, or bound by time: what a run may change is not in its record, and the recipe is one all the same
for more in "valid=train.csv eval_every=2" "schedule=minutes minutes=5 lr_min_ratio=0.5"; do
    "$hrm" train small.yaml data=train.csv $more --out judged --quiet 2>/dev/null
    expect 0 "wrote" "a model of $more" "$hrm" convert judged/model.safetensors judged.safetensors --recipe judged.yaml
    expect 0 "done: next/model.safetensors" "has a recipe that trains on" \
        "$hrm" train judged.yaml init=judged.safetensors steps=2 --out next
    for setting in $more; do
        case $setting in eval_every=*) continue ;; esac
        grep -q "^${setting%%=*}: '*${setting#*=}'*$" judged.yaml || echo "no $setting" >>err
    done
    ! grep "^no " err
    tell $? "and says so"
    rm -rf judged judged.* next
done

# in fewer bytes: whoever deploys these must get what was evaluated, in memory or expanded, and be able to train on
size() { wc -c <"$1"; }
for dtype in bf16 int8; do
    expect 0 "wrote" "a model of $dtype" "$hrm" convert $model $dtype.safetensors --dtype $dtype
    [ "$(size $dtype.safetensors)" -lt "$(size $model)" ]
    tell $? "it is smaller"
    expect 0 "dtype *$dtype" "and says what it is" "$hrm" info $dtype.safetensors
    "$hrm" convert $dtype.safetensors floats.safetensors --dtype fp32 --quiet
    "$hrm" info floats.safetensors | grep -q "dtype *fp32"
    tell $? "it becomes floats again"
    for threads in 1 3; do
        "$hrm" solve $dtype.safetensors puzzles.txt --quiet --threads $threads >answers 2>/dev/null
        "$hrm" solve floats.safetensors puzzles.txt --quiet >again 2>/dev/null
        [ "$(wc -l <again)" -eq 20 ] && cmp -s answers again
        tell $? "which answer the same as it does with $threads threads"
    done
    "$hrm" convert floats.safetensors twice.safetensors --dtype $dtype --quiet
    cmp $dtype.safetensors twice.safetensors >out
    tell $? "and are the same $dtype once more"
    expect 0 "done: small/model.safetensors" "training begins with $dtype" \
        "$hrm" train small.yaml data=train.csv init=$dtype.safetensors steps=1 --out small
    expect 0 "cells" "$dtype is evaluated" "$hrm" eval $dtype.safetensors train.csv
    mkdir $dtype && "$hrm" convert $dtype.safetensors $dtype/x.npz --quiet && "$hrm" convert $dtype/x.npz back.safetensors --quiet
    "$hrm" convert floats.safetensors one.npz --raw --quiet && "$hrm" convert back.safetensors two.npz --raw --quiet
    cmp -s one.npz two.npz
    tell $? "other programs get its floats"
    rm -rf small
done
"$hrm" convert $model one.npz --raw --quiet
expect 0 "I8 .*scale" "scales are tensors" sh -c "'$hrm' info int8.safetensors | tr '\n' ' '"
refused 2 "one of fp32, bf16, int8" "weights of a kind that is not known" "$hrm" convert $model x.safetensors --dtype int4
refused 2 "are fp32" "small weights for other programs" "$hrm" convert $model x.npz --dtype int8
refused 2 "no other option" "small tensors of anything" "$hrm" convert $model x.safetensors --raw --dtype int8
head -c "$(($(size int8.safetensors) - 8))" int8.safetensors >cut.safetensors
refused 1 "cut.safetensors" "int8 that is cut short" "$hrm" solve cut.safetensors puzzles.txt

mkdir weights && "$hrm" convert $model weights/x.npz --quiet
sed -n '/^hrm_/p' numpy/all_config.yaml | grep -v "^hrm_training" >weights/all_config.yaml
refused 1 "so no recipe" "a recipe that is not known" "$hrm" convert weights/x.npz known.safetensors --recipe its2.yaml
[ ! -e known.safetensors ] && [ ! -e its2.yaml ]
tell $? "nothing is written then"
refused 2 "usage" "nothing to convert" "$hrm" convert
refused 2 "should end in" "an unknown kind of file" "$hrm" convert $model x.onnx
refused 2 "one of mean" "an unknown way" "$hrm" convert torch/step_3 --data train.csv --puzzle-emb some
refused 2 "begins with" "a part that is not there" "$hrm" convert torch/step_3 --part nothing
mkdir taken && echo "a: 1" >taken/all_config.yaml
refused 2 "taken/all_config.yaml" "another model's folder" "$hrm" convert $model taken/step_3
[ ! -e taken/step_3 ] && grep -q "a: 1" taken/all_config.yaml
tell $? "which stays as it was"
mkdir bare && cp torch/step_3 bare
refused 1 "all_config.yaml beside" "no configuration" "$hrm" convert bare/step_3 x.safetensors
refused 1 "arch.name" "a recipe for a configuration" \
    "$hrm" convert bare/step_3 x.safetensors --from-config small.yaml
refused 1 "hrm convert" "a checkpoint in the place of a model" "$hrm" eval torch/step_3 train.csv
"$hrm" train small.yaml data=train.csv l_layers=2 steps=1 --out deep 2>/dev/null
refused 1 "L_level" "weights of another size" \
    "$hrm" train small.yaml data=train.csv l_layers=2 init=$model --out x
refused 1 "holds model.inner.L_level.layers.1" "weights for which there is no room" \
    "$hrm" train small.yaml data=train.csv init=deep/model.safetensors --out x
refused 2 "another heads" "weights that would compute something else" \
    "$hrm" train small.yaml data=train.csv heads=1 init=$model --out x
refused 1 "nofile" "weights that are not there" "$hrm" train small.yaml data=train.csv init=nofile --out x
refused 1 "cannot write" "a folder that is not there" "$hrm" convert $model no/where.npz
size=$(wc -c <torch/step_3)
for cut in 0 10 1000 $((size - 1)); do
    head -c "$cut" torch/step_3 >torch/step_4
    refused 1 "step_4" "a checkpoint cut to $cut bytes" "$hrm" convert torch/step_4 x.safetensors
done
rm torch/step_4
mkdir full
for out in x.pt x.npz x.safetensors; do # the system stops a write that grows too large
    refused 1 "cannot write" "no room for $out" \
        $uncounted sh -c "trap '' XFSZ; ulimit -f 4; exec '$hrm' convert $model full/$out"
done
[ -z "$(ls full)" ]
tell $? "leaves nothing"
printf 'cos\nsystem\n(S"touch touched"\ntR.' >evil.pkl
refused 1 "evil.pkl" "a pickle that would run a command" "$hrm" convert evil.pkl x.safetensors
[ ! -e touched ] && [ ! -e x.safetensors ] && [ ! -e x ] && [ -z "$(find . -name '*.tmp*')" ]
tell $? "nothing was run, and nothing is left behind"
finish
