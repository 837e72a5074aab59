"""What is made out of the headers in include/: docs/api.md and the middle of python/hrm.py.

usage: tools/api.py            write both files (make docs)
       tools/api.py --check    say which of them is not current, or which function is not documented
       tools/api.py --examples print a C program that holds every example, to be compiled
"""

import os
import re
import sys

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
BEGIN, END = "# ---- made by tools/api.py from include/*.h: ", "# ---- end of what is made "


def read(path):
    with open(os.path.join(root, path)) as file:
        return file.read()


# ---- the header as a list of items ---------------------------------------------------------------


class Item:
    """kind: "section", "define", "opaque", "struct", "enum", "callback" or "function"."""

    def __init__(self, kind, name, code, comment):
        self.kind, self.name, self.code, self.comment = kind, name, code, comment


ITEM = re.compile(
    r"/\* ---- (?P<section>[^*]+?) -+ \*/"
    r"|(?P<comment>/\*.*?\*/)"
    r"|#define (?P<define>HRM_[A-Z_]+) \d+"
    r"|typedef struct \w+ (?P<opaque>\w+);"
    r"|typedef struct \w+ \{(?P<fields>.*?)\n\} (?P<struct>\w+);"
    r"|^struct (?P<named>\w+) \{(?P<inside>.*?)\n\};"
    r"|typedef enum \w+ \{.*?\n\} (?P<enum>\w+);"
    r"|typedef [\w *]+\(\*(?P<callback>\w+)\)\([^;]*\);"
    r"|HRM_API [^;(]*?(?P<function>hrm_\w+)\([^;]*\);",
    re.S | re.M,
)


def plain(comment):
    """A comment's text, without its stars."""
    lines = comment[2:-2].split("\n")
    return "\n".join([lines[0].strip()] + [re.sub(r"^ ?\* ?", "", line) for line in lines[1:]]).strip()


def items(header):
    found, comment, end = [], "", 0
    for match in ITEM.finditer(header):
        adjacent = not header[end : match.start()].strip() and header[end : match.start()].count("\n") < 2
        end = match.end()
        if match["comment"]:
            comment = plain(match["comment"])
            continue
        if match["named"]:  # declared in the other header
            found.append(Item("struct", match["named"], match[0], comment if adjacent else ""))
            found[-1].fields = match["inside"]
            comment = ""
            continue
        kind = next(k for k in ("section", "define", "opaque", "struct", "enum", "callback", "function") if match[k])
        found.append(Item(kind, match[kind].strip(), match[0], comment if adjacent else ""))
        if kind == "struct":
            found[-1].fields = match["fields"]
        comment = ""
    structs = {item.name for item in found if item.kind == "struct"}
    return [item for item in found if item.kind != "opaque" or item.name not in structs]


# ---- docs/api.md ---------------------------------------------------------------------------------

LABELS = ("Errors", "Threads", "Example")


def parts(item):
    """A function's comment: what it does, errors, threads, example."""
    out, label = {"": []}, ""
    for line in item.comment.replace(" Threads: ", "\nThreads: ").split("\n"):
        begins = next((word for word in LABELS if line.startswith(word + ":")), None)
        if begins:
            label = begins
            out[label] = []
            line = line[len(label) + 1 :].strip()
        out[label].append(line)
    texts = {key: "\n".join(lines).strip("\n") for key, lines in out.items()}
    if "Example" in texts:
        texts["Example"] = "\n".join(re.sub(r"^    ", "", line) for line in texts["Example"].split("\n"))
    return texts


def prose(text):
    """Lines of a comment as Markdown: names as code."""
    text = re.sub(r"(?<![`\w./])((?:hrm|HRM)_\w+(?:\(\))?)(?![`\w])", r"`\1`", text)
    return text.replace("*out", r"\*out").replace("*cells", r"\*cells")


def code(text):
    return "```c\n%s\n```\n" % text.replace("HRM_API ", "")


