/* test_honest.c - figures mean what they are called: nothing is scored that is not known, and rules
 * that are not all prove nothing. */
#include "fixture.h"

#include <math.h>
#include <sys/stat.h>

static hrm_model *searching, *plain; /* of candidates; of tokens */

static int set_up(void **state) {
    (void)state;
    make_fixture(60);
    OK(hrm_model_load(in_dir("search/model.safetensors"), NULL, &searching));
    OK(hrm_model_load(in_dir("tokens/model.safetensors"), NULL, &plain));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    hrm_model_free(searching);
    hrm_model_free(plain);
    remove_fixture();
    return 0;
}

/* The whole of a small file; free it. */
static char *read_file(const char *name, size_t *size) {
    FILE *f = fopen(in_dir(name), "rb");
    assert_non_null(f);
    char *text = calloc(1, 1 << 16);
    *size = fread(text, 1, (1 << 16) - 1, f);
    fclose(f);
    return text;
}

static void write_bytes(const char *name, const char *text, size_t size) {
    FILE *f = fopen(in_dir(name), "wb");
    assert_non_null(f);
    fwrite(text, 1, size, f);
    fclose(f);
}

/* ---- nothing is scored that is not known ----------------------------------------------------- */

/* The training puzzles as a folder of which the answers of examples `first` to `end` are hidden. */
static void hide_answers(const char *name, size_t first, size_t end) {
    hrm_dataset *data;
    char path[64];
    size_t size;
    OK(hrm_dataset_open(in_dir("train.csv"), NULL, &data));
    OK(hrm_dataset_export(data, in_dir(name), 0, 0));
    hrm_dataset_free(data);
    snprintf(path, sizeof path, "%s/all__labels.npy", name);
    char *labels = read_file(path, &size);
    memset(labels + size - (30 - first) * 16, 0, (end - first) * 16);
    write_bytes(path, labels, size);
    free(labels);
}

/* A Kaggle-style hidden solution counted as solved: n 1, exact 1. */
static void hidden_answers_are_not_scored(void **state) {
    (void)state;
    hrm_dataset *hidden, *half;
    hrm_eval_report report;
    hide_answers("hidden", 0, 30);
    hide_answers("half", 10, 30);
    OK(hrm_dataset_open_for(in_dir("hidden"), searching, &hidden));
    OK(hrm_dataset_open_for(in_dir("half"), searching, &half));
    hrm_model *const models[] = {searching, plain};
    for (int m = 0; m < 2; m++) {
        OK(hrm_evaluate(models[m], hidden, NULL, &report));
        assert_int_equal(report.n, 0);
        assert_int_equal(report.unscored, 30);
        assert_true(isnan(report.exact) && isnan(report.cells) && isnan(report.ci95_low));
        assert_true(isnan(report.halt_accuracy));
        assert_true(report.valid >= 0); /* the rules need no answer */
        assert_int_equal(report.bands, 0);
        hrm_eval_report whole;
        hrm_dataset *data;
        OK(hrm_dataset_open_for(in_dir("train.csv"), models[m], &data));
        OK(hrm_evaluate(models[m], data,
                        &(hrm_eval_options){.size = sizeof(hrm_eval_options), .limit = 10},
                        &whole));
        OK(hrm_evaluate(models[m], half, NULL, &report));
        assert_int_equal(report.n, 10);
        assert_int_equal(report.unscored, 20);
        assert_true(report.exact == whole.exact && report.cells == whole.cells);
        size_t in_bands = 0;
        for (size_t b = 0; b < report.bands; b++) in_bands += report.band[b].n;
        assert_int_equal(in_bands, 10);
        hrm_dataset_free(data);
    }
    hrm_dataset_free(hidden);
    hrm_dataset_free(half);
}

/* Rows whose answer repeats the question, open cells and all, came out as 100 % exact: the givens
 * were copied. A puzzle labelled in part counted among those with few open cells, without a word,
 * and one whose question is complete as solved. */
