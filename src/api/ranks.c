/* ranks.c - processes that work together. */
#include "api/handles.h"
#include "base/comm_load.h"

HR_API_INIT(hrm_ranks_options, .patience = 600)

hrm_status hrm_ranks_join(const hrm_ranks_options *options, hrm_ranks **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, options);
    HR_API_TAKE(hrm_ranks_options, own, options);
    if (!own.engine) return hr_fail(HR_ERR_ARG, "engine is NULL");
    if (!(own.patience >= 0)) return hr_fail(HR_ERR_ARG, "patience: %g is below 0", own.patience);
    hr_status status = hr_comm_load(own.engine, out);
    if (status) return status;
    (*out)->patience = own.patience > 0 ? own.patience : 600;
    if (!own.crowded && hr_comm_part_processors(*out)) (*out)->threads = 1;
    (*out)->mixed = own.mixed;
    (*out)->lost = own.lost;
    (*out)->user = own.user;
    return HRM_STATUS_OK;
}

int hrm_rank(const hrm_ranks *ranks) {
    return hr_comm_rank(ranks);
}

int hrm_rank_count(const hrm_ranks *ranks) {
    return hr_comm_size(ranks);
}

void hrm_ranks_share(hrm_ranks *ranks, void *bytes, size_t size) {
    if (ranks && bytes) hr_comm_share(ranks, bytes, size);
}

bool hrm_ranks_agreed(const hrm_ranks *ranks) {
    return ranks && ranks->agreed;
}

void hrm_ranks_leave(hrm_ranks *ranks, int code) {
    if (ranks && code) ranks->abort(ranks, code);
    hr_comm_close(ranks);
}
