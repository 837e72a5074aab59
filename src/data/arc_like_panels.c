/* arc_like_panels.c - generated tasks about pictures in parts: panels beside each other, lattices
 * of lines, regions between walls, margins that say something. */
#include "data/arc_like_panels.h"

/* ---- panels ---------------------------------------------------------------------------------- */

/* Two halves, colours 1 and 2, put together by a rule of logic. */
static bool halves(hr_kit *k, grid *in, grid *out) {
    static const int truth[] = {8, 6, 1, 4, 14, 9}; /* and, xor, neither, one alone, or, alike */
    int which = rule(k, 0, 5), rows = draw(k, 3, least(k->side, 12));
    int cols = draw(k, 2, least((k->side - 1) / 2, 10));
    hr_kit_blank(in, rows, 2 * cols + 1, 0);
    hr_kit_blank(out, rows, cols, 0);
    EACH_CELL (out, r, c) {
        int a = draw(k, 0, 1), b = draw(k, 0, 1), both = 2 * a + b;
        put(in, r, c, a);
        put(in, r, c + cols + 1, 2 * b);
        if (truth[which] >> both & 1) put(out, r, c, 3);
        show(k, both);
    }
    hr_kit_rect(in, 0, cols, rows, 1, 4);
    return true;
}

/* Panels put onto each other, in an order that the task has. */
static bool overlay(hr_kit *k, grid *in, grid *out) {
    int n = rule(k, 2, 3), first = rule(k, 0, 5), rows = draw(k, 3, least(k->side, 10));
    int cols = draw(k, 2, least((k->side - n + 1) / n, 9));
    hr_kit_blank(in, rows, n * cols + n - 1, 4);
    hr_kit_blank(out, rows, cols, 0);
    EACH_CELL (out, r, c) {
        int seen = 0;
        for (int i = 0; i < n; i++) {
            int colour = chance(k, 55) ? i + 1 : 0;
            seen |= (colour != 0) << i;
            put(in, r, c + i * (cols + 1), colour);
        }
        for (int i = 0; i < n; i++) {
            int panel = (first + i * (first / n % 2 ? 1 : n - 1)) % n;
            if (seen >> panel & 1 && !at(out, r, c)) put(out, r, c, panel + 1);
        }
        show(k, seen);
    }
    return true;
}

/* Which panel is not like the others. */
static bool odd_panel(hr_kit *k, grid *in, grid *out) {
    int n = draw(k, 3, k->side < 14 ? 3 : 4), odd = draw(k, 0, n - 1), rows = draw(k, 2, 6);
    int cols = draw(k, 2, least((k->side - n + 1) / n, 6));
    grid usual;
    hr_kit_picture(k, &usual, rows, cols, 2, 9);
    hr_kit_picture(k, out, rows, cols, 2, 9);
    hr_kit_blank(in, rows, n * (cols + 1) - 1, 0);
    for (int i = 0; i < n; i++) {
        hr_kit_paste(in, 0, i * (cols + 1), i == odd ? out : &usual);
        hr_kit_rect(in, 0, i * (cols + 1) + cols, rows, 1, 1);
    }
    return !hr_arc_same(&usual, out);
}

/* Panels in reverse order. */
static bool reverse_panels(hr_kit *k, grid *in, grid *out) {
    int n = draw(k, 2, 3), rows = draw(k, 2, least(k->side, 10));
    int cols = draw(k, 2, least((k->side - n + 1) / n, 8));
    hr_kit_blank(in, rows, n * (cols + 1) - 1, 0);
    *out = *in;
    for (int i = 0; i < n; i++) {
        grid panel;
        hr_kit_picture(k, &panel, rows, cols, 2, 9);
        hr_kit_paste(in, 0, i * (cols + 1), &panel);
        hr_kit_paste(out, 0, (n - 1 - i) * (cols + 1), &panel);
        hr_kit_rect(in, 0, i * (cols + 1) + cols, rows, 1, 1);
        hr_kit_rect(out, 0, i * (cols + 1) + cols, rows, 1, 1);
    }
    return true;
}

/* The rows of two panels in turns. */
static bool zip(hr_kit *k, grid *in, grid *out) {
    int rows = draw(k, 2, least(k->side / 2, 8)), cols = draw(k, 2, least((k->side - 1) / 2, 8));
    hr_kit_picture(k, in, rows, 2 * cols + 1, 2, 9);
    hr_kit_rect(in, 0, cols, rows, 1, 1);
    hr_kit_blank(out, 2 * rows, cols, 0);
    EACH_CELL (out, r, c) put(out, r, c, at(in, r / 2, r % 2 ? cols + 1 + c : c));
    return true;
}

