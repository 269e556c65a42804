#include "registry/vehicles/field.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/utf8.h"
#include "shared/when.h"

#define TONNES_MAX  INT64_C(100000000000)
#define DECIMAL_MAX INT64_C(1000000000000000) /* thousandths */

static void *member(const struct field *field, void *record)
{
    return (char *)record + field->offset;
}

static const void *member_of(const struct field *field, const void *record)
{
    return (const char *)record + field->offset;
}

/* Cuts blanks off both ends; false when it does not fit. */
static bool trim(const char *text, char *out, size_t size)
{
    size_t len = 0;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && strchr(" \t", text[len - 1]) != NULL)
        len--;
    if (len >= size)
        return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

static bool has_control(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return true;
    return !utf8_ok(text);
}

static bool parse_text(const struct field *field, const char *text, void *record,
                       struct remarks *remarks)
{
    if (strlen(text) >= field->size) {
        remark_refuse(remarks, field->name, "is longer than %zu bytes", field->size - 1);
        return false;
    }
    memcpy(member(field, record), text, strlen(text) + 1);
    return true;
}

static bool parse_word(const struct field *field, const char *text, void *record,
                       struct remarks *remarks)
{
    int code = vocabulary_code(field->words, text);
    char list[160];

    if (code == 0 && text[0] != '\0') {
        remark_refuse(remarks, field->name, "\"%.40s\" is none of %s", text,
                      vocabulary_join(field->words, list, sizeof list));
        return false;
    }
    *(int *)member(field, record) = code;
    return true;
}

static bool parse_day(const struct field *field, const char *text, void *record,
                      struct remarks *remarks)
{
    int32_t day = field->none;

    if (text[0] != '\0' && !when_day_parse(text, &day)) {
        remark_refuse(remarks, field->name, "\"%.40s\" is no day; write YYYY-MM-DD, 1900 to 2199",
                      text);
        return false;
    }
    if (text[0] != '\0' && field->kind == FIELD_LAST_DAY)
        day++;
    *(int32_t *)member(field, record) = day;
    return true;
}

static bool parse_bool(const struct field *field, const char *text, void *record,
                       struct remarks *remarks)
{
    if (text[0] != '\0' && strcmp(text, "0") != 0 && strcmp(text, "1") != 0) {
        remark_refuse(remarks, field->name, "\"%.40s\" is neither 0 nor 1", text);
        return false;
    }
    *(bool *)member(field, record) = text[0] == '1';
    return true;
}

static bool parse_tonnes(const struct field *field, const char *text, void *record,
                         struct remarks *remarks)
{
    int64_t value = field->none;

    if (text[0] != '\0') {
        char *end = NULL;
        bool digits = strspn(text, "0123456789") == strlen(text) && strlen(text) <= 12;
        value = digits ? strtoll(text, &end, 10) : -1;
        if (value < 0 || value > TONNES_MAX) {
            remark_refuse(remarks, field->name, "\"%.40s\" is no whole number of tonnes", text);
            return false;
        }
    }
    *(int64_t *)member(field, record) = value;
    return true;
}

/* Digits, and at most three more behind a point. */
static bool read_decimal(const char *text, int64_t *value)
{
    size_t whole = strspn(text, "0123456789");
    size_t behind = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    size_t len = text[whole] == '.' ? whole + 1 + behind : whole;

    if (whole == 0 || whole > 12 || behind > 3 || text[len] != '\0' ||
        (text[whole] == '.' && behind == 0))
        return false;
    *value = strtoll(text, NULL, 10);
    for (size_t i = 1; i <= 3; i++)
        *value = *value * 10 + (i <= behind ? text[whole + i] - '0' : 0);
    return *value <= DECIMAL_MAX;
}

static bool parse_decimal(const struct field *field, const char *text, void *record,
                          struct remarks *remarks)
{
    int64_t value = field->none;

    if (text[0] != '\0' && !read_decimal(text, &value)) {
        remark_refuse(remarks, field->name,
                      "\"%.40s\" is no number; write digits, and up to three behind a point", text);
        return false;
    }
    *(int64_t *)member(field, record) = value;
    return true;
}

static void format_decimal(int64_t value, char out[static FIELD_TEXT_SIZE])
{
    int len = snprintf(out, FIELD_TEXT_SIZE, "%" PRId64 ".%03" PRId64, value / 1000, value % 1000);

    while (out[len - 1] == '0')
        out[--len] = '\0';
    if (out[len - 1] == '.')
        out[len - 1] = '\0';
}

/* "12.5" is 125. */
static bool parse_tenths(const struct field *field, const char *text, void *record,
                         struct remarks *remarks)
{
    size_t whole = strspn(text, "0123456789");
    bool point = text[whole] == '.' && text[whole + 1] >= '0' && text[whole + 1] <= '9' &&
                 text[whole + 2] == '\0';
    int64_t value = field->none;

    if (text[0] != '\0') {
        if (whole == 0 || whole > 10 || (text[whole] != '\0' && !point)) {
            remark_refuse(remarks, field->name, "\"%.40s\" is no number with one decimal at most",
                          text);
            return false;
        }
        value = strtoll(text, NULL, 10) * 10 + (point ? text[whole + 1] - '0' : 0);
    }
    *(int64_t *)member(field, record) = value;
    return true;
}

