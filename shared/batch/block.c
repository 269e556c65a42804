/*
 * The way of a block out: states of each signal → the values of each column → first, step, deltas →
 * protobuf. The way in is the same backwards, in two passes: `survey` counts from the masks and run
 * lengths what must be there and compares it with what is there; only then memory for the rows is
 * taken and `fill` puts the values in. Layout: batch.proto.
 */
#include "shared/batch/block.h"

#include <assert.h>
#include <string.h>

#include "shared/batch/batch.pb-c.h"
#include "shared/batch/columns.h"
#include "shared/batch/unpack.h"

/* The lists of a full block whose every column varies take 15 MiB. */
#define MEMORY_BYTES_MAX (20u << 20)

#define RUN_STATE_BITS 3
#define RUN_STATE_MASK ((1u << RUN_STATE_BITS) - 1)

#define SIGNATURE_BITS 2
#define SIGNATURE_MASK ((1u << SIGNATURE_BITS) - 1)

_Static_assert(SIGNATURE_COUNT <= SIGNATURE_MASK + 1, "a run length has room for every state");
_Static_assert(QUALITY_COUNT <= RUN_STATE_MASK + 1, "a run length has room for every state");

/* ---- encoding ---- */

static void put_states(Evroll__Block *message, enum signal_id id, const struct block *block)
{
    uint32_t *runs = message->states + message->n_states;
    size_t run_count = 0;

    for (size_t i = 0; i < block->count; i++) {
        enum quality state = sample_quality(&block->rows[i].sample, id);

        if (run_count == 0 || (runs[run_count - 1] & RUN_STATE_MASK) != (uint32_t)state)
            runs[run_count++] = (uint32_t)state;
        runs[run_count - 1] += 1u << RUN_STATE_BITS;
    }
    message->n_states += run_count;
}

/* Sets the masks, and writes the run lengths of signals that are not good throughout. */
static void put_masks(Evroll__Block *message, const struct block *block, struct arena *arena)
{
    uint32_t always = UINT32_MAX, ever = 0;

    for (size_t i = 0; i < block->count; i++) {
        const struct sample *s = &block->rows[i].sample;
        always &= s->present;
        ever |= s->present | s->invalid | s->abnormal | s->out_of_range;
    }
    message->good = always;
    message->mixed = ever & ~always;
    if (message->mixed == 0)
        return;
    message->states =
        ARENA_ARRAY(arena, uint32_t, block->count * (size_t)__builtin_popcount(message->mixed));
    for (unsigned id = 0; id < SIGNAL_COUNT; id++)
        if (message->mixed >> id & 1u)
            put_states(message, (enum signal_id)id, block);
}

/* Nothing where no row is signed, which is most blocks. */
static void put_signatures(Evroll__Block *message, const struct block *block, struct arena *arena)
{
    size_t first = 0;

    while (first < block->count && block->rows[first].sample.signature == SIGNATURE_NONE)
        first++;
    if (first == block->count)
        return;
    message->signatures = ARENA_ARRAY(arena, uint32_t, block->count);
    for (size_t i = 0; i < block->count; i++) {
        uint32_t state = block->rows[i].sample.signature;
        uint32_t *last = message->signatures + message->n_signatures;

        if (i == 0 || (last[-1] & SIGNATURE_MASK) != state) {
            *last++ = state;
            message->n_signatures++;
        }
        last[-1] += 1u << SIGNATURE_BITS;
    }
}

static size_t gather(unsigned column, const struct block *block, int64_t *values)
{
    size_t count = 0;

    for (size_t i = 0; i < block->count; i++)
        if (column_in(column, &block->rows[i]))
            values[count++] = column_get(column, &block->rows[i]);
    return count;
}

