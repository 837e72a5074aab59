/* arc_like_whole.c - generated tasks about a picture as a whole: turned, repeated, resized,
 * completed, recoloured, or told by a number or a list. */
#include "data/arc_like_whole.h"

/* ---- turned, repeated, resized --------------------------------------------------------------- */

static bool same_turned(const grid *g, const grid *other, int code) {
    grid turned = *g;
    hr_kit_turn(&turned, code);
    return hr_arc_same(&turned, other);
}

/* Turned or mirrored, so that no other code would do. */
static bool turn(hr_kit *k, grid *in, grid *out) {
    int code = rule(k, 1, 7), most = least(k->side, 14);
    hr_kit_picture(k, in, draw(k, 2, most), draw(k, 2, most), 1, 9);
    *out = *in;
    hr_kit_turn(out, code);
    for (int other = 0; other < 8; other++)
        if (other != code && same_turned(in, out, other)) return false;
    return true;
}

/* Repeated, every second copy mirrored where `mirror` (bits: down, right) says so. */
static void repeat(const grid *in, int down, int right, int mirror, grid *out) {
    int rows = in->rows, cols = in->cols;
    hr_kit_blank(out, down * rows, right * cols, 0);
    EACH_CELL (out, r, c) {
        int y = r % rows, x = c % cols;
        if (mirror & 1 && r / rows % 2) y = rows - 1 - y;
        if (mirror & 2 && c / cols % 2) x = cols - 1 - x;
        put(out, r, c, at(in, y, x));
    }
}

static bool tile(hr_kit *k, grid *in, grid *out) {
    int down = rule(k, 1, 3), right = rule(k, 2, 3), most = least(k->side / 3, 7);
    hr_kit_picture(k, in, draw(k, 2, most), draw(k, 2, most), 1, 9);
    repeat(in, down, right, 0, out);
    return true;
}

static bool mirror_tile(hr_kit *k, grid *in, grid *out) {
    int mirror = rule(k, 1, 3), down = rule(k, 1, 2), most = least(k->side / 2, 8);
    hr_kit_picture(k, in, draw(k, 2, most), draw(k, 2, most), 1, 9);
    repeat(in, mirror & 1 ? 2 : down, mirror & 2 ? 2 : 3 - down, mirror, out);
    return out->rows <= k->side && out->cols <= k->side && !same_turned(in, in, 4) &&
           !same_turned(in, in, 5);
}

/* Four copies, each turned in its own way. */
static bool pinwheel(hr_kit *k, grid *in, grid *out) {
    static const int codes[3][4] = {{0, 1, 3, 2}, {0, 3, 1, 2}, {0, 2, 2, 0}};
    int which = rule(k, 0, 2), n = draw(k, 2, least(k->side / 2, 8));
    hr_kit_picture(k, in, n, n, 1, 9);
    hr_kit_blank(out, 2 * n, 2 * n, 0);
    for (int i = 0; i < 4; i++) {
        grid part = *in;
        hr_kit_turn(&part, codes[which][i]);
        hr_kit_paste(out, i / 2 * n, i % 2 * n, &part);
    }
    return !same_turned(in, in, 1) && !same_turned(in, in, 2);
}

static bool scale_up(hr_kit *k, grid *in, grid *out) {
    int f = rule(k, 2, 3), most = least(k->side / f, 8);
    hr_kit_picture(k, in, draw(k, 2, most), draw(k, 2, most), 1, 9);
    hr_kit_scale(in, f, out);
    return true;
}

static bool scale_down(hr_kit *k, grid *in, grid *out) {
    return scale_up(k, out, in);
}

/* As many times larger as there are colours. */
static bool scale_by_colours(hr_kit *k, grid *in, grid *out) {
    int f = draw(k, 2, 3), most = least(k->side / f, 6), found = 0;
    hr_kit_picture(k, in, draw(k, 2, most), draw(k, 2, most), 1, 9);
    for (int colour = 1; colour < HR_ARC_COLOURS; colour++) found += hr_kit_count(in, colour) > 0;
    hr_kit_scale(in, f, out);
    show(k, f);
    return found == f;
}

/* A picture of itself: a copy for every cell that is coloured, or for every one that is not. */
static bool fractal(hr_kit *k, grid *in, grid *out) {
    int n = rule(k, 2, k->side < 16 ? 3 : 4), inverse = rule(k, 0, 1);
    hr_kit_picture(k, in, n, n, 1, 9);
    hr_kit_blank(out, n * n, n * n, 0);
    EACH_CELL (in, r, c)
        if ((at(in, r, c) == 0) == inverse) hr_kit_paste(out, r * n, c * n, in);
    return hr_kit_count(in, 0) && hr_kit_count(in, 0) < n * n;
}

