/* dataset_csv.c - tables with columns for question and answer, and perhaps a rating, under any of
 * their usual names. */
#include "data/dataset_csv.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/plain.h"
#include "base/text.h"
#include "io/csv.h"
#include "task/declared_parts.h"
#include "task/family.h"
#include "task/lines.h"
#include "task/numbers.h"

enum { QUESTION, ANSWER, RATING, NUMBERS, COLUMNS };
static const char *const column_names[] = {
    "question questions quizzes quiz puzzle puzzles",
    "answer answers solution solutions",
    "rating difficulty",
    "numbers",
};
/* Those of questions and answers where there are none of these. */
static const char *const other_names[] = {
    "input inputs",
    "output outputs target targets",
};

/* A table being read. */
typedef struct table {
    const hr_file *file;
    hr_csv csv; /* of the pass under way */
    hr_dataset *d;
    bool answers, family; /* they must be there; every pair must be of the task's family */
    bool expected;        /* the task is a model's, which judges no labels here */
    bool ascii;           /* rows with letters beyond ASCII are bad, each by itself */
    bool loose;           /* a cell's last row may be short, as far as the task is known */
    char joint;           /* what parts them where the task says so; or 0 */
    size_t head;          /* where the line that names the columns begins */
    size_t head_size;
    int fields;           /* of it, empty ones at its end aside */
    int at[COLUMNS];      /* -1: there is none */
    int blank[2][2];      /* around the names of questions, answers */
    size_t rows;          /* of this pass so far, empty ones too */
    hr_csv_field cell[2]; /* of the last row: question, answer */
    size_t numbered;      /* rows whose numbers there is memory for: no more have them */
    hr_status torn;       /* HR_ERR_FORMAT: the last row is none, and the error says why */
} table;

/* Two columns of one meaning are refused: which is meant cannot be told. */
static hr_status find_column(const hr_csv *csv, const char *names, int *at) {
    *at = hr_csv_column(csv, names, 0);
    int twin = *at < 0 ? -1 : hr_csv_column(csv, names, *at + 1);
    if (twin < 0) return HR_OK;
    const hr_csv_field *a = &csv->field[*at], *b = &csv->field[twin];
    return hr_fail(HR_ERR_FORMAT,
                   "%s: column %d (%.*s) and column %d (%.*s) may both be the %.*s; rename one",
                   csv->name, *at + 1, (int)a->size, a->text, twin + 1, (int)b->size, b->text,
                   (int)strcspn(names, " "), names);
}

static int blanks_before(const hr_csv_field *f) {
    int n = 0;
    while ((size_t)n < f->size && f->text[n] == ' ') n++;
    return n;
}

static int blanks_after(const hr_csv_field *f) {
    int n = 0;
    while ((size_t)n < f->size && f->text[f->size - 1 - (size_t)n] == ' ') n++;
    return n;
}

static bool is_empty(const hr_csv_field *f) {
    return (size_t)blanks_before(f) == f->size;
}

static hr_status refuse_header(const hr_csv *csv, bool answers) {
    const char *text = (const char *)csv->data + csv->row;
    size_t size = 0;
    if (csv->row == csv->size) return hr_fail(HR_ERR_FORMAT, "%s: is empty", csv->name);
    while (csv->row + size < csv->size && size < 60 && (unsigned char)text[size] >= ' ') size++;
    return hr_fail(HR_ERR_FORMAT,
                   "%s: the first line must name the columns; %s needed; it is \"%.*s\"", csv->name,
                   answers ? "question and answer are" : "question is", (int)size, text);
}

