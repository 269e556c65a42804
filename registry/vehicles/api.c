#include "registry/vehicles/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/when.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000
#define REPEATS       3
#define MATCH_FIELD   "If-Match"

struct registry_context *api_context(const struct http_call *call)
{
    return http_context(call);
}

/* ---- the query ---- */

bool api_day(struct http_call *call, const char *name, int32_t *day, bool *given)
{
    const char *text = http_query(call, name);

    if (given != NULL)
        *given = text != NULL;
    *day = when_day_of(clock_wall_ms(api_context(call)->clock));
    if (text == NULL || when_day_parse(text, day))
        return true;
    http_reply_problem(call, 400, "%s=%.40s is no day; write YYYY-MM-DD", name, text);
    return false;
}

bool api_word(struct http_call *call, const char *name, const struct vocabulary *list, int *code)
{
    const char *text = http_query(call, name);
    char words[200];

    *code = text == NULL ? 0 : vocabulary_code(list, text);
    if (text == NULL || *code != 0)
        return true;
    http_reply_problem(call, 400, "%s=%.40s is none of %s", name, text,
                       vocabulary_join(list, words, sizeof words));
    return false;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *place = c == '\0' ? NULL : strchr(digits, c);

    return place == NULL ? -1 : (int)(place - digits);
}

/* A cursor is the key in hex: safe in a URL, and nobody takes it for something to make up. */
const char *api_cursor_read(struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *key = arena_alloc(arena, len / 2 + 1, 1);

    if (len == 0 || len % 2 != 0)
        return NULL;
    for (size_t i = 0; i < len / 2; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0 || high * 16 + low == 0)
            return NULL;
        key[i] = (char)(high * 16 + low);
    }
    return key;
}

json_t *api_cursor(struct http_call *call, const char *last_key)
{
    char *text = arena_alloc(http_arena(call), strlen(last_key) * 2 + 1, 1);

    for (size_t i = 0; last_key[i] != '\0'; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)(unsigned char)last_key[i]);
    return json_string(text);
}

bool api_page(struct http_call *call, struct api_page *page)
{
    const char *limit = http_query(call, "limit");
    const char *cursor = http_query(call, "cursor");

    *page = (struct api_page){.limit = LIMIT_DEFAULT};
    if (limit != NULL) {
        bool digits = strspn(limit, "0123456789") == strlen(limit) && strlen(limit) <= 4;
        page->limit = digits ? strtol(limit, NULL, 10) : 0;
        if (page->limit < 1 || page->limit > LIMIT_MAX) {
            http_reply_problem(call, 400, "limit=%.20s is not 1 to %d", limit, LIMIT_MAX);
            return false;
        }
    }
    if (cursor != NULL) {
        page->after = api_cursor_read(http_arena(call), cursor);
        if (page->after == NULL) {
            http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
            return false;
        }
    }
    return true;
}

/* ---- JSON ---- */

json_t *api_day_json(int32_t day)
{
    char text[WHEN_DAY_TEXT];

    if (day == WHEN_DAY_NEVER || day == VEHICLE_DAY_NONE)
        return json_null();
    when_day_format(day, text);
    return json_string(text);
}

json_t *api_instant_json(int64_t instant_ms)
{
    char text[WHEN_INSTANT_TEXT];

    when_instant_format(instant_ms, text);
    return json_string(text);
}

/* A whole number stays one. */
static json_t *decimal_json(const char *text)
{
    return strchr(text, '.') == NULL ? json_integer(strtoll(text, NULL, 10))
                                     : json_real(strtod(text, NULL));
}

json_t *api_record(const struct field *fields, size_t count, const void *record)
{
    json_t *object = json_object();
    char room[FIELD_TEXT_SIZE];

    for (size_t i = 0; i < count; i++) {
        json_t *value = NULL;
        const char *text = field_text(&fields[i], record, room);
        if (text[0] == '\0')
            value = json_null();
        else if (fields[i].kind == FIELD_BOOL)
            value = json_boolean(text[0] == '1');
        else if (fields[i].kind == FIELD_TONNES)
            value = json_integer(strtoll(text, NULL, 10));
        else if (fields[i].kind == FIELD_TENTHS)
            value = json_real(strtod(text, NULL));
        else if (fields[i].kind == FIELD_DECIMAL)
            value = decimal_json(text);
        else
            value = json_string(text);
        json_object_set_new(object, fields[i].name, value);
    }
    return object;
}

