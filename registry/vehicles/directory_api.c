#include "registry/vehicles/directory_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/store/store_directory.h"
#include "registry/store/store_terminals.h"
#include "registry/vehicles/api.h"
#include "registry/vehicles/unit_setting.h"
#include "registry/vehicles/vocabulary.h"
#include "shared/tls/tls.h"
#include "shared/when.h"

#define ETAG_BYTES 16 /* of the digest; what is guarded against is chance */

#define REVOKED_MAX 16 /* serial numbers told of one unit: the newest */

static json_t *unit_json(const struct store_directory_unit *unit)
{
    const char *category =
        unit->category > 0 ? vocabulary_word(&vocabulary_category, unit->category) : NULL;

    return json_pack("{s:s, s:s?, s:o, s:o, s:s, s:[]}", "unit", unit->unit, "category", category,
                     "interval_s", unit_setting_interval(unit->interval_s), "signals",
                     unit_setting_signals(unit->signals), "access",
                     unit->denied ? "denied" : "allowed", "revoked");
}

/* Both lists are in the order of names. */
struct revoked_walk {
    json_t *units;
    size_t at;
};

static void take_revoked(void *arg, const char *unit, const char *serial)
{
    struct revoked_walk *walk = arg;
    json_t *list = NULL;
    json_t *entry = NULL;

    while ((entry = json_array_get(walk->units, walk->at)) != NULL &&
           strcmp(json_string_value(json_object_get(entry, "unit")), unit) < 0)
        walk->at++;
    if (entry == NULL || strcmp(json_string_value(json_object_get(entry, "unit")), unit) != 0)
        return;
    list = json_object_get(entry, "revoked");
    json_array_append_new(list, json_string(serial));
    if (json_array_size(list) > REVOKED_MAX)
        json_array_remove(list, 0);
}

/* NULL: answered. */
static json_t *page_json(struct http_call *call, const struct store_directory *directory,
                         const char *after, int64_t limit)
{
    bool more = (int64_t)directory->count > limit;
    size_t shown = more ? (size_t)limit : directory->count;
    json_t *list = json_array();
    struct revoked_walk walk = {.units = list};
    struct fault fault;

    for (size_t i = 0; i < shown; i++)
        json_array_append_new(list, unit_json(&directory->items[i]));
    if (shown > 0 && store_certificates_revoked(api_context(call)->db, after == NULL ? "" : after,
                                                directory->items[shown - 1].unit, take_revoked,
                                                &walk, &fault) != ERR_OK) {
        json_decref(list);
        http_reply_fault(call, &fault);
        return NULL;
    }
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
    json_t *answer = NULL;

    if (!http_query_known(call, known) || !api_page(call, &page))
        return;
    if (store_directory_read(context->db, when_day_of(clock_wall_ms(context->clock)), page.after,
                             page.limit + 1, http_arena(call), &directory, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else if ((answer = page_json(call, &directory, page.after, page.limit)) != NULL)
        reply_unless_known(call, answer);
}

const struct http_route directory_routes[] = {
    {"GET", "/v1/gateway/units", HTTP_GATEWAY, 0, get_units},
};
const size_t directory_route_count = sizeof directory_routes / sizeof *directory_routes;
