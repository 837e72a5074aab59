/* test_data.c - data sets and the sampler: what is read is what training and evaluation see. */
#include "test.h"
#include "folder.h"
#include "same_task.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "base/text.h"
#include "data/dataset_open.h"
#include "data/names.h"
#include "io/npy.h"
#include "data/sampler.h"
#include "data/generate.h"

static void write_text(const char *name, const char *text) {
    OK(hr_os_write_file(in_folder(name), text, strlen(text)));
}

/* Small Sudoku, so that files are quick to make. */
static hr_dataset *small_set(int count, uint64_t seed) {
    hrm_generate_options options = {.size = sizeof options,
                                    .settings = (const char *const[]){"side=4"},
                                    .settings_count = 1,
                                    .count = (size_t)count,
                                    .seed = seed};
    hr_dataset *d;
    OK(hr_generate("sudoku", in_folder("small.csv"), &options));
    OK(hr_dataset_open(in_folder("small.csv"), NULL, NULL, &d));
    return d;
}

static void csv_becomes_tokens(void **state) {
    (void)state;
    hr_dataset *d;
    write_text("a.csv", "question,answer,rating\n1.......00000000,1234341221434321,7\n"
                        "................,1234341221434321,\n");
    OK(hr_dataset_open(in_folder("a.csv"), NULL, NULL, &d));
    assert_string_equal(d->task.ops->name, "sudoku");
    assert_int_equal(d->examples, 2);
    assert_int_equal(d->inputs[0], 2); /* digit d is token d + 1, a blank is 1 */
    assert_int_equal(d->inputs[1], 1);
    assert_int_equal(d->inputs[8], 1);
    assert_int_equal(d->labels[15], 2);
    assert_int_equal(d->rating[0], 7);
    assert_int_equal(d->rating[1], HR_RATING_UNKNOWN);
    hr_dataset_free(d);
}

static void any_question_and_answer_is_a_grid(void **state) {
    (void)state;
    hr_dataset *d;
    write_text("b.csv", "answer,other,question\ncba,1,\"a,b\"\nccc,2,abc\n");
    OK(hr_dataset_open(in_folder("b.csv"), NULL, NULL, &d));
    assert_string_equal(d->task.ops->name, "grid");
    assert_int_equal(d->task.vocab, 5); /* , a b c and padding */
    char text[4];
    d->task.ops->format(&d->task, d->inputs, text);
    assert_string_equal(text, "a,b");
    OK(hr_dataset_export(d, in_folder("c.csv"), 0, 0));
    hr_dataset *again;
    OK(hr_dataset_open(in_folder("c.csv"), NULL, NULL, &again));
    assert_true(hr_dataset_hash(d) == hr_dataset_hash(again));
    hr_dataset_free(again);
    hr_dataset_free(d);
}

/* Bad rows are refused with file, line and reason; nothing half-read comes back. */
static void bad_csv_is_refused(void **state) {
    (void)state;
    const struct {
        const char *text, *says;
    } bad[] = {
        {"", "is empty"},
        {"1234,1234\n", "columns"},
        {"question,answer\n", "empty"},
        {"question,answer\n1234\n", "line 2"},
        {"question,answer\nab,abc\n", "line 2"},
        {"question,answer\nab,ab\nabc,abc\n", "line 3"},
        {"question,answer\n\"[1,2]\",\"[2,1]\"\n", "is a list"},
        {"question,answer,rating\nab,ab,3,7\n", "line 2: has 4 columns"},
        {"question,answer,rating,difficulty\nab,ab,3,7\n", "may both be the rating"},
        {"question,answer\nab,\n", "no row has an answer"},
        {"question,answer\n\"ab,ab\n", "quote"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hr_dataset *d;
        write_text("bad.csv", bad[i].text);
        assert_int_not_equal(hr_dataset_open(in_folder("bad.csv"), NULL, NULL, &d), HR_OK);
        assert_null(d);
        if (!strstr(hr_error_text(), bad[i].says) || !strstr(hr_error_text(), "bad.csv"))
            fail_msg("\"%s\" for case %zu", hr_error_text(), i);
    }
}

/* No puzzle needs a rating: what cannot be read is not known, and that is told. */
static void ratings_that_are_words(void **state) {
    (void)state;
    hr_dataset *d;
    write_text("words.csv", "question,answer,rating\nab,ab,3\nba,ba,hard\naa,aa,1e99\n");
    OK(hr_dataset_open(in_folder("words.csv"), NULL, NULL, &d));
    assert_int_equal(d->rating[0], 3);
    assert_int_equal(d->rating[1], HR_RATING_UNKNOWN);
    assert_int_equal(d->unrated, 2);
    assert_string_equal(d->unrated_why,
                        "2 of 3 cannot be read; the first, line 3: \"hard\" is no number");
    hr_dataset_free(d);
    write_text("words.csv", "question,answer,rating\nab,ab,1e99\n");
    OK(hr_dataset_open(in_folder("words.csv"), NULL, NULL, &d));
    assert_null(d->rating);
    assert_non_null(strstr(d->unrated_why, "above 2147483647"));
    hr_dataset_free(d);
}

static void a_models_task_is_kept(void **state) {
    (void)state;
    hr_dataset *d, *other;
    write_text("train.csv", "question,answer\nabc,cba\n");
    write_text("valid.csv", "question,answer\nabx,cba\n");
    OK(hr_dataset_open(in_folder("train.csv"), NULL, NULL, &d));
    assert_int_equal(hr_dataset_open(in_folder("valid.csv"), NULL, &d->task, &other), HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "x"));
    hr_dataset_free(d);
}

