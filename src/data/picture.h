/* picture.h - grids on a canvas, and an example of a data set as a picture. */
#ifndef HR_PICTURE_H
#define HR_PICTURE_H

#include "data/dataset.h"
#include "io/canvas.h"

/* Where a grid lies on a canvas. */
typedef struct hr_panel {
    const hr_task *task;
    const uint8_t *question; /* cells that differ from it are drawn as changed; NULL: none are */
    int rows, cols;          /* of the part that is drawn */
    int side, x, y;          /* points of a cell's side; the top left corner */
} hr_panel;

/* Points of a cell's side in a grid of so many rows and columns. */
int hr_panel_side(int rows, int cols);
void hr_panel_cell(hr_canvas *canvas, const hr_panel *panel, int cell, uint8_t token);
/* tokens (task->seq) */
void hr_panel_cells(hr_canvas *canvas, const hr_panel *panel, const uint8_t *tokens);
/* The lines around boxes and regions; drawn after the cells. */
void hr_panel_lines(hr_canvas *canvas, const hr_panel *panel);

/* Whether a picture could be written there: PNG or SVG, by the ending of `path`. */
hr_status hr_picture_try(const char *path);
/* Questions and answers side by side, one pair (two times task->seq tokens) under the other, as far
 * as there is room. */
hr_status hr_picture_pairs(const hr_task *task, const uint8_t *const (*pair)[2], size_t count,
                           const char *path);
/* The same of an example. */
hr_status hr_picture_write(const hr_dataset *data, size_t example, const char *path);

#endif
