/* samples.c - see samples.h */
#include "look/samples.h"

#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "data/dataset_open.h"
#include "data/picture.h"
#include "io/tensors_open.h"
#include "model/checkpoint.h"
#include "model/record.h"
#include "solve/eval.h"
#include "task/draw.h"
#include "task/numbers.h"

enum { KEPT = 6, WRONG = 0xd55e00, FRAME = 3 }; /* drawn of each kind; around a wrong cell */

/* An answer that is drawn. */
typedef struct sample {
    size_t example, wrong; /* wrong: cells */
    double confidence;
    uint8_t *tokens;
    char why[96];
} sample;

typedef struct samples {
    hr_model *model;
    hr_task task;
    char *training;
    hr_pool *pool;
    hr_dataset *data;
    hr_solver *solver;
    const hrm_report_options *options;
    size_t total;
    sample kept[2][KEPT]; /* failed; solved */
    size_t count[2];      /* in all */
    size_t unscored;      /* whose answer is not known, or the question already */
} samples;

static void close_all(samples *s) {
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < KEPT; i++) hr_free(s->kept[k][i].tokens);
    hr_solver_free(s->solver);
    hr_dataset_free(s->data);
    hr_task_free(&s->task);
    hr_model_free(s->model);
    hr_free(s->training);
    hr_pool_free(s->pool);
}

static hr_status open_model(samples *s, const char *dir) {
    const hrm_run *run = s->options->run;
    const hr_kern *kern = hr_kern_select(run->isa);
    hr_file file = {0};
    hr_status status = kern ? hr_pool_new(run->threads, HR_POOL_SPACE, &s->pool) : HR_ERR_ARG;
    if (!status) status = hr_tensors_load(dir, &file);
    if (status) return status;
    const hr_checkpoint_bytes from = {
        .bytes = file.data, .size = file.size, .name = dir, .unverified = run->no_verify};
    status = hr_checkpoint_parse(&from, kern, s->pool, &s->model, &s->task, &s->training);
    hr_os_unload(&file);
    return status;
}

static hr_status open_all(samples *s, const hr_run *run) {
    const char *valid = run->valid;
    if (!valid || !*valid)
        return hr_fail(HR_ERR_ARG, "its recipe names no validation puzzles (valid)");
    hr_status status = open_model(s, run->dir);
    if (!status) status = hr_dataset_open(valid, NULL, &s->task, &s->data);
    if (!status) status = hr_eval_fits(s->model, s->data);
    if (!status) status = hr_eval_knows(s->model, hr_record_names(s->training), s->data);
    return status ? status
                  : hr_solver_new(s->model, s->pool, NULL, &s->task, hr_solver_rows(s->model),
                                  &s->solver);
}

static hr_status next(void *user, bool wait, hr_asked *asked, hr_search_next *more) {
    const samples *s = user;
    const uint8_t *question, *label;
    (void)wait;
    *more = asked->index < s->total ? HR_SEARCH_TAKE : HR_SEARCH_NO_MORE;
    if (*more == HR_SEARCH_NO_MORE) return HR_OK;
    hr_dataset_pair(s->data, asked->index, &question, &label);
    memcpy(asked->question, question, (size_t)s->task.seq);
    if (asked->numbers)
        memcpy(asked->numbers, hr_dataset_numbers(s->data, asked->index),
               hr_task_number_count(&s->task) * sizeof *asked->numbers);
    asked->id = s->data->puzzle_id[hr_dataset_puzzle_of(s->data, asked->index)];
    return HR_OK;
}

/* Whether a label counts there, as in evaluation. */
static bool counts(const samples *s, const uint8_t *question, const uint8_t *label, int cell) {
    const hr_spec *spec = &s->model->spec;
    return label[cell] != s->data->ignore && !(spec->skip_padding && question[cell] == spec->pad);
}

static hr_status keep(void *user, const hr_solved *solved) {
    samples *s = user;
    const uint8_t *question, *label;
    size_t seq = (size_t)s->task.seq;
    sample x = {.example = solved->index, .confidence = solved->confidence};
    hr_dataset_pair(s->data, x.example, &question, &label);
    size_t known = 0;
    hr_known k = hr_dataset_known(s->data, question, label);
    for (int i = 0; i < s->task.seq; i++) {
        known += counts(s, question, label, i);
        x.wrong += counts(s, question, label, i) && solved->tokens[i] != label[i];
    }
    if (!known || !k.scored) {
        s->unscored++;
        return HR_OK;
    }
    hr_verdict verdict = s->data->task.ops->check(&s->data->task, solved->question, solved->tokens,
                                                  x.why, sizeof x.why);
    bool given =
        solved->search ? solved->search->end == HR_SEARCH_SOLVED : verdict != HR_INCOMPLETE;
    bool exact =
        !x.wrong && (!solved->search || given) && hr_eval_agrees(&s->data->task, k, verdict);
    if (!given) snprintf(x.why, sizeof x.why, "not complete");
    size_t n = s->count[exact]++;
    if (n >= KEPT) return HR_OK;
    x.tokens = HR_NEW(uint8_t, seq);
    if (!x.tokens) return HR_ERR_MEM;
    memcpy(x.tokens, solved->tokens, seq);
    s->kept[exact][n] = x;
    return HR_OK;
}

static bool go_on(void *user) {
    const samples *s = user;
    return !s->options->progress ||
           s->options->progress(s->options->user, s->count[0] + s->count[1] + s->unscored,
                                s->total);
}