/* More symbols than a directory has names for get stand-ins, as many as a task can have. */
static void many_symbols_read_back(void **state) {
    (void)state;
    hr_dataset *d, *again;
    hr_buffer text = {0};
    hr_buffer_print(&text, "question,answer\n");
    for (int half = 0; half < 2; half++) {
        for (int c = 0x23; c < 256; c++) /* all but blanks, commas and quotes */
            if (c != ',' && c != 0x7f) hr_buffer_print(&text, "%c", c);
        hr_buffer_print(&text, half ? "\n" : ",");
    }
    write_text("many.csv", text.text);
    hr_buffer_free(&text);
    OK(hr_dataset_open(in_folder("many.csv"), NULL, NULL, &d));
    assert_int_equal(d->task.vocab, 220);
    OK(hr_dataset_export(d, in_folder("many/train"), 0, 0));
    OK(hr_dataset_open(in_folder("many/train"), NULL, NULL, &again));
    assert_int_equal(again->task.vocab, 220);
    assert_memory_equal(again->inputs, d->inputs, (size_t)d->task.seq);
    hr_dataset_free(again);
    hr_dataset_free(d);
}

static void directories_read_back(void **state) {
    (void)state;
    hr_dataset *d = small_set(20, 1), *again;
    OK(hr_dataset_export(d, in_folder("out/train"), 3, 7));
    OK(hr_dataset_open(in_folder("out/train"), NULL, NULL, &again));
    assert_int_equal(again->examples, 80);
    assert_int_equal(again->groups, 20);
    assert_int_equal(again->puzzles, 80);
    assert_true(same_task(&d->task, &again->task));
    assert_memory_equal(again->inputs, d->inputs, 16); /* the plain one comes first */
    assert_memory_equal(again->inputs + 4 * 16, d->inputs + 16, 16);
    for (size_t i = 0; i < 80; i++) /* copies are still Sudoku */
        assert_int_equal(
            d->task.ops->check(&d->task, again->inputs + i * 16, again->labels + i * 16, NULL, 0),
            HR_SOLVED);
    assert_true(hr_os_is_file(in_folder("out/identifiers.json")));
    hr_dataset_free(again);
    assert_int_equal(hr_dataset_open(in_folder("out"), NULL, NULL, &again), HR_ERR_IO);
    assert_non_null(strstr(hr_error_text(), "out/train")); /* says what to give instead */
    hr_dataset_free(d);
}

static int in_shell(const char *text) {
    char command[512];
    snprintf(command, sizeof command, "cd %s/sets && %s", folder, text);
    return system(command);
}

