/* arc_like_lines.c - generated tasks about lines and cells: rays, ways, connections, stamps. */
#include "data/arc_like_lines.h"

/* ---- rays ------------------------------------------------------------------------------------ */

/* Cells of two colours shine, each its own way, up to obstacles. */
static bool rays(hr_kit *k, grid *in, grid *out) {
    int first = rule(k, 0, 7), step[3] = {0, first, (first + rule(k, 1, 7)) % 8};
    hr_kit_box box[12];
    hr_kit_scene(k, 7, k->side);
    int n = least(hr_kit_some(k, 2, 4), 12);
    for (int i = 0; i < n; i++)
        if (!hr_kit_add(k, HR_KIT_RECT, 1, 1, draw(k, 1, 2), &box[i])) return false;
    for (int i = draw(k, 0, 3); i > 0; i--) hr_kit_add(k, HR_KIT_RECT, 1, 3, 3, NULL);
    *out = *in;
    for (int i = 0; i < n; i++) {
        show(k, box[i].colour);
        if (!hr_kit_ray(in, out, box[i].r, box[i].c, step[box[i].colour], box[i].colour))
            return false;
    }
    return true;
}

/* Cells shine with colour 1: along rows and columns, diagonally, or all ways. */
static bool stars(hr_kit *k, grid *in, grid *out) {
    int how = rule(k, 1, 3), n = rule(k, 1, 3);
    hr_kit_box box[3];
    hr_kit_scene(k, 5, k->side);
    for (int i = 0; i < n; i++)
        if (!hr_kit_add(k, HR_KIT_RECT, 1, 1, draw(k, 2, 9), &box[i])) return false;
    *out = *in;
    for (int i = 0; i < n; i++)
        for (int d = how == 2 ? 4 : 0; d < (how == 1 ? 4 : 8); d++)
            hr_kit_ray(in, out, box[i].r, box[i].c, d, 1);
    return true;
}

/* Squares shine from their corners. */
static bool corner_rays(hr_kit *k, grid *in, grid *out) {
    int large = rule(k, 2, 3);
    hr_kit_box b;
    hr_kit_scene(k, 7, k->side);
    *out = *in;
    for (int i = draw(k, 1, 2); i > 0; i--) {
        if (!hr_kit_add(k, HR_KIT_RECT, large, large, draw(k, 2, 9), &b)) return false;
        hr_kit_rect(out, b.r, b.c, large, large, b.colour);
    }
    EACH_CELL (in, r, c)
        for (int d = 4; d < 8; d++)
            if (at(in, r, c) && at(in, r + hr_kit_dr[d], c) <= 0 &&
                at(in, r, c + hr_kit_dc[d]) <= 0)
                hr_kit_ray(in, out, r, c, d, 1);
    return true;
}

/* Blocks shine from the side where they have a cell of colour 1. */
static bool nose_ray(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[8];
    hr_kit_scene(k, 8, k->side);
    int n = least(hr_kit_some(k, 1, 3), 8);
    for (int i = 0; i < n; i++)
        if (!hr_kit_add(k, HR_KIT_RECT, 3, 3, draw(k, 2, 9), &box[i])) return false;
    for (int i = 0; i < n; i++) box[i].cells = draw(k, 0, 3);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < n; i++) {
            int d = box[i].cells, r = box[i].r + 1 + hr_kit_dr[d], c = box[i].c + 1 + hr_kit_dc[d];
            if (!pass) put(in, r, c, 1);
            else hr_kit_ray(in, out, r, c, d, 1);
        }
        if (!pass) *out = *in;
    }
    return true;
}

/* A frame with a gap is filled and shines out of it. */
static bool leak(hr_kit *k, grid *in, grid *out) {
    hr_kit_box box[6];
    int step[6], n = draw(k, 1, 2);
    hr_kit_scene(k, 9, k->side);
    for (int i = 0; i < n; i++)
        if (!hr_kit_add(k, HR_KIT_FRAME, 4, 6, draw(k, 2, 9), &box[i])) return false;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < n; i++) {
            const hr_kit_box *b = &box[i];
            int d = pass ? step[i] : draw(k, 0, 3);
            int r = d == 0 ? b->r : d == 2 ? b->r + b->rows - 1 : b->r + b->rows / 2;
            int c = d == 3 ? b->c : d == 1 ? b->c + b->cols - 1 : b->c + b->cols / 2;
            step[i] = d;
            put(pass ? out : in, r, c, pass);
            if (pass) hr_kit_rect(out, b->r + 1, b->c + 1, b->rows - 2, b->cols - 2, 1);
            if (pass) hr_kit_ray(in, out, r, c, d, 1);
        }
        if (!pass) *out = *in;
    }
    return true;
}

