/* comm_mpi.c - ranks of MPI, as a plug-in: the one file that knows MPI, and no part of the library.
 *
 * MPI carries bytes from rank to rank and no more: sums are made here, in the order of the tree
 * over shards, since MPI's own depend on the number of ranks. */
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/comm.h"

enum {
    PART = 1 << 30,           /* bytes of a message; longer ones go in several */
    REQUESTS = 64 * HR_RANKS, /* at once */
    TAG = 7,                  /* of all messages */
    SHORT = 1 << 16,          /* bytes in all: whoever waits for so few sleeps between looks */
};

static MPI_Request request[REQUESTS];
static int peer[REQUESTS]; /* whom each is from or to */
/* Nobody reads it; MPICH's way to say so is one that gcc warns of. */
static MPI_Status told[REQUESTS];
static char why[200];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const char *failed(int code, int rank) {
    char text[MPI_MAX_ERROR_STRING] = "";
    int size;
    MPI_Error_string(code, text, &size);
    snprintf(why, sizeof why, "rank %d cannot be reached (%.120s)", rank, text);
    return why;
}

/* Puts the parts of some messages on their way; the number of requests goes up. */
static const char *post(const hr_message *list, int count, bool out, int *n, size_t *bytes) {
    for (int i = 0; i < count; i++)
        for (size_t at = 0; at < list[i].size; at += PART) {
            size_t left = list[i].size - at;
            int size = left < PART ? (int)left : PART, rank = list[i].rank;
            unsigned char *from = (unsigned char *)list[i].bytes + at;
            if (*n == REQUESTS) return "too many messages at once";
            peer[*n] = rank;
            int code =
                out ? MPI_Isend(from, size, MPI_BYTE, rank, TAG, MPI_COMM_WORLD, &request[*n])
                    : MPI_Irecv(from, size, MPI_BYTE, rank, TAG, MPI_COMM_WORLD, &request[*n]);
            if (code) return failed(code, rank);
            ++*n;
            *bytes += (size_t)size;
        }
    return NULL;
}

/* One whose request is not done, or is wrong. */
static int waited_for(int n) {
    for (int i = 0; i < n; i++)
        if (request[i] != MPI_REQUEST_NULL) return peer[i];
    return 0;
}

/* MPI moves bytes only where somebody asks for them. Who waits for few, mostly until another is as
 * far, leaves the processor to those that it waits for. */
static void rest(double waited, size_t bytes) {
    const struct timespec moment = {.tv_nsec = waited < 0.1 ? 20000 : 500000};
    if (waited > 0.0005 + (double)bytes * 1e-7 || (bytes < SHORT && waited > 0.0002))
        nanosleep(&moment, NULL);
    else sched_yield();
}

static const char *trade(hr_comm *comm, const hr_message *send, int sends,
                         const hr_message *receive, int receives) {
    int n = 0, done = 0;
    size_t bytes = 0;
    const char *bad = post(receive, receives, false, &n, &bytes);
    if (!bad) bad = post(send, sends, true, &n, &bytes);
    for (double begin = now(), waited = 0; !bad && !done; waited = now() - begin) {
        int code = MPI_Testall(n, request, &done, told);
        if (code) return failed(code, waited_for(n));
        if (done) break;
        if (waited > comm->patience) {
            snprintf(why, sizeof why, "no word from rank %d for %.0f seconds", waited_for(n),
                     waited);
            return why;
        }
        rest(waited, bytes);
    }
    return bad;
}

static void leave(hr_comm *comm) {
    (void)comm;
    MPI_Finalize();
}

static void end_all(hr_comm *comm, int code) {
    (void)comm;
    MPI_Abort(MPI_COMM_WORLD, code);
    _exit(code);
}

__attribute__((visibility("default"))) hr_comm_enter_fn hr_comm_enter;

const char *hr_comm_enter(int layout, hr_comm *comm) {
    int provided, given;
    if (layout != HR_COMM_LAYOUT) return "it is of another version than this program";
    MPI_Initialized(&given);
    if (given) return "MPI is in use already";
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided)) return "MPI does not start";
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &comm->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &comm->size);
    comm->trade = trade;
    comm->leave = leave;
    comm->abort = end_all;
    return comm->size <= HR_RANKS ? NULL : "there are more ranks than can work together";
}