/* A frame about every cell that is not as labelled. */
static void frame_wrong(const samples *s, hr_canvas *canvas, const hr_panel *p, const sample *x,
                        const uint8_t *label) {
    for (int r = 0; r < p->rows; r++)
        for (int c = 0; c < p->cols; c++) {
            int i = r * p->task->cols + c, left = p->x + c * p->side, top = p->y + r * p->side;
            if (!counts(s, p->question, label, i) || label[i] == x->tokens[i]) continue;
            for (int k = 0; k < 2; k++) {
                hr_canvas_rect(canvas, left + k * (p->side - FRAME), top, FRAME, p->side, WRONG);
                hr_canvas_rect(canvas, left, top + k * (p->side - FRAME), p->side, FRAME, WRONG);
            }
        }
}

static int larger(int a, int b) {
    return a > b ? a : b;
}

/* The answer and, where it is wrong, what was expected to its right. */
static hr_status draw(const samples *s, const sample *x, hr_buffer *address) {
    const hr_task *task = &s->data->task;
    const uint8_t *question, *label;
    int rows, cols, own_rows, own_cols, count = x->wrong ? 2 : 1;
    hr_dataset_pair(s->data, x->example, &question, &label);
    hr_task_extent(task, label, &rows, &cols);
    hr_task_extent(task, question, &own_rows, &own_cols);
    hr_panel p = {.task = task, .question = question};
    p.rows = larger(rows, own_rows);
    p.cols = larger(cols, own_cols);
    p.side = hr_panel_side(p.rows, p.cols) * 2 / 3;
    p.x = p.y = p.side / 2;
    hr_canvas canvas;
    hr_status status = hr_canvas_open((p.cols + 1) * p.side * count + 1, (p.rows + 1) * p.side + 1,
                                      false, &canvas);
    for (int i = 0; i < count && !status; i++) {
        hr_panel_cells(&canvas, &p, i ? label : x->tokens);
        hr_panel_lines(&canvas, &p);
        if (!i) frame_wrong(s, &canvas, &p, x, label);
        p.x += (p.cols + 1) * p.side;
    }
    if (!status) status = hr_canvas_address(&canvas, address);
    hr_canvas_close(&canvas);
    return status;
}

static hr_status show(const samples *s, hr_page *page, const sample *x) {
    hr_buffer address = {0};
    hr_status status = draw(s, x, &address);
    char *title = x->wrong ? hr_text_format("puzzle %zu: %zu cell%s wrong%s%s, confidence %.2f",
                                            x->example, x->wrong, x->wrong == 1 ? "" : "s",
                                            *x->why ? ", " : "", x->why, x->confidence)
                           : hr_text_format("puzzle %zu: %s, confidence %.2f", x->example,
                                            *x->why ? x->why : "solved", x->confidence);
    hr_page_raw(page, "<figure><figcaption>");
    hr_page_escape(&page->body, title);
    hr_buffer_print(&page->body, "</figcaption><img style=\"max-width:100%%\" src=\"%s\" alt=\"",
                    address.text ? address.text : "");
    hr_page_escape(&page->body, title);
    hr_page_raw(page, x->wrong ? "; left the answer, right what was expected\"></figure>\n"
                               : "\"></figure>\n");
    page->body.failed |= !title;
    hr_buffer_free(&address);
    hr_free(title);
    return status;
}

static hr_status show_all(const samples *s, hr_page *page, const hr_run *run) {
    static const char *const what[] = {"Failed", "Solved"};
    hr_status status = HR_OK;
    hr_page_say(
        page,
        "The best model of %s solves %zu of the first %zu validation puzzle%s, here and now. "
        "Answers to the left, with a frame about every wrong cell; what was expected to "
        "the right.",
        run->name, s->count[1], s->total, s->total == 1 ? "" : "s");
    if (s->model->spec.symbols && run->eval_rounds)
        hr_page_say(page, "A puzzle gets at most %d rounds (eval_rounds of the recipe).",
                    run->eval_rounds);
    if (s->unscored)
        hr_page_say(page,
                    "%zu of them are not scored: their answers are not known, or are "
                    "their questions already.",
                    s->unscored);
    for (int k = 0; k < 2; k++) {
        if (!s->count[k]) continue;
        char *summary = hr_text_format("%s: %zu, of which %zu are shown", what[k], s->count[k],
                                       s->count[k] < KEPT ? s->count[k] : (size_t)KEPT);
        hr_page_fold(page, true, summary);
        hr_page_raw(page, "<div class=\"charts\">\n");
        for (size_t i = 0; i < s->count[k] && i < KEPT && !status; i++)
            status = show(s, page, &s->kept[k][i]);
        hr_page_raw(page, "</div>\n");
        hr_page_unfold(page);
        hr_free(summary);
    }
    return status;
}

hr_status hr_samples_add(hr_page *page, const hr_run *run, const hrm_report_options *options) {
    samples s = {.options = options};
    hr_page_section(page, "Puzzles solved and failed");
    hr_status status = open_all(&s, run);
    if (status)
        hr_page_say(page, "No puzzles of %s could be tried: %s.", run->name, hr_error_text());
    else {
        s.total = options->examples < s.data->examples ? options->examples : s.data->examples;
        hrm_search search = hr_solver_search;
        search.rounds = s.model->spec.symbols ? run->eval_rounds : 0;
        status = hr_solver_run(s.solver, &(hr_solver_how){.search = &search},
                               &(hr_flow){.next = next, .done = keep, .user = &s, .go = go_on});
        if (!status) status = show_all(&s, page, run);
        else if (status != HR_ERR_STOPPED)
            hr_page_say(page, "The puzzles could not be tried: %s.", hr_error_text());
    }
    close_all(&s);
    return status == HR_ERR_STOPPED || status == HR_ERR_MEM ? status : HR_OK;
}
