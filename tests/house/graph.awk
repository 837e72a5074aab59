# What the sources of src/, app/ and web/ use of each other. x.c and x.h are one file here, "room/x". It uses
# another when it includes its header or, by what `nm -A -g` says of the objects that is put in before
# the sources, refers to what the other defines. One line each:
#   up FILE OTHER             a use of a higher floor, or of a sibling on the same floor
#   circle FILE: with FILE... files that use each other, directly or through others
# A folder may use lower floors and its own. hrm.h is declarations only: the rooms from data/ up fill its
# structures in, so they may see it too; app/, its folder serve/ included, sees nothing else; web/ sees it, base/text.h and
# app/reading.h.

function fine(room, to) {
    return room == to || ((to in floor) && floor[to] < floor[room])
}

function use(from, to) {
    if (from == to || ((from, to) in seen)) return
    seen[from, to] = 1
    uses[from] = uses[from] " " to
    if (!(from in at)) { at[from] = files; file[files++] = from }
    if (!(to in at)) { at[to] = files; file[files++] = to }
}

function walk(root, from,    part, n, i) {
    n = split(uses[from], part, " ")
    for (i = 1; i <= n; i++)
        if (!((root, part[i]) in reach)) { reach[root, part[i]] = 1; walk(root, part[i]) }
}

BEGIN {
    floor["base"] = 0
    floor["kern"] = floor["task"] = floor["io"] = 1
    floor["nn"] = 2; floor["data"] = 3; floor["regime"] = 4
    floor["model"] = 5; floor["solve"] = 6; floor["train"] = 7; floor["check"] = floor["look"] = 8; floor["api"] = 9
}
FILENAME == "-" {
    object = $1
    if (!sub(/^.*src\//, "", object) || !sub(/\.o:.*/, "", object)) next
    if ($NF ~ /^_/) next
    if ($(NF - 1) == "U") wanted[object, $NF] = 1
    else if ($(NF - 1) ~ /^[TDRBVW]$/) owner[$NF] = object
    next
}
FNR == 1 {
    split(FILENAME, part, "/")
    room = part[1] == "src" ? part[2] : part[1]
    here = FILENAME
    sub(/^src\//, "", here)
    sub(/\.[ch]$/, "", here)
}
/^#include "/ {
    name = $2
    gsub(/"/, "", name)
    cut = index(name, "/")
    to = cut ? substr(name, 1, cut - 1) : ""
    if (name ~ /^hrm(_[a-z]+)?\.h$/) ok = room == "app" || room == "web" || floor[room] >= 3
    else if (room == "app") ok = !cut || to == "app" || to == "serve"
    else if (room == "web") ok = to == "web" || name == "base/text.h" || name == "reading.h"
    else ok = fine(room, to)
    if (!ok) print "up", here, name ":", FILENAME
    sub(/\.h$/, "", name)
    if (room != "app" && room != "web" && name != "hrm") use(here, name)
}
END {
    for (pair in wanted) {
        split(pair, part, SUBSEP)
        if (!(part[2] in owner)) continue
        to = owner[part[2]]
        split(part[1] "/" to, room_of, "/")
        if (!fine(room_of[1], room_of[3])) print "up", part[1], to ":", part[2]
        use(part[1], to)
    }
    for (i = 0; i < files; i++) walk(file[i], file[i])
    for (i = 0; i < files; i++) {
        from = file[i]
        if (!((from, from) in reach)) continue
        line = "circle " from ": with"
        for (j = 0; j < files; j++)
            if (j != i && ((from, file[j]) in reach) && ((file[j], from) in reach)) line = line " " file[j]
        print line
    }
}
