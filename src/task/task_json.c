/* task_json.c - the name of a family in front of what the family itself writes and reads. */
#include "task/task_json.h"

#include <jansson.h>

#include "base/text.h"
#include "task/families.h"

char *hr_task_to_json(const hr_task *task) {
    hr_buffer json = {0};
    hr_buffer_print(&json, "{\"task\": \"%s\"", task->ops->name);
    if (task->ops->write_json) task->ops->write_json(task, &json);
    hr_buffer_print(&json, "}");
    if (json.failed) hr_buffer_free(&json);
    return json.text;
}

static hr_status read_json(json_t *root, hr_task *out) {
    const char *name = json_string_value(json_object_get(root, "task"));
    if (!name) return hr_fail(HR_ERR_FORMAT, "is no object with a text \"task\"");
    const hr_task_ops *family = hr_family_find(name);
    if (!family) return hr_fail(HR_ERR_FORMAT, "\"%.60s\" is no family of puzzles", name);
    hr_status status = family->read_json(root, out);
    return status ? hr_fail_in(status, "%s", name) : HR_OK;
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
