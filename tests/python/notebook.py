"""Runs the code of a notebook without Jupyter, cell by cell in one namespace, and prints what the cells say.

usage: notebook.py [--keep] NOTEBOOK   (--keep: the notebook keeps the text; pages and pictures it does not)"""

import ast
import contextlib
import io
import json
import sys

keep, path = sys.argv[1:2] == ["--keep"], sys.argv[-1]
with open(path, encoding="utf-8") as f:
    book = json.load(f)
assert (book["nbformat"], book["nbformat_minor"]) == (4, 5) and len({c["id"] for c in book["cells"]}) == len(book["cells"])
names = {"__name__": "__main__"}
count = 0
for cell in book["cells"]:
    if cell["cell_type"] != "code":
        continue
    count += 1
    body = ast.parse("".join(cell["source"]), "cell %d" % count).body
    last = ast.Expression(body.pop().value) if isinstance(body[-1], ast.Expr) else None
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(ast.Module(body, []), "cell %d" % count, "exec"), names)
        value = eval(compile(last, "cell %d" % count, "eval"), names) if last else None
        if value is not None and not hasattr(value, "_repr_html_"):
            print(repr(value))
    print(said.getvalue(), end="")
    if hasattr(value, "_repr_html_"):  # which a notebook would show
        print("shown: %d characters of HTML" % len(value._repr_html_()))
    cell["execution_count"] = count
    cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": said.getvalue().splitlines(True)}] if said.getvalue() else []
if keep:
    with open(path, "w", encoding="utf-8") as f:
        f.write(json.dumps(book, indent=1, ensure_ascii=False) + "\n")
