/*
 * roll: the pages of one look at the registry's directory: units with what is said of them, by name,
 * and for each page the ETag by which the registry says that it has not changed. Thread safety:
 * none.
 *
 * As a file: lines of UTF-8; "-" for what there is not.
 *
 *     evroll-directory 2
 *     /page ETAG CURSOR NEXT      the first page has no cursor, the last no next
 *     UNIT CATEGORY ACCESS INTERVAL SIGNALS REVOKED      of that page, by name
 *     /end COUNT                  units; without this line the file is not whole
 *
 * ACCESS is "allowed" or "denied", INTERVAL seconds, SIGNALS and REVOKED (serial numbers in
 * hexadecimal) have commas between. Those who let units in read it too (shared/roster.h).
 */
#ifndef EVROLL_GATEWAY_DIRECTORY_ROLL_H
#define EVROLL_GATEWAY_DIRECTORY_ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/uplink/transport.h"
#include "shared/err.h"
#include "shared/unit.h"

#define ROLL_CATEGORY_MAX 31
#define ROLL_CURSOR_MAX   127
#define ROLL_LIST_MAX     1023 /* of signals, of serial numbers */

struct roll_unit {
    char unit[UNIT_NAME_MAX + 1];
    char category[ROLL_CATEGORY_MAX + 1]; /* of its vehicle; "": it is in none */
    bool denied;
    uint32_t interval_s; /* 0: not set */
    const char *signals; /* NULL: not set */
    const char *revoked; /* NULL: none */
};

struct roll_page {
    char etag[TRANSPORT_ETAG_MAX + 1];
    char cursor[ROLL_CURSOR_MAX + 1]; /* that it was asked with; "" for the first */
    char next[ROLL_CURSOR_MAX + 1];   /* "" for the last */
    size_t first, count;              /* of the units */
};

struct roll {
    struct roll_unit *units;
    size_t count, room;
    struct roll_page *pages;
    size_t page_count, page_room;
};

void roll_free(struct roll *roll); /* and empties it */

/* A new last page; units that are added belong to it. */
struct roll_page *roll_begin_page(struct roll *roll, const char *cursor);
/* Copied. False: not by name, not what its parts can be, or too many. */
bool roll_add(struct roll *roll, const struct roll_unit *unit);

/* The page that was asked with this cursor; NULL: none. */
const struct roll_page *roll_page_of(const struct roll *roll, const char *cursor);
/* Adds that page of another roll. */
bool roll_add_page(struct roll *roll, const struct roll *from, const struct roll_page *page);

const struct roll_unit *roll_find(const struct roll *roll, const char *unit);

/* ERR_NOT_FOUND, ERR_INPUT: not such a file, or not whole; ERR_IO. */
enum err roll_load(struct roll *roll, const char *file, struct fault *fault) ERR_CHECKED;
enum err roll_save(const struct roll *roll, const char *file, struct fault *fault) ERR_CHECKED;

#endif
