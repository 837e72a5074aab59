/* ranks.c - see ranks.h */
#include "ranks.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shipped.h"
#include "signals.h"
#include "term.h"

#define ENGINE "hrm-mpi.so"

static int launched = 1, rank; /* processes, and which of them this is, as the launcher says */
static int stderr_kept = STDERR_FILENO;
static hrm_ranks *ranks;

/* What launchers tell the processes that they start: how many there are, and which is which. srun
 * says so where no MPI of its own does; a batch script, which it also says much to, is no step. */
static const char *const variables[][2] = {
    {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
    {"PMI_SIZE", "PMI_RANK"},
    {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},
};

/* Of a variable, or -1. */
static int number_of(const char *name) {
    const char *text = getenv(name);
    char *end;
    long value = text && *text ? strtol(text, &end, 10) : -1;
    return text && *text && !*end && value >= 0 && value < INT_MAX ? (int)value : -1;
}

void ranks_silence(void) {
    const char *alone = getenv("HRM_ALONE");
    if (alone && *alone && strcmp(alone, "0")) return;
    for (size_t i = 0; launched == 1 && i < sizeof variables / sizeof *variables; i++) {
        int size = number_of(variables[i][0]), own = number_of(variables[i][1]);
        if (size > 1 && own >= 0) launched = size, rank = own;
    }
    if (launched > 1) term_not_shown();
    int nowhere = rank ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    if (nowhere < 0) return;
    int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (kept >= 0) stderr_kept = kept;
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
}

/* A folder that is not there or not for all to see holds no engine; without memory that is not
 * known. */
static int stop_without_memory(const char *folder, int error) {
    (void)folder;
    return error == ENOMEM;
}

hrm_status ranks_engine(const char **out) {
    static char path[PATH_MAX];
    /* from the folder of the program: the build tree's, the installed one's */
    static const char *const places[] = {"", "../lib/hrm/", "../lib/*/hrm/"};
    const char *named = getenv("HRM_MPI");
    char pattern[PATH_MAX], folder[PATH_MAX - 64];
    *out = named && *named ? named : NULL;
    if (*out) return HRM_STATUS_OK;
    app_program_folder(folder, sizeof folder);
    for (size_t i = 0; *folder && i < sizeof places / sizeof *places; i++) {
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s%s" ENGINE, folder, places[i]);
        int none = glob(pattern, 0, stop_without_memory, &found);
        if (none == GLOB_NOSPACE || none == GLOB_ABORTED) return HRM_STATUS_MEM;
        if (none) continue;
        snprintf(path, sizeof path, "%s", found.gl_pathv[0]);
        globfree(&found);
        *out = path;
        return HRM_STATUS_OK;
    }
    return HRM_STATUS_OK;
}

static void lost(void *user, const char *why) {
    (void)user;
    dprintf(stderr_kept, "hrm: rank %d: %s; all ranks end\n", hrm_rank(ranks), why);
}

/* Commands whose work ranks share. */
static bool takes_ranks(const app_command *command) {
    static const char *const names[] = {"train", "eval", "solve", "adapt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(command->name, names[i])) return true;
    return false;
}

/* An option that is not for ranks: by the clock they would come to part ways, and what tells every
 * step is of one process. NULL: there is none. */
static const char *for_one(const app_args *a) {
    return a->seconds > 0         ? "seconds"
           : a->total_seconds > 0 ? "total-seconds"
           : a->latency           ? "latency"
           : a->trace             ? "trace"
           : a->picture           ? "picture"
           : a->explain           ? "explain"
                                  : NULL;
}

int ranks_join(app_args *args) {
    if (launched == 1) return 0;
    const char *option = for_one(args);
    if (rank) args->answers = args->submission = args->scores = args->model_out = NULL;
    if (!takes_ranks(args->command))
        return app_usage_error("hrm %s works in one process, and a launcher has started %d; start "
                               "it alone, or with HRM_ALONE=1 where each is to work by itself",
                               args->command->name, launched);
    if (option)
        return app_usage_error("--%s: is for one process, and a launcher has started %d", option,
                               launched);
    hrm_ranks_options options;
    hrm_ranks_options_init(&options, sizeof options);
    hrm_status status = ranks_engine(&options.engine);
    if (status) return app_fail(status);
    options.patience = args->wait;
    options.mixed = args->mixed;
    options.crowded = args->threads != 0;
    options.lost = lost;
    if (!options.engine)
        return app_usage_error(
            "a launcher has started %d processes, and this program has no " ENGINE
            ", with which they would work together; build it where mpicc is "
            "(docs/cluster.md), or start one process",
            launched);
    status = hrm_ranks_join(&options, &ranks);
    if (status) return app_fail(status);
    signals_pass();
    if (hrm_rank_count(ranks) == launched) return 0;
    int code = app_usage_error("the launcher has started %d processes, and the MPI of " ENGINE
                               " sees %d: it is another MPI than the launcher's (docs/cluster.md)",
                               launched, hrm_rank_count(ranks));
    hrm_ranks_leave(ranks, 0);
    ranks = NULL;
    return code;
}

hrm_ranks *ranks_own(void) {
    return ranks;
}

void ranks_share(const char **text, int *got) {
    static char *kept;
    static size_t room;
    struct {
        int got;
        size_t size; /* with its end; 0: there is none */
    } said = {*got, *text ? strlen(*text) + 1 : 0};
    if (!ranks) return;
    hrm_ranks_share(ranks, &said, sizeof said);
    if (said.size > room) {
        free(kept);
        kept = malloc(room = said.size);
        if (!kept) {
            lost(NULL, "out of memory for a puzzle");
            hrm_ranks_leave(ranks, EXIT_FAILED);
        }
    }
    if (said.size && !rank) memcpy(kept, *text, said.size);
    hrm_ranks_share(ranks, kept, said.size);
    *got = said.got;
    *text = said.size ? kept : NULL;
}

static bool settled;

void ranks_settle(void) {
    settled = true;
}

int ranks_leave(int code) {
    if (!ranks) return code;
    bool alike = !code || settled || hrm_ranks_agreed(ranks);
    hrm_failure failure;
    hrm_last_failure(&failure);
    if (!alike && hrm_rank(ranks)) {
        /* where the others fail as this one does, rank 0 says so */
        nanosleep(&(struct timespec){.tv_sec = 2}, NULL);
        dprintf(stderr_kept, "hrm: rank %d: %s\n", hrm_rank(ranks),
                *failure.text ? failure.text : "it has failed");
    }
    hrm_ranks_leave(ranks, alike ? 0 : code);
    return code;
}
