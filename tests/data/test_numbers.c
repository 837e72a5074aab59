/* test_numbers.c - real numbers beside cells: what files and texts say of them is what a model
 * reads, bit by bit, and a symmetry moves them with their cells. */
#include "test.h"
#include "folder.h"

#include <math.h>

#include "base/os.h"
#include "data/audit.h"
#include "data/dataset_open.h"
#include "data/sampler.h"
#include "io/npy.h"
#include "task/declared.h"
#include "task/numbers.h"

enum { ROWS = 40, SEQ = 6, EACH = 2, ALL = SEQ * EACH };

static void write_text(const char *name, const char *text) {
    OK(hr_os_write_file(in_folder(name), text, strlen(text)));
}

static const char task_text[] = "shape: 2 x 3\nalphabet: \"01<>\"\nblank: \".\"\nnumbers: 2\n"
                                "symmetries: [mirror, flip]\nmirror: \"<>\"\n";

/* Numbers that a float can only just hold, each of which occurs once. */
static float number(size_t i) {
    return (float)((double)(i + 1) / 7 * (i % 2 ? -1e-3 : 1e2));
}

/* ROWS puzzles with a task file. */
static hr_dataset *some(void) {
    hr_buffer text = {0};
    hr_dataset *d;
    write_text("task.yaml", task_text);
    hr_buffer_print(&text, "question,numbers,answer\n");
    for (size_t i = 0; i < ROWS; i++) {
        hr_buffer_print(&text, "%s,", i % 2 ? "<....." : "....>.");
        for (size_t k = 0; k < ALL; k++)
            hr_buffer_print(&text, "%s%.9g", k ? " " : "", (double)number(i * ALL + k));
        hr_buffer_print(&text, ",%s\n", i % 2 ? "<01110" : "0110>0");
    }
    write_text("some.csv", text.text);
    hr_buffer_free(&text);
    OK(hr_dataset_open(in_folder("some.csv"), in_folder("task.yaml"), NULL, &d));
    assert_int_equal(d->examples, ROWS);
    return d;
}

static void assert_numbers(const hr_dataset *d, size_t copies) {
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < ALL; k++)
            assert_true(hr_dataset_numbers(d, i * copies)[k] == number(i * ALL + k));
}

/* What is exported as a table or a folder would otherwise be another puzzle when it is read. */
static void files_read_back(void **state) {
    (void)state;
    hr_dataset *d = some(), *again;
    assert_numbers(d, 1);
    static const char *const names[] = {"again.csv", "again"};
    for (int i = 0; i < 4; i++) {
        int copies = i / 2 * 3;
        OK(hr_dataset_export(d, in_folder(names[i % 2]), copies, 5));
        OK(hr_dataset_open(in_folder(names[i % 2]), in_folder("task.yaml"), NULL, &again));
        assert_int_equal(again->examples, ROWS * (copies + 1));
        assert_numbers(again, (size_t)copies + 1);
        assert_memory_equal(again->inputs, d->inputs, SEQ);
        if (!copies) assert_true(hr_dataset_hash(again) == hr_dataset_hash(d));
        hr_dataset_free(again);
    }
    uint64_t before = hr_dataset_hash(d);
    d->numbers[ROWS * ALL - 1] += 1; /* a run must not go on with other numbers */
    assert_true(hr_dataset_hash(d) != before);
    hr_dataset_free(d);
}

/* The cell at which a number of the puzzle stood; both of a cell stay together. */
static size_t cell_of(const float *numbers, size_t example) {
    for (size_t c = 0; c < SEQ; c++)
        if (numbers[0] == number(example * ALL + c * EACH)) {
            assert_true(numbers[1] == number(example * ALL + c * EACH + 1));
            return c;
        }
    fail_msg("a number of another puzzle, or none");
    return 0;
}

/* Else a net learns from numbers that belong to other cells. Symbols change places as the task
 * says, numbers never. */
