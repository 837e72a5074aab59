/* task_file.c - finds a task by its name or its file. */
#include "data/task_file.h"

#include <string.h>

#include "base/mem.h"
#include "task/declared.h"
#include "task/families.h"
#include "task/family.h"

bool hr_task_is_file(const char *name) {
    return hr_text_ends(name, ".yaml") || hr_text_ends(name, ".yml");
}

hr_status hr_task_check_name(const char *name) {
    if (!name || hr_task_is_file(name) || !strcmp(name, "auto") || hr_declared_word(name))
        return HR_OK;
    return hr_family_check(name);
}

hr_status hr_task_choose(const char *name, hr_task_choice *out) {
    *out = (hr_task_choice){.name = name};
    hr_status status = hr_task_check_name(name);
    if (status || !name) return status;
    if (!strcmp(name, "auto")) out->name = NULL;
    out->declared = hr_declared_word(name) || hr_task_is_file(name);
    if (!hr_task_is_file(name)) return HR_OK;
    status = hr_yaml_open(name, &out->keys);
    const char *family = status ? NULL : hr_yaml_find(&out->keys, "task");
    if (!status && (hr_yaml_find(&out->keys, "data") || hr_yaml_find(&out->keys, "hidden"))) {
        hr_task_choice_close(out);
        return hr_fail(HR_ERR_FORMAT, "%s: is a recipe, and no task file", name);
    }
    if (!family) return status;
    out->letters = hr_yaml_find(&out->keys, "letters");
    if (out->keys.count != 2 || !out->letters)
        status = hr_fail(HR_ERR_FORMAT, "with the key task there is one other, letters");
    if (!status) status = hr_family_check(family);
    if (status) {
        hr_task_choice_close(out);
        hr_fail_place(status, name, 0, 0);
        return hr_fail_in(status == HR_ERR_ARG ? HR_ERR_FORMAT : status, "%s", name);
    }
    out->name = family;
    out->declared = false;
    return HR_OK;
}

void hr_task_choice_close(hr_task_choice *choice) {
    hr_yaml_close(&choice->keys);
}

hr_task_survey hr_task_choice_survey(const hr_task_choice *choice) {
    const hr_task_ops *family = choice->name ? hr_family_find(choice->name) : NULL;
    return (hr_task_survey){
        .varying = choice->declared,
        .plain = choice->declared || choice->letters || (family && !family->of_length),
        .family = family && family->of_length && !choice->letters ? family : NULL,
        .lists = (family && !family->of_length) || hr_yaml_find(&choice->keys, "alphabet"),
    };
}

static hr_status make_letters(const hr_task_choice *choice, size_t length, hr_task *out) {
    const hr_task_ops *family = hr_family_find(choice->name);
    hr_status status = family->of_length ? family->of_length(length, out)
                                         : hr_fail(HR_ERR_TASK, "%s has no letters", choice->name);
    return status ? status : hr_task_set_letters(out, choice->letters, strlen(choice->letters));
}

hr_status hr_task_choose_letters(const char *name, hr_task *task) {
    hr_task_choice choice;
    static const char form[] = "two lines, such as task: sudoku and letters: \".ABCDEFGHI\"";
    if (name && !hr_task_is_file(name))
        return hr_fail(HR_ERR_ARG, "letters: \"%.60s\" is no task file (NAME.yaml), which has %s",
                       name, form);
    hr_status status = hr_task_choose(name, &choice);
    if (status) return status;
    if (!choice.letters)
        status = hr_fail(HR_ERR_ARG, "%s: is no task file with letters, which has %s",
                         name ? name : "the task", form);
    else if (strcmp(choice.name, task->ops->name))
        status = hr_fail(HR_ERR_TASK, "%s: is for %s; the model is for %s", name, choice.name,
                         task->ops->name);
    else status = hr_task_set_letters(task, choice.letters, strlen(choice.letters));
    hr_task_choice_close(&choice);
    return status;
}

hr_status hr_task_choice_make(const hr_task_choice *choice, const hr_task_survey *survey,
                              hr_task *out) {
    if (choice->letters) return make_letters(choice, survey->length, out);
    if (!choice->declared) return hr_task_survey_end(survey, out);
    const hr_task_entry *word = hr_declared_word(choice->name);
    size_t count = choice->keys.count;
    if (word) return hr_task_declare(word, 1, survey, out);
    hr_task_entry *entries = HR_NEW(hr_task_entry, count);
    if (!entries) return HR_ERR_MEM;
    size_t given = 0;
    for (size_t i = 0; i < count; i++) {
        const hr_yaml_entry *e = &choice->keys.entries[i];
        if (!e->null) entries[given++] = (hr_task_entry){e->key, e->value, e->line, e->column};
    }
    hr_status status = hr_task_declare(entries, given, survey, out);
    hr_free(entries);
    if (!status) return HR_OK;
    hr_fail_place(status, choice->name, 0, 0);
    return hr_fail_in(status, "%s", choice->name);
}