/* A cell flies diagonally to the other end and bounces off the sides. */
static bool bounce(hr_kit *k, grid *in, grid *out) {
    int right = rule(k, 0, 1) ? 1 : -1, own = rule(k, 0, 1), colour = draw(k, 2, 9);
    hr_kit_blank(in, draw(k, 6, k->side), draw(k, 2, least(k->side, 9)), 0);
    int c = draw(k, 0, in->cols - 1);
    put(in, in->rows - 1, c, colour);
    *out = *in;
    for (int r = in->rows - 2; r >= 0; r--) {
        if (c + right < 0 || c + right >= in->cols) right = -right;
        c += right;
        put(out, r, c, own ? colour : 1);
    }
    return true;
}

/* Cells of colour 1 fill their rows, those of colour 2 their columns; crossings have a rule. */
static bool cross_lines(hr_kit *k, grid *in, grid *out) {
    int over = rule(k, 1, 3);
    hr_kit_scene(k, 6, k->side);
    for (int i = draw(k, 1, 3); i > 0; i--)
        put(in, draw(k, 0, in->rows - 1), draw(k, 0, in->cols - 1), 1);
    for (int i = draw(k, 1, 3); i > 0; i--)
        put(in, draw(k, 0, in->rows - 1), draw(k, 0, in->cols - 1), 2);
    *out = *in;
    EACH_CELL (in, r, c) {
        int colour = at(in, r, c);
        if (!colour) continue;
        for (int i = 0; i < (colour == 1 ? in->cols : in->rows); i++) {
            int y = colour == 1 ? r : i, x = colour == 1 ? i : c;
            put(out, y, x, at(out, y, x) == 3 - colour || at(out, y, x) == over ? over : colour);
        }
    }
    EACH_CELL (in, r, c)
        if (at(in, r, c)) show(k, at(in, r, c));
    return hr_kit_count(in, 1) && hr_kit_count(in, 2);
}

/* ---- ways ------------------------------------------------------------------------------------ */

/* A way from the border turns at marks: colour 1 right, colour 2 left. */
static bool turtle(hr_kit *k, grid *in, grid *out) {
    int turns = draw(k, 1, 4), d = 1, colour = 3;
    hr_kit_scene(k, 7, k->side);
    int r = draw(k, 0, in->rows - 1), c = 0;
    put(in, r, c, colour);
    hr_kit_blank(out, in->rows, in->cols, 0);
    put(out, r, c, colour);
    for (int i = 0; i <= turns; i++) {
        int length = i < turns ? draw(k, 2, 6) : 99;
        for (; length && at(out, r + hr_kit_dr[d], c + hr_kit_dc[d]) == 0; length--) {
            r += hr_kit_dr[d];
            c += hr_kit_dc[d];
            put(out, r, c, colour);
        }
        int next = at(out, r + hr_kit_dr[d], c + hr_kit_dc[d]), mark = draw(k, 1, 2);
        if (i == turns) return next == -1;
        if (length || next) return false;
        put(in, r + hr_kit_dr[d], c + hr_kit_dc[d], mark);
        put(out, r + hr_kit_dr[d], c + hr_kit_dc[d], mark);
        show(k, mark);
        d = (d + (mark == 1 ? 1 : 3)) % 4;
    }
    return false;
}

/* Water of colour 1 from (r, c) down, over the bars of colour 2 that it meets. */
static void flow(grid *g, int r, int c) {
    for (; !at(g, r, c); r++) {
        put(g, r, c, 1);
        if (at(g, r + 1, c) != 2) continue;
        for (int side = -1; side < 2; side += 2) {
            int x = c;
            while (at(g, r + 1, x) == 2 && !at(g, r, x + side)) put(g, r, x += side, 1);
            if (x != c && at(g, r + 1, x) != 2) flow(g, r + 1, x);
        }
        return;
    }
}

static bool pour(hr_kit *k, grid *in, grid *out) {
    hr_kit_scene(k, 7, k->side);
    for (int r = 2; r < in->rows - 1; r += draw(k, 2, 4)) {
        int w = draw(k, 2, least(in->cols - 2, 7));
        hr_kit_rect(in, r, draw(k, 1, in->cols - 1 - w), 1, w, 2);
    }
    int c = draw(k, 1, in->cols - 2);
    put(in, 0, c, 1);
    *out = *in;
    flow(out, 1, c);
    return hr_kit_count(out, 1) > in->rows;
}

