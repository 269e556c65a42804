/*
 * journal_format: what lies on disk, byte for byte (docs/journal-format.md has the tables and the
 * invariants). All numbers little-endian. A change here is a new JOURNAL_VERSION.
 */
#ifndef EVROLL_GATEWAY_JOURNAL_JOURNAL_FORMAT_H
#define EVROLL_GATEWAY_JOURNAL_JOURNAL_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/journal/journal.h"

#define JOURNAL_VERSION 1u

#define JOURNAL_NAME_ID     "journal.id"
#define JOURNAL_NAME_LOCK   "writer.lock"
#define JOURNAL_NAME_PAGE   "writer.page"
#define JOURNAL_NAME_SYNC   "sync.page"
#define JOURNAL_NAME_CURSOR "cursor"
#define JOURNAL_NAME_RLOCK  "reader.lock"
#define JOURNAL_NAME_SPARE  "segment.new" /* made ready, not yet part of the journal */

/* The first four bytes, as they read in a dump. */
#define JOURNAL_MAGIC_ID      0x444a5645u /* EVJD */
#define JOURNAL_MAGIC_PAGE    0x504a5645u /* EVJP */
#define JOURNAL_MAGIC_SYNC    0x594a5645u /* EVJY */
#define JOURNAL_MAGIC_CURSOR  0x434a5645u /* EVJC */
#define JOURNAL_MAGIC_SEGMENT 0x534a5645u /* EVJS */
#define JOURNAL_MAGIC_RECORD  0x524a5645u /* EVJR */

/* In front of every file. `crc` ends the file's fixed part and covers all of it before itself. */
struct journal_head {
    uint32_t magic;
    uint32_t version;
    uint8_t id[JOURNAL_ID_BYTES];
};

struct journal_id_file {
    struct journal_head head;
    uint32_t reserved;
    uint32_t crc;
};

struct journal_cursor_file {
    struct journal_head head;
    uint64_t position;
    uint32_t reserved;
    uint32_t crc;
};

struct journal_sync_page {
    struct journal_head head;
    uint64_t epoch;        /* the writer's, when this was published */
    uint64_t synced;       /* everything before it is on stable storage */
    uint64_t heartbeat;    /* grows with every sync */
    uint64_t failed_epoch; /* the epoch that ended in a failed fdatasync; 0: none */
    uint32_t reserved;
    uint32_t crc;
};

/* writer.page: a fixed part that is written once, by replacing the file, and a live part that the
 * writer changes in its mapping. */
struct journal_page_fixed {
    struct journal_head head;
    uint64_t epoch; /* random, not 0, new each time a writer opens */
    uint64_t budget;
    uint64_t segment_bytes;
    uint64_t reserved;
    uint32_t reserved2;
    uint32_t crc;
};

struct journal_page_live {
    uint64_t appended;     /* one past the last entry */
    uint64_t check;        /* ~appended, stored after it */
    uint64_t segment_base; /* the segment being written */
    uint64_t heartbeat;    /* grows while the writer lives */
};

#define JOURNAL_PAGE_BYTES 4096u

struct journal_page {
    struct journal_page_fixed fixed;
    struct journal_page_live live;
    uint8_t unused[JOURNAL_PAGE_BYTES - sizeof(struct journal_page_fixed) -
                   sizeof(struct journal_page_live)];
};

struct journal_segment_header {
    struct journal_head head;
    uint64_t base;  /* position of the first record */
    uint64_t bytes; /* of the whole file */
    uint8_t reserved[20];
    uint32_t crc;
};

#define JOURNAL_SEGMENT_HEADER 64u

/* A record: this header, the unit's name, the payload, zeros up to a multiple of 8. The magic is
 * stored last: without it there is no record. */
struct journal_record {
    uint32_t magic;
    uint32_t header_crc; /* of what follows up to the body, begun with the journal's seed */
    uint64_t position;
    int64_t received_ms;
    uint32_t payload_len;
    uint32_t body_crc; /* of everything behind the header, padding included */
    uint16_t format;
    uint8_t unit_len;
    uint8_t reserved;
    uint32_t reserved2; /* keeps the body at a multiple of 8 */
};

#define JOURNAL_RECORD_HEADER 40u
#define JOURNAL_RECORD_ALIGN  8u
#define JOURNAL_RECORD_MAX    (JOURNAL_RECORD_HEADER + UNIT_NAME_MAX + JOURNAL_PAYLOAD_MAX)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the structures are written as they lie");
_Static_assert(sizeof(struct journal_id_file) == 32, "journal.id");
_Static_assert(sizeof(struct journal_cursor_file) == 40, "cursor");
_Static_assert(sizeof(struct journal_sync_page) == 64, "sync.page");
_Static_assert(sizeof(struct journal_page_fixed) == 64, "writer.page, fixed part");
_Static_assert(sizeof(struct journal_page) == JOURNAL_PAGE_BYTES, "writer.page");
_Static_assert(sizeof(struct journal_segment_header) == JOURNAL_SEGMENT_HEADER, "segment");
_Static_assert(sizeof(struct journal_record) == JOURNAL_RECORD_HEADER, "record");

#endif
