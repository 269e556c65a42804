#include "shared/codec/cbor_pull.h"

#include <cbor.h>

#define BREAK 0xff
#define OPEN  CBOR_PULL_OPEN

/* RFC 8949, 3: the head of an item. */
#define MAJOR_SHIFT      5
#define MAJOR_BYTES      2u
#define MAJOR_TEXT       3u
#define MAJOR_MAP        5u
#define ARGUMENT_MASK    0x1fu
#define ARGUMENT_IN_HEAD 23u

/* The callbacks fill in what they are told; cbor_pull_next has cleared the rest. */
static struct cbor_pull_item *item_set(void *context, enum cbor_pull_kind kind)
{
    struct cbor_pull_item *item = context;

    item->kind = kind;
    return item;
}

static void on_uint8(void *context, uint8_t value)
{
    item_set(context, ITEM_UINT)->magnitude = value;
}

static void on_uint16(void *context, uint16_t value)
{
    item_set(context, ITEM_UINT)->magnitude = value;
}

static void on_uint32(void *context, uint32_t value)
{
    item_set(context, ITEM_UINT)->magnitude = value;
}

static void on_uint64(void *context, uint64_t value)
{
    item_set(context, ITEM_UINT)->magnitude = value;
}

static void on_negative8(void *context, uint8_t value)
{
    item_set(context, ITEM_NEGATIVE)->magnitude = value;
}

static void on_negative16(void *context, uint16_t value)
{
    item_set(context, ITEM_NEGATIVE)->magnitude = value;
}

static void on_negative32(void *context, uint32_t value)
{
    item_set(context, ITEM_NEGATIVE)->magnitude = value;
}

static void on_negative64(void *context, uint64_t value)
{
    item_set(context, ITEM_NEGATIVE)->magnitude = value;
}

static void on_text(void *context, cbor_data bytes, size_t len)
{
    struct cbor_pull_item *item = item_set(context, ITEM_TEXT);

    item->bytes = bytes;
    item->count = len;
}

static void on_text_open(void *context)
{
    item_set(context, ITEM_TEXT)->count = OPEN;
}

static void on_bytes(void *context, cbor_data bytes, size_t len)
{
    struct cbor_pull_item *item = item_set(context, ITEM_BYTES);

    item->bytes = bytes;
    item->count = len;
}

static void on_bytes_open(void *context)
{
    item_set(context, ITEM_BYTES)->count = OPEN;
}

/* No payload holds as many elements as OPEN, so a count that says so may as well say one less. */
static size_t definite(size_t count)
{
    return count == OPEN ? OPEN - 1 : count;
}

static void on_array(void *context, size_t count)
{
    item_set(context, ITEM_ARRAY)->count = definite(count);
}

static void on_array_open(void *context)
{
    item_set(context, ITEM_ARRAY)->count = OPEN;
}

static void on_map(void *context, size_t count)
{
    item_set(context, ITEM_MAP)->count = definite(count);
}

static void on_map_open(void *context)
{
    item_set(context, ITEM_MAP)->count = OPEN;
}

static void on_tag(void *context, uint64_t number)
{
    item_set(context, ITEM_TAG)->magnitude = number;
}

static void on_double(void *context, double value)
{
    item_set(context, ITEM_FLOAT)->number = value;
}

static void on_float(void *context, float value)
{
    on_double(context, (double)value);
}

static void on_simple(void *context)
{
    item_set(context, ITEM_SIMPLE);
}

static void on_boolean(void *context, bool value)
{
    item_set(context, ITEM_BOOLEAN)->truth = value;
}

static void on_break(void *context)
{
    item_set(context, ITEM_BREAK);
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negative8,
    .negint16 = on_negative16,
    .negint32 = on_negative32,
    .negint64 = on_negative64,
    .string = on_text,
    .string_start = on_text_open,
    .byte_string = on_bytes,
    .byte_string_start = on_bytes_open,
    .array_start = on_array,
    .indef_array_start = on_array_open,
    .map_start = on_map,
    .indef_map_start = on_map_open,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .null = on_simple,
    .undefined = on_simple,
    .boolean = on_boolean,
    .indef_break = on_break,
};

/* Nearly all items of a pack have a head of one byte, which holds the number or the length: they are
 * read here, and libcbor with its callback for each item has the others. False: one of those. */
static bool short_take(struct cbor_pull *pull, struct cbor_pull_item *item)
{
    static const enum cbor_pull_kind kinds[] = {ITEM_UINT, ITEM_NEGATIVE, ITEM_BYTES,
                                                ITEM_TEXT, ITEM_ARRAY,    ITEM_MAP};
    unsigned kind = pull->bytes[pull->pos] >> MAJOR_SHIFT;
    unsigned argument = pull->bytes[pull->pos] & ARGUMENT_MASK;
    bool string = kind == MAJOR_BYTES || kind == MAJOR_TEXT;

    if (kind > MAJOR_MAP || argument > ARGUMENT_IN_HEAD ||
        (string && argument > pull->len - pull->pos - 1))
        return false;
    item->kind = kinds[kind];
    pull->pos++;
    if (kind < MAJOR_BYTES) {
        item->magnitude = argument;
        return true;
    }
    item->count = argument;
    if (string) {
        item->bytes = pull->bytes + pull->pos;
        pull->pos += argument;
    }
    return true;
}

enum cbor_pull_step cbor_pull_next(struct cbor_pull *pull, struct cbor_pull_item *item)
{
    struct cbor_decoder_result step = {.status = CBOR_DECODER_NEDATA};
    size_t at = pull->pos;

    *item = (struct cbor_pull_item){.at = at};
    if (at < pull->len && short_take(pull, item))
        return CBOR_PULL_TAKEN;
    if (at < pull->len)
        step = cbor_stream_decode(pull->bytes + at, pull->len - at, &callbacks, item);
    if (step.status == CBOR_DECODER_NEDATA)
        return CBOR_PULL_TRUNCATED;
    if (step.status != CBOR_DECODER_FINISHED)
        return CBOR_PULL_MALFORMED;
    pull->pos += step.read;
    return CBOR_PULL_TAKEN;
}

bool cbor_pull_more(struct cbor_pull *pull, size_t *left)
{
    if (*left == OPEN) {
        bool ends = pull->pos < pull->len && pull->bytes[pull->pos] == BREAK;
        pull->pos += ends ? 1 : 0;
        return !ends;
    }
    if (*left == 0)
        return false;
    (*left)--;
    return true;
}
