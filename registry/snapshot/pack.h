/*
 * pack: a member of a snapshot, compressed with gzip as it is written (RFC 1952, no name and no time
 * in it, so that the same content gives the same bytes), and read again as a source of CSV. What is
 * held in memory is the compressed member. One thread.
 */
#ifndef EVROLL_REGISTRY_SNAPSHOT_PACK_H
#define EVROLL_REGISTRY_SNAPSHOT_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "shared/csv.h"
#include "shared/err.h"

struct pack;

struct pack *pack_create(void);
void pack_destroy(struct pack *pack); /* NULL is allowed */
void pack_write(struct pack *pack, const void *bytes, size_t len);

struct packed {
    const uint8_t *bytes; /* the pack's */
    size_t len;
    uint64_t content_len;
    char sha256[65], content_sha256[65];
};
/* Ends the writing. */
struct packed pack_finish(struct pack *pack);

/* Reading. `content` may be NULL, else what is read goes through it (shared/tls). */
struct unpack;
struct tls_digest;

struct unpack *unpack_create(const void *bytes, size_t len, struct tls_digest *content);
void unpack_destroy(struct unpack *unpack); /* NULL is allowed */
csv_source unpack_source;                   /* arg: struct unpack *; ERR_INPUT: it is damaged */

#endif
