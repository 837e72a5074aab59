/* arc_like_kit.h - what families of generated ARC-like tasks draw lots and paint with.
 *
 * A family makes one pair at a time, in a form that stands for all its views: ground is colour 0,
 * colours with a part in the rule are 1, 2, 3..., "down" is down. Whoever calls it turns the pairs
 * of a task and exchanges its colours. What holds for a whole task is drawn with `rule`, which
 * says the same for every pair of a task, so a family calls it before anything that differs between
 * pairs, and as often in each; everything else is drawn with `draw`. */
#ifndef HR_ARC_LIKE_KIT_H
#define HR_ARC_LIKE_KIT_H

#include "base/rng.h"
#include "task/arc.h"

typedef hr_arc_grid grid;

typedef struct hr_kit {
    hr_rng task, pair;
    uint64_t task_at, pair_at; /* draws so far */
    int side;                  /* most rows and columns of this task, 10 to 30 */
    uint64_t shown;            /* variants of the rule that the pair shows, a bit each */
    grid in, out;
    grid taken; /* boxes of what hr_kit_place put into this scene */
} hr_kit;

/* Makes a pair into k->in and k->out (which are in and out); false where the draws came to nothing
 * that makes sense. */
typedef bool (*hr_kit_make)(hr_kit *k, grid *in, grid *out);
typedef struct hr_kit_family {
    const char *name;
    hr_kit_make make;
} hr_kit_family;
#define HR_KIT_FAMILY(name)                                                                        \
    { #name, name }

/* What was placed; cells: of its colour. */
typedef struct hr_kit_box {
    int r, c, rows, cols, colour, cells;
} hr_kit_box;

#define EACH_CELL(g, r, c)                                                                         \
    for (int r = 0; r < (g)->rows; r++)                                                            \
        for (int c = 0; c < (g)->cols; c++)

static inline int rule(hr_kit *k, int low, int high) {
    return low + (int)hr_rng_below(k->task, k->task_at++, (uint64_t)(high - low + 1));
}
static inline int draw(hr_kit *k, int low, int high) {
    return low + (int)hr_rng_below(k->pair, k->pair_at++, (uint64_t)(high - low + 1));
}
static inline bool chance(hr_kit *k, int percent) {
    return draw(k, 1, 100) <= percent;
}
/* Says that this pair shows a variant (0 to 63): a test pair shows none that no demonstration does.
 */
static inline void show(hr_kit *k, int variant) {
    k->shown |= 1ull << variant;
}
static inline int least(int a, int b) {
    return a < b ? a : b;
}
/* The colour of a cell; -1 outside. */
static inline int at(const grid *g, int r, int c) {
    return r >= 0 && c >= 0 && r < g->rows && c < g->cols ? g->cell[r * g->cols + c] : -1;
}
/* Outside nothing happens. */
static inline void put(grid *g, int r, int c, int colour) {
    if (at(g, r, c) >= 0) g->cell[r * g->cols + c] = (uint8_t)colour;
}

/* Steps: north, east, south, west, then NE, SE, SW, NW. */
extern const int hr_kit_dr[8], hr_kit_dc[8];

/* n different numbers low..high (at most 30), colours for instance, of this pair. */
void hr_kit_distinct(hr_kit *k, int low, int high, int n, int *out);
/* One colour throughout. */
void hr_kit_blank(grid *g, int rows, int cols, int colour);
/* Blanks k->in at low to high (at most k->side) cells a side; tasks may keep one size. */
void hr_kit_scene(hr_kit *k, int low, int high);
/* A picture of some of the colours low..high on ground, in a style of the task. */
void hr_kit_picture(hr_kit *k, grid *g, int rows, int cols, int low, int high);
void hr_kit_rect(grid *g, int r, int c, int rows, int cols, int colour);
void hr_kit_frame(grid *g, int r, int c, int rows, int cols, int colour);
void hr_kit_crop(const grid *g, int r, int c, int rows, int cols, grid *out);
/* Everything but ground. */
void hr_kit_paste(grid *g, int r, int c, const grid *from);
/* A dihedral code, in place. */
void hr_kit_turn(grid *g, int code);
/* Each cell as f x f. */
void hr_kit_scale(const grid *g, int f, grid *out);
void hr_kit_swap(grid *g, int from, int to);
int hr_kit_count(const grid *g, int colour);
/* Paints ground of `walls` in `to`, from beyond (r, c) until something stands in the way; false
 * where that would paint over another colour of `to`. */
bool hr_kit_ray(const grid *walls, grid *to, int r, int c, int step, int colour);
/* Gives the area of like cells around (r, c), by sides, another colour; returns its cells. */
int hr_kit_flood(grid *g, int r, int c, int colour);
/* A connected shape of `cells` cells, or of all that rows x cols has, cropped to its box. */
void hr_kit_blob(hr_kit *k, int rows, int cols, int cells, int colour, grid *out);
/* Whether a box lies within the grid, with nothing but ground in it and `gap` cells around. */
bool hr_kit_free(const grid *g, const hr_kit_box *box, int gap);
/* Draws r and c of a box of its rows and cols that is free in k->in, and of the boxes of what was
 * placed; false where none is found. */
bool hr_kit_find(hr_kit *k, hr_kit_box *box, int gap);
/* Pastes a shape into k->in where there is room; box may be NULL. */
bool hr_kit_place(hr_kit *k, const grid *shape, int gap, hr_kit_box *box);

typedef enum hr_kit_kind { HR_KIT_RECT, HR_KIT_FRAME, HR_KIT_BLOB } hr_kit_kind;
/* Places a shape of low to high cells a side, apart from all others; box may be NULL. */
bool hr_kit_add(hr_kit *k, hr_kit_kind kind, int low, int high, int colour, hr_kit_box *box);
/* How many things a scene takes: low to high, and more in a large one. */
int hr_kit_some(hr_kit *k, int low, int high);
/* Both grids turned by a code that is drawn for the pair. */
void hr_kit_spin(hr_kit *k);

#endif
