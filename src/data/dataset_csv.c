/* dataset_csv.c - tables with columns for question and answer, and perhaps a rating, under any of
 * their usual names. */
#include "data/dataset_csv.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/plain.h"
#include "base/text.h"
#include "io/csv.h"
#include "task/lines.h"

/* The usual names of the column of puzzles. */
#define QUESTION "question questions quizzes quiz puzzle puzzles"

typedef struct columns {
    int question, answer, rating;
} columns;

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

static hr_status read_header(hr_csv *csv, bool answers, columns *at) {
    bool more;
    hr_status status = hr_csv_next(csv, &more);
    if (status) return status;
    status = find_column(csv, QUESTION, &at->question);
    if (!status) status = find_column(csv, "answer answers solution solutions", &at->answer);
    at->rating = hr_csv_column(csv, "rating difficulty", 0);
    if (status || (at->question >= 0 && (!answers || at->answer >= 0))) return status;
    size_t end = csv->row;
    while (end < csv->size && end - csv->row < 60 && csv->data[end] >= ' ') end++;
    return hr_fail(HR_ERR_FORMAT,
                   "%s: the first line must name the columns; %s needed; it is \"%.*s\"", csv->name,
                   answers ? "question and answer are" : "question is", (int)(end - csv->row),
                   (const char *)csv->data + csv->row);
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

/* The row's two texts; where there is no column of answers, the question twice. */
static hr_status pair_of(const hr_csv *csv, const columns *at, hr_csv_field *question,
                         hr_csv_field *answer) {
    int second = at->answer < 0 ? at->question : at->answer;
    if (at->question >= csv->fields || second >= csv->fields)
        return at_line(
            hr_fail(HR_ERR_FORMAT, "has %d columns, too few for the header", csv->fields), csv, "",
            NULL);
    *question = csv->field[at->question];
    *answer = csv->field[second];
    return HR_OK;
}

/* Where bad rows are collected, a row that cannot be used is added to them and is no failure. */
static hr_status pass_over(const hr_csv *csv, json_t *bad, size_t at, hr_status status) {
    if (!status || !bad || (status != HR_ERR_TASK && status != HR_ERR_FORMAT)) return status;
    char where[32];
    const char *why = hr_error_text();
    snprintf(where, sizeof where, ", line %ld", csv->line);
    const char *line = strstr(why, where); /* left out of `why`: the list has it in `at` */
    const char *end = line ? line + strlen(where) : "";
    if (*end == ':' || *end == ',') why = end + 2;
    json_array_insert_new(bad, at,
                          json_pack("{s:I, s:s}", "at", (json_int_t)csv->line, "why", why));
    return HR_OK;
}

/* First pass: counts the rows and finds out their task. */
static hr_status survey_rows(hr_csv *csv, bool answers, json_t *bad, hr_task_survey *survey) {
    columns at;
    hr_csv_field q = {0}, a = {0};
    bool more = true;
    size_t answered = 0;
    hr_status status = read_header(csv, answers, &at);
    while (!status && !(status = hr_csv_next(csv, &more)) && more) {
        survey->line = csv->line;
        status = pair_of(csv, &at, &q, &a);
        if (!status)
            status =
                at_line(hr_task_survey_add(survey, q.text, q.size, a.size ? a.text : NULL, a.size),
                        csv, "", NULL);
        answered += !status && a.size > 0;
        status = pass_over(csv, bad, json_array_size(bad), status);
    }
    if (!status && answers && survey->pairs && !answered)
        status = hr_fail(HR_ERR_TASK, "%s: no row has an answer", csv->name);
    return status;
}

/* Rounds to a whole number; no text, NaN and a negative number mean that it is not known. */
static hr_status read_rating(const hr_csv *csv, int column, int32_t *out) {
    char text[32];
    double value;
    *out = HR_RATING_UNKNOWN;
    if (column >= csv->fields || !csv->field[column].size) return HR_OK;
    const hr_csv_field *f = &csv->field[column];
    bool fits = f->size < sizeof text;
    if (fits) {
        memcpy(text, f->text, f->size);
        text[f->size] = 0;
    }
    if (fits && !strcasecmp(text, "nan")) return HR_OK;
    if (!fits || !hr_text_number(text, &value) || value > INT32_MAX)
        return at_line(hr_fail(HR_ERR_FORMAT, "rating \"%.*s\" is not a number",
                               (int)(f->size < 20 ? f->size : 20), f->text),
                       csv, "", f);
    if (value >= 0) *out = (int32_t)rint(value);
    return HR_OK;
}

/* Reads an answer with unknown cells: one that is a question in which they are open. */
static hr_status read_partial(const hr_task *task, const hr_csv_field *f, uint8_t *a) {
    const char *open = memchr(task->alphabet + 1, '.', (size_t)task->vocab - 1);
    bool partial = open && !hr_task_parse(task, f->text, f->size, false, a);
    uint8_t token = open ? (uint8_t)(open - task->alphabet) : 0;
    if (!partial || !memchr(a, token, (size_t)task->seq))
        return hr_task_parse(task, f->text, f->size, true, a); /* sets the message again */
    for (int t = 0; t < task->seq; t++)
        if (a[t] == token) a[t] = 0;
    return HR_OK;
}

/* A row's tokens. Labels that the row does not tell stay 0, which is ignored. */
static hr_status read_tokens(const hr_csv *csv, const columns *at, const hr_csv_field pair[2],
                             hr_dataset *d, size_t i) {
    size_t seq = (size_t)d->task.seq;
    uint8_t *q = d->inputs + i * seq, *a = d->labels + i * seq;
    hr_status status = hr_task_parse(&d->task, pair[0].text, pair[0].size, false, q);
    if (status) return at_line(status, csv, "question", &pair[0]);
    if (at->answer < 0) memcpy(a, q, seq);
    else if (!pair[1].size) memset(a, 0, seq); /* a bad row may have stood here */
    if (at->answer < 0 || !pair[1].size) return HR_OK;
    status = hr_task_parse(&d->task, pair[1].text, pair[1].size, true, a);
    if (status == HR_ERR_TASK) status = read_partial(&d->task, &pair[1], a);
    return status ? at_line(status, csv, "answer", &pair[1]) : HR_OK;
}

/* Refuses an answer that breaks the rules. */
static hr_status check_row(const hr_csv *csv, const hr_dataset *d, size_t i) {
    size_t seq = (size_t)d->task.seq;
    char why[96];
    if (!hr_dataset_breaks(d, d->inputs + i * seq, d->labels + i * seq, why)) return HR_OK;
    return at_line(hr_fail(HR_ERR_TASK, "%s", why), csv, "answer", NULL);
}

/* Second pass: tokens. */
static hr_status read_rows(hr_csv *csv, bool answers, hr_dataset *d) {
    columns at;
    hr_csv_field pair[2] = {{0}, {0}};
    bool more = true;
    hr_status status = read_header(csv, answers, &at);
    if (!status && at.rating >= 0) {
        d->rating = HR_NEW(int32_t, d->examples);
        if (!d->rating) status = HR_ERR_MEM;
    }
    size_t i = 0, k = 0;
    d->unanswered = at.answer < 0;
    while (!status && i < d->examples && !(status = hr_csv_next(csv, &more)) && more) {
        const json_t *told = json_object_get(json_array_get(d->bad, k), "at");
        if (told && json_integer_value(told) == csv->line) {
            k++; /* the first pass reported it */
            continue;
        }
        if (!(status = pair_of(csv, &at, &pair[0], &pair[1])))
            status = read_tokens(csv, &at, pair, d, i);
        if (!status && d->rating) status = read_rating(csv, at.rating, &d->rating[i]);
        if (!status && d->bad) status = check_row(csv, d, i);
        bool good = !status;
        status = pass_over(csv, d->bad, k, status);
        if (!good) {
            k++;
            continue;
        }
        if (d->line) d->line[i] = csv->line;
        i++;
        d->puzzle_start[i] = d->group_start[i] = (int32_t)i;
    }
    if (d->bad) d->examples = d->puzzles = d->groups = i;
    return status;
}

static void drop_empty_ratings(hr_dataset *d) {
    size_t i = 0;
    while (d->rating && i < d->examples && d->rating[i] < 0) i++;
    if (!d->rating || i < d->examples) return;
    hr_free(d->rating);
    d->rating = NULL;
}

hr_status hr_dataset_read_csv(hr_dataset *d, const hr_task_choice *task, const hr_task *expect,
                              bool answers) {
    hr_file file;
    hr_csv csv;
    hr_status status = hr_plain_load(d->path, &file);
    if (status) return status;
    hr_task_survey survey = hr_task_choice_survey(task);
    if (expect) survey.varying = true; /* the task itself decides which lengths fit */
    survey.most = d->bad != NULL;
    hr_csv_begin(&csv, file.data, file.size, d->path);
    status = survey_rows(&csv, answers, d->bad, &survey);
    hr_csv_end(&csv);
    if (!status && expect) d->task = hr_task_copy(expect);
    else if (!status && (status = hr_task_choice_make(task, &survey, &d->task)))
        status = task->keys.count ? status : hr_fail_in(status, "%s", d->path);
    d->identifiers = 1;
    if (!status) status = hr_dataset_allocate(d, survey.pairs, survey.pairs, survey.pairs);
    if (!status && d->bad && !(d->line = HR_NEW(long, d->examples))) status = HR_ERR_MEM;
    if (!status) {
        hr_csv_begin(&csv, file.data, file.size, d->path);
        status = read_rows(&csv, answers, d);
        hr_csv_end(&csv);
        drop_empty_ratings(d);
    }
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
    bool named = !hr_csv_next(&csv, &more) && more && hr_csv_column(&csv, QUESTION, 0) >= 0;
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

static void add_row(hr_buffer *out, const hr_dataset *d, size_t example, const uint8_t *question,
                    const uint8_t *answer, char *text) {
    d->task.ops->format(&d->task, question, text);
    add_field(out, text);
    hr_buffer_add(out, ",", 1);
    d->task.ops->format(&d->task, answer, text);
    bool known = false; /* an unknown answer is an empty field */
    for (int t = 0; t < d->task.seq; t++) {
        if (answer[t] != d->ignore) known = true;
        else if (question[t] != d->ignore) text[t] = '.';
    }
    if (known) add_field(out, text);
    if (d->rating && d->rating[example] >= 0) hr_buffer_print(out, ",%d\n", d->rating[example]);
    else hr_buffer_print(out, d->rating ? ",\n" : "\n");
}

hr_status hr_dataset_write_csv(const hr_dataset *d, const char *path, int copies, uint64_t seed) {
    size_t seq = (size_t)d->task.seq;
    hr_buffer out = {0};
    uint8_t *tokens = hr_alloc(hr_mul(seq, 2));
    char *text = hr_alloc(seq + 1);
    hr_writer writer;
    hr_status status = tokens && text ? hr_os_create(path, &writer) : HR_ERR_MEM;
    if (status) goto done;
    hr_buffer_print(&out, d->rating ? "question,answer,rating\n" : "question,answer\n");
    for (size_t p = 0; !status && p < d->puzzles; p++)
        for (int copy = 0; !status && copy <= copies; copy++)
            for (int32_t e = d->puzzle_start[p]; !status && e < d->puzzle_start[p + 1]; e++) {
                hr_dataset_copy(d, p, (size_t)e, copy, seed, tokens, tokens + seq);
                add_row(&out, d, (size_t)e, tokens, tokens + seq, text);
                if (out.failed) status = HR_ERR_MEM;
                else status = hr_os_write(&writer, out.text, out.size);
                out.size = 0;
            }
    if (!status && out.size) status = hr_os_write(&writer, out.text, out.size);
    status = hr_os_end(&writer, status);
done:
    hr_buffer_free(&out);
    hr_free(tokens);
    hr_free(text);
    return status;
}
