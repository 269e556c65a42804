/*
 * journal_record: one record as bytes. The writer makes it in the mapping, recovery and the reader
 * check it. `seed` comes from the journal's id (journal_record_seed): the records of another
 * journal do not pass, nor does a payload that somebody shaped like a record without knowing the
 * id.
 */
#ifndef EVROLL_GATEWAY_JOURNAL_JOURNAL_RECORD_H
#define EVROLL_GATEWAY_JOURNAL_JOURNAL_RECORD_H

#include "gateway/journal/journal_format.h"

enum journal_record_state {
    JOURNAL_RECORD_NONE,   /* no header that can be trusted */
    JOURNAL_RECORD_BROKEN, /* the header is right, so its length and position are; the body is not
                            */
    JOURNAL_RECORD_WHOLE
};

uint32_t journal_record_seed(const uint8_t id[static JOURNAL_ID_BYTES]);

/* On disk, header and padding included. */
size_t journal_record_bytes(size_t unit_len, size_t payload_len);

/* `at` is a multiple of 8 and has room. The magic is stored last, with release order. */
void journal_record_write(uint8_t *at, const struct journal_entry *entry, uint64_t position,
                          uint32_t seed);

/* Looks at no more than `left` bytes. `record` is set unless it is JOURNAL_RECORD_NONE. */
enum journal_record_state journal_record_check(const uint8_t *at, size_t left, uint32_t seed,
                                               struct journal_record *record);

/* The entry of a whole record; its payload points into `at`. */
void journal_record_entry(const uint8_t *at, const struct journal_record *record,
                          struct journal_entry *entry);

static inline size_t journal_record_size(const struct journal_record *record)
{
    return journal_record_bytes(record->unit_len, record->payload_len);
}

#endif