static void copies_are_no_answers(void **state) {
    (void)state;
    hrm_dataset *whole, *data;
    hrm_eval_report report;
    hrm_example e;
    FILE *f = fopen(in_dir("copies.csv"), "w");
    size_t open = 0;
    assert_non_null(f);
    OK(hrm_dataset_open(in_dir("train.csv"), NULL, &whole));
    fputs("question,answer\n", f);
    for (size_t i = 0; i < 4; i++) {
        OK(hrm_dataset_example(whole, i, &e));
        if (i == 0) fprintf(f, "%s,%s\n", e.question, e.question);
        if (i == 1) fprintf(f, "%s,%.8s........\n", e.question, e.answer);
        if (i == 2) fprintf(f, "%s,%s\n", e.answer, e.answer);
        if (i == 3) fprintf(f, "%s,%s\n", e.question, e.answer);
        for (const char *c = e.question; i == 1 && *c; c++) open += *c == '.';
    }
    fclose(f);
    hrm_dataset_free(whole);
    OK(hrm_dataset_open_for(in_dir("copies.csv"), plain, &data));
    OK(hrm_evaluate(plain, data, NULL, &report));
    assert_int_equal(report.n, 3);
    assert_int_equal(report.unscored, 1);
    assert_int_equal(report.partly, 1);
    assert_int_equal(report.given, 1);
    bool found = false;
    for (size_t b = 0; b < report.bands; b++)
        found |= (size_t)report.band[b].low <= open && open <= (size_t)report.band[b].high &&
                 report.band[b].n > 0;
    assert_true(found);
    /* and it stays what it is as a folder, and back */
    OK(hrm_dataset_export(data, in_dir("copies"), 0, 0));
    hrm_dataset_free(data);
    OK(hrm_dataset_open_for(in_dir("copies"), plain, &data));
    OK(hrm_evaluate(plain, data, NULL, &report));
    assert_int_equal(report.n, 3);
    hrm_dataset_free(data);
}

/* The report was silent where the data that the model was trained on had changed or gone. */
static void what_is_not_known_is_said(void **state) {
    (void)state;
    hrm_dataset *data;
    hrm_eval_report report;
    OK(hrm_dataset_open_for(in_dir("copies"), plain, &data));
    OK(hrm_evaluate(plain, data, NULL, &report));
    assert_true(report.shared > 0 && !*report.shared_why);
    OK(rename(in_dir("train.csv"), in_dir("moved.csv")));
    OK(hrm_evaluate(plain, data, NULL, &report));
    assert_int_equal(report.shared, -1);
    assert_non_null(strstr(report.shared_why, "not there"));
    write_bytes("train.csv", "question,answer\n1.34341221434321,1234341221434321\n", 50);
    OK(hrm_evaluate(plain, data, NULL, &report));
    assert_int_equal(report.shared, -1);
    assert_non_null(strstr(report.shared_why, "not as it was"));
    OK(rename(in_dir("moved.csv"), in_dir("train.csv")));
    hrm_dataset_free(data);
}

/* Training kept "best so far" for ever by answers that nobody knows. */
static void bests_need_answers(void **state) {
    (void)state;
    char valid[160];
    hrm_trainer *trainer;
    snprintf(valid, sizeof valid, "valid=%s", in_dir("hidden"));
    const char *const blind[] = {data_setting, valid, "steps=4"};
    REFUSED(HRM_STATUS_TASK, "none of its answers is known",
            hrm_trainer_new(in_dir("search.yaml"), blind, 3, in_dir("blind"), NULL, &trainer));
    snprintf(valid, sizeof valid, "valid=%s", in_dir("half"));
    const char *const last[] = {data_setting, valid, "steps=4"}; /* its first ten are known */
    OK(hrm_trainer_new(in_dir("search.yaml"), last, 3, in_dir("half-run"), NULL, &trainer));
    OK(hrm_trainer_run(trainer, NULL));
    hrm_eval_report report;
    OK(hrm_trainer_evaluate(trainer, &report));
    assert_int_equal(report.n, 10);
    hrm_trainer_free(trainer);
    hide_answers("late", 0, 10);
    snprintf(valid, sizeof valid, "valid=%s", in_dir("late"));
    const char *const none[] = {data_setting, valid, "steps=4", "eval_limit=5"};
    REFUSED(HRM_STATUS_TASK, "none of the first 5 answers is known",
            hrm_trainer_new(in_dir("search.yaml"), none, 4, in_dir("blind"), NULL, &trainer));
}

