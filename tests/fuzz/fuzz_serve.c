/* fuzz_serve.c - hostile bytes as bodies of requests and as messages of the protocol of tools; the
 * first byte says which. What is tried is the reading: no puzzle is solved. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "opt.h"
#include "serve/ask.h"
#include "serve/mcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the command says where a model does not load. */
int app_fail(hrm_status status) {
    return (int)status;
}

int app_usage_error(const char *format, ...) {
    (void)format;
    return 2;
}

static void note(job *j, json_t *message) {
    (void)j;
    (void)message;
}

static void open_models(void) {
    static const char *const paths[] = {"models/sudoku-fields.safetensors",
                                        "models/maze.safetensors"};
    int code;
    if (models_ready()) return;
    if (models_open(paths, 2, "ref", &code)) return;
    fputs("fuzz_serve: needs the models of the source tree\n", stderr);
    exit(2);
}

static void message(const json_t *o) {
    mcp_outcome out = mcp_message(o, "", note);
    json_decref(out.reply);
    if (!out.job) return;
    job_fail(out.job, 503, "nobody solves here");
    json_decref(mcp_reply(out.job));
    job_drop(out.job);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char why[ASK_WHY];
    int code;
    ask a;
    open_models();
    if (!size) return 0;
    json_t *o = ask_parse((const char *)data + 1, size - 1, why);
    if (!o) return 0;
    if (data[0] % 3 == 0 && ask_read(ask_solve_fields, o, &a, why))
        job_drop(ask_job(&a, &code, why));
    if (data[0] % 3 == 1 && ask_read(ask_check_fields, o, &a, why))
        json_decref(ask_check(&a, &code, why));
    if (data[0] % 3 == 2) message(o);
    json_decref(o);
    return 0;
}
