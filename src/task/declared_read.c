/* declared_read.c - from the keys of a task file, and from what the data show, to a task. */
#include "task/declared_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "task/declared_order.h"
#include "task/declared_rules.h"
#include "task/declared_sets.h"
#include "task/family.h"
#include "task/numbers.h"

enum { SYMBOLS_MAX = 220 };

static const char *const keys[] = {
    "shape",   "alphabet",  "blank",          "answers", "given",  "candidates", "sizes",
    "pad",     "separator", "symmetries",     "mirror",  "flip",   "transpose",  "reverse",
    "regions", "rules",     "rules_complete", "check",   "numbers"};
enum { KEYS = sizeof keys / sizeof *keys };

typedef struct reading {
    const hr_task_entry *entry;
    size_t count;
    const hr_task_survey *survey;
    hr_task *task;
    hr_declared *d;
    int token[256]; /* of a symbol's character, the padding's included; -1 */
    char pad_character;
    bool padded;
} reading;

static const hr_task_entry *find(const reading *r, const char *key) {
    for (size_t i = 0; i < r->count; i++)
        if (!strcmp(r->entry[i].key, key)) return &r->entry[i];
    return NULL;
}

static const char *value_of(const reading *r, const char *key) {
    const hr_task_entry *e = find(r, key);
    return e ? e->value : NULL;
}

/* Puts key and line before the message. */
static hr_status at_key(const reading *r, const char *key, hr_status status) {
    const hr_task_entry *e = find(r, key);
    if (e && e->line) {
        hr_fail_in(status, "line %ld, %s", e->line, key);
        return hr_fail_place(status, NULL, e->line, e->column);
    }
    return hr_fail_in(status, "%s", key);
}

#define REFUSE(r, key, ...) at_key((r), (key), hr_fail(HR_ERR_FORMAT, __VA_ARGS__))

static hr_status check_keys(const reading *r) {
    for (size_t i = 0; i < r->count; i++) {
        bool known = false;
        for (int k = 0; k < KEYS; k++) known |= !strcmp(keys[k], r->entry[i].key);
        if (known) continue;
        const char *near = hr_text_nearest(r->entry[i].key, keys, KEYS);
        hr_status status =
            hr_fail(HR_ERR_FORMAT, "the key \"%.40s\" is not known; %s%s", r->entry[i].key,
                    near ? "did you mean " : "docs/your-own-puzzle.md lists all", near ? near : "");
        if (r->entry[i].line) hr_fail_in(status, "line %ld", r->entry[i].line);
        return hr_fail_place(status, NULL, r->entry[i].line, r->entry[i].column);
    }
    return HR_OK;
}

/* Calls `each` for every item of a list "a,b". */
static hr_status for_each(reading *r, const char *list,
                          hr_status (*each)(reading *r, const char *item)) {
    char *copy = hr_text_copy(list), *rest = copy, *item;
    hr_status status = copy ? HR_OK : HR_ERR_MEM;
    while (!status && (item = strtok_r(rest, ",\n", &rest))) {
        while (*item == ' ') item++;
        size_t size = strlen(item);
        while (size && item[size - 1] == ' ') item[--size] = 0;
        if (size) status = each(r, item);
    }
    hr_free(copy);
    return status;
}

/* ---- symbols --------------------------------------------------------------------------------- */

static hr_status one_character(const reading *r, const char *key, char *out) {
    const char *value = value_of(r, key);
    *out = 0;
    if (!value) return HR_OK;
    if (strlen(value) != 1 || (unsigned char)*value < 0x20 || *value == 0x7f)
        return REFUSE(r, key, "should be one character in quotes, such as \".\"");
    *out = *value;
    return HR_OK;
}

