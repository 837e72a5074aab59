#!/bin/sh
# How one puzzle is solved, as a page, as pictures that move and as lines of JSON, from every kind of model and task.
# Pictures stay where TRACE_SHOTS says.
. tests/cli/lib.sh "$1"
folder=${TRACE_SHOTS:-$work}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cd "$work" || exit 1
sudoku=8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..

# Models that need not be good, only there.
cat >small.yaml <<'EOR'
arch: trm
hidden: 16
heads: 2
expansion: 1
l_layers: 1
h_cycles: 1
l_cycles: 1
halt_max_steps: 6
batch: 8
steps: 20
lr: 1e-2
warmup: 2
eval_every: 0
EOR
"$hrm" data sudoku train.csv --side 4 --count 30 --seed 1 --quiet 2>/dev/null
"$hrm" train small.yaml data=train.csv --out small --quiet 2>err || cat err
"$hrm" train small.yaml arch=hrm h_layers=1 data=train.csv --out hrm --quiet 2>err || cat err
"$hrm" data maze maze.csv --count 3 --size 30 --seed 1 --quiet 2>err
# Own tasks: one with regions, one of letters that mean something in HTML, JSON and XML.
jigsaw=$root/examples/puzzles/jigsaw
(cd "$root" && "$hrm" train "$jigsaw/recipe.yaml" steps=3 hidden=16 heads=1 l_cycles=2 eval_every=3 eval_limit=1 --out "$work/jigsaw" --quiet) 2>err || cat err
cat >signs.yaml <<'EOR'
shape: 2 x 3
alphabet: '&<>"x\'
EOR
printf 'question,answer\n%s,%s\n%s,%s\n' "<>&xxx" "<>&\\\\\\" "x&x<x>" '\&\<\>' >signs.csv
"$hrm" train small.yaml data=signs.csv task=signs.yaml batch=2 --out signs --quiet 2>err || cat err
mkdir tasks && for i in 1 2 3; do
    pair="\"input\": [[$i, 2, 3], [4, $i, 0]], \"output\": [[$i, 2, 3], [4, $i, 0]]"
    echo "{\"train\": [{$pair}], \"test\": [{$pair}]}" >tasks/t$i.json
done
"$hrm" data arc arc tasks --score tasks --augment 4 --seed 1 --quiet 2>err
"$hrm" train small.yaml data=arc/train halt_max_steps=3 lr=2e-2 steps=60 --out arcs --quiet 2>err || cat err

cat >look.py <<'EOP'
"""usage: look.py NAME STEPS   reads NAME.html, .svg, .gif, .jsonl and says what is wrong with them"""
import json, re, sys, xml.etree.ElementTree as tree
name, steps = sys.argv[1], int(sys.argv[2])


def unpack(data, least):
    """The bytes that LZW packed."""
    out, bits, held, size, table, last = bytearray(), 0, 0, least + 1, None, None
    clear, end = 1 << least, (1 << least) + 1
    for byte in data:
        held |= byte << bits
        bits += 8
        while bits >= size:
            code, held, bits = held & (1 << size) - 1, held >> size, bits - size
            if code == clear:
                table, size, last = [bytes([i]) for i in range(clear)] + [b"", b""], least + 1, None
                continue
            if code == end:
                return out, True
            entry = table[code] if code < len(table) else last + last[:1]
            assert code <= len(table)
            if last is not None and len(table) < 4096:
                table.append(last + entry[:1])
            out += entry
            last = entry
            if len(table) == 1 << size and size < 12:
                size += 1
    return out, False


