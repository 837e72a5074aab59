#!/bin/sh
# hrm.py with plain python3, with NumPy where some python3 has it, and as pip installs it.
. tests/cli/lib.sh "$1"
build=$(cd "$1" && pwd)
skip_all() {
    echo "ok 1 - python # skip: $1"
    echo "1..1"
    exit 0
}
command -v python3 >/dev/null || skip_all "python3 is not installed"
case $hrm in */asan/*) skip_all "python3 itself is not built with the sanitizer" ;; esac
abi=$(awk '/define HRM_ABI/ { print $3 }' include/hrm.h)
export HRM_LIBRARY="$build/libhrm.so.$abi" PYTHONDONTWRITEBYTECODE=1
# The interpreters to try: the first, and another that knows NumPy if the first does not.
numpy() { "$1" -c "import numpy" 2>/dev/null; }
pythons=$(command -v python3)
numpy python3 || ! numpy /usr/bin/python3 || pythons="$pythons /usr/bin/python3"
for python in $pythons; do
    mkdir -p "$work/py"
    "$python" tests/python/test_hrm.py "$work/py" "${CC:-cc}" >"$work/tap" 2>"$work/err"
    while read -r line; do
        case $line in
        "ok "*) n=$((n + 1)) && echo "ok $n - ${line#*- }" ;;
        "not ok "*) n=$((n + 1)) bad=1 && echo "not ok $n - ${line#*- }" ;;
        "# "*) echo "$line" ;;
        esac
    done <"$work/tap"
    grep -q '^1\.\.' "$work/tap"
    tell $? "$python came to the end"
    model=$work/py/search/model.safetensors data=$work/py/train.csv
    PYTHONPATH=python TMPDIR=$work try "$python" tests/python/notebook.py examples/notebook.ipynb
    [ $code -eq 0 ] && grep -q "^exact .* of 20$" "$work/out" && grep -q "^  1  [1-9.]* .*%" "$work/out" &&
        grep -q "^second finished exact .*lr=0.004$" "$work/out" && grep -q "^segment 4, call 3 makes z_H: .*%" "$work/out" &&
        grep -q "^segment 4: exact .* z_H moved by 0[.]" "$work/out" && [ "$(grep -c "^shown: [0-9]" "$work/out")" -eq 3 ]
    tell $? "the cells of examples/notebook.ipynb run"
    PYTHONPATH=python try "$python" -m hrm "$model" "$(sed -n 2p "$data" | cut -d, -f2)"
    [ $code -eq 0 ] && grep -q "|" "$work/out"
    tell $? "python3 -m hrm solves"
    # a program whose language writes 1,5
    printf 'LC_NUMERIC\ndecimal_point ","\nthousands_sep ""\ngrouping -1\nEND LC_NUMERIC\n' >"$work/comma.src"
    if (cd "$work" && localedef -c -i comma.src ./comma 2>/dev/null); [ -e "$work/comma/LC_NUMERIC" ]; then
        cat >"$work/comma.py" <<'EOT'
import locale, sys, hrm
locale.setlocale(locale.LC_NUMERIC, "comma")
assert locale.localeconv()["decimal_point"] == ","
work = sys.argv[1]
hrm.load(work + "/search/model.safetensors").save(work + "/comma.safetensors")
print(hrm.load(work + "/comma.safetensors").info.cells)
EOT
        LOCPATH=$work PYTHONPATH=python try "$python" "$work/comma.py" "$work/py"
        [ $code -eq 0 ] && cmp -s "$work/py/search/model.safetensors" "$work/py/comma.safetensors"
        tell $? "a locale with a decimal comma writes the same files"
    else
        echo "ok $((n += 1)) - a locale with a decimal comma # skip: localedef makes none here"
    fi
    mkdir "$work/page"
    sed -n '/^```python$/,/^```$/p' docs/python.md | sed '/^```/d' >"$work/page/page.py"
    cd "$work/page" || exit 1
    sed -n '/^TOKENS = /,/^"""/p' "$root/tests/python/test_hrm.py" | sed '1s/.*"""//; $d' >recipe.yaml
    head -9 "$root/data/sudoku-9x9-test.csv" >puzzles.csv
    "$hrm" train recipe.yaml data=puzzles.csv --out run 2>/dev/null && cp run/model.safetensors sudoku.safetensors
    PYTHONPATH=$root/python try "$python" page.py
    [ $code -eq 0 ] && grep -q "^8 of 8$" "$work/out" && tail -1 "$work/out" | grep -q "^puzzle 1: .*81"
    tell $? "docs/python.md runs"
    cd "$root" && rm -r "$work/page"
    HRM_LIBRARY=/nowhere try "$python" python/hrm.py a b
    [ $code -ne 0 ] && grep -q "libhrm is not found: build it with make" "$work/err"
    tell $? "without the library it says what to do"
    mv "$work/py" "$work/py-$n"
done

# pip, in an environment of its own, with setuptools from PyPI where there is a way to it
pip_works() {
    python3 -m venv "$work/venv" 2>/dev/null &&
        timeout 60 "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --retries 0 \
            --timeout 10 setuptools wheel 2>/dev/null
}
if pip_works; then
    unset HRM_LIBRARY PYTHONDONTWRITEBYTECODE
    mkdir "$work/src"
    cp -r Makefile config.mk setup.py pyproject.toml README.md LICENSE include src app python tools models recipes data "$work/src"
    HRM_PREBUILT="$build/libhrm.so.$abi" try "$work/venv/bin/python" -m pip install --quiet \
        --disable-pip-version-check --no-build-isolation --no-deps "$work/src"
    [ $code -eq 0 ]
    tell $? "pip install ."
    cd / && try "$work/venv/bin/python" -c "
import hrm, os
assert os.path.dirname(hrm.__file__) == os.path.dirname(hrm._lib._name), hrm._lib._name
hrm.load('sudoku'), hrm.Trainer('demo-sudoku-6x6', '/nowhere/x').plan()
print(hrm.__version__)"
    [ $code -eq 0 ] && [ "$(cat "$work/out")" = "$("$hrm" --version | cut -d' ' -f2)" ]
    tell $? "it brings its library"
else
    n=$((n + 1))
    echo "ok $n - pip install # skip: no venv, or no way to PyPI"
fi
finish
