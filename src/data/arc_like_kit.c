/* arc_like_kit.c - scenes, shapes and paint. */
#include "data/arc_like_kit.h"

#include <string.h>

#include "task/dihedral.h"

const int hr_kit_dr[8] = {-1, 0, 1, 0, -1, 1, 1, -1}, hr_kit_dc[8] = {0, 1, 0, -1, 1, 1, -1, -1};

void hr_kit_distinct(hr_kit *k, int low, int high, int n, int *out) {
    int all[HR_ARC_SIDE], count = high - low + 1;
    for (int i = 0; i < count; i++) all[i] = low + i;
    for (int i = 0; i < n; i++) {
        int j = draw(k, i, count - 1);
        out[i] = all[j];
        all[j] = all[i];
    }
}

/* ---- whole grids ----------------------------------------------------------------------------- */

void hr_kit_blank(grid *g, int rows, int cols, int colour) {
    g->rows = rows;
    g->cols = cols;
    memset(g->cell, colour, (size_t)(rows * cols));
}

void hr_kit_scene(hr_kit *k, int low, int high) {
    int most = least(high, k->side), rows = rule(k, low, most), cols = rule(k, low, most);
    if (rule(k, 0, 1)) {
        rows = draw(k, low, most);
        cols = draw(k, low, most);
    }
    hr_kit_blank(&k->in, rows, cols, 0);
    hr_kit_blank(&k->taken, HR_ARC_SIDE, HR_ARC_SIDE, 0);
}

void hr_kit_picture(hr_kit *k, grid *g, int rows, int cols, int low, int high) {
    enum { NOISE, BLOCKS, SHAPES };
    int style = rule(k, NOISE, SHAPES), share = rule(k, 30, 80),
        n = least(rule(k, 2, 4), high - low + 1);
    int hue[HR_ARC_COLOURS];
    grid shape;
    hr_kit_distinct(k, low, high, n, hue);
    hr_kit_blank(g, rows, cols, 0);
    if (style == NOISE)
        EACH_CELL (g, r, c)
            if (chance(k, share)) put(g, r, c, hue[draw(k, 0, n - 1)]);
    for (int i = 2 + rows * cols / 10; style != NOISE && i > 0; i--) {
        int h = draw(k, 1, (rows + 1) / 2), w = draw(k, 1, (cols + 1) / 2), colour = hue[i % n];
        if (style == BLOCKS) hr_kit_blank(&shape, h, w, colour);
        else hr_kit_blob(k, h, w, h * w * 2 / 3, colour, &shape);
        hr_kit_paste(g, draw(k, 0, rows - shape.rows), draw(k, 0, cols - shape.cols), &shape);
    }
}

void hr_kit_crop(const grid *g, int r0, int c0, int rows, int cols, grid *out) {
    hr_kit_blank(out, rows, cols, 0);
    EACH_CELL (out, r, c) put(out, r, c, at(g, r0 + r, c0 + c));
}

void hr_kit_paste(grid *g, int r0, int c0, const grid *from) {
    EACH_CELL (from, r, c)
        if (at(from, r, c)) put(g, r0 + r, c0 + c, at(from, r, c));
}

void hr_kit_turn(grid *g, int code) {
    const grid from = *g;
    hr_arc_view view = hr_arc_plain;
    view.code = (uint8_t)code;
    hr_arc_apply(&view, &from, g);
}

void hr_kit_spin(hr_kit *k) {
    int code = draw(k, 0, HR_DIHEDRAL - 1);
    hr_kit_turn(&k->in, code);
    hr_kit_turn(&k->out, code);
}

void hr_kit_scale(const grid *g, int f, grid *out) {
    hr_kit_blank(out, g->rows * f, g->cols * f, 0);
    EACH_CELL (out, r, c) put(out, r, c, at(g, r / f, c / f));
}

void hr_kit_swap(grid *g, int from, int to) {
    EACH_CELL (g, r, c)
        if (at(g, r, c) == from) put(g, r, c, to);
}

int hr_kit_count(const grid *g, int colour) {
    int n = 0;
    EACH_CELL (g, r, c) n += at(g, r, c) == colour;
    return n;
}

/* ---- paint ----------------------------------------------------------------------------------- */

void hr_kit_rect(grid *g, int r0, int c0, int rows, int cols, int colour) {
    for (int r = r0; r < r0 + rows; r++)
        for (int c = c0; c < c0 + cols; c++) put(g, r, c, colour);
}

void hr_kit_frame(grid *g, int r, int c, int rows, int cols, int colour) {
    hr_kit_rect(g, r, c, rows, 1, colour);
    hr_kit_rect(g, r, c + cols - 1, rows, 1, colour);
    hr_kit_rect(g, r, c, 1, cols, colour);
    hr_kit_rect(g, r + rows - 1, c, 1, cols, colour);
}