def page(header, found):
    intro = plain(re.search(r"/\*.*?\*/", header, re.S)[0])
    program = re.search(r"(?:^    .*\n|^\n)+", intro[intro.index("    #include") :], re.M)[0]
    before, after = intro.split(program)
    program = "\n".join(line[4:] for line in program.strip("\n").split("\n"))
    out = ["# The C interface\n\n"
           "All of `include/hrm.h`, `hrm_data.h`, `hrm_tools.h` and `hrm_look.h`, made from them by `make docs`, in\n"
           "this order. The examples are compiled by the tests;\n"
           "complete programs are in [`examples/`](../examples).\n\n"
           "    cc program.c $(pkg-config --cflags --libs hrm)\n"]  # fmt: skip
    about = before.split(" - ", 1)[1].strip()
    about = about[0].upper() + about[1:]
    out.append("%s\n\n%s\n%s\n" % (prose(about), code(program), prose(after.strip())))
    sections, names = [("general", [])], {}
    for item in found:
        if item.kind == "section":
            sections.append((item.name, []))
        else:
            sections[-1][1].append(item)
            names[item.name] = item
    for title, members in sections:
        functions = [i.name for i in members if i.kind == "function"]
        out.append("- %s: %s" % (title, ", ".join("[`%s`](#%s)" % (n, n) for n in functions)))
    out.append("")
    for title, members in sections:
        out.append("## %s\n" % (title[0].upper() + title[1:]))
        for item in members:
            if item.kind == "define" and item.name.startswith("HRM_VERSION"):
                continue
            if item.kind != "function":
                if item.kind == "opaque" and not item.comment:
                    continue
                out.append("### %s\n" % item.name)
                if item.comment:
                    out.append(prose(item.comment) + "\n")
                out.append(code(item.code))
                continue
            text = parts(item)
            out.append("### %s\n\n%s" % (item.name, code(item.code)))
            out.append(prose(text[""]) + "\n")
            for label in ("Errors", "Threads"):
                if label in text:
                    out.append("- *%s*: %s" % (label, prose(text[label])))
            if "Example" in text:
                out.append("\n" + code(text["Example"]))
    return "\n".join(out).rstrip() + "\n"


# ---- the middle of python/hrm.py -----------------------------------------------------------------

SIMPLE = {
    "int": "C.c_int", "long": "C.c_long", "size_t": "C.c_size_t", "int64_t": "C.c_int64", "uint64_t": "C.c_uint64",
    "double": "C.c_double", "float": "C.c_float", "bool": "C.c_bool", "char": "C.c_char",
    "unsigned char": "C.c_ubyte", "void": "None",
}  # fmt: skip


class Types:
    def __init__(self, found):
        self.kind = {item.name: item.kind for item in found}

    def python_name(self, name):
        return "_" + "".join(word.capitalize() for word in name.split("_")[1:])

    def base(self, name):
        if name in SIMPLE:
            return SIMPLE[name]
        kind = self.kind.get(name, name == "hrm_status" and "enum")
        if kind == "enum":
            return "C.c_int"
        if kind in ("struct", "callback"):
            return self.python_name(name)
        if kind == "opaque":
            return None
        raise SystemExit("tools/api.py: the type %s of hrm.h is not known to it" % name)

    def pointer(self, name, stars, constant, result=False, field=False):
        """name with so many stars. Text to read is c_char_p; handles and buffers are void pointers."""
        if name == "char" and constant and stars:
            text = "C.c_char_p"
            return text if stars == 1 else "C.POINTER(%s)" % text
        base = self.base(name)
        if name == "char" and field and stars == 1:
            return "C.c_char_p"
        if stars and (base is None or name == "void" or name == "char"):
            base, stars = "C.c_void_p", stars - 1
        elif stars == 1 and name == "unsigned char" and not field:
            return "C.c_void_p"
        for _ in range(stars):
            base = "C.POINTER(%s)" % base
        return base

    def declarators(self, text, field):
        """"const char *a, *b[3]" as [(name, type)]."""
        match = re.match(r"(const )?(unsigned char|\w+)\s*(.*)$", text.strip(), re.S)
        constant, name, rest = bool(match[1]), match[2], match[3]
        out = []
        for one in rest.split(","):
            one = one.replace("const", " ").strip()
            stars = one.count("*")
            word = re.match(r"[*\s]*(\w*)(?:\[(\w+)\])?$", one)
            kind = self.pointer(name, stars, constant, field=field)
            out.append((word[1], "%s * %s" % (kind, word[2]) if word[2] else kind))
        return out


