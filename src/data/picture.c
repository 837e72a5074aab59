/* picture.c - draws cells on a canvas. */
#include "data/picture.h"

#include <string.h>

#include "task/draw.h"

enum { SIDE_MAX = 44, SIDE_MIN = 6, WANTED = 700, LINE = 0xc4c8ce, BOX = 0x2a2d33 };

void hr_panel_cell(hr_canvas *canvas, const hr_panel *p, int i, uint8_t token) {
    int x = p->x + i % p->task->cols * p->side, y = p->y + i / p->task->cols * p->side;
    hr_look look = hr_task_look(p->task, token, p->question && p->question[i] != token);
    if (look.nothing) return;
    hr_canvas_rect(canvas, x, y, p->side + 1, p->side + 1, LINE);
    hr_canvas_rect(canvas, x + 1, y + 1, p->side - 1, p->side - 1, look.fill);
    if (look.glyph) hr_canvas_glyph(canvas, x, y, p->side, look.glyph, look.ink);
}

void hr_panel_cells(hr_canvas *canvas, const hr_panel *p, const uint8_t *tokens) {
    for (int r = 0; r < p->rows; r++)
        for (int c = 0; c < p->cols; c++) {
            int i = r * p->task->cols + c;
            hr_panel_cell(canvas, p, i, tokens[i]);
        }
}

/* The lines around boxes. */
static void draw_boxes(hr_canvas *canvas, const hr_panel *p) {
    if (!p->task->box_cols) return;
    int width = p->cols * p->side, height = p->rows * p->side;
    for (int c = 0; c <= p->cols; c += p->task->box_cols)
        hr_canvas_rect(canvas, p->x + c * p->side - 1, p->y - 1, 3, height + 3, BOX);
    for (int r = 0; r <= p->rows; r += p->task->box_rows)
        hr_canvas_rect(canvas, p->x - 1, p->y + r * p->side - 1, width + 3, 3, BOX);
}

static char region(const hr_task *task, int cell) {
    return task->region ? task->region[cell] : 0;
}

/* The lines between regions. */
static void draw_regions(hr_canvas *canvas, const hr_panel *p) {
    for (int r = 0; r <= p->rows; r++)
        for (int c = 0; c <= p->cols; c++) {
            int i = r * p->task->cols + c, x = p->x + c * p->side, y = p->y + r * p->side;
            char own = r < p->rows && c < p->cols ? region(p->task, i) : 0;
            char left = r < p->rows && c ? region(p->task, i - 1) : 0;
            char above = c < p->cols && r ? region(p->task, i - p->task->cols) : 0;
            if (r < p->rows && own != left)
                hr_canvas_rect(canvas, x - 1, y - 1, 3, p->side + 3, BOX);
            if (c < p->cols && own != above)
                hr_canvas_rect(canvas, x - 1, y - 1, p->side + 3, 3, BOX);
        }
}

void hr_panel_lines(hr_canvas *canvas, const hr_panel *p) {
    draw_boxes(canvas, p);
    draw_regions(canvas, p);
}

static int larger(int a, int b) {
    return a > b ? a : b;
}

int hr_panel_side(int rows, int cols) {
    int side = WANTED / larger(rows, cols);
    return side > SIDE_MAX ? SIDE_MAX : larger(side, SIDE_MIN);
}

hr_status hr_picture_write(const hr_dataset *d, size_t example, const char *path) {
    bool svg = hr_text_ends(path, ".svg");
    if (!svg && !hr_text_ends(path, ".png"))
        return hr_fail(HR_ERR_ARG, "%s: a picture's name must end in .png or .svg", path);
    const uint8_t *tokens[2];
    hr_dataset_pair(d, example, &tokens[0], &tokens[1]);
    hr_panel p[2] = {{.task = &d->task}, {.task = &d->task, .question = tokens[0]}};
    for (int i = 0; i < 2; i++) hr_task_extent(&d->task, tokens[i], &p[i].rows, &p[i].cols);
    int rows = larger(p[0].rows, p[1].rows);
    int side = hr_panel_side(rows, larger(p[0].cols, p[1].cols));
    for (int i = 0; i < 2; i++) {
        p[i].side = side;
        p[i].x = p[i].y = side / 2;
    }
    p[1].x += (p[0].cols + 1) * side;
    hr_canvas canvas;
    hr_status status = hr_canvas_open(p[1].x + p[1].cols * side + side / 2 + 1,
                                      (rows + 1) * side + 1, svg, &canvas);
    for (int i = 0; !status && i < 2; i++) {
        hr_panel_cells(&canvas, &p[i], tokens[i]);
        hr_panel_lines(&canvas, &p[i]);
    }
    if (!status) status = hr_canvas_write(&canvas, path);
    hr_canvas_close(&canvas);
    return status;
}