/* Begins a pass over the table. */
static hr_status read_header(table *t) {
    hr_csv *csv = &t->csv;
    bool more;
    hr_csv_end(csv);
    hr_csv_begin(csv, t->file->data, t->file->size, t->d->path);
    csv->joint = t->joint;
    t->rows = 0;
    if (csv->size && (*csv->data == '{' || *csv->data == '['))
        return hr_fail(HR_ERR_FORMAT,
                       "%s: is JSON, and no table; write its questions and answers as CSV, with a "
                       "first line that names the columns",
                       csv->name);
    hr_status status;
    while (!(status = hr_csv_next(csv, &more)) && more && csv->fields == 1 && is_empty(csv->field))
        continue;
    for (int i = 0; i < COLUMNS && !status; i++)
        status = find_column(csv, column_names[i], &t->at[i]);
    for (int i = 0; i < 2 && !status; i++)
        if (t->at[i] < 0) status = find_column(csv, other_names[i], &t->at[i]);
    if (status) return status;
    if (t->at[QUESTION] < 0 || (t->answers && t->at[ANSWER] < 0))
        return refuse_header(csv, t->answers);
    for (int i = 0; i < 2; i++) {
        const hr_csv_field *f = t->at[i] < 0 ? NULL : &csv->field[t->at[i]];
        t->blank[i][0] = f ? blanks_before(f) : 0;
        t->blank[i][1] = f ? blanks_after(f) : 0;
    }
    t->head = csv->row;
    t->head_size = csv->at - csv->row;
    t->fields = csv->fields;
    while (t->fields && !csv->field[t->fields - 1].size) t->fields--;
    return HR_OK;
}

/* The next row, be it torn, that is not empty and, where files were joined, not the names of the
 * columns again.
 */
static hr_status next_row(table *t, bool *more) {
    hr_csv *csv = &t->csv;
    for (;;) {
        t->torn = hr_csv_next(csv, more);
        t->rows++;
        if (t->torn == HR_ERR_FORMAT) *more = true;
        if (t->torn || !*more) return t->torn == HR_ERR_FORMAT ? HR_OK : t->torn;
        bool empty = csv->fields > 1 || t->fields > 1;
        for (int i = 0; i < csv->fields; i++) empty &= is_empty(&csv->field[i]);
        bool again = csv->at - csv->row == t->head_size &&
                     !memcmp(csv->data + csv->row, csv->data + t->head, t->head_size);
        if (!empty && !again) return HR_OK;
    }
}

/* Puts file and line before the message of a failure, and sets its place. field: where it lies in
 * the line; NULL: not known. */
static hr_status at_line(hr_status status, const hr_csv *csv, const char *which,
                         const hr_csv_field *field) {
    if (!status) return HR_OK;
    long cell = hr_error_failure().cell;
    hr_fail_in(status, "%s, line %ld%s%s", csv->name, csv->line, *which ? ", " : "", which);
    if (!field) return hr_fail_place(status, csv->name, csv->line, 0);
    return hr_csv_place(csv, status, field->at + (cell && field->exact ? (size_t)cell - 1 : 0));
}

/* Whether a text is what spreadsheets make of a long number: 4.13232E+15. */
static bool is_shortened(const hr_csv_field *f) {
    size_t i = 0;
    while (i < f->size && memchr("0123456789.,", f->text[i], 12)) i++;
    return i && f->size - i == 4 && !memcmp(f->text + i, "E+", 2) && f->text[0] >= '1' &&
           f->text[0] <= '9' && memchr("0123456789", f->text[i + 2], 10) &&
           memchr("0123456789", f->text[i + 3], 10);
}

/* Leaves out as many blanks as stand around the column's name. */
static hr_csv_field strip(hr_csv_field f, const int blank[2]) {
    int before = blanks_before(&f) < blank[0] ? blanks_before(&f) : blank[0];
    f.text += before;
    f.at += (size_t)before;
    f.size -= (size_t)before;
    int after = blanks_after(&f);
    f.size -= (size_t)(after < blank[1] ? after : blank[1]);
    return f;
}

/* Refuses rows of several lengths within a cell: joined they would be another puzzle. */
static hr_status check_lines(const table *t, const hr_csv_field *cell) {
    bool last = cell->odd == cell->lines && cell->odd_size < cell->first;
    if (t->joint || !cell->odd || (t->loose && last)) return HR_OK;
    return hr_fail(HR_ERR_TASK,
                   "row %zu has %zu cell%s, row 1 has %zu; all must have the same number",
                   cell->odd, cell->odd_size, cell->odd_size == 1 ? "" : "s", cell->first);
}

/* Finds the row's two texts; where there is no column of answers, the question twice. Blanks may be
 * cells: so they stay where the texts are of one length with them alone. */
