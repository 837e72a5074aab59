/* general.c - errors, versions, memory: what every program needs. */
#include <string.h>

#include "api/handles.h"
#include "base/mem.h"

_Static_assert((int)HRM_STATUS_ARG == (int)HR_ERR_ARG &&
                   (int)HRM_STATUS_UNSUPPORTED == (int)HR_ERR_UNSUPPORTED,
               "public and internal status codes are the same numbers");

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

const char *hrm_error(void) {
    hr_error_failure();
    const char *text = hr_error_text();
    hr_fail_told();
    return text;
}

void hrm_last_failure(hrm_failure *out) {
    if (!out) return;
    hr_failure f = hr_error_failure();
    *out = (hrm_failure){f.status, hr_error_text(), f.option, f.file,  f.line,
                         f.column, f.puzzle,        f.cell,   f.offset};
    hr_fail_told();
}

void hrm_free(void *text) {
    hr_free(text);
}

const char *hrm_version(void) {
    return TEXT(HRM_VERSION_MAJOR) "." TEXT(HRM_VERSION_MINOR) "." TEXT(HRM_VERSION_PATCH);
}

int hrm_abi_version(void) {
    return HRM_ABI;
}

const char *hrm_status_name(hrm_status status) {
    return hr_status_name(status);
}

fenv_t hr_api_floats_enter(void) {
    fenv_t hosts;
    fegetenv(&hosts);
    fesetenv(FE_DFL_ENV);
    return hosts;
}

void hr_api_floats_leave(fenv_t *hosts) {
    fesetenv(hosts);
}

/* names: "model, path", as the pointers were written. */
hrm_status hr_api_need(const char *names, const void *const *pointers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t size = strcspn(names, ",");
        if (!pointers[i]) return hr_fail(HR_ERR_ARG, "%.*s is NULL", (int)size, names);
        names += size + strspn(names + size, ", ");
    }
    return HRM_STATUS_OK;
}

hrm_status hr_api_list(const char *what, const char *const *list, size_t count) {
    if (count && !list) return hr_fail(HR_ERR_ARG, "%s is NULL", what);
    for (size_t i = 0; i < count; i++)
        if (!list[i]) return hr_fail(HR_ERR_ARG, "%s %zu is NULL", what, i + 1);
    return HRM_STATUS_OK;
}
