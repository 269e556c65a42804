#include <stdlib.h>
#include <string.h>

#include "registry/vehicles/api.h"

#define PAGE_DEFAULT 100
#define PAGE_MAX     1000
#define SHEET_PAGE   100000 /* a spreadsheet's worth; the rest is behind the Link header */

enum sheet_format api_format(const struct http_call *call)
{
    if (http_accepts(call, "application/json"))
        return SHEET_JSON;
    if (http_accepts(call, SHEET_XLSX_TYPE))
        return SHEET_XLSX;
    return http_accepts(call, "text/csv") ? SHEET_CSV : SHEET_JSON;
}

bool api_sheet_page(struct http_call *call, enum sheet_format format, struct api_page *page)
{
    const char *limit = http_query(call, "limit");
    const char *cursor = http_query(call, "cursor");
    int64_t max = format == SHEET_JSON ? PAGE_MAX : SHEET_PAGE;
    char *end = NULL;

    *page = (struct api_page){.limit = format == SHEET_JSON ? PAGE_DEFAULT : SHEET_PAGE};
    if (limit != NULL) {
        page->limit = strtol(limit, &end, 10);
        if (end == limit || *end != '\0' || page->limit < 1 || page->limit > max) {
            http_reply_problem(call, 400, "limit: \"%s\" is no limit; expected 1 to %d", limit,
                               (int)max);
            return false;
        }
    }
    page->after = cursor == NULL ? NULL : api_cursor_read(http_arena(call), cursor);
    if (cursor == NULL || page->after != NULL)
        return true;
    http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
    return false;
}

const char *api_query_add(struct arena *arena, const char *query, const char *name,
                          const char *value)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    query = arena_format(arena, "%s%s%s=", query, query[0] != '\0' ? "&" : "?", name);
    for (; *value != '\0'; value++)
        query = strchr(plain, *value) != NULL
                    ? arena_format(arena, "%s%c", query, *value)
                    : arena_format(arena, "%s%%%02X", query, (unsigned char)*value);
    return query;
}

/* The query of this request again, with the next cursor. */
static const char *next_link(struct http_call *call, const char *const *known, const char *next)
{
    struct arena *arena = http_arena(call);
    json_t *cursor = api_cursor(call, next);
    const char *link = "";

    for (; *known != NULL; known++)
        if (strcmp(*known, "cursor") != 0 && http_query(call, *known) != NULL)
            link = api_query_add(arena, link, *known, http_query(call, *known));
    link = api_query_add(arena, link, "cursor", json_string_value(cursor));
    json_decref(cursor);
    return arena_format(arena, "<%s>; rel=\"next\"", link);
}

static void reply_document(struct http_call *call, const struct sheet *sheet,
                           enum sheet_format format, const char *name)
{
    size_t len = 0;
    const void *bytes = sheet_bytes(sheet, &len);

    if (format == SHEET_XLSX)
        http_add_header(call, "Content-Disposition",
                        arena_format(http_arena(call), "attachment; filename=\"%s.xlsx\"", name));
    http_reply_bytes(call, 200, sheet_format_type(format), bytes, len);
}

void api_reply_sheet(struct http_call *call, const struct api_sheet *answer)
{
    struct fault fault = {0};

    if (sheet_finish(answer->sheet, &fault) != ERR_OK) {
        json_decref(answer->members);
        http_reply_fault(call, &fault);
        return;
    }
    if (answer->format == SHEET_JSON) {
        json_object_set_new(answer->members, answer->rows, sheet_rows_json(answer->sheet));
        json_object_set_new(answer->members, "next",
                            answer->next != NULL ? api_cursor(call, answer->next) : json_null());
        http_reply_json(call, 200, answer->members);
        return;
    }
    json_decref(answer->members);
    if (answer->next != NULL)
        http_add_header(call, "Link", next_link(call, answer->known, answer->next));
    reply_document(call, answer->sheet, answer->format, answer->name);
}
