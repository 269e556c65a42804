#include "registry/vehicles/directory_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/store/store_directory.h"
#include "registry/vehicles/api.h"
#include "registry/vehicles/vocabulary.h"
#include "shared/tls/tls.h"
#include "shared/when.h"

#define ETAG_BYTES 16 /* of the digest; what is guarded against is chance */

static json_t *unit_json(const struct store_directory_unit *unit)
{
    return json_pack("{s:s, s:s, s:o}", "unit", unit->unit, "category",
                     vocabulary_word(&vocabulary_category, unit->category), "interval_s",
                     unit->interval_s > 0 ? json_integer(unit->interval_s) : json_null());
}

static json_t *page_json(struct http_call *call, const struct store_directory *directory,
                         int64_t limit)
{
    bool more = (int64_t)directory->count > limit;
    size_t shown = more ? (size_t)limit : directory->count;
    json_t *list = json_array();

    for (size_t i = 0; i < shown; i++)
        json_array_append_new(list, unit_json(&directory->items[i]));
    return json_pack("{s:o, s:o}", "units", list, "next",
                     more ? api_cursor(call, directory->items[shown - 1].unit) : json_null());
}

static const char *etag_of(struct arena *arena, const char *text)
{
    uint8_t digest[32];
    char hex[2 * ETAG_BYTES + 1];

    tls_sha256(text, strlen(text), digest);
    for (size_t i = 0; i < ETAG_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return arena_format(arena, "\"%s\"", hex);
}

static void reply_unless_known(struct http_call *call, json_t *page)
{
    const char *known = http_header(call, "If-None-Match");
    char *text = json_dumps(page, JSON_COMPACT);
    const char *etag = NULL;

    json_decref(page);
    if (text == NULL) {
        http_reply_problem(call, 500, "out of memory");
        return;
    }
    etag = etag_of(http_arena(call), text);
    http_add_header(call, "ETag", etag);
    if (known != NULL && strcmp(known, etag) == 0)
        http_reply_empty(call, 304);
    else
        http_reply_text(call, 200, "application/json", text);
    free(text);
}

/* The directory is today's: a gateway wants to know what holds now. */
static void get_units(struct http_call *call)
{
    static const char *const known[] = {"limit", "cursor", NULL};
    struct registry_context *context = api_context(call);
    struct store_directory directory;
    struct api_page page;
    struct fault fault;

    if (!http_query_known(call, known) || !api_page(call, &page))
        return;
    if (store_directory_read(context->db, when_day_of(clock_wall_ms(context->clock)), page.after,
                             page.limit + 1, http_arena(call), &directory, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        reply_unless_known(call, page_json(call, &directory, page.limit));
}

const struct http_route directory_routes[] = {
    {"GET", "/v1/gateway/units", HTTP_GATEWAY, 0, get_units},
};
const size_t directory_route_count = sizeof directory_routes / sizeof *directory_routes;
