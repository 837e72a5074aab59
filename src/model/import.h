/* import.h - models out of other programs' files: which tensor is which parameter, what they are
 * for, and what is missing or left over. */
#ifndef HR_IMPORT_H
#define HR_IMPORT_H

#include "io/tensors.h"
#include "nn/model.h"
#include "model/recipe.h"
#include "task/task.h"

typedef struct hr_import_options {
    const char *config; /* all_config.yaml; NULL: the one beside the file */
    const char *base;   /* a checkpoint that gives what the file lacks; NULL: none */
    const char *part;   /* of a file that holds several sets of weights: "ema"; NULL: no choice */
    const char *data;   /* the puzzles that the model is for: CSV or directory; NULL: guessed */
    const char *puzzle_emb; /* "mean", "zero", "truncate", "extend"; NULL: sizes must agree */
} hr_import_options;

typedef enum hr_match_kind {
    HR_MATCH_MISSING,
    HR_MATCH_FILE,  /* found in the file */
    HR_MATCH_BASE,  /* found in the base */
    HR_MATCH_SHAPE, /* found, but its shape is another */
} hr_match_kind;

typedef struct hr_match {
    hr_match_kind kind;
    const hr_tensor *tensor; /* NULL when missing */
} hr_match;

typedef struct hr_import {
    const char *path; /* borrowed, as the options are */
    hr_tensors file, base;
    bool native;      /* a model of this program: spec and task are its own */
    hr_recipe recipe; /* as far as the configuration tells */
    bool has_recipe;
    uint64_t names; /* hr_dataset_names of the puzzles it is to be for, 0: not known */
    char *training; /* the record of the model's training where this program kept one, else NULL */
    hr_spec spec;
    hr_task task;
    hr_param_table table;
    hr_match *match; /* (table.count) */
    bool *left;      /* (file.count) not a parameter of the model */
    size_t missing, left_over;
    int rows;           /* of the puzzle table in the file; spec.puzzles is what it becomes */
    const char *resize; /* how, when the two differ or it was asked for; else NULL */
    char note[512];     /* what was taken for granted or left aside; "" when nothing was */
} hr_import;

/* Reads and matches; what does not match is counted, not refused. */
hr_status hr_import_open(const char *path, const hr_import_options *options, hr_import *out);
void hr_import_close(hr_import *import); /* accepts a zeroed struct */

/* HR_OK when every parameter has its tensor and no weight of the model's kind is left over;
 * otherwise a message that names the first that is wrong. */
hr_status hr_import_complete(const hr_import *import);
/* Every parameter's values: a new block of table.total, hr_free it. Only after hr_import_complete.
 */
hr_status hr_import_params(const hr_import *import, hr_real **out);

/* Starts a model from the weights of any such file: names and shapes must agree. */
hr_status hr_import_into(const char *path, hr_model *model);

#endif
