/* dataset_csv.c - CSV files with columns question and answer, and perhaps source and rating. */
#include "data/dataset_csv.h"

#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "io/csv.h"

typedef struct columns {
    int question, answer, rating;
} columns;

static hr_status read_header(hr_csv *csv, bool answers, columns *at) {
    bool more;
    hr_status status = hr_csv_next(csv, &more);
    if (status) return status;
    at->question = more ? hr_csv_column(csv, "question") : -1;
    at->answer = more ? hr_csv_column(csv, "answer") : -1;
    at->rating = more ? hr_csv_column(csv, "rating") : -1;
    if (at->question < 0 || (answers && at->answer < 0))
        return hr_fail(HR_ERR_FORMAT, "%s: the first line must name the columns; %s needed",
                       csv->name, answers ? "question and answer are" : "question is");
    return HR_OK;
}

/* Puts the line before the message. */
static hr_status at_line(hr_status status, const hr_csv *csv, const char *which) {
    hr_fail_in(status, "%s, line %ld%s%s", csv->name, csv->line, *which ? ", " : "", which);
    return hr_fail_place(status, csv->name, csv->line, 0);
}

/* The next row's two texts; where there is no answer, the question twice. */
static hr_status read_pair(hr_csv *csv, const columns *at, bool *more, hr_csv_field *question,
                           hr_csv_field *answer) {
    hr_status status = hr_csv_next(csv, more);
    if (status || !*more) return status;
    int second = at->answer < 0 ? at->question : at->answer;
    if (at->question >= csv->fields || second >= csv->fields)
        return at_line(
            hr_fail(HR_ERR_FORMAT, "has %d columns, too few for the header", csv->fields), csv, "");
    *question = csv->field[at->question];
    *answer = csv->field[second];
    return HR_OK;
}

/* First pass: how many rows, and which task they show. */
static hr_status survey_rows(hr_csv *csv, bool answers, hr_task_survey *survey) {
    columns at;
    hr_csv_field q = {0}, a = {0};
    bool more = true;
    hr_status status = read_header(csv, answers, &at);
    while (!status && !(status = read_pair(csv, &at, &more, &q, &a)) && more) {
        status = hr_task_survey_add(survey, q.text, q.size, a.text, a.size);
        if (status) status = at_line(status, csv, "");
    }
    return status;
}

static hr_status read_rating(const hr_csv *csv, int column, int32_t *out) {
    char text[24];
    int64_t value;
    *out = HR_RATING_UNKNOWN;
    if (column >= csv->fields || !csv->field[column].size) return HR_OK;
    const hr_csv_field *f = &csv->field[column];
    bool fits = f->size < sizeof text;
    if (fits) {
        memcpy(text, f->text, f->size);
        text[f->size] = 0;
    }
    if (!fits || !hr_text_integer(text, &value) || value < 0 || value > INT32_MAX)
        return at_line(hr_fail(HR_ERR_FORMAT, "rating \"%.*s\" is not a whole number",
                               (int)(f->size < 20 ? f->size : 20), f->text),
                       csv, "");
    *out = (int32_t)value;
    return HR_OK;
}

/* Second pass: tokens. */
static hr_status read_rows(hr_csv *csv, bool answers, hr_dataset *d) {
    columns at;
    hr_csv_field q = {0}, a = {0};
    bool more = true;
    size_t seq = (size_t)d->task.seq;
    hr_status status = read_header(csv, answers, &at);
    d->unanswered = at.answer < 0;
    if (!status && at.rating >= 0) {
        d->rating = HR_NEW(int32_t, d->examples);
        if (!d->rating) status = HR_ERR_MEM;
    }
    for (size_t i = 0; !status && i < d->examples; i++) {
        status = read_pair(csv, &at, &more, &q, &a);
        if (status) break;
        const char *which = "question";
        status = d->task.ops->parse(&d->task, q.text, q.size, false, d->inputs + i * seq);
        if (!status) {
            which = "answer";
            status =
                d->task.ops->parse(&d->task, a.text, a.size, !d->unanswered, d->labels + i * seq);
        }
        if (status) return at_line(status, csv, which);
        if (d->rating) status = read_rating(csv, at.rating, &d->rating[i]);
        d->puzzle_start[i + 1] = d->group_start[i + 1] = (int32_t)i + 1;
    }
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
    hr_status status = hr_os_load(d->path, &file);
    if (status) return status;
    hr_task_survey survey = hr_task_choice_survey(task);
    if (expect) survey.varying = true; /* what fits is the task's to say */
    hr_csv_begin(&csv, file.data, file.size, d->path);
    status = survey_rows(&csv, answers, &survey);
    hr_csv_end(&csv);
    if (!status && expect) d->task = hr_task_copy(expect);
    else if (!status && (status = hr_task_choice_make(task, &survey, &d->task)))
        status = task->keys.count ? status : hr_fail_in(status, "%s", d->path);
    d->identifiers = 1;
    if (!status) status = hr_dataset_allocate(d, survey.pairs, survey.pairs, survey.pairs);
    if (!status) {
        hr_csv_begin(&csv, file.data, file.size, d->path);
        status = read_rows(&csv, answers, d);
        hr_csv_end(&csv);
        drop_empty_ratings(d);
    }
    hr_os_unload(&file);
    return status;
}

/* Quoted where CSV needs it, so that grids over any alphabet come back as they were. */
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
    add_field(out, text);
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
