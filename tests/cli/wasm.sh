#!/bin/sh
# The core as WebAssembly and its package, in Node.js (tests/web): the same bits as the native kernels, the
# interface of docs/web.md, hostile models. WASM=long: as many puzzles and files as are promised.
. tests/cli/lib.sh "$1"
not_sanitized wasm "the module is not built by them"
skip_all() {
    echo "ok 1 - wasm # skip: $1"
    echo "1..1"
    exit 0
}
sh tools/wasm.sh >/dev/null 2>&1 || skip_all "clang for WebAssembly is not installed"
node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null || skip_all "Node.js 18 or newer is not installed"
long=$([ "${WASM-}" = long ] && echo long)
mkdir -p build # which the page's test also has made, perhaps at once
try flock build/wasm.lock env -u MAKEFLAGS -u MAKELEVEL -u CC make -j2 wasm
[ $code -eq 0 ]
tell $? "make wasm builds the package"

# under NAME SCRIPT ARGUMENT...: what a script of tests/web tells, in this one's numbers
under() {
    name=$1
    shift
    try node "$@"
    cp "$work/out" "$work/told"
    cp "$work/err" "$work/said"
    while IFS= read -r line; do
        case $line in
        "ok "* | "not ok "*)
            good=0
            case $line in not*) good=1 ;; esac
            : >"$work/err"
            grep -A1 -F -- "$line" "$work/told" | sed -n 2p >"$work/out"
            tell $good "$name: ${line#*- }"
            ;;
        esac
    done <"$work/told"
    cp "$work/said" "$work/err"
    grep -q '^1\.\.' "$work/told" && [ $code -eq 0 ]
    tell $? "$name: all of it ran"
}
built=$(cd "$1" && pwd)/tests/web
try env -u MAKEFLAGS -u MAKELEVEL make "$1/tests/web/bits" "$1/tests/web/json" "$1/tests/web/json-own"
[ $code -eq 0 ]
tell $? "what it is compared with is built"

