#include "run/progress.h"

#include "base/os.h"

static bool tell(hr_progress *p) {
    p->told = hr_os_seconds();
    if (p->tell && !p->tell(p->user, p->done, p->total)) atomic_store(&p->stopped, true);
    return !atomic_load(&p->stopped);
}

bool hr_progress_step(hr_progress *p) {
    p->done++;
    return tell(p);
}

static bool ask_caller(void *progress) {
    enum { A_SECOND = 20 };
    hr_progress *p = progress;
    if (atomic_load(&p->stopped)) return true;
    return hr_os_seconds() - p->told > 1.0 / A_SECOND && !tell(p);
}

static bool ask_flag(void *progress) {
    hr_progress *p = progress;
    return atomic_load_explicit(&p->stopped, memory_order_relaxed);
}

hr_stop hr_progress_stop(hr_progress *p, int worker) {
    return (hr_stop){worker == 0 ? ask_caller : ask_flag, p};
}
