/* model.c - a model in memory: what it is, its puzzles as tokens, its rules. */
#include <string.h>

#include "api/handles.h"
#include "base/mem.h"
#include "base/xxh64.h"
#include "model/sure.h"
#include "task/lines.h"
#include "task/numbers.h"

_Static_assert((int)HRM_VERDICT_WRONG == (int)HR_WRONG &&
                   (int)HRM_VERDICT_UNBROKEN == (int)HR_UNBROKEN,
               "public and internal verdicts are the same numbers");

void hrm_model_free(hrm_model *model) {
    if (!model) return;
    hr_model_free(model->model);
    hr_free(model->training);
    hr_task_free(&model->task);
    hr_os_unload(&model->file);
    hr_free(model);
}

hrm_status hrm_model_inspect(const hrm_model *model, hrm_model_info *out) {
    HR_API_FLOATS;
    if (out) *out = (hrm_model_info){0};
    HR_API_NEED(model, out);
    const hr_spec *spec = &model->model->spec;
    const hr_task *task = &model->task;
    *out = (hrm_model_info){
        .arch = hr_arch_name(spec->arch),
        .task = task->ops->name,
        .isa = model->model->kern->name,
        .alphabet = (const unsigned char *)task->alphabet,
        .parameters = model->model->table.parameters,
        .cells = spec->seq,
        .rows = task->rows,
        .cols = task->cols,
        .vocab = spec->vocab,
        .symbols = spec->symbols,
        .steps = spec->halt_max_steps,
        .blank = task->blank,
        .sure = model->sure,
    };
    return HRM_STATUS_OK;
}

hrm_status hrm_model_tokens(const hrm_model *model, const char *text, bool answer,
                            unsigned char *tokens) {
    HR_API_FLOATS;
    HR_API_NEED(model, text, tokens);
    const hr_task *task = &model->task;
    return answer ? hr_task_parse(task, text, strlen(text), true, tokens)
                  : hr_task_parse_puzzle(task, text, strlen(text), tokens, NULL);
}

int hrm_model_numbers(const hrm_model *model) {
    return model ? model->task.numbers : 0;
}

int hrm_puzzle_rows(const hrm_model *model, const char *line) {
    return model && line ? hr_task_rows(&model->task, line, strlen(line)) : 1;
}

hrm_status hrm_model_text(const hrm_model *model, const unsigned char *tokens, char *text) {
    HR_API_FLOATS;
    HR_API_NEED(model, tokens, text);
    HR_API_CHECK(hr_task_check_tokens(&model->task, tokens));
    model->task.ops->format(&model->task, tokens, text);
    return HRM_STATUS_OK;
}

hrm_status hrm_model_question(const hrm_model *model, const unsigned char *tokens, char *text) {
    HR_API_FLOATS;
    HR_API_NEED(model, tokens, text);
    HR_API_CHECK(hr_task_check_question(&model->task, tokens));
    return hrm_model_text(model, tokens, text);
}

hrm_status hrm_check(const hrm_model *model, const char *question, const char *answer,
                     hrm_verdict *out, char *why, size_t size) {
    HR_API_FLOATS;
    if (out) *out = HRM_VERDICT_UNKNOWN;
    HR_API_NEED(model, out);
    HR_API_NEED(question, answer);
    const hr_task *task = &model->task;
    if (why && size) *why = 0;
    uint8_t *tokens = HR_NEW(uint8_t, hr_mul(2, (size_t)task->seq));
    if (!tokens) return HRM_STATUS_MEM;
    hr_status status = hr_task_parse_puzzle(task, question, strlen(question), tokens, NULL);
    if (status) status = hr_fail_in(status, "question");
    else {
        uint8_t *at = tokens + task->seq;
        status = hr_task_parse(task, answer, strlen(answer), true, at);
        if (status) /* an unfinished answer is written as a question */
            status = hr_task_parse(task, answer, strlen(answer), false, at);
        if (status) status = hr_fail_in(status, "answer");
    }
    if (!status)
        *out = (hrm_verdict)task->ops->check(task, tokens, tokens + task->seq, size ? why : NULL,
                                             size);
    hr_free(tokens);
    return status;
}

static hr_status check_alike(hr_comm *ranks, const hrm_model *m) {
    const hr_model *model = m->model;
    uint64_t sum = hr_xxh64(model->params, model->table.total * sizeof *model->params, 0);
    for (int i = 0; i < model->table.count; i++) {
        const hr_param *p = &model->table.param[i];
        if (!p->narrow) continue;
        const hr_narrow *w = &model->narrow[i];
        sum = hr_xxh64(w->numbers, p->count * model->narrow_bytes, sum);
        if (w->scale) sum = hr_xxh64(w->scale, p->rows * sizeof *w->scale, sum);
    }
    int rank;
    if (!hr_comm_same(ranks, sum, &rank))
        return hr_comm_agree(ranks,
                             hr_fail(HR_ERR_ARG, "rank %d has another model than rank 0", rank));
    sum = hr_xxh64(model->kern->name, strlen(model->kern->name), 0);
    if (hr_comm_same(ranks, sum, &rank) || ranks->mixed) return HR_OK;
    return hr_comm_agree(ranks, hr_fail(HR_ERR_ARG,
                                        "rank %d has kernels for another instruction set than rank "
                                        "0; isa names those that all have",
                                        rank));
}

hrm_status hr_api_open(const hr_checkpoint_bytes *from, const hrm_run *run, hrm_model **out) {
    HR_API_TAKE(hrm_run, own, run);
    const hr_kern *kern = hr_kern_select(own.isa);
    if (!kern) return HRM_STATUS_ARG;
    hrm_model *m = HR_NEW(hrm_model, 1);
    if (!m) return HRM_STATUS_MEM;
    m->threads = own.threads;
    m->ranks = own.ranks;
    if (m->ranks && !m->threads) m->threads = m->ranks->threads;
    hr_pool *pool;
    hr_checkpoint_bytes file = *from;
    file.unverified = own.no_verify;
    file.narrow = true;
    hr_status status = hr_pool_new(m->threads, kern->space, &pool);
    if (!status) status = hr_checkpoint_parse(&file, kern, pool, &m->model, &m->task, &m->training);
    hr_pool_free(pool);
    m->sure = hr_sure_of(m->training);
    double flops = status ? 0 : hr_model_flops(&m->model->spec, false, false);
    double most = own.flops > 0 ? own.flops : 1e13;
    if (flops > most)
        status = hr_fail_about(
            HR_ERR_UNSUPPORTED, "flops",
            "%s: a segment of this model takes %.2g FLOP for one puzzle, more than the %.2g "
            "that are allowed; allow more if it is meant to",
            from->name, flops, most);
    status = hr_comm_agree(own.ranks, status);
    if (!status && own.ranks) status = check_alike(own.ranks, m);
    if (status) hrm_model_free(m);
    else *out = m;
    return status;
}

hrm_status hrm_model_load_memory(const void *bytes, size_t size, const hrm_run *run,
                                 hrm_model **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, bytes);
    HR_API_TAKE(hrm_run, own, run);
    const hr_checkpoint_bytes from = {
        .bytes = bytes, .size = size, .name = "the model in memory", .stays = own.borrow};
    return hr_api_open(&from, &own, out);
}
