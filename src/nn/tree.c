/* tree.c - the stack of finished subtrees. */
#include "nn/tree.h"

enum { CHUNK = 1 << 14 }; /* numbers that stay in a core's cache while they are added up */

struct hr_tree_add {
    hr_real *to, *from;
};

static int levels(int shards) {
    int n = 0;
    while (shards >> n > 1) n++;
    return n;
}

int hr_tree_waiting(int shards, bool whole) {
    return levels(shards) * (whole ? 1 : 2);
}

void hr_tree_take(hr_tree *tree, size_t count, int buffers, int at_once, hr_arena *arena) {
    *tree = (hr_tree){.count = count, .free = buffers};
    tree->unused = HR_TAKE(arena, hr_real *, (size_t)buffers);
    tree->add = HR_TAKE(arena, struct hr_tree_add, (size_t)(at_once + HR_TREE_DEPTH));
    for (int i = 0; i < buffers; i++) {
        hr_real *sum = HR_TAKE(arena, hr_real, count);
        if (tree->unused) tree->unused[i] = sum;
    }
}

hr_real *hr_tree_leaf(hr_tree *tree) {
    return tree->unused[--tree->free];
}

/* The last two of the stack become one. */
static void meet(hr_tree *tree) {
    hr_subtree *right = &tree->done[--tree->depth], *left = right - 1;
    tree->add[tree->adds++] = (struct hr_tree_add){left->sum, right->sum};
    left->size += right->size;
}

/* Whether the last two of the stack cover an even and the next odd run. */
static bool due(const hr_tree *tree) {
    const hr_subtree *right = &tree->done[tree->depth - 1], *left = right - 1;
    return tree->depth > 1 && left->size == right->size && left->start % (2 * left->size) == 0;
}

void hr_tree_push(hr_tree *tree, hr_real *sum, int start, int size) {
    tree->done[tree->depth++] = (hr_subtree){sum, start, size};
    while (due(tree)) meet(tree);
}

void hr_tree_begin(hr_tree *tree, int start) {
    hr_subtree *shard = &tree->done[tree->depth++];
    shard->start = start;
    shard->size = 0;
}

int hr_tree_end(hr_tree *tree) {
    int times = 0;
    for (tree->done[tree->depth - 1].size = 1; due(tree); times++) {
        const hr_subtree *right = &tree->done[--tree->depth];
        tree->done[tree->depth - 1].size += right->size;
    }
    return times;
}

typedef struct job {
    hr_tree *tree;
    const hr_kern *kern;
} job;

static void join_task(void *context, int task, int worker) {
    const job *j = context;
    const hr_tree *t = j->tree;
    (void)worker;
    size_t from = (size_t)task * CHUNK, n = t->count - from < CHUNK ? t->count - from : CHUNK;
    for (int i = 0; i < t->adds; i++) {
        hr_real *a = t->add[i].to + from;
        j->kern->add(a, a, t->add[i].from + from, n);
    }
}

void hr_tree_join(hr_tree *tree, const hr_kern *kern, hr_pool *pool) {
    job j = {tree, kern};
    if (tree->adds) hr_pool_run(pool, (int)((tree->count + CHUNK - 1) / CHUNK), join_task, &j);
    for (int i = 0; i < tree->adds; i++) hr_tree_return(tree, tree->add[i].from);
    tree->adds = 0;
}

void hr_tree_keep_first(hr_tree *tree) {
    while (tree->depth > 1) hr_tree_return(tree, tree->done[--tree->depth].sum);
}

hr_real *hr_tree_finish(hr_tree *tree, const hr_kern *kern, hr_pool *pool) {
    while (tree->depth > 1) meet(tree);
    hr_tree_join(tree, kern, pool);
    tree->depth = 0;
    return tree->done[0].sum;
}

void hr_tree_return(hr_tree *tree, hr_real *sum) {
    tree->unused[tree->free++] = sum;
}