/* Rows and columns that repeat the one before are dropped. */
static bool compress(hr_kit *k, grid *in, grid *out) {
    int rows = draw(k, 2, 5), cols = draw(k, 2, 5), y[30], x[30], h = 0, w = 0;
    hr_kit_picture(k, out, rows, cols, 1, 9);
    for (int r = 0; r < rows; r++)
        for (int i = draw(k, 1, 3); i > 0; i--) y[h++] = r;
    for (int c = 0; c < cols; c++)
        for (int i = draw(k, 1, 3); i > 0; i--) x[w++] = c;
    if (h > k->side || w > k->side) return false;
    hr_kit_blank(in, h, w, 0);
    EACH_CELL (in, r, c) put(in, r, c, at(out, y[r], x[c]));
    for (int r = 1, c; r < rows; r++) {
        for (c = 0; c < cols && at(out, r, c) == at(out, r - 1, c); c++) {
        }
        if (c == cols) return false;
    }
    for (int c = 1, r; c < cols; c++) {
        for (r = 0; r < rows && at(out, r, c) == at(out, r, c - 1); r++) {
        }
        if (r == rows) return false;
    }
    return true;
}

static bool add_frame(hr_kit *k, grid *in, grid *out) {
    int width = rule(k, 1, 2), corners = rule(k, 0, 1), most = least(k->side - 2 * width, 14);
    hr_kit_picture(k, in, draw(k, 2, most), draw(k, 2, most), 3, 9);
    int rows = in->rows + 2 * width, cols = in->cols + 2 * width;
    hr_kit_blank(out, rows, cols, 1);
    for (int i = 0; corners && i < 4; i++)
        hr_kit_rect(out, i / 2 * (rows - width), i % 2 * (cols - width), width, width, 2);
    hr_kit_rect(out, width, width, in->rows, in->cols, 0);
    hr_kit_paste(out, width, width, in);
    return true;
}

/* The frame, of any colour, is taken off. */
static bool peel(hr_kit *k, grid *in, grid *out) {
    int width = rule(k, 1, 2), most = least(k->side, 14);
    hr_kit_blank(in, draw(k, 2 * width + 2, most), draw(k, 2 * width + 2, most), draw(k, 1, 4));
    hr_kit_picture(k, out, in->rows - 2 * width, in->cols - 2 * width, 5, 9);
    hr_kit_rect(in, width, width, out->rows, out->cols, 0);
    hr_kit_paste(in, width, width, out);
    return true;
}

/* Everything moves, and comes in again on the other side. */
static bool roll(hr_kit *k, grid *in, grid *out) {
    int down = rule(k, 0, 2), right = rule(k, down ? 0 : 1, 2), most = least(k->side, 12);
    hr_kit_picture(k, in, draw(k, 3, most), draw(k, 3, most), 1, 9);
    *out = *in;
    EACH_CELL (in, r, c) put(out, (r + down) % in->rows, (c + right) % in->cols, at(in, r, c));
    return true;
}

/* Each row moves one further than the one above. */
static bool slant(hr_kit *k, grid *in, grid *out) {
    int first = rule(k, 0, 1), most = least(k->side, 12);
    hr_kit_picture(k, in, draw(k, 3, most), draw(k, 3, most), 1, 9);
    *out = *in;
    EACH_CELL (in, r, c) put(out, r, (c + r + first) % in->cols, at(in, r, c));
    return true;
}

/* ---- completed ------------------------------------------------------------------------------- */

/* Colour 1 hides a part of a symmetric picture, all of whose images are not hidden too. */
static bool hide(hr_kit *k, grid *in, grid *out, bool crop) {
    int both = rule(k, 0, 1), rows = draw(k, 6, k->side), cols = draw(k, 6, k->side);
    int h = draw(k, 2, 4), w = draw(k, 2, 4), y = draw(k, 0, rows - h), x = draw(k, 0, cols - w);
    hr_kit_picture(k, out, rows, cols, 2, 9);
    EACH_CELL (out, r, c) {
        int from = both && 2 * r >= rows ? rows - 1 - r : r;
        put(out, r, c, at(out, from, 2 * c >= cols ? cols - 1 - c : c));
    }
    *in = *out;
    hr_kit_rect(in, y, x, h, w, 1);
    EACH_CELL (in, r, c) {
        bool seen = at(in, r, cols - 1 - c) != 1;
        if (both) seen |= at(in, rows - 1 - r, c) != 1 || at(in, rows - 1 - r, cols - 1 - c) != 1;
        if (!seen) return false;
    }
    const grid whole = *out;
    if (crop) hr_kit_crop(&whole, y, x, h, w, out);
    return true;
}