/* The symbols: declared, or every character of the data but blank, padding and separator. */
static hr_status collect(const reading *r, char blank, char *symbols, size_t *count) {
    const char *declared = value_of(r, "alphabet");
    bool used[256] = {false};
    *count = 0;
    if (!declared && !r->survey)
        return hr_fail(HR_ERR_FORMAT, "the key alphabet is missing, and there are no data to tell "
                                      "the symbols from");
    for (int c = 1; !declared && c < 256; c++) {
        bool special = c == (unsigned char)r->d->separator || r->token[c] >= 0 ||
                       (c == (unsigned char)r->pad_character && r->padded);
        bool open = c == (unsigned char)blank && !r->survey->in_answer[c];
        if (r->survey->seen[c] && !special && !open && *count <= SYMBOLS_MAX)
            symbols[(*count)++] = (char)c;
    }
    for (const char *p = declared; p && *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == 0x7f)
            return REFUSE(r, "alphabet", "holds the control character 0x%02x", c);
        if (c > 0x7f && find(r, "alphabet")->line) /* of a file; data may hold any byte */
            return REFUSE(r, "alphabet", "holds a character beyond ASCII");
        if (used[c]) return REFUSE(r, "alphabet", "holds '%c' twice", c);
        if (r->token[c] >= 0)
            return REFUSE(r, "alphabet", "holds '%c', which stands for others of candidates", c);
        if (*count == SYMBOLS_MAX) break;
        used[c] = true;
        symbols[(*count)++] = (char)c;
    }
    if (*count < 1 || *count >= SYMBOLS_MAX)
        return hr_fail(HR_ERR_FORMAT, "alphabet: 1 to %d symbols are possible", SYMBOLS_MAX - 1);
    return HR_OK;
}

/* A character that nothing else uses. */
static char free_character(const hr_task *task, char separator) {
    bool used[256] = {false};
    used[(unsigned char)separator] = true;
    for (int t = 0; t < task->vocab; t++) used[(unsigned char)task->alphabet[t]] = true;
    return hr_task_free_character(used);
}

static hr_status add_padding(reading *r) {
    hr_task *task = r->task;
    if (!r->padded) return HR_OK;
    if (!r->pad_character) r->pad_character = free_character(task, r->d->separator);
    if (r->token[(unsigned char)r->pad_character] >= 0 || r->pad_character == r->d->separator ||
        (r->d->blank && task->alphabet[r->d->blank] == r->pad_character))
        return REFUSE(r, "pad", "'%c' has another meaning already", r->pad_character);
    r->d->pad = (uint8_t)task->vocab;
    r->token[(unsigned char)r->pad_character] = task->vocab;
    task->alphabet[task->vocab++] = r->pad_character;
    return HR_OK;
}

/* A letter that stands for several symbols. */
static hr_status add_letter(reading *r, const char *line) {
    char letter;
    const char *set;
    hr_status status = hr_declared_set_letter(line, &letter, &set);
    int *token = &r->token[(unsigned char)letter];
    if (status) return at_key(r, "candidates", status);
    if (*token >= 0 || letter == r->d->separator ||
        (r->d->blank && letter == r->task->alphabet[r->d->blank]))
        return REFUSE(r, "candidates", "'%c' has another meaning already", letter);
    *token = r->task->vocab;
    r->task->alphabet[r->task->vocab++] = letter;
    return HR_OK;
}

static hr_status read_set(reading *r, const char *line) {
    char letter;
    const char *set;
    hr_status status = hr_declared_set_letter(line, &letter, &set);
    uint8_t token = (uint8_t)r->token[(unsigned char)letter];
    if (!status) status = hr_declared_add_set(r->task, r->token, token, set);
    return status ? at_key(r, "candidates", status) : HR_OK;
}

static hr_status read_symbols(reading *r) {
    char blank, symbols[256];
    size_t count;
    hr_task *task = r->task;
    hr_status status = one_character(r, "blank", &blank);
    if (!status) status = one_character(r, "separator", &r->d->separator);
    if (!status) status = one_character(r, "pad", &r->pad_character);
    if (status) return status;
    task->vocab = 1;
    if (blank) {
        r->d->blank = (uint8_t)task->vocab;
        task->alphabet[task->vocab++] = blank;
    }
    const char *sets = value_of(r, "candidates");
    if (sets && (r->padded || !blank))
        return REFUSE(r, "candidates", "needs a blank and puzzles of one size");
    if (sets) status = for_each(r, sets, add_letter);
    r->d->first = (uint8_t)task->vocab;
    if (!status) status = collect(r, blank, symbols, &count);
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        r->token[(unsigned char)symbols[i]] = task->vocab;
        task->alphabet[task->vocab++] = symbols[i];
    }
    char s = r->d->separator;
    if (s && (s == blank || r->token[(unsigned char)s] >= 0))
        return REFUSE(r, "separator", "'%c' is a symbol already", s);
    status = add_padding(r);
    task->alphabet[0] = free_character(task, s);
    return status;
}

