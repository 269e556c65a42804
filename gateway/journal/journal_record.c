#include "gateway/journal/journal_record.h"

#include <string.h>

#include "shared/crc32c.h"

/* What the header's CRC covers: all of it behind the CRC itself. */
#define COVERED_FROM offsetof(struct journal_record, position)

uint32_t journal_record_seed(const uint8_t id[static JOURNAL_ID_BYTES])
{
    return crc32c(0, id, JOURNAL_ID_BYTES);
}

size_t journal_record_bytes(size_t unit_len, size_t payload_len)
{
    size_t bytes = JOURNAL_RECORD_HEADER + unit_len + payload_len;

    return (bytes + JOURNAL_RECORD_ALIGN - 1) / JOURNAL_RECORD_ALIGN * JOURNAL_RECORD_ALIGN;
}

static uint32_t header_crc(const struct journal_record *record, uint32_t seed)
{
    return crc32c(seed, (const uint8_t *)record + COVERED_FROM, sizeof *record - COVERED_FROM);
}

void journal_record_write(uint8_t *at, const struct journal_entry *entry, uint64_t position,
                          uint32_t seed)
{
    size_t unit_len = strlen(entry->unit);
    size_t bytes = journal_record_bytes(unit_len, entry->payload_len);
    uint8_t *body = at + JOURNAL_RECORD_HEADER;
    uint8_t *end = body + unit_len + entry->payload_len;
    struct journal_record record = {.position = position,
                                    .received_ms = entry->received_ms,
                                    .payload_len = (uint32_t)entry->payload_len,
                                    .format = (uint16_t)entry->format,
                                    .unit_len = (uint8_t)unit_len};

    memcpy(body, entry->unit, unit_len);
    if (entry->payload_len > 0)
        memcpy(body + unit_len, entry->payload, entry->payload_len);
    memset(end, 0, (size_t)(at + bytes - end));
    record.body_crc = crc32c(0, body, bytes - JOURNAL_RECORD_HEADER);
    record.header_crc = header_crc(&record, seed);
    memcpy(at, &record, sizeof record);
    __atomic_store_n((uint32_t *)(void *)at, JOURNAL_MAGIC_RECORD, __ATOMIC_RELEASE);
}

static bool header_plausible(const struct journal_record *record, size_t left)
{
    return record->unit_len >= 1 && record->unit_len <= UNIT_NAME_MAX &&
           record->payload_len <= JOURNAL_PAYLOAD_MAX && journal_record_size(record) <= left;
}

enum journal_record_state journal_record_check(const uint8_t *at, size_t left, uint32_t seed,
                                               struct journal_record *record)
{
    const uint8_t *body = at + JOURNAL_RECORD_HEADER;
    uint32_t magic = 0;

    if (left < JOURNAL_RECORD_HEADER)
        return JOURNAL_RECORD_NONE;
    memcpy(&magic, at, sizeof magic);
    if (magic != JOURNAL_MAGIC_RECORD)
        return JOURNAL_RECORD_NONE;
    memcpy(record, at, sizeof *record);
    if (record->header_crc != header_crc(record, seed) || !header_plausible(record, left))
        return JOURNAL_RECORD_NONE;
    if (record->body_crc != crc32c(0, body, journal_record_size(record) - JOURNAL_RECORD_HEADER) ||
        !unit_name_ok((const char *)body, record->unit_len))
        return JOURNAL_RECORD_BROKEN;
    return JOURNAL_RECORD_WHOLE;
}

void journal_record_entry(const uint8_t *at, const struct journal_record *record,
                          struct journal_entry *entry)
{
    const uint8_t *body = at + JOURNAL_RECORD_HEADER;

    *entry = (struct journal_entry){.position = record->position,
                                    .received_ms = record->received_ms,
                                    .format = (enum format)record->format,
                                    .payload = body + record->unit_len,
                                    .payload_len = record->payload_len};
    memcpy(entry->unit, body, record->unit_len);
}
