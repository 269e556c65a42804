/*
 * SenML CBOR, application/senml+cbor (RFC 8428 section 6), read item by item (cbor_pull.h).
 *
 * The reader is written like the grammar:
 *
 *     pack   = array(record*)          definite or indefinite
 *     record = map(label value)*       integer labels; text for extensions
 *     number = int / float / #6.4([exponent, mantissa])
 *
 * Taken without a word: labels that RFC 8428 does not know (their values are skipped). Refused:
 * tags other than 4 and big numbers where a number is wanted, and our labels written as text, which
 * would otherwise pass for unknown ones and silently take a unit or a time with them.
 */
#include <math.h>
#include <string.h>

#include "shared/codec/cbor_pull.h"
#include "shared/codec/codec_internal.h"
#include "shared/codec/senml.h"
#include "shared/utf8.h"

#define TAG_DECIMAL  4
#define EXPONENT_MAX 400 /* beyond it every double is 0 or infinite */
#define EXACT_POWER  22  /* 10^22 is the last power of ten that a double holds exactly */

struct reader {
    struct cbor_pull pull;
    struct arena *arena;
    struct codec_result *result;
    struct senml_record record;
};

static enum err item_next(struct reader *r, struct cbor_pull_item *item)
{
    switch (cbor_pull_next(&r->pull, item)) {
    case CBOR_PULL_TAKEN:
        return ERR_OK;
    case CBOR_PULL_TRUNCATED:
        return senml_refuse(r->result, SENML_TRUNCATED, item->at,
                            "the item here needs more bytes than there are");
    default:
        return senml_refuse(r->result, SENML_CBOR_SYNTAX, item->at,
                            "no CBOR item begins with byte 0x%02x", r->pull.bytes[item->at]);
    }
}

static bool more(struct reader *r, size_t *left)
{
    return cbor_pull_more(&r->pull, left);
}

static enum err syntax(struct reader *r, size_t at, const char *what)
{
    return senml_refuse(r->result, SENML_CBOR_SYNTAX, at, "%s", what);
}

/* Adds up the pieces of an indefinite text or byte string without taking them. */
static enum err pieces_measure(struct reader *r, enum cbor_pull_kind kind, size_t *total)
{
    size_t left = CBOR_PULL_OPEN;

    *total = 0;
    while (more(r, &left)) {
        struct cbor_pull_item piece;
        if (item_next(r, &piece) != ERR_OK)
            return ERR_INPUT;
        if (piece.kind != kind || piece.count == CBOR_PULL_OPEN)
            return syntax(r, piece.at, "a piece of a string is a definite string of its kind");
        *total += piece.count;
    }
    return ERR_OK;
}

/* Gives a text or byte string in one piece: `item` gets bytes and count. */
static enum err string_join(struct reader *r, struct cbor_pull_item *item)
{
    size_t begin = r->pull.pos;
    size_t left = CBOR_PULL_OPEN;
    size_t total = 0;
    uint8_t *joined = NULL;

    if (item->count != CBOR_PULL_OPEN)
        return ERR_OK;
    if (pieces_measure(r, item->kind, &total) != ERR_OK)
        return ERR_INPUT;
    joined = arena_alloc(r->arena, total + 1, 1);
    item->bytes = joined;
    item->count = total;
    for (r->pull.pos = begin; more(r, &left);) {
        struct cbor_pull_item piece;
        if (item_next(r, &piece) != ERR_OK)
            return ERR_INPUT;
        memcpy(joined, piece.bytes, piece.count);
        joined += piece.count;
    }
    return ERR_OK;
}

static enum err value_skip(struct reader *r, size_t depth);

static enum err elements_skip(struct reader *r, size_t left, bool pairs, size_t depth)
{
    while (more(r, &left))
        if (value_skip(r, depth) != ERR_OK || (pairs && value_skip(r, depth) != ERR_OK))
            return ERR_INPUT;
    return ERR_OK;
}

/* Passes over the value of a label that is not understood. */
static enum err value_skip(struct reader *r, size_t depth)
{
    struct cbor_pull_item item;
    size_t total = 0;

    if (item_next(r, &item) != ERR_OK)
        return ERR_INPUT;
    if (depth > SENML_DEPTH_MAX)
        return senml_refuse(r->result, SENML_TOO_DEEP, item.at, "nested deeper than %d",
                            SENML_DEPTH_MAX);
    switch (item.kind) {
    case ITEM_ARRAY:
    case ITEM_MAP:
        return elements_skip(r, item.count, item.kind == ITEM_MAP, depth + 1);
    case ITEM_TAG:
        return value_skip(r, depth + 1);
    case ITEM_TEXT:
    case ITEM_BYTES:
        return item.count == CBOR_PULL_OPEN ? pieces_measure(r, item.kind, &total) : ERR_OK;
    case ITEM_BREAK:
        return syntax(r, item.at, "a break stands where a value is expected");
    default:
        return ERR_OK;
    }
}