/* ---- training says what its figures are ------------------------------------------------------ */

static bool keep_event(void *user, const hrm_event *event) {
    if (event->kind != HRM_EVENT_KIND_EVALUATING && event->kind != HRM_EVENT_KIND_SAVED)
        ((hrm_event *)user)[event->kind] = *event;
    return true;
}

/* "exact 92 %" was of rows that had been given hints, where whole puzzles of the same data came out
 * right in 13 %. */
static void hinted_rows_are_called_so(void **state) {
    (void)state;
    hrm_trainer *trainer;
    hrm_event last[2] = {{.kind = HRM_EVENT_KIND_STEP}, {.kind = HRM_EVENT_KIND_STEP}};
    size_t size;
    const char *const few[] = {data_setting,    valid_setting,   "steps=40",
                               "eval_limit=20", "eval_every=40", "log_every=40"};
    OK(hrm_trainer_new(in_dir("search.yaml"), few, 6, in_dir("hints"), NULL, &trainer));
    OK(hrm_trainer_run(trainer, TOLD(keep_event, last)));
    hrm_trainer_free(trainer);
    assert_true(last[0].hinted && last[1].hinted);
    assert_int_equal(last[1].train.n, 20);
    assert_true(last[1].train.exact == last[1].eval.exact); /* the same puzzles here */
    char *metrics = read_file("hints/metrics.jsonl", &size);
    assert_non_null(strstr(metrics, "\"hinted_exact\""));
    assert_non_null(strstr(metrics, "\"train\":{\"n\":20"));
    char *eval = strstr(metrics, "\"event\":\"eval\"");
    assert_non_null(eval);
    *eval = 0;
    assert_null(strstr(metrics, "\"exact\""));
    free(metrics);
    OK(hrm_trainer_new(in_dir("tokens.yaml"), few, 5, in_dir("whole"), NULL, &trainer));
    OK(hrm_trainer_run(trainer, TOLD(keep_event, last)));
    hrm_trainer_free(trainer);
    assert_true(!last[0].hinted && !last[1].hinted && !last[1].train.n);
}

/* "halting judged rightly 100 %" at exact 0 % said nothing of the halting head. */
static void judging_all_alike_is_no_merit(void **state) {
    (void)state;
    hrm_dataset *data;
    hrm_eval_report report;
    OK(hrm_dataset_open_for(in_dir("train.csv"), plain, &data));
    OK(hrm_evaluate(plain, data, NULL, &report));
    assert_true(report.exact == 0 && report.halt_accuracy >= 0); /* it has learned nothing yet */
    assert_true(isnan(report.halt_auc));
    OK(hrm_evaluate(searching, data, NULL, &report));
    if (report.exact > 0 && report.exact < 1)
        assert_true(report.halt_auc > 0.5 && report.halt_auc <= 1); /* no answer has confidence 0 */
    hrm_dataset_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden_answers_are_not_scored),
        cmocka_unit_test(copies_are_no_answers),
        cmocka_unit_test(what_is_not_known_is_said),
        cmocka_unit_test(bests_need_answers),
        cmocka_unit_test(hinted_rows_are_called_so),
        cmocka_unit_test(judging_all_alike_is_no_merit),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
