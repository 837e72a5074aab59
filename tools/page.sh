#!/bin/sh
# The page of hrm serve as one file that needs no service: with the module, models and a few puzzles inside, for a
# browser alone, also from a disk. Nothing that it does asks the network: its policy forbids it.
#
# usage: tools/page.sh NPM MODEL... >hrm.html     (NPM: what make wasm made)
set -eu
npm=$1
shift
packed() { # packed ID FILE [ATTRIBUTE]: an element with its gzip in base64
    printf '<script type="text/plain" id="%s"%s>' "$1" "${3-}"
    gzip -9nc "$2" | base64 -w 0
    echo "</script>"
}
policy="default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; img-src data: blob:"
inside() {
    echo "<meta http-equiv=\"Content-Security-Policy\" content=\"$policy; base-uri 'none'; form-action 'none'\">"
    packed hrm.wasm "$npm/hrm.wasm"
    packed hrm-scalar.wasm "$npm/hrm-scalar.wasm"
    for model in "$@"; do packed "$(basename "$model" .safetensors)" "$model" " data-model"; done
    echo '<script type="text/plain" id="worker.js">'
    cat "$npm/worker.js"
    echo '</script>'
    printf '<script type="application/json" id="puzzles">'
    awk -F, 'NR > 1 && NR % 8 == 0 { printf "%s{\"task\":\"sudoku\",\"puzzle\":\"%s\",\"rating\":%s}", n++ ? ",\n" : "[", $2, $4 } END { print "]" }' \
        data/sudoku-9x9-test.csv
    echo '</script>'
    echo '<script>'
    echo '"use strict";'
    echo '(() => {'
    sed 's/^export //; s/import\.meta\.url/location.href/g' "$npm/hrm.js"
    cat web/page.js
    echo '})();'
    echo '</script>'
}
sed '/<!-- engine -->/,$d' app/serve/page.html
inside "$@"
sed '1,/<!-- engine -->/d' app/serve/page.html
