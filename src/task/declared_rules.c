/* declared_rules.c - the rules of declared tasks: read from a line of words, and judged.
 *
 * Groups of cells hold only the cells that count: in a question that keeps signs between its
 * numbers, a row is its numbers.                                                                 */
#include "task/declared_rules.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "task/family.h"

enum { RULES_MAX = 512, CELLS_MAX = 1 << 22, WORDS_MAX = 512, SUM_MAX = 1 << 28 };

/* ---- reading --------------------------------------------------------------------------------- */

/* A rule that is being read, and the task it belongs to. */
typedef struct reading {
    hr_declared *d;
    const hr_task *task;
    const int *token; /* by character; -1: no symbol */
    char *text;       /* cut into words */
    const char *word[WORDS_MAX + 1];
    int words;
    hr_rule rule;
} reading;

static const char usage[] =
    "a rule is one of: different in GROUP; increasing in GROUP; strictly increasing in GROUP; "
    "sum of GROUP = N; count of X in GROUP = N; odd count of X in GROUP [where r1c1 holds XYZ]; no "
    "N alike in GROUP; GROUPS differ from each "
    "other; r1c1 < r1c2; signs <>^v; same symbols as question; [shortest] path of X "
    "from Y to Z";

static hr_status refuse(const char *what, const char *word) {
    return hr_fail(HR_ERR_FORMAT, "%s \"%.40s\"", what, word);
}

/* A whole number from low to high at *p, which moves behind it. */
static bool read_number(const char **p, long low, long high, long *out) {
    char *end;
    if (!(**p >= '0' && **p <= '9') && **p != '-') return false;
    *out = strtol(*p, &end, 10);
    *p = end;
    return *out >= low && *out <= high;
}

/* "r1c2" as a cell. */
static bool read_cell(const hr_task *task, const char *word, uint32_t *out) {
    long row, col;
    if (*word++ != 'r' || !read_number(&word, 1, task->rows, &row)) return false;
    if (*word++ != 'c' || !read_number(&word, 1, task->cols, &col) || *word) return false;
    *out = (uint32_t)((row - 1) * task->cols + col - 1);
    return true;
}

static void add_cell(hr_declared *d, uint32_t cell) {
    hr_buffer_add(&d->cell, &cell, sizeof cell);
}

static void end_group(reading *r) {
    size_t end = r->d->cell.size / sizeof(uint32_t);
    hr_buffer_add(&r->d->group, &end, sizeof end);
    r->rule.groups++;
}

static void add_lines(reading *r, bool rows) {
    const hr_task *task = r->task;
    int lines = rows ? task->rows : task->cols, length = rows ? task->cols : task->rows;
    for (int i = 0; i < lines; i++) {
        for (int j = 0; j < length; j++)
            add_cell(r->d, (uint32_t)(rows ? i * task->cols + j : j * task->cols + i));
        end_group(r);
    }
    r->rule.unit = rows ? "row" : "column";
}

static hr_status add_boxes(reading *r, int at, int end) {
    const hr_task *task = r->task;
    char size[16] = "";
    long rows = 0, cols = 0;
    for (int w = at; w < end; w++)
        snprintf(size + strlen(size), sizeof size - strlen(size), "%s", r->word[w]);
    const char *p = size;
    bool good = read_number(&p, 1, task->rows, &rows) && *p++ == 'x' &&
                read_number(&p, 1, task->cols, &cols) && !*p;
    if (!good || task->rows % rows || task->cols % cols)
        return hr_fail(HR_ERR_FORMAT,
                       "boxes need a size such as 2 x 3 that divides the %d x %d "
                       "cells",
                       task->rows, task->cols);
    for (long top = 0; top < task->rows; top += rows)
        for (long left = 0; left < task->cols; left += cols) {
            for (long i = 0; i < rows * cols; i++)
                add_cell(r->d, (uint32_t)((top + i / cols) * task->cols + left + i % cols));
            end_group(r);
        }
    r->rule.unit = "box";
    return HR_OK;
}

