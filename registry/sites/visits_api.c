#include <stdio.h>
#include <string.h>

#include "registry/audit/audit.h"
#include "registry/sites/site.h"
#include "registry/sites/sites_api.h"
#include "registry/store/store_visits.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

struct listing {
    json_t *list;
    int64_t limit;
    struct store_visit last;
    bool more;
};

static void list_visit(void *arg, const struct store_visit *visit)
{
    struct listing *l = arg;
    int64_t stay_s = (visit->left_ms - visit->entered_ms) / WHEN_SECOND_MS;

    if ((int64_t)json_array_size(l->list) == l->limit) {
        l->more = true;
        return;
    }
    l->last = *visit;
    json_array_append_new(l->list,
                          json_pack("{s:s?, s:s, s:s, s:o, s:o, s:o, s:b, s:f}", "vehicle_id",
                                    visit->vehicle_id[0] == '\0' ? NULL : visit->vehicle_id, "unit",
                                    visit->unit, "site_id", visit->site_id, "entered",
                                    api_instant_json(visit->entered_ms), "left",
                                    visit->inside ? json_null() : api_instant_json(visit->left_ms),
                                    "last_inside", api_instant_json(visit->left_ms), "inside",
                                    (int)visit->inside, "minutes", (double)stay_s / 60));
}

static bool key_read(struct http_call *call, const char *text, struct store_visit *key)
{
    long long entered = 0;

    *key = (struct store_visit){.entered_ms = 0};
    if (sscanf(text, "%lld\n%64[^\n]\n%32[^\n]", &entered, key->site_id, key->unit) != 3) {
        http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
        return false;
    }
    key->entered_ms = entered;
    return true;
}

static bool read_search(struct http_call *call, struct store_visit_search *search,
                        struct api_page *page, struct store_visit *after)
{
    static const char *const known[] = {"from", "to", "limit", "cursor", NULL};
    int32_t from = 0, to = 0;

    if (!http_query_known(call, known) || !api_page(call, page) || !sites_days(call, &from, &to))
        return false;
    search->from_ms = from * WHEN_DAY_MS - WHEN_ZONE_MS;
    search->to_ms = to * WHEN_DAY_MS - WHEN_ZONE_MS;
    search->after = page->after == NULL ? NULL : after;
    search->limit = page->limit + 1;
    return page->after == NULL || key_read(call, page->after, after);
}

/* Of a vehicle or of a site; the other is NULL. */
static void list_visits(struct http_call *call, const char *vehicle_id, const char *site_id)
{
    struct store_visit_search search = {.vehicle_id = vehicle_id, .site_id = site_id};
    struct store_visit after;
    struct api_page page;
    struct listing l = {0};
    struct fault fault;

    if (!read_search(call, &search, &page, &after))
        return;
    l.list = json_array();
    l.limit = page.limit;
    if (store_visit_find(api_context(call)->db, &search, list_visit, &l, &fault) != ERR_OK) {
        json_decref(l.list);
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_json(call, 200,
                    json_pack("{s:o, s:o}", "visits", l.list, "next",
                              l.more
                                  ? api_cursor(call, arena_format(http_arena(call), "%lld\n%s\n%s",
                                                                  (long long)l.last.entered_ms,
                                                                  l.last.site_id, l.last.unit))
                                  : json_null()));
}

/* What a call names must be there; answers 404 if not. */
static bool is_there(struct http_call *call, enum err err, bool known, const char *what,
                     const char *id, const struct fault *fault)
{
    if (err != ERR_OK)
        http_reply_fault(call, fault);
    else if (!known)
        http_reply_problem(call, 404, "there is no %s \"%.80s\"", what, id);
    return err == ERR_OK && known;
}

void vehicle_visits(struct http_call *call)
{
    const char *id = http_path_value(call, "id");
    struct fault fault;
    bool known = false;
    enum err err = store_vehicle_known(api_context(call)->db, id, &known, &fault);

    if (is_there(call, err, known, "vehicle", id, &fault) &&
        audit_look(call, "vehicle.visits", id, NULL))
        list_visits(call, id, NULL);
}

void site_visits(struct http_call *call)
{
    const char *id = http_path_value(call, "id");
    struct fault fault;
    bool known = false;
    enum err err = store_site_known(api_context(call)->db, id, &known, &fault);

    if (is_there(call, err, known, "site", id, &fault) && audit_look(call, "site.visits", id, NULL))
        list_visits(call, NULL, id);
}
