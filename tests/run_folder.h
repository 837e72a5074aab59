/* run_folder.h - a folder with puzzles and a recipe, for tests of whole runs. */
#ifndef HR_TEST_RUN_FOLDER_H
#define HR_TEST_RUN_FOLDER_H

#include "test.h"
#include "folder.h"

#include "base/os.h"
#include "data/generate.h"

static inline char *at(const char *name) {
    return in_folder(name);
}

/* Makes the folder with 30 Sudoku of side 4, d.csv, and the recipe for them, recipe.yaml. */
static int open_run_folder(const char *recipe, bool valid) {
    if (open_folder(NULL)) return -1;
    hrm_generate_options options = {.size = sizeof options,
                                    .settings = (const char *const[]){"side=4"},
                                    .settings_count = 1,
                                    .count = 30,
                                    .seed = 1};
    char text[1024];
    snprintf(text, sizeof text, "%sdata: %s\n%s%s", recipe, at("d.csv"), valid ? "valid: " : "",
             valid ? at("d.csv") : "");
    if (hr_generate("sudoku", at("d.csv"), &options)) return -1;
    return hr_os_write_file(at("recipe.yaml"), text, strlen(text)) ? -1 : 0;
}

/* Lets a run go on until after step *user; 0: to its end. */
static inline bool stop_at(void *user, const hrm_event *event) {
    return event->kind != HRM_EVENT_KIND_STEP || event->step != *(int64_t *)user;
}

static inline void assert_same_file(const char *a, const char *b) {
    hr_file x, y;
    OK(hr_os_load(at(a), &x));
    OK(hr_os_load(at(b), &y));
    if (x.size != y.size || memcmp(x.data, y.data, x.size)) fail_msg("%s and %s differ", a, b);
    hr_os_unload(&x);
    hr_os_unload(&y);
}

#endif
