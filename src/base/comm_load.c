/* comm_load.c - see comm_load.h */
#include "base/comm_load.h"

#include <dlfcn.h>

#include <string.h>

#include "base/mem.h"
#include "base/os.h"

hr_status hr_comm_load(const char *path, hr_comm **out) {
    *out = NULL;
    /* global: an MPI loads parts of its own, which look for the rest of it */
    void *file = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (!file) return hr_fail(HR_ERR_IO, "cannot load the engine for ranks: %s", dlerror());
    hr_comm_enter_fn *enter;
    *(void **)&enter = dlsym(file, HR_COMM_ENTRY);
    hr_comm *comm = enter ? HR_NEW(hr_comm, 1) : NULL;
    const char *why = !enter ? "it is no engine for ranks"
                      : comm ? enter(HR_COMM_LAYOUT, comm)
                             : hr_error_text();
    if (!why) {
        *out = comm; /* the file stays: MPI cannot be unloaded */
        return HR_OK;
    }
    hr_free(comm);
    return hr_fail(HR_ERR_UNSUPPORTED, "%s: %s", path, why);
}

bool hr_comm_part_processors(hr_comm *comm) {
    struct place {
        uint64_t machine;
        unsigned char mask[HR_OS_MASK];
    } *all = HR_NEW(struct place, (size_t)comm->size), *own = all + comm->rank;
    bool known = all && hr_os_mask(own->mask);
    if (known) own->machine = hr_os_machine();
    known = hr_comm_all(comm, known);
    if (known) hr_comm_gather(comm, all, sizeof *all);
    int before = 0, with = 0;
    for (int r = 0; known && r < comm->size; r++) {
        bool same = !memcmp(&all[r], own, sizeof *own);
        before += same && r < comm->rank;
        with += same;
    }
    bool few = hr_os_processors() < with;
    if (with > 1) hr_os_keep_part(before, with);
    hr_free(all);
    return few;
}

void hr_comm_close(hr_comm *comm) {
    if (!comm) return;
    comm->leave(comm);
    hr_free(comm);
}
