/* fixture.h - a folder with small puzzles and models made through the public interface alone. */
#ifndef TEST_API_FIXTURE_H
#define TEST_API_FIXTURE_H

#include "test.h"

#include <unistd.h>

#include "hrm_tools.h"

#undef OK /* statuses here are public ones */
#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) != HRM_STATUS_OK) fail_msg("%s: %s", #call, hrm_error());                       \
    } while (0)
/* Options of hrm_trainer_run. */
#define TOLD(event, user) (&(hrm_train_options){sizeof(hrm_train_options), event, user, false})
/* Refused with this status and a message that holds `text`. */
#define REFUSED(code, text, call)                                                                  \
    do {                                                                                           \
        assert_int_equal((call), (code));                                                          \
        if (!strstr(hrm_error(), (text))) fail_msg("%s: says %s", #call, hrm_error());             \
    } while (0)

static char dir[] = "/tmp/hrm-api-XXXXXX";

static const char *in_dir(const char *name) {
    static char path[4][128];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", dir, name);
    return path[next];
}

static void write_file(const char *name, const char *text) {
    FILE *f = fopen(in_dir(name), "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static inline void same_bytes(const char *a, const char *b) {
    char command[300];
    snprintf(command, sizeof command, "cmp '%s' '%s'", in_dir(a), in_dir(b));
    assert_int_equal(system(command), 0);
}

/* Both train in a second or two on 4x4 Sudoku; the first comes to solve most of what it saw. */
static const char search_recipe[] =
    "regime: lattice\narch: loop\nmix: token_mlp\npos: none\nhidden: 32\n"
    "heads: 2\nexpansion: 1\nl_layers: 1\nl_cycles: 4\nloss: softmax\n"
    "batch: 32\noptimizer: adamw\nlr: 1e-2\nlr_min_ratio: 0.1\nwarmup: 20\n"
    "weight_decay: 0.1\nclip: 1\npool_from: 0.2\npool_to: 0.5\n"
    "halt_max_steps: 60\neval_every: 1000\nsave_every: 1000\nema: 0.9\n";
static const char tokens_recipe[] =
    "hidden: 16\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\n"
    "h_cycles: 1\nl_cycles: 1\nbatch: 4\nsteps: 3\nhalt_max_steps: 4\n";

static char data_setting[160], valid_setting[160], steps_setting[32];
static const char *settings[] = {data_setting, valid_setting, steps_setting};

static void make_fixture(int steps) {
    memset(dir + sizeof dir - 7, 'X', 6); /* once more after remove_fixture */
    assert_non_null(mkdtemp(dir));
    hrm_generate_options options = {.size = sizeof options,
                                    .settings = (const char *const[]){"side=4"},
                                    .settings_count = 1,
                                    .count = 30,
                                    .seed = 1};
    OK(hrm_generate("sudoku", in_dir("train.csv"), &options));
    write_file("search.yaml", search_recipe);
    write_file("tokens.yaml", tokens_recipe);
    snprintf(data_setting, sizeof data_setting, "data=%s", in_dir("train.csv"));
    snprintf(valid_setting, sizeof valid_setting, "valid=%s", in_dir("train.csv"));
    snprintf(steps_setting, sizeof steps_setting, "steps=%d", steps);
    hrm_trainer *trainer;
    OK(hrm_trainer_new(in_dir("search.yaml"), settings, 3, in_dir("search"), NULL, &trainer));
    OK(hrm_trainer_run(trainer, NULL));
    hrm_trainer_free(trainer);
    OK(hrm_trainer_new(in_dir("tokens.yaml"), settings, 1, in_dir("tokens"), NULL, &trainer));
    OK(hrm_trainer_run(trainer, NULL));
    hrm_trainer_free(trainer);
}

static void remove_fixture(void) {
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

#endif
