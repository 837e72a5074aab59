/* engine.h - an engine: the memory of a model at work on some device, and the means to run it.
 *
 * What lies above src/nn sees states, gradients, moments and averages through an engine alone, and
 * in training the parameters too; inputs, labels, reports, logits and q lie in the caller's memory.
 * An engine is a table of operations (hr_engine_ops) in a file of its own and a name in engines.h;
 * engine_cpu.c is the first of them. No operation but new ones takes memory, and none can fail but
 * those that return a status. */
#ifndef HR_ENGINE_H
#define HR_ENGINE_H

#include <stdatomic.h>

#include "base/pool.h"
#include "nn/loss.h"
#include "nn/model.h"
#include "nn/optim.h"
#include "nn/tree.h"

enum { HR_ENGINE_SHARDS = 8 }; /* of a batch, where nobody says */

/* Who has but some consecutive shards of a batch, and how theirs meet with the others'. */
typedef struct hr_exchange {
    int first, shards; /* the first of the engine's own; of the whole batch */
    int rows;          /* of the whole batch */
    /* Between the sums of the shards and the tree's end: own (count) are the finished subtrees of
     * the engine's shards, in order. Leaves the sum over all shards of the batch, `numbers` long,
     * in own[0].sum. */
    void (*join)(void *user, const hr_subtree *own, int count, size_t numbers);
    void *user;
} hr_exchange;

/* What an engine is made for. */
typedef struct hr_engine_size {
    int micro;  /* rows at work at once; training counts whole row blocks, at least one */
    int rows;   /* training: of a batch, at most */
    int shards; /* training: parts of the batch; 0: forward only */
    const hr_exchange *exchange; /* NULL: it has the whole batch */
} hr_engine_size;

/* What one training segment works on. Shard s of S has the rows [s B / S, (s + 1) B / S), whose
 * gradients are summed in order; shards meet in one binary tree (tree.h). */
typedef struct hr_training {
    const hr_batch *batch;
    const hr_objective *objective;
    const bool *last;       /* (rows) at its last segment, for the q_continue target; may be NULL */
    hr_row_report *reports; /* (rows) */
    hr_real *logits;        /* (rows x seq x outputs), or NULL */
} hr_training;

/* Numbers that an engine holds. */
typedef enum hr_held {
    HR_HELD_STATE_H, /* of a carry, (rows x T x D) */
    HR_HELD_STATE_L,
    HR_HELD_PARAMS,  /* as the model's table lays them out, whose own memory they are pulled to */
    HR_HELD_GRADS,   /* (dense) of the last training segment; scratch once they were used */
    HR_HELD_PUZZLES, /* (rows x puzzle_emb_ndim) likewise */
    HR_HELD_M,       /* (dense) moments of the optimiser */
    HR_HELD_V,
    HR_HELD_AVERAGE, /* (dense) of the parameters */
} hr_held;

/* Asks inside a segment whether to go on: now and then, and one thread at a time. */
typedef struct hr_watch {
    bool (*go)(void *user);
    void *user;
    double asked; /* last, in seconds */
    atomic_flag asking;
    atomic_bool stopped; /* it said no: the segment ends early, and what it gives means nothing */
} hr_watch;

/* Before a segment: the first question comes a little later. */
void hr_watch_begin(hr_watch *watch);
/* Between the layers of a segment; NULL: always. caller: in the thread that called it, which
 * asks more often, since some programs hear of an interrupt in their own thread alone. */
bool hr_watch_on(hr_watch *watch, bool caller);

/* What a probe is told of a row after a call of the recursion; pointers hold until it returns. */
typedef struct hr_probed {
    int row;                /* of the batch */
    int call;               /* of the recursion, from 0 */
    int state;              /* that the call made: HR_STATE_H or HR_STATE_L */
    int worker;             /* the thread's number */
    size_t tokens;          /* of each channel: prefix, then the cells that take part, closed up */
    const hr_real *numbers; /* (channels x tokens x hidden) of that state */
    const hr_real *logits;  /* (seq x outputs) and q (2), as the heads read that state; NULL */
    const hr_real *q;
} hr_probed;

/* One head of attention, of one channel, as a block runs. */
typedef struct hr_probed_head {
    int row, call, layer, head, worker;
    size_t tokens, width, ld; /* ld: from one row of q or k to the next */
    double scale;             /* of the products of q and k */
    const hr_real *q, *k;     /* (tokens x width) */
} hr_probed_head;