/* Sets were left out in silence, and other names than `all` not found. */
static void every_set_is_read(void **state) {
    (void)state;
    hr_dataset *one = small_set(5, 1), *two = small_set(3, 2), *all;
    OK(hr_dataset_export(two, in_folder("sets/other"), 1, 7));
    OK(hr_dataset_export(one, in_folder("sets"), 0, 0));
    assert_int_equal(in_shell("for f in all__*; do mv $f train__${f#all__}; done; "
                              "for f in other/all__*; do mv $f more__${f#other/all__}; done; "
                              "sed -i 's/\"all\"/\"train\", \"more\"/; s/\"total_[^,]*,//g' "
                              "dataset.json"),
                     0);
    OK(hr_dataset_open(in_folder("sets"), NULL, NULL, &all));
    assert_int_equal(all->examples, 5 + 6);
    assert_int_equal(all->puzzles, 5 + 6);
    assert_int_equal(all->groups, 5 + 3);
    assert_memory_equal(all->inputs, one->inputs, 5 * 16);
    assert_memory_equal(all->labels + 5 * 16, two->labels, 16); /* plain copies come first */
    assert_int_equal(all->puzzle_start[11], 11);
    assert_int_equal(all->group_start[5], 5);
    assert_int_equal(all->group_start[6], 7);
    assert_int_equal(all->group_start[8], 11);
    hr_dataset_free(all);
    /* counts that the arrays do not bear out: a part may be missing; copies count as one, or each
     */
    static const char *const counts[][2] = {{"puzzles", "11"}, {"puzzles", "8"}, {"groups", "8"},
                                            {"puzzles", "5"},  {"groups", "5"},  {"groups", "-1"}};
    for (int i = 0; i < 6; i++) {
        char text[160];
        snprintf(text, sizeof text,
                 "cp dataset.json kept && sed -i 's/{/{\"total_%s\": %s, /' dataset.json",
                 counts[i][0], counts[i][1]);
        assert_int_equal(in_shell(text), 0);
        assert_int_equal(hr_dataset_open(in_folder("sets"), NULL, NULL, &all),
                         i < 3 ? HR_OK : HR_ERR_FORMAT);
        if (i >= 3) assert_non_null(strstr(hr_error_text(), counts[i][0]));
        hr_dataset_free(all);
        assert_int_equal(in_shell("mv kept dataset.json"), 0);
    }
    assert_int_equal(in_shell("mv more__labels.npy away"), 0);
    assert_int_equal(hr_dataset_open(in_folder("sets"), NULL, NULL, &all), HR_ERR_IO);
    if (!strstr(hr_error_text(), "sets/more__labels.npy")) fail_msg("%s", hr_error_text());
    static const char *const bad[] = {"\"train\", \"train\"", "\"..\\/x\"", "", "1"};
    for (int i = 0; i < 4; i++) {
        char text[128];
        snprintf(text, sizeof text, "sed -i 's/\"sets\": \\[.*\\]/\"sets\": [%s]/' dataset.json",
                 bad[i]);
        assert_int_equal(in_shell(text), 0);
        assert_int_equal(hr_dataset_open(in_folder("sets"), NULL, NULL, &all), HR_ERR_FORMAT);
        if (!strstr(hr_error_text(), "list of names")) fail_msg("%s", hr_error_text());
    }
    hr_dataset_free(one);
    hr_dataset_free(two);
}

/* Names are read one at a time out of a list that may be large; one that is longer than any name is
 * passed over before its letters are decoded. */
static void names_are_read_in_place(void **state) {
    (void)state;
    enum { LONGEST = HR_NAME_MAX - 1 };
    hr_buffer list = {0};
    hr_names names;
    char name[HR_NAME_MAX];
    hr_buffer_print(&list, "[\"plain\", \"");
    for (int i = 0; i < LONGEST; i++) hr_buffer_print(&list, "\\u0041");
    hr_buffer_print(&list, "\", \"");
    for (int i = 0; i < HR_NAME_MAX; i++) hr_buffer_print(&list, "b");
    hr_buffer_print(&list, "\", \"");
    for (int i = 0; i < 7 * HR_NAME_MAX; i++) hr_buffer_print(&list, "c");
    hr_buffer_print(&list, "\", \"\\q\"]");
    OK(hr_names_parse(list.text, list.size, "list", &names));
    assert_int_equal(names.count, 5);
    assert_true(hr_names_get(&names, 0, name));
    assert_string_equal(name, "plain");
    assert_true(hr_names_get(&names, 1, name));
    assert_int_equal(strspn(name, "A"), LONGEST);
    for (size_t i = 2; i < 6; i++) assert_false(hr_names_get(&names, i, name));
    hr_free(names.start);
    hr_buffer_free(&list);
}

/* Overwrites `size` bytes at `at` from the end of a file of the exported directory. */
static void damage(const char *name, long at, const void *bytes, size_t size) {
    FILE *f = fopen(in_folder(name), "r+b");
    assert_non_null(f);
    fseek(f, at, SEEK_END);
    fwrite(bytes, 1, size, f);
    fclose(f);
}

