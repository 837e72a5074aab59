#!/bin/sh
# The documentation's road from an empty folder to a solved puzzle: every command of
# docs/your-own-puzzle.md, run as it stands there. Only trainings are cut short.
. tests/cli/lib.sh "$1"
mkdir "$work/bin" "$work/empty"
cat >"$work/bin/hrm" <<EOS
#!/bin/sh
# hrm, but the trainings of the documentation end after a few steps, and few puzzles are evaluated
case "\$1 \$*" in
"train "*--plan*) exec "$hrm" "\$@" ;;
"train "*) exec "$hrm" "\$@" steps=12 eval_every=6 eval_limit=2 warmup=2 ;;
"eval "*) exec "$hrm" "\$@" --limit 10 ;;
*) exec "$hrm" "\$@" ;;
esac
EOS
chmod +x "$work/bin/hrm"
PATH=$work/bin:$PATH
export PATH
awk -v dir="$work" '/^```sh$/ { n++; on = 1; next } /^```$/ { on = 0 } on { print > (dir "/block" n ".sh") }
    END { print n }' docs/your-own-puzzle.md >"$work/blocks"
blocks=$(cat "$work/blocks")
[ "$blocks" -ge 6 ]
tell $? "the documentation has its commands ($blocks groups)"
cd "$work/empty" || exit 1
i=1
while [ $i -le "$blocks" ]; do
    try sh -e "$work/block$i.sh"
    tell $code "group $i of the commands runs"
    i=$((i + 1))
done
[ "$(wc -l <train.csv)" -eq 1001 ] && [ "$(wc -l <test.csv)" -eq 1001 ]
tell $? "the examples are there"
[ "$(wc -l <answers.txt)" -eq 3 ] && ! grep -v '	\(solved\|wrong: \(row\|column\) \|not solved\)' answers.txt
tell $? "answers are judged by the rules that the model file brought along"
expect 0 '"rules":"different in rows' "the model file holds the task" "$hrm" info run/best.safetensors --json
finish
