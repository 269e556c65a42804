/*
 * link_internal: what the two back ends of link.h share. link.c keeps the names, the order of what is
 * in flight and the pauses; a back end speaks the protocol and says what came of each message.
 *
 * A session's states: WAITING (no connection; tries again at `retry_at_ms`) ─begin─▶ CONNECTING
 * (handshake under way) ─link_up─▶ CONNECTED ─link_lost─▶ WAITING. CONNECTING ends after connect_ms
 * in any case: a peer that vanished in the handshake is not always noticed by the libraries.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_LINK_INTERNAL_H
#define EVROLL_TESTS_UNIT_TOOL_LINK_INTERNAL_H

#include <poll.h>

#include "tests/unit_tool/link.h"
#include "tests/unit_tool/random.h"

enum link_state { LINK_WAITING, LINK_CONNECTING, LINK_CONNECTED };

struct link {
    struct links *links;
    char unit[UNIT_NAME_MAX + 1];
    void *session; /* the back end's */
    enum link_state state;
    bool begun; /* a connection was begun before */
    int64_t retry_at_ms;
    int64_t retry_pause_ms;
    int64_t connect_until_ms;
    void *data;
    struct told told;
    /* Ring of `window`: what is in flight in the order sent; `done` ones wait for those before
     * them. */
    struct flight {
        int id; /* the back end's */
        bool done, refused;
    } * flights;
    size_t flight_first, flight_count;
};

/* The files of a unit's identity, checked to be readable. */
struct link_files {
    char ca[512], cert[512], key[512];
};

struct link_backend {
    /* Once a run, before the first and after the last session. */
    enum err (*start)(struct links *links, struct fault *fault);
    void (*stop)(struct links *links);

    enum err (*open)(struct link *link, struct fault *fault); /* sets link->session */
    void (*close)(struct link *link);                         /* session may be NULL */
    /* Begins to connect, once more after a loss. False: at once in vain (link_trouble was told). */
    bool (*begin)(struct link *link);
    /* Takes the message that stands at `slot` of the ring; repeats it as long as it is in flight. */
    enum err (*send)(struct link *link, size_t slot, const uint8_t *bytes, size_t len,
                     struct fault *fault);
    /* What to poll for; -1 when there is nothing. */
    int (*watch)(struct link *link, short *events);
    void (*serve)(struct link *link, short events);
    void (*tend)(struct link *link, int64_t now_ms); /* often; not while WAITING */
    /* Ends the session in order; false while something of it is still to be written. */
    bool (*leave)(struct link *link);
};

extern const struct link_backend link_mqtt;
extern const struct link_backend link_coap;

struct links {
    const struct link_backend *backend;
    void *common; /* the back end's */
    struct link_options options;
    link_acknowledged *acknowledged;
    void *context;
    struct link **items;
    size_t count, cap;
    struct pollfd *polls;
    size_t *
        slots; /* open addressing by unit name: index into items + 1, 0 is empty; 2 × cap of them */
    size_t in_flight;
    uint64_t reconnects;
    char trouble[200];
    struct random jitter;
};

enum err link_files_find(const struct link *link, struct link_files *files,
                         struct fault *fault) ERR_CHECKED;

static inline size_t link_slot(const struct link *link, size_t i)
{
    return (link->flight_first + i) % link->links->options.window;
}

void link_up(struct link *link);
/* The session works: after the next loss the pauses begin small again. */
void link_steady(struct link *link);
void link_lost(struct link *link);
void link_trouble(struct link *link, const char *what);
/* The gateway has answered the message with this id; unknown ids are passed over. */
void link_settle(struct link *link, int id, bool refused);

#endif