static void damaged_directories_are_refused(void **state) {
    (void)state;
    hr_dataset *d = small_set(20, 1), *again;
    const struct {
        const char *file;
        long at;
        int32_t value;
        const char *says;
    } bad[] = {
        {"puzzle_indices", -4, 19, "entry 20 is 19; entries must rise from 0 to 20"},
        {"puzzle_indices", -8, 1 << 30, "entry 19 is 1073741824"},
        {"puzzle_indices", -8, -1, "entry 19 is -1"},
        {"puzzle_indices", -8, 18, "puzzle 18 has no example"},
        {"group_indices", -4, 1000, "entry 20 is 1000"},
        {"puzzle_identifiers", -4, 5, "puzzle 19 has identifier 5, which is not from 0 to 0"},
        {"puzzle_identifiers", -4, -5, "puzzle 19 has identifier -5"},
        {"inputs", -4, -1, "example 19, row 4, column 1: token 255 is not from 0 to 5"},
        {"labels", -20, -1, "example 18, row 4, column 1: token 255 is not from 0 to 5"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char name[64];
        OK(hr_dataset_export(d, in_folder("hurt"), 0, 0));
        snprintf(name, sizeof name, "hurt/all__%s.npy", bad[i].file);
        damage(name, bad[i].at, &bad[i].value, 4);
        if (hr_dataset_open(in_folder("hurt"), NULL, NULL, &again) == HR_OK)
            fail_msg("case %zu passed", i);
        assert_null(again);
        if (!strstr(hr_error_text(), bad[i].says))
            fail_msg("\"%s\" for case %zu", hr_error_text(), i);
    }
    OK(hr_dataset_export(d, in_folder("hurt"), 0, 0));
    unlink(in_folder("hurt/all__labels.npy"));
    assert_int_not_equal(hr_dataset_open(in_folder("hurt"), NULL, NULL, &again), HR_OK);
    assert_non_null(strstr(hr_error_text(), "all__labels.npy"));
    hr_dataset_free(d);
}

/* A header that does not go with its arrays, as a folder that was put together by hand has it, is
 * told with both. */
static void headers_that_do_not_fit_are_refused(void **state) {
    (void)state;
    hr_dataset *d = small_set(6, 1), *again;
    static const struct {
        const char *change, *says;
    } bad[] = {{"s/\"seq_len\": 16/\"seq_len\": 9/",
                "has 9 cells and vocabulary 6; 16 and 6 are expected"},
               {"s/\"vocab_size\": 6/\"vocab_size\": 1/", "vocab_size"},
               {"s/\"vocab_size\": 6/\"vocab_size\": 4/", "has 16 cells and vocabulary 4"},
               {"s/\"seq_len\": 16/\"seq_len\": 0/", "seq_len"},
               {"s/^{/{\"trained_on\": 7,/", "trained_on is not a list"},
               {"s/^{/{\"larger\": -1,/", "larger"},
               {"s/^{/{\"views\": {\"shift\": true, \"seed\": 1, \"side\": 4, \"share\": 8},/; "
                "s/identifiers\": 1/identifiers\": 2/",
                "share is 8, which 2 identifiers do not bear out"},
               {"s/^{/{\"views\": {\"shift\": true, \"seed\": 1, \"side\": 5},/",
                "side is 5, which does not make the 16 cells"},
               {"s/^{/{\"views\": {\"shift\": true, \"seed\": 1, \"side\": 4},/",
                "other sizes than ARC's"},
               {"s/^{/{\"views\": {\"shift\": 1, \"seed\": 1},/", "shift"},
               {"s/^{/{\"views\": {\"shift\": true, \"seed\": 1, \"side\": 4},/; s/: 6,/: 12,/; "
                "s/\"all\"/\"most\"/",
                "\"all\" is the only one"},
               {"s/\"sets\"/\"sest\"/; s/^{/[{/", "dataset.json"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[256];
        OK(hr_dataset_export(d, in_folder("sets"), 0, 0));
        snprintf(text, sizeof text, "sed -i '%s' dataset.json", bad[i].change);
        assert_int_equal(in_shell(text), 0);
        if (!hr_dataset_open(in_folder("sets"), NULL, &d->task, &again))
            fail_msg("case %zu passed", i);
        if (!strstr(hr_error_text(), bad[i].says) || !strstr(hr_error_text(), "sets"))
            fail_msg("\"%s\" for case %zu", hr_error_text(), i);
    }
    hr_dataset_free(d);
}

/* Arrays of which one is too short or too wide for the others were cut in the middle somewhere. */
static void arrays_that_do_not_fit_are_refused(void **state) {
    (void)state;
    hr_dataset *d = small_set(6, 1), *again;
    static const uint8_t token[96] = {2};
    static const int32_t number[8] = {0, 1, 2, 3, 4, 5, 6, 6};
    const struct {
        const char *file;
        hr_tensor t;
        const char *says;
    } bad[] = {{"inputs",
                {.dtype = HR_U8, .dims = 2, .shape = {6, 15}, .count = 90, .data = token},
                "all__inputs.npy is 6 x 15, all__labels.npy 6 x 16; both should be examples x 16"},
               {"labels",
                {.dtype = HR_U8, .dims = 2, .shape = {5, 16}, .count = 80, .data = token},
                "all__labels.npy 5 x 16"},
               {"labels",
                {.dtype = HR_U8, .dims = 1, .shape = {96}, .count = 96, .data = token},
                "all__labels.npy"},
               {"puzzle_identifiers",
                {.dtype = HR_I32, .dims = 1, .shape = {5}, .count = 5, .data = number + 1},
                "puzzle_indices.npy has 7 entries, puzzle_identifiers 5 and group_indices 7"},
               {"group_indices",
                {.dtype = HR_I32, .dims = 1, .shape = {0}, .count = 0, .data = number},
                "group_indices 0"},
               {"group_indices",
                {.dtype = HR_I32, .dims = 1, .shape = {8}, .count = 8, .data = number},
                "group 6 has no puzzle"},
               {"puzzle_indices",
                {.dtype = HR_F32, .dims = 1, .shape = {7}, .count = 7, .data = number},
                "integers"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char name[64];
        OK(hr_dataset_export(d, in_folder("sets"), 0, 0));
        snprintf(name, sizeof name, "sets/all__%s.npy", bad[i].file);
        OK(hr_npy_write(in_folder(name), &bad[i].t));
        if (!hr_dataset_open(in_folder("sets"), NULL, NULL, &again)) fail_msg("case %zu passed", i);
        if (!strstr(hr_error_text(), bad[i].says))
            fail_msg("\"%s\" for case %zu", hr_error_text(), i);
    }
    hr_dataset_free(d);
}

/* A folder is opened as what it is said to be, or refused with the example that is something else.
 */
static void folders_are_what_they_are_said_to_be(void **state) {
    (void)state;
    hr_dataset *d = small_set(6, 1), *again, *own;
    write_text("t.yaml", "shape: 4 x 4\nalphabet: \".1234\"\nanswers: \"1234\"\nblank: \".\"\n"
                         "rules:\n  - different in rows\n");
    OK(hr_dataset_open(in_folder("small.csv"), in_folder("t.yaml"), NULL, &own));
    OK(hr_dataset_export(own, in_folder("sets"), 0, 0));
    OK(hr_dataset_open(in_folder("sets"), in_folder("t.yaml"), NULL, &again));
    assert_int_equal(hr_dataset_export(again, in_folder("copies"), 1, 0), HR_ERR_UNSUPPORTED);
    assert_non_null(strstr(hr_error_text(), "has no symmetry to augment with"));
    again->unanswered = again->examples;
    assert_int_equal(hr_dataset_export(again, in_folder("copies"), 0, 0), HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "has no column answer"));
    hr_dataset_free(again);
    assert_int_equal(hr_dataset_open(in_folder("sets"), "maze", NULL, &again), HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "sets"));
    assert_int_equal(hr_dataset_open(in_folder("small.csv"), "maze", NULL, &again), HR_ERR_TASK);
    for (int i = 0; i < 16; i++) own->labels[32 + i] = own->labels[32];
    OK(hr_dataset_export(own, in_folder("sets"), 0, 0));
    assert_int_equal(hr_dataset_open(in_folder("sets"), in_folder("t.yaml"), NULL, &again),
                     HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "the answer of example 2 breaks the rules"));
    write_text("letters.yaml", "task: sudoku\nletters: \".1234\"\n");
    OK(hr_dataset_export(d, in_folder("sets"), 0, 0));
    OK(hr_dataset_open(in_folder("sets"), in_folder("letters.yaml"), NULL, &again));
    again->examples = 30000; /* a number is asked for that no file could hold */
    assert_int_equal(hr_dataset_export(again, in_folder("copies"), 100000, 0), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "100000 copies of 30000 examples are more than"));
    hr_dataset_free(again);
    for (int i = 0; i < 16; i++) d->labels[32 + i] = d->labels[32];
    OK(hr_dataset_export(d, in_folder("sets"), 0, 0));
    assert_int_equal(hr_dataset_open(in_folder("sets"), in_folder("letters.yaml"), NULL, &again),
                     HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "example 2 is no sudoku"));
    hr_dataset_free(own);
    hr_dataset_free(d);
}