static hr_status find_cells(table *t) {
    const hr_csv *csv = &t->csv;
    if (t->torn) return t->torn;
    int which[2] = {t->at[QUESTION], t->at[ANSWER] < 0 ? t->at[QUESTION] : t->at[ANSWER]};
    int fields = csv->fields;
    while (fields > t->fields && is_empty(&csv->field[fields - 1])) fields--;
    bool few = which[0] >= fields || which[1] >= fields;
    if (few || fields > t->fields) {
        hr_fail(HR_ERR_FORMAT,
                few ? "has %d column%s, and the first line names %d"
                    : "has %d column%s, and the first line names %d; put quotes around what holds "
                      "the character between columns",
                fields, fields == 1 ? "" : "s", t->fields);
        return at_line(HR_ERR_FORMAT, csv, "", NULL);
    }
    hr_csv_field bare[2];
    for (int i = 0; i < 2; i++) {
        t->cell[i] = csv->field[which[i]];
        hr_status status = i && t->d->lenient ? HR_OK : check_lines(t, &t->cell[i]);
        hr_csv_field odd = t->cell[i];
        odd.at = odd.odd_start;
        if (status) return at_line(status, csv, i ? "answer" : "question", &odd);
        bare[i] = strip(t->cell[i], t->blank[t->at[ANSWER] < 0 ? QUESTION : i]);
    }
    if (t->cell[0].size != t->cell[1].size || bare[0].size == bare[1].size)
        memcpy(t->cell, bare, sizeof bare);
    if (is_empty(&t->cell[1]) && t->cell[1].size != t->cell[0].size) t->cell[1].size = 0;
    return HR_OK;
}

/* Where bad rows are collected, a row that cannot be used is added to the `before` ones that stand
 * before it, and is no failure. */
static hr_status pass_over(const hr_csv *csv, hr_bad *bad, size_t before, hr_status status) {
    if (!status || !bad || (status != HR_ERR_TASK && status != HR_ERR_FORMAT)) return status;
    char where[32];
    const char *why = hr_error_text();
    snprintf(where, sizeof where, ", line %ld", csv->line);
    const char *line = strstr(why, where); /* left out of `why`: the list has it in `at` */
    const char *end = line ? line + strlen(where) : "";
    if (*end == ':' || *end == ',') why = end + 2;
    return hr_bad_add(bad, before, (size_t)csv->line, why);
}

/* The length that more than half of the rows have, if any (by majority vote), so that an odd one
 * before them does not make all others bad. */
static hr_status common_length(table *t, size_t *out) {
    size_t votes = 0;
    bool more = true;
    hr_status status = read_header(t);
    while (!status && !(status = next_row(t, &more)) && more) {
        if (find_cells(t)) continue;
        if (!votes) *out = t->cell[0].size;
        votes = t->cell[0].size == *out ? votes + 1 : votes - 1;
    }
    return status;
}

/* Refuses a table of which no row can be read, or none of those has the answer that it must have.
 */
static hr_status refuse_rows(const table *t, bool read) {
    const hr_bad *bad = t->d->bad;
    size_t rows = bad ? bad->count + bad->more : 0;
    if (!rows)
        return hr_fail(HR_ERR_TASK, "%s: %s", t->csv.name,
                       read ? "no row has an answer"
                            : "is empty below the line that names its columns");
    return hr_fail(HR_ERR_TASK, "%s: %s%zu row%s bad; the first, line %ld: %s", t->csv.name,
                   read       ? "no good row has an answer, and "
                   : rows > 1 ? "all "
                              : "its ",
                   rows, rows > 1 ? "s are" : " is", (long)bad->row->at, bad->row->why);
}

/* Of a row that fails, says so where a spreadsheet made a number of its puzzle. */
static hr_status name_shortened(const table *t, hr_status status) {
    for (int i = 0; status == HR_ERR_TASK && i < 2; i++)
        if (is_shortened(&t->cell[i]))
            return hr_fail(status,
                           "%.*s is a number that a spreadsheet shortened; fill the column anew, "
                           "as text",
                           (int)t->cell[i].size, t->cell[i].text);
    return status;
}

static hr_status add_pair(const table *t, hr_task_survey *survey) {
    const hr_csv_field *q = &t->cell[0], *a = &t->cell[1];
    hr_status status = HR_OK;
    for (int i = 0; t->ascii && i < 2 && !status; i++)
        status = hr_task_refuse_letter(t->cell[i].text, t->cell[i].size);
    if (!status)
        status = a->size && !t->d->lenient
                     ? hr_task_survey_add(survey, q->text, q->size, a->text, a->size)
                     : hr_task_survey_add(survey, q->text, q->size, NULL, 0);
    return at_line(name_shortened(t, status), &t->csv, "", NULL);
}