def bare(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def structure(types, item):
    fields = []
    for declaration in bare(item.fields).split(";"):
        if declaration.strip():
            fields += types.declarators(declaration, True)
    name = types.python_name(item.name)
    lines = ["class %s(C.Structure):" % name, "    _fields_ = ["]
    lines += ['        ("%s", %s),' % (field, kind) for field, kind in fields]
    return "\n".join(lines + ["    ]"])


def callback(types, item):
    match = re.match(r"typedef (.*?)\(\*\w+\)\((.*)\);$", item.code, re.S)
    result = match[1].strip()
    constant, stars = result.startswith("const "), result.count("*")
    back = types.pointer(result.replace("const ", "").replace("*", "").strip(), stars, constant)
    arguments = [types.declarators(a, False)[0][1] for a in match[2].split(",")]
    return "%s = C.CFUNCTYPE(%s)" % (types.python_name(item.name), ", ".join([back] + arguments))


def function(types, item):
    match = re.match(r"HRM_API (.*?)(\**)%s\((.*)\);$" % item.name, item.code, re.S)
    result = match[1].strip()
    back = types.pointer(result.replace("const ", ""), len(match[2]), result.startswith("const "))
    arguments = [] if match[3] == "void" else [types.declarators(a, False)[0][1] for a in match[3].split(",")]
    return '    "%s": (%s, [%s]),' % (item.name, back, ", ".join(arguments))


def ordered(found):
    """Structures and callbacks after the ones they name, which may stand in the other header."""
    by_name = {item.name: item for item in found if item.kind in ("struct", "callback")}
    out, placed = [], set()

    def place(item):
        if id(item) in placed:
            return
        placed.add(id(item))
        if item.kind in ("struct", "callback"):
            for name in re.findall(r"hrm_\w+", bare(item.code)):
                if name in by_name:
                    place(by_name[name])
        out.append(item)

    for item in found:
        place(item)
    return out


def bindings(header, found):
    types = Types(found)
    abi = re.search(r"#define HRM_ABI (\d+)", header)[1]
    out = ["%smake docs" % BEGIN, "", "ABI = %s" % abi, ""]
    names, functions = [], []
    for item in ordered(found):
        if item.kind == "define" and not re.match("HRM_(VERSION|ABI)", item.name):
            out += ["", "%s = %s" % (item.name, item.code.split()[-1])]
        elif item.kind == "struct":
            out += ["", structure(types, item), ""]
            names.append(item.name)
        elif item.kind == "callback":
            out += ["", callback(types, item)]
        elif item.kind == "function":
            functions.append(function(types, item))
    out += ["", "STRUCTURES = {"]
    out += ['    "%s": %s,' % (name, types.python_name(name)) for name in names]
    out += ["}", "FUNCTIONS = {"] + functions + ["}", "", END]
    return re.sub(r"\n{3,}", "\n\n\n", "\n".join(out))


def module(header, found):
    text = read("python/hrm.py")
    start, stop = text.index(BEGIN), text.index(END)
    return text[:start] + bindings(header, found) + text[stop + len(END) :]


# ---- examples as a program -----------------------------------------------------------------------

PRELUDE = """#include <hrm_look.h>
#include <hrm_tools.h>
#include <stdio.h>
static bool on_bench(void *user, const hrm_bench_result *result) {
    (void)user;
    return puts(result->name) >= 0;
}
static hrm_next next_line(void *user, bool wait, hrm_stream_puzzle *out) {
    static char line[1024];
    (void)wait;
    out->text = fgets(line, sizeof line, user);
    return out->text ? HRM_NEXT_PUZZLE : HRM_NEXT_END;
}
static bool print_answer(void *user, const hrm_stream_answer *a) {
    (void)user;
    return printf("%zu %s\\n", a->index, a->answer ? a->answer->text : a->error) > 0;
}
int run(hrm_model *model, hrm_dataset *dataset, hrm_trainer *trainer, hrm_solver *solver, hrm_trace *trace,
        hrm_answer *answer, hrm_answer *answers, hrm_status status, const void *bytes, size_t size, const char *puzzle,
        const char *const *puzzles, size_t count, unsigned char *tokens, char *json, hrm_plan *plan,
        hrm_data_report *report, hrm_arc_report *built, hrm_description *description, hrm_conversion *conversion,
        hrm_adapted *adapted, hrm_ranks *ranks, hrm_file *file);
int run(hrm_model *model, hrm_dataset *dataset, hrm_trainer *trainer, hrm_solver *solver, hrm_trace *trace,
        hrm_answer *answer, hrm_answer *answers, hrm_status status, const void *bytes, size_t size, const char *puzzle,
        const char *const *puzzles, size_t count, unsigned char *tokens, char *json, hrm_plan *plan,
        hrm_data_report *report, hrm_arc_report *built, hrm_description *description, hrm_conversion *conversion,
        hrm_adapted *adapted, hrm_ranks *ranks, hrm_file *file) {
"""


def program(found):
    out = [PRELUDE]
    for item in found:
        text = parts(item).get("Example") if item.kind == "function" else None
        if text:
            out.append("    { /* %s */\n%s\n    }" % (item.name, re.sub("^", "        ", text, flags=re.M)))
    return "\n".join(out + ["    return 0;", "}"])


def main(arguments):
    header = read("include/hrm.h")
    found = items("\n".join([header] + [read("include/hrm_%s.h" % part) for part in ("data", "tools", "look")]))
    made = {"docs/api.md": page(header, found), "python/hrm.py": module(header, found)}
    if arguments == ["--examples"]:
        print(program(found))
        return 0
    bad = 0
    for path, text in made.items():
        if arguments != ["--check"]:
            with open(os.path.join(root, path), "w") as file:
                file.write(text)
        elif read(path) != text:
            bad = 1
            print("%s is not what include/hrm.h says; run make docs" % path)
    for item in found:
        missing = [label for label in LABELS if label not in parts(item)] if item.kind == "function" else []
        if item.kind == "function" and (missing or not parts(item)[""]):
            bad = 1
            print("include/hrm.h: %s: its comment lacks %s" % (item.name, ", ".join(missing) or "what it does"))
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
