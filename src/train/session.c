/* session.c - see session.h */
#include "train/session.h"

#include <errno.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "hrm.h"
#include "io/json.h"

static hr_status add_line(const hr_folder *folder, json_t *object) {
    char *path = hr_folder_path(folder, "sessions.jsonl"), *text = NULL;
    hr_status status = hr_json_text(object, JSON_COMPACT, "a session", &text);
    if (!status && !path) status = HR_ERR_MEM;
    FILE *f = status ? NULL : fopen(path, "a+e");
    /* a kill may have cut the last line off */
    bool cut = f && !fseek(f, -1, SEEK_END) && fgetc(f) != '\n';
    if (f) fseek(f, 0, SEEK_END); /* between reading and writing */
    bool bad = f && fprintf(f, "%s%s\n", cut ? "\n" : "", text) < 0;
    if (f) bad |= fclose(f) != 0;
    if (!status && (!f || bad))
        status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    hr_free(path);
    hr_free(text);
    return status;
}

hr_status hr_session_begin(const hr_folder *folder, const hr_setup *s, int64_t step, bool holed) {
    char version[32], processor[HR_OS_PROCESSOR];
    snprintf(version, sizeof version, "%d.%d.%d", HRM_VERSION_MAJOR, HRM_VERSION_MINOR,
             HRM_VERSION_PATCH);
    hr_os_processor(processor);
    json_t *line =
        json_pack("{s:s, s:I, s:f, s:I, s:s, s:s, s:i, s:i, s:s, s:I, s:f, s:i, s:s, s:I}", "event",
                  "begin", "step", (json_int_t)step, "time", hr_os_date(), "steps",
                  (json_int_t)s->steps, "version", version, "processor", processor, "cores",
                  hr_os_cores(), "threads", hr_pool_threads(s->pool), "isa", s->kern->name,
                  "parameters", (json_int_t)s->model->table.parameters, "flops_per_step",
                  hr_setup_flops(s), "batch", (int)s->recipe.batch, "task", s->data->task.ops->name,
                  "examples", (json_int_t)s->data->examples);
    if (line && holed) json_object_set_new(line, "metrics_damaged", json_true());
    return add_line(folder, line);
}

hr_status hr_session_end(const hr_folder *folder, int64_t step, double seconds, const char *why) {
    json_t *line = json_pack("{s:s, s:I, s:f, s:f, s:s, s:I}", "event", "end", "step",
                             (json_int_t)step, "time", hr_os_date(), "seconds", seconds, "why", why,
                             "peak_bytes", (json_int_t)hr_os_peak_rss());
    if (line && !strcmp(why, "failed"))
        json_object_set_new(line, "error", hr_json_name(hr_error_text()));
    return add_line(folder, line);
}
