/*
 * http_head: the head of an HTTP/1 request (RFC 9112), read strictly. A pure function of bytes: no
 * socket, no server; the fuzzer calls it directly.
 *
 * Taken: HTTP/1.0 and 1.1, the methods the product uses, targets in origin-form made of URI
 * characters, lines that end in CRLF, fields of one line. Everything else is refused, each with its
 * status and a sentence: what two readers could read in two ways is never passed on. Bodies are
 * framed by Content-Length alone; RFC 9112 6.3 lets a server answer 411 to a transfer coding.
 *
 * Everything in the result lives in the arena. Thread safety: no shared state.
 */
#ifndef EVROLL_REGISTRY_HTTP_HTTP_HEAD_H
#define EVROLL_REGISTRY_HTTP_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"

#define HTTP_HEAD_BYTES_MAX  16384u
#define HTTP_HEAD_FIELDS_MAX 64u

/* Why a request is not served. `field` and `value`: one more field of the answer, or NULL. */
struct http_refusal {
    int status; /* 0: not refused */
    const char *field;
    const char *value;
    char detail[256];
};

struct http_field {
    const char *name;
    const char *value;
};

struct http_head {
    const char *method;
    const char *target;
    int minor; /* HTTP/1.minor */
    const struct http_field *fields;
    size_t field_count;
    uint64_t content_length; /* 0 when not given */
    bool expects_continue;
    bool wants_close;
};

/* The length of the head at the start of `bytes`, its empty line included; 0 when the end is not
 * there yet. A line that ends in a bare LF counts too, so that the parser can refuse it at once. */
size_t http_head_end(const char *bytes, size_t len);

/* False: `refusal` says why. */
bool http_head_parse(struct arena *arena, const char *bytes, size_t len, struct http_head *head,
                     struct http_refusal *refusal);

/* NULL when the field is absent. The first of its name. */
const char *http_head_field(const struct http_head *head, const char *name);

/* Fills `refusal` and returns false, so that `return http_refuse(…)` reads as one step. */
bool http_refuse(struct http_refusal *refusal, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
