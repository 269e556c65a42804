/*
 * verdict: what an answer of the registry means for the batch that it answers. Pure.
 */
#ifndef EVROLL_GATEWAY_UPLINK_VERDICT_H
#define EVROLL_GATEWAY_UPLINK_VERDICT_H

#include <stdint.h>

#include "gateway/uplink/transport.h"

enum verdict_kind {
    VERDICT_STORED,    /* 200 {"next": N}: everything before N is there */
    VERDICT_EXPECTED,  /* 409 {"expected": N}: the registry waits for N */
    VERDICT_REFUSED,   /* 400, 422 {"status": the same}: this batch will never be taken */
    VERDICT_TOO_LARGE, /* 413 */
    VERDICT_DENIED,    /* 401, 403 */
    VERDICT_LATER,     /* 408, 425, 429, 5xx */
    VERDICT_STRANGE    /* not what a registry answers: a proxy, a wrong address, half an answer */
};

struct verdict {
    enum verdict_kind kind;
    uint64_t position;     /* N of STORED and EXPECTED */
    int64_t retry_after_s; /* -1: not given */
};

struct verdict verdict_of(const struct transport_answer *answer);

#endif
