/* task_json.c - a family's name and letters; the rest the family writes and reads itself. */
#include "task/task_json.h"

#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "task/families.h"
#include "task/family.h"

char *hr_task_to_json(const hr_task *task) {
    hr_buffer json = {0};
    hr_buffer_print(&json, "{\"task\": \"%s\"", task->ops->name);
    if (task->ops->write_json) task->ops->write_json(task, &json);
    hr_task plain;
    if (task->ops->of_length && !task->ops->of_length((size_t)task->seq, &plain) &&
        memcmp(plain.alphabet + 1, task->alphabet + 1, (size_t)task->vocab - 1) != 0) {
        hr_buffer_print(&json, ", \"letters\": \"");
        for (int t = 1; t < task->vocab; t++)
            hr_task_add_byte(&json, (unsigned char)task->alphabet[t]);
        hr_buffer_print(&json, "\"");
    }
    hr_buffer_print(&json, "}");
    if (json.failed) hr_buffer_free(&json);
    return json.text;
}

static hr_status read_json(json_t *root, hr_task *out) {
    const char *name = json_string_value(json_object_get(root, "task"));
    if (!name) return hr_fail(HR_ERR_FORMAT, "is no object with a text \"task\"");
    const hr_task_ops *family = hr_family_find(name);
    if (!family) return hr_fail(HR_ERR_FORMAT, "\"%.60s\" is no family of puzzles", name);
    json_t *letters = json_incref(json_object_get(root, "letters"));
    char bytes[256];
    size_t count = 0;
    json_object_del(root, "letters");
    hr_status status = family->read_json(root, out);
    if (!status && letters) {
        const char *utf8 = json_string_value(letters);
        bool read = utf8 && hr_task_read_bytes(utf8, bytes, sizeof bytes, &count);
        status = read ? hr_task_set_letters(out, bytes, count)
                      : hr_fail(HR_ERR_FORMAT, "letters is no text of known characters");
        if (status) hr_task_free(out);
    }
    json_decref(letters);
    return status ? hr_fail_in(status, "%s", family->name) : HR_OK;
}

hr_status hr_task_from_json(const char *text, hr_task *out) {
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root && json_error_code(&error) == json_error_out_of_memory)
        return hr_fail(HR_ERR_MEM, "out of memory while reading a task's description");
    if (!root)
        return hr_fail(HR_ERR_FORMAT, "the task's description, line %d, column %d: %s", error.line,
                       error.column, error.text);
    hr_status status = read_json(root, out);
    json_decref(root);
    return status == HR_OK ? HR_OK : hr_fail_in(HR_ERR_FORMAT, "the task's description");
}
