/* Any bytes: refused, or rows that encode and decode to themselves. */
#include <assert.h>
#include <string.h>

#include "shared/batch/block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create();
    struct block block = {0}, again = {0};
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;

    if (block_decode(data, size, arena, &block, &fault) == ERR_OK) {
        block_encode(&block, arena, &bytes, &len);
        assert(block_decode(bytes, len, arena, &again, &fault) == ERR_OK);
        assert(again.count == block.count);
        for (size_t i = 0; i < block.count; i++)
            assert(sample_compare(&block.rows[i].sample, &again.rows[i].sample) == 0 &&
                   block.rows[i].position == again.rows[i].position);
        (void)block_settle(&block);
    }
    arena_destroy(arena);
    return 0;
}