/* Copies of an exported folder take its names with them, or make some up; what cannot be copied
 * says why. */
static void exports_are_whole_or_refused(void **state) {
    (void)state;
    hr_dataset *d = small_set(6, 1), *again;
    hr_file names;
    d->identifiers = 3;
    OK(hr_dataset_export(d, in_folder("many/train"), 0, 0));
    OK(hr_os_load(in_folder("many/identifiers.json"), &names));
    assert_non_null(memmem(names.data, names.size, "\"puzzle_2\"", 10));
    hr_os_unload(&names);
    write_text("many/identifiers.json", "[\"<blank>\", \"one\", \"two\"]");
    OK(hr_dataset_open(in_folder("many/train"), NULL, NULL, &again));
    OK(hr_dataset_export(again, in_folder("more/test"), 0, 0));
    OK(hr_os_load(in_folder("more/identifiers.json"), &names));
    assert_non_null(memmem(names.data, names.size, "\"two\"", 5));
    hr_os_unload(&names);
    hr_dataset_free(again);
    assert_int_equal(hr_dataset_export(d, in_folder("more/test"), -1, 0), HR_ERR_ARG);
    assert_int_equal(hr_dataset_export(d, in_folder("more/test"), 100001, 0), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "100001 is not between 0 and 100000"));
    write_text("file", "x");
    assert_int_equal(hr_dataset_export(d, in_folder("file/train"), 0, 0), HR_ERR_IO);
    hr_dataset_free(d);
}

