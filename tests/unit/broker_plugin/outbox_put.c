/* outbox-put DIR UNIT PAYLOAD: writes one message to a unit, as evroll-gateway does, for the tests that run a
 * real broker. */
#include <stdio.h>
#include <string.h>

#include "gateway/journal/journal.h"
#include "shared/clock.h"

int main(int argc, char **argv)
{
    struct journal_entry entry = {.format = FORMAT_UNIT_ERROR};
    struct journal_writer *writer = NULL;
    struct fault fault = {0};
    uint64_t position = 0;
    enum err err = ERR_OK;

    if (argc != 4 || !unit_name_ok(argv[2], strlen(argv[2]))) {
        fputs("usage: outbox-put DIR UNIT PAYLOAD\n", stderr);
        return 2;
    }
    memcpy(entry.unit, argv[2], strlen(argv[2]) + 1);
    entry.received_ms = clock_wall_ms(&clock_system);
    entry.payload = (const uint8_t *)argv[3];
    entry.payload_len = strlen(argv[3]);
    err = journal_writer_open(&(struct journal_options){.dir = argv[1],
                                                        .budget_bytes = 16u << 20,
                                                        .segment_bytes = 1u << 20},
                              &writer, &fault);
    if (err == ERR_OK) {
        err = journal_append(writer, &entry, &position);
        journal_writer_close(writer);
    }
    if (err != ERR_OK)
        fprintf(stderr, "outbox-put: %s %s\n", err_name(err), fault.text);
    return err == ERR_OK ? 0 : 3;
}