# the reader of JSON that takes Jansson's place
printf '%s\n' '{"a": [1, -2.5e-3, 0, true, false, null, "x\u00e9\ud83d\ude00 \\\" \/ \n"], "long": {"b": {}, "c": [[], [0.1]]}, "n": -0, "d": 1e5}' >"$work/some.json"
for program in json json-own; do
    "$built/$program" "$([ -n "$long" ] && echo 100000 || echo 3000)" "$work/some.json" tests/fuzz/seeds/json/spec tests/fuzz/seeds/task/* \
        >"$work/$program.told" || echo failed >>"$work/$program.told"
done
diff "$work/json.told" "$work/json-own.told" >"$work/out" && grep -q refused "$work/json.told" && ! grep -qx failed "$work/json.told" &&
    ! sed -n 1p "$work/json.told" | grep -q refused
tell $? "JSON is read as Jansson reads it, and refused where it refuses"

"$hrm" data maze "$work/mazes.csv" --count 20 --seed 9 --quiet
{ # the five hardest, then the first ones
    head -1 data/sudoku-9x9-test.csv
    sed 1d data/sudoku-9x9-test.csv | sort -t, -k4 -nr | head -5
    sed -n 2,96p data/sudoku-9x9-test.csv
} >"$work/hard.csv"
if [ -n "$long" ]; then s=100 m=20; else s=2 m=1; fi
# of each kind one that was hardly trained: HRM, TRM on a task file's puzzles, and weights of one byte
"$hrm" data sudoku "$work/four.csv" --side 4 --count 20 --quiet
cat >"$work/task.yaml" <<'EOT'
shape: 4 x 4
alphabet: ".1234"
answers: "1234"
blank: "."
regions: |
  1122
  1122
  3344
  3344
rules:
  - different in rows
  - different in columns
  - different in regions
EOT
tiny_net 32 4 >"$work/hrm.yaml" <<EOT
arch: hrm
halt_max_steps: 3
steps: 3
warmup: 1
data: $root/data/sudoku-9x9-train.csv
EOT
sed "/^h_layers/d; s/arch: hrm/arch: trm/; s|^data:.*|data: $work/four.csv|" "$work/hrm.yaml" >"$work/trm.yaml"
"$hrm" train "$work/hrm.yaml" --out "$work/hrm" --quiet 2>/dev/null
"$hrm" train "$work/trm.yaml" task="$work/task.yaml" --out "$work/trm" --quiet 2>/dev/null
"$hrm" convert models/sudoku-fields.safetensors "$work/int8.safetensors" --dtype int8 --quiet
# nets of the published sizes, the second also in their files' layout
large_net large-hrm "arch: hrm" "h_layers: 1" "l_layers: 1"
large_net large-trm "arch: trm" "l_layers: 2"
mkdir "$work/published"
"$hrm" convert "$work/large-trm/model.safetensors" "$work/published/step_1" --compiled --quiet
"$hrm" convert "$work/published/step_1" "$work/from-published.safetensors" --quiet
"$hrm" convert "$work/large-hrm/model.safetensors" "$work/large-int8.safetensors" --dtype int8 --quiet
cp tests/fixtures/ckpt/hrm_newlayout/step_52083 tests/fixtures/ckpt/hrm/all_config.yaml "$work/published"
"$hrm" convert "$work/published/step_52083" "$work/step_52083.safetensors" --quiet 2>/dev/null
under bits tests/web/bits.mjs "$built/bits" models/sudoku.safetensors "$work/hard.csv" $s \
    models/sudoku-fields.safetensors "$work/hard.csv" $s models/maze.safetensors "$work/mazes.csv" $m \
    "$work/int8.safetensors" "$work/hard.csv" 1 "$work/hrm/model.safetensors" "$work/hard.csv" $s \
    "$work/trm/model.safetensors" "$work/four.csv" 20 "$work/large-hrm/model.safetensors" "$work/hard.csv" 1 \
    "$work/from-published.safetensors" "$work/hard.csv" 1 "$work/large-int8.safetensors" "$work/hard.csv" 1 \
    "$work/step_52083.safetensors" "$work/hard.csv" 2
under memory tests/web/memory.mjs "$work/from-published.safetensors" 3 "$work/large-int8.safetensors" 3 models/sudoku.safetensors 6
mkdir "$work/tasks"
echo '{"train": [{"input": [[1, 0]], "output": [[0, 1]]}], "test": [{"input": [[2, 0]], "output": [[0, 2]]}]}' >"$work/tasks/t.json"
"$hrm" data arc "$work/arc" "$work/tasks" --score "$work/tasks/t.json" --quiet 2>/dev/null
sed "/^h_layers/d; s/arch: hrm/arch: trm/; s|^data:.*|data: $work/arc/train|" "$work/hrm.yaml" >"$work/arc.yaml"
"$hrm" train "$work/arc.yaml" --out "$work/arc-run" --quiet 2>/dev/null
under api tests/web/api.mjs "$work/arc-run/model.safetensors"
for page in docs/web.md web/README.md; do
    sed -n '/^```js$/,/^```$/p' $page | sed "/^\`\`\`/d; s|\"\./build/|\"$root/build/|; s|\"hrm\"|\"$root/build/wasm/npm/hrm.js\"|; s|\"sudoku.safe|\"models/sudoku.safe|" \
        >"$work/page.mjs"
    try timeout 300 node "$work/page.mjs"
    [ $code -eq 0 ] && grep -q "[1-9]\{81\} solved" "$work/out"
    tell $? "the example of $page runs"
done
if command -v python3 >/dev/null; then
    mkdir "$work/spoilt"
    python3 -B tests/web/spoil.py "$work/spoilt" "$([ -n "$long" ] && echo 600 || echo 30)" models/sudoku-fields.safetensors \
        tests/fuzz/seeds/model/candidates tests/fuzz/seeds/model/tokens
    for dtype in bf16 int8; do "$hrm" convert models/maze.safetensors "$work/maze-$dtype.safetensors" --dtype $dtype --quiet; done
    python3 -B tests/web/spoil.py "$work/spoilt" "$([ -n "$long" ] && echo 300 || echo 15)" "$work/maze-bf16.safetensors" "$work/maze-int8.safetensors"
    python3 -B tests/web/spoil.py "$work/spoilt" "$([ -n "$long" ] && echo 20 || echo 2)" "$work/from-published.safetensors"
    under hostile tests/web/hostile.mjs "$work/spoilt"
else echo "ok $((n += 1)) - hostile models # skip: python3 is not installed"; fi
finish