/* From its first cell a line winds itself up. */
static bool spiral(hr_kit *k, grid *in, grid *out) {
    int colour = draw(k, 1, 9), d = 1, r = 0, c = 0;
    hr_kit_blank(in, draw(k, 4, k->side), draw(k, 4, k->side), 0);
    put(in, r, c, colour);
    *out = *in;
    for (int blocked = 0; blocked < 2;) {
        int y = hr_kit_dr[d], x = hr_kit_dc[d];
        if (at(out, r + y, c + x) || at(out, r + 2 * y, c + 2 * x) > 0) {
            d = (d + 1) % 4;
            blocked++;
            continue;
        }
        put(out, r += y, c += x, colour);
        blocked = 0;
    }
    return true;
}

/* A line, and ever shorter ones beside it: left in colour 1, right in colour 2. */
static bool tent(hr_kit *k, grid *in, grid *out) {
    hr_kit_scene(k, 6, k->side);
    int h = draw(k, 2, in->rows), at_col = draw(k, 1, in->cols - 2);
    hr_kit_blank(out, in->rows, in->cols, 0);
    EACH_CELL (in, r, c) {
        int far = c < at_col ? at_col - c : c - at_col;
        if (c == at_col && r < h) put(in, r, c, 3);
        if (r + far < h) put(out, r, c, !far ? 3 : c < at_col ? 1 : 2);
    }
    return true;
}

/* ---- connections ----------------------------------------------------------------------------- */

/* Cells or blocks of one colour, in a row or a column, are connected. */
static bool join(hr_kit *k, int low, int high) {
    int own = rule(k, 0, 1), hue[9];
    hr_kit_distinct(k, 2, 9, 8, hue);
    hr_kit_scene(k, 7, k->side);
    k->out = k->in;
    int n = least(hr_kit_some(k, 2, 3), 8), joined = 0;
    for (int i = 0; i < n; i++) {
        int s = draw(k, low, high), most = least(k->in.rows, k->in.cols);
        bool down = chance(k, 50);
        int w = 2 * s + draw(k, 1, most - 2 * s);
        hr_kit_box b = {.rows = down ? w : s, .cols = down ? s : w};
        for (int t = 0; t < 30 && b.colour == 0; t++) {
            b.r = draw(k, 0, k->in.rows - b.rows);
            b.c = draw(k, 0, k->in.cols - b.cols);
            if (hr_kit_free(&k->out, &b, 1)) b.colour = hue[i];
        }
        if (!b.colour) continue;
        joined++;
        hr_kit_rect(&k->out, b.r, b.c, b.rows, b.cols, own ? b.colour : 1);
        for (int j = 0; j < 2; j++) {
            int r = b.r + j * (b.rows - s), c = b.c + j * (b.cols - s);
            hr_kit_rect(&k->in, r, c, s, s, b.colour);
            hr_kit_rect(&k->out, r, c, s, s, b.colour);
        }
    }
    return joined;
}

static bool connect(hr_kit *k, grid *in, grid *out) {
    (void)in, (void)out;
    return join(k, 1, 1);
}

static bool bridge(hr_kit *k, grid *in, grid *out) {
    (void)in, (void)out;
    return join(k, 2, 3);
}

/* Two cells of a colour are opposite corners of a frame, or of a block. */
static bool diagonal_corners(hr_kit *k, grid *in, grid *out) {
    int full = rule(k, 0, 1), own = rule(k, 0, 1), hue[9];
    hr_kit_distinct(k, 2, 9, 8, hue);
    hr_kit_scene(k, 6, k->side);
    hr_kit_blank(out, in->rows, in->cols, 0);
    int n = least(hr_kit_some(k, 1, 2), 8), made = 0;
    for (int i = 0; i < n; i++) {
        hr_kit_box b = {.rows = draw(k, 3, 6), .cols = draw(k, 3, 6)};
        const grid placed = *in;
        *in = *out; /* apart from what is drawn so far */
        bool found = hr_kit_find(k, &b, 1);
        *in = placed;
        if (!found) continue;
        bool rising = chance(k, 50);
        made++;
        hr_kit_frame(out, b.r, b.c, b.rows, b.cols, own ? hue[i] : 1);
        if (full) hr_kit_rect(out, b.r, b.c, b.rows, b.cols, own ? hue[i] : 1);
        for (int j = 0; j < 2; j++) {
            int r = b.r + j * (b.rows - 1), c = b.c + (rising ? 1 - j : j) * (b.cols - 1);
            put(in, r, c, hue[i]);
            put(out, r, c, hue[i]);
        }
    }
    return made;
}

