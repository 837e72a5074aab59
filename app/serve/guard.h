/* guard.h - who may ask, how much and how slowly: keys, hosts and origins, rates, and connections
 * that take too long. */
#ifndef SERVE_GUARD_H
#define SERVE_GUARD_H

#include "reply.h"

typedef struct guard_options {
    bool loopback;      /* only this machine's names are good as Host */
    const char *origin; /* pages of this origin may ask, "*" all; NULL: only the own */
    const char *keys;   /* a file with one key a line; NULL: none is needed */
    double rate;        /* requests in a second from one address; 0: any number */
} guard_options;

/* False after one line on stderr. */
bool guard_open(const guard_options *options);
void guard_close(void);
/* 0, or the answer's status with a reason: 401, 403. open: needs no key. */
int guard_refuses(const request *q, bool open, const char **why);
/* Whether its address has asked too often; counts this one. */
bool guard_is_flooded(const request *q);

/* What a connection does. */
typedef enum guard_phase { GUARD_READS, GUARD_WAITS, GUARD_WRITES } guard_phase;
/* For MHD_OPTION_NOTIFY_CONNECTION. */
void guard_connection(void *user, struct MHD_Connection *c, void **context,
                      enum MHD_ConnectionNotificationCode code);
void guard_set(struct MHD_Connection *c, guard_phase phase);
/* Now and then: cuts connections that take longer than their phase may. */
void guard_tick(void);
int guard_connections(void);
int guard_descriptor(struct MHD_Connection *c);

#endif
