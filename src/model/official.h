/* official.h - all_config.yaml, which the published code of HRM and TRM writes beside its
 * checkpoints: its keys as a recipe, and back. */
#ifndef HR_OFFICIAL_H
#define HR_OFFICIAL_H

#include "model/recipe.h"
#include "task/task.h"
#include "nn/spec.h"

typedef struct hr_official {
    hr_recipe recipe; /* defaults where the file says nothing */
    double rms_eps;
    /* What the writer here adds for itself: a model's spec and task, exact; NULL in published
     * files. */
    char *spec, *task;
    char *training; /* the model's training record, a JSON object; NULL where there is none */
    char *unused;   /* "a, b": keys that are not known and say nothing of the net; NULL: none */
    bool published; /* the keys of the published code are there, and `recipe` is from them */
} hr_official;

/* Fails where the architecture is not HRM or TRM, and names the key that is missing or wrong. */
hr_status hr_official_read(const char *path, hr_official *out);
hr_status hr_official_parse(const void *data, size_t size, const char *name, hr_official *out);
void hr_official_free(hr_official *official); /* accepts a zeroed struct */

/* The file for a model, as text; hr_free it. recipe and training: NULL when not known. */
char *hr_official_text(const hr_spec *spec, const hr_task *task, const hr_recipe *recipe,
                       const char *training);

#endif
