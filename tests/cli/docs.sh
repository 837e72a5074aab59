#!/bin/sh
# The reference of the C interface and the Python binding say what the header says, every function is
# documented, and what its example shows compiles.
. tests/cli/lib.sh "$1"
if ! command -v python3 >/dev/null; then
    echo "ok 1 - docs # skip: python3 is not installed"
    echo "1..1"
    exit 0
fi
try python3 tools/api.py --check
[ $code -eq 0 ]
tell $? "docs/api.md and python/hrm.py are current, every function is documented"
try python3 tools/api.py --examples
cp "$work/out" "$work/examples.c"
[ "$(grep -c "^    { /\\* hrm_" "$work/examples.c")" -eq "$(cat include/*.h | grep -c "^HRM_API")" ]
tell $? "every function has an example"
try "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -Iinclude -c "$work/examples.c" -o "$work/examples.o"
[ $code -eq 0 ]
tell $? "the examples compile"
sed -n '/^ \*     #include/,/^ \*     }/p' include/hrm.h | sed 's/^ \*\( \{5\}\)\{0,1\}//' >"$work/intro.c"
try "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -Iinclude -c "$work/intro.c" -o "$work/intro.o"
[ $code -eq 0 ] && grep -q "hrm_answers_free" "$work/intro.c"
tell $? "the program that opens the header compiles"

# docs/serve.md: what it types, on a free port
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
sed -n '/^```sh$/,/^```$/p' docs/serve.md | sed "/^\`\`\`/d; s|^hrm=.*|hrm=$hrm|; s/8091/$port/g" >"$work/serve.sh"
try timeout 100 sh -e "$work/serve.sh"
[ "$(grep -c '"verdict":"solved"' "$work/out")" -eq 1 ] && grep -qx "http://127.0.0.1:$port/" "$work/out" &&
    grep -q '^hrm: 3 models, [0-9]* workers*; Ctrl-C ends it$' "$work/err"
tell $? "the service of its page starts, says so, and answers"
sed -n '/^```json$/,/^```$/{/mcpServers/p}' docs/serve.md >"$work/mcp.json"
try timeout 100 python3 -c 'import json, subprocess, sys
tool = json.load(open(sys.argv[1]))["mcpServers"]["hrm"]
said = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}}
assert tool["command"] == "hrm"
print(subprocess.run([sys.argv[2], *tool["args"]], input=json.dumps(said) + "\n", capture_output=True, text=True).stdout)' \
    "$work/mcp.json" "$hrm"
grep -q '"serverInfo"' "$work/out"
tell $? "and what it configures speaks the protocol"
finish
