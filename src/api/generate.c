/* generate.c - new puzzles, and data sets of ARC tasks. */
#include "api/handles.h"
#include "base/local.h"
#include "base/result.h"
#include "data/arc_build.h"
#include "data/arc_like.h"
#include "data/generate.h"
#include "task/families.h"
#include "task/generator.h"

HR_API_INIT(hrm_generate_options, .seed = 0)
HR_API_INIT(hrm_arc_options, .side = 30)
HR_API_INIT(hrm_arc_like_options, .side = 30)

const hrm_family *hrm_families(size_t i) {
    static HR_LOCAL hrm_family family;
    const hr_task_ops *ops = hr_family_at(i);
    if (!ops || !hr_family_at(i + 1)) return NULL; /* the last is that of declared tasks */
    const hr_generator *g = ops->generator;
    family = (hrm_family){.name = ops->name};
    if (g) family = (hrm_family){ops->name, g->one, g->many, g->summary, g->detail, g->examples};
    return &family;
}

const hrm_family_option *hrm_family_options(const char *family, size_t i) {
    static HR_LOCAL hrm_family_option option;
    const hr_task_ops *ops = family ? hr_family_find(family) : NULL;
    if (!ops || !ops->generator) return NULL;
    const hr_option *o = ops->generator->options;
    for (; i && o->name; i--) o++;
    if (!o->name) return NULL;
    option = (hrm_family_option){o->name, o->value, o->preset ? o->preset : "", o->help};
    return &option;
}

hrm_status hrm_generate(const char *family, const char *path, const hrm_generate_options *options) {
    HR_API_FLOATS;
    HR_API_NEED(family, path, options);
    HR_API_TAKE(hrm_generate_options, own, options);
    HR_API_TAKE_INNER(hrm_run, run, own.run);
    HR_API_CHECK(hr_api_list("settings", own.settings, own.settings_count));
    return hr_generate(family, path, &own);
}

void hrm_arc_report_free(hrm_arc_report *report) {
    hr_result_free(report);
}

hrm_status hrm_arc_build(const char *dir, const hrm_arc_options *options, hrm_arc_report **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(dir, options);
    HR_API_TAKE(hrm_arc_options, own, options);
    HR_API_TAKE_INNER(hrm_run, run, own.run);
    HR_API_CHECK(hr_api_list("train", own.train, own.trains));
    HR_API_CHECK(hr_api_list("scored", own.scored, own.scoreds));
    return hr_arc_build(dir, &own, out);
}

hrm_status hrm_arc_generate(const char *path, const hrm_arc_like_options *options) {
    HR_API_FLOATS;
    HR_API_NEED(path, options);
    HR_API_TAKE(hrm_arc_like_options, own, options);
    HR_API_CHECK(hr_api_list("families", own.families, own.families_count));
    return hr_arc_like_write(path, &own);
}
