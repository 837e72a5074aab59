/* file.c - files written as a whole or not at all, for programs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/handles.h"
#include "base/mem.h"
#include "base/os.h"

struct hrm_file {
    hr_writer writer;
    int error; /* of the first write that failed; 0: none did */
};

hrm_status hrm_file_create(const char *path, hrm_file **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(path, out);
    hrm_file *file = HR_NEW(hrm_file, 1);
    if (!file) return HRM_STATUS_MEM;
    hr_status status = hr_os_create(path, &file->writer);
    if (status) {
        hr_free(file);
        return status;
    }
    if (file->writer.direct) (void)!setvbuf(file->writer.file, NULL, _IONBF, 0);
    *out = file;
    return HRM_STATUS_OK;
}

hrm_status hrm_file_write(hrm_file *file, const void *bytes, size_t size) {
    HR_API_FLOATS;
    HR_API_NEED(file);
    if (size) HR_API_NEED(bytes);
    hr_status status = hr_os_write(&file->writer, bytes, size);
    if (status && !file->error) file->error = errno;
    return status;
}

hrm_status hrm_file_end(hrm_file *file, bool keep) {
    HR_API_FLOATS;
    hr_status status = HR_OK;
    if (!file) return HRM_STATUS_OK;
    if (file->error)
        status =
            hr_fail(HR_ERR_IO, "%s: cannot write: %s", file->writer.path, strerror(file->error));
    if (keep) status = hr_os_end(&file->writer, status);
    else hr_os_end(&file->writer, HR_ERR_STOPPED);
    hr_free(file);
    return status;
}
