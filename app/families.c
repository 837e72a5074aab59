/* families.c - makes commands from the library's descriptions of its families. */
#include "families.h"

#include <stdio.h>
#include <string.h>

enum { FAMILIES_MAX = 32, OWN_MAX = 16 };

typedef struct made {
    hrm_family family;
    app_command command;
    app_option own[OWN_MAX + 1];
    char name[40], summary[100], examples[600], help[OWN_MAX][200];
} made;

/* Lines "FILE count=1000" as lines "  hrm data NAME FILE --count 1000". */
static void write_examples(made *m) {
    FILE *to = fmemopen(m->examples, sizeof m->examples, "w");
    bool begins = true;
    for (const char *p = m->family.examples; to && *p;) {
        size_t word = strcspn(p, " =\n"), end = strcspn(p, " \n");
        if (begins) fprintf(to, "%s  hrm data %s", ftell(to) ? "\n" : "", m->family.name);
        if (p[word] == '=')
            fprintf(to, " --%.*s %.*s", (int)word, p, (int)(end - word - 1), p + word + 1);
        else fprintf(to, " %.*s", (int)end, p);
        begins = p[end] == '\n';
        p += end + (p[end] != 0);
    }
    if (to) fclose(to);
}

static void write_options(made *m) {
    size_t n = 0;
    m->command.options[n++] = "count";
    for (size_t i = 0; i < OWN_MAX && hrm_family_options(m->family.name, i); i++) {
        const hrm_family_option *o = hrm_family_options(m->family.name, i);
        snprintf(m->help[i], sizeof m->help[i], *o->preset ? "%s (default: %s)" : "%s", o->help,
                 o->preset);
        m->own[i] = (app_option){
            .name = o->name, .value = o->value, .kind = OPT_SETTING, .help = m->help[i]};
        m->command.options[n++] = o->name;
    }
    static const char *const last[] = {"seed", "avoid", "threads", "quiet"};
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) m->command.options[n++] = last[i];
}

static void make(made *m, const hrm_family *family, int (*run)(const app_args *args)) {
    m->family = *family;
    snprintf(m->name, sizeof m->name, "data %s", family->name);
    snprintf(m->summary, sizeof m->summary, "generate %s", family->summary);
    write_examples(m);
    m->command = (app_command){.name = m->name,
                               .usage = "OUT.csv --count N",
                               .summary = m->summary,
                               .detail = family->detail,
                               .examples = m->examples,
                               .words = {1, 1},
                               .run = run,
                               .own = m->own,
                               .family = &m->family};
    write_options(m);
}

const app_command *app_family_command(size_t i, int (*run)(const app_args *args)) {
    static made all[FAMILIES_MAX];
    static size_t count;
    if (!count)
        for (size_t f = 0; count < FAMILIES_MAX && hrm_families(f); f++)
            if (hrm_families(f)->summary) make(&all[count++], hrm_families(f), run);
    return i < count ? &all[i].command : NULL;
}
