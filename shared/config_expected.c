/* What a schema asks for, in words. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/config_internal.h"

struct sentence {
    char *text;
    size_t size, len;
};

static void say(struct sentence *sentence, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct sentence *sentence, const char *format, ...)
{
    va_list args;
    int added = 0;

    va_start(args, format);
    added = vsnprintf(sentence->text + sentence->len, sentence->size - sentence->len, format, args);
    va_end(args);
    if (added > 0)
        sentence->len += (size_t)added;
    if (sentence->len >= sentence->size) /* cut: a list of keys may be longer than a fault */
        sentence->len = sentence->size - 1;
}

static const cyaml_schema_value_t *schema_at(const cyaml_schema_value_t *schema,
                                             const struct config_step *steps, size_t count)
{
    for (size_t i = 0; i < count && schema != NULL; i++) {
        const cyaml_schema_field_t *field = NULL;
        if (schema->type == CYAML_FLAGS)
            return schema;
        if (schema->type == CYAML_SEQUENCE || schema->type == CYAML_SEQUENCE_FIXED) {
            schema = schema->sequence.entry;
            continue;
        }
        if (schema->type != CYAML_MAPPING || steps[i].key == NULL)
            return NULL;
        for (field = schema->mapping.fields; field->key != NULL; field++)
            if (strcmp(field->key, steps[i].key) == 0)
                break;
        schema = field->key != NULL ? &field->value : NULL;
    }
    return schema;
}

static void say_number(struct sentence *s, const cyaml_schema_value_t *schema)
{
    unsigned bits = schema->data_size >= 8 ? 64 : schema->data_size * 8;

    if (schema->type == CYAML_UINT)
        say(s, "a whole number from 0 to %" PRIu64, UINT64_MAX >> (64 - bits));
    else
        say(s, "a whole number from %" PRId64 " to %" PRId64,
            -(int64_t)(UINT64_MAX >> (65 - bits)) - 1, (int64_t)(UINT64_MAX >> (65 - bits)));
}

static void say_words(struct sentence *s, const cyaml_schema_value_t *schema, const char *lead)
{
    say(s, "%s", lead);
    for (uint32_t i = 0; i < schema->enumeration.count; i++)
        say(s, "%s%s", i > 0 ? ", " : "", schema->enumeration.strings[i].str);
}

static void say_keys(struct sentence *s, const cyaml_schema_value_t *schema)
{
    const cyaml_schema_field_t *field = schema->mapping.fields;

    say(s, "a mapping with the keys ");
    for (; field->key != NULL; field++)
        say(s, "%s%s", field == schema->mapping.fields ? "" : ", ", field->key);
}

static void say_range(struct sentence *s, const char *what, const char *unit, uint32_t min,
                      uint32_t max)
{
    say(s, "%s of ", what);
    if (max == CYAML_UNLIMITED)
        say(s, "at least %" PRIu32 " %s", min, unit);
    else if (min == max)
        say(s, "%" PRIu32 " %s", min, unit);
    else
        say(s, "%" PRIu32 " to %" PRIu32 " %s", min, max, unit);
}

void config_expected(const cyaml_schema_value_t *schema, const struct config_step *steps,
                     size_t count, char *out, size_t size)
{
    struct sentence s = {.text = out, .size = size};
    const cyaml_schema_value_t *value = schema_at(schema, steps, count);

    out[0] = '\0';
    if (value == NULL) {
        say(&s, "nothing here");
        return;
    }
    switch (value->type) {
    case CYAML_INT:
    case CYAML_UINT:
        say_number(&s, value);
        break;
    case CYAML_FLOAT:
        say(&s, "a number");
        break;
    case CYAML_ENUM:
        say_words(&s, value, "one of: ");
        break;
    case CYAML_FLAGS:
        say_words(&s, value, "a list of some of: ");
        break;
    case CYAML_STRING:
        say_range(&s, "a text", "bytes", value->string.min, value->string.max);
        break;
    case CYAML_MAPPING:
        say_keys(&s, value);
        break;
    case CYAML_SEQUENCE:
    case CYAML_SEQUENCE_FIXED:
        say_range(&s, "a list", "entries", value->sequence.min, value->sequence.max);
        break;
    default:
        say(&s, "what the schema says");
        break;
    }
}
