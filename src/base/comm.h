/* comm.h - processes at one piece of work, on one machine or several: their ranks, and what they
 * tell each other.
 *
 * Every function but those that say otherwise is called by all ranks alike, in the same order, by
 * one thread at a time. A comm of NULL is one process alone, for which each of them does nothing:
 * whoever has to do with ranks needs no second way of going about it. Nothing here can fail: where
 * a rank is lost, or keeps silent for longer than `patience`, so is the work, and all are ended. */
#ifndef HR_COMM_H
#define HR_COMM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* From or to a rank. */
typedef struct hr_message {
    int rank;
    void *bytes;
    size_t size;
} hr_message;

typedef struct hrm_ranks hr_comm; /* which programs know by that name */
struct hrm_ranks {
    int rank, size;
    double patience; /* seconds without a word */
    int threads;     /* of each rank where nobody says; 0: as everywhere */
    bool mixed;      /* ranks may be of several builds and kernels, whose bits differ */
    /* Sends and receives all of it at once, and returns when that is done: NULL, or why it could
     * not be. What goes from one rank to another arrives in the order of the lists. */
    const char *(*trade)(hr_comm *comm, const hr_message *send, int sends,
                         const hr_message *receive, int receives);
    void (*leave)(hr_comm *comm);           /* when all is done */
    void (*abort)(hr_comm *comm, int code); /* ends all ranks, by any of them; does not return */
    bool agreed; /* the last failure is one that all ranks have (hr_comm_agree) */
    void (*lost)(void *user, const char *why); /* is told before that; may be NULL */
    void *user, *own;
};

enum { HR_RANKS = 1024 }; /* at most */

/* An engine for ranks is loaded while the program runs: a file with a function of this name, which
 * fills in a comm; NULL, or why it cannot. Both sides know the layout by the number. */
enum { HR_COMM_LAYOUT = 1 };
#define HR_COMM_ENTRY "hr_comm_enter"
typedef const char *hr_comm_enter_fn(int layout, hr_comm *comm);

int hr_comm_rank(const hr_comm *comm);
int hr_comm_size(const hr_comm *comm);
/* See hr_comm.trade. */
void hr_comm_trade(hr_comm *comm, const hr_message *send, int sends, const hr_message *receive,
                   int receives);
/* What rank 0 has, to all. */
void hr_comm_share(hr_comm *comm, void *bytes, size_t size);
/* `each` bytes of every rank, in order of ranks: its own lie in their place of `all`. */
void hr_comm_gather(hr_comm *comm, void *all, size_t each);
/* The same of as many as each has: rank r's lie from at[r] to at[r + 1] (ranks + 1). At once of
 * several lists, HR_LISTS at most. */
typedef struct hr_parts {
    void *all;
    const size_t *at;
} hr_parts;
enum { HR_LISTS = 4 };
void hr_comm_gather_lists(hr_comm *comm, const hr_parts *list, int lists);
void hr_comm_gather_parts(hr_comm *comm, void *all, const size_t *at);
/* Whether all say so. */
bool hr_comm_all(hr_comm *comm, bool own);
/* Success where all have it; else every rank has the failure of the first that failed, which is
 * named where it is not its own. *go, unless NULL, becomes whether all say so, too. */
hr_status hr_comm_agree(hr_comm *comm, hr_status own);
hr_status hr_comm_settle(hr_comm *comm, hr_status own, bool *go);
/* That all have the same number; false: *rank is one whose number is not rank 0's. */
bool hr_comm_same(hr_comm *comm, unsigned long long own, int *rank);

#endif
