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
    assert_int_equal(report.n, 2);
    assert_int_equal(report.unscored, 2);
    assert_int_equal(report.partly, 1);
    assert_int_equal(report.given, 1);
    assert_int_equal(report.copied, 0);
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
    assert_int_equal(report.n, 2);
    assert_int_equal(report.given, 1);
    hrm_dataset_free(data);
}

/* Tables of `open` training puzzles as they are and `full` ones whose question is the answer. */
static void write_full(const char *name, size_t open, size_t full) {
    hrm_dataset *data;
    hrm_example e;
    FILE *f = fopen(in_dir(name), "w");
    assert_non_null(f);
    OK(hrm_dataset_open(in_dir("train.csv"), NULL, &data));
    fputs("question,answer\n", f);
    for (size_t i = 0; i < open + full; i++) {
        OK(hrm_dataset_example(data, i, &e));
        fprintf(f, "%s,%s\n", i < open ? e.question : e.answer, e.answer);
    }
    fclose(f);
    hrm_dataset_free(data);
}

/* Puzzles without an open cell were solved for whoever copies: 100 % after five steps of training,
 * and a share of all that grew with them. `hrm data check` said of them that "" is right in 0 %. */
static void complete_puzzles_are_not_scored(void **state) {
    (void)state;
    hrm_dataset *open, *mixed, *full;
    hrm_eval_report a, b;
    hrm_data_report *checked;
    hrm_trainer *trainer;
    char valid[160];
    size_t size;
    write_full("open.csv", 12, 0);
    write_full("mixed.csv", 12, 9);
    write_full("full.csv", 0, 9);
    hrm_model *const models[] = {searching, plain};
    for (int m = 0; m < 2; m++) {
        OK(hrm_dataset_open_for(in_dir("open.csv"), models[m], &open));
        OK(hrm_dataset_open_for(in_dir("mixed.csv"), models[m], &mixed));
        OK(hrm_dataset_open_for(in_dir("full.csv"), models[m], &full));
        OK(hrm_evaluate(models[m], open, NULL, &a));
        OK(hrm_evaluate(models[m], mixed, NULL, &b));
        assert_true(b.n == 12 && b.unscored == 9 && b.given == 9);
        assert_true(a.exact == b.exact && a.cells == b.cells && a.ci95_high == b.ci95_high);
        assert_true(a.valid == b.valid && a.valid95_high == b.valid95_high);
        assert_true(a.wrong == b.wrong && a.unsolved == b.unsolved && a.bands == b.bands);
        assert_memory_equal(a.band, b.band, a.bands * sizeof *a.band);
        OK(hrm_evaluate(models[m], full, NULL, &b));
        assert_true(b.n == 0 && b.given == 9 && b.bands == 0 && !b.wrong && !b.unsolved);
        assert_true(isnan(b.exact) && isnan(b.cells) && isnan(b.valid) && isnan(b.ci95_low));
        hrm_dataset_free(open);
        hrm_dataset_free(mixed);
        hrm_dataset_free(full);
    }
    snprintf(valid, sizeof valid, "valid=%s", in_dir("full.csv"));
    const char *const few[] = {data_setting, valid, "steps=2", "eval_every=2"};
    REFUSED(HRM_STATUS_TASK, "says more than its question",
            hrm_trainer_new(in_dir("tokens.yaml"), few, 4, in_dir("none"), NULL, &trainer));
    snprintf(valid, sizeof valid, "valid=%s", in_dir("mixed.csv"));
    OK(hrm_trainer_new(in_dir("tokens.yaml"), few, 4, in_dir("mixed-run"), NULL, &trainer));
    OK(hrm_trainer_run(trainer, NULL));
    hrm_trainer_free(trainer);
    char *metrics = read_file("mixed-run/metrics.jsonl", &size);
    assert_non_null(strstr(metrics, "\"n\":12,\"unscored\":9,\"given\":9,"));
    free(metrics);
    OK(hrm_dataset_check(in_dir("mixed.csv"), NULL, NULL, NULL, &checked));
    assert_true(checked->given == 9 && !checked->unanswered && checked->majority > 0);
    hrm_data_report_free(checked);
    OK(hrm_dataset_check(in_dir("full.csv"), NULL, NULL, NULL, &checked));
    assert_true(checked->given == 9 && isnan(checked->baseline));
    hrm_data_report_free(checked);
}

/* In a grid nothing marks what is open: an answer that changes nothing is one to find. */
static void grids_may_stay_as_they_are(void **state) {
    (void)state;
    hrm_trainer *trainer;
    hrm_eval_report report;
    char from[2][160];
    write_file("still.csv", "question,answer\nabba,abba\nbaab,abab\n");
    snprintf(from[0], sizeof *from, "data=%s", in_dir("still.csv"));
    snprintf(from[1], sizeof *from, "valid=%s", in_dir("still.csv"));
    const char *const own[] = {from[0], from[1], "task=grid", "eval_every=1"};
    OK(hrm_trainer_new(in_dir("tokens.yaml"), own, 4, in_dir("still"), NULL, &trainer));
    OK(hrm_trainer_evaluate(trainer, &report));
    assert_true(report.n == 2 && report.copied == 1 && !report.given);
    hrm_trainer_free(trainer);
}

/* Rows of which one cell was labelled came out exact with answers that break the rules of Sudoku:
 * more of them exact than valid. */
static void rules_judge_what_is_not_labelled(void **state) {
    (void)state;
    hrm_dataset *data;
    hrm_eval_report report;
    hrm_example e;
    hrm_answer *answer;
    FILE *f = fopen(in_dir("single.csv"), "w");
    assert_non_null(f);
    fputs("question,answer\n", f);
    OK(hrm_dataset_open(in_dir("train.csv"), NULL, &data));
    for (size_t i = 0; i < 10; i++) {
        char label[17] = "................";
        OK(hrm_dataset_example(data, i, &e));
        OK(hrm_solve(plain, &e.question, 1, NULL, &answer));
        size_t at = strcspn(e.question, ".");
        label[at] = answer->text[at];
        if (answer->verdict == HRM_VERDICT_WRONG && label[at] != '.')
            fprintf(f, "%s,%s\n", e.question, label);
        hrm_answers_free(answer, 1);
    }
    fclose(f);
    hrm_dataset_free(data);
    OK(hrm_dataset_open_for(in_dir("single.csv"), plain, &data));
    OK(hrm_evaluate(plain, data, NULL, &report));
    assert_true(report.n > 0 && report.partly == report.n);
    assert_true(report.cells == 1 && report.exact == 0 && report.valid == 0);
    assert_int_equal(report.wrong, report.n);
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
        cmocka_unit_test(complete_puzzles_are_not_scored),
        cmocka_unit_test(grids_may_stay_as_they_are),
        cmocka_unit_test(rules_judge_what_is_not_labelled),
        cmocka_unit_test(what_is_not_known_is_said),
        cmocka_unit_test(bests_need_answers),
        cmocka_unit_test(hinted_rows_are_called_so),
        cmocka_unit_test(judging_all_alike_is_no_merit),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
