/* custom_task.c - a task of one's own, from nothing to a model: sorting six letters.
 *
 * A task is a table of questions and answers; the library finds out the alphabet and the length,
 * trains on the first part and is measured on the second, which it has not seen.
 *
 * cc custom_task.c $(pkg-config --cflags --libs hrm) -o custom_task && ./custom_task FOLDER */
#include <hrm_tools.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS = 6, TRAIN = 1000, TEST = 200 };

static int by_letter(const void *a, const void *b) {
    return *(const char *)a - *(const char *)b;
}

/* Random letters a to f, and the same sorted. There are 6^6 questions: hardly one comes twice. */
static bool write_pairs(const char *path, int count, unsigned seed) {
    FILE *file = fopen(path, "w");
    if (!file) return false;
    fputs("question,answer\n", file);
    srand(seed);
    for (int i = 0; i < count; i++) {
        char text[LETTERS + 1] = "", sorted[LETTERS + 1];
        for (int j = 0; j < LETTERS; j++) text[j] = (char)('a' + rand() % 6);
        memcpy(sorted, text, sizeof sorted);
        qsort(sorted, LETTERS, 1, by_letter);
        fprintf(file, "%s,%s\n", text, sorted);
    }
    return !fclose(file);
}

/* A tiny TRM: two seconds of training, one answer at once. */
static const char recipe[] =
    "arch: trm\nmix: token_mlp\npos: none\npuzzle_emb_ndim: 0\nhidden: 32\n"
    "heads: 2\nexpansion: 2\nl_layers: 1\nh_cycles: 1\nl_cycles: 1\n"
    "halt_max_steps: 2\nloss: softmax\noptimizer: adamw\nlr: 1e-2\n"
    "lr_min_ratio: 0.1\nwarmup: 20\nweight_decay: 0.1\nclip: 1\nbatch: 32\n"
    "steps: 400\neval_every: 400\nsave_every: 400\n";

static bool write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (!file) return false;
    fputs(text, file);
    return !fclose(file);
}

static int fail(const char *what) {
    fprintf(stderr, "custom_task: %s\n", what);
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 2) return fail("usage: custom_task FOLDER");
    char train[512], test[512], yaml[512], run[512], data[520], valid[520];
    snprintf(train, sizeof train, "%s/train.csv", argv[1]);
    snprintf(test, sizeof test, "%s/test.csv", argv[1]);
    snprintf(yaml, sizeof yaml, "%s/sort.yaml", argv[1]);
    snprintf(run, sizeof run, "%s/run", argv[1]);
    snprintf(data, sizeof data, "data=%s", train);
    snprintf(valid, sizeof valid, "valid=%s", test);
    if (!write_pairs(train, TRAIN, 1) || !write_pairs(test, TEST, 2) || !write_text(yaml, recipe))
        return fail("cannot write the folder");

    hrm_trainer *trainer;
    const char *settings[] = {data, valid};
    if (hrm_trainer_new(yaml, settings, 2, run, NULL, &trainer)) return fail(hrm_error());
    hrm_event event;
    hrm_eval_report report = {0};
    hrm_status status = HRM_STATUS_OK;
    do {
        status = hrm_trainer_step(trainer, &event);
    } while (!status && event.step < event.steps);
    hrm_model *model = NULL;
    if (!status) status = hrm_trainer_evaluate(trainer, &report);
    if (!status) status = hrm_trainer_model(trainer, &model);
    hrm_trainer_free(trainer);
    if (status) return fail(hrm_error());
    printf("sorts %.1f %% of %zu new words\n", 100 * report.exact, report.n);

    const char *words[] = {"fedcba", "abcabc"};
    hrm_answer *answers;
    if (hrm_solve(model, words, 2, NULL, &answers)) return fail(hrm_error());
    for (int i = 0; i < 2; i++) printf("%s -> %s\n", words[i], answers[i].text);
    hrm_answers_free(answers, 2);
    hrm_model_free(model);
    return fflush(stdout) ? fail("cannot write the answers") : 0;
}