/* First pass: counts the rows and finds out their task. */
static hr_status survey_rows(table *t, hr_task_survey *survey) {
    hr_bad *bad = t->d->bad;
    bool more = true;
    size_t answered = 0, found = 0;
    hr_status status = read_header(t);
    while (!status && !(status = next_row(t, &more)) && more) {
        survey->line = t->csv.line;
        status = find_cells(t);
        if (!status) status = add_pair(t, survey);
        answered += !status && t->cell[1].size > 0;
        bool good = !status;
        status = pass_over(&t->csv, bad, found, status);
        found += !good;
        if (!status && !good) status = hr_bad_mark(bad, t->rows - 1);
    }
    if (!status && (!survey->pairs || (t->answers && !answered)))
        status = refuse_rows(t, survey->pairs > 0);
    return status;
}

/* A number in decimals: 3, 2.5, 1e3; also 2,5, but not 1,234, which may be a thousand. */
static bool read_decimal(char *text, double *out) {
    char *comma = strchr(text, ',');
    if (comma && strlen(comma) != 4) *comma = '.';
    return !text[strspn(text, "0123456789.eE+-")] && hr_text_number(text, out);
}

/* Rounds to a whole number; no text, NaN and a negative number mean that it is not known. So does
 * what cannot be read, since no puzzle needs a rating; but that is told. */
static int32_t read_rating(const table *t) {
    hr_dataset *d = t->d;
    char text[32];
    double value;
    if (t->at[RATING] >= t->csv.fields) return HR_RATING_UNKNOWN;
    const hr_csv_field *whole = &t->csv.field[t->at[RATING]];
    const hr_csv_field f = strip(*whole, (const int[2]){INT_MAX, INT_MAX});
    bool fits = f.size < sizeof text;
    memcpy(text, f.text, fits ? f.size : 0);
    text[fits ? f.size : 0] = 0;
    if (!f.size || !strcasecmp(text, "nan")) return HR_RATING_UNKNOWN;
    bool number = fits && read_decimal(text, &value);
    if (number && value <= INT32_MAX) return value < 0 ? HR_RATING_UNKNOWN : (int32_t)rint(value);
    if (d->unrated++) return HR_RATING_UNKNOWN;
    hr_fail(HR_ERR_FORMAT,
            number ? "line %ld: \"%.*s\" is above %d" : "line %ld: \"%.*s\" is no number",
            t->csv.line, f.size < 20 ? (int)f.size : 20, f.text, INT32_MAX);
    snprintf(d->unrated_why, 96, "%s", hr_error_text());
    return HR_RATING_UNKNOWN;
}

/* The row's numbers, of a task that has some. */
static hr_status read_numbers(const table *t, float *out) {
    if (!t->d->task.numbers) return HR_OK;
    bool there = t->at[NUMBERS] < t->csv.fields;
    const hr_csv_field *f = there ? &t->csv.field[t->at[NUMBERS]] : &(hr_csv_field){.text = ""};
    hr_status status = hr_task_read_numbers(&t->d->task, f->text, f->size, out);
    return at_line(status, &t->csv, "numbers", there ? f : NULL);
}

/* Numbers that the task has no use for, or that it has and the table has not. */
static hr_status check_numbers(const table *t) {
    int wanted = t->d->task.numbers;
    if (wanted && t->at[NUMBERS] < 0)
        return hr_fail(HR_ERR_TASK,
                       "%s: has no column numbers, in which this task has %d for each cell of the "
                       "question",
                       t->csv.name, wanted);
    if (wanted || t->at[NUMBERS] < 0) return HR_OK;
    return hr_fail(HR_ERR_TASK,
                   "%s: has a column numbers, for which its task has no use; take a task file with "
                   "the key numbers (docs/your-own-puzzle.md), or rename the column",
                   t->csv.name);
}

/* Refuses rows within a cell that are not the task's. */
static hr_status check_cell(const table *t, const hr_csv_field *cell) {
    const hr_task *task = &t->d->task;
    bool rows = task->rows > 1 && cell->lines > 1 && !task->ops->line_rows && !t->loose;
    hr_status status = check_lines(t, cell);
    if (status || !rows || t->joint || cell->first == (size_t)task->cols) return status;
    return hr_task_refuse_row(task, 1, cell->first);
}

