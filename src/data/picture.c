/* picture.c - cells on a canvas. */
#include "data/picture.h"

#include <string.h>

#include "io/canvas.h"

enum { SIDE_MAX = 44, SIDE_MIN = 6, WANTED = 700, LINE = 0xc4c8ce, BOX = 0x2a2d33 };

typedef struct panel {
    const hr_task *task;
    const uint8_t *question, *tokens; /* question: what counts as changed; NULL: nothing */
    int rows, cols, side, x, y;
} panel;

static void draw_cells(hr_canvas *canvas, const panel *p) {
    for (int r = 0; r < p->rows; r++)
        for (int c = 0; c < p->cols; c++) {
            int i = r * p->task->cols + c, x = p->x + c * p->side, y = p->y + r * p->side;
            bool changed = p->question && p->question[i] != p->tokens[i];
            hr_look look = hr_task_look(p->task, p->tokens[i], changed);
            if (look.nothing) continue;
            hr_canvas_rect(canvas, x, y, p->side + 1, p->side + 1, LINE);
            hr_canvas_rect(canvas, x + 1, y + 1, p->side - 1, p->side - 1, look.fill);
            if (look.glyph) hr_canvas_glyph(canvas, x, y, p->side, look.glyph, look.ink);
        }
}

/* The lines around the boxes of a Sudoku. */
static void draw_boxes(hr_canvas *canvas, const panel *p) {
    if (!p->task->box_cols) return;
    int width = p->cols * p->side, height = p->rows * p->side;
    for (int c = 0; c <= p->cols; c += p->task->box_cols)
        hr_canvas_rect(canvas, p->x + c * p->side - 1, p->y - 1, 3, height + 3, BOX);
    for (int r = 0; r <= p->rows; r += p->task->box_rows)
        hr_canvas_rect(canvas, p->x - 1, p->y + r * p->side - 1, width + 3, 3, BOX);
}

/* The lines between the regions of a declared task. */
static void draw_regions(hr_canvas *canvas, const panel *p) {
    for (int r = 0; r <= p->rows; r++)
        for (int c = 0; c <= p->cols; c++) {
            int i = r * p->task->cols + c, x = p->x + c * p->side, y = p->y + r * p->side;
            char own = r < p->rows && c < p->cols ? hr_task_region(p->task, i) : 0;
            char left = r < p->rows && c ? hr_task_region(p->task, i - 1) : 0;
            char above = c < p->cols && r ? hr_task_region(p->task, i - p->task->cols) : 0;
            if (r < p->rows && own != left)
                hr_canvas_rect(canvas, x - 1, y - 1, 3, p->side + 3, BOX);
            if (c < p->cols && own != above)
                hr_canvas_rect(canvas, x - 1, y - 1, p->side + 3, 3, BOX);
        }
}

static int larger(int a, int b) {
    return a > b ? a : b;
}

hr_status hr_picture_write(const hr_dataset *d, size_t example, const char *path) {
    size_t n = strlen(path);
    bool svg = n > 4 && !strcmp(path + n - 4, ".svg");
    if (!svg && !(n > 4 && !strcmp(path + n - 4, ".png")))
        return hr_fail(HR_ERR_ARG, "%s: a picture's name must end in .png or .svg", path);
    const uint8_t *q, *a;
    panel p[2] = {{.task = &d->task}, {.task = &d->task}};
    hr_dataset_pair(d, example, &q, &a);
    p[0].tokens = q;
    p[1].tokens = a;
    p[1].question = q;
    for (int i = 0; i < 2; i++) hr_task_extent(&d->task, p[i].tokens, &p[i].rows, &p[i].cols);
    int rows = larger(p[0].rows, p[1].rows), cols = larger(p[0].cols, p[1].cols);
    int side = WANTED / larger(rows, cols);
    side = side > SIDE_MAX ? SIDE_MAX : larger(side, SIDE_MIN);
    for (int i = 0; i < 2; i++) {
        p[i].side = side;
        p[i].x = p[i].y = side / 2;
    }
    p[1].x += (p[0].cols + 1) * side;
    hr_canvas canvas;
    hr_status status = hr_canvas_open(p[1].x + p[1].cols * side + side / 2 + 1,
                                      (rows + 1) * side + 1, svg, &canvas);
    for (int i = 0; !status && i < 2; i++) {
        draw_cells(&canvas, &p[i]);
        draw_boxes(&canvas, &p[i]);
        draw_regions(&canvas, &p[i]);
    }
    if (!status) status = hr_canvas_write(&canvas, path);
    hr_canvas_close(&canvas);
    return status;
}
