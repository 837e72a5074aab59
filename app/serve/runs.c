#include "runs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events.h"
#include "guard.h"
#include "term.h"

enum { FOLLOWERS_MAX = 64, PIECE = 256 << 10, QUIET_SECONDS = 5 };

/* A client that follows a run. */
typedef struct follower {
    events *to; /* NULL: this place is free */
    int fd;
    off_t at;
    double told;
    bool gone;
} follower;

static const char *folder;
static follower followers[FOLLOWERS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool ended;

void runs_open(const char *path) {
    folder = path;
}

static int open_metrics(int runs, const char *name, struct stat *info) {
    char path[300];
    snprintf(path, sizeof path, "%.255s/metrics.jsonl", name);
    int fd = *name == '.' ? -1 : openat(runs, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    if (!fstat(fd, info) && S_ISREG(info->st_mode)) return fd;
    close(fd);
    return -1;
}

/* Every run of the folder is listed, or the one of a name is opened. -1 with errno ENOMEM: memory
 * is short. */
static int look(json_t *list, const char *wanted) {
    errno = 0;
    DIR *dir = folder ? opendir(folder) : NULL;
    int found = -1, why = dir ? 0 : errno;
    struct stat info;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (wanted && strcmp(wanted, e->d_name)) continue;
        int fd = open_metrics(dirfd(dir), e->d_name, &info);
        if (fd < 0) continue;
        if (wanted) {
            found = fd;
            break;
        }
        close(fd);
        json_t *o = json_pack("{s:s, s:I, s:I}", "name", e->d_name, "bytes",
                              (json_int_t)info.st_size, "changed", (json_int_t)info.st_mtime);
        if (o) json_array_append_new(list, o); /* not of a name that is no UTF-8 */
    }
    if (dir) closedir(dir);
    errno = why;
    return found;
}

json_t *runs_list(void) {
    json_t *list = json_array();
    if (look(list, NULL) < 0 && errno == ENOMEM) {
        json_decref(list);
        return NULL;
    }
    return json_pack("{s:s, s:o}", "object", "list", "data", list);
}

/* The client left. */
static void left(void *user) {
    follower *f = user;
    pthread_mutex_lock(&lock);
    f->gone = true;
    pthread_mutex_unlock(&lock);
}

/* Tells the whole lines that are new; false when the client is gone. */
static bool tell(follower *f, char *piece, double now) {
    if (events_unread(f->to) > PIECE) return true; /* it is still at what there was */
    ssize_t size = pread(f->fd, piece, PIECE, f->at);
    char *line = piece, *end;
    struct stat info;
    if (!size && !fstat(f->fd, &info) && info.st_size < f->at) f->at = 0; /* begun anew */
    while (size > 0 && (end = memchr(line, '\n', (size_t)(piece + size - line)))) {
        if (!events_add(f->to, "event: metrics\ndata: ", 21) ||
            !events_add(f->to, line, (size_t)(end - line)) || !events_add(f->to, "\n\n", 2))
            return false;
        line = end + 1;
        f->told = now;
    }
    if (size > 0) f->at += line - piece;
    if (now - f->told < QUIET_SECONDS) return true;
    f->told = now;
    return events_put(f->to, NULL, NULL);
}

void runs_tick(void) {
    char *piece = NULL;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < FOLLOWERS_MAX; i++) {
        follower *f = &followers[i];
        if (!f->to) continue;
        if (!piece) piece = malloc(PIECE);
        if (!piece && !f->gone && !ended) continue; /* there may be memory the next time */
        bool good = !f->gone && !ended && tell(f, piece, term_now());
        if (good) continue;
        events_end(f->to);
        if (!f->gone) continue; /* until the response is over */
        close(f->fd);
        events_drop(f->to);
        *f = (follower){0};
    }
    pthread_mutex_unlock(&lock);
    free(piece);
}

void runs_end(void) {
    pthread_mutex_lock(&lock);
    ended = true;
    pthread_mutex_unlock(&lock);
    runs_tick();
}

enum MHD_Result runs_events(request *q) {
    int fd = look(NULL, q->name), i = 0;
    if (fd < 0 && errno == ENOMEM) return reply_error(q, 503, "out of memory");
    if (fd < 0) return reply_error(q, 404, "no run \"%s\"; GET /v1/runs lists them", q->name);
    pthread_mutex_lock(&lock);
    while (i < FOLLOWERS_MAX && followers[i].to) i++;
    follower *f = &followers[i];
    bool free_place = i < FOLLOWERS_MAX && !ended;
    events *e = free_place ? events_new(left, f) : NULL;
    if (e) *f = (follower){.to = e, .fd = fd, .told = term_now()};
    pthread_mutex_unlock(&lock);
    if (!e) {
        close(fd);
        return reply_error(q, 503, free_place ? "out of memory" : "too many follow runs already");
    }
    guard_set(q->connection, GUARD_WAITS);
    return events_answer(q->connection, e, reply_common(q));
}
