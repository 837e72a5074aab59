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

enum { HR_RECIPE_TEXT = 512 };

typedef struct hr_recipe {
    /* model: "hrm", "trm" or "loop" and the sizes of hr_spec */
    char arch[HR_RECIPE_TEXT];
    int64_t hidden, heads, h_layers, l_layers, h_cycles, l_cycles;
    double expansion, rope_theta;
    char pos[HR_RECIPE_TEXT]; /* none | rope | learned | grid | rope2d */
    char mix[HR_RECIPE_TEXT]; /* attention | token_mlp | none */
    int64_t conv;
    bool symbol_fields;
    bool skip_padding;
    char norm[HR_RECIPE_TEXT];               /* post | pre */
    char act[HR_RECIPE_TEXT];                /* silu | relu */
    int64_t puzzle_emb_ndim, puzzle_emb_len; /* ndim -1: as hidden */
    bool puzzle_emb_cells;
    int64_t reads, grad_calls; /* loop: 0: all calls */
    int64_t halt_max_steps;
    char init[HR_RECIPE_TEXT]; /* "": random weights */
    /* data */
    char data[HR_RECIPE_TEXT];  /* CSV or directory; relative to the working directory */
    char valid[HR_RECIPE_TEXT]; /* "" : no evaluation */
    char task[HR_RECIPE_TEXT];  /* auto, a family, a word for a declaration or a task file */
    bool augment;
    int64_t limit; /* first so many training examples; 0: all */
    /* regime */
    char regime[HR_RECIPE_TEXT]; /* segments | lattice */
    char loss[HR_RECIPE_TEXT];   /* stablemax | softmax */
    int64_t batch;
    double epochs; /* over the groups; gives steps when steps is 0 */
    int64_t steps;
    double halt_exploration;
    bool stagger;    /* our own: rows of the first batch start at different segments */
    double q_weight; /* of the halting terms in the loss */
    double grow_from, grow_by, grow_at; /* our own: loops and puzzles grow with success */
    /* regime lattice: hr_lattice_config and the weights of hr_objective */
    double drop, conflict, temperature;
    bool named, confirm;
    int64_t pool_age;
    double plain_share, hint_share, pool_from, pool_to;
    double keep_weight, drop_weight, symbol_weight, conflict_weight;
    /* optimiser */
    char optimizer[HR_RECIPE_TEXT]; /* adam_atan2 | adamw */
    bool muon;                      /* for the 2-D weights inside the blocks */
    double lr, lr_min_ratio;
    int64_t warmup;
    double weight_decay, beta1, beta2, adam_eps;
    double muon_lr, muon_momentum, muon_weight_decay;
    double puzzle_emb_lr, puzzle_emb_weight_decay; /* -1: as lr, as weight_decay */
    double clip;                                   /* gradient norm; 0: off */
    double ema;                                    /* rate; 0: off */
    int64_t seed;
    /* running: these may change on resume */
    int64_t threads; /* 0: as asked on the command line, else all cores */
    char isa[HR_RECIPE_TEXT];
    int64_t memory; /* bytes that training may plan for; decides the micro-batch */
    double minutes; /* stop after; 0: never */
    int64_t log_every, eval_every, eval_limit, save_every; /* steps; 0: never */
} hr_recipe;

typedef enum hr_key_type {
    HR_KEY_INT,
    HR_KEY_REAL,
    HR_KEY_BOOL,
    HR_KEY_TEXT,
    HR_KEY_CHOICE
} hr_key_type;

typedef struct hr_recipe_key {
    const char *name;
    hr_key_type type;
    size_t offset;       /* in hr_recipe */
    const char *preset;  /* default */
    double low, high;    /* of numbers, both included */
    const char *choices; /* "a|b|c" */
    bool running;        /* may change on resume */
    const char *help;
} hr_recipe_key;

extern const hr_recipe_key hr_recipe_keys[];
extern const size_t hr_recipe_key_count;

void hr_recipe_defaults(hr_recipe *recipe);
/* A YAML file (flat: key: value) over what `recipe` holds. */
hr_status hr_recipe_read(hr_recipe *recipe, const char *path);
hr_status hr_recipe_read_text(hr_recipe *recipe, const void *text, size_t size, const char *name);
/* "key=value" over what it holds. where: for messages ("command line"). */
hr_status hr_recipe_set(hr_recipe *recipe, const char *setting, const char *where);
/* Checks that need several keys at once. */
hr_status hr_recipe_check(const hr_recipe *recipe);
/* Refuses keys that were set although only the other regime reads them. */
hr_status hr_recipe_check_regime(const hr_recipe *recipe);
/* Every key, resolved, as YAML that reads back to the same recipe (numbers exact). hr_free it. */
char *hr_recipe_to_yaml(const hr_recipe *recipe);
/* The same as a JSON object. */
json_t *hr_recipe_to_json(const hr_recipe *recipe);
/* Puts the keys that may differ between runs of the same bits to their defaults. */
void hr_recipe_forget_running(hr_recipe *recipe);
bool hr_recipe_is_lattice(const hr_recipe *recipe); /* the regime, of two */
/* The recipe in a model file's training record (JSON; may be NULL); false, and the defaults, where
 * there is none. */
bool hr_recipe_recorded(hr_recipe *recipe, const char *training);

/* The first key that differs and may not change on resume, or NULL. */
const char *hr_recipe_conflict(const hr_recipe *a, const hr_recipe *b);

#endif