/* Labels that PyTorch leaves out (-100) were refused, wherever a folder says so or keeps silent. */
static void labels_of_pytorch_are_left_out(void **state) {
    (void)state;
    static const char *const says[] = {"-100", "null", "0", "-1"};
    hr_dataset *d = small_set(3, 1), *again;
    int32_t label[48];
    const hr_tensor t = {.dtype = HR_I32, .dims = 2, .shape = {3, 16}, .count = 48, .data = label};
    for (int i = 0; i < 4; i++) {
        char text[128];
        for (int k = 0; k < 48; k++)
            label[k] = d->inputs[k] == 1 ? d->labels[k] : i < 3 ? -100 : -1;
        OK(hr_dataset_export(d, in_folder("sets"), 0, 0));
        OK(hr_npy_write(in_folder("sets/all__labels.npy"), &t));
        snprintf(text, sizeof text,
                 "sed -i 's/\"ignore_label_id\": 0/\"ignore_label_id\": %s/' dataset.json",
                 says[i]);
        assert_int_equal(in_shell(text), 0);
        OK(hr_dataset_open(in_folder("sets"), NULL, NULL, &again));
        assert_string_equal(again->task.ops->name, "sudoku");
        assert_int_equal(again->ignore, 0);
        for (int k = 0; k < 48; k++)
            assert_int_equal(again->labels[k], d->inputs[k] == 1 ? d->labels[k] : 0);
        hr_dataset_free(again);
    }
    label[20] = 0; /* counts, beside others that do not */
    OK(hr_npy_write(in_folder("sets/all__labels.npy"), &t));
    assert_int_equal(hr_dataset_open(in_folder("sets"), NULL, NULL, &again), HR_ERR_FORMAT);
    assert_non_null(
        strstr(hr_error_text(), "sets/all__labels.npy: example 1, row 2, column 1: is 0"));
    hr_dataset_free(d);
}

/* A folder of wrong answers was trained on as Sudoku, since its sizes are Sudoku's. */
static void wrong_answers_of_a_folder_are_refused(void **state) {
    (void)state;
    hr_dataset *d = small_set(20, 1), *again;
    for (int wrong = 1; wrong <= 20; wrong += 19) {
        for (size_t i = 0; i < (size_t)wrong; i++) d->labels[16 * i + 5] = d->labels[16 * i];
        OK(hr_dataset_export(d, in_folder("hurt"), 0, 0));
        assert_int_equal(hr_dataset_open(in_folder("hurt"), NULL, NULL, &again), HR_ERR_TASK);
        if (!strstr(hr_error_text(), wrong == 1
                                         ? "hurt: example 0 is no sudoku"
                                         : "hurt: looks like sudoku, by its questions, but 20"))
            fail_msg("%s", hr_error_text());
        OK(hr_dataset_open(in_folder("hurt"), "grid", NULL, &again));
        hr_dataset_free(again);
        OK(hr_dataset_open(in_folder("hurt"), NULL, &d->task,
                           &again)); /* a model's answers differ */
        hr_dataset_free(again);
    }
    for (size_t i = 0; i < 320; i++) d->inputs[i] = (uint8_t)(2 + i * i % 7 % 4);
    OK(hr_dataset_export(d, in_folder("hurt"), 0, 0));
    OK(hr_dataset_open(in_folder("hurt"), NULL, NULL, &again)); /* nor are the questions Sudoku */
    assert_string_equal(again->task.ops->name, "grid");
    hr_dataset_free(again);
    hr_dataset_free(d);
}