static bool symmetry_hole(hr_kit *k, grid *in, grid *out) {
    return hide(k, in, out, false);
}

/* Only what is hidden is told. */
static bool symmetry_patch(hr_kit *k, grid *in, grid *out) {
    return hide(k, in, out, true);
}

/* A pattern that repeats itself, with holes. */
static bool tiling_hole(hr_kit *k, grid *in, grid *out) {
    int p = draw(k, 2, 4), q = draw(k, 2, 4), seen[4][4] = {{0}};
    grid cell;
    hr_kit_picture(k, &cell, p, q, 2, 9);
    hr_kit_blank(out, draw(k, 2 * p + 1, k->side), draw(k, 2 * q + 1, k->side), 0);
    EACH_CELL (out, r, c) put(out, r, c, at(&cell, r % p, c % q));
    *in = *out;
    for (int i = hr_kit_some(k, 1, 3); i > 0; i--)
        hr_kit_rect(in, draw(k, 0, in->rows - 2), draw(k, 0, in->cols - 2), draw(k, 1, 3),
                    draw(k, 1, 3), 1);
    EACH_CELL (in, r, c) seen[r % p][c % q] += at(in, r, c) != 1;
    for (int i = 0; i < p * q; i++)
        if (seen[i / q][i % q] < 2) return false;
    return true;
}

/* Rows go on as they began. */
static bool continue_rows(hr_kit *k, grid *in, grid *out) {
    int period = draw(k, 2, 3), cols = draw(k, 3, k->side), rows = draw(k, 2 * period + 1, k->side);
    int given = draw(k, 2 * period, rows - 1);
    grid cell;
    hr_kit_picture(k, &cell, period, cols, 1, 9);
    hr_kit_blank(out, rows, cols, 0);
    EACH_CELL (out, r, c) put(out, r, c, at(&cell, r % period, c));
    hr_kit_crop(out, 0, 0, rows, cols, in);
    hr_kit_rect(in, given, 0, rows - given, cols, 0);
    for (int r = 0; r < period; r++) /* no row of ground, which would look like the end */
        if (hr_kit_free(&cell, &(hr_kit_box){.r = r, .rows = 1, .cols = cols}, 0)) return false;
    return true;
}

/* A corner of diagonal stripes becomes a whole grid of them. */
static bool stripes(hr_kit *k, grid *in, grid *out) {
    int period = draw(k, 2, 4), n = draw(k, 2 * period, k->side), hue[4];
    hr_kit_distinct(k, 1, 9, period, hue);
    hr_kit_blank(in, n, n, 0);
    hr_kit_blank(out, n, n, 0);
    EACH_CELL (out, r, c) {
        put(out, r, c, hue[(r + c) % period]);
        if (r + c < 2 * period) put(in, r, c, hue[(r + c) % period]);
    }
    return true;
}

/* ---- recoloured ------------------------------------------------------------------------------ */

/* Every colour becomes another: the next in a circle, or one that inputs do not have. */
static bool colour_map(hr_kit *k, grid *in, grid *out) {
    int n = rule(k, 2, 4), circle = rule(k, 0, 1), most = least(k->side, 14);
    hr_kit_picture(k, in, draw(k, 3, most), draw(k, 3, most), 1, n);
    *out = *in;
    EACH_CELL (in, r, c) {
        int colour = at(in, r, c);
        if (colour) put(out, r, c, circle ? colour % n + 1 : colour + n);
        show(k, colour);
    }
    return true;
}

/* The two colours of each picture change places. */
static bool colour_swap(hr_kit *k, grid *in, grid *out) {
    int hue[2], most = least(k->side, 14);
    hr_kit_distinct(k, 1, 9, 2, hue);
    hr_kit_picture(k, in, draw(k, 3, most), draw(k, 3, most), hue[0], hue[0]);
    *out = *in;
    EACH_CELL (in, r, c) {
        put(out, r, c, hue[at(in, r, c) == hue[0]]);
        if (!at(in, r, c)) put(in, r, c, hue[1]);
    }
    return true;
}

