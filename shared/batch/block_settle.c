#include <stdlib.h>

#include "shared/batch/block.h"

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Total over everything in a row, so that equal rows are the same row and any input order gives
 * the same result. */
static int row_compare(const void *left, const void *right)
{
    const struct block_row *a = left, *b = right;
    int sign = sample_compare(&a->sample, &b->sample);

    if (sign == 0)
        sign = (a->received_ms > b->received_ms) - (a->received_ms < b->received_ms);
    if (sign == 0)
        sign = order(a->source, b->source);
    if (sign == 0)
        sign = order(a->position, b->position);
    if (sign == 0)
        sign = order((uint64_t)a->format, (uint64_t)b->format);
    return sign != 0 ? sign : order(a->sample.signature, b->sample.signature);
}

/* Most blocks come sorted: then there is nothing to copy. */
static bool is_sorted(const struct block *block)
{
    for (size_t i = 1; i < block->count; i++)
        if (row_compare(&block->rows[i - 1], &block->rows[i]) > 0)
            return false;
    return true;
}

size_t block_settle(struct block *block)
{
    size_t kept = 0, dropped = 0;

    if (!is_sorted(block))
        qsort(block->rows, block->count, sizeof block->rows[0], row_compare);
    for (size_t i = 0; i < block->count; i++) {
        if (kept > 0 && sample_compare(&block->rows[kept - 1].sample, &block->rows[i].sample) == 0)
            continue;
        if (kept != i)
            block->rows[kept] = block->rows[i];
        kept++;
    }
    dropped = block->count - kept;
    block->count = kept;
    return dropped;
}
