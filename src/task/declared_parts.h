/* declared_parts.h - inside a declared task: what its keys became. See docs/your-own-puzzle.md for
 * the keys.
 *
 * Tokens: 1 the blank, where there is one; then letters that stand for several symbols; then the
 * symbols in the order of the alphabet; last the symbol that pads short puzzles, where sizes vary.
 * Padding is a symbol like any other, so that a model learns where an answer ends. */
#ifndef HR_DECLARED_PARTS_H
#define HR_DECLARED_PARTS_H

#include <stdatomic.h>

#include "base/text.h"
#include "task/task.h"

enum { HR_LINES_MAX = 256 }; /* rows or columns that can be shuffled */
enum { HR_ORDERS_MAX = 8 };  /* orders of all cells that can be declared */

/* The eight orientations of a grid, as sets of steps: transpose first, then mirror (left-right),
 * then flip (upside down). */
enum { HR_ORIENT_TRANSPOSE = 1, HR_ORIENT_MIRROR = 2, HR_ORIENT_FLIP = 4, HR_ORIENTATIONS = 8 };
/* The symmetries that may exchange symbols as well. */
enum { HR_SWAP_TRANSPOSE, HR_SWAP_MIRROR, HR_SWAP_FLIP, HR_SWAP_REVERSE, HR_SWAPS };

typedef enum hr_rule_kind {
    HR_RULE_DIFFERENT,
    HR_RULE_INCREASING,
    HR_RULE_SUM,
    HR_RULE_COMPARE, /* two cells */
    HR_RULE_SIGNS,   /* of the question, between neighbours */
    HR_RULE_SAME,    /* the question's symbols in another order */
    HR_RULE_PATH,
    HR_RULE_RUN,    /* fewer than `total` neighbours of a group alike */
    HR_RULE_UNLIKE, /* no two groups alike */
    HR_RULE_COUNT,  /* of symbol[0]: `order` `total` */
    HR_RULE_PARITY, /* of the count of symbol[0]: odd, or even, where `total` is 0 */
} hr_rule_kind;

typedef struct hr_rule {
    hr_rule_kind kind;
    bool strict;          /* strictly increasing; the shortest path */
    const char *unit;     /* what its groups are called: "row"; NULL for cells named one by one */
    size_t first, groups; /* in hr_declared.group */
    long total;           /* of a sum, a run, a count */
    char order;           /* of two cells: < > = !; of a count: = < >, or equal */
    bool asks;            /* parity: the other one where the question's `cell` is not of `held` */
    uint32_t cell;
    uint8_t held[256 / 8]; /* a set of tokens */
    uint8_t symbol[4];     /* signs: left smaller, left larger, above smaller, above larger;
                              path: its cells, its ends */
} hr_rule;

/* An order of the cells that may be taken any number of times; see declared_order.c. */
typedef struct hr_order {
    uint64_t times;        /* after so many, all cells are back */
    uint32_t *cell;        /* (seq) cycle behind cycle */
    uint32_t *place;       /* (seq) where a cell stands there */
    uint32_t *start, *end; /* (seq) of the cycle around a place */
    uint32_t *memory;      /* of all four; owned */
} hr_order;

struct hr_declared {
    atomic_int owners;
    size_t entries;
    hr_task_entry *entry; /* the declaration with what the data added; owned */
    uint8_t blank, pad;   /* tokens; 0: none */
    uint8_t first;        /* token of the first symbol */
    uint32_t may[256];    /* by token: what it stands for, a set of symbols; 0: itself */
    char separator;       /* ends a row in the text; 0: none */
    bool in_answer[256];  /* by token: may stand in an open cell */
    bool kept[256];       /* by token of a question: its answer holds the same */
    int value[256];       /* by token of an open cell: its number in sums and comparisons */
    uint8_t answer[256];  /* the tokens of open cells, in order */
    int answers;
    char *region; /* (seq) name of each cell's region, or NULL; owned */
    /* symmetries */
    bool symbols, reverse, question_order;
    int band, stack;      /* rows and columns that stay together; 0: they keep their places */
    uint8_t orientations; /* set of orientations, a group; bit 0, the plain one, is always in */
    uint8_t swap[HR_SWAPS][256];
    int orders;
    hr_order order[HR_ORDERS_MAX];
    /* rules */
    bool complete;               /* the puzzle has no others */
    hr_buffer rule, group, cell; /* of hr_rule; of size_t, where a group ends; of uint32_t */
};

#endif
