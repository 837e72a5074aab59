/* folder.c - see folder.h */
#include "train/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"

hr_status hr_folder_open(hr_folder *f, const char *dir) {
    *f = (hr_folder){.dir = hr_text_copy(dir), .lock = -1};
    return f->dir ? HR_OK : HR_ERR_MEM;
}

void hr_folder_close(hr_folder *f) {
    if (f->lock >= 0) close(f->lock);
    hr_free(f->dir);
    *f = (hr_folder){.lock = -1};
}

char *hr_folder_path(const hr_folder *f, const char *name) {
    return hr_text_format("%s/%s", f->dir, name);
}

/* Whoever looks whether a run is at work holds the lock for a moment. */
static bool take(int lock) {
    bool taken = false;
    for (int i = 0; i < 20 && !(taken = !flock(lock, LOCK_EX | LOCK_NB)) && errno == EWOULDBLOCK;
         i++)
        usleep(1000);
    return taken;
}

bool hr_folder_busy(const char *dir) {
    char *path = hr_text_format("%s/.lock", dir);
    int lock = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool busy = lock >= 0 && flock(lock, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
    if (lock >= 0) close(lock);
    hr_free(path);
    return busy;
}

hr_status hr_folder_lock(hr_folder *f) {
    if (f->lock >= 0) return HR_OK;
    char *path = hr_folder_path(f, ".lock");
    if (!path) return HR_ERR_MEM;
    f->lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    hr_status status = HR_OK;
    if (f->lock < 0) status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    else if (!take(f->lock))
        status = errno == EWOULDBLOCK
                     ? hr_fail(HR_ERR_IO, "%s: another process is training in this folder", f->dir)
                     : hr_fail(HR_ERR_IO, "%s: cannot lock: %s", path, strerror(errno));
    if (status && f->lock >= 0) {
        close(f->lock);
        f->lock = -1;
    }
    hr_free(path);
    return status;
}

static const char *const run_file[] = {"state.safetensors", "recipe.yaml",      "metrics.jsonl",
                                       "model.safetensors", "best.safetensors", "sessions.jsonl"};
enum { RUN_FILES = sizeof run_file / sizeof *run_file };

hr_status hr_folder_check_free(const hr_folder *f) {
    for (int i = 0; i < RUN_FILES; i++) {
        char *path = hr_folder_path(f, run_file[i]);
        if (!path) return HR_ERR_MEM;
        bool held;
        hr_status status = hr_os_find(path, &held);
        hr_free(path);
        if (status) return status;
        if (held && i == 0)
            return hr_fail_about(HR_ERR_ARG, "out_dir",
                                 "%s: holds a run already; resume it or choose another folder",
                                 f->dir);
        if (held)
            return hr_fail_about(HR_ERR_ARG, "out_dir",
                                 "%s: holds a %s, which a run would replace; choose another folder",
                                 f->dir, run_file[i]);
    }
    return HR_OK;
}

void hr_folder_sweep(const hr_folder *f) {
    for (int i = 0; i < RUN_FILES; i++) hr_os_sweep(f->dir, run_file[i]);
}
