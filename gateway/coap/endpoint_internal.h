/*
 * endpoint_internal: what the files of this folder share. Everything belongs to the endpoint's
 * thread, but for `stop`, `wake_fd` and `counts`.
 */
#ifndef EVROLL_GATEWAY_COAP_ENDPOINT_INTERNAL_H
#define EVROLL_GATEWAY_COAP_ENDPOINT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include <coap3/coap.h>

#include "gateway/coap/answer.h"
#include "gateway/coap/endpoint.h"
#include "gateway/coap/flood.h"
#include "gateway/coap/peer.h"
#include "gateway/coap/setting.h"
#include "gateway/coap/store.h"
#include "gateway/coap/streams.h"
#include "gateway/coap/walk.h"
#include "shared/arena.h"
#include "shared/clock.h"
#include "shared/tls/tls.h"

#define ENDPOINT_BODIES_MAX (64u << 20) /* bytes of bodies that are not whole yet */
#define ENDPOINT_RETRY_S    30          /* Max-Age of 5.03 */

enum endpoint_way { WAY_DATAGRAM, WAY_STREAM, WAY_COUNT };

enum endpoint_count {
    COUNT_ACCEPTED,
    COUNT_MALFORMED,
    COUNT_REFUSED,
    COUNT_REPEATED,
    COUNT_FULL,
    COUNT_FLOODING,
    COUNT_SESSIONS,
    COUNT_STREAMS,
    COUNT_ENDED,
    COUNT_COUNT
};

struct endpoint {
    struct endpoint_options options;
    const struct clock *clock;
    coap_context_t *contexts[WAY_COUNT];
    struct walk walks[WAY_COUNT];
    struct store *store;
    struct bar bar;
    struct flood *flood;
    struct arena *arena; /* of one request */
    struct peer_list peers;
    struct streams *streams;
    struct setting_table settings;
    struct answer_queue held;
    struct body_room body_room; /* of ENDPOINT_BODIES_MAX */
    size_t burst;               /* datagrams taken in one call */
    int64_t second_due_ms, tick_due_ms;

    pthread_t thread;
    bool running;
    int wake_fd;
    atomic_bool stop;
    atomic_uint_fast64_t counts[COUNT_COUNT];
};

/* intake.c: registers the one handler for every request of a context. False: no memory. */
bool intake_register(coap_context_t *context);

/* intake.c: answers what is on stable storage now, drops what can no longer get there. */
void intake_release(struct endpoint *endpoint);

/* listener.c: a context that listens at `options.listen`. */
enum err listener_open(struct endpoint *endpoint, enum endpoint_way way,
                       struct fault *fault) ERR_CHECKED;

#endif
