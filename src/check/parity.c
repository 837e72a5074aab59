/* parity.c - reads the manifest of a folder of fixtures and runs its parts. */
#include "check/parity.h"

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"
#include "check/parity_data.h"
#include "check/parity_model.h"
#include "check/parity_unit.h"

static hr_status open_manifest(hr_parity_run *run) {
    char *path = hr_text_format("%s/manifest.json", run->dir);
    if (!path) return HR_ERR_MEM;
    hr_status status = HR_OK;
    if (!hr_os_is_file(path))
        status = hr_fail(HR_ERR_IO, "%s: no such file; give a folder of fixtures", path);
    if (!status) status = hr_json_open(path, &run->manifest);
    if (!status && !json_is_object(run->manifest))
        status = hr_fail(HR_ERR_FORMAT, "%s: is not a JSON object", path);
    hr_free(path);
    return status;
}

hr_status hr_parity(const char *dir, const hr_kern *kern, hr_pool *pool,
                    const hrm_parity_options *options, hrm_parity_report *out) {
    hr_parity_run run = {.dir = dir, .kern = kern, .pool = pool, .options = options};
    hr_status status = open_manifest(&run);
    if (!status) status = hr_parity_units(&run);
    if (!status) status = hr_parity_models(&run);
    if (!status) status = hr_parity_data(&run);
    json_decref(run.manifest);
    *out = (hrm_parity_report){run.passed, run.failed};
    if (!status && run.stopped) status = hr_fail(HR_ERR_STOPPED, "stopped");
    if (!status && !run.passed && !run.failed)
        status = hr_fail(HR_ERR_FORMAT,
                         "%s: holds no fixture case; its manifest.json lists no "
                         "models and there is neither unit/ nor data/",
                         dir);
    return status;
}
