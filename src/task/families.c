/* families.c - the list of puzzle families, as a table. */
#include "task/families.h"

#include <string.h>

#define DECLARE(name) extern const hr_task_ops hr_family_##name;
HR_FAMILIES(DECLARE)
DECLARE(declared)

#define ENTRY(name) &hr_family_##name,
static const hr_task_ops *const families[] = {HR_FAMILIES(ENTRY) ENTRY(declared)};
enum { FAMILIES = sizeof families / sizeof *families };
_Static_assert((int)FAMILIES <= (int)HR_FAMILIES_MAX, "a survey has room for every family");

const hr_task_ops *hr_family_at(size_t i) {
    return i < FAMILIES ? families[i] : NULL;
}

const hr_task_ops *hr_family_find(const char *name) {
    for (size_t i = 0; i < FAMILIES; i++)
        if (!strcmp(families[i]->name, name)) return families[i];
    return NULL;
}

hr_status hr_family_check(const char *name) {
    const hr_task_ops *family = hr_family_find(name);
    if (family && family != &hr_family_declared) return HR_OK;
    return hr_fail(HR_ERR_ARG,
                   "task: \"%.60s\" is not known; use " HR_FAMILY_WORDS
                   "sequence or a task file (NAME.yaml)",
                   name);
}