/* Lines of colour 1 right across are taken out. */
static bool remove_lines(hr_kit *k, grid *in, grid *out) {
    int h = draw(k, 1, 3), w = draw(k, 0, 3), y = 0, x = 0, most = least(k->side, 14);
    int rows = draw(k, 3, most - h), cols = draw(k, 3, most - w), down[30], right[30];
    hr_kit_picture(k, out, rows, cols, 2, 9);
    hr_kit_distinct(k, 0, rows + h - 1, h, down);
    hr_kit_distinct(k, 0, cols + w - 1, w, right);
    hr_kit_blank(in, rows + h, cols + w, 0);
    for (int i = 0; i < h; i++) hr_kit_rect(in, down[i], 0, 1, in->cols, 1);
    for (int i = 0; i < w; i++) hr_kit_rect(in, 0, right[i], in->rows, 1, 1);
    EACH_CELL (in, r, c) {
        if (at(in, r, c)) continue;
        put(in, r, c, at(out, y, x));
        x = (x + 1) % cols;
        y += x == 0;
    }
    return true;
}

/* ---- lattices -------------------------------------------------------------------------------- */

/* rows x cols cells of s x s, with lines of colour 1 between them. */
static void lattice(grid *g, int rows, int cols, int s) {
    hr_kit_blank(g, rows * (s + 1) - 1, cols * (s + 1) - 1, 0);
    for (int i = 1; i < rows; i++) hr_kit_rect(g, i * (s + 1) - 1, 0, 1, g->cols, 1);
    for (int i = 1; i < cols; i++) hr_kit_rect(g, 0, i * (s + 1) - 1, g->rows, 1, 1);
}

static void fill_cell(grid *g, int row, int col, int s, int colour) {
    hr_kit_rect(g, row * (s + 1), col * (s + 1), s, s, colour);
}

/* Each cell as one. */
static bool lattice_cells(hr_kit *k, grid *in, grid *out) {
    int s = draw(k, 2, 3), most = least((k->side + 1) / (s + 1), 6);
    hr_kit_picture(k, out, draw(k, 2, most), draw(k, 2, most), 2, 9);
    lattice(in, out->rows, out->cols, s);
    EACH_CELL (out, r, c) fill_cell(in, r, c, s, at(out, r, c));
    return true;
}

/* The one cell with a picture says which cells are filled. */
static bool lattice_zoom(hr_kit *k, grid *in, grid *out) {
    int n = rule(k, 2, k->side < 11 ? 2 : k->side < 19 ? 3 : 4);
    int y = draw(k, 0, n - 1), x = draw(k, 0, n - 1);
    grid picture;
    hr_kit_picture(k, &picture, n, n, 2, 9);
    lattice(in, n, n, n);
    *out = *in;
    EACH_CELL (&picture, r, c) {
        put(in, y * (n + 1) + r, x * (n + 1) + c, at(&picture, r, c));
        fill_cell(out, r, c, n, at(&picture, r, c));
    }
    return hr_kit_count(&picture, 0) < n * n;
}

/* Cells of one colour in one row or column are joined. */
static bool lattice_join(hr_kit *k, grid *in, grid *out) {
    int s = draw(k, 1, 2), most = least((k->side + 1) / (s + 1), 9);
    int rows = draw(k, 3, most), cols = draw(k, 3, most), hue[9], joined = 0;
    hr_kit_distinct(k, 2, 9, 4, hue);
    lattice(in, rows, cols, s);
    *out = *in;
    for (int i = 0; i < 4; i++) {
        int r = draw(k, 0, rows - 1), c = draw(k, 0, cols - 3), to = draw(k, c + 2, cols - 1);
        bool down = chance(k, 50);
        if (down) {
            c = draw(k, 0, cols - 1);
            r = draw(k, 0, rows - 3);
            to = draw(k, r + 2, rows - 1);
        }
        int h = down ? to - r + 1 : 1, w = down ? 1 : to - c + 1;
        bool taken = false;
        for (int j = 0; j < h * w; j++)
            taken |= at(out, (r + j / w) * (s + 1), (c + j % w) * (s + 1)) > 0;
        if (taken) continue;
        for (int j = 0; j < h * w; j++) fill_cell(out, r + j / w, c + j % w, s, hue[i]);
        fill_cell(in, r, c, s, hue[i]);
        fill_cell(in, r + h - 1, c + w - 1, s, hue[i]);
        joined++;
    }
    return joined > 1;
}