static hr_status add_regions(reading *r) {
    if (!r->d->region) return hr_fail(HR_ERR_FORMAT, "the task file has no key regions");
    for (int c = 1; c < 256; c++) {
        size_t before = r->d->cell.size;
        for (int i = 0; i < r->task->seq; i++)
            if ((unsigned char)r->d->region[i] == c) add_cell(r->d, (uint32_t)i);
        if (r->d->cell.size > before) end_group(r);
    }
    r->rule.unit = "region";
    return HR_OK;
}

static hr_status add_diagonals(reading *r) {
    int side = r->task->rows;
    if (side != r->task->cols) return hr_fail(HR_ERR_FORMAT, "only a square has diagonals");
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < side; i++)
            add_cell(r->d, (uint32_t)(i * side + (k ? side - 1 - i : i)));
        end_group(r);
    }
    r->rule.unit = "diagonal";
    return HR_OK;
}

/* The words at .. end-1 as groups of cells. */
static hr_status read_groups(reading *r, int at, int end) {
    const char *word = at < end ? r->word[at] : "";
    r->rule.first = r->d->group.size / sizeof(size_t);
    if (!strcmp(word, "boxes")) return add_boxes(r, at + 1, end);
    bool single = at + 1 == end;
    if (single && (!strcmp(word, "rows") || !strcmp(word, "columns"))) {
        add_lines(r, *word == 'r');
        return HR_OK;
    }
    if (single && !strcmp(word, "regions")) return add_regions(r);
    if (single && !strcmp(word, "diagonals")) return add_diagonals(r);
    uint32_t cell[WORDS_MAX];
    for (int w = at; w < end; w++) {
        if (!read_cell(r->task, r->word[w], &cell[w]))
            return refuse("cells are rows, columns, regions, diagonals, boxes 2 x 3, or a list "
                          "such as r1c1 r1c2 inside the grid, not",
                          r->word[w]);
        for (int v = at; v < w && r->rule.kind == HR_RULE_DIFFERENT; v++) /* a sum may weigh */
            if (cell[v] == cell[w])
                return refuse("no cell differs from itself: name it once in the group, not twice, "
                              "the cell",
                              r->word[w]);
        add_cell(r->d, cell[w]);
    }
    if (at == end) return hr_fail(HR_ERR_FORMAT, "names no cells; %s", usage);
    end_group(r);
    return HR_OK;
}

/* Whether the rule's word number `at` is `word`. */
static bool is(const reading *r, int at, const char *word) {
    return at < r->words && !strcmp(r->word[at], word);
}

static hr_status read_symbol(const reading *r, char c, uint8_t *out) {
    int token = r->token[(unsigned char)c];
    if (token < 0) return hr_fail(HR_ERR_FORMAT, "the alphabet has no symbol '%c'", c);
    *out = (uint8_t)token;
    return HR_OK;
}

static hr_status read_sum(reading *r) {
    int equals = r->words - 2;
    const char *number = equals > 0 ? r->word[equals + 1] : "";
    r->rule.kind = HR_RULE_SUM;
    if (equals < 3 || !is(r, equals, "=") ||
        !read_number(&number, -SUM_MAX, SUM_MAX, &r->rule.total) || *number)
        return hr_fail(HR_ERR_FORMAT, "a sum reads: sum of GROUP = N, with blanks around =");
    return read_groups(r, 2, equals);
}

static hr_status read_run(reading *r) {
    const char *number = r->word[1];
    r->rule.kind = HR_RULE_RUN;
    if (!read_number(&number, 2, SUM_MAX, &r->rule.total) || *number)
        return hr_fail(HR_ERR_FORMAT, "a rule of runs reads: no 3 alike in GROUP");
    return read_groups(r, 4, r->words);
}

static hr_status read_unlike(reading *r) {
    r->rule.kind = HR_RULE_UNLIKE;
    hr_status status = read_groups(r, 0, r->words - 4);
    if (!status && r->rule.groups < 2)
        status = hr_fail(HR_ERR_FORMAT, "one group has no other to differ from");
    return status;
}