static double integer_of(const struct cbor_pull_item *item)
{
    return item->kind == ITEM_UINT ? (double)item->magnitude : -1.0 - (double)item->magnitude;
}

/* mantissa × 10^exponent, exact where a double can be. */
static double decimal(double mantissa, double exponent)
{
    if (mantissa == 0)
        return 0;
    if (exponent < -EXPONENT_MAX)
        return 0;
    if (exponent > EXPONENT_MAX)
        return mantissa < 0 ? -HUGE_VAL : HUGE_VAL;
    if (exponent < 0 && exponent >= -EXACT_POWER)
        return mantissa / pow(10, -exponent);
    return mantissa * pow(10, exponent);
}

static bool is_integer(const struct cbor_pull_item *item)
{
    return item->kind == ITEM_UINT || item->kind == ITEM_NEGATIVE;
}

static enum err not_decimal(struct reader *r, size_t at)
{
    return senml_refuse(r->result, SENML_LABEL_TYPE, at,
                        "a decimal fraction is an array of two integers, exponent and mantissa");
}

static enum err decimal_read(struct reader *r, size_t at, double *number)
{
    struct cbor_pull_item list;
    struct cbor_pull_item part;
    double parts[2] = {0, 0};
    size_t count = 0;

    if (item_next(r, &list) != ERR_OK)
        return ERR_INPUT;
    if (list.kind != ITEM_ARRAY)
        return not_decimal(r, at);
    while (more(r, &list.count)) {
        if (item_next(r, &part) != ERR_OK)
            return ERR_INPUT;
        if (!is_integer(&part) || count == 2)
            return not_decimal(r, part.at);
        parts[count++] = integer_of(&part);
    }
    if (count != 2)
        return not_decimal(r, at);
    *number = decimal(parts[1], parts[0]);
    return ERR_OK;
}

static enum err text_check(struct reader *r, const struct cbor_pull_item *item)
{
    uint8_t seen = 0;

    for (size_t i = 0; i < item->count; i++) {
        if (item->bytes[i] == 0)
            return senml_refuse(r->result, SENML_NUL_IN_TEXT, item->at, "a text contains U+0000");
        seen |= item->bytes[i];
    }
    if (seen >= 0x80) { /* rare: utf8_ok wants a text that ends in NUL */
        char *text = arena_alloc(r->arena, item->count + 1, 1);
        memcpy(text, item->bytes, item->count);
        if (!utf8_ok(text))
            return senml_refuse(r->result, SENML_BAD_UTF8, item->at, "a text is not UTF-8");
    }
    return ERR_OK;
}

static enum err text_read(struct reader *r, struct cbor_pull_item *item, struct senml_text *text)
{
    if (string_join(r, item) != ERR_OK ||
        (item->kind == ITEM_TEXT && text_check(r, item) != ERR_OK))
        return ERR_INPUT;
    *text = (struct senml_text){(const char *)item->bytes, item->count};
    return ERR_OK;
}

static enum err number_read(struct reader *r, const struct cbor_pull_item *item, double *number)
{
    if (item->kind == ITEM_TAG)
        return decimal_read(r, item->at, number);
    *number = item->kind == ITEM_FLOAT ? item->number : integer_of(item);
    return ERR_OK;
}

static bool item_fits(const struct cbor_pull_item *item, enum senml_type type)
{
    switch (type) {
    case SENML_NUMBER:
        return is_integer(item) || item->kind == ITEM_FLOAT ||
               (item->kind == ITEM_TAG && item->magnitude == TAG_DECIMAL);
    case SENML_BOOLEAN:
        return item->kind == ITEM_BOOLEAN;
    case SENML_TEXT:
        return item->kind == ITEM_TEXT;
    default:
        return item->kind == ITEM_BYTES;
    }
}

static enum err field_read(struct reader *r, enum senml_label label, size_t label_at)
{
    static const char *const wanted[] = {[SENML_NUMBER] =
                                             "an integer, a float or a decimal fraction (tag 4)",
                                         [SENML_TEXT] = "a text string",
                                         [SENML_BOOLEAN] = "true or false",
                                         [SENML_DATA] = "a byte string"};
    struct senml_field *field = &r->record.field[label];
    enum senml_type type = senml_label_type(label);
    struct cbor_pull_item item;