/* Cells with the most dots are filled, the others emptied. */
static bool lattice_most(hr_kit *k, grid *in, grid *out) {
    int s = draw(k, 2, 3), most = least((k->side + 1) / (s + 1), 5), full = 0;
    int rows = draw(k, 2, most), cols = draw(k, 2, most), top = draw(k, 2, s * s - 1);
    lattice(in, rows, cols, s);
    *out = *in;
    for (int i = 0; i < rows * cols; i++) {
        int n = chance(k, 25) ? top : draw(k, 0, top - 1), cells[30];
        hr_kit_distinct(k, 0, s * s - 1, n, cells);
        for (int j = 0; j < n; j++)
            put(in, i / cols * (s + 1) + cells[j] / s, i % cols * (s + 1) + cells[j] % s, 2);
        if (n == top) fill_cell(out, i / cols, i % cols, s, 2);
        full += n == top;
    }
    return full > 0;
}

/* ---- regions --------------------------------------------------------------------------------- */

/* Walls of colour 1 right across and right down, at least two cells apart. */
static void walls(hr_kit *k, grid *in) {
    hr_kit_scene(k, 7, k->side);
    for (int r = draw(k, 2, 4); r < in->rows - 2; r += draw(k, 3, 7))
        hr_kit_rect(in, r, 0, 1, in->cols, 1);
    for (int c = draw(k, 2, 4); c < in->cols - 2; c += draw(k, 3, 7))
        hr_kit_rect(in, 0, c, in->rows, 1, 1);
}

/* A cell of colour fills its region. */
static bool flood(hr_kit *k, grid *in, grid *out) {
    walls(k, in);
    *out = *in;
    EACH_CELL (in, r, c) {
        int y = r + draw(k, 0, 1), x = c + draw(k, 0, 1), colour = draw(k, 2, 9);
        if (at(in, r, c) || at(in, y, x) || (at(in, r - 1, c) != 1 && r) ||
            (at(in, r, c - 1) != 1 && c) || chance(k, 60))
            continue;
        hr_kit_flood(out, y, x, colour);
        put(in, y, x, colour);
    }
    return true;
}

/* The largest region gets one colour, the smallest another. */
static bool region_sizes(hr_kit *k, grid *in, grid *out) {
    int least_cells = 999, most_cells = 0, seen[30 * 30 + 1] = {0};
    walls(k, in);
    *out = *in;
    for (int pass = 0; pass < 2; pass++) {
        grid left = *in;
        EACH_CELL (in, r, c) {
            if (at(&left, r, c)) continue;
            int n = hr_kit_flood(&left, r, c, 9);
            if (!pass) {
                seen[n]++;
                least_cells = least(least_cells, n);
                most_cells = n > most_cells ? n : most_cells;
            } else if (n == least_cells || n == most_cells) {
                hr_kit_flood(out, r, c, n == most_cells ? 2 : 3);
            }
        }
    }
    return least_cells < most_cells && seen[least_cells] == 1 && seen[most_cells] == 1;
}

/* ---- margins --------------------------------------------------------------------------------- */

/* Marks at the top and at the side: cells are filled where there are both, or just one. */
static bool table(hr_kit *k, grid *in, grid *out) {
    int one = rule(k, 0, 1), marks[2] = {0};
    hr_kit_scene(k, 4, least(k->side, 16));
    for (int c = 1; c < in->cols; c++) put(in, 0, c, chance(k, 40) ? 1 : 0);
    for (int r = 1; r < in->rows; r++) put(in, r, 0, chance(k, 40) ? 2 : 0);
    *out = *in;
    EACH_CELL (in, r, c) {
        int n = (at(in, 0, c) > 0) + (at(in, r, 0) > 0);
        if (r && c && n == (one ? 1 : 2)) put(out, r, c, 3);
        if (r && c) show(k, n);
        marks[0] += !r && at(in, r, c);
        marks[1] += !c && at(in, r, c);
    }
    return marks[0] && marks[1];
}

/* Rows with a mark at both ends are filled, each half in its own colour, the middle in colour 1. */
static bool opposite_ends(hr_kit *k, grid *in, grid *out) {
    hr_kit_scene(k, 5, k->side);
    in->cols -= 1 - in->cols % 2;
    hr_kit_blank(in, in->rows, in->cols, 0);
    *out = *in;
    for (int r = draw(k, 0, 2); r < in->rows; r += draw(k, 1, 4)) {
        int hue[2], half = in->cols / 2;
        bool both = chance(k, 75);
        hr_kit_distinct(k, 2, 9, 2, hue);
        put(in, r, 0, hue[0]);
        put(out, r, 0, hue[0]);
        show(k, both);
        if (!both) continue;
        put(in, r, in->cols - 1, hue[1]);
        hr_kit_rect(out, r, 0, 1, half, hue[0]);
        hr_kit_rect(out, r, half + 1, 1, half, hue[1]);
        put(out, r, half, 1);
    }
    return true;
}

