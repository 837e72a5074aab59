/* recipe.h - every number of a training run, by name.
 *
 * One table of keys gives the YAML reader, the key=value settings, the checks, the resolved text
 * and the list for help. A key that is not known is refused with the nearest one that is. */
#ifndef HR_RECIPE_H
#define HR_RECIPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/key.h"
#include "regime/regimes.h"

enum { HR_RECIPE_TEXT = HR_KEY_SIZE };

typedef struct hr_recipe {
    /* model: "hrm", "trm" or "loop" and the sizes of hr_spec */
    char arch[HR_RECIPE_TEXT];
    int64_t hidden, heads, h_layers, l_layers, h_cycles, l_cycles;
    double expansion, rope_theta;
    char pos[HR_RECIPE_TEXT]; /* none | rope | learned | grid | rope2d */
    char mix[HR_RECIPE_TEXT]; /* attention | token_mlp | none */
    int64_t conv;
    bool symbol_channels;
    bool skip_padding;
    char norm[HR_RECIPE_TEXT];               /* post | pre */
    char act[HR_RECIPE_TEXT];                /* silu | relu */
    int64_t puzzle_emb_ndim, puzzle_emb_len; /* ndim -1: as hidden */
    bool puzzle_emb_cells, puzzle_emb_views;
    int64_t readouts, grad_calls; /* loop: 0: all calls */
    int64_t halt_max_steps;
    char init[HR_RECIPE_TEXT]; /* "": random weights */
    /* data */
    char data[HR_RECIPE_TEXT];  /* CSV or directory; relative to the working directory */
    char valid[HR_RECIPE_TEXT]; /* "" : no evaluation */
    char task[HR_RECIPE_TEXT];  /* auto, a family, a word for a declaration or a task file */
    bool augment;
    int64_t limit; /* first so many training examples; 0: all */
    /* regime */
    char regime[HR_RECIPE_TEXT]; /* see regimes.h */
    char loss[HR_RECIPE_TEXT];   /* stablemax | softmax */
    double dropout, residual_dropout, label_smoothing, class_balance;
    char class_weights[HR_RECIPE_TEXT]; /* "symbol:weight symbol:weight"; "": all 1 */
    int64_t batch, shards;
    double epochs; /* over the groups; gives steps when steps is 0 */
    int64_t steps;
    double grow_from, grow_by, grow_at; /* our own: loops and puzzles grow with success */
    /* the values of every regime's own keys, by its place in the list: see hr_recipe_own */
    _Alignas(8) unsigned char own[HR_REGIMES_MAX][HR_REGIME_KEYS];
    /* optimiser */
    char optimizer[HR_RECIPE_TEXT]; /* adam_atan2 | adamw */
    bool muon, muon_rows;           /* for the 2-D weights inside the blocks */
    double lr, lr_min_ratio, cooldown;
    int64_t warmup;
    double weight_decay, beta1, beta2, adam_eps;
    double muon_lr, muon_momentum, muon_beta2, muon_weight_decay;
    double puzzle_emb_lr, puzzle_emb_weight_decay; /* -1: as lr, as weight_decay */
    double clip;                                   /* gradient norm; 0: off */
    double ema;                                    /* rate; 0: off */
    bool ema_warmup;                               /* the rate rises to it */
    int64_t seed;
    /* running: these may change on resume */
    int64_t threads; /* 0: as the caller asks, else all cores */
    char isa[HR_RECIPE_TEXT];
    int64_t memory; /* bytes that training may plan for; decides how many rows run at once */
    double minutes; /* stop after; 0: never */
    char schedule[HR_RECIPE_TEXT]; /* steps | minutes */
    int64_t stop_after;            /* evaluations without a better one; 0: never */
    int64_t log_every, eval_every, eval_limit, save_every; /* steps; 0: never */
} hr_recipe;

/* The i-th key of all, the regimes' included, with its offset in hr_recipe; false past the last. */
bool hr_recipe_key(size_t i, hr_key *key);

void hr_recipe_defaults(hr_recipe *recipe);
/* A YAML file (flat: key: value) over what `recipe` holds. */
hr_status hr_recipe_read(hr_recipe *recipe, const char *path);
/* What the recipe of this path names and is not there from the working folder is looked for from
 * the recipe's own folder, then from the one above it; bare names at last among what is shipped, as
 * in hrm_run. */
hr_status hr_recipe_find(hr_recipe *recipe, const char *path, const char *shipped);
hr_status hr_recipe_read_text(hr_recipe *recipe, const void *text, size_t size, const char *name);
/* "key=value" over what it holds. where: for messages ("settings"). */
hr_status hr_recipe_set(hr_recipe *recipe, const char *setting, const char *where);
/* Settings of one caller. *idle: those that a later one of the same key overrides, as
 * hr_recipe_idle has keys; hr_free it. */
hr_status hr_recipe_set_all(hr_recipe *recipe, const char *const *settings, size_t count,
                            char **idle);
/* Checks that need several keys at once; those of the model alone are hr_spec_check's. */
hr_status hr_recipe_check(const hr_recipe *recipe);
/* Most rounds for a puzzle in evaluations of a run, where that is fewer than halt_max_steps; 0. */
int hr_recipe_eval_rounds(const hr_recipe *recipe);
/* The value of a real key of that name, of any regime. */
double hr_recipe_real(const hr_recipe *recipe, const char *name);
/* Refuses keys that were set although only another regime reads them. */
hr_status hr_recipe_check_regime(const hr_recipe *recipe);
/* Keys that were set although another makes them idle, as "muon_lr, since muon is false", in
 * commas;
 * "" where there are none. hr_free it. */
char *hr_recipe_idle(const hr_recipe *recipe);
/* Every key, resolved, as YAML that reads back to the same recipe (numbers exact). hr_free it. */
char *hr_recipe_to_yaml(const hr_recipe *recipe);
/* The same as a JSON object. */
json_t *hr_recipe_to_json(const hr_recipe *recipe);
/* Puts the keys that may differ between runs of the same bits to their defaults. */
void hr_recipe_forget_running(hr_recipe *recipe);
const hr_regime *hr_recipe_regime(const hr_recipe *recipe);
/* The values of the keys of its regime, in the regime's struct. */
const void *hr_recipe_own(const hr_recipe *recipe);
/* The recipe in a model file's training record (JSON; may be NULL); false, and the defaults, where
 * there is none. */
bool hr_recipe_recorded(hr_recipe *recipe, const char *training);

/* The first key that differs and may not change on resume, or NULL. */
const char *hr_recipe_conflict(const hr_recipe *a, const hr_recipe *b);
/* "lr=0.01 eval_limit=200": what differs in b of what may change and decides what a run saves:
 * rates and steps, and what its best model is measured by. hr_free it. */
char *hr_recipe_changes(const hr_recipe *a, const hr_recipe *b);

#endif