static void symmetries_move_numbers_with_their_cells(void **state) {
    (void)state;
    hr_dataset *d = some();
    hr_copied at;
    size_t moved = 0;
    OK(hr_copied_open(d, &at));
    for (size_t i = 0; i < ROWS; i++) {
        uint8_t plain[2][SEQ];
        hr_rng rng = hr_rng_sub(hr_rng_stream(3, "test"), i);
        hr_dataset_augment(d, i, rng, &at);
        d->task.ops->augment(&d->task, rng, d->inputs + i * SEQ, d->labels + i * SEQ, plain[0],
                             plain[1]);
        assert_memory_equal(at.question, plain[0], SEQ); /* as tasks without numbers have it */
        assert_memory_equal(at.answer, plain[1], SEQ);
        for (size_t c = 0; c < SEQ; c++) {
            size_t from = cell_of(at.numbers + c * EACH, i);
            bool blank = d->inputs[i * SEQ + from] == d->task.blank;
            moved += from != c;
            assert_int_equal(at.question[c] == d->task.blank, blank);
        }
    }
    assert_true(moved > 0);
    hr_copied_close(&at);
    hr_dataset_free(d);
}

/* What training and evaluation get of an example. */
static void batches_have_them(void **state) {
    (void)state;
    hr_dataset *d = some();
    int32_t inputs[4 * SEQ], labels[4 * SEQ], ids[4];
    float numbers[4 * ALL];
    hr_batch batch = {4, inputs, labels, ids, numbers};
    hr_dataset_rows(d, ROWS - 2, &batch);
    assert_memory_equal(numbers, hr_dataset_numbers(d, ROWS - 2), 2 * ALL * sizeof *numbers);
    assert_true(numbers[2 * ALL] == 0); /* past the end */
    hr_sampler s;
    for (int augment = 0; augment < 2; augment++) {
        OK(hr_sampler_open(d, 3, augment, &s));
        hr_sampler_next(&s, NULL, &batch);
        for (size_t b = 0; b < 4; b++) {
            size_t example = 0;
            const float *row = numbers + b * ALL;
            for (example = 0; example < ROWS; example++) {
                bool own = false;
                for (size_t c = 0; c < SEQ; c++) own |= row[0] == number(example * ALL + c * EACH);
                if (own) break;
            }
            assert_true(example < ROWS);
            for (size_t c = 0; c < SEQ; c++) {
                size_t from = cell_of(row + c * EACH, example);
                if (!augment) assert_int_equal(from, c);
                bool open = d->inputs[example * SEQ + from] == d->task.blank;
                assert_int_equal(inputs[b * SEQ + c] == d->task.blank, open);
            }
        }
        hr_sampler_close(&s);
    }
    hr_dataset_free(d);
}

static void refused(const char *csv, const char *says) {
    hr_dataset *d;
    write_text("bad.csv", csv);
    assert_int_not_equal(hr_dataset_open(in_folder("bad.csv"), in_folder("task.yaml"), NULL, &d),
                         0);
    if (!strstr(hr_error_text(), says)) fail_msg("\"%s\" says not \"%s\"", hr_error_text(), says);
}

#define HEAD   "question,numbers,answer\n"
#define GOOD   "<.....,1 2 3 4 5 6 7 8 9 10 11 12,<01110\n"
#define ROW(n) "<.....," n ",<01110\n"

static void bad_tables_are_refused(void **state) {
    (void)state;
    write_text("task.yaml", task_text);
    refused(HEAD GOOD ROW("1 2 3"),
            "line 3, numbers: 3 numbers; this task has 12, 2 for each of 6");
    refused(HEAD ROW(""), "line 2, numbers: 0 numbers");
    refused(HEAD ROW("1 2 3 4 5 6 7 8 9 10 11 12 13"), "13 numbers");
    refused(HEAD ROW("1 2 3 4 x 6 7 8 9 10 11 12"), "number 5: \"x\" is no number");
    refused(HEAD ROW("1 2 3 4 nan 6 7 8 9 10 11 12"), "number 5: \"nan\" is no number");
    refused(HEAD ROW("1 2 3 4 5 6 -inf 8 9 10 11 12"), "number 7");
    refused(HEAD ROW("1 2 3 4 5 6 1e99999 8 9 10 11 12"), "number 7");
    refused(HEAD ROW("1 2 3 4 5 6 7 1.5e6 9 10 11 12"), "number 8: 1.5e+06 is not between");
    refused(HEAD ROW("0x10 2 3 4 5 6 7 8 9 10 11 12"), "number 1: \"0x10\" is no number");
    refused("question,answer\n<.....,<01110\n", "has no column numbers, in which this task has 2");
    refused("question,numbers,numbers,answer\n<.....,1,1,<01110\n", "may both be the numbers");
    hr_dataset *d;
    write_text("plain.csv", HEAD GOOD);
    assert_int_equal(hr_dataset_open(in_folder("plain.csv"), NULL, NULL, &d), HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "for which its task has no use"));
}

