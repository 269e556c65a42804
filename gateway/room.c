#include "gateway/room.h"

#include <math.h>

#define ENTRIES 1000u

struct room room_of(const struct journal_extent *extent, double bytes_per_s)
{
    struct room room = {0};

    if (extent->bytes_budget > extent->bytes_used)
        room.bytes = extent->bytes_budget - extent->bytes_used;
    room.hours = bytes_per_s > 0 ? (double)room.bytes / bytes_per_s / 3600 : INFINITY;
    return room;
}

double room_rate(struct journal_reader *reader, const struct journal_extent *extent, int64_t now_ms)
{
    uint64_t from = extent->appended > ENTRIES ? extent->appended - ENTRIES : 0;
    struct journal_entry entry = {0};
    int64_t since_ms = INT64_MAX;
    double bytes = 0;

    if (journal_seek(reader, from > extent->oldest ? from : extent->oldest, NULL) != ERR_OK)
        return 0;
    while (journal_read(reader, &entry, NULL) == ERR_OK) {
        if (entry.damaged)
            continue;
        bytes += (double)entry.payload_len + ROOM_ENTRY_OVERHEAD;
        if (entry.received_ms < since_ms)
            since_ms = entry.received_ms;
    }
    return now_ms > since_ms ? bytes * 1000 / (double)(now_ms - since_ms) : 0;
}
