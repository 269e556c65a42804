#include <string.h>

#include "registry/store/store_stand.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

struct listing {
    json_t *list;
    int64_t limit;
    char last[65];
    bool more;
};

static json_t *org_json(const struct store_org *org)
{
    json_t *object = api_record(org_fields, ORG_FIELDS, org);

    json_object_set_new(object, "valid_from",
                        org->valid_from == ORG_ALWAYS ? json_null()
                                                      : api_day_json(org->valid_from));
    json_object_set_new(object, "version", json_integer(org->version));
    json_object_set_new(object, "recorded_at", api_instant_json(org->recorded_at));
    json_object_set_new(object, "author", json_string(org->author));
    return object;
}

static void list_org(void *arg, const struct store_org *org)
{
    struct listing *l = arg;

    if ((int64_t)json_array_size(l->list) == l->limit) {
        l->more = true;
        return;
    }
    json_array_append_new(l->list, org_json(org));
    memcpy(l->last, org->org_id, sizeof l->last);
}

void orgs_list(struct http_call *call)
{
    static const char *const known[] = {"as_of", "q", "kind", "industry", "limit", "cursor", NULL};
    struct store_org_search search = {0};
    struct api_page page;
    struct listing l = {0};
    struct fault fault;

    if (!http_query_known(call, known) || !api_page(call, &page) ||
        !api_day(call, "as_of", &search.as_of, NULL) ||
        !api_word(call, "kind", &vocabulary_owner_kind, &search.kind) ||
        !api_word(call, "industry", &vocabulary_industry, &search.industry))
        return;
    search.part = http_query(call, "q");
    search.after = page.after;
    search.limit = page.limit + 1;
    l.list = json_array();
    l.limit = page.limit;
    if (store_org_find(api_context(call)->db, &search, list_org, &l, &fault) != ERR_OK) {
        json_decref(l.list);
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_json(call, 200,
                    json_pack("{s:o, s:o}", "orgs", l.list, "next",
                              l.more ? api_cursor(call, l.last) : json_null()));
}

struct org_call {
    struct http_call *call;
    struct org_change change;
    enum change_outcome outcome;
};

static enum err apply_org(struct registrar *registrar, void *arg, struct remarks *remarks,
                          struct fault *fault)
{
    struct org_call *o = arg;
    int64_t stand = 0;
    enum err err = store_stand_org(registrar_db(registrar), o->change.to.org_id, &stand, fault);

    if (err == ERR_OK)
        err = registrar_org(registrar, &o->change, &o->outcome, remarks, fault);
    if (err == ERR_OK)
        api_match(o->call, stand, o->outcome == CHANGE_CHANGED, remarks);
    return err;
}

/* Answers with the org as it stands on a day; with its first version when that is later. */
static void reply_org(struct http_call *call, int status, const char *org_id, int32_t day,
                      const struct remarks *remarks)
{
    struct store_orgs orgs;
    struct fault fault;
    const struct store_org *state = NULL;
    json_t *answer = NULL;

    if (store_org_versions(api_context(call)->db, org_id, http_arena(call), &orgs, &fault) !=
        ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    if (orgs.count == 0) {
        http_reply_problem(call, 404, "there is no owner or enterprise \"%.64s\"", org_id);
        return;
    }
    for (size_t i = 0; i < orgs.count && (i == 0 || orgs.items[i].valid_from <= day); i++)
        state = &orgs.items[i];
    answer = org_json(state);
    if (remarks != NULL)
        json_object_set_new(answer, "warnings", api_warnings(remarks));
    api_add_etag(call, (int64_t)orgs.count); /* its stand, of the same reading */
    http_reply_json(call, status, answer);
}

void org_get(struct http_call *call)
{
    static const char *const known[] = {"as_of", NULL};
    const char *own = http_own_org(http_principal(call));
    const char *id = http_path_value(call, "id");
    int32_t day = 0;

    if (own != NULL && strcmp(own, id) != 0)
        http_reply_problem(call, 404, "there is no owner %.80s", id);
    else if (http_query_known(call, known) && api_day(call, "as_of", &day, NULL))
        reply_org(call, 200, id, day, NULL);
}

void org_post(struct http_call *call)
{
    struct org_call o = {
        .call = call,
        .change = {.mode = CHANGE_PUT, .to = org_blank(), .effective = VEHICLE_DAY_NONE}};
    int32_t today = when_day_of(clock_wall_ms(api_context(call)->clock));
    struct remarks remarks = {0};
    json_t *body = api_body(call);

    if (body == NULL)
        return;
    api_form(body, org_fields, ORG_FIELDS, &o.change.to, &o.change.fields, &o.change.effective,
             &remarks);
    json_decref(body);
    if (!remarks.refused && (o.change.fields & 1u) == 0)
        remark_refuse(&remarks, "org_id", "is required");
    if (remarks.refused)
        api_refuse(call, &remarks);
    else if (api_commit(call, apply_org, &o, &remarks))
        reply_org(call, o.outcome == CHANGE_CREATED ? 201 : 200, o.change.to.org_id,
                  o.change.effective == VEHICLE_DAY_NONE ? today : o.change.effective, &remarks);
}