/* Counts an answer that cannot be read, and keeps why the first of them. */
static void tell_unread(const table *t) {
    hr_dataset *d = t->d;
    if (d->unread++) return;
    snprintf(d->unread_why, sizeof d->unread_why, "line %ld: %s", t->csv.line, hr_error_text());
}

/* A row's tokens. Labels that the row does not tell stay 0, which is ignored. */
static hr_status read_tokens(const table *t, uint8_t *q, uint8_t *a) {
    const hr_task *task = &t->d->task;
    const hr_csv_field *cell = t->cell;
    hr_status status = check_cell(t, &cell[0]);
    if (!status) status = hr_task_parse(task, cell[0].text, cell[0].size, false, q);
    status = name_shortened(t, status);
    if (status) return at_line(status, &t->csv, "question", &cell[0]);
    if (t->at[ANSWER] < 0 || !cell[1].size) {
        memset(a, 0, (size_t)task->seq); /* a bad row may have stood here */
        return HR_OK;
    }
    status = check_cell(t, &cell[1]);
    const size_t size[2] = {cell[0].size, cell[1].size};
    bool rows = !status;
    if (rows) status = hr_task_parse(task, cell[1].text, cell[1].size, true, a);
    if (rows && status == HR_ERR_TASK)
        status = hr_task_parse_partial(task, cell[0].text, cell[1].text, size, a);
    if (status == HR_ERR_TASK && t->d->lenient) {
        memset(a, 0, (size_t)task->seq);
        tell_unread(t);
        return HR_OK;
    }
    return status ? at_line(status, &t->csv, "answer", &cell[1]) : HR_OK;
}

/* Refuses a pair that is not of the family that was asked for, and an answer that breaks the rules.
 */
static hr_status check_row(const table *t, const uint8_t *q, const uint8_t *a) {
    const hr_dataset *d = t->d;
    char why[96];
    hr_status status = HR_OK;
    if (t->family && !hr_dataset_fits(d, q, a, why))
        status = hr_fail(HR_ERR_TASK, "is no %s (%s)", d->task.ops->name, why);
    else if ((d->bad || (d->task.declared && !t->expected)) && hr_dataset_breaks(d, q, a, why))
        status = hr_fail(HR_ERR_TASK, "%s", why);
    return status ? at_line(status, &t->csv, t->family ? "" : "answer", NULL) : HR_OK;
}

/* The row as example i. */
static hr_status read_example(table *t, size_t i) {
    hr_dataset *d = t->d;
    size_t seq = (size_t)d->task.seq;
    uint8_t *q = d->inputs + i * seq, *a = d->labels + i * seq;
    hr_status status = find_cells(t);
    if (!status) status = read_tokens(t, q, a);
    size_t each = hr_task_number_count(&d->task);
    if (!status) status = read_numbers(t, i < t->numbered ? d->numbers + i * each : NULL);
    if (!status && d->rating) d->rating[i] = read_rating(t);
    return status ? status : check_row(t, q, a);
}

/* Writes what was read last, with all its columns, where a table without its bad rows is made. */
static hr_status copy_row(const table *t) {
    const hr_csv *csv = &t->csv;
    hr_writer *to = t->d->bad ? t->d->bad->good : NULL;
    size_t end = csv->at;
    if (!to) return HR_OK;
    while (end > csv->row && hr_task_is_one_of((char)csv->data[end - 1], "\r\n")) end--;
    hr_status status = hr_os_write(to, csv->data + csv->row, end - csv->row);
    return status ? status : hr_os_write(to, "\n", 1);
}

/* Second pass: tokens. */
static hr_status read_rows(table *t) {
    hr_dataset *d = t->d;
    bool more = true;
    hr_status status = read_header(t);
    if (!status) status = check_numbers(t);
    if (!status) status = copy_row(t);
    if (!status && t->at[RATING] >= 0) {
        d->rating = HR_NEW(int32_t, d->examples);
        if (!d->rating) status = HR_ERR_MEM;
    }
    size_t i = 0, k = 0;
    d->unanswered = t->at[ANSWER] < 0;
    while (!status && i < d->examples && !(status = next_row(t, &more)) && more) {
        if (d->bad && hr_bad_is(d->bad, t->rows - 1)) {
            k++; /* the first pass reported it */
            continue;
        }
        status = read_example(t, i);
        bool good = !status;
        status = pass_over(&t->csv, d->bad, k, status);
        if (!good) {
            k++;
            continue;
        }
        if (d->line) d->line[i] = t->csv.line;
        if (!status) status = copy_row(t);
        i++;
        d->puzzle_start[i] = d->group_start[i] = (int32_t)i;
    }
    if (d->bad) d->examples = d->puzzles = d->groups = i;
    return status;
}

