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
        {"\"1...\n............\"," GOOD ",much", {3, 32, 0, 0, -1}},
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_in_tables),
        cmocka_unit_test(places_in_puzzles),
        cmocka_unit_test(places_in_task_files),
        cmocka_unit_test(places_in_bytes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
