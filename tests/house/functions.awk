# Functions of clang-formatted C that are too long or take too much: one line each,
#   long FILE NAME: 61 lines        from the first of its head to its last brace
#   wide FILE NAME: 8 parameters
# A definition starts in the first column, its head ends in ") {", and "}" in the first column ends it.

# A line without comments and with emptied strings and characters.
function code(line,    out, c, rest) {
    out = ""
    while (line != "") {
        if (within) {
            c = index(line, "*/")
            if (!c) return out
            line = substr(line, c + 2)
            within = 0
            continue
        }
        if (!match(line, /\/\*|\/\/|"|'/)) return out line
        out = out substr(line, 1, RSTART - 1)
        c = substr(line, RSTART, 2)
        rest = substr(line, RSTART + RLENGTH)
        if (c == "//") return out
        if (c == "/*") {
            within = 1
            line = rest
            continue
        }
        c = substr(c, 1, 1)
        out = out c c
        while (rest != "" && substr(rest, 1, 1) != c) rest = substr(rest, substr(rest, 1, 1) == "\\" ? 3 : 2)
        line = substr(rest, 2)
    }
    return out
}

# Of a head up to its last ")": sets name and count.
function measure(head,    i, depth, c) {
    count = 1
    depth = 0
    for (i = length(head); i > 0; i--) {
        c = substr(head, i, 1)
        if (c == ")") depth++
        if (c == "(" && --depth == 0) break
        if (c == "," && depth == 1) count++
    }
    if (substr(head, i) ~ /^\( *(void)? *\)$/) count = 0
    name = substr(head, 1, i - 1)
    sub(/ +$/, "", name)
    sub(/^.*[^A-Za-z0-9_]/, "", name)
}

function finish() {
    if (FNR - start + 1 > 60) print "long", FILENAME, name ":", FNR - start + 1, "lines"
    inside = 0
}

FNR == 1 { inside = within = macro = 0; head = "" }
{
    line = code($0)
    if (macro || line ~ /^[ \t]*#/) {
        macro = line ~ /\\$/
        next
    }
    if (inside) {
        if (line ~ /^}/) finish()
        next
    }
    if (head == "") {
        if (line !~ /^[A-Za-z_]/) next
        start = FNR
    }
    head = head " " line
    if (line ~ /[{]/) {
        one = line ~ /}[ \t]*$/
        sub(/[{].*/, "", head)
        sub(/[ \t]+$/, "", head)
        if (head ~ /\)$/ && head !~ /=/) {
            measure(head)
            inside = !one
            if (count > 7) print "wide", FILENAME, name ":", count, "parameters"
        }
        head = ""
    } else if (line ~ /;[ \t]*$/ || line ~ /^}/) {
        head = ""
    }
}
