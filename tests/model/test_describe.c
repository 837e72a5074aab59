/* test_describe.c - what a file is, told by what it holds: who is about to train on it, or to
 * delete it, must not hear something else. */
#include "test.h"
#include "folder.h"

#include "base/os.h"
#include "base/result.h"
#include "model/describe.h"

static void texts_are_told_apart(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *kind;
    } cases[] = {
        {"a.json", "{\"a\": [1, 2]}\n", "JSON"},
        {"a", "[]", "JSON"},
        {"b", "{\"a\": 1}\n{\"a\": 2}\n", "JSON lines"},
        {"metrics.jsonl", "{\"a\": 1}\n", "JSON lines"},
        {"recipe.yaml", "hidden: 16\nlr: 1e-3\n", "recipe"},
        {"recipe", "hidden: 16\n", "recipe"},
        {"config.yaml", "arch:\n  name: trm\nlr: 1\nnobody: 1\n", "configuration"},
        {"task.yml", "shape: 4 x 4\nalphabet: \".1234\"\n", "task file"},
        {"task", "sizes: varying\nalphabet: \".1\"\n", "task file"},
        {"other.yml", "colour: red\n", "YAML"},
        {"nothing.yaml", "# only a comment\n", "recipe"},
        {"notes.md", "words, and no more: [\n", "markdown"},
        {"notes", "# A heading: [\n\nwords\n", "markdown"},
        {"words", "words, and no more: [\n", "text"},
        {"table", "question,answer\n1.3.,1234\n", "dataset"},
        {"table.csv", "question,answer\n1.3.,1234\n", "dataset"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hrm_description *d;
        const char *path = in_folder(cases[i].name);
        OK(hr_os_write_file(path, cases[i].text, strlen(cases[i].text)));
        if (hr_describe(path, &d)) fail_msg("%s: %s", cases[i].name, hr_error_text());
        if (strcmp(d->kind, cases[i].kind))
            fail_msg("%s: %s, not %s", cases[i].name, d->kind, cases[i].kind);
        assert_string_equal(d->path, path);
        hr_result_free(d);
    }
}

static void what_cannot_be_described_is_refused(void **state) {
    (void)state;
    enum { LISTS = 2000000 };
    static const struct {
        const char *name, *text, *says;
    } cases[] = {{"broken.yaml", "a: [\n", "broken.yaml"},
                 {"broken.yml", "a: [\n", "broken.yml"},
                 {"empty.csv", "", "is empty"},
                 {"a.safetensors", "no such thing", "a.safetensors"},
                 {"PK", "PK\3\4 and no more", "zip archive"},
                 {"zeros", NULL, "zeros"},
                 {"many", NULL, "so many values"}};
    char *lists = hr_alloc(3 * LISTS + 1);
    *lists = '[';
    for (size_t i = 0; i < LISTS; i++) memcpy(lists + 1 + 3 * i, "[],", 3);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hrm_description *d = (void *)lists;
        const char *path = in_folder(cases[i].name), *text = cases[i].text;
        bool many = !strcmp(cases[i].name, "many");
        if (text) OK(hr_os_write_file(path, text, strlen(text)));
        else OK(hr_os_write_file(path, many ? lists : "\0\0\0\0\0\0\0\0\0", many ? 3 * LISTS : 9));
        assert_int_not_equal(hr_describe(path, &d), HR_OK);
        assert_null(d);
        if (!strstr(hr_error_text(), cases[i].says))
            fail_msg("%s: %s", cases[i].name, hr_error_text());
    }
    hr_free(lists);
    hrm_description *d;
    assert_int_not_equal(hr_describe(in_folder("nowhere"), &d), HR_OK);
    assert_int_not_equal(hr_describe(folder, &d), HR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts_are_told_apart),
                                       cmocka_unit_test(what_cannot_be_described_is_refused)};
    return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