static hr_batch batch_of(const hr_dataset *d, int rows) {
    size_t cells = (size_t)rows * (size_t)d->task.seq;
    return (hr_batch){.rows = rows,
                      .inputs = HR_NEW(int32_t, cells),
                      .labels = HR_NEW(int32_t, cells),
                      .ids = HR_NEW(int32_t, (size_t)rows)};
}

static void free_batch(hr_batch *b) {
    hr_free(b->inputs), hr_free(b->labels), hr_free(b->ids);
}

/* Resuming must draw what would have been drawn: the position is all there is to save. */
static void the_sampler_resumes_from_its_position(void **state) {
    (void)state;
    hr_dataset *d = small_set(20, 1);
    hr_sampler a, b;
    hr_batch first = batch_of(d, 7), second = batch_of(d, 7);
    OK(hr_sampler_open(d, 3, true, &a));
    OK(hr_sampler_open(d, 3, true, &b));
    for (int i = 0; i < 25; i++) hr_sampler_next(&a, NULL, &first); /* past several epochs */
    OK(hr_sampler_seek(&b, a.epoch, a.at, a.drawn));
    hr_sampler_next(&a, NULL, &first);
    hr_sampler_next(&b, NULL, &second);
    assert_memory_equal(first.inputs, second.inputs, 7 * 16 * sizeof(int32_t));
    assert_memory_equal(first.labels, second.labels, 7 * 16 * sizeof(int32_t));
    assert_int_not_equal(hr_sampler_seek(&b, 0, 20, 0), HR_OK);
    hr_sampler_close(&a);
    hr_sampler_close(&b);
    free_batch(&first);
    free_batch(&second);
    hr_dataset_free(d);
}

/* Without augmentation an epoch is every puzzle once; a row that is not taken stays as it is. */
static void an_epoch_is_every_puzzle_once(void **state) {
    (void)state;
    hr_dataset *d = small_set(20, 1);
    hr_sampler s;
    hr_batch batch = batch_of(d, 5);
    int seen[20] = {0};
    OK(hr_sampler_open(d, 3, false, &s));
    for (int i = 0; i < 4; i++) {
        hr_sampler_next(&s, NULL, &batch);
        for (int r = 0; r < 5; r++)
            for (int p = 0; p < 20; p++) {
                bool same = true;
                for (int t = 0; t < 16; t++)
                    same &= batch.inputs[r * 16 + t] == d->inputs[p * 16 + t];
                seen[p] += same;
            }
    }
    for (int p = 0; p < 20; p++) assert_int_equal(seen[p], 1);
    bool take[5] = {true, false, true, true, true};
    batch.inputs[16] = 99;
    hr_sampler_next(&s, take, &batch);
    assert_int_equal(batch.inputs[16], 99);
    hr_sampler_close(&s);
    free_batch(&batch);
    hr_dataset_free(d);
}

/* The published layout: one puzzle of a group per visit, never more than a batch holds. */
static void groups_are_drawn_one_puzzle_at_a_time(void **state) {
    (void)state;
    hr_dataset *d = small_set(20, 1), *copies;
    OK(hr_dataset_export(d, in_folder("groups"), 9, 7));
    OK(hr_dataset_open(in_folder("groups"), NULL, NULL, &copies));
    hr_sampler s;
    hr_batch batch = batch_of(d, 20);
    OK(hr_sampler_open(copies, 3, false, &s));
    hr_sampler_next(&s, NULL, &batch);
    assert_int_equal(s.epoch, 1); /* 20 groups, 20 rows: one epoch, though there are 200 puzzles */
    hr_sampler_close(&s);
    free_batch(&batch);
    hr_dataset_free(copies);
    hr_dataset_free(d);
}