    if (senml_record_has(&r->record, label))
        return senml_refuse(r->result, SENML_DUPLICATE_LABEL, label_at,
                            "%s stands twice in one record", senml_label_name(label));
    if (item_next(r, &item) != ERR_OK)
        return ERR_INPUT;
    if (!item_fits(&item, type))
        return senml_refuse(r->result, SENML_LABEL_TYPE, item.at, "%s (%d) is %s",
                            senml_label_name(label), senml_label_key(label), wanted[type]);
    field->at_byte = item.at;
    field->truth = item.truth;
    r->record.has |= 1u << label;
    if (type == SENML_NUMBER)
        return number_read(r, &item, &field->number);
    return type == SENML_BOOLEAN ? ERR_OK : text_read(r, &item, &field->text);
}

/* An extension label as text. */
static enum err extension_check(struct reader *r, struct cbor_pull_item *key)
{
    struct senml_text name;

    if (text_read(r, key, &name) != ERR_OK)
        return ERR_INPUT;
    if (senml_label_by_name(name.at, name.len) != SENML_LABEL_COUNT)
        return senml_refuse(r->result, SENML_WRONG_LABEL, key->at,
                            "the label %.*s is written as the integer %d in CBOR", (int)name.len,
                            name.at, senml_label_key(senml_label_by_name(name.at, name.len)));
    if (name.len > 0 && name.at[name.len - 1] == '_')
        return senml_refuse(r->result, SENML_MANDATORY_LABEL, key->at,
                            "the label %.*s has to be understood and is not",
                            name.len > 40 ? 40 : (int)name.len, name.at);
    return ERR_OK;
}

static enum senml_label label_of(const struct cbor_pull_item *key)
{
    if (!is_integer(key) || key->magnitude > INT8_MAX)
        return SENML_LABEL_COUNT;
    return senml_label_by_key(key->kind == ITEM_UINT ? (int64_t)key->magnitude
                                                     : -1 - (int64_t)key->magnitude);
}

static enum err pair_read(struct reader *r)
{
    struct cbor_pull_item key;
    enum senml_label label = SENML_LABEL_COUNT;

    if (item_next(r, &key) != ERR_OK)
        return ERR_INPUT;
    label = label_of(&key);
    if (label != SENML_LABEL_COUNT)
        return field_read(r, label, key.at);
    if (key.kind == ITEM_TEXT && extension_check(r, &key) != ERR_OK)
        return ERR_INPUT;
    if (key.kind != ITEM_TEXT && !is_integer(&key))
        return senml_refuse(r->result, SENML_WRONG_LABEL, key.at,
                            "a label is an integer, or text for an extension");
    return value_skip(r, 3);
}

static enum err record_read(struct reader *r)
{
    struct cbor_pull_item map;

    if (item_next(r, &map) != ERR_OK)
        return ERR_INPUT;
    if (map.kind != ITEM_MAP)
        return senml_refuse(r->result, SENML_NOT_A_RECORD, map.at, "a record is a map");
    r->record.at_byte = map.at;
    r->record.has = 0;
    while (more(r, &map.count))
        if (pair_read(r) != ERR_OK)
            return ERR_INPUT;
    return ERR_OK;
}

static enum err pack_read(struct reader *r, struct senml_pack *pack)
{
    struct cbor_pull_item array;

    if (item_next(r, &array) != ERR_OK)
        return ERR_INPUT;
    if (array.kind != ITEM_ARRAY)
        return senml_refuse(r->result, SENML_NOT_AN_ARRAY, 0,
                            "a SenML pack is an array of records");
    while (more(r, &array.count))
        if (record_read(r) != ERR_OK || senml_pack_add(pack, &r->record) != ERR_OK)
            return ERR_INPUT;
    if (r->pull.pos < r->pull.len)
        return senml_refuse(r->result, SENML_TRAILING_BYTES, r->pull.pos,
                            "%zu bytes follow the pack", r->pull.len - r->pull.pos);
    return senml_pack_end(pack);
}

enum err senml_cbor_decode(const struct codec_input *input, struct arena *arena,
                           struct codec_result *result)
{
    struct reader reader = {
        .pull = {.bytes = input->bytes, .len = input->len}, .arena = arena, .result = result};
    struct senml_pack pack;

    senml_pack_begin(&pack, input, arena, result);
    return pack_read(&reader, &pack);
}