def gif(b):
    """[(width, height), frames as lists of colours, hundredths of a second]"""
    word = lambda i: b[i] | b[i + 1] << 8
    assert b[:6] == b"GIF89a"
    width, height, flags, at = word(6), word(8), b[10], 13
    colour = [bytes(b[at + 3 * i:at + 3 * i + 3]) for i in range(2 << (flags & 7))]
    at += 3 * len(colour)
    canvas, frames, times, clear, loops = [None] * (width * height), [], [], None, None
    while b[at] != 0x3b:
        kind, label = b[at], b[at + 1]
        if kind == 0x21:
            if label == 0xf9:
                times.append(word(at + 4))
                clear = b[at + 6] if b[at + 3] & 1 else None
                assert b[at + 3] >> 2 & 7 == 1
            else:
                loops = b[at + 3:at + 14] == b"NETSCAPE2.0" and word(at + 16) == 0
            at += 2
        else:
            assert kind == 0x2c
            x, y, w, h = word(at + 1), word(at + 3), word(at + 5), word(at + 7)
            assert x + w <= width and y + h <= height and w and h
            least, at = b[at + 10], at + 11
        data = bytearray()
        while b[at]:
            data += b[at + 1:at + 1 + b[at]]
            at += 1 + b[at]
        at += 1
        if kind == 0x2c:
            pixels, ended = unpack(data, least)
            assert ended and len(pixels) == w * h, (len(pixels), w, h)
            for i, p in enumerate(pixels):
                if p != clear:
                    canvas[(y + i // w) * width + x + i % w] = colour[p]
            assert None not in canvas
            frames.append(list(canvas))
    assert at + 1 == len(b) and loops
    return (width, height), frames, times


lines = [json.loads(line) for line in open(name + ".jsonl")]
assert lines[-1]["event"] == "answer"
answering = [e for e in lines[:-1] if e.get("chain") in (None, lines[-1]["chain"] or 1)]
page = open(name + ".html", encoding="utf-8").read()
assert not re.search(r"(src|href)=.?(https?:|//)", page) and "@import" not in page
story = json.loads(re.search(r'id="story">(.*?)</script>', page, re.S).group(1))
frames = story["frames"]
assert story["steps"] == len(answering) and len(frames) == min(steps or len(answering), len(answering)), (len(frames), len(answering))
assert [f["n"] for f in frames][-1] == story["steps"]
cells, kinds = story["rows"] * story["cols"], story["symbols"] or len(story["looks"])
assert all(len(f["tokens"]) == 2 * cells and len(f["heat"]) == 2 * cells * kinds for f in frames)
if len(frames) == len(answering) and story["rows"] * story["cols"] == len(answering[0]["cells"]):
    for f, e in zip(frames, answering):
        told = "".join(story["looks"][int(f["tokens"][i:i + 2], 16)]["name"] for i in range(0, 2 * cells, 2))
        assert told == e["cells"], (told, e["cells"])
        if story["symbols"]:
            assert f["end"] == ("guess" if e["end"] == "complete" else e["end"]) and f["drops"] == len(e["dropped"])
            assert [g[0] for g in f["made"][len(f["made"]) - f["back"]:]] == [g["cell"] for g in e.get("taken_back", [])]
            assert ("guess" in f) == ("guess" in e) and (f["empty"] if "empty" in e else -1) == e.get("empty", -1)
size, pixels, times = gif(open(name + ".gif", "rb").read())
shown = min(239, len(answering))
assert len(pixels) == len(times) == 1 + shown, (len(pixels), shown)
assert times[-1] > 3 * times[0] and sum(1 for a, b in zip(pixels, pixels[1:]) if a != b) >= min(1, shown)
root = tree.parse(name + ".svg").getroot()
assert (int(root.get("width")), int(root.get("height"))) == size
assert root.tag == "{http://www.w3.org/2000/svg}svg" and not list(root.iter("{http://www.w3.org/2000/svg}script"))
for g in root.iter("{http://www.w3.org/2000/svg}g"):
    at = [float(t) for t in g[0].get("keyTimes").split(";")]
    assert at == sorted(at) and at[0] == 0 and at[-1] < 1 and g[0].get("values").split(";")[-1] == g.get("opacity")
texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text") if len(t.text) > 1]
assert len(texts) == 1 + shown and texts[0] == "the puzzle" and " of %d" % len(answering) in texts[-1], texts[-2:]
print(len(answering), "steps,", size, "points,", len(story["answer"]["why"]) and story["answer"]["why"] or story["answer"]["verdict"])
EOP
drawn() { # drawn NAME WHAT STEPS MODEL PUZZLE OPTION...: all four, and what is in them
    file=$1 what=$2 most=$3 model=$4 puzzle=$5
    shift 5
    for ending in html svg gif jsonl; do
        "$hrm" solve "$model" "$puzzle" "$@" --trace "$folder/$file.$ending" >answer.$ending 2>err
        [ $? -le 1 ] && cmp -s answer.html answer.$ending || echo "$ending: $(cat err)"
    done >out
    [ ! -s out ] && { ! command -v python3 >/dev/null || python3 look.py "$folder/$file" "$most" >out 2>err; }
    tell $? "$what: $(tail -1 out)"
}
row() { # row FILE: the question of its first puzzle
    sed -n 2p "$1" | sed 's/^generated,//' | cut -d, -f1
}
drawn search "a search on Sudoku" 0 "$root/models/sudoku.safetensors" $sudoku
drawn maze "a maze" 0 "$root/models/maze.safetensors" "$(row maze.csv)"
drawn segments "segments of TRM" 0 small/model.safetensors "$(row train.csv)"
drawn hrm "segments of HRM" 0 hrm/model.safetensors "$(row train.csv)" --segments 9
drawn own "a task of one's own, with regions" 0 jigsaw/model.safetensors "$(row "$jigsaw/test.csv")" --rounds 12
drawn signs "cells that mean something in HTML" 0 signs/model.safetensors 'x&x<x>'
drawn arc "ARC" 0 arcs/model.safetensors "$("$hrm" data show arc/test 0 --json | sed 's/.*"question": "\([^"]*\)".*/\1/')"
[ "$(sed -n 's/.*"rows":\([0-9]*\),"cols":\([0-9]*\).*/\1x\2/p' "$folder/arc.html")" = 2x3 ]
tell $? "no larger than the grids are"
drawn open "chains that never end" 999 "$root/models/sudoku.safetensors" \
    ................................................................................. --rounds 1500 --chains 1 --conflict 0.05 --agree 2
grep -q "open.html: 999 of" err || "$hrm" solve "$root/models/sudoku.safetensors" \
    ................................................................................. --rounds 1500 --chains 1 --conflict 0.05 --agree 2 \
    --trace "$folder/open.gif" 2>err >out
grep -q "open.gif: 239 of 1[0-9]* steps are drawn" err
tell $? "a long one is thinned, which is told"
[ "$(find "$folder" -size +6000k -name 'open.[hgs]*' | wc -l)" -eq 0 ]
tell $? "and stays small"
try "$hrm" solve "$root/models/sudoku.safetensors" $sudoku --picture p.svg --trace p.jsonl
[ $code -eq 0 ] && [ -s p.svg ] && grep -q '"event": "answer"' p.jsonl
tell $? "a picture and lines of one solving"
try "$hrm" solve "$root/models/sudoku.safetensors" $sudoku --picture P.GIF --trace p.html
[ $code -eq 0 ] && [ "$(head -c 6 P.GIF)" = GIF89a ] && head -1 p.html | grep -q "<!doctype html>"
tell $? "two pictures of one solving, endings in capitals too"

# Refused before anything is done: the model is not there.
for file in x.png x.htm x trace.json .svg; do
    refused 2 "--trace: $file: .*\.jsonl .*\.html .*\.svg or \.gif" "a trace named $file" "$hrm" solve nowhere $sudoku --trace $file
    [ ! -e $file ]
    tell $? "which is not there then"
done
refused 2 "must end in .html, .svg or .gif" "a picture of another kind" "$hrm" solve nowhere $sudoku --picture x.jsonl
printf '%s\n%s\n' "$(row train.csv)" "$(row train.csv)" >two.txt
for ending in html svg gif; do
    refused 2 "give it as a word" "a .$ending of many puzzles" "$hrm" solve small/model.safetensors two.txt --trace x.$ending
    echo old >x.$ending
    refused 1 "characters; this task has" "a puzzle that is none" "$hrm" solve small/model.safetensors 12 --trace x.$ending
    "$hrm" solve small/model.safetensors "$(row train.csv)" --trace nodir/x.$ending >out 2>err
    [ $? -eq 1 ] && grep -q "nodir/x.$ending" err && [ "$(cat x.$ending)" = old ]
    tell $? "a .$ending that cannot be written is told, what was there stays"
done
cp small/model.safetensors small/model.html
refused 2 "would be written over" "a page over the model" "$hrm" solve small/model.html "$(row train.csv)" --trace small/model.html
try sh -c "'$hrm' solve small/model.safetensors two.txt --trace /dev/stdout | grep -c event"
[ "$(cat out)" -gt 4 ]
tell $? "lines go to what is no file, whatever its name"

skip() {
    n=$((n + 1))
    echo "ok $n - $1 # skip: $2"
}
if command -v chromium >/dev/null && command -v python3 >/dev/null; then
    export PYTHONDONTWRITEBYTECODE=1
    try timeout 300 python3 "$root/tests/serve/player_test.py" "$folder" search segments maze arc own signs
    grep '^# ' out
    [ $code -eq 0 ]
    tell $? "the pages in a browser, by keyboard"
    if python3 -m venv venv 2>/dev/null && timeout 120 venv/bin/pip install --quiet --disable-pip-version-check --retries 0 \
        --timeout 10 --no-deps axe-core-python >/dev/null 2>&1; then
        try timeout 300 python3 "$root/tests/serve/player_test.py" --axe "$(find "$PWD/venv" -name 'axe.min.js' | head -1)" \
            "$folder" search segments arc
        [ $code -eq 0 ]
        tell $? "axe-core finds nothing on them that keeps anybody out"
    else skip "axe-core on the pages" "no venv, or no way to PyPI"; fi
else skip "the pages in a browser" "no chromium is installed"; fi
finish
