/* fuzz_state.c - a hostile state of a run, checksums not looked at: the run goes on with it for a
 * step, or says why not. The seeds are states of two-step runs on state.csv. */
#include <string.h>

#include "folder.h"
#include "model/recipe.h"
#include "train/train.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Other sizes than the seeds' are for the recipe's and the model's targets. */
static bool is_small(const char *path) {
    hr_recipe r;
    return !hr_state_recipe(path, false, &r) && r.batch <= 8 && r.hidden <= 16 &&
           r.expansion <= 4 && r.h_layers + r.l_layers <= 4 && r.h_cycles * r.l_cycles <= 8 &&
           r.halt_max_steps <= 8 && !strcmp(r.data, "tests/fuzz/state.csv") && !*r.valid &&
           !*r.init;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const settings[] = {"isa=ref", "threads=1", "steps=3"};
    char path[128];
    hrm_run run;
    hrm_trainer *t;
    folder_open();
    folder_path("state.safetensors", path);
    folder_put("state.safetensors", data, size);
    folder_put("metrics.jsonl", NULL, 0);
    folder_put("sessions.jsonl", NULL, 0);
    if (!is_small(path)) return 0;
    hrm_run_init(&run, sizeof run);
    run.no_verify = true;
    if (hr_trainer_resume(folder, settings, 3, &run, &t)) return 0;
    hr_trainer_run(t, NULL);
    hr_trainer_free(t);
    return 0;
}