json_t *api_body(struct http_call *call)
{
    size_t len = 0;
    const uint8_t *bytes = http_body(call, &len);
    json_error_t error;
    json_t *body = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, &error);

    if (body == NULL) {
        http_reply_problem(call, 400, "the body is no JSON: line %d, column %d: %s", error.line,
                           error.column, error.text);
        return NULL;
    }
    if (!json_is_object(body)) {
        http_reply_problem(call, 400, "the body is JSON but no object");
        json_decref(body);
        return NULL;
    }
    return body;
}

/* The text that a file would have for this value; NULL when it is of the wrong type. */
static const char *value_text(const struct field *field, const json_t *value, char *out,
                              size_t size)
{
    if (json_is_null(value))
        return "";
    if (field->kind == FIELD_BOOL)
        return json_is_true(value) ? "1" : json_is_false(value) ? "0" : NULL;
    if (field->kind == FIELD_TONNES) {
        snprintf(out, size, "%lld", (long long)json_integer_value(value));
        return json_is_integer(value) ? out : NULL;
    }
    if ((field->kind == FIELD_DECIMAL || field->kind == FIELD_TENTHS) && json_is_number(value)) {
        snprintf(out, size, "%.15g", json_number_value(value));
        return out;
    }
    return json_string_value(value);
}

static void take_member(const struct field *field, const json_t *value, void *record,
                        struct remarks *remarks)
{
    static const char *const wanted[] = {
        [FIELD_TEXT] = "a string",      [FIELD_WORD] = "a string",
        [FIELD_DAY] = "a string",       [FIELD_LAST_DAY] = "a string",
        [FIELD_BOOL] = "true or false", [FIELD_TONNES] = "an integer",
        [FIELD_DECIMAL] = "a number",   [FIELD_TENTHS] = "a number",
        [FIELD_INSTANT] = "a string",   [FIELD_LONG] = "a string"};
    char number[24];
    const char *text = value_text(field, value, number, sizeof number);

    if (text == NULL && field->required)
        remark_refuse(remarks, field->name, "must be %s", wanted[field->kind]);
    else if (text == NULL)
        remark_refuse(remarks, field->name, "must be %s or null", wanted[field->kind]);
    else
        field_parse(field, text, record, remarks);
}

void api_form(json_t *body, const struct field *fields, size_t count, void *record, unsigned *given,
              int32_t *effective, struct remarks *remarks)
{
    static const struct field effective_field = {
        "effective", FIELD_DAY, 0, sizeof(int32_t), false, VEHICLE_DAY_NONE, NULL};
    const char *name = NULL;
    json_t *value = NULL;

    *given = 0;
    json_object_foreach(body, name, value)
    {
        int index = field_find(fields, count, name);
        if (index >= 0) {
            take_member(&fields[index], value, record, remarks);
            *given |= 1u << index;
        } else if (effective != NULL && strcmp(name, effective_field.name) == 0) {
            take_member(&effective_field, value, effective, remarks);
        } else {
            remark_refuse(remarks, "", "there is no member \"%.60s\" here", name);
        }
    }
}

static json_t *remarks_json(const struct remarks *remarks, bool refusals)
{
    json_t *list = json_array();

    for (size_t i = 0; i < remarks->count; i++)
        if (remarks->items[i].refusal == refusals)
            json_array_append_new(list, json_pack("{s:s, s:s}", "column", remarks->items[i].column,
                                                  "reason", remarks->items[i].reason));
    return list;
}

json_t *api_warnings(const struct remarks *remarks)
{
    return remarks_json(remarks, false);
}

