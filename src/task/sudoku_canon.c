/* sudoku_canon.c - the canonical form of a solved Sudoku grid, and of a small puzzle.
 *
 * Of a grid: the first image in lexical order: any of the grid's lines can come first, under any
 * order of the lines that cross it, and then the digits are named so that it reads 1 2 3... What is
 * left is forced: the rows of a band and the bands stand in the order of their first digits. So
 * there are at most 2 x 9 x 1296 images to compare, each of which is dropped at its first greater
 * digit.
 *
 * Of a puzzle: the first of all its images, digits named in the order in which they appear. */
#include "task/sudoku_canon.h"

#include <string.h>

enum { SIDE_MAX = 9, CELLS_MAX = 81, ORDERS_MAX = 1296 };

typedef struct canon {
    int side, box_rows, box_cols;
    const uint8_t *grid;
    uint8_t *key;
    bool any; /* whether key holds an image already */
} canon;

/* The k-th permutation of 0..n-1, n <= 3. */
static void permutation(int k, int n, int *out) {
    int left[3] = {0, 1, 2};
    for (int i = 0; i < n; i++) {
        int at = k % (n - i);
        k /= n - i;
        out[i] = left[at];
        for (int j = at; j + 1 < n - i; j++) left[j] = left[j + 1];
    }
}

static int factorial(int n) {
    return n == 3 ? 6 : 2;
}

/* All orders of the columns: stacks permuted, and columns in each. Returns their number. */
static int column_orders(int stacks, int cols, uint8_t orders[][SIDE_MAX]) {
    int total = factorial(stacks);
    for (int s = 0; s < stacks; s++) total *= factorial(cols);
    for (int k = 0; k < total; k++) {
        int rest = k, stack[3], line[3];
        permutation(rest % factorial(stacks), stacks, stack);
        rest /= factorial(stacks);
        for (int s = 0; s < stacks; s++, rest /= factorial(cols)) {
            permutation(rest % factorial(cols), cols, line);
            for (int i = 0; i < cols; i++)
                orders[k][s * cols + i] = (uint8_t)(stack[s] * cols + line[i]);
        }
    }
    return total;
}

/* Sorts n lines by the rank of each, which differ. */
static void sort(int *lines, const int *rank, int n) {
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && rank[lines[j]] < rank[lines[j - 1]]; j--) {
            int line = lines[j];
            lines[j] = lines[j - 1];
            lines[j - 1] = line;
        }
}

/* The forced order of the rows; name[d] is the new name of digit d. Row `first` comes first, as its
 * first digit is called 1. */
static void order_rows(const canon *c, const uint8_t *name, int first_column, uint8_t *rows) {
    const int R = c->box_rows, bands = c->side / R;
    int rank[SIDE_MAX], lead[3], band[3] = {0}, sorted[SIDE_MAX];
    for (int r = 0; r < c->side; r++) {
        rank[r] = name[c->grid[r * c->side + first_column]];
        sorted[r] = r;
    }
    for (int b = 0; b < bands; b++) {
        sort(sorted + b * R, rank, R);
        lead[b] = rank[sorted[b * R]];
        band[b] = b;
    }
    sort(band, lead, bands);
    for (int i = 0; i < c->side; i++) rows[i] = (uint8_t)sorted[band[i / R] * R + i % R];
}

/* Makes the image the key if it comes before the present one. rows and cols say where its cells
 * come from, name (by digit) what they are called; digits without a name get the next. */
static void try_image(canon *c, const uint8_t *rows, const uint8_t *cols, uint8_t *name) {
    const int side = c->side;
    uint8_t image[CELLS_MAX], names = 0;
    bool less = !c->any;
    for (int at = 0; at < side * side; at++) {
        uint8_t digit = c->grid[rows[at / side] * side + cols[at % side]];
        if (digit && !name[digit]) name[digit] = ++names;
        image[at] = name[digit];
        if (less || image[at] == c->key[at]) continue;
        if (image[at] > c->key[at]) return;
        less = true;
    }
    if (less) memcpy(c->key, image, (size_t)(side * side));
    c->any = true;
}

static void try_solved(canon *c, uint8_t first, const uint8_t *cols) {
    uint8_t name[SIDE_MAX + 1] = {0}, rows[SIDE_MAX];
    for (int j = 0; j < c->side; j++) name[c->grid[first * c->side + cols[j]]] = (uint8_t)(j + 1);
    order_rows(c, name, cols[0], rows);
    try_image(c, rows, cols, name);
}

/* Tries all images, those of the transposed grid too where boxes are square. */
void hr_sudoku_canonical(const hr_task *task, const uint8_t *cells, bool solved, uint8_t *key) {
    uint8_t rows[ORDERS_MAX][SIDE_MAX], cols[ORDERS_MAX][SIDE_MAX], grid[2][CELLS_MAX];
    const int side = task->rows, R = task->box_rows, C = task->box_cols;
    for (int i = 0; i < side * side; i++) { /* no digit: must not index beyond the names */
        uint8_t v = cells[i] > side ? 0 : cells[i];
        grid[0][i] = grid[1][i % side * side + i / side] = v;
    }
    canon c = {.side = side, .box_rows = R, .box_cols = C, .key = key};
    int firsts = solved ? side : column_orders(side / R, R, rows);
    int orders = column_orders(side / C, C, cols);
    for (int transposed = 0; transposed < (R == C ? 2 : 1); transposed++) {
        c.grid = grid[transposed];
        for (int first = 0; first < firsts; first++)
            for (int k = 0; k < orders; k++) {
                uint8_t name[SIDE_MAX + 1] = {0};
                if (solved) try_solved(&c, (uint8_t)first, cols[k]);
                else try_image(&c, rows[first], cols[k], name);
            }
    }
}
