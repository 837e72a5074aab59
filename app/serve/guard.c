#include "guard.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "metrics.h"
#include "term.h"

/* The library's own timeout is of silence: a client that sends a byte now and then never meets it.
 */
enum { READ_SECONDS = 20, WRITE_SECONDS = 60, KEYS_MAX = 256, KEY_SIZE = 200, RATES = 1024 };

typedef struct wire {
    struct wire *next, **at;
    int fd;
    guard_phase phase;
    double since;
} wire;

/* What an address may still ask: a bucket that fills with time. */
typedef struct rate {
    uint64_t address;
    double left, at;
} rate;

static struct {
    guard_options o;
    char key[KEYS_MAX][KEY_SIZE];
    size_t keys;
    rate rate[RATES];
    pthread_mutex_t lock; /* of the connections */
    wire *first;
    int links;
} guard = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool read_keys(const char *path) {
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "hrm: %s: cannot read: %s\n", path, strerror(errno));
        return false;
    }
    while (good && getline(&line, &room, file) > 0) {
        size_t n = strcspn(line, "\r\n");
        line[n] = 0;
        if (!n || *line == '#') continue;
        good = n < KEY_SIZE && guard.keys < KEYS_MAX;
        if (good) memcpy(guard.key[guard.keys++], line, n + 1);
    }
    int why = good && !feof(file) ? errno : 0;
    free(line);
    fclose(file);
    if (why) {
        fprintf(stderr, "hrm: %s: cannot read: %s\n", path, strerror(why));
        return false;
    }
    if (!good) {
        fprintf(stderr, "hrm: %s: may hold %d keys of under %d characters\n", path, KEYS_MAX,
                KEY_SIZE);
        return false;
    }
    if (guard.keys) return true;
    fprintf(stderr, "hrm: %s: holds no key; write one a line\n", path);
    return false;
}

bool guard_open(const guard_options *options) {
    guard.o = *options;
    reply_set_origin(options->origin);
    return !options->keys || read_keys(options->keys);
}

void guard_close(void) {
    memset(guard.key, 0, sizeof guard.key);
    guard.keys = 0;
}

/* Takes as long whatever is wrong. */
static bool same_key(const char *key, const char *given) {
    unsigned char wrong = 0;
    size_t n = strlen(given);
    for (size_t i = 0; i < KEY_SIZE; i++) {
        wrong |= (unsigned char)(key[i] ^ (i < n ? given[i] : 0));
        if (!key[i]) return !wrong && i == n;
    }
    return false;
}

static bool has_key(const request *q) {
    const char *given = reply_header(q, "Authorization");
    bool good = false;
    if (!given || strncasecmp(given, "Bearer ", 7)) return false;
    for (size_t i = 0; i < guard.keys; i++) good |= same_key(guard.key[i], given + 7);
    return good;
}

static bool is_local(const char *host) {
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == n && !strncasecmp(host, names[i], n)) return true;
    return false;
}

int guard_refuses(const request *q, bool open, const char **why) {
    const char *host = reply_header(q, "Host"), *origin = reply_header(q, "Origin");
    const char *name = origin ? strstr(origin, "://") : NULL;
    *why = "this host name is not served; ask for localhost or 127.0.0.1";
    if (guard.o.loopback && host && !is_local(host)) return 403;
    bool own = !origin || (host && name && !strcasecmp(name + 3, host));
    bool asked = guard.o.origin && origin &&
                 (!strcmp(guard.o.origin, "*") || !strcasecmp(guard.o.origin, origin));
    *why = "pages of this origin may not ask";
    if (!own && !asked) return 403;
    *why = "a key is needed: Authorization: Bearer KEY";
    return open || !guard.keys || has_key(q) ? 0 : 401;
}

static uint64_t address_of(const request *q) {
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    uint64_t address = 0;
    if (i && i->client_addr && i->client_addr->sa_family == AF_INET)
        address =
            1 +
            (uint64_t)((const struct sockaddr_in *)(const void *)i->client_addr)->sin_addr.s_addr;
    if (i && i->client_addr && i->client_addr->sa_family == AF_INET6) /* a customer's network */
        memcpy(&address, &((const struct sockaddr_in6 *)(const void *)i->client_addr)->sin6_addr,
               8);
    return address;
}

bool guard_is_flooded(const request *q) {
    if (guard.o.rate <= 0) return false;
    uint64_t address = address_of(q);
    rate *r = &guard.rate[(address * 0x9e3779b97f4a7c15u) >> 54];
    double now = term_now(), most = guard.o.rate < 1 ? 1 : guard.o.rate;
    if (r->address != address) *r = (rate){address, most, now};
    r->left += (now - r->at) * guard.o.rate;
    if (r->left > most) r->left = most;
    r->at = now;
    if (r->left < 1) return true;
    r->left--;
    return false;
}

/* ---- connections ----------------------------------------------------------------------------- */

int guard_descriptor(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    return i ? i->connect_fd : -1;
}

void guard_connection(void *user, struct MHD_Connection *c, void **context,
                      enum MHD_ConnectionNotificationCode code) {
    (void)user;
    wire *l = *context;
    pthread_mutex_lock(&guard.lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = l = calloc(1, sizeof *l);
        if (l) {
            *l = (wire){.next = guard.first,
                        .at = &guard.first,
                        .fd = guard_descriptor(c),
                        .since = term_now()};
            if (l->next) l->next->at = &l->next;
            guard.first = l;
            guard.links++;
        } else shutdown(guard_descriptor(c), SHUT_RDWR); /* rather none than one not looked after */
    } else if (l) {                                      /* its descriptor is still open */
        *l->at = l->next;
        if (l->next) l->next->at = l->at;
        guard.links--;
        free(l);
        *context = NULL;
    }
    pthread_mutex_unlock(&guard.lock);
}

void guard_set(struct MHD_Connection *c, guard_phase phase) {
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    wire *l = i ? i->socket_context : NULL;
    pthread_mutex_lock(&guard.lock);
    if (l) l->phase = phase, l->since = term_now();
    pthread_mutex_unlock(&guard.lock);
}

void guard_tick(void) {
    double now = term_now();
    pthread_mutex_lock(&guard.lock);
    for (wire *l = guard.first; l; l = l->next) {
        double most = l->phase == GUARD_READS    ? READ_SECONDS
                      : l->phase == GUARD_WRITES ? WRITE_SECONDS
                                                 : 1e9;
        if (now - l->since < most) continue;
        shutdown(l->fd, SHUT_RDWR); /* the server then finds it closed */
        l->since = now;
        metrics_add(METRIC_CUT, 1);
    }
    pthread_mutex_unlock(&guard.lock);
}

int guard_connections(void) {
    pthread_mutex_lock(&guard.lock);
    int n = guard.links;
    pthread_mutex_unlock(&guard.lock);
    return n;
}