/* Is told of states inside a segment. Rows come in any order, from several threads at once. */
typedef struct hr_probe {
    void (*told)(void *user, const hr_probed *probed);
    void (*head)(void *user, const hr_probed_head *head); /* may be NULL */
    void *user;
    hr_real *logits; /* (threads x seq x outputs) to read each state by; NULL: none is read */
} hr_probe;

typedef struct hr_engine_ops hr_engine_ops;

/* A model at work. What begins an engine of any kind; its own part is behind `own`. */
typedef struct hr_engine {
    const hr_engine_ops *ops;
    hr_model *model; /* borrowed, as the pool */
    hr_pool *pool;
    hr_engine_size size;
    const hr_optim_config
        *optim;            /* NULL: the dense parameters stay as they are. Until `open` ends */
    hr_watch *watch;       /* of forward and train; NULL: nobody asks */
    const hr_probe *probe; /* of forward; NULL: nobody is told */
    const hr_dealt *dealt; /* of update; NULL: it does all of it */
    int64_t updates;       /* optimiser steps so far; whoever goes on with a run sets it */
    void *own;
} hr_engine;

/* States of so many rows, on the engine's device. */
typedef struct hr_carry {
    hr_engine *engine;
    int rows;
    void *own;
} hr_carry;

struct hr_engine_ops {
    const char *name;
    /* For training on batches of so many rows, in as many of the shards as there are row blocks:
     * the largest micro-batch that fits `budget` bytes, workers' scratch left out; at least one row
     * block. *bytes, unless NULL, gets what it takes. */
    hr_engine_size (*plan)(const hr_model *model, int rows, int shards, size_t budget,
                           size_t *bytes);
    /* All bytes of an engine without its optimiser; no workers: what plan counts. And of the
     * optimiser and the gradients. */
    size_t (*bytes)(const hr_model *model, int workers, const hr_engine_size *size);
    size_t (*optim_bytes)(const hr_model *model, int workers, const hr_optim_config *optim,
                          int rows);
    /* And of a carry. */
    size_t (*carry_bytes)(const hr_model *model, int rows);

    /* The part behind `own`, from the rest; the parameters are the model's, packed. */
    hr_status (*open)(hr_engine *engine);
    void (*close)(hr_engine *engine);
    hr_status (*carry_open)(hr_carry *carry);
    void (*carry_close)(hr_carry *carry);

    /* The initial states for those of the first `rows` rows with which[row]; NULL: for all. */
    void (*reset)(hr_carry *carry, const bool *which, int rows);
    /* What is held, in memory of this machine: borrowed, to be read, until the engine works on or
     * the same is pulled again. NULL: memory is short, or it holds none. `carry` of states alone.
     */
    const hr_real *(*pull)(hr_engine *engine, hr_carry *carry, hr_held what);
    /* All of it anew. */
    void (*push)(hr_engine *engine, hr_carry *carry, hr_held what, const hr_real *numbers);
    /* Makes changed parameters those that forward and train run with. */
    void (*pack)(hr_engine *engine);

    /* One segment without gradient: the carry is read and replaced. logits (rows x seq x outputs)
     * and q (rows x 2: halt, continue) may be NULL. With skip_padding a row's tokens are closed up
     * at the front of its state, and the logits of its padding say that it is padding; so in
     * training. */
    void (*forward)(hr_engine *engine, const hr_batch *batch, hr_carry *carry, hr_real *logits,
                    hr_real *q);
    /* The same with loss and gradients. Returns the tokens that were computed as a share of those
     * of as many whole rows: below 1 where padding was skipped. */
    double (*train)(hr_engine *engine, const hr_training *training, hr_carry *carry);
    /* A step over the dense parameters (hr_optim_step); returns the gradients' norm. */
    double (*update)(hr_engine *engine, double lr, double muon_lr);
    /* One over the vectors of the batch's puzzles (hr_puzzle_step). */
    void (*update_puzzles)(hr_engine *engine, const hr_batch *batch, double lr, double decay);
    /* Swaps the dense parameters for their average and back, packed; gradients are lost. */
    void (*use_average)(hr_engine *engine, bool average);
};

/* The model, packed, and the pool must outlive the engine, the engine its carries. */
hr_status hr_engine_new(const hr_engine_ops *ops, hr_model *model, hr_pool *pool,
                        const hr_engine_size *size, const hr_optim_config *optim, hr_engine **out);
void hr_engine_free(hr_engine *engine);
hr_status hr_carry_new(hr_engine *engine, int rows, hr_carry **out);
void hr_carry_free(hr_carry *carry);

#endif