static int refusal_status(const struct remarks *remarks, const struct remark *first)
{
    if (strcmp(first->column, MATCH_FIELD) == 0)
        return remarks->code == ERR_CONFLICT ? 412 : 428;
    return remarks->code == ERR_CONFLICT    ? 409
           : remarks->code == ERR_NOT_FOUND ? 404
           : remarks->code == ERR_DENIED    ? 403
                                            : 400;
}

void api_refuse(struct http_call *call, const struct remarks *remarks)
{
    const struct remark *first = &remarks->items[0];
    const char *detail = NULL;
    int status = 0;

    while (first < remarks->items + remarks->count - 1 && !first->refusal)
        first++;
    status = refusal_status(remarks, first);
    detail = first->column[0] == '\0'
                 ? first->reason
                 : arena_format(http_arena(call), "%s: %s", first->column, first->reason);
    http_reply_problem_with(call, status, detail,
                            json_pack("{s:o}", "errors", remarks_json(remarks, true)));
}

bool api_whole(struct http_call *call, const struct field *fields, size_t count, void *record,
               struct remarks *remarks)
{
    unsigned given = 0;
    json_t *body = api_body(call);

    if (body == NULL)
        return false;
    api_form(body, fields, count, record, &given, NULL, remarks);
    json_decref(body);
    for (size_t i = 0; i < count; i++)
        if (fields[i].required && (given & 1u << i) == 0)
            remark_refuse(remarks, fields[i].name, "is required");
    if (remarks->refused)
        api_refuse(call, remarks);
    return !remarks->refused;
}

/* ---- lost updates ---- */

static const char *etag_of(struct http_call *call, int64_t stand)
{
    return arena_format(http_arena(call), "\"%" PRId64 "\"", stand);
}

void api_add_etag(struct http_call *call, int64_t stand)
{
    http_add_header(call, "ETag", etag_of(call, stand));
}

void api_match(struct http_call *call, int64_t stand, bool overwrites, struct remarks *remarks)
{
    const char *seen = http_header(call, MATCH_FIELD);

    if (remarks->refused)
        return;
    if (seen == NULL && overwrites)
        remark_refuse(remarks, MATCH_FIELD,
                      "is required to change what is there: the ETag that you have seen, or *");
    else if (seen != NULL && stand == 0)
        remark_refuse_as(remarks, ERR_CONFLICT, MATCH_FIELD, "there is nothing to change yet");
    else if (seen != NULL && strcmp(seen, "*") != 0 && strcmp(seen, etag_of(call, stand)) != 0)
        remark_refuse_as(remarks, ERR_CONFLICT, MATCH_FIELD,
                         "somebody changed it meanwhile: its ETag is %s now; read it again",
                         etag_of(call, stand));
}

/* ---- a change ---- */

static enum err commit_once(struct registrar *registrar, api_change *change, void *arg,
                            struct remarks *remarks, struct fault *fault)
{
    enum err err = registrar_begin(registrar, fault);

    if (err != ERR_OK)
        return err;
    err = change(registrar, arg, remarks, fault);
    if (err != ERR_OK || remarks->refused) {
        registrar_rollback(registrar);
        return err;
    }
    return registrar_commit(registrar, fault);
}

bool api_try(struct http_call *call, api_change *change, void *arg, struct remarks *remarks)
{
    struct registry_context *context = api_context(call);
    struct registrar *registrar =
        registrar_create(context->db, context->clock, http_principal(call)->name);
    const struct remarks so_far = *remarks;
    struct fault fault = {0};
    enum err err = ERR_BUSY;

    registrar_act_as(registrar, http_role_name(http_principal(call)->role), true);
    for (int i = 0; i < REPEATS && err == ERR_BUSY; i++) {
        *remarks = so_far;
        err = commit_once(registrar, change, arg, remarks, &fault);
    }
    registrar_destroy(registrar);
    if (err != ERR_OK)
        http_reply_fault(call, &fault);
    return err == ERR_OK;
}

bool api_commit(struct http_call *call, api_change *change, void *arg, struct remarks *remarks)
{
    if (!api_try(call, change, arg, remarks))
        return false;
    if (remarks->refused)
        api_refuse(call, remarks);
    return !remarks->refused;
}
