/* Any bytes as they travel, and the same bytes as the message inside a sound frame: refused, or a
 * batch whose encoding is taken again. */
#include <assert.h>
#include <string.h>

#include "shared/batch/batch.h"
#include "shared/batch/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const uint8_t *line, size_t len, struct arena *arena)
{
    struct batch batch = {0}, again = {0};
    struct fault fault = {0};
    uint8_t *bytes = NULL;

    if (batch_decode(line, len, arena, &batch, &fault) != ERR_OK)
        return;
    assert(batch_encode(&batch, arena, &bytes, &len, &fault) == ERR_OK);
    assert(batch_decode(bytes, len, arena, &again, &fault) == ERR_OK);
    assert(again.next == batch.next && again.block_count == batch.block_count &&
           again.reject_count == batch.reject_count && again.event_count == batch.event_count &&
           again.evidence_count == batch.evidence_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create();
    struct fault fault = {0};
    uint8_t *line = NULL;
    size_t len = 0;

    decode(data, size, arena);
    if (frame_seal(data, size, arena, &line, &len, &fault) == ERR_OK)
        decode(line, len, arena);
    arena_destroy(arena);
    return 0;
}
