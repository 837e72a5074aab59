/* test_results.c - what functions give back beside a status: structures whose fields a program
 * reads where it had to read text, and where a failure lies. */
#include "fixture.h"

static hrm_model *plain;

static int set_up(void **state) {
    (void)state;
    make_fixture(3);
    return hrm_model_load(in_dir("tokens/model.safetensors"), NULL, &plain) != HRM_STATUS_OK;
}

static int tear_down(void **state) {
    (void)state;
    hrm_model_free(plain);
    remove_fixture();
    return 0;
}

/* ---- where a failure lies -------------------------------------------------------------------- */

typedef struct place {
    long line, column, puzzle, cell, offset;
} place;

/* file: NULL where none is known. */
static void lies_at(const char *file, place expected) {
    hrm_failure f;
    hrm_last_failure(&f);
    const place at = {f.line, f.column, f.puzzle, f.cell, f.offset};
    if (memcmp(&at, &expected, sizeof at))
        fail_msg("%s: line %ld, column %ld, puzzle %ld, cell %ld, offset %ld", f.text, at.line,
                 at.column, at.puzzle, at.cell, at.offset);
    if (file) assert_string_equal(f.file, file);
    else assert_null(f.file);
}

#define ROW  "1...............,"
#define GOOD "1234341221434321"

