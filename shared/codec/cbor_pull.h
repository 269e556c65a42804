/*
 * cbor_pull: CBOR (RFC 8949) item by item, over libcbor's streaming decoder. Its callbacks are turned
 * round into a pull, so that a reader can be written like the grammar it reads.
 *
 * Good for: payloads from anybody. Only the head of one item is looked at per step and nothing is
 * built, so a count or length that lies costs nothing: what is promised and does not come ends the
 * input. Whole definite strings are given in place. Owns nothing; plain values, any thread.
 */
#ifndef EVROLL_SHARED_CODEC_CBOR_PULL_H
#define EVROLL_SHARED_CODEC_CBOR_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CBOR_PULL_OPEN SIZE_MAX /* count of an indefinite array, map or string: a break ends it */

enum cbor_pull_kind {
    ITEM_UINT,
    ITEM_NEGATIVE, /* -1 - magnitude */
    ITEM_FLOAT,
    ITEM_BOOLEAN,
    ITEM_SIMPLE, /* null, undefined */
    ITEM_TEXT,
    ITEM_BYTES,
    ITEM_ARRAY,
    ITEM_MAP,
    ITEM_TAG,
    ITEM_BREAK
};

struct cbor_pull_item {
    enum cbor_pull_kind kind;
    size_t at;
    uint64_t magnitude; /* of an integer; the number of a tag */
    double number;
    bool truth;
    size_t count; /* elements or bytes; CBOR_PULL_OPEN when indefinite */
    const uint8_t *bytes;
};

struct cbor_pull {
    const uint8_t *bytes;
    size_t len;
    size_t pos;
};

enum cbor_pull_step { CBOR_PULL_TAKEN, CBOR_PULL_TRUNCATED, CBOR_PULL_MALFORMED };

/* The next item head; item->at says where it begins, whatever the answer. */
enum cbor_pull_step cbor_pull_next(struct cbor_pull *pull, struct cbor_pull_item *item);

/* Whether an array, map or string of `left` elements has another, counting down; takes the break of
 * an indefinite one. A map counts pairs. */
bool cbor_pull_more(struct cbor_pull *pull, size_t *left);

#endif
