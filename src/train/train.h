/* train.h - a training run: everything it owns, its steps, its folder.
 *
 * A run folder holds recipe.yaml (every key resolved), metrics.jsonl (one object per line),
 * model.safetensors (the last model), best.safetensors and state.safetensors, from which alone the
 * run goes on. Every file is replaced atomically, so that a kill at any moment loses no more than
 * the steps since the last checkpoint, and those come out the same when they are done again. */
#ifndef HR_TRAIN_H
#define HR_TRAIN_H

#include <stdio.h>

#include "hrm.h"
#include "nn/optim.h"
#include "data/sampler.h"
#include "train/lattice.h"
#include "model/recipe_spec.h"
#include "train/segments.h"
#include "solve/solve.h"

/* Sums since the last line of metrics.jsonl. */
typedef struct hr_window {
    int64_t steps;
    double loss, lm_loss, grad_norm;
    size_t finished, exact, segments;
    double cells;
    int64_t living, detected, false_alarms; /* regime lattice: rows */
} hr_window;

struct hrm_trainer {
    hr_recipe recipe;
    char *dir;
    hr_pool *pool;
    const hr_kern *kern;
    hr_dataset *data, *valid; /* valid: NULL without evaluation */
    uint64_t data_hash;
    uint64_t init_hash; /* of the weights to begin with, where the recipe names some; else 0 */
    uint64_t judged;    /* hash of the validation data and how many of them: what bests are of */
    char isas[96];      /* kernels of the run, in their order, where there were several */
    uint64_t names;     /* hr_dataset_names of the data */
    hr_model *model;
    hr_exec *exec;
    hr_solver *solver; /* NULL without evaluation */
    hr_optim *optim;
    hr_segments *segments; /* or lattice: the regime that the recipe names */
    hr_lattice *lattice;
    hr_sampler sampler;
    hr_real *grads;         /* (dense) */
    hr_real *puzzle_grads;  /* (batch x puzzle_emb_ndim) */
    int *first;             /* (batch) */
    int32_t *min_steps;     /* (batch) */
    hr_row_report *reports; /* (batch) */
    hr_arena arena;         /* of the arrays above */
    int micro;
    int64_t step, steps;           /* done; planned */
    int64_t evaluated;             /* the step that was evaluated last */
    double seconds;                /* of training in earlier sessions of the run */
    double begin;                  /* clock at the start of this one */
    double step_seconds;           /* smoothed */
    double grown, grown_exact;     /* share of loops and puzzles in use; smoothed exact rows */
    double best_exact, best_cells; /* -1 before the first evaluation */
    hr_window window;
    FILE *log;
    hrm_event_callback callback; /* of hr_trainer_run, meanwhile, and its user */
    void *user;
    bool broken;  /* a step met a value that is not finite */
    bool resumed; /* goes on with the run in its folder */
    bool changed; /* with other settings than its state says */
    int lock;     /* descriptor that keeps a second trainer out of the folder; -1: none */
};

hr_status hr_trainer_new(const char *recipe, const char *const *settings, size_t count,
                         const char *dir, const hrm_run *run, hrm_trainer **out);
hr_status hr_trainer_resume(const char *dir, const char *const *settings, size_t count,
                            const hrm_run *run, hrm_trainer **out);
void hr_trainer_free(hrm_trainer *trainer);
hr_status hr_trainer_plan(const hrm_trainer *trainer, char **json);
hr_status hr_trainer_run(hrm_trainer *trainer, hrm_event_callback callback, void *user);
/* The run stepped from outside; see hrm_trainer_step and the two after it. */
hr_status hr_trainer_step(hrm_trainer *trainer, hrm_event *event);
hr_status hr_trainer_evaluate(hrm_trainer *trainer, hrm_event *event);
hr_status hr_trainer_save(hrm_trainer *trainer);
/* The weights as they would be saved, as a model of their own, and what is known of their origin
 * (one JSON object; hr_free it). */
hr_status hr_trainer_snapshot(hrm_trainer *trainer, hr_model **model, char **training);

/* state.c: the trainer's state in one file, complete by itself. */
hr_status hr_state_save(const hrm_trainer *trainer, const char *path);
/* The recipe of a state file and its micro-batch, to build a trainer that hr_state_load then fills.
 */
hr_status hr_state_recipe(const char *path, hr_recipe *recipe, int *micro);
hr_status hr_state_load(hrm_trainer *trainer, const char *path, bool any_isa);

/* journal.c: metrics.jsonl. */
hr_status hr_journal_open(hrm_trainer *trainer);            /* drops lines after trainer->step */
hr_status hr_journal_step(hrm_trainer *trainer, double lr); /* writes and clears the window */
hr_status hr_journal_eval(hrm_trainer *trainer, const hrm_eval_report *report);

/* Multiplications and additions of one training step. */
double hr_trainer_flops(const hrm_trainer *trainer);
/* setup.c: the parts of a trainer from its recipe. */
hr_status hr_trainer_build(hrm_trainer *trainer); /* enough to show its plan */
/* Takes what training itself needs, most of its memory, once: before the first step, or before a
 * state is read. And gives it back. */
hr_status hr_trainer_prepare(hrm_trainer *trainer);
void hr_trainer_release(hrm_trainer *trainer);
/* "dir/name"; hr_free it. */
char *hr_trainer_path(const hrm_trainer *trainer, const char *name);

#endif
