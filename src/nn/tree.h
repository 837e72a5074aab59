/* tree.h - sums over shards, which meet in one binary tree: the order of every addition follows
 * from the number of shards alone.
 *
 * A node joins what covers an even and the next odd run of 2^k shards; the last run of a level may
 * be short, or none. Sums come shard by shard and wait on a stack of finished subtrees until their
 * neighbour is there, so no more than one of each size waits at a time. Whoever has but some
 * consecutive shards is left with whole subtrees, with which another can go on.
 *
 * Where many shards are summed part by part, most places of the stack are needed for a part alone:
 * the tree then says which sums meet when (hr_tree_begin, hr_tree_end), and whoever asks adds. */
#ifndef HR_TREE_H
#define HR_TREE_H

#include "base/mem.h"
#include "base/pool.h"
#include "kern/kern.h"

enum { HR_TREE_DEPTH = 32 };

typedef struct hr_subtree {
    hr_real *sum;
    int start, size; /* of its shards */
} hr_subtree;

typedef struct hr_tree {
    size_t count;                   /* numbers of a sum */
    hr_real **unused;               /* buffers for sums */
    int free;                       /* of them */
    hr_subtree done[HR_TREE_DEPTH]; /* from the first shard on */
    int depth;
    struct hr_tree_add *add; /* to be done, in order */
    int adds;
} hr_tree;

/* Sums that wait for a neighbour, at most, of so many shards. whole: they begin with the first of
 * the batch. */
int hr_tree_waiting(int shards, bool whole);
/* Memory for so many buffers, of which `at_once` are written at a time. */
void hr_tree_take(hr_tree *tree, size_t count, int buffers, int at_once, hr_arena *arena);

/* To sum the next shard in; what is in it is of no meaning. */
hr_real *hr_tree_leaf(hr_tree *tree);
/* What covers `size` shards from `start` on is complete; sums come in order. */
void hr_tree_push(hr_tree *tree, hr_real *sum, int start, int size);
/* Puts shard `start` on the stack, whose sum is not complete until hr_tree_end, which returns how
 * many times the last two of the stack then become one: in the place of the first. */
void hr_tree_begin(hr_tree *tree, int start);
int hr_tree_end(hr_tree *tree);
/* Does the additions that are due, on all threads. */
void hr_tree_join(hr_tree *tree, const hr_kern *kern, hr_pool *pool);
/* Gives all subtrees back but the first, in which their sum is by now. */
void hr_tree_keep_first(hr_tree *tree);
/* Joins the subtrees that are left as well, takes their sum out of the tree and returns it; it goes
 * back with hr_tree_return. */
hr_real *hr_tree_finish(hr_tree *tree, const hr_kern *kern, hr_pool *pool);
void hr_tree_return(hr_tree *tree, hr_real *sum);

#endif