static hr_status read_count(reading *r) {
    int at = r->words - 2;
    const char *number = at > 0 ? r->word[at + 1] : "";
    r->rule.kind = HR_RULE_COUNT;
    bool good = at > 4 && is(r, 3, "in") && strlen(r->word[2]) == 1 &&
                (is(r, at, "=") || is(r, at, "<=") || is(r, at, ">="));
    if (!good || !read_number(&number, 0, SUM_MAX, &r->rule.total) || *number)
        return hr_fail(HR_ERR_FORMAT,
                       "a count reads: count of X in GROUP = N, or <= N, or >= N, with blanks "
                       "around it");
    r->rule.order = *r->word[at];
    hr_status status = read_symbol(r, *r->word[2], &r->rule.symbol[0]);
    return status ? status : read_groups(r, 4, at);
}

static hr_status read_parity(reading *r) {
    int end = r->words > 4 && is(r, r->words - 4, "where") ? r->words - 4 : r->words;
    r->rule.kind = HR_RULE_PARITY;
    r->rule.total = is(r, 0, "odd");
    r->rule.asks = end < r->words;
    bool good = end > 5 && is(r, 4, "in") && strlen(r->word[3]) == 1;
    if (good && r->rule.asks)
        good = read_cell(r->task, r->word[end + 1], &r->rule.cell) && is(r, end + 2, "holds");
    if (!good)
        return hr_fail(HR_ERR_FORMAT, "a parity reads: odd count of X in GROUP, or even count, and "
                                      "perhaps where r1c1 holds XYZ");
    hr_status status = read_symbol(r, *r->word[3], &r->rule.symbol[0]);
    for (const char *c = r->rule.asks ? r->word[end + 3] : ""; *c && !status; c++) {
        uint8_t token = 0;
        status = read_symbol(r, *c, &token);
        r->rule.held[token / 8] |= (uint8_t)(1 << token % 8);
    }
    return status ? status : read_groups(r, 5, end);
}

static hr_status read_order(reading *r) {
    uint32_t cell[2];
    if (!read_cell(r->task, r->word[0], &cell[0]) || !read_cell(r->task, r->word[2], &cell[1]))
        return hr_fail(HR_ERR_FORMAT, "compares cells that are not in the grid of %d x %d",
                       r->task->rows, r->task->cols);
    r->rule.order = *r->word[1];
    r->rule.kind = HR_RULE_COMPARE;
    hr_status status = read_groups(r, 0, 1);
    size_t first = r->rule.first;
    if (!status) status = read_groups(r, 2, 3);
    r->rule.first = first;
    return status;
}

static hr_status read_signs(reading *r) {
    const char *word = r->words == 2 ? r->word[1] : "";
    hr_status status = HR_OK;
    if (strlen(word) != 4)
        return hr_fail(HR_ERR_FORMAT, "signs need four symbols such as <>^v: left smaller, left "
                                      "larger, above smaller, above larger");
    r->rule.kind = HR_RULE_SIGNS;
    for (int i = 0; i < 4 && !status; i++) {
        status = read_symbol(r, word[i], &r->rule.symbol[i]);
        if (!status && r->d->in_answer[r->rule.symbol[i]])
            status = hr_fail(HR_ERR_FORMAT,
                             "the sign '%c' may stand in an open cell; set answers to the "
                             "symbols that may",
                             word[i]);
    }
    return status;
}

static hr_status read_path(reading *r, int at) {
    static const char *const between[] = {"path", "of", NULL, "from", NULL, "to", NULL};
    hr_status status = HR_OK;
    bool good = r->words == at + 7;
    for (int i = 0; i < 7 && good; i++)
        good = between[i] ? is(r, at + i, between[i]) : strlen(r->word[at + i]) == 1;
    if (!good) return hr_fail(HR_ERR_FORMAT, "a path reads: path of o from S to G");
    r->rule.kind = HR_RULE_PATH;
    for (int i = 0; i < 3 && !status; i++)
        status = read_symbol(r, *r->word[at + 2 + 2 * i], &r->rule.symbol[i]);
    return status;
}

