/* picture.c - draws cells on a canvas. */
#include "data/picture.h"

#include <string.h>

#include "base/os.h"
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

/* The panels of a pair, of which every cell has this side; y: its top. */
static void place_pair(const hr_task *task, const uint8_t *const tokens[2], int side, int y,
                       hr_panel p[2]) {
    for (int i = 0; i < 2; i++) {
        p[i] = (hr_panel){.task = task, .question = i ? tokens[0] : NULL, .side = side, .y = y};
        hr_task_extent(task, tokens[i], &p[i].rows, &p[i].cols);
        p[i].x = side / 2 + i * (p[0].cols + 1) * side;
    }
}

hr_status hr_picture_try(const char *path) {
    if (hr_text_ends(path, ".svg") || hr_text_ends(path, ".png")) return hr_os_try(path);
    return hr_fail(HR_ERR_ARG, "%s: a picture's name must end in .png or .svg", path);
}

hr_status hr_picture_pairs(const hr_task *task, const uint8_t *const (*pair)[2], size_t count,
                           const char *path) {
    enum { POINTS_MAX = 1 << 14 };
    hr_panel p[2];
    int rows = 1, cols = 1, width = 1, height = 0; /* of all in cells, half of one around */
    for (size_t k = 0; k < count; k++) {
        place_pair(task, pair[k], 0, 0, p);
        int both = larger(p[0].rows, p[1].rows);
        if (k && (height + both + 1) * SIDE_MIN > POINTS_MAX) count = k;
        if (k == count) break;
        rows = larger(rows, both);
        cols = larger(cols, larger(p[0].cols, p[1].cols));
        width = larger(width, p[0].cols + p[1].cols + 2);
        height += both + 1;
    }
    int side = hr_panel_side(rows, cols);
    if (count > 1 && side > POINTS_MAX / height) side = POINTS_MAX / height;
    int y = side / 2;
    hr_canvas canvas;
    hr_status status =
        hr_canvas_open(width * side + 1, height * side + 1, hr_text_ends(path, ".svg"), &canvas);
    for (size_t k = 0; !status && k < count; k++, y += (larger(p[0].rows, p[1].rows) + 1) * side) {
        place_pair(task, pair[k], side, y, p);
        for (int i = 0; i < 2; i++) {
            hr_panel_cells(&canvas, &p[i], pair[k][i]);
            hr_panel_lines(&canvas, &p[i]);
        }
    }
    if (!status) status = hr_canvas_write(&canvas, path);
    hr_canvas_close(&canvas);
    return status;
}

hr_status hr_picture_write(const hr_dataset *d, size_t example, const char *path) {
    const uint8_t *pair[1][2];
    hr_status status = hr_picture_try(path);
    if (status) return status;
    hr_dataset_pair(d, example, &pair[0][0], &pair[0][1]);
    return hr_picture_pairs(&d->task, pair, 1, path);
}
