/* scored.h - writes the answers of an evaluation to a file, and counts their symbols. */
#ifndef APP_SCORED_H
#define APP_SCORED_H

#include <jansson.h>

#include "opt.h"

/* Opens --answers FILE and the checker of the model's task, where they are asked for; 0, or the
 * exit code after one clear line. */
int app_scored_open(const app_args *args, const hrm_model *model, const char *path);
/* For hrm_eval_options. */
bool app_scored_take(void *unused, const hrm_scored *scored);
/* Closes the file, which is kept where all went well; false after one clear line. */
bool app_scored_close(bool keep);
/* How many answers that equal the label the checker calls wrong. */
size_t app_scored_against(void);
/* What was counted: the baseline's line; a line for each symbol; both as members. */
void app_scored_baseline(void);
void app_scored_symbols(void);
void app_scored_json(json_t *object);

#endif