static hr_status read_rule(reading *r) {
    if (is(r, 0, "different") && is(r, 1, "in")) return read_groups(r, 2, r->words);
    bool strictly = is(r, 0, "strictly");
    if (is(r, strictly, "increasing") && is(r, strictly + 1, "in")) {
        r->rule.kind = HR_RULE_INCREASING;
        r->rule.strict = strictly;
        return read_groups(r, strictly + 2, r->words);
    }
    if (is(r, 0, "sum") && is(r, 1, "of")) return read_sum(r);
    if (is(r, 0, "count") && is(r, 1, "of")) return read_count(r);
    if ((is(r, 0, "odd") || is(r, 0, "even")) && is(r, 1, "count") && is(r, 2, "of"))
        return read_parity(r);
    if (is(r, 0, "no") && is(r, 2, "alike") && is(r, 3, "in")) return read_run(r);
    if (r->words > 4 && is(r, r->words - 4, "differ") && is(r, r->words - 3, "from") &&
        is(r, r->words - 2, "each") && is(r, r->words - 1, "other"))
        return read_unlike(r);
    if (is(r, 0, "signs")) return read_signs(r);
    r->rule.strict = is(r, 0, "shortest");
    if (is(r, r->rule.strict, "path")) return read_path(r, r->rule.strict);
    if (r->words == 4 && is(r, 0, "same") && is(r, 1, "symbols") && is(r, 2, "as") &&
        is(r, 3, "question")) {
        r->rule.kind = HR_RULE_SAME;
        return HR_OK;
    }
    if (r->words == 3 && (is(r, 1, "<") || is(r, 1, ">") || is(r, 1, "=") || is(r, 1, "!=")))
        return read_order(r);
    return hr_fail(HR_ERR_FORMAT, "%s", usage);
}

static hr_status split_words(reading *r) {
    char *rest = r->text, *word;
    while ((word = strtok_r(rest, " \t\n", &rest))) {
        if (r->words == WORDS_MAX)
            return hr_fail(HR_ERR_FORMAT, "has more than %d words", WORDS_MAX);
        r->word[r->words++] = word;
    }
    return HR_OK;
}

hr_status hr_declared_add_rule(hr_declared *d, const hr_task *task, const int *token,
                               const char *text) {
    reading r = {.d = d, .task = task, .token = token};
    r.text = hr_text_copy(text);
    if (!r.text) return HR_ERR_MEM;
    hr_status status = split_words(&r);
    if (!status) status = read_rule(&r);
    if (!status && (d->cell.size / sizeof(uint32_t) > CELLS_MAX ||
                    d->rule.size / sizeof(hr_rule) >= RULES_MAX))
        status = hr_fail(HR_ERR_FORMAT, "more than %d rules, or of %d cells", RULES_MAX, CELLS_MAX);
    if (!status) hr_buffer_add(&d->rule, &r.rule, sizeof r.rule);
    if (!status && (d->rule.failed || d->group.failed || d->cell.failed)) status = HR_ERR_MEM;
    hr_free(r.text);
    return status ? hr_fail_in(status, "rule \"%.60s\"", text) : HR_OK;
}

/* ---- judging --------------------------------------------------------------------------------- */

/* An answer that is being judged. */
typedef struct trial {
    const hr_task *task;
    const hr_declared *d;
    const uint8_t *question, *answer;
    char *why;
    size_t why_size;
    bool givens; /* judges only the givens, of an answer that is not known yet */
} trial;

/* The cells of a group, `count` of them. */
static const uint32_t *cells_of(const hr_declared *d, size_t group, size_t *count) {
    const size_t *end = (const size_t *)(const void *)d->group.text;
    size_t from = group ? end[group - 1] : 0;
    *count = end[group] - from;
    return (const uint32_t *)(const void *)d->cell.text + from;
}