static void evaluation_pads_the_last_batch(void **state) {
    (void)state;
    hr_dataset *d = small_set(5, 1);
    hr_batch batch = batch_of(d, 4);
    hr_dataset_rows(d, 3, &batch);
    assert_int_equal(batch.inputs[0], d->inputs[3 * 16]);
    assert_int_equal(batch.inputs[2 * 16], 0);
    assert_int_equal(batch.labels[2 * 16], HR_IGNORE);
    free_batch(&batch);
    hr_dataset_free(d);
}

/* The same seed must give the same file whatever the threads, and `avoid` keeps sets apart. */
static void generated_files_repeat(void **state) {
    (void)state;
    hrm_run run = {.size = sizeof run, .threads = 1};
    hrm_generate_options options = {.size = sizeof options,
                                    .settings = (const char *const[]){"side=6"},
                                    .settings_count = 1,
                                    .count = 80,
                                    .seed = 5,
                                    .run = &run};
    hr_file a, b;
    OK(hr_generate("sudoku", in_folder("one.csv"), &options));
    run.threads = 3;
    OK(hr_generate("sudoku", in_folder("two.csv"), &options));
    OK(hr_os_load(in_folder("one.csv"), &a));
    OK(hr_os_load(in_folder("two.csv"), &b));
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    hr_os_unload(&a);
    hr_os_unload(&b);
    char *avoid = hr_text_copy(in_folder("one.csv"));
    options.avoid = avoid;
    OK(hr_generate("sudoku", in_folder("two.csv"), &options));
    hr_dataset *x, *y;
    OK(hr_dataset_open(avoid, NULL, NULL, &x));
    OK(hr_dataset_open(in_folder("two.csv"), NULL, NULL, &y));
    for (int i = 0; i < 80; i++)
        for (int j = 0; j < 80; j++)
            assert_memory_not_equal(x->inputs + i * 36, y->inputs + j * 36, 36);
    hr_dataset_free(x);
    hr_dataset_free(y);
    hr_free(avoid);
    options = (hrm_generate_options){.size = sizeof(hrm_generate_options),
                                     .settings = (const char *const[]){"side=4"},
                                     .settings_count = 1,
                                     .count = 37,
                                     .seed = 1};
    assert_int_equal(hr_generate("sudoku", in_folder("all.csv"), &options), HR_ERR_TASK);
    assert_false(hr_os_is_file(in_folder("all.csv"))); /* nothing half-written */
}

/* The benchmark's own files, where they are. */
static void benchmark_files_agree(void **state) {
    (void)state;
    SKIP_WITHOUT(shared, "data/sudoku-extreme/valid.csv");
    char path[512];
    hr_dataset *csv, *dir;
    snprintf(path, sizeof path, "%s/data/sudoku-extreme/valid.csv", shared);
    OK(hr_dataset_open(path, NULL, NULL, &csv));
    snprintf(path, sizeof path, "%s/data/sudoku-extreme/official-format/train", shared);
    OK(hr_dataset_open(path, NULL, NULL, &dir));
    assert_int_equal(csv->examples, 1000);
    assert_true(same_task(&csv->task, &dir->task));
    assert_memory_equal(csv->inputs, dir->inputs, 81000);
    assert_memory_equal(csv->labels, dir->labels, 81000);
    hr_dataset_free(csv);
    hr_dataset_free(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_becomes_tokens),
        cmocka_unit_test(any_question_and_answer_is_a_grid),
        cmocka_unit_test(bad_csv_is_refused),
        cmocka_unit_test(ratings_that_are_words),
        cmocka_unit_test(a_models_task_is_kept),
        cmocka_unit_test(many_symbols_read_back),
        cmocka_unit_test(directories_read_back),
        cmocka_unit_test(every_set_is_read),
        cmocka_unit_test(names_are_read_in_place),
        cmocka_unit_test(damaged_directories_are_refused),
        cmocka_unit_test(headers_that_do_not_fit_are_refused),
        cmocka_unit_test(arrays_that_do_not_fit_are_refused),
        cmocka_unit_test(folders_are_what_they_are_said_to_be),
        cmocka_unit_test(exports_are_whole_or_refused),
        cmocka_unit_test(labels_of_pytorch_are_left_out),
        cmocka_unit_test(wrong_answers_of_a_folder_are_refused),
        cmocka_unit_test(the_sampler_resumes_from_its_position),
        cmocka_unit_test(an_epoch_is_every_puzzle_once),
        cmocka_unit_test(groups_are_drawn_one_puzzle_at_a_time),
        cmocka_unit_test(evaluation_pads_the_last_batch),
        cmocka_unit_test(generated_files_repeat),
        cmocka_unit_test(benchmark_files_agree),
    };
    return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
