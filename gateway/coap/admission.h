/*
 * admission: what a CoAP request may do, as pure functions of its path, options and sizes. What the
 * library is told is in endpoint.c.
 *
 * A unit posts to its own path in one of the formats, and nothing else is here. No allocation, no
 * state.
 */
#ifndef EVROLL_GATEWAY_COAP_ADMISSION_H
#define EVROLL_GATEWAY_COAP_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/tls/tls.h"
#include "shared/unit.h"

#define ADMISSION_NO_CONTENT_FORMAT (-1)

enum admission {
    ADMISSION_OK,
    ADMISSION_FORBIDDEN,      /* 4.03: not a unit, revoked, or another unit's path */
    ADMISSION_NOT_FOUND,      /* 4.04 */
    ADMISSION_NOT_ALLOWED,    /* 4.05: the path is there, the method is not */
    ADMISSION_CONTENT_FORMAT, /* 4.15 */
    ADMISSION_TOO_LARGE,      /* 4.13 */
    ADMISSION_COUNT
};

/* May the holder of this certificate send telemetry at all? Revocation is asked elsewhere. */
bool admission_unit(const struct tls_identity *identity);

struct admission_request {
    const char *unit; /* whose certificate it is; NULL: nobody's that may send */
    const char *path; /* without the leading slash */
    size_t path_len;
    bool post;
    long content_format; /* ADMISSION_NO_CONTENT_FORMAT when the option is missing */
    size_t payload_len, payload_max;
};

/* `format` is set when the path names one. A Content-Format that is missing is no fault: the path
 * has said it. */
enum admission admission_check(const struct admission_request *request, enum format *format);

#endif