/* Writes the reason and returns false. */
__attribute__((format(printf, 2, 3))) static bool fails(const trial *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(t->why, t->why_size, format, args);
    va_end(args);
    return false;
}

/* "row 3" or, for cells named one by one, "the group from r1c1 on". */
typedef struct title {
    char text[48];
} title;

static title title_of(const trial *t, const hr_rule *rule, size_t group) {
    title out;
    size_t count;
    const uint32_t *cell = cells_of(t->d, rule->first + group, &count);
    unsigned at = cell[0], cols = (unsigned)t->task->cols;
    if (rule->unit && !strcmp(rule->unit, "region"))
        snprintf(out.text, sizeof out.text, "region %c", t->d->region[at]);
    else if (rule->unit) snprintf(out.text, sizeof out.text, "%s %zu", rule->unit, group + 1);
    else
        snprintf(out.text, sizeof out.text, "the group from r%uc%u on", at / cols + 1,
                 at % cols + 1);
    return out;
}

/* Whether the rules look at a cell: not at signs, nor, among givens, at open cells. */
static bool counts(const trial *t, uint32_t cell) {
    return t->d->in_answer[t->answer[cell]] && !(t->givens && !t->d->kept[t->question[cell]]);
}

/* One group of one rule; true when it holds. */
static bool judge_different(const trial *t, const hr_rule *rule, size_t group) {
    bool seen[256] = {false};
    size_t count;
    const uint32_t *cell = cells_of(t->d, rule->first + group, &count);
    for (size_t i = 0; i < count; i++) {
        uint8_t token = t->answer[cell[i]];
        if (!counts(t, cell[i])) continue;
        if (seen[token])
            return fails(t, "%s holds %c twice", title_of(t, rule, group).text,
                         t->task->alphabet[token]);
        seen[token] = true;
    }
    return true;
}

static bool judge_increasing(const trial *t, const hr_rule *rule, size_t group) {
    size_t count, before = SIZE_MAX;
    const uint32_t *cell = cells_of(t->d, rule->first + group, &count);
    for (size_t i = 0; i < count; i++) {
        if (!counts(t, cell[i])) continue;
        uint8_t a = before == SIZE_MAX ? 0 : t->answer[cell[before]], b = t->answer[cell[i]];
        if (a && t->d->value[b] < t->d->value[a] + rule->strict)
            return fails(t, "%s: %c comes after %c", title_of(t, rule, group).text,
                         t->task->alphabet[b], t->task->alphabet[a]);
        before = i;
    }
    return true;
}