/* Puts before why the first cannot be read how many cannot. */
static void tell_how_many(size_t count, size_t all, char *why, size_t size) {
    enum { COUNTS = 64 }; /* room for them */
    char first[128];
    const int most = (int)size - COUNTS - 1;
    snprintf(first, sizeof first, "%.*s", most, why);
    if (count)
        snprintf(why, size, "%zu of %zu cannot be read; the first, %.*s", count, all, most, first);
}

static void end_ratings(hr_dataset *d) {
    size_t i = 0;
    tell_how_many(d->unrated, d->examples, d->unrated_why, sizeof d->unrated_why);
    while (d->rating && i < d->examples && d->rating[i] < 0) i++;
    if (!d->rating || i < d->examples) return;
    hr_free(d->rating);
    d->rating = NULL;
}

/* Surveys the rows, and sets the task; *rows: how many can be read, as far as is known yet. */
static hr_status settle_task(table *t, const hr_task_choice *task, const hr_task *expect,
                             size_t *rows) {
    hr_dataset *d = t->d;
    hr_task_survey survey = hr_task_choice_survey(task);
    hr_status status = HR_OK;
    t->loose = expect ? expect->padding && expect->rows > 1 : survey.varying;
    if (expect) { /* the task itself decides which lengths and symbols fit */
        survey.varying = true;
        survey.lists = memchr(expect->alphabet + 1, ',', (size_t)expect->vocab - 1);
    }
    survey.most = d->bad != NULL;
    if (survey.most && !survey.varying) status = common_length(t, &survey.length);
    const hr_task_survey begun = survey;
    if (!status) status = survey_rows(t, &survey);
    if (!status && !expect && d->bad && hr_task_survey_letters(&survey)) { /* tell all such rows */
        t->ascii = true;
        survey = begun;
        hr_bad_clear(d->bad);
        status = survey_rows(t, &survey);
    }
    *rows = survey.pairs;
    if (status) return status;
    if (expect) {
        d->task = hr_task_copy(expect);
        return HR_OK;
    }
    status = hr_task_survey_letters(&survey); /* texts are bytes */
    if (status) return hr_fail_in(status, "%s", d->path);
    status = hr_task_choice_make(task, &survey, &d->task);
    return status && !task->keys.count ? hr_fail_in(status, "%s", d->path) : status;
}

/* A number takes a character and a blank: so no more rows have their numbers than the file has
 * bytes for, whatever the task claims. */
static hr_status allocate_numbers(table *t, size_t rows) {
    size_t each = hr_task_number_count(&t->d->task);
    size_t most = each ? t->file->size / (2 * each - 1) : 0;
    t->numbered = rows < most ? rows : most;
    return hr_dataset_allocate_numbers(t->d, t->numbered);
}

static char separator_of(const hr_task *task) {
    return task->declared ? task->declared->separator : 0;
}

static char named_separator(const hr_task_choice *task) {
    const char *named = hr_yaml_find(&task->keys, "separator");
    return named ? *named : 0;
}

hr_status hr_dataset_parse_csv(hr_dataset *d, const hr_file *file, const hr_task_choice *task,
                               const hr_task *expect, bool answers) {
    size_t rows;
    table t = {.d = d,
               .file = file,
               .answers = answers,
               .family = task->letters && !expect,
               .expected = expect != NULL,
               .joint = expect ? separator_of(expect) : named_separator(task)};
    hr_status status = settle_task(&t, task, expect, &rows);
    d->identifiers = 1;
    t.loose = !status && d->task.padding && d->task.rows > 1;
    if (!status) status = hr_dataset_allocate(d, rows, rows, rows);
    if (!status) status = allocate_numbers(&t, rows);
    if (!status && d->bad && !(d->line = HR_NEW(long, d->examples))) status = HR_ERR_MEM;
    if (!status) status = read_rows(&t);
    if (!status) end_ratings(d);
    if (!status) tell_how_many(d->unread, d->examples, d->unread_why, sizeof d->unread_why);
    hr_csv_end(&t.csv);
    return status;
}