/* What four cells are the corners of is filled. */
static bool fill_corners(hr_kit *k, grid *in, grid *out) {
    hr_kit_box b[6];
    hr_kit_scene(k, 7, k->side);
    int n = least(hr_kit_some(k, 1, 2), 6);
    for (int i = 0; i < n; i++)
        if (!hr_kit_add(k, HR_KIT_RECT, 3, 6, 2, &b[i])) return false;
    *out = *in;
    for (int i = 0; i < n; i++) {
        hr_kit_frame(out, b[i].r, b[i].c, b[i].rows, b[i].cols, 0);
        hr_kit_rect(in, b[i].r, b[i].c, b[i].rows, b[i].cols, 0);
        for (int j = 0; j < 4; j++) {
            int r = b[i].r + j / 2 * (b[i].rows - 1), c = b[i].c + j % 2 * (b[i].cols - 1);
            put(in, r, c, 1);
            put(out, r, c, 1);
        }
    }
    return true;
}

/* Gaps in lines are mended with colour 1. */
static bool mend_lines(hr_kit *k, grid *in, grid *out) {
    hr_kit_scene(k, 6, k->side);
    *out = *in;
    for (int r = draw(k, 0, 2); r < in->rows; r += draw(k, 2, 4)) {
        int colour = draw(k, 2, 9);
        for (int c = 0; c < in->cols; c++) {
            bool gap = c && c < in->cols - 1 && chance(k, 20);
            put(in, r, c, gap ? 0 : colour);
            put(out, r, c, gap ? 1 : colour);
        }
    }
    return true;
}

/* Lines become dashed: every second cell, or the one after it, gets colour 1. */
static bool dash(hr_kit *k, grid *in, grid *out) {
    int first = rule(k, 0, 1);
    grid line;
    hr_kit_box b;
    hr_kit_scene(k, 6, k->side);
    hr_kit_blank(out, in->rows, in->cols, 0);
    for (int i = hr_kit_some(k, 1, 3); i > 0; i--) {
        hr_kit_blank(&line, 1, draw(k, 3, least(in->cols, 12)), draw(k, 2, 9));
        if (!hr_kit_place(k, &line, 1, &b)) return false;
        for (int c = first; c < line.cols; c += 2) put(&line, 0, c, 1);
        hr_kit_paste(out, b.r, b.c, &line);
    }
    return true;
}

/* ---- stamps ---------------------------------------------------------------------------------- */

/* Cells of two colours get neighbours, each in a pattern of its own. */
static bool dot_stamp(hr_kit *k, grid *in, grid *out) {
    int pattern[3] = {0, rule(k, 1, 255), rule(k, 1, 255)};
    hr_kit_scene(k, 7, k->side);
    hr_kit_blank(out, in->rows, in->cols, 0);
    for (int i = hr_kit_some(k, 2, 4); i > 0; i--) {
        hr_kit_box b = {.rows = 3, .cols = 3, .colour = draw(k, 1, 2)};
        if (!hr_kit_find(k, &b, 2)) return false;
        put(in, b.r + 1, b.c + 1, b.colour);
        put(out, b.r + 1, b.c + 1, b.colour);
        for (int d = 0; d < 8; d++)
            if (pattern[b.colour] >> d & 1)
                put(out, b.r + 1 + hr_kit_dr[d], b.c + 1 + hr_kit_dc[d], b.colour + 2);
        show(k, b.colour);
    }
    return pattern[1] != pattern[2];
}

/* One cell of colour 1 shows its neighbours; all others get them too. */
static bool copy_stamp(hr_kit *k, grid *in, grid *out) {
    grid shape;
    hr_kit_box b = {.rows = 3, .cols = 3};
    hr_kit_scene(k, 8, k->side);
    hr_kit_picture(k, &shape, 3, 3, 2, 9);
    put(&shape, 1, 1, 1);
    hr_kit_blank(out, in->rows, in->cols, 0);
    for (int i = hr_kit_some(k, 1, 2); i >= 0; i--) {
        if (!hr_kit_find(k, &b, 2)) return false;
        hr_kit_paste(out, b.r, b.c, &shape);
        put(in, b.r + 1, b.c + 1, 1);
        if (!i) hr_kit_paste(in, b.r, b.c, &shape);
    }
    return hr_kit_count(&shape, 0) < 7;
}

#define FAMILIES(X)                                                                                \
    X(rays), X(stars), X(corner_rays), X(nose_ray), X(leak), X(bounce), X(cross_lines), X(turtle), \
        X(pour), X(spiral), X(tent), X(connect), X(bridge), X(diagonal_corners), X(fill_corners),  \
        X(mend_lines), X(dash), X(dot_stamp), X(copy_stamp)

const hr_kit_family hr_arc_like_lines[] = {FAMILIES(HR_KIT_FAMILY), {NULL, NULL}};
