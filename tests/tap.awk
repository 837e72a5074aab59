# tap.awk - counts the TAP of one test program: "PASSED SKIPPED FAILED", then a line for each skip, its
# name, a tab and why.
#
# cmocka 1.1.5 reports a skipped test as "not ok 3 # SKIP name", later versions as "ok 3 # SKIP name"; the
# scripts say "ok 3 - name # SKIP why". A comment "# skipped: why" before a line is its reason. Anything
# else that is not ok is a failure, whatever its description says, and so are lines that the plan
# ("1..N") counts and that never came: the program died, with whatever exit status.
function skip(name, why) {
    gsub(/^[ \t:-]+|[ \t]+$/, "", name)
    gsub(/^[ \t:-]+|[ \t]+$/, "", why)
    skips[++skipped] = name "\t" (why != "" ? why : reason != "" ? reason : "no reason given")
}
/^[ \t]*1\.\.[0-9]+/ { sub(/^[ \t]*1\.\./, ""); planned += $1 + 0; plans++ }
/^# skipped: / { reason = substr($0, 12) }
/^[ \t]*(not )?ok [0-9]+/ {
    low = tolower($0)
    if (match(low, /^[ \t]*(not )?ok [0-9]+ # *skip([^a-z]|$)/)) skip(substr($0, RLENGTH + 1), "")
    else if (low ~ /^[ \t]*ok [0-9]+ .*# *skip([^a-z]|$)/ ||
             low ~ /^[ \t]*not ok [0-9]+ - [a-z0-9_]+ # *skip([^a-z]|$)/) {
        match(low, /# *skip/)
        name = substr($0, 1, RSTART - 1)
        why = substr($0, RSTART + RLENGTH)
        sub(/^[ \t]*(not )?ok [0-9]+/, "", name)
        skip(name, why)
    }
    else if (low ~ /^[ \t]*not/) failed++
    else passed++
    reason = ""
}
END {
    if (!failed && (!plans || planned != passed + skipped)) failed = 1
    print passed + 0, skipped + 0, failed + 0
    for (i = 1; i <= skipped; i++) print skips[i]
}
