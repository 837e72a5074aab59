/* comm.c - what is said among ranks, out of messages from one to another. */
#include "base/comm.h"

#include <stdio.h>
#include <string.h>

int hr_comm_rank(const hr_comm *comm) {
    return comm ? comm->rank : 0;
}

int hr_comm_size(const hr_comm *comm) {
    return comm ? comm->size : 1;
}

void hr_comm_trade(hr_comm *comm, const hr_message *send, int sends, const hr_message *receive,
                   int receives) {
    if (!comm || !(sends + receives)) return;
    const char *why = comm->trade(comm, send, sends, receive, receives);
    if (!why) return;
    if (comm->lost) comm->lost(comm->user, why);
    comm->abort(comm, 1);
}

void hr_comm_share(hr_comm *comm, void *bytes, size_t size) {
    hr_message message[HR_RANKS];
    int ranks = hr_comm_size(comm);
    if (ranks == 1 || !size) return;
    if (comm->rank) {
        hr_comm_trade(comm, NULL, 0, &(hr_message){0, bytes, size}, 1);
        return;
    }
    for (int r = 1; r < ranks; r++) message[r - 1] = (hr_message){r, bytes, size};
    hr_comm_trade(comm, message, ranks - 1, NULL, 0);
}

/* A rank's part of a list, from or to another; false: it is empty. */
static bool part_of(const hr_parts *list, int whose, int peer, hr_message *out) {
    const size_t *at = list->at;
    *out = (hr_message){peer, (unsigned char *)list->all + at[whose], at[whose + 1] - at[whose]};
    return out->size > 0;
}

void hr_comm_gather_lists(hr_comm *comm, const hr_parts *list, int lists) {
    hr_message send[HR_LISTS * HR_RANKS], receive[HR_LISTS * HR_RANKS];
    int ranks = hr_comm_size(comm), own = hr_comm_rank(comm), sends = 0, receives = 0;
    for (int i = 1; i < ranks; i++) {
        int to = (own + i) % ranks, from = (own + ranks - i) % ranks; /* not all to one at once */
        for (int l = 0; l < lists; l++) {
            sends += part_of(&list[l], own, to, &send[sends]);
            receives += part_of(&list[l], from, from, &receive[receives]);
        }
    }
    hr_comm_trade(comm, send, sends, receive, receives);
}

void hr_comm_gather_parts(hr_comm *comm, void *all, const size_t *at) {
    hr_comm_gather_lists(comm, &(hr_parts){all, at}, 1);
}

void hr_comm_gather(hr_comm *comm, void *all, size_t each) {
    size_t at[HR_RANKS + 1] = {0};
    int ranks = hr_comm_size(comm);
    if (ranks == 1) return;
    for (int r = 0; r <= ranks; r++) at[r] = (size_t)r * each;
    hr_comm_gather_parts(comm, all, at);
}

bool hr_comm_all(hr_comm *comm, bool own) {
    bool said[HR_RANKS], all = true;
    int ranks = hr_comm_size(comm);
    said[hr_comm_rank(comm)] = own;
    hr_comm_gather(comm, said, sizeof *said);
    for (int r = 0; r < ranks; r++) all &= said[r];
    return all;
}

hr_status hr_comm_agree(hr_comm *comm, hr_status own) {
    return hr_comm_settle(comm, own, NULL);
}

hr_status hr_comm_settle(hr_comm *comm, hr_status own, bool *go) {
    struct {
        hr_status status;
        bool go;
    } said[HR_RANKS];
    char text[1024] = "";
    int ranks = hr_comm_size(comm), first = 0;
    if (ranks == 1) return own;
    memset(&said[comm->rank], 0, sizeof *said);
    said[comm->rank].status = own;
    said[comm->rank].go = go && *go;
    hr_comm_gather(comm, said, sizeof *said);
    for (int r = 0; go && r < ranks; r++) *go &= said[r].go;
    while (first < ranks && !said[first].status) first++;
    comm->agreed = first < ranks;
    if (first == ranks) return HR_OK;
    if (first == comm->rank) snprintf(text, sizeof text, "%s", hr_error_text());
    size_t at[HR_RANKS + 1] = {0};
    for (int r = 0; r < ranks; r++) at[r + 1] = r < first ? 0 : sizeof text;
    hr_comm_gather_parts(comm, text, at);
    if (first == comm->rank) return own;
    own = said[first].status;
    if (!first) return hr_fail(own, "%s", text);
    return hr_fail(own, "rank %d: %s", first, *text ? text : hr_status_name(own));
}

bool hr_comm_same(hr_comm *comm, unsigned long long own, int *rank) {
    unsigned long long said[HR_RANKS];
    said[hr_comm_rank(comm)] = own;
    hr_comm_gather(comm, said, sizeof *said);
    for (*rank = 1; *rank < hr_comm_size(comm); ++*rank)
        if (said[*rank] != said[0]) return false;
    return true;
}