/* An editor jumps to the character, in a field in quotes and behind one of several lines too. */
static void places_in_tables(void **state) {
    (void)state;
    static const struct {
        const char *text;
        place at;
    } bad[] = {
        {ROW "12343412214343@1", {2, 32, 0, 15, -1}},
        {ROW "\"12343412214343@1\"", {2, 33, 0, 15, -1}},
        {ROW "\"12343412\n214343@1\",5", {2, 19, 0, 15, -1}}, /* where the field begins */
        {"..@............."
         "," GOOD,
         {2, 3, 0, 3, -1}},
        {ROW "\"1234", {2, 18, 0, 0, -1}},
        {ROW "\"12\"34", {2, 22, 0, 0, -1}},
        {"1...", {2, 0, 0, 0, -1}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hrm_dataset *data;
        char text[200];
        snprintf(text, sizeof text, "question,answer,rating\n%s\n", bad[i].text);
        write_file("bad.csv", text);
        assert_int_not_equal(hrm_dataset_open_for(in_dir("bad.csv"), plain, &data), HRM_STATUS_OK);
        lies_at(in_dir("bad.csv"), bad[i].at);
    }
}

static void places_in_puzzles(void **state) {
    (void)state;
    const char *puzzles[] = {GOOD, "1....@.........."};
    hrm_answer *answers;
    unsigned char tokens[16];
    REFUSED(HRM_STATUS_TASK, "puzzle 2", hrm_solve(plain, puzzles, 2, NULL, &answers));
    lies_at(NULL, (place){0, 0, 2, 6, -1});
    REFUSED(HRM_STATUS_TASK, "column 6", hrm_model_tokens(plain, puzzles[1], false, tokens));
    lies_at(NULL, (place){0, 0, 0, 6, -1});
    REFUSED(HRM_STATUS_ARG, "model is NULL", hrm_model_tokens(NULL, "", false, tokens));
    lies_at(NULL, (place){0, 0, 0, 0, -1}); /* what was known of another failure is not of this */
}

/* Digits given as tokens, 0 for an open cell, were another puzzle, and that was solved. */
static void tokens_of_questions(void **state) {
    (void)state;
    unsigned char tokens[16] = {1, 2, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    char text[17];
    REFUSED(HRM_STATUS_TASK, "row 2, column 3: token 0 is padding, which this task does not have",
            hrm_model_question(plain, tokens, text));
    tokens[6] = 6;
    REFUSED(HRM_STATUS_TASK, "row 2, column 3: token 6 is not from 1 to 5",
            hrm_model_question(plain, tokens, text));
    tokens[6] = 5;
    OK(hrm_model_question(plain, tokens, text));
    assert_string_equal(text, ".1....4.........");
}

static void places_in_task_files(void **state) {
    (void)state;
    hrm_dataset *data;
    write_file("bad.yaml", "shape: 4x4\nrules:  every row a feast\n");
    REFUSED(HRM_STATUS_FORMAT, "line 2",
            hrm_dataset_open(in_dir("train.csv"), in_dir("bad.yaml"), &data));
    lies_at(in_dir("bad.yaml"), (place){2, 9, 0, 0, -1});
    write_file("bad.yaml", "shape: 4x4\nfeast:  1\n");
    REFUSED(HRM_STATUS_FORMAT, "feast",
            hrm_dataset_open(in_dir("train.csv"), in_dir("bad.yaml"), &data));
    lies_at(in_dir("bad.yaml"), (place){2, 9, 0, 0, -1});
    hrm_trainer *trainer;
    write_file("bad.yaml", "hidden: 16\nlr: much\n");
    REFUSED(HRM_STATUS_FORMAT, "line 2",
            hrm_trainer_new(in_dir("bad.yaml"), NULL, 0, in_dir("never"), NULL, &trainer));
    lies_at(in_dir("bad.yaml"), (place){2, 5, 0, 0, -1});
    write_file("bad.json", "{\"a\": {\"train\": [], \n  \"test\": x}}");
    const char *source = in_dir("bad.json");
    REFUSED(HRM_STATUS_FORMAT, "line 2",
            hrm_arc_build(
                in_dir("never"),
                &(hrm_arc_options){.size = sizeof(hrm_arc_options), .train = &source, .trains = 1},
                NULL));
    lies_at(in_dir("bad.json"), (place){2, 11, 0, 0, -1});
}

/* bytes: the file, whose first eight say how long its header is. */
static void load_bad(const char *header, size_t more) {
    unsigned char bytes[200] = {(unsigned char)strlen(header)};
    hrm_model *model;
    memcpy(bytes + 8, header, strlen(header));
    assert_int_equal(hrm_model_load_memory(bytes, 8 + strlen(header) + more, NULL, &model),
                     HRM_STATUS_FORMAT);
}

static void places_in_bytes(void **state) {
    (void)state;
    hrm_failure f;
    load_bad("{\"a\": 1,}", 0);
    hrm_last_failure(&f);
    assert_true(f.offset == 8 + 9); /* behind what no JSON goes on with */
    load_bad("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 12);
    hrm_last_failure(&f);
    assert_true(f.offset == 8 + 54 + 8);
    load_bad("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12);
    hrm_last_failure(&f);
    assert_true(f.offset == 8 + 55 + 0);
    load_bad("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[4,12]}}", 12);
    hrm_last_failure(&f);
    assert_true(f.offset == 8 + 55 + 4);
}

/* ---- structures ------------------------------------------------------------------------------ */

/* What every function that makes one does with NULL, and when it fails. */
static void results_take_null(void **state) {
    (void)state;
    hrm_dataset_info info = {.examples = 5};
    hrm_description *description = (void *)&info;
    hrm_conversion *conversion = (void *)&info;
    hrm_arc_report *arc = (void *)&info;
    hrm_data_report *data = (void *)&info;
    REFUSED(HRM_STATUS_ARG, "dataset is NULL", hrm_dataset_inspect(NULL, &info));
    assert_int_equal(info.examples, 0);
    REFUSED(HRM_STATUS_ARG, "path is NULL", hrm_describe(NULL, &description));
    REFUSED(HRM_STATUS_ARG, "out is NULL", hrm_describe("x", NULL));
    REFUSED(HRM_STATUS_IO, "No such file", hrm_describe(in_dir("none"), &description));
    REFUSED(HRM_STATUS_ARG, "in is NULL", hrm_convert(NULL, "x", NULL, &conversion));
    REFUSED(HRM_STATUS_ARG, "no ARC tasks",
            hrm_arc_build("x", &(hrm_arc_options){.size = sizeof(hrm_arc_options)}, &arc));
    REFUSED(HRM_STATUS_ARG, "path is NULL", hrm_dataset_check(NULL, NULL, NULL, NULL, &data));
    REFUSED(HRM_STATUS_ARG, "out is NULL", hrm_dataset_check("x", NULL, NULL, NULL, NULL));
    assert_true(!description && !conversion && !arc && !data);
    hrm_adapted *adapted = (void *)&info;
    hrm_adapt_options adapt;
    hrm_adapt_options_init(&adapt, sizeof adapt);
    REFUSED(HRM_STATUS_ARG, "out is NULL", hrm_adapt(plain, "x", &adapt, NULL));
    REFUSED(HRM_STATUS_UNSUPPORTED, "not for ARC", hrm_adapt(plain, "x", &adapt, &adapted));
    assert_null(adapted);
    hrm_adapted_free(NULL);
    hrm_description_free(NULL);
    hrm_conversion_free(NULL);
    hrm_arc_report_free(NULL);
    hrm_data_report_free(NULL);
    hrm_plan_free(NULL);
}

static void a_data_set_is_inspected(void **state) {
    (void)state;
    hrm_dataset *data;
    hrm_dataset_info info;
    hrm_description *description;
    write_file("rated.csv",
               "question,answer,rating\n" ROW GOOD ",4\n" ROW GOOD ",\n" ROW GOOD ",8\n");
    OK(hrm_dataset_open(in_dir("rated.csv"), NULL, &data));
    OK(hrm_dataset_inspect(data, &info));
    assert_string_equal(info.path, in_dir("rated.csv"));
    assert_string_equal(info.task, "sudoku");
    assert_true(info.examples == 3 && info.puzzles == 3 && info.groups == 3);
    assert_true(info.identifiers == 1 && info.cells == 16 && info.rows == 4 && info.cols == 4);
    assert_int_equal(info.vocab, 6);
    assert_true(info.rated == 2 && info.rating_mean == 6 && info.rating_max == 8);
    hrm_dataset_free(data);
    OK(hrm_describe(in_dir("rated.csv"), &description)); /* whose data set is gone by now */
    assert_string_equal(description->kind, "dataset");
    assert_string_equal(description->dataset.path, in_dir("rated.csv"));
    assert_string_equal(description->dataset.task, "sudoku");
    assert_int_equal(description->dataset.examples, 3);
    assert_null(description->tensors);
    hrm_description_free(description);
}

static void data_are_checked(void **state) {
    (void)state;
    hrm_data_report *r;
    write_file("pair.yaml", "shape: 2\nalphabet: \"123\"\nrules: [\"different in rows\"]\n");
    write_file("other.csv", "question,answer\n21,12\n");
    write_file("bad.csv", "question,answer\n12,21\n13,33\n12,21\n21,12\n");
    OK(hrm_dataset_check(in_dir("bad.csv"), in_dir("pair.yaml"), in_dir("other.csv"), NULL, &r));
    assert_true(r->bad_count == 1 && r->bad[0].at == 3 && strstr(r->bad[0].why, "twice"));
    assert_true(r->duplicate_count == 1 && r->conflicting == 0);
    assert_true(r->duplicates[0].at == 4 && r->duplicates[0].of == 2);
    assert_true(r->duplicates[0].same_answer);
    assert_true(r->overlap_count == 1 && r->overlap[0] == 5);
    assert_string_equal(r->path, in_dir("bad.csv"));
    assert_string_equal(r->against, in_dir("other.csv"));
    assert_string_equal(r->places, "lines");
    assert_string_equal(r->rules, "some");
    assert_true(r->examples == 3 && r->rows == 1 && r->cols == 2 && r->unanswered == 0);
    assert_int_equal(r->symbol_count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(r->symbols[i].symbol == '1' + i && r->symbols[i].answers == 3 &&
                    r->symbols[i].questions == 3);
    assert_true(r->copied == 0 && r->majority == 0.5 && r->baseline == 0.5);
    assert_true(r->majority_symbol == '1' && !r->symmetry_count);
    hrm_data_report_free(r);
    OK(hrm_dataset_check(in_dir("other.csv"), in_dir("pair.yaml"), NULL, NULL, &r));
    assert_true(!r->against && !r->overlap_count && !r->bad_count && r->examples == 1);
    hrm_data_report_free(r);
}

static void arc_is_reported(void **state) {
    (void)state;
    hrm_arc_report *r;
    write_file("tasks.json", "{\"a\": {\"train\": [{\"input\": [[1, 2]], \"output\": [[2, 1]]}], "
                             "\"test\": [{\"input\": [[3, 4]], \"output\": [[4, 3]]}]}}");
    const char *source = in_dir("tasks.json");
    hrm_arc_options options;
    hrm_arc_options_init(&options, sizeof options);
    options.train = options.scored = &source;
    options.trains = options.scoreds = 1;
    options.augment = 3;
    options.side = 10;
    OK(hrm_arc_build(in_dir("arc"), &options, &r));
    assert_true(r->tasks == 2 && r->scored == 1 && r->side == 10 && !r->dropped);
    assert_true(r->train_examples && r->test_examples && r->identifiers && !r->larger_scored);
    assert_int_equal(r->trained_on_count, 1); /* once for training, once to score */
    assert_string_equal(r->trained_on[0], "a");
    hrm_arc_report_free(r);
    OK(hrm_arc_build(in_dir("arc"), &options, NULL));
}

static void a_model_is_described(void **state) {
    (void)state;
    hrm_description *d;
    hrm_model_info info;
    OK(hrm_model_inspect(plain, &info));
    OK(hrm_describe(in_dir("tokens/model.safetensors"), &d));
    assert_string_equal(d->kind, "model");
    assert_int_equal(d->parameters, info.parameters);
    assert_true(d->bytes > 4 * d->parameters && !d->format && !d->progress);
    assert_true(strstr(d->spec, "\"hidden\"") && strstr(d->task, "sudoku"));
    assert_non_null(strstr(d->training, "\"step\":3"));
    size_t numbers = 0;
    for (const hrm_tensor_info *t = d->tensors; t < d->tensors + d->tensor_count; t++) {
        size_t count = 1;
        for (int i = 0; i < t->dims; i++) count *= (size_t)t->shape[i];
        assert_string_equal(t->dtype, "F32");
        assert_true(!t->status && !t->source);
        numbers += count;
    }
    assert_int_equal(4 * numbers, d->bytes);
    hrm_description_free(d);
    OK(hrm_describe(in_dir("tokens"), &d));
    assert_string_equal(d->kind, "run");
    assert_true(d->progress && !d->parameters && !d->tensors && d->tensor_count == 0);
    hrm_description_free(d);
    OK(hrm_describe(in_dir("tokens.yaml"), &d));
    assert_string_equal(d->kind, "recipe");
    assert_int_equal(d->bytes, strlen(tokens_recipe));
    hrm_description_free(d);
}

static void a_conversion_is_reported(void **state) {
    (void)state;
    hrm_conversion *r;
    OK(hrm_convert(in_dir("tokens/model.safetensors"), in_dir("m.npz"), NULL, &r));
    assert_string_equal(r->format, "model");
    assert_string_equal(r->arch, "hrm");
    assert_true(r->complete && !r->missing && r->spec && r->task);
    assert_string_equal(r->tensors[0].status, "matched");
    hrm_conversion_free(r);
    hrm_convert_options options;
    hrm_convert_options_init(&options, sizeof options);
    options.raw = true;
    OK(hrm_convert(in_dir("m.npz"), NULL, &options, &r));
    assert_string_equal(r->format, "npz");
    assert_true(!r->out && !r->arch && !r->spec && !r->task && r->tensor_count && r->parameters);
    hrm_conversion_free(r);
}

/* The numbers that the command prints, each for itself; the total is their sum. */
static void a_plan_is_a_structure(void **state) {
    (void)state;
    hrm_trainer *trainer;
    hrm_plan *p;
    const char *const own[] = {data_setting, valid_setting, "eval_every=2", "threads=2"};
    OK(hrm_trainer_new(in_dir("tokens.yaml"), own, 4, in_dir("planned"), NULL, &trainer));
    OK(hrm_trainer_plan(trainer, &p));
    hrm_trainer_free(trainer); /* the plan stays */
    assert_string_equal(p->arch, "hrm");
    assert_string_equal(p->task, "sudoku");
    assert_string_equal(p->dir, in_dir("planned"));
    assert_non_null(strstr(p->recipe, "\"halt_max_steps\":4"));
    assert_true(p->warning_count == 1 && strstr(p->warnings[0], "is trained on as well"));
    assert_true(p->parameters > 0 && p->examples == 30 && p->groups == 30 && p->tokens >= 16);
    assert_true(p->batch == 4 && p->micro_batch >= 1 && p->micro_batch <= 4 && p->threads == 2);
    assert_true(p->step == 0 && p->steps == 3 && p->flops_per_step > 1000);
    assert_true(p->model_bytes > 4 * p->parameters && p->optimiser_bytes && p->carry_bytes);
    assert_int_equal(p->total_bytes, p->program_bytes + p->model_bytes + p->optimiser_bytes +
                                         p->carry_bytes + p->activations_bytes + p->data_bytes);
    hrm_plan_free(p);
}

/* What a program writes for its users is whole or as it was, and what did not get out is told, in
 * the end too. */
static void files_are_whole(void **state) {
    (void)state;
    char text[16] = "";
    hrm_file *file;
    write_file("answers", "old");
    for (int keep = 0; keep < 2; keep++) {
        OK(hrm_file_create(in_dir("answers"), &file));
        OK(hrm_file_write(file, "one\n", 4));
        OK(hrm_file_write(file, NULL, 0));
        OK(hrm_file_write(file, "two\n", 4));
        OK(hrm_file_end(file, keep));
        FILE *f = fopen(in_dir("answers"), "rb");
        assert_non_null(f);
        assert_int_equal(fread(text, 1, sizeof text, f), keep ? 8 : 3);
        assert_memory_equal(text, keep ? "one\ntwo\n" : "old", keep ? 8 : 3);
        fclose(f);
    }
    OK(hrm_file_end(NULL, true));
    REFUSED(HRM_STATUS_ARG, "path", hrm_file_create(NULL, &file));
    assert_null(file);
    REFUSED(HRM_STATUS_IO, "it is a folder", hrm_file_create(dir, &file));
    REFUSED(HRM_STATUS_IO, "cannot write", hrm_file_create(in_dir("no/answers"), &file));
    REFUSED(HRM_STATUS_ARG, "file", hrm_file_write(NULL, "x", 1));
    if (access("/dev/full", W_OK)) return;
    for (int keep = 0; keep < 2; keep++) {
        OK(hrm_file_create("/dev/full", &file));
        REFUSED(HRM_STATUS_IO, "/dev/full: cannot write: No space", hrm_file_write(file, "x", 1));
        REFUSED(HRM_STATUS_ARG, "bytes", hrm_file_write(file, NULL, 1));
        REFUSED(HRM_STATUS_IO, "/dev/full: cannot write: No space", hrm_file_end(file, keep));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_whole),          cmocka_unit_test(results_take_null),
        cmocka_unit_test(a_data_set_is_inspected),  cmocka_unit_test(data_are_checked),
        cmocka_unit_test(arc_is_reported),          cmocka_unit_test(a_model_is_described),
        cmocka_unit_test(a_conversion_is_reported), cmocka_unit_test(a_plan_is_a_structure),
        cmocka_unit_test(places_in_tables),         cmocka_unit_test(places_in_puzzles),
        cmocka_unit_test(tokens_of_questions),      cmocka_unit_test(places_in_task_files),
        cmocka_unit_test(places_in_bytes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
