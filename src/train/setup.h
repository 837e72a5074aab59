/* setup.h - what a run is built from: its recipe, data, model and memory; and the plan that is
 * shown first. */
#ifndef HR_SETUP_H
#define HR_SETUP_H

#include "hrm_tools.h"
#include "data/sampler.h"
#include "model/recipe.h"
#include "regime/step.h"
#include "solve/solve.h"

typedef struct hr_setup {
    hr_recipe recipe;
    bool resumed;        /* goes on with the run in its folder: the state brings the weights */
    bool renewed;        /* with other settings than its state says */
    bool rejudges;       /* the best model so far will be measured again, by other puzzles */
    hr_engine_size size; /* of a step, as its engine plans */
    const hr_regime *regime;
    hr_comm *comm; /* the ranks that train together, borrowed; NULL: this process alone */
    hr_pool *pool;
    const hr_kern *kern;
    hr_dataset *data, *valid; /* valid: NULL without evaluation */
    uint64_t data_hash;
    uint64_t init_hash;  /* of the weights to begin with, where the recipe names some; else 0 */
    hrm_search search;   /* of evaluations: within hr_recipe_eval_rounds */
    uint64_t valid_hash; /* hash of the validation data, how many of them, and of a bound of rounds:
                            what bests are of */
    uint64_t names;      /* hr_dataset_names of the data */
    hr_model *model;
    int64_t steps;                       /* planned */
    double symbol_weights[HR_VOCAB_MAX]; /* of cells with that label, where the recipe balances */
    /* what hr_setup_prepare takes */
    hr_learner *learner;
    hr_solver *solver; /* NULL without evaluation */
    hr_sampler sampler;
} hr_setup;

/* From the recipe, what a plan needs. */
hr_status hr_setup_build(hr_setup *setup);
/* Takes what training itself needs, most of its memory, once: before the first step, or before a
 * state is read. */
hr_status hr_setup_prepare(hr_setup *setup);
void hr_setup_close(hr_setup *setup);

/* Optimiser steps that a recipe asks for on these data. */
int64_t hr_setup_steps(const hr_recipe *recipe, const hr_dataset *data);
/* See hrm_trainer_plan. */
hr_status hr_setup_plan(const hr_setup *setup, const char *dir, int64_t step, hrm_plan **out);
/* The first tensor of which one of the values is not finite, or NULL; of all, or the dense ones. */
const char *hr_setup_not_finite(const hr_setup *setup, hr_held what, bool all);
/* Multiplications and additions of one training step. */
double hr_setup_flops(const hr_setup *setup);

#endif
