/*
 * SenML JSON, application/senml+json (RFC 8428 section 5), read with jansson.
 *
 * jansson builds a tree by recursion and keeps no positions, so one scan in front sets the limits
 * on depth and number of records before anything is built, and notes where each record begins: that
 * is the byte reported for a fault in what a record says.
 */
#include <jansson.h>
#include <string.h>

#include "shared/codec/codec_internal.h"
#include "shared/codec/senml.h"

struct scan {
    const uint8_t *bytes;
    size_t len;
    uint32_t *begins; /* of each record */
    size_t count;
    size_t depth;
    bool between; /* directly inside the array, before an element */
};

struct reader {
    struct codec_result *result;
    struct senml_record record;
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* From an opening quote to its closing one, or to the end. */
static size_t string_end(const struct scan *s, size_t at)
{
    for (at++; at < s->len && s->bytes[at] != '"'; at++)
        if (s->bytes[at] == '\\')
            at++;
    return at;
}

static enum err scan_byte(struct scan *s, struct codec_result *result, size_t at)
{
    uint8_t c = s->bytes[at];

    if (s->between && !is_space(c) && c != ']') {
        if (s->count == CODEC_RECORDS_MAX)
            return senml_refuse(result, SENML_TOO_MANY_RECORDS, at,
                                "a pack has at most %d records; send several", CODEC_RECORDS_MAX);
        s->begins[s->count++] = (uint32_t)at;
        s->between = false;
    }
    if (c == '[' || c == '{') {
        s->between = s->depth == 0;
        if (++s->depth > SENML_DEPTH_MAX)
            return senml_refuse(result, SENML_TOO_DEEP, at, "nested deeper than %d",
                                SENML_DEPTH_MAX);
    } else if ((c == ']' || c == '}') && s->depth > 0) {
        s->depth--;
    } else if (c == ',' && s->depth == 1) {
        s->between = true;
    }
    return ERR_OK;
}

/* Sets the limits and finds the records. What is not JSON passes: jansson says that better. */
static enum err scan_all(struct scan *s, struct codec_result *result)
{
    size_t at = 0;

    while (at < s->len && is_space(s->bytes[at]))
        at++;
    if (at == s->len || s->bytes[at] != '[')
        return senml_refuse(result, SENML_NOT_AN_ARRAY, at < s->len ? at : 0,
                            "a SenML pack is an array of records");
    for (; at < s->len; at++) {
        if (scan_byte(s, result, at) != ERR_OK)
            return ERR_INPUT;
        if (s->bytes[at] == '"')
            at = string_end(s, at);
    }
    return ERR_OK;
}

static enum senml_reason reason_of(enum json_error_code code)
{
    static const struct {
        enum json_error_code code;
        enum senml_reason reason;
    } reasons[] = {
        {json_error_invalid_utf8, SENML_BAD_UTF8},
        {json_error_premature_end_of_input, SENML_TRUNCATED},
        {json_error_end_of_input_expected, SENML_TRAILING_BYTES},
        {json_error_null_character, SENML_NUL_IN_TEXT},
        {json_error_null_byte_in_key, SENML_NUL_IN_TEXT},
        {json_error_duplicate_key, SENML_DUPLICATE_LABEL},
        {json_error_numeric_overflow, SENML_NOT_FINITE},
        {json_error_stack_overflow, SENML_TOO_DEEP},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].code == code)
            return reasons[i].reason;
    return SENML_JSON_SYNTAX;
}