static hr_status read_sizes(reading *r) {
    const char *value = value_of(r, "sizes");
    if (value && strcmp(value, "fixed") && strcmp(value, "varying"))
        return REFUSE(r, "sizes", "\"%.40s\" is neither fixed nor varying", value);
    r->padded = value && *value == 'v';
    if (!r->padded && value_of(r, "pad")) return REFUSE(r, "pad", "needs sizes: varying");
    return HR_OK;
}

/* Marks the symbols that occur in a text. */
static hr_status mark(const reading *r, const char *key, const char *text, bool *set) {
    for (; *text; text++) {
        int token = r->token[(unsigned char)*text];
        if (token < r->d->first) return REFUSE(r, key, "'%c' is not in the alphabet", *text);
        set[token] = true;
    }
    return HR_OK;
}

/* A digit's value is itself, any other symbol's one more than the value of the symbol before. */
static void number_answers(reading *r) {
    hr_declared *d = r->d;
    const hr_task *task = r->task;
    for (int t = 1; t < task->vocab; t++)
        if (d->in_answer[t]) d->answer[d->answers++] = (uint8_t)t;
    int before = 0;
    for (int i = 0; i < d->answers; i++) {
        char c = task->alphabet[d->answer[i]];
        before = c >= '0' && c <= '9' ? c - '0' : before + 1;
        d->value[d->answer[i]] = before;
    }
}

/* The symbols of open cells, and those of a question that its answer keeps. */
static hr_status read_roles(reading *r) {
    hr_declared *d = r->d;
    const char *answers = value_of(r, "answers"), *given = value_of(r, "given");
    hr_status status = HR_OK;
    const char *sets = value_of(r, "candidates");
    for (int t = d->first; t < r->task->vocab; t++) d->in_answer[t] = t != d->pad && !answers;
    if (answers) status = mark(r, "answers", answers, d->in_answer);
    if (!status && d->pad && d->in_answer[d->pad])
        status = REFUSE(r, "answers", "the padding is no answer");
    if (status) return status;
    number_answers(r);
    if (!d->answers) return REFUSE(r, "answers", "names no symbol");
    bool all = given ? !strcmp(given, "all") : d->blank != 0;
    for (int t = d->first; all && t < r->task->vocab; t++) d->kept[t] = true;
    if (given && !all && strcmp(given, "none")) status = mark(r, "given", given, d->kept);
    return status || !sets ? status : for_each(r, sets, read_set);
}

/* ---- shape ----------------------------------------------------------------------------------- */

/* A number of cells, behind blanks; where it ends, NULL where there is none. */
static const char *read_side(const char *at, long *side) {
    while (*at == ' ') at++;
    const char *first = at;
    for (*side = 0; *at >= '0' && *at <= '9' && at - first < 7; at++)
        *side = 10 * *side + (*at - '0');
    return at > first ? at : NULL;
}

/* Whether a text is a shape: 9 x 9, or the length of a sequence. */
static bool is_shape(const char *text, long *rows, long *cols) {
    const char *end = read_side(text, cols);
    *rows = 1;
    while (end && *end == ' ') end++;
    if (end && *end == 'x') {
        *rows = *cols;
        end = read_side(end + 1, cols);
    }
    return end && !*end;
}

