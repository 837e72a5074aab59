/* step.h - one training step, the same for runs, adaptation, benchmarks and parity:
 *
 *   rows drawn -> forward -> loss -> backward -> rows judged -> optimiser
 *
 * and the learner, which owns what that takes: nothing is allocated in a step. */
#ifndef HR_STEP_H
#define HR_STEP_H

#include "nn/engine.h"
#include "regime/regime.h"

typedef struct hr_learner_config {
    const hr_regime *regime;
    const void *keys;             /* values of the regime's keys; NULL: all off */
    const hr_task *task;          /* borrowed; may be NULL */
    bool views;                   /* see hr_regime.begin */
    hr_objective objective;       /* global_batch and q_continue are the learner's */
    const hr_optim_config *optim; /* NULL: the dense weights stay as they are */
    const hr_engine_ops *engine;  /* NULL: as the pool has it */
    hr_engine_size size;          /* rows of a step, and how they run; as the engine plans */
    bool logits;                  /* keeps those of the step */
} hr_learner_config;

typedef struct hr_learner {
    const hr_regime *regime;
    hr_model *model; /* borrowed, as the pool */
    hr_pool *pool;
    hr_engine *engine;
    bool optim, average; /* the dense weights are updated; and their average is kept */
    bool logits;         /* of a step are kept */
    hr_step_rows rows;
    hr_arena arena;
    _Alignas(16) unsigned char own[HR_REGIME_BYTES]; /* the regime's struct */
} hr_learner;

typedef struct hr_step_report {
    double loss, lm_loss; /* means over the rows */
    double grad_norm;
    double share; /* of a whole step's multiplications */
    bool cut;     /* the engine's watch has ended it early: rows and states are not to be used */
    hr_regime_count count;
} hr_step_report;

hr_status hr_learner_new(hr_model *model, hr_pool *pool, const hr_learner_config *config,
                         hr_learner **out);
void hr_learner_free(hr_learner *learner);
/* Bytes of what a learner holds beside its engine: the rows with their states. */
size_t hr_learner_row_bytes(hr_model *model, const hr_regime *regime, int rows);
/* HRM's target for q_continue is one more forward pass. */
bool hr_learner_has_target(const hr_regime *regime, const hr_spec *spec);

/* One step. False: it was cut, and changed no weight; or the loss or a gradient is not finite, and
 * the weights are not to be used. */
bool hr_step(hr_learner *learner, const hr_step_how *how, hr_step_report *out);
/* Its two halves: up to the gradients (false: cut); and from them to new weights. */
bool hr_step_gradients(hr_learner *learner, const hr_step_how *how, hr_step_report *out);
bool hr_step_update(hr_learner *learner, const hr_step_how *how, hr_step_report *out);

/* What its engine holds (engine.h), the states of its rows too. */
const hr_real *hr_learner_pull(const hr_learner *learner, hr_held what);

/* What a run goes on with: weights, moments, averages and the regime's arrays. */
enum { HR_LEARNER_ARRAYS = HR_REGIME_ARRAYS + 4 };
int hr_learner_arrays(hr_learner *learner, hr_regime_array *out);
/* The numbers of one of them; and new ones, as many. NULL: memory is short. */
const void *hr_learner_array(const hr_learner *learner, const hr_regime_array *array);
void hr_learner_set(hr_learner *learner, const hr_regime_array *array, const void *numbers);
/* Packs the weights that were set; refuses values that cannot be gone on with. */
hr_status hr_learner_loaded(hr_learner *learner);

#endif