/* The ledgers of gates write civil time without a zone; a blank may stand for the T. */
static bool parse_instant(const struct field *field, const char *text, void *record,
                          struct remarks *remarks)
{
    size_t len = strlen(text);
    bool zone = len > 19 && strpbrk(text + 19, "Zz+-") != NULL;
    char full[FIELD_TEXT_SIZE + 8];
    int64_t instant = 0;

    snprintf(full, sizeof full, "%s%s", text, zone ? "" : "+08:00");
    if (len > 10 && full[10] == ' ')
        full[10] = 'T';
    if (!when_instant_parse(full, &instant)) {
        remark_refuse(remarks, field->name,
                      "\"%.40s\" is no instant; write 2025-06-30T08:15:00+08:00", text);
        return false;
    }
    *(int64_t *)member(field, record) = instant;
    return true;
}

/* Line ends are no more than blanks in it. */
static bool parse_long(const struct field *field, const char *text, void *record,
                       struct remarks *remarks)
{
    text += strspn(text, " \t\r\n");
    if (strlen(text) >= field->size) {
        remark_refuse(remarks, field->name, "is longer than %zu bytes", field->size - 1);
        return false;
    }
    if (text[0] == '\0' && field->required) {
        remark_refuse(remarks, field->name, "is empty but required");
        return false;
    }
    *(const char **)member(field, record) = text;
    return true;
}

bool field_parse(const struct field *field, const char *text, void *record, struct remarks *remarks)
{
    static bool (*const parsers[])(const struct field *, const char *, void *, struct remarks *) = {
        [FIELD_TEXT] = parse_text,       [FIELD_WORD] = parse_word,
        [FIELD_DAY] = parse_day,         [FIELD_LAST_DAY] = parse_day,
        [FIELD_BOOL] = parse_bool,       [FIELD_TONNES] = parse_tonnes,
        [FIELD_DECIMAL] = parse_decimal, [FIELD_TENTHS] = parse_tenths,
        [FIELD_INSTANT] = parse_instant};
    char value[FIELD_TEXT_SIZE];

    if (field->kind == FIELD_LONG)
        return parse_long(field, text, record, remarks);
    if (!trim(text, value, sizeof value)) {
        remark_refuse(remarks, field->name, "is longer than any value of this column");
        return false;
    }
    if (has_control(value)) {
        remark_refuse(remarks, field->name, "holds a control character or is not UTF-8");
        return false;
    }
    if (value[0] == '\0' && field->required) {
        remark_refuse(remarks, field->name, "is empty but required");
        return false;
    }
    return parsers[field->kind](field, value, record, remarks);
}

const char *field_text(const struct field *field, const void *record,
                       char out[static FIELD_TEXT_SIZE])
{
    const void *value = member_of(field, record);
    int32_t day = 0;

    out[0] = '\0';
    switch (field->kind) {
    case FIELD_TEXT:
        snprintf(out, FIELD_TEXT_SIZE, "%s", (const char *)value);
        break;
    case FIELD_WORD:
        snprintf(out, FIELD_TEXT_SIZE, "%s", vocabulary_word(field->words, *(const int *)value));
        break;
    case FIELD_DAY:
    case FIELD_LAST_DAY:
        day = *(const int32_t *)value;
        if (day != field->none)
            when_day_format(field->kind == FIELD_DAY ? day : day - 1, out);
        break;
    case FIELD_BOOL:
        snprintf(out, FIELD_TEXT_SIZE, "%d", *(const bool *)value);
        break;
    case FIELD_TONNES:
        if (*(const int64_t *)value != field->none)
            snprintf(out, FIELD_TEXT_SIZE, "%" PRId64, *(const int64_t *)value);
        break;
    case FIELD_TENTHS:
        if (*(const int64_t *)value != field->none)
            snprintf(out, FIELD_TEXT_SIZE, "%" PRId64 ".%d", *(const int64_t *)value / 10,
                     (int)(*(const int64_t *)value % 10));
        break;
    case FIELD_DECIMAL:
        if (*(const int64_t *)value != field->none)
            format_decimal(*(const int64_t *)value, out);
        break;
    case FIELD_INSTANT:
        when_instant_format(*(const int64_t *)value, out);
        break;
    case FIELD_LONG:
        return *(const char *const *)value;
    }
    return out;
}

static int compare_long(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool field_same(const struct field *field, const void *left, const void *right)
{
    const void *a = member_of(field, left);
    const void *b = member_of(field, right);

    if (field->kind == FIELD_LONG)
        return compare_long(a, b) == 0;
    return field->kind == FIELD_TEXT ? strcmp(a, b) == 0 : memcmp(a, b, field->size) == 0;
}

void field_copy(const struct field *field, void *to, const void *from)
{
    memcpy(member(field, to), member_of(field, from),
           field->kind == FIELD_LONG ? sizeof(const char *) : field->size);
}

int field_find(const struct field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return (int)i;
    return -1;
}