static hr_status read_shape(reading *r) {
    const char *value = value_of(r, "shape");
    long rows = 1, cols = 0;
    if (value) {
        if (!is_shape(value, &rows, &cols) || rows < 1 || cols < 1 ||
            rows > HR_TASK_CELLS_MAX / cols)
            return REFUSE(r, "shape",
                          "\"%.40s\" is not a shape; write 9 x 9 for rows and columns, or 12 for "
                          "a sequence, of at most %d cells",
                          value, HR_TASK_CELLS_MAX);
    } else if (!r->survey || !r->survey->pairs || r->d->separator) {
        return hr_fail(HR_ERR_FORMAT, "the key shape is missing; write shape: 9 x 9, rows first");
    } else {
        int side = r->padded ? 0 : hr_task_side(r->survey->length);
        rows = side ? side : 1;
        cols = side ? side : (long)r->survey->length;
    }
    r->task->rows = (int)rows;
    r->task->cols = (int)cols;
    r->task->seq = (int)(rows * cols);
    return HR_OK;
}

static hr_status read_regions(reading *r) {
    const char *value = value_of(r, "regions");
    int cells = 0;
    if (!value) return HR_OK;
    r->d->region = hr_alloc((size_t)r->task->seq + 1);
    if (!r->d->region) return HR_ERR_MEM;
    for (; *value; value++) {
        if (*value == ' ' || *value == '\n' || *value == '\t' || *value == ',') continue;
        if (cells < r->task->seq) r->d->region[cells] = *value;
        cells++;
    }
    if (cells == r->task->seq) return HR_OK;
    return REFUSE(r, "regions", "has %d letters, but the grid %d cells", cells, r->task->seq);
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Where the text of a puzzle has its numbers behind a mark, no symbol may look like it. */
static hr_status read_numbers(reading *r) {
    const char *value = value_of(r, "numbers");
    int64_t count = 0;
    if (!value) return HR_OK;
    if (!hr_text_integer(value, &count) || count < 0 || count > HR_TASK_NUMBERS_MAX)
        return REFUSE(r, "numbers", "\"%.40s\" is not a count of numbers from 0 to %d", value,
                      HR_TASK_NUMBERS_MAX);
    r->task->numbers = (int)count;
    if (!count) return HR_OK;
    if (r->padded) return REFUSE(r, "numbers", "needs puzzles of one size");
    if (r->d->separator == HR_NUMBERS_MARK ||
        memchr(r->task->alphabet + 1, HR_NUMBERS_MARK, (size_t)r->task->vocab - 1))
        return REFUSE(r, "numbers",
                      "follow the cells behind a '%c', which stands for something else",
                      HR_NUMBERS_MARK);
    return HR_OK;
}

/* ---- symmetries ------------------------------------------------------------------------------ */

/* Pairs of symbols that change places: "<>" or "<^ >v". */
static hr_status read_swap(const reading *r, const char *key, uint8_t *swap) {
    const char *value = value_of(r, key);
    int pair[2], n = 0;
    for (int t = 0; t < 256; t++) swap[t] = (uint8_t)t;
    for (; value && *value; value++) {
        if (*value == ' ') continue;
        pair[n++] = r->token[(unsigned char)*value];
        if (pair[n - 1] < r->d->first) return REFUSE(r, key, "'%c' is not in the alphabet", *value);
        if (n < 2) continue;
        n = 0;
        if (swap[pair[0]] != pair[0] || swap[pair[1]] != pair[1])
            return REFUSE(r, key, "a symbol occurs twice; every symbol changes places with one");
        swap[pair[0]] = (uint8_t)pair[1];
        swap[pair[1]] = (uint8_t)pair[0];
    }
    return n ? REFUSE(r, key, "should be pairs of symbols") : HR_OK;
}

static hr_status read_swaps(reading *r) {
    static const char *const names[HR_SWAPS] = {"transpose", "mirror", "flip", "reverse"};
    hr_declared *d = r->d;
    hr_status status = HR_OK;
    for (int k = 0; k < HR_SWAPS && !status; k++) status = read_swap(r, names[k], d->swap[k]);
    if (status || !d->reverse) return status;
    for (int i = 0; i < d->answers; i++)
        d->swap[HR_SWAP_REVERSE][d->answer[i]] = d->answer[d->answers - 1 - i];
    return HR_OK;
}

/* Where an orientation takes a corner (2 * row + col) of a square. */
static int orient_corner(int orientation, int corner) {
    int row = corner >> 1, col = corner & 1;
    if (orientation & HR_ORIENT_FLIP) row = !row;
    if (orientation & HR_ORIENT_MIRROR) col = !col;
    return orientation & HR_ORIENT_TRANSPOSE ? col * 2 + row : row * 2 + col;
}

/* The smallest group that contains the orientations of a set. */
static uint8_t close_orientations(uint8_t orientations) {
    for (int a = 0; a < HR_ORIENTATIONS; a++)
        for (int b = 0; b < HR_ORIENTATIONS; b++) {
            if (!(orientations >> a & 1) || !(orientations >> b & 1)) continue;
            for (int c = 0; c < HR_ORIENTATIONS; c++) {
                bool same = true;
                for (int k = 0; k < 4; k++)
                    same &= orient_corner(c, k) == orient_corner(a, orient_corner(b, k));
                if (same && !(orientations >> c & 1))
                    return close_orientations((uint8_t)(orientations | 1 << c));
            }
        }
    return orientations;
}

static hr_status read_together(const reading *r, const char *text, int lines, int *out) {
    char *end;
    long n = strtol(text, &end, 10);
    if (n < 1 || n > lines || *end || lines % n)
        return REFUSE(r, "symmetries", "bands and stacks need a number that divides the %d lines",
                      lines);
    *out = (int)n;
    return HR_OK;
}

static hr_status read_symmetry(reading *r, const char *word) {
    static const struct {
        const char *name;
        uint8_t orientations;
    } orientations[] = {{"transpose", 1 << HR_ORIENT_TRANSPOSE},
                        {"mirror", 1 << HR_ORIENT_MIRROR},
                        {"flip", 1 << HR_ORIENT_FLIP},
                        {"half turn", 1 << (HR_ORIENT_MIRROR | HR_ORIENT_FLIP)},
                        {"dihedral", 0xff}};
    hr_declared *d = r->d;
    for (size_t i = 0; i < sizeof orientations / sizeof *orientations; i++) {
        if (strcmp(word, orientations[i].name)) continue;
        d->orientations |= orientations[i].orientations;
        return HR_OK;
    }
    if (!strcmp(word, "none")) return HR_OK;
    if (!strcmp(word, "symbols")) d->symbols = true;
    else if (!strcmp(word, "reverse")) d->reverse = true;
    else if (!strcmp(word, "question order")) d->question_order = true;
    else if (!strcmp(word, "rows")) d->band = 1;
    else if (!strcmp(word, "columns")) d->stack = 1;
    else if (!strncmp(word, "bands ", 6))
        return read_together(r, word + 6, r->task->rows, &d->band);
    else if (!strncmp(word, "stacks ", 7))
        return read_together(r, word + 7, r->task->cols, &d->stack);
    else if (!strncmp(word, "cells in order ", 15)) {
        hr_status status = hr_declared_add_order(d, r->task->seq, word + 15);
        return status ? at_key(r, "symmetries", status) : HR_OK;
    } else
        return REFUSE(r, "symmetries",
                      "\"%.40s\" is not one of symbols, reverse, dihedral, transpose, mirror, "
                      "flip, half turn, rows, columns, bands N, stacks N, cells in order 2-5 1, "
                      "question order, none",
                      word);
    return HR_OK;
}

static hr_status check_symmetries(const reading *r) {
    const hr_declared *d = r->d;
    const hr_task *task = r->task;
    bool turned = d->orientations != 1, moved = turned || d->band || d->stack || d->orders;
    bool transposed = false;
    for (int t = 0; t < HR_ORIENTATIONS; t++)
        transposed |= (t & HR_ORIENT_TRANSPOSE) && d->orientations >> t & 1;
    if (transposed && task->rows != task->cols)
        return REFUSE(r, "symmetries", "only a square can be transposed; this is %d x %d",
                      task->rows, task->cols);
    if (moved && d->pad)
        return REFUSE(r, "symmetries",
                      "cells cannot move where sizes vary; use symbols, reverse "
                      "or question order");
    if ((d->band && task->rows > HR_LINES_MAX) || (d->stack && task->cols > HR_LINES_MAX))
        return REFUSE(r, "symmetries", "more than %d lines cannot be shuffled", HR_LINES_MAX);
    hr_status sets = hr_declared_check_sets(task);
    if (sets) return at_key(r, "symmetries", sets);
    if (d->question_order && task->numbers)
        return REFUSE(r, "symmetries",
                      "question order does not go with numbers, which stay with "
                      "their cells");
    for (int t = 1; d->question_order && t < task->vocab; t++)
        if (t != d->pad && (d->kept[t] || t == d->blank))
            return REFUSE(r, "symmetries", "question order needs given: none and no blank");
    return HR_OK;
}

static hr_status read_symmetries(reading *r) {
    const char *list = value_of(r, "symmetries");
    hr_status status = HR_OK;
    r->d->orientations = 1;
    if (list) status = for_each(r, list, read_symmetry);
    if (!status) status = read_swaps(r);
    if (status) return status;
    r->d->orientations = close_orientations(r->d->orientations);
    return check_symmetries(r);
}

static hr_status read_rule(reading *r, const char *text) {
    hr_status status = hr_declared_add_rule(r->d, r->task, r->token, text);
    return status ? at_key(r, "rules", status) : HR_OK;
}

static hr_status read_rules(reading *r) {
    const char *rules = value_of(r, "rules"), *all = value_of(r, "rules_complete");
    hr_status status = rules ? for_each(r, rules, read_rule) : HR_OK;
    if (status || !all) return status;
    r->d->complete = !strcmp(all, "true");
    if (!r->d->complete && strcmp(all, "false"))
        return REFUSE(r, "rules_complete", "\"%.40s\" is neither true nor false", all);
    if (r->d->complete && !r->d->rule.size)
        return REFUSE(r, "rules_complete", "there are no rules");
    return HR_OK;
}

/* ---- the whole task -------------------------------------------------------------------------- */

static bool keep(hr_declared *d, const char *key, char *value) {
    hr_task_entry *e = &d->entry[d->entries++];
    *e = (hr_task_entry){.key = hr_text_copy(key), .value = value};
    return e->key && value;
}

/* Stores the declaration: keys in a fixed order, and what the data told filled in. */
static hr_status store(reading *r) {
    hr_declared *d = r->d;
    const hr_task *task = r->task;
    int first = d->first, last = d->pad ? d->pad : task->vocab;
    bool good = true;
    d->entry = HR_NEW(hr_task_entry, KEYS);
    if (!d->entry) return HR_ERR_MEM;
    for (int k = 0; k < KEYS; k++) {
        const char *value = value_of(r, keys[k]);
        if (!strcmp(keys[k], "shape"))
            good &= keep(d, "shape", hr_text_format("%d x %d", task->rows, task->cols));
        else if (!strcmp(keys[k], "alphabet"))
            good &=
                keep(d, "alphabet", hr_text_format("%.*s", last - first, task->alphabet + first));
        else if (!strcmp(keys[k], "pad") && r->padded)
            good &= keep(d, "pad", hr_text_format("%c", r->pad_character));
        else if (value) good &= keep(d, keys[k], hr_text_copy(value));
    }
    return good ? HR_OK : HR_ERR_MEM;
}

hr_status hr_declared_read(const hr_task_entry *entries, size_t count, const hr_task_survey *survey,
                           hr_task *task) {
    reading r = {
        .entry = entries, .count = count, .survey = survey, .task = task, .d = task->declared};
    for (int c = 0; c < 256; c++) r.token[c] = -1;
    hr_status status = check_keys(&r);
    if (!status) status = read_sizes(&r);
    if (!status) status = read_symbols(&r);
    if (!status) status = read_shape(&r);
    if (!status) status = read_roles(&r);
    if (!status) status = read_regions(&r);
    if (!status) status = read_numbers(&r);
    if (!status) status = read_symmetries(&r);
    if (!status) status = read_rules(&r);
    return status ? status : store(&r);
}
