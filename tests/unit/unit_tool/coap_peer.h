/*
 * coap_peer: a gateway's stand-in for tests of the CoAP link: a process of its own with libcoap's
 * server, DTLS and TLS on one port, that answers each POST by a script and remembers what came.
 */
#ifndef EVROLL_TESTS_UNIT_UNIT_TOOL_COAP_PEER_H
#define EVROLL_TESTS_UNIT_UNIT_TOOL_COAP_PEER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PEER_POSTS_MAX 256

struct peer_post {
    uint32_t len;
    uint32_t sum; /* of the payload's bytes */
    uint16_t content_format;
    uint8_t first; /* byte of the payload */
    uint16_t code; /* what it was answered with */
    char path[64];
};

/* Shared with the process. */
struct peer_page {
    volatile uint32_t ready;
    volatile uint32_t count; /* POSTs that were answered */
    struct peer_post posts[PEER_POSTS_MAX];
};

/* One answer after the other, 2.04 when they are used up: class × 100 + detail, 0 is silence. */
struct peer_script {
    const uint16_t *codes;
    size_t count;
    uint32_t max_age_s; /* sent with 5.03 */
};

struct coap_peer {
    pid_t pid;
    int port;
    struct peer_page *page;
};

/* `pki` is a folder made by evroll-ca with servers/coap.pem. Port 0: a free one. */
void coap_peer_start(struct coap_peer *peer, const char *pki, int port,
                     const struct peer_script *script);
/* kill -9 */
void coap_peer_kill(struct coap_peer *peer);

#endif
