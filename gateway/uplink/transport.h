/*
 * transport: carries one batch to the registry and brings back its answer, brings a page of what the
 * registry has to say, or says something of the gateway. A tiny interface, so that uplink, directory
 * and room_report can be driven by a script in tests; transport_curl.h is the real one.
 */
#ifndef EVROLL_GATEWAY_UPLINK_TRANSPORT_H
#define EVROLL_GATEWAY_UPLINK_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"

#define TRANSPORT_ANSWER_MAX 16384      /* bytes of an answer's body; more is ERR_PEER */
#define TRANSPORT_PAGE_MAX   (1u << 20) /* of a page's; more is ERR_PEER */
#define TRANSPORT_ETAG_MAX   95

struct transport_answer {
    int status;            /* HTTP */
    int64_t retry_after_s; /* -1: not given */
    size_t len;
    char body[TRANSPORT_ANSWER_MAX];
};

struct transport_page {
    int status;                        /* HTTP */
    char etag[TRANSPORT_ETAG_MAX + 1]; /* with its quotation marks; "" when there is none */
    char *bytes;                       /* the caller frees it; NULL when there are none */
    size_t len;
};

struct transport {
    /* ERR_OK: a whole answer, whatever it says. ERR_PEER, ERR_TIMEOUT: none, or half of one; the
     * batch may or may not have been stored. ERR_DENIED: TLS or the certificates did not agree.
     * ERR_STOPPED: asked to stop. */
    enum err (*post)(struct transport *self, const uint8_t *bytes, size_t len,
                     struct transport_answer *answer, struct fault *fault);
    /* `path` with its query; `etag` of what is known already, or "". Errors as above. */
    enum err (*get)(struct transport *self, const char *path, const char *etag,
                    struct transport_page *page, struct fault *fault);
    /* Says something of the gateway itself, JSON, at `path`; `status` as HTTP. Errors as above. */
    enum err (*put)(struct transport *self, const char *path, const char *json, int *status,
                    struct fault *fault);
    void (*close)(struct transport *self);
};

static inline enum err transport_post(struct transport *transport, const uint8_t *bytes, size_t len,
                                      struct transport_answer *answer, struct fault *fault)
{
    return transport->post(transport, bytes, len, answer, fault);
}

static inline enum err transport_get(struct transport *transport, const char *path,
                                     const char *etag, struct transport_page *page,
                                     struct fault *fault)
{
    return transport->get(transport, path, etag, page, fault);
}

static inline enum err transport_put(struct transport *transport, const char *path,
                                     const char *json, int *status, struct fault *fault)
{
    return transport->put(transport, path, json, status, fault);
}

static inline void transport_close(struct transport *transport)
{
    if (transport != NULL)
        transport->close(transport);
}

#endif
