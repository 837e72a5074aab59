/* arc.h - what only ARC-AGI has: grids of colours, their views (augmentations), their place on a
 * square canvas of tokens. As in the published code, whose canvas has 30 cells a side: token 0 is
 * padding, 1 an end marker below and right of the grid where there is room, c + 2 colour c; a view
 * permutes the colours, then applies a dihedral code. */
#ifndef HR_ARC_H
#define HR_ARC_H

#include "base/text.h"
#include "task/task.h"

/* The largest canvas; the task says how large the one at hand is. */
enum { HR_ARC_SIDE = 30, HR_ARC_SEQ = 900, HR_ARC_VOCAB = 12, HR_ARC_COLOURS = 10 };

/* ARC-AGI: grids of ten colours on a square of 1 to 30 cells a side; the published code has 30.
 * Tokens as there: 1 end marker, 2..11 the colours 0..9. */
hr_status hr_task_arc(int side, hr_task *out);

typedef struct hr_arc_grid {
    int rows, cols;           /* 1..30; 0 x 0 where a crop found nothing */
    uint8_t cell[HR_ARC_SEQ]; /* colours, row by row */
} hr_arc_grid;
bool hr_arc_same(const hr_arc_grid *a, const hr_arc_grid *b);
/* As JSON: [[0, 1], [2, 3]]. NULL when memory is short. */
struct json_t *hr_arc_grid_json(const hr_arc_grid *grid);

typedef struct hr_arc_view {
    uint8_t code;                   /* dihedral */
    uint8_t colour[HR_ARC_COLOURS]; /* image of each colour; 0 stays */
} hr_arc_view;
extern const hr_arc_view hr_arc_plain;
enum { HR_ARC_FREE = 0x3fe }; /* the colours 1..9 as bits */
/* A random code, and a random permutation of the colours that `free` has a bit for. */
hr_arc_view hr_arc_view_draw(hr_rng rng, unsigned free);
/* out may not be in. */
void hr_arc_apply(const hr_arc_view *view, const hr_arc_grid *in, hr_arc_grid *out);
void hr_arc_undo(const hr_arc_view *view, const hr_arc_grid *in, hr_arc_grid *out);

/* "id", or "id|||t3|||0614732958" for any view but the plain one. */
void hr_arc_name_print(hr_buffer *out, const char *id, const hr_arc_view *view);
/* Reads the view in a name and returns the length of the id before it; a name of another form is
 * an id with the plain view. */
size_t hr_arc_name_read(const char *name, hr_arc_view *view);

/* The grid at (row, col) among zeros, with its end markers, as tokens (side x side), which it must
 * fit into. */
void hr_arc_encode(const hr_arc_grid *grid, int row, int col, int side, uint8_t *tokens);
/* The grid at the top left of rows x cols end markers, those among zeros. */
void hr_arc_encode_boxed(const hr_arc_grid *grid, int rows, int cols, int side, uint8_t *tokens);
/* The largest rectangle of colours anchored at the top left (fewest rows on ties); may be 0 x 0. */
void hr_arc_crop(const uint8_t *tokens, int side, hr_arc_grid *out);

#endif