/* Integers are read as reals: a number too large for 64 bits is still a number. */
static json_t *tree_load(const struct codec_input *input, struct codec_result *result)
{
    json_error_t error;
    json_t *tree = NULL;

    memset(&error, 0, sizeof error);
    tree = json_loadb((const char *)input->bytes, input->len,
                      JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    if (tree != NULL)
        return tree;
    if (error.text[0] == '\0' || json_error_code(&error) == json_error_out_of_memory)
        mem_exhausted(input->len); /* jansson has a sentence for every fault of the text */
    senml_refuse(result, reason_of(json_error_code(&error)),
                 error.position < 0 ? 0 : (size_t)error.position, "line %d, column %d: %s",
                 error.line, error.column, error.text);
    return NULL;
}

static bool is_base64url(struct senml_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return text.len % 4 != 1;
}

static enum err field_read(struct reader *reader, enum senml_label label, const json_t *value)
{
    static const char *const wanted[] = {[SENML_NUMBER] = "a number",
                                         [SENML_TEXT] = "a string",
                                         [SENML_BOOLEAN] = "true or false",
                                         [SENML_DATA] = "a base64url string"};
    struct senml_field *field = &reader->record.field[label];
    enum senml_type type = senml_label_type(label);
    bool fits = type == SENML_NUMBER    ? json_is_number(value)
                : type == SENML_BOOLEAN ? json_is_boolean(value)
                                        : json_is_string(value);

    field->at_byte = reader->record.at_byte;
    if (!fits)
        return senml_refuse(reader->result, SENML_LABEL_TYPE, field->at_byte, "%s is %s",
                            senml_label_name(label), wanted[type]);
    if (type == SENML_NUMBER)
        field->number = json_number_value(value);
    else if (type == SENML_BOOLEAN)
        field->truth = json_is_true(value);
    else
        field->text = (struct senml_text){json_string_value(value), json_string_length(value)};
    if (type == SENML_DATA && !is_base64url(field->text))
        return senml_refuse(reader->result, SENML_BAD_BASE64, field->at_byte,
                            "vd is not base64url without padding");
    reader->record.has |= 1u << label;
    return ERR_OK;
}

static enum err record_read(struct reader *reader, json_t *object, size_t at_byte)
{
    const char *key = NULL;
    json_t *value = NULL;

    reader->record.at_byte = at_byte;
    reader->record.has = 0;
    if (!json_is_object(object))
        return senml_refuse(reader->result, SENML_NOT_A_RECORD, at_byte, "a record is an object");
    json_object_foreach(object, key, value)
    {
        size_t len = strlen(key);
        enum senml_label label = senml_label_by_name(key, len);
        if (label == SENML_LABEL_COUNT && len > 0 && key[len - 1] == '_')
            return senml_refuse(reader->result, SENML_MANDATORY_LABEL, at_byte,
                                "the label %.40s has to be understood and is not", key);
        if (label != SENML_LABEL_COUNT && field_read(reader, label, value) != ERR_OK)
            return ERR_INPUT;
    }
    return ERR_OK;
}

static enum err pack_read(struct senml_pack *pack, json_t *tree, const struct scan *scan)
{
    struct reader reader = {.result = pack->result};
    size_t i = 0;
    json_t *object = NULL;

    json_array_foreach(tree, i,
                       object) if (record_read(&reader, object, scan->begins[i]) != ERR_OK ||
                                   senml_pack_add(pack, &reader.record) != ERR_OK) return ERR_INPUT;
    return senml_pack_end(pack);
}

enum err senml_json_decode(const struct codec_input *input, struct arena *arena,
                           struct codec_result *result)
{
    size_t most = input->len < CODEC_RECORDS_MAX ? input->len : CODEC_RECORDS_MAX;
    struct scan scan = {
        .bytes = input->bytes, .len = input->len, .begins = ARENA_ARRAY(arena, uint32_t, most)};
    struct senml_pack pack;
    json_t *tree = NULL;
    enum err err = scan_all(&scan, result);

    if (err == ERR_OK && (tree = tree_load(input, result)) == NULL)
        err = ERR_INPUT;
    if (err != ERR_OK)
        return err;
    senml_pack_begin(&pack, input, arena, result);
    err = pack_read(&pack, tree, &scan);
    json_decref(tree);
    return err;
}