/* Pairs at the side say which colour becomes which in this picture. */
static bool colour_key(hr_kit *k, grid *in, grid *out) {
    int n = draw(k, 2, 3), shapes = draw(k, n, n + 4), hue[6];
    hr_kit_distinct(k, 1, 9, 2 * n, hue);
    hr_kit_scene(k, 8, k->side);
    hr_kit_rect(in, 0, 0, in->rows, 2, 1); /* keeps shapes off */
    for (int i = 0; i < shapes; i++)
        if (!hr_kit_add(k, HR_KIT_BLOB, 2, 3, hue[2 * (i % n)], NULL) && i < n) return false;
    hr_kit_rect(in, 0, 0, in->rows, 2, 0);
    *out = *in;
    for (int i = 0; i < n; i++) hr_kit_swap(out, hue[2 * i], hue[2 * i + 1]);
    for (int i = 0; i < 2 * n; i++) {
        put(in, i / 2 * 2, i % 2, hue[i]);
        put(out, i / 2 * 2, i % 2, hue[i]);
    }
    return true;
}

/* Rows with some cells of other colours become plain. */
static bool row_majority(hr_kit *k, grid *in, grid *out) {
    int most = least(k->side, 14);
    hr_kit_blank(in, draw(k, 3, most), draw(k, 5, most), 0);
    *out = *in;
    for (int r = 0; r < in->rows; r++) {
        int colour = draw(k, 1, 9);
        hr_kit_rect(in, r, 0, 1, in->cols, colour);
        hr_kit_rect(out, r, 0, 1, in->cols, colour);
        for (int i = draw(k, 0, (in->cols - 1) / 3); i > 0; i--)
            put(in, r, draw(k, 0, in->cols - 1), draw(k, 1, 9));
    }
    return true;
}

/* The colours of rings, from outside to inside, are reversed. */
static bool rings_reverse(hr_kit *k, grid *in, grid *out) {
    int n = draw(k, 2, least(5, k->side / 2)), hue[9], most = least(k->side, 2 * n + 6);
    hr_kit_distinct(k, 1, 9, n, hue);
    hr_kit_blank(in, draw(k, 2 * n, most), draw(k, 2 * n, most), 0);
    *out = *in;
    for (int i = 0; i < n; i++) {
        hr_kit_rect(in, i, i, in->rows - 2 * i, in->cols - 2 * i, hue[i]);
        hr_kit_rect(out, i, i, in->rows - 2 * i, in->cols - 2 * i, hue[n - 1 - i]);
    }
    return true;
}

/* ---- numbers and lists ----------------------------------------------------------------------- */

/* A list of colours becomes rings, from outside to inside. */
static bool rings_from_list(hr_kit *k, grid *in, grid *out) {
    int n = draw(k, 2, least(6, k->side / 2)), hue[9];
    hr_kit_distinct(k, 1, 9, n, hue);
    hr_kit_blank(in, 1, n, 0);
    hr_kit_blank(out, 2 * n - 1, 2 * n - 1, 0);
    for (int i = 0; i < n; i++) {
        put(in, 0, i, hue[i]);
        hr_kit_rect(out, i, i, out->rows - 2 * i, out->rows - 2 * i, hue[i]);
    }
    return true;
}

/* A row that grows by a cell each time. */
static bool grow_row(hr_kit *k, grid *in, grid *out) {
    int half = draw(k, 2, k->side / 2), given = draw(k, 1, half), colour = draw(k, 1, 9);
    hr_kit_blank(in, 1, 2 * half, 0);
    hr_kit_blank(out, half, 2 * half, 0);
    hr_kit_rect(in, 0, 0, 1, given, colour);
    for (int r = 0; r < half; r++) hr_kit_rect(out, r, 0, 1, given + r, colour);
    return true;
}

/* A row moves on by one each time, as many times as it is long. */
static bool roll_row(hr_kit *k, grid *in, grid *out) {
    int step = rule(k, 0, 1), n = draw(k, 3, least(k->side, 14));
    hr_kit_picture(k, in, 1, n, 1, 9);
    hr_kit_blank(out, n, n, 0);
    EACH_CELL (out, r, c) put(out, r, (c + (step ? r : n - r)) % n, at(in, 0, c));
    return true;
}

