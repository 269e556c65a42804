#include "shared/batch/columns.h"

static const struct {
    const char *name;
    int64_t min, max;
} origins[COLUMN_SIGNAL] = {
    [COLUMN_AT] = {"at", BLOCK_INSTANT_MIN_MS, BLOCK_INSTANT_MAX_MS},
    [COLUMN_DELAY] = {"delay", BLOCK_INSTANT_MIN_MS - BLOCK_INSTANT_MAX_MS,
                      BLOCK_INSTANT_MAX_MS - BLOCK_INSTANT_MIN_MS},
    [COLUMN_POSITION] = {"position", 0, INT64_MAX},
    [COLUMN_SOURCE] = {"source", 0, UINT32_MAX},
    [COLUMN_FORMAT] = {"format", 0, UINT8_MAX},
};

const char *column_name(unsigned column)
{
    return column < COLUMN_SIGNAL ? origins[column].name
                                  : signal_def((enum signal_id)(column - COLUMN_SIGNAL))->name;
}

int64_t column_get(unsigned column, const struct block_row *row)
{
    switch (column) {
    case COLUMN_AT:
        return row->sample.at_ms;
    case COLUMN_DELAY: /* wraps for times that no decoder takes back */
        return (int64_t)((uint64_t)row->received_ms - (uint64_t)row->sample.at_ms);
    case COLUMN_POSITION:
        return (int64_t)row->position;
    case COLUMN_SOURCE:
        return row->source;
    case COLUMN_FORMAT:
        return row->format;
    default:
        return row->sample.value[column - COLUMN_SIGNAL];
    }
}

static bool within(int64_t value, int64_t min, int64_t max)
{
    return value >= min && value <= max;
}

static bool put_signal(struct sample *sample, enum signal_id id, int64_t value)
{
    const struct signal_def *def = signal_def(id);

    sample->value[id] = value;
    return within(value, def->min, def->max);
}

bool column_put(unsigned column, struct block_row *row, int64_t value)
{
    if (column >= COLUMN_SIGNAL)
        return put_signal(&row->sample, (enum signal_id)(column - COLUMN_SIGNAL), value);
    if (!within(value, origins[column].min, origins[column].max))
        return false;
    switch (column) {
    case COLUMN_AT:
        row->sample.at_ms = value;
        return true;
    case COLUMN_DELAY:
        row->received_ms = row->sample.at_ms + value;
        return within(row->received_ms, BLOCK_INSTANT_MIN_MS, BLOCK_INSTANT_MAX_MS);
    case COLUMN_POSITION:
        row->position = (uint64_t)value;
        return true;
    case COLUMN_SOURCE:
        row->source = (uint32_t)value;
        return true;
    default:
        row->format = (enum format)value;
        return true;
    }
}
