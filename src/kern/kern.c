/* kern.c - chooses a table: the best one this processor can run, or the one asked for by name. */
#include "kern/kern.h"

#include <string.h>

#include "kern/kern_tables.h"

#define RUNS(name, where, has)                                                                     \
    IF_##where(                                                                                    \
        static bool runs_##name(void) { return has; }, )
HR_KERN_TABLES(RUNS)

/* A table that was not built has a name only. */
#define ENTRY(name, where, has)                                                                    \
    {#name, IF_##where(&hr_kern_##name, NULL), IF_##where(runs_##name, NULL)},
static const struct {
    const char *name;
    const hr_kern *kern;
    bool (*runs)(void);
} tables[] = {HR_KERN_TABLES(ENTRY)};
enum { TABLES = sizeof tables / sizeof *tables };

static bool runs(int table) {
    const hr_kern *kern = tables[table].kern;
    return kern && tables[table].runs() && (!kern->runs || kern->runs());
}

const hr_kern *hr_kern_at(int i) {
    for (int t = 0; t < TABLES; t++)
        if (runs(t) && i-- == 0) return tables[t].kern;
    return NULL;
}

const char *hr_kern_names(void) {
#define NAME(name, where, has) ", " #name
    return "float, bf16" HR_KERN_TABLES(NAME);
}

/* Whether `name` asks for the table: by its own name, or by how its products round. */
static bool means(const char *name, int table) {
    const hr_kern *kern = tables[table].kern;
    return !name || !strcmp(name, tables[table].name) ||
           (kern && !strcmp(name, kern->bf16 ? "bf16" : "float"));
}

const hr_kern *hr_kern_select(const char *name) {
    const hr_kern *best = NULL;
    bool known = name && !strcmp(name, "bf16");
    for (int t = 0; t < TABLES; t++) {
        if (!means(name, t)) continue;
        known = true;
        if (runs(t)) best = tables[t].kern;
    }
    if (best) return best;
    if (known)
        hr_fail(HR_ERR_UNSUPPORTED, "isa: this build on this processor cannot run %s kernels",
                name);
    else hr_fail(HR_ERR_ARG, "isa: \"%.40s\" is not one of %s", name, hr_kern_names());
    return NULL;
}
