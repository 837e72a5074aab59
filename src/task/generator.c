/* generator.c - settings read by a family's table of options. */
#include "task/generator.h"

#include <string.h>

#include "base/text.h"

/* "0.3" or "0.2:0.5". */
static bool read_shares(const char *text, double *low, double *high) {
    char first[HR_REAL_SIZE];
    const char *colon = strchr(text, ':');
    size_t size = colon ? (size_t)(colon - text) : strlen(text);
    if (size >= sizeof first) return false;
    memcpy(first, text, size);
    first[size] = 0;
    if (!hr_text_number(first, low) || !hr_text_number(colon ? colon + 1 : first, high))
        return false;
    return *low >= 0 && *low <= *high && *high > 0 && *high <= 1;
}

static hr_status set(const hr_option *o, const char *text, hr_gen_args *out, size_t at) {
    int64_t *value = &out->option[at].integer;
    out->option[at].given = true;
    if (o->kind == HR_OPTION_SHARES) {
        if (read_shares(text, &out->option[at].low, &out->option[at].high)) return HR_OK;
        return hr_fail_about(HR_ERR_ARG, o->name,
                             "%s: \"%.60s\" is not a share such as 0.35, or two as 0.2:0.5",
                             o->name, text);
    }
    if (hr_text_integer(text, value) && *value >= o->low && *value <= o->high) return HR_OK;
    return hr_fail_about(HR_ERR_ARG, o->name,
                         "%s: \"%.60s\" is not a whole number between %lld and %lld", o->name, text,
                         (long long)o->low, (long long)o->high);
}

static hr_status set_named(const hr_generator *g, const char *setting, hr_gen_args *out) {
    const char *names[HR_OPTIONS_MAX];
    size_t n = 0, size = strcspn(setting, "=");
    if (!setting[size]) return hr_fail(HR_ERR_ARG, "\"%.60s\" is not name=value", setting);
    for (; g->options[n].name; n++) {
        names[n] = g->options[n].name;
        if (strlen(names[n]) == size && !memcmp(names[n], setting, size))
            return set(&g->options[n], setting + size + 1, out, n);
    }
    char word[64] = "";
    if (size < sizeof word) memcpy(word, setting, size);
    const char *near = hr_text_nearest(word, names, n);
    return hr_fail(HR_ERR_ARG, "%.*s: %s have no such option%s%s", (int)(size < 60 ? size : 60),
                   setting, g->many, near ? "; did you mean " : "", near ? near : "");
}

hr_status hr_generator_begin(const hr_task_ops *family, const char *const *settings, size_t count,
                             uint64_t seed, hr_gen_args *out) {
    const hr_generator *g = family->generator;
    *out = (hr_gen_args){.task = {.ops = family}, .seed = seed};
    hr_status status = HR_OK;
    for (size_t i = 0; !status && g->options[i].name; i++)
        if (g->options[i].preset) status = set(&g->options[i], g->options[i].preset, out, i);
    for (size_t i = 0; !status && i < count; i++) status = set_named(g, settings[i], out);
    return status ? status : g->begin(out);
}
