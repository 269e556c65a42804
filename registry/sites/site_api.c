#include <string.h>

#include "registry/sites/site.h"
#include "registry/sites/sites_api.h"
#include "registry/store/store_stand.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

struct listing {
    json_t *list;
    int64_t limit;
    char last[65];
    bool more;
};

static json_t *box_json(const struct store_site_box *box)
{
    if (box->lon_min > box->lon_max)
        return json_null();
    return json_pack("[f, f, f, f]", (double)box->lon_min / 1e7, (double)box->lat_min / 1e7,
                     (double)box->lon_max / 1e7, (double)box->lat_max / 1e7);
}

static json_t *site_json(const struct store_site *site, size_t fields)
{
    json_t *object = api_record(site_fields, fields, site);

    json_object_set_new(object, "box", box_json(&site->box));
    json_object_set_new(object, "valid_from",
                        site->valid_from == SITE_ALWAYS ? json_null()
                                                        : api_day_json(site->valid_from));
    json_object_set_new(object, "version", json_integer(site->version));
    json_object_set_new(object, "recorded_at", api_instant_json(site->recorded_at));
    json_object_set_new(object, "author", json_string(site->author));
    return object;
}

static void list_site(void *arg, const struct store_site *site)
{
    struct listing *l = arg;

    if ((int64_t)json_array_size(l->list) == l->limit) {
        l->more = true;
        return;
    }
    json_array_append_new(l->list, site_json(site, SITE_POLYGON)); /* the last field */
    memcpy(l->last, site->site_id, sizeof l->last);
}

void sites_list(struct http_call *call)
{
    static const char *const known[] = {"as_of", "org", "kind", "limit", "cursor", NULL};
    struct store_site_search search = {0};
    struct api_page page;
    struct listing l = {0};
    struct fault fault;

    if (!http_query_known(call, known) || !api_page(call, &page) ||
        !api_day(call, "as_of", &search.as_of, NULL) ||
        !api_word(call, "kind", &vocabulary_site_kind, &search.kind))
        return;
    search.org_id = http_query(call, "org");
    search.after = page.after;
    search.limit = page.limit + 1;
    l.list = json_array();
    l.limit = page.limit;
    if (store_site_find(api_context(call)->db, &search, list_site, &l, &fault) != ERR_OK) {
        json_decref(l.list);
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_json(call, 200,
                    json_pack("{s:o, s:o}", "sites", l.list, "next",
                              l.more ? api_cursor(call, l.last) : json_null()));
}

/* Answers with the site as it stands on a day; with its first version when that is later. */
static void reply_site(struct http_call *call, int status, const char *site_id, int32_t day,
                       const struct remarks *remarks)
{
    struct store_sites versions;
    struct fault fault;
    const struct store_site *state = NULL;
    json_t *answer = NULL;

    if (store_site_versions(api_context(call)->db, site_id, http_arena(call), &versions, &fault) !=
        ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    if (versions.count == 0) {
        http_reply_problem(call, 404, "there is no site \"%.64s\"", site_id);
        return;
    }
    state = site_state(&versions, day);
    answer = site_json(state == NULL ? &versions.items[0] : state, SITE_FIELDS);
    if (remarks != NULL)
        json_object_set_new(answer, "warnings", api_warnings(remarks));
    api_add_etag(call, (int64_t)versions.count); /* its stand, of the same reading */
    http_reply_json(call, status, answer);
}

void site_get(struct http_call *call)
{
    static const char *const known[] = {"as_of", NULL};
    int32_t day = 0;

    if (http_query_known(call, known) && api_day(call, "as_of", &day, NULL))
        reply_site(call, 200, http_path_value(call, "id"), day, NULL);
}

struct site_call {
    struct http_call *call;
    struct site_change change;
    enum change_outcome outcome;
};

static enum err apply_site(struct registrar *registrar, void *arg, struct remarks *remarks,
                           struct fault *fault)
{
    struct site_call *s = arg;
    int64_t stand = 0;
    enum err err = store_stand_site(registrar_db(registrar), s->change.to.site_id, &stand, fault);

    if (err == ERR_OK)
        err = site_put(registrar, &s->change, &s->outcome, remarks, fault);
    if (err == ERR_OK)
        api_match(s->call, stand, s->outcome == CHANGE_CHANGED, remarks);
    return err;
}

void site_post(struct http_call *call)
{
    struct site_call s = {
        .call = call,
        .change = {.mode = CHANGE_PUT, .to = site_blank(), .effective = VEHICLE_DAY_NONE}};
    struct remarks remarks = {0};
    json_t *body = api_body(call);
    int32_t today = when_day_of(clock_wall_ms(api_context(call)->clock));

    if (body == NULL)
        return;
    api_form(body, site_fields, SITE_FIELDS, &s.change.to, &s.change.fields, &s.change.effective,
             &remarks);
    if (!remarks.refused && (s.change.fields & 1u << SITE_ID) == 0)
        remark_refuse(&remarks, "site_id", "is required");
    if (remarks.refused)
        api_refuse(call, &remarks);
    else if (api_commit(call, apply_site, &s, &remarks))
        reply_site(call, s.outcome == CHANGE_CREATED ? 201 : 200, s.change.to.site_id,
                   s.change.effective == VEHICLE_DAY_NONE ? today : s.change.effective, &remarks);
    json_decref(body); /* the polygon is borrowed from it */
}

void sites_import(struct http_call *call)
{
    api_import(call, &import_sites);
}
