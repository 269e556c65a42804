#include "gateway/decode/reject_line.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hex(const uint8_t *bytes, size_t len, char *text)
{
    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* RFC 4648 section 5, without padding. `text` has room for len * 4 / 3 + 3. */
static void base64url(const uint8_t *bytes, size_t len, char *text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | bytes[i];
        for (held += 8; held >= 6; held -= 6)
            *text++ = alphabet[bits >> (held - 6) & 63];
    }
    if (held > 0)
        *text++ = alphabet[bits << (6 - held) & 63];
    *text = '\0';
}

static void format_word(enum format format, char word[static 16])
{
    const char *name = format_name(format);

    if (name != NULL)
        snprintf(word, 16, "%s", name);
    else
        snprintf(word, 16, "%d", (int)format);
}

/* NULL members make json_pack fail as a whole, so broken text costs the detail, not the line. */
static json_t *detail_json(const char *detail)
{
    json_t *json = json_string(detail);

    return json != NULL ? json : json_string("");
}

static json_t *common_json(const struct batch_reject *reject)
{
    char received[WHEN_INSTANT_TEXT] = "", format[16] = "";

    when_instant_format(reject->received_ms, received);
    format_word(reject->format, format);
    return json_pack("{s:s, s:o, s:I, s:s, s:s}", "reason", reject->reason, "detail",
                     detail_json(reject->detail), "at_byte", (json_int_t)reject->at_byte,
                     "received", received, "format", format);
}

static char *dump_and_free(json_t *json)
{
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);

    json_decref(json);
    return text;
}

char *reject_line_for_unit(const struct batch_reject *reject)
{
    return dump_and_free(common_json(reject));
}

char *reject_line_write(const uint8_t journal_id[JOURNAL_ID_BYTES],
                        const struct batch_reject *reject)
{
    json_t *json = common_json(reject);
    char journal[2 * JOURNAL_ID_BYTES + 1] = "";
    char *payload = mem_alloc(reject->payload_len * 4 / 3 + 4, 1);

    hex(journal_id, JOURNAL_ID_BYTES, journal);
    base64url(reject->payload, reject->payload_len, payload);
    if (json != NULL) {
        (void)json_object_set_new(json, "journal", json_string(journal));
        (void)json_object_set_new(json, "position", json_integer((json_int_t)reject->position));
        (void)json_object_set_new(json, "unit", json_string(reject->unit));
        (void)json_object_set_new(json, "payload", json_string(payload));
    }
    free(payload);
    return dump_and_free(json);
}

static bool take_text(const json_t *json, const char *key, char *text, size_t room)
{
    const char *value = json_string_value(json_object_get(json, key));

    if (value == NULL || strlen(value) >= room)
        return false;
    memcpy(text, value, strlen(value) + 1);
    return true;
}

static bool take_number(const json_t *json, const char *key, uint64_t *number)
{
    const json_t *value = json_object_get(json, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *number = (uint64_t)json_integer_value(value);
    return true;
}

bool reject_line_read(const char *text, size_t len, struct reject_line *line)
{
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    bool ok = take_text(json, "journal", line->journal, sizeof line->journal) &&
              take_number(json, "position", &line->position) &&
              take_text(json, "unit", line->unit, sizeof line->unit) &&
              take_text(json, "format", line->format, sizeof line->format) &&
              take_text(json, "received", line->received, sizeof line->received) &&
              take_text(json, "reason", line->reason, sizeof line->reason) &&
              take_text(json, "detail", line->detail, sizeof line->detail) &&
              take_number(json, "at_byte", &line->at_byte);

    line->payload_len = json_string_length(json_object_get(json, "payload")) * 3 / 4;
    json_decref(json);
    return ok;
}
