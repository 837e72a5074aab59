/* fuzz_model.c - a hostile model file from memory, checksums not looked at, and one puzzle through
 * what it held, with bounds. The seeds are models of two steps on state.csv. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hrm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CELLS = 1024 };

static void solve(const hrm_model *model) {
    hrm_model_info info;
    hrm_solve_options options;
    hrm_search search;
    hrm_answer *answer;
    char text[CELLS + 1] = {0};
    const char *puzzle = text;
    if (hrm_model_inspect(model, &info) || info.cells > CELLS) return;
    memset(text, '.', (size_t)info.cells);
    hrm_solve_options_init(&options, sizeof options);
    hrm_search_init(&search, sizeof search);
    search.rounds = search.chains = 2;
    options.segments = options.batch = 1;
    options.check = true;
    options.search = &search;
    if (hrm_solve(model, &puzzle, 1, &options, &answer)) return;
    for (int i = 0; i < info.cells; i++)
        if (answer->tokens[i] >= info.vocab) abort();
    hrm_answers_free(answer, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hrm_model *model;
    hrm_run run;
    hrm_run_init(&run, sizeof run);
    run.threads = 1;
    run.isa = "ref";
    run.flops = 1e7;
    run.no_verify = true;
    if (hrm_model_load_memory(data, size, &run, &model)) return 0;
    solve(model);
    hrm_model_free(model);
    return 0;
}
