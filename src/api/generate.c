/* generate.c - new puzzles, and data sets of ARC tasks. */
#include "api/handles.h"
#include "data/arc_build.h"
#include "data/generate.h"

hrm_status hrm_sudoku_generate(const char *path, const hrm_sudoku_options *options,
                               hrm_progress progress, void *user) {
    if (!path || !options) return hr_api_missing(path ? "options" : "path");
    return hr_api_status(hr_generate_sudoku(path, options, progress, user));
}

hrm_status hrm_maze_generate(const char *path, const hrm_maze_options *options,
                             hrm_progress progress, void *user) {
    if (!path || !options) return hr_api_missing(path ? "options" : "path");
    return hr_api_status(hr_generate_maze(path, options, progress, user));
}

hrm_status hrm_arc_build(const char *dir, const hrm_arc_options *options, char **json) {
    if (json) *json = NULL;
    if (!dir || !options) return hr_api_missing(dir ? "options" : "dir");
    hrm_status status = hr_api_list("train", options->train, options->trains);
    if (!status) status = hr_api_list("scored", options->scored, options->scoreds);
    if (status) return status;
    return hr_api_status(hr_arc_build(dir, options, json));
}