/* How many cells, or blocks, there are of colour 1, as a bar of five to nine. */
static bool count_bar(hr_kit *k, grid *in, grid *out) {
    int most = rule(k, 5, 9), large = rule(k, 1, 2), diagonal = rule(k, 0, 1);
    int n = draw(k, 1, most), others = draw(k, 1, 4);
    hr_kit_scene(k, 6, k->side);
    (void)in;
    for (int i = 0; i < n + others; i++)
        if (!hr_kit_add(k, HR_KIT_RECT, large, large, i < n ? 1 : 2, NULL)) return false;
    hr_kit_blank(out, diagonal ? most : 1, most, 0);
    for (int i = 0; i < n; i++) put(out, diagonal ? i : 0, i, 1);
    return true;
}

/* The colour that most cells have, or the fewest, alone or over the whole grid. */
static bool common_colour(hr_kit *k, grid *in, grid *out) {
    int fewest = rule(k, 0, 1), whole = rule(k, 0, 1), hue[4], best = 0, n[4];
    int count = draw(k, 3, 4), most = least(k->side, 12);
    hr_kit_distinct(k, 1, 9, count, hue);
    hr_kit_blank(in, draw(k, 3, most), draw(k, 3, most), 0);
    EACH_CELL (in, r, c) put(in, r, c, hue[draw(k, 0, count) % count]);
    for (int i = 0; i < count; i++) {
        n[i] = hr_kit_count(in, hue[i]) * (fewest ? -1 : 1);
        if (n[i] > n[best]) best = i;
    }
    hr_kit_blank(out, whole ? in->rows : 1, whole ? in->cols : 1, hue[best]);
    for (int i = 0; i < count; i++)
        if (!n[i] || (i != best && n[i] > n[best] - 2)) return false;
    return true;
}

/* All colours, the commonest first. */
static bool rank_colours(hr_kit *k, grid *in, grid *out) {
    int n = draw(k, 2, 4), hue[4], most = least(k->side, 12), cells = 0;
    hr_kit_distinct(k, 1, 9, n, hue);
    hr_kit_blank(in, draw(k, 5, most), draw(k, 5, most), 0);
    hr_kit_blank(out, n, 1, 0);
    for (int i = n - 1; i >= 0; i--) {
        cells += draw(k, 1, 2);
        put(out, i, 0, hue[i]);
        for (int j = 0; j < cells;) {
            int r = draw(k, 0, in->rows - 1), c = draw(k, 0, in->cols - 1);
            if (at(in, r, c)) continue;
            put(in, r, c, hue[i]);
            j++;
        }
    }
    return true;
}

static bool sort_bars(hr_kit *k, grid *in, grid *out) {
    int n = draw(k, 3, least(k->side, 8)), rows = draw(k, n, k->side), height[30], hue[9];
    hr_kit_distinct(k, 1, rows, n, height);
    hr_kit_distinct(k, 1, 9, n, hue);
    hr_kit_blank(in, rows, n, 0);
    *out = *in;
    for (int i = 0; i < n; i++) {
        int place = 0;
        for (int j = 0; j < n; j++) place += height[j] < height[i];
        hr_kit_rect(in, rows - height[i], i, height[i], 1, hue[i]);
        hr_kit_rect(out, rows - height[i], place, height[i], 1, hue[i]);
    }
    return true;
}

/* Bars get colours by their height, the tallest colour 1. */
static bool rank_bars(hr_kit *k, grid *in, grid *out) {
    int n = rule(k, 3, 4), rows = draw(k, n + 1, k->side), height[30];
    hr_kit_distinct(k, 1, least(rows, 9), n, height);
    hr_kit_blank(in, rows, draw(k, 2 * n - 1, k->side), 0);
    *out = *in;
    for (int i = 0; i < n; i++) {
        int place = 1;
        for (int j = 0; j < n; j++) place += height[j] > height[i];
        hr_kit_rect(in, rows - height[i], 2 * i, height[i], 1, 5);
        hr_kit_rect(out, rows - height[i], 2 * i, height[i], 1, place);
    }
    return true;
}

#define FAMILIES(X)                                                                                \
    X(turn), X(tile), X(mirror_tile), X(pinwheel), X(scale_up), X(scale_down),                     \
        X(scale_by_colours), X(fractal), X(compress), X(add_frame), X(peel), X(roll), X(slant),    \
        X(symmetry_hole), X(symmetry_patch), X(tiling_hole), X(continue_rows), X(stripes),         \
        X(colour_map), X(colour_swap), X(colour_key), X(row_majority), X(rings_reverse),           \
        X(rings_from_list), X(grow_row), X(roll_row), X(count_bar), X(common_colour),              \
        X(rank_colours), X(sort_bars), X(rank_bars)

const hr_kit_family hr_arc_like_whole[] = {FAMILIES(HR_KIT_FAMILY), {NULL, NULL}};