hr_status hr_dataset_read_csv(hr_dataset *d, const hr_task_choice *task, const hr_task *expect,
                              bool answers) {
    hr_file file;
    hr_status status = hr_plain_load_any(d->path, &file);
    if (status) return status;
    status = hr_dataset_parse_csv(d, &file, task, expect, answers);
    hr_os_unload(&file);
    return status;
}

bool hr_dataset_csv_is(const char *path, const void *text, size_t size) {
    static const char *const ends[] = {".csv", ".tsv", ".csv.gz", ".tsv.gz"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (hr_text_ends(path, ends[i])) return true;
    hr_csv csv;
    bool more = false;
    hr_csv_begin(&csv, text, size, path);
    bool named = csv.at > 0; /* by a line for spreadsheets */
    if (!named && !hr_csv_next(&csv, &more) && more)
        named = hr_csv_column(&csv, column_names[QUESTION], 0) >= 0 ||
                (hr_csv_column(&csv, other_names[QUESTION], 0) >= 0 &&
                 hr_csv_column(&csv, other_names[ANSWER], 0) >= 0);
    hr_csv_end(&csv);
    return named;
}

/* Quotes where CSV needs it, so that grids over any alphabet are read back unchanged. */
static void add_field(hr_buffer *out, const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
        hr_buffer_print(out, "%s", text);
        return;
    }
    hr_buffer_add(out, "\"", 1);
    for (; *text; text++) hr_buffer_add(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    hr_buffer_add(out, "\"", 1);
}

/* text: for a puzzle. */
static hr_status add_row(hr_buffer *out, const hr_dataset *d, size_t example, const hr_copied *row,
                         char *text) {
    const uint8_t *question = row->question, *answer = row->answer;
    int known = 0, unknown = 0; /* an answer that is not known at all is an empty field */
    for (int t = 0; t < d->task.seq; t++) {
        known += answer[t] != d->ignore;
        unknown += answer[t] == d->ignore && question[t] != d->ignore;
    }
    char open = hr_task_unknown(&d->task);
    if (known && unknown && !open)
        return hr_fail(HR_ERR_TASK,
                       "%s: of the answer of example %zu some cells are not known, for which these "
                       "letters have no other one; a data folder can say it",
                       d->path, example);
    d->task.ops->format(&d->task, question, text);
    add_field(out, text);
    hr_buffer_add(out, ",", 1);
    if (row->numbers) {
        hr_task_write_numbers(&d->task, row->numbers, out);
        hr_buffer_add(out, ",", 1);
    }
    hr_status status = known ? hr_dataset_format_answer(d, question, answer, open, text) : HR_OK;
    if (known && !status) add_field(out, text);
    if (d->rating && d->rating[example] >= 0) hr_buffer_print(out, ",%d\n", d->rating[example]);
    else hr_buffer_print(out, d->rating ? ",\n" : "\n");
    return status ? status : out->failed ? HR_ERR_MEM : HR_OK;
}

hr_status hr_dataset_write_csv(const hr_dataset *d, const char *path, int copies, uint64_t seed) {
    size_t seq = (size_t)d->task.seq;
    hr_buffer out = {0};
    hr_copied row;
    char *text = hr_alloc(seq + 1);
    hr_writer writer;
    hr_status status = hr_copied_open(d, &row);
    if (!status) status = text ? hr_os_create(path, &writer) : HR_ERR_MEM;
    if (status) goto done;
    hr_buffer_print(&out, "question,%sanswer%s\n", d->task.numbers ? "numbers," : "",
                    d->rating ? ",rating" : "");
    for (size_t p = 0; !status && p < d->puzzles; p++)
        for (int copy = 0; !status && copy <= copies; copy++)
            for (int32_t e = d->puzzle_start[p]; !status && e < d->puzzle_start[p + 1]; e++) {
                hr_dataset_copy(d, p, (size_t)e, copy, seed, &row);
                status = add_row(&out, d, (size_t)e, &row, text);
                if (!status) status = hr_os_write(&writer, out.text, out.size);
                out.size = 0;
            }
    if (!status && out.size) status = hr_os_write(&writer, out.text, out.size);
    status = hr_os_end(&writer, status);
done:
    hr_buffer_free(&out);
    hr_copied_close(&row);
    hr_free(text);
    return status;
}