/* Differences wrap where values lie outside every range: the decoder refuses them then. */
static int64_t minus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static uint64_t common_divisor(uint64_t a, int64_t difference)
{
    uint64_t b = difference < 0 ? 0 - (uint64_t)difference : (uint64_t)difference;

    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static bool steps_evenly(const int64_t *values, size_t count)
{
    for (size_t i = 2; i < count; i++)
        if (minus(values[i], values[i - 1]) != minus(values[1], values[0]))
            return false;
    return true;
}

static void put_deltas(Evroll__Block *message, const int64_t *values, size_t count)
{
    uint64_t divisor = 0;

    for (size_t i = 1; i < count && divisor != 1; i++)
        divisor = common_divisor(divisor, minus(values[i], values[i - 1]));
    if (divisor > INT64_MAX)
        divisor = 1;
    message->step[message->n_step++] = (int64_t)divisor;
    for (size_t i = 1; i < count; i++)
        message->deltas[message->n_deltas++] = minus(values[i], values[i - 1]) / (int64_t)divisor;
}

static void put_column(Evroll__Block *message, unsigned column, const int64_t *values, size_t count)
{
    if (count == 0)
        return;
    message->first[message->n_first++] = values[0];
    if (count == 1)
        return;
    if (steps_evenly(values, count)) {
        message->step[message->n_step++] = minus(values[1], values[0]);
        return;
    }
    message->varying |= 1u << column;
    put_deltas(message, values, count);
}

void block_encode(const struct block *block, struct arena *arena, uint8_t **bytes, size_t *len)
{
    Evroll__Block message = EVROLL__BLOCK__INIT;
    int64_t *values = NULL;

    assert(block->count > 0 && block->count <= BLOCK_ROWS_MAX);
    values = ARENA_ARRAY(arena, int64_t, block->count);
    message.rows = (uint32_t)block->count;
    put_masks(&message, block, arena);
    put_signatures(&message, block, arena);
    message.first = ARENA_ARRAY(arena, int64_t, COLUMN_COUNT);
    message.step = ARENA_ARRAY(arena, int64_t, COLUMN_COUNT);
    message.deltas = ARENA_ARRAY(arena, int64_t, block->count * COLUMN_COUNT);
    for (unsigned column = 0; column < COLUMN_COUNT; column++)
        put_column(&message, column, values, gather(column, block, values));
    *bytes = arena_alloc(arena, evroll__block__get_packed_size(&message), 1);
    *len = evroll__block__pack(&message, *bytes);
}

/* ---- decoding ---- */

struct reader {
    const Evroll__Block *message;
    size_t runs, firsts, steps, deltas; /* how far each list has been read */
    struct fault *fault;
};

static bool refuse(struct reader *reader, const char *what, const char *where)
{
    (void)fault_set(reader->fault, ERR_INPUT, "block: %s%s%s", what, where[0] == '\0' ? "" : " in ",
                    where);
    return false;
}

/* Reads one signal's runs. `rows` is NULL while only counting; `good` gets the number of values. */
static bool take_states(struct reader *reader, enum signal_id id, struct block_row *rows,
                        size_t *good)
{
    const Evroll__Block *message = reader->message;
    size_t covered = 0;

    *good = 0;
    while (covered < message->rows) {
        uint32_t run = reader->runs < message->n_states ? message->states[reader->runs++] : 0;
        size_t length = run >> RUN_STATE_BITS;
        uint32_t state = run & RUN_STATE_MASK;

        if (length == 0 || length > message->rows - covered || state >= QUALITY_COUNT)
            return refuse(reader, "bad run of states", signal_def(id)->name);
        *good += state == QUALITY_GOOD ? length : 0;
        for (size_t i = covered; rows != NULL && i < covered + length; i++)
            if (state == QUALITY_GOOD)
                rows[i].sample.present |= 1u << id;
            else
                sample_mark(&rows[i].sample, id, (enum quality)state);
        covered += length;
    }
    return true;
}

/* How many values a column has; reads the states of mixed signals, marking `rows` if given. */
static bool take_count(struct reader *reader, unsigned column, struct block_row *rows,
                       size_t *count)
{
    const Evroll__Block *message = reader->message;
    unsigned id = column - COLUMN_SIGNAL;

    *count = message->rows;
    if (column < COLUMN_SIGNAL || message->good >> id & 1u)
        return true;
    *count = 0;
    return (message->mixed >> id & 1u) == 0 || take_states(reader, (enum signal_id)id, rows, count);
}

/* Marks `rows` if given; without them it is the look whether the runs are sound. */
static bool take_signatures(struct reader *reader, struct block_row *rows)
{
    const Evroll__Block *message = reader->message;
    uint32_t before = SIGNATURE_COUNT, any = 0;
    size_t covered = 0;

    for (size_t run = 0; run < message->n_signatures; run++) {
        size_t length = message->signatures[run] >> SIGNATURE_BITS;
        uint32_t state = message->signatures[run] & SIGNATURE_MASK;

        if (length == 0 || length > message->rows - covered || state == before)
            return refuse(reader, "bad run of signatures", "");
        for (size_t i = covered; rows != NULL && i < covered + length; i++)
            rows[i].sample.signature = (uint8_t)state;
        covered += length;
        before = state;
        any |= state;
    }
    if (message->n_signatures > 0 && (covered != message->rows || any == 0))
        return refuse(reader, "runs of signatures do not cover the rows", "");
    return true;
}

static bool masks_ok(const Evroll__Block *message)
{
    const uint32_t signals = (1u << SIGNAL_COUNT) - 1;
    const uint32_t columns = (1u << COLUMN_COUNT) - 1;

    return message->base.n_unknown_fields == 0 && message->rows > 0 &&
           message->rows <= BLOCK_ROWS_MAX && (message->good & message->mixed) == 0 &&
           ((message->good | message->mixed) & ~signals) == 0 && (message->varying & ~columns) == 0;
}

/* Do the lists hold exactly what the masks and states announce? */
static bool survey(struct reader *reader)
{
    const Evroll__Block *message = reader->message;
    size_t firsts = 0, steps = 0, deltas = 0;

    if (!masks_ok(message))
        return refuse(reader, "unknown field or bad row count or mask", "");
    for (unsigned column = 0; column < COLUMN_COUNT; column++) {
        size_t count = 0;

        if (!take_count(reader, column, NULL, &count))
            return false;
        firsts += count > 0 ? 1 : 0;
        steps += count > 1 ? 1 : 0;
        if ((message->varying >> column & 1u) != 0) {
            if (count < 2)
                return refuse(reader, "deltas without values", column_name(column));
            deltas += count - 1;
        }
    }
    if (reader->runs != message->n_states || firsts != message->n_first ||
        steps != message->n_step || deltas != message->n_deltas)
        return refuse(reader, "lists and counts do not agree", "");
    reader->runs = 0;
    return take_signatures(reader, NULL);
}

/* The next value after `value`; false when it leaves int64. */
static bool advance(struct reader *reader, bool varying, int64_t step, int64_t *value)
{
    int64_t difference = step;

    if (varying &&
        __builtin_mul_overflow(step, reader->message->deltas[reader->deltas++], &difference))
        return false;
    return !__builtin_add_overflow(*value, difference, value);
}

static bool fill_column(struct reader *reader, unsigned column, struct block_row *rows)
{
    const Evroll__Block *message = reader->message;
    bool varying = (message->varying >> column & 1u) != 0;
    int64_t value = 0, step = 0;
    size_t count = 0, seen = 0;

    if (!take_count(reader, column, rows, &count))
        return false;
    if (count > 0)
        value = message->first[reader->firsts++];
    if (count > 1)
        step = message->step[reader->steps++];
    for (size_t i = 0; seen < count; i++) {
        if (!column_in(column, &rows[i]))
            continue;
        if (seen++ > 0 && !advance(reader, varying, step, &value))
            return refuse(reader, "a sum leaves 64 bits", column_name(column));
        if (!column_put(column, &rows[i], value))
            return refuse(reader, "a value is out of range", column_name(column));
    }
    return true;
}

static bool fill(struct reader *reader, struct block_row *rows)
{
    for (size_t i = 0; i < reader->message->rows; i++)
        rows[i].sample.present = reader->message->good;
    for (unsigned column = 0; column < COLUMN_COUNT; column++)
        if (!fill_column(reader, column, rows))
            return false;
    return take_signatures(reader, rows);
}

enum err block_decode(const uint8_t *bytes, size_t len, struct arena *arena, struct block *block,
                      struct fault *fault)
{
    const Evroll__Block *message = unpack_message(&evroll__block__descriptor, bytes, len,
                                                  arena_bytes(arena) + MEMORY_BYTES_MAX, arena);
    struct reader reader = {.message = message, .fault = fault};

    *block = (struct block){0};
    if (message == NULL)
        return fault_set(fault, ERR_INPUT, "block: %zu bytes are no Block of batch.proto", len);
    if (!survey(&reader))
        return ERR_INPUT;
    block->rows = ARENA_ARRAY(arena, struct block_row, message->rows);
    if (!fill(&reader, block->rows))
        return ERR_INPUT;
    block->count = message->rows;
    return ERR_OK;
}