static bool judge_sum(const trial *t, const hr_rule *rule, size_t group) {
    long least = 0, most = 0, low = LONG_MAX, high = LONG_MIN; /* sums; values of an open cell */
    size_t count;
    bool any = false; /* a line of nothing but signs has no sum */
    const uint32_t *cell = cells_of(t->d, rule->first + group, &count);
    for (int i = 0; i < t->d->answers; i++) {
        long value = t->d->value[t->d->answer[i]];
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    if (t->d->pad && low > 0) low = 0; /* it may hold nothing */
    if (t->d->pad && high < 0) high = 0;
    for (size_t i = 0; i < count; i++) {
        bool open = t->givens && !t->d->kept[t->question[cell[i]]];
        if (!open && !counts(t, cell[i])) continue;
        least += open ? low : t->d->value[t->answer[cell[i]]];
        most += open ? high : t->d->value[t->answer[cell[i]]];
        any = true;
    }
    if (!any || (least <= rule->total && most >= rule->total)) return true;
    const char *about = least == most ? "" : least > rule->total ? "at least " : "at most ";
    return fails(t, "%s adds up to %s%ld, not %ld", title_of(t, rule, group).text, about,
                 least > rule->total ? least : most, rule->total);
}

/* An open cell of a question ends a run; a sign between cells does not. */
static bool judge_run(const trial *t, const hr_rule *rule, size_t group) {
    size_t count;
    const uint32_t *cell = cells_of(t->d, rule->first + group, &count);
    long run = 0;
    int before = -1;
    for (size_t i = 0; i < count; i++) {
        int token = t->answer[cell[i]];
        if (t->givens && !t->d->kept[t->question[cell[i]]]) before = -1;
        if (!counts(t, cell[i])) continue;
        run = token == before ? run + 1 : 1;
        before = token;
        if (run >= rule->total)
            return fails(t, "%s holds %ld %c in a row", title_of(t, rule, group).text, run,
                         t->task->alphabet[token]);
    }
    return true;
}

static bool judge_count(const trial *t, const hr_rule *rule, size_t group) {
    size_t count;
    const uint32_t *cell = cells_of(t->d, rule->first + group, &count);
    long n = 0, most, total = rule->total;
    for (size_t i = 0; i < count; i++) n += t->answer[cell[i]] == rule->symbol[0];
    most = n;
    for (size_t i = 0; t->givens && i < count; i++) most += !t->d->kept[t->question[cell[i]]];
    if ((rule->order == '>' || n <= total) && (rule->order == '<' || most >= total)) return true;
    return fails(t, "%s holds %c %ld times, not %s%ld", title_of(t, rule, group).text,
                 t->task->alphabet[rule->symbol[0]], n,
                 rule->order == '<'   ? "at most "
                 : rule->order == '>' ? "at least "
                                      : "",
                 total);
}

static bool judge_parity(const trial *t, const hr_rule *rule, size_t group) {
    size_t count, n = 0;
    const uint32_t *cell = cells_of(t->d, rule->first + group, &count);
    const uint8_t asked = rule->asks ? t->question[rule->cell] : 0;
    bool odd = rule->total, other = rule->asks && !(rule->held[asked / 8] >> asked % 8 & 1);
    for (size_t i = 0; i < count; i++) {
        if (t->givens && !t->d->kept[t->question[cell[i]]]) return true;
        n += t->answer[cell[i]] == rule->symbol[0];
    }
    if ((n & 1) == (odd != other)) return true;
    return fails(t, "%s holds %c %zu times, not %s", title_of(t, rule, group).text,
                 t->task->alphabet[rule->symbol[0]], n,
                 odd != other ? "an odd number" : "an even number");
}

/* Whether no two groups hold the same in the same order. */
static bool judge_unlike(const trial *t, const hr_rule *rule) {
    for (size_t a = 0; a < rule->groups && !t->givens; a++)
        for (size_t b = a + 1; b < rule->groups; b++) {
            size_t n, m, i = 0;
            const uint32_t *x = cells_of(t->d, rule->first + a, &n);
            const uint32_t *y = cells_of(t->d, rule->first + b, &m);
            while (i < n && i < m && t->answer[x[i]] == t->answer[y[i]]) i++;
            if (n == m && i == n)
                return fails(t, "%s and %s are alike", title_of(t, rule, a).text,
                             title_of(t, rule, b).text);
        }
    return true;
}

static bool judge_order(const trial *t, const hr_rule *rule) {
    size_t one;
    uint32_t a = *cells_of(t->d, rule->first, &one), b = *cells_of(t->d, rule->first + 1, &one);
    uint32_t cols = (uint32_t)t->task->cols;
    if (t->givens && !(counts(t, a) && counts(t, b))) return true;
    int x = t->d->value[t->answer[a]], y = t->d->value[t->answer[b]];
    static const char orders[] = "<>=!";
    static const char *const should[] = {"smaller", "larger", "equal", "another"};
    size_t order = (size_t)(strchr(orders, rule->order) - orders);
    const bool holds[] = {x<y, x> y, x == y, x != y};
    if (holds[order]) return true;
    return fails(t, "r%uc%u is %c and r%uc%u is %c; it should be %s", a / cols + 1, a % cols + 1,
                 t->task->alphabet[t->answer[a]], b / cols + 1, b % cols + 1,
                 t->task->alphabet[t->answer[b]], should[order]);
}

/* A sign at the grid's edge, or beside something that is no number, says nothing. */
static bool judge_signs(const trial *t, const hr_rule *rule) {
    const int cols = t->task->cols, rows = t->task->rows;
    for (int i = 0; i < t->task->seq; i++) {
        int sign = 0, r = i / cols, c = i % cols;
        while (sign < 4 && t->question[i] != rule->symbol[sign]) sign++;
        bool flat = sign < 2, inside = flat ? c > 0 && c + 1 < cols : r > 0 && r + 1 < rows;
        if (sign == 4 || !inside) continue;
        uint32_t a = (uint32_t)(i - (flat ? 1 : cols)), b = (uint32_t)(i + (flat ? 1 : cols));
        if (!counts(t, a) || !counts(t, b)) continue;
        int x = t->d->value[t->answer[a]], y = t->d->value[t->answer[b]];
        if (sign % 2 ? x > y : x < y) continue;
        return fails(t, "row %d, column %d: %c %c %c does not hold", r + 1, c + 1,
                     t->task->alphabet[t->answer[a]], t->task->alphabet[t->question[i]],
                     t->task->alphabet[t->answer[b]]);
    }
    return true;
}

static bool judge_same(const trial *t) {
    int count[256] = {0};
    for (int i = 0; i < t->task->seq; i++) {
        count[t->question[i]]++;
        count[t->answer[i]]--;
    }
    for (int v = 0; v < 256; v++) {
        if (!count[v]) continue;
        return fails(t, "holds %c %d times %s than the question",
                     t->task->alphabet[v < t->task->vocab ? v : 0], abs(count[v]),
                     count[v] > 0 ? "less often" : "more often");
    }
    return true;
}

/* ---- paths ----------------------------------------------------------------------------------- */

/* Steps of a shortest way from `from` to `to` through open cells of the question; -1: there is
 * none; -2: no memory. */
static long distance(const trial *t, const hr_rule *rule, int from, int to) {
    const int seq = t->task->seq;
    int *queue = HR_NEW(int, (size_t)seq), *far = HR_NEW(int, (size_t)seq);
    long result = queue && far ? -1 : -2;
    int head = 0, tail = 0;
    if (result == -1) {
        far[from] = 1; /* one more than the steps; 0: not seen */
        queue[tail++] = from;
    }
    while (head < tail && queue[head] != to) {
        int i = queue[head++], next[4], n = hr_task_neighbours(t->task, i, next);
        for (int k = 0; k < n; k++) {
            int j = next[k];
            if (far[j]) continue;
            bool open = !t->d->kept[t->question[j]] || t->question[j] == rule->symbol[0];
            if (!open && j != to) continue;
            far[j] = far[i] + 1;
            queue[tail++] = j;
        }
    }
    if (head < tail) result = far[queue[head]] - 1;
    hr_free(queue);
    hr_free(far);
    return result;
}

/* The path's ends, as far as they are there; false when there are two of one kind. */
static bool find_ends(const trial *t, const hr_rule *rule, int ends[2]) {
    ends[0] = ends[1] = -1;
    for (int i = 0; i < t->task->seq; i++)
        for (int e = 0; e < 2; e++) {
            uint8_t a = t->answer[i];
            if (a != rule->symbol[1 + e] || (t->givens && !t->d->kept[a])) continue;
            if (ends[e] >= 0) return fails(t, "the path has two starts or two ends");
            ends[e] = i;
        }
    return true;
}

/* Walks from one end to the other; every path cell has exactly two neighbours on the path, so that
 * the way is the only one, and no path cell may be left over. */
static bool judge_path(const trial *t, const hr_rule *rule) {
    int ends[2], cells = 0;
    if (!find_ends(t, rule, ends)) return false;
    for (int i = 0; i < t->task->seq; i++) cells += t->answer[i] == rule->symbol[0];
    if (ends[0] < 0 || ends[1] < 0) return fails(t, "the path has no start or no end");
    int at = ends[0], from = -1, steps = 0;
    while (at != ends[1]) {
        int next = -1, ways = 0, near[4], n = hr_task_neighbours(t->task, at, near);
        for (int k = 0; k < n; k++) {
            int j = near[k];
            if (j == from || (t->answer[j] != rule->symbol[0] && j != ends[1])) continue;
            next = j;
            ways++;
        }
        if (ways != 1 || steps > cells)
            return fails(t, "the path %s at row %d, column %d",
                         ways == 0   ? "breaks off"
                         : ways == 1 ? "runs in a circle"
                                     : "forks",
                         at / t->task->cols + 1, at % t->task->cols + 1);
        from = at;
        at = next;
        steps++;
    }
    if (steps != cells + 1) return fails(t, "cells of the path lie apart from it");
    if (!rule->strict) return true;
    long shortest = distance(t, rule, ends[0], ends[1]);
    if (steps <= shortest || shortest < 0) return true;
    return fails(t, "the path takes %d steps, the shortest %ld", steps, shortest);
}

/* Whether the ends that the question gives, if any, can be joined. */
static bool judge_ends(const trial *t, const hr_rule *rule) {
    int ends[2];
    if (!find_ends(t, rule, ends)) return false;
    if (ends[0] < 0 || ends[1] < 0 || distance(t, rule, ends[0], ends[1]) != -1) return true;
    return fails(t, "there is no way from %c to %c", t->task->alphabet[rule->symbol[1]],
                 t->task->alphabet[rule->symbol[2]]);
}

static bool judge_rule(const trial *t, const hr_rule *rule) {
    if (rule->kind == HR_RULE_COMPARE) return judge_order(t, rule);
    if (rule->kind == HR_RULE_SIGNS) return judge_signs(t, rule);
    if (rule->kind == HR_RULE_SAME) return t->givens || judge_same(t);
    if (rule->kind == HR_RULE_PATH) return t->givens ? judge_ends(t, rule) : judge_path(t, rule);
    if (rule->kind == HR_RULE_UNLIKE) return judge_unlike(t, rule);
    bool holds = true;
    for (size_t g = 0; g < rule->groups && holds; g++)
        holds = rule->kind == HR_RULE_DIFFERENT    ? judge_different(t, rule, g)
                : rule->kind == HR_RULE_INCREASING ? judge_increasing(t, rule, g)
                : rule->kind == HR_RULE_RUN        ? judge_run(t, rule, g)
                : rule->kind == HR_RULE_COUNT      ? judge_count(t, rule, g)
                : rule->kind == HR_RULE_PARITY     ? judge_parity(t, rule, g)
                                                   : judge_sum(t, rule, g);
    return holds;
}

static bool judge(const trial *t) {
    const hr_rule *rule = (const hr_rule *)(const void *)t->d->rule.text;
    for (size_t i = 0; i < t->d->rule.size / sizeof *rule; i++)
        if (!judge_rule(t, &rule[i])) return false;
    return true;
}

hr_verdict hr_declared_judge(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                             char *why, size_t why_size) {
    if (!judge(&(trial){task, task->declared, question, answer, why, why_size, false}))
        return HR_WRONG;
    return task->declared->complete ? HR_SOLVED : HR_UNBROKEN;
}

bool hr_declared_hopeless(const hr_task *task, const uint8_t *question, char *why,
                          size_t why_size) {
    return !judge(&(trial){task, task->declared, question, question, why, why_size, true});
}

int hr_declared_group(const hr_task *task, int group, uint32_t *cell) {
    const hr_declared *d = task->declared;
    const hr_rule *rule = (const hr_rule *)(const void *)d->rule.text;
    size_t left = (size_t)group, count;
    for (size_t i = 0; !d->pad && i < d->rule.size / sizeof *rule; i++) {
        if (rule[i].kind != HR_RULE_DIFFERENT) continue;
        if (left < rule[i].groups) {
            const uint32_t *from = cells_of(d, rule[i].first + left, &count);
            if (count > (size_t)task->seq) count = (size_t)task->seq; /* what there is room for */
            memcpy(cell, from, count * sizeof *cell);
            return (int)count;
        }
        left -= rule[i].groups;
    }
    return 0;
}