/* Rows that cannot be used are told by line, and the others keep their numbers. */
static void good_rows_keep_their_numbers(void **state) {
    (void)state;
    hr_bad bad = {0};
    hr_dataset *d;
    write_text("task.yaml", task_text);
    write_text("mixed.csv", HEAD ROW("1 2") GOOD ROW("1 nan") "<.....,0 2 3 4 5 6 7 8 9 10 11 "
                                                              "12,<01110\n");
    OK(hr_dataset_open_partial(in_folder("mixed.csv"), in_folder("task.yaml"), NULL, true, &bad,
                               &d));
    assert_int_equal(bad.count, 2);
    assert_int_equal(bad.row[1].at, 4);
    assert_int_equal(d->examples, 2);
    assert_true(hr_dataset_numbers(d, 0)[0] == 1 && hr_dataset_numbers(d, 1)[0] == 0);
    assert_true(hr_dataset_numbers(d, 1)[11] == 12);
    hr_dataset_free(d);
    hr_bad_free(&bad);
}

static void folder_refused(const char *says) {
    hr_dataset *d;
    assert_int_not_equal(hr_dataset_open(in_folder("dir"), in_folder("task.yaml"), NULL, &d), 0);
    if (!strstr(hr_error_text(), says)) fail_msg("\"%s\" says not \"%s\"", hr_error_text(), says);
}

static void put_numbers(hr_dtype dtype, const int64_t shape[3], const void *data) {
    hr_tensor t = {.dtype = dtype,
                   .dims = 3,
                   .shape = {shape[0], shape[1], shape[2]},
                   .count = (size_t)(shape[0] * shape[1] * shape[2]),
                   .data = data};
    OK(hr_npy_write(in_folder("dir/all__numbers.npy"), &t));
}

static void bad_folders_are_refused(void **state) {
    (void)state;
    hr_dataset *d = some(), *again;
    static float numbers[(ROWS + 1) * ALL];
    static double wide[ROWS * ALL];
    OK(hr_dataset_export(d, in_folder("dir"), 0, 0));
    put_numbers(HR_F32, (int64_t[]){ROWS + 1, SEQ, EACH}, numbers);
    folder_refused("all__numbers.npy is 41 x 6 x 2; it should be 40 x 6 x 2");
    put_numbers(HR_F32, (int64_t[]){ROWS, EACH, SEQ}, numbers);
    folder_refused("it should be 40 x 6 x 2");
    numbers[ALL + 3] = NAN;
    put_numbers(HR_F32, (int64_t[]){ROWS, SEQ, EACH}, numbers);
    folder_refused("example 1, cell 1, number 1 is nan");
    numbers[ALL + 3] = 2e6f;
    put_numbers(HR_F32, (int64_t[]){ROWS, SEQ, EACH}, numbers);
    folder_refused("number 1 is 2e+06, not between -1e+06 and 1e+06");
    wide[5] = 0.5; /* any kind of numbers will do */
    put_numbers(HR_F64, (int64_t[]){ROWS, SEQ, EACH}, wide);
    OK(hr_dataset_open(in_folder("dir"), in_folder("task.yaml"), NULL, &again));
    assert_true(again->numbers[5] == 0.5f);
    hr_dataset_free(again);
    write_text("task.yaml", "shape: 2 x 3\nalphabet: \"01<>\"\nblank: \".\"\n");
    folder_refused("has 2 numbers beside each cell (numbers of dataset.json), and its task 0");
    write_text("task.yaml", task_text);
    OK(hr_os_remove(in_folder("dir/all__numbers.npy")));
    folder_refused("all__numbers.npy: cannot open");
    hr_dataset_free(d);
}

