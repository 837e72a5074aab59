/* crew.c - see crew.h */
#include "train/crew.h"

#include <string.h>

#include "base/xxh64.h"
#include "hrm.h"

bool hr_crew_writes(const hr_setup *s) {
    return hr_comm_rank(s->comm) == 0;
}

bool hr_crew_told(const hr_setup *s, bool own) {
    hr_comm_share(s->comm, &own, sizeof own);
    return own;
}

double hr_crew_seconds(const hr_setup *s, double own) {
    hr_comm_share(s->comm, &own, sizeof own);
    return own;
}

static uint64_t sum_of(const char *text) {
    return hr_xxh64(text, strlen(text), 0);
}

hr_status hr_crew_alike(const hr_setup *s, long long step) {
    if (!s->comm) return HR_OK;
    char program[128];
    bool mixed = s->comm->mixed;
    snprintf(program, sizeof program, "%d.%d.%d %s", HRM_VERSION_MAJOR, HRM_VERSION_MINOR,
             HRM_VERSION_PATCH, __VERSION__);
    hr_recipe recipe = s->recipe; /* but for places, where files are alike, and how a rank works */
    *recipe.data = *recipe.valid = *recipe.task = *recipe.init = *recipe.isa = 0;
    recipe.threads = 0;
    char *yaml = hr_recipe_to_yaml(&recipe);
    const struct {
        uint64_t number;
        bool may_differ;
        const char *what;
    } list[] = {
        {sum_of(program), mixed, "another build of this program"},
        {sum_of(s->kern->name), mixed,
         "kernels for another instruction set (isa=NAME names those that all have)"},
        {yaml ? sum_of(yaml) : 0, false, "another recipe"},
        {s->data_hash, false, "other puzzles to train on"},
        {s->valid_hash, false, "other puzzles to evaluate on"},
        {s->init_hash, false, "other weights to begin with"},
        {(uint64_t)step, false, "another state of the run"},
    };
    hr_status status = HR_OK;
    for (size_t i = 0, n = sizeof list / sizeof *list; i < n && !status; i++) {
        int rank;
        if (!hr_comm_same(s->comm, list[i].number, &rank) && !list[i].may_differ)
            status = hr_fail(HR_ERR_ARG, "rank %d has %s than rank 0; the bits would differ", rank,
                             list[i].what);
    }
    hr_free(yaml);
    return hr_comm_agree(s->comm, status);
}