bool hr_kit_ray(const grid *walls, grid *to, int r, int c, int step, int colour) {
    for (;;) {
        r += hr_kit_dr[step];
        c += hr_kit_dc[step];
        if (at(walls, r, c)) return true;
        if (at(to, r, c) && at(to, r, c) != colour) return false;
        put(to, r, c, colour);
    }
}

int hr_kit_flood(grid *g, int r, int c, int colour) {
    int from = at(g, r, c), n = 0, top = 0, stack[HR_ARC_SEQ];
    if (from == colour) return 0;
    put(g, r, c, colour);
    for (stack[top++] = r * g->cols + c; top; n++) {
        int cell = stack[--top];
        for (int d = 0; d < 4; d++) {
            int y = cell / g->cols + hr_kit_dr[d], x = cell % g->cols + hr_kit_dc[d];
            if (at(g, y, x) != from) continue;
            put(g, y, x, colour);
            stack[top++] = y * g->cols + x;
        }
    }
    return n;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

/* The smallest box around all that is not ground. */
static void trim(grid *g) {
    const grid from = *g;
    int top = g->rows, left = g->cols, bottom = 0, right = 0;
    EACH_CELL (g, r, c) {
        if (!at(g, r, c)) continue;
        top = least(top, r);
        left = least(left, c);
        bottom = r;
        right = right > c ? right : c;
    }
    hr_kit_crop(&from, top, left, bottom - top + 1, right - left + 1, g);
}

void hr_kit_blob(hr_kit *k, int rows, int cols, int cells, int colour, grid *out) {
    hr_kit_blank(out, rows, cols, 0);
    put(out, draw(k, 0, rows - 1), draw(k, 0, cols - 1), colour);
    for (int n = 1; n < least(cells, rows * cols);) {
        int r = draw(k, 0, rows - 1), c = draw(k, 0, cols - 1);
        bool beside = false;
        for (int d = 0; d < 4; d++) beside |= at(out, r + hr_kit_dr[d], c + hr_kit_dc[d]) == colour;
        if (at(out, r, c) || !beside) continue;
        put(out, r, c, colour);
        n++;
    }
    trim(out);
}

bool hr_kit_free(const grid *g, const hr_kit_box *b, int gap) {
    if (b->r < 0 || b->c < 0 || b->r + b->rows > g->rows || b->c + b->cols > g->cols) return false;
    for (int r = b->r - gap; r < b->r + b->rows + gap; r++)
        for (int c = b->c - gap; c < b->c + b->cols + gap; c++)
            if (at(g, r, c) > 0) return false;
    return true;
}

bool hr_kit_find(hr_kit *k, hr_kit_box *b, int gap) {
    enum { TRIES = 60 };
    if (b->rows > k->in.rows || b->cols > k->in.cols) return false;
    for (int i = 0; i < TRIES; i++) {
        b->r = draw(k, 0, k->in.rows - b->rows);
        b->c = draw(k, 0, k->in.cols - b->cols);
        if (hr_kit_free(&k->in, b, gap) && hr_kit_free(&k->taken, b, gap)) return true;
    }
    return false;
}

bool hr_kit_place(hr_kit *k, const grid *shape, int gap, hr_kit_box *box) {
    hr_kit_box own = {.rows = shape->rows, .cols = shape->cols};
    if (!hr_kit_find(k, &own, gap)) return false;
    hr_kit_paste(&k->in, own.r, own.c, shape);
    hr_kit_rect(&k->taken, own.r, own.c, own.rows, own.cols, 1);
    EACH_CELL (shape, r, c) own.colour = at(shape, r, c) ? at(shape, r, c) : own.colour;
    own.cells = hr_kit_count(shape, own.colour);
    if (box) *box = own;
    return true;
}

bool hr_kit_add(hr_kit *k, hr_kit_kind kind, int low, int high, int colour, hr_kit_box *box) {
    grid shape;
    int rows = draw(k, low, high), cols = draw(k, low, high);
    if (kind == HR_KIT_BLOB) hr_kit_blob(k, rows, cols, (2 * rows * cols + 2) / 3, colour, &shape);
    else hr_kit_blank(&shape, rows, cols, colour);
    if (kind == HR_KIT_FRAME) hr_kit_rect(&shape, 1, 1, rows - 2, cols - 2, 0);
    return hr_kit_place(k, &shape, 1, box);
}

int hr_kit_some(hr_kit *k, int low, int high) {
    return draw(k, low, high + k->in.rows * k->in.cols / 150);
}