/* A puzzle as lines, words and requests hold it. */
static void a_puzzle_is_one_text(void **state) {
    (void)state;
    hr_dataset *d = some();
    const hr_task *task = &d->task;
    uint8_t tokens[SEQ];
    float numbers[ALL];
    for (size_t i = 0; i < ROWS; i++) {
        char *text = hr_task_puzzle_text(task, d->inputs + i * SEQ, hr_dataset_numbers(d, i));
        OK(hr_task_parse_puzzle(task, text, strlen(text), tokens, numbers));
        assert_memory_equal(tokens, d->inputs + i * SEQ, SEQ);
        assert_memory_equal(numbers, hr_dataset_numbers(d, i), sizeof numbers);
        hr_free(text);
    }
    static const char rows[] = "<..\n...:\n1 2 3 4\n5 6 7 8\n9 10 11 12\n";
    OK(hr_task_parse_puzzle(task, rows, strlen(rows), tokens, numbers));
    assert_true(numbers[11] == 12);
    static const char *const bad[][2] = {{"<.....", "comes without numbers"},
                                         {"<.....:", "0 numbers; this task has 12"},
                                         {"<....: 1 2 3 4 5 6 7 8 9 10 11 12", "5"},
                                         {"<.....: 1 2 3 4 5 6 7 8 9 10 11 12: 13", "\"12:\""}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(hr_task_parse_puzzle(task, bad[i][0], strlen(bad[i][0]), tokens, NULL),
                         HR_ERR_TASK);
        assert_non_null(strstr(hr_error_text(), bad[i][1]));
    }
    hr_dataset_free(d);
}

/* Duplicates are puzzles with the same numbers, too. */
static void duplicates_have_the_same_numbers(void **state) {
    (void)state;
    hrm_data_report *r;
    hr_dataset_free(some());
    write_text("task.yaml", task_text);
    OK(hr_audit(in_folder("some.csv"), in_folder("task.yaml"), NULL, NULL, &r));
    assert_int_equal(r->duplicate_count, 0);
    hrm_data_report_free(r);
    write_text("twice.csv", HEAD GOOD GOOD ROW("1 2 3 4 5 6 7 8 9 10 11 13"));
    OK(hr_audit(in_folder("twice.csv"), in_folder("task.yaml"), NULL, NULL, &r));
    assert_int_equal(r->duplicate_count, 1);
    hrm_data_report_free(r);
}

static void task_refused(const char *more, const char *says) {
    char text[512];
    hr_dataset *d;
    snprintf(text, sizeof text, "shape: 2 x 3\n%s", more);
    write_text("task.yaml", text);
    write_text("good.csv", HEAD GOOD);
    assert_int_not_equal(hr_dataset_open(in_folder("good.csv"), in_folder("task.yaml"), NULL, &d),
                         0);
    if (!strstr(hr_error_text(), says)) fail_msg("\"%s\" says not \"%s\"", hr_error_text(), says);
}

static void bad_task_files_are_refused(void **state) {
    (void)state;
    task_refused("numbers: 65\n", "numbers: \"65\" is not a count of numbers from 0 to 64");
    task_refused("numbers: -1\n", "numbers: \"-1\" is not a count");
    task_refused("numbers: few\n", "numbers: \"few\" is not a count");
    task_refused("numbers: 2\nalphabet: \"01<>:\"\n",
                 "behind a ':', which stands for something else");
    task_refused("numbers: 2\nalphabet: \"01<>\"\nblank: \":\"\n", "behind a ':'");
    task_refused("numbers: 2\nalphabet: \"01<>.\"\nsizes: varying\n", "needs puzzles of one size");
    task_refused("numbers: 2\nalphabet: \"01<>.\"\ngiven: none\nsymmetries: [question order]\n",
                 "question order does not go with numbers");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_read_back),
        cmocka_unit_test(symmetries_move_numbers_with_their_cells),
        cmocka_unit_test(batches_have_them),
        cmocka_unit_test(bad_tables_are_refused),
        cmocka_unit_test(good_rows_keep_their_numbers),
        cmocka_unit_test(bad_folders_are_refused),
        cmocka_unit_test(a_puzzle_is_one_text),
        cmocka_unit_test(duplicates_have_the_same_numbers),
        cmocka_unit_test(bad_task_files_are_refused),
    };
    return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