/* Cells of colour 3 take the colour of the nearer of two walls. */
static bool nearer_wall(hr_kit *k, grid *in, grid *out) {
    hr_kit_scene(k, 6, k->side);
    hr_kit_rect(in, 0, 0, in->rows, 1, 1);
    hr_kit_rect(in, 0, in->cols - 1, in->rows, 1, 2);
    *out = *in;
    for (int i = hr_kit_some(k, 3, 7); i > 0; i--) {
        int r = draw(k, 0, in->rows - 1), c = draw(k, 1, in->cols - 2);
        if (2 * c == in->cols - 1) continue;
        put(in, r, c, 3);
        put(out, r, c, 2 * c < in->cols ? 1 : 2);
        show(k, at(out, r, c));
    }
    return true;
}

/* Cells move to the wall of their colour; those without one vanish. */
static bool magnet(hr_kit *k, grid *in, grid *out) {
    hr_kit_scene(k, 6, k->side);
    hr_kit_rect(in, 0, 0, in->rows, 1, 1);
    hr_kit_rect(in, 0, in->cols - 1, in->rows, 1, 2);
    *out = *in;
    for (int r = 0; r < in->rows; r++) {
        int colour = draw(k, 1, 3);
        if (chance(k, 50)) continue;
        put(in, r, draw(k, 2, in->cols - 3), colour);
        if (colour < 3) put(out, r, colour == 1 ? 1 : in->cols - 2, colour);
        show(k, colour);
    }
    return true;
}

/* Every second bar gets colour 1. */
static bool every_second(hr_kit *k, grid *in, grid *out) {
    int first = rule(k, 0, 1), colour = draw(k, 2, 9), n = 0;
    hr_kit_scene(k, 5, k->side);
    *out = *in;
    for (int c = draw(k, 0, 1); c < in->cols; c += draw(k, 2, 3), n++) {
        int h = draw(k, 1, in->rows);
        hr_kit_rect(in, in->rows - h, c, h, 1, colour);
        hr_kit_rect(out, in->rows - h, c, h, 1, n % 2 == first ? 1 : colour);
    }
    return n > 2;
}

/* Where a line of one colour crosses one of another. */
static bool crossings(hr_kit *k, grid *in, grid *out) {
    int hue[2], n = 0;
    hr_kit_distinct(k, 2, 9, 2, hue);
    hr_kit_scene(k, 5, k->side);
    for (int r = draw(k, 0, 3); r < in->rows; r += draw(k, 2, 7))
        hr_kit_rect(in, r, 0, 1, in->cols, hue[0]);
    *out = *in;
    for (int c = draw(k, 0, 3); c < in->cols; c += draw(k, 2, 7))
        for (int r = 0; r < in->rows; r++) {
            bool cross = at(in, r, c) == hue[0];
            put(in, r, c, hue[1]);
            put(out, r, c, cross ? 1 : hue[1]);
            n += cross;
        }
    return n > 0;
}

/* Holes of two by two cells and more in a wall of two colours are filled, single ones are not. */
static bool noise_gap(hr_kit *k, grid *in, grid *out) {
    hr_kit_scene(k, 7, k->side);
    for (int i = hr_kit_some(k, 2, 4); i > 0; i--)
        if (!hr_kit_add(k, HR_KIT_RECT, 2, 4, 1, NULL)) break;
    for (int i = hr_kit_some(k, 0, 3); i > 0; i--)
        if (!hr_kit_add(k, HR_KIT_RECT, 1, 1, 9, NULL)) break;
        else show(k, 0);
    EACH_CELL (in, r, c)
        if (!at(in, r, c)) put(in, r, c, draw(k, 2, 3));
    hr_kit_swap(in, 9, 0);
    *out = *in;
    hr_kit_swap(in, 1, 0);
    return true;
}

#define FAMILIES(X)                                                                                \
    X(halves), X(overlay), X(odd_panel), X(reverse_panels), X(zip), X(remove_lines),               \
        X(lattice_cells), X(lattice_zoom), X(lattice_join), X(lattice_most), X(flood),             \
        X(region_sizes), X(table), X(opposite_ends), X(nearer_wall), X(magnet), X(every_second),   \
        X(crossings), X(noise_gap)

const hr_kit_family hr_arc_like_panels[] = {FAMILIES(HR_KIT_FAMILY), {NULL, NULL}};
