#include "registry/vehicles/vehicles_api.h"

#include <string.h>

#include "registry/store/store_stand.h"
#include "registry/vehicles/api.h"
#include "registry/vehicles/timeline.h"
#include "registry/vehicles/vehicle.h"
#include "shared/when.h"

#define FORM_MAX   (64u << 10)
#define IMPORT_MAX (32u << 20)

const struct http_route vehicles_routes[] = {
    {"GET", "/v1/vehicles", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), 0, vehicles_list},
    {"POST", "/v1/vehicles", HTTP_OFFICER, FORM_MAX, vehicle_post},
    {"POST", "/v1/vehicles:import", HTTP_OFFICER, IMPORT_MAX, vehicles_import},
    {"GET", "/v1/vehicles/{id}", HTTP_VIEWER, 0, vehicle_get},
    {"PATCH", "/v1/vehicles/{id}", HTTP_OFFICER, FORM_MAX, vehicle_patch},
    {"GET", "/v1/vehicles/{id}/history", HTTP_VIEWER, 0, vehicle_history},
    {"GET", "/v1/orgs", HTTP_VIEWER, 0, orgs_list},
    {"GET", "/v1/orgs/{id}", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), 0, org_get},
    {"POST", "/v1/orgs", HTTP_OFFICER, FORM_MAX, org_post},
    {"POST", "/v1/orgs:import", HTTP_OFFICER, IMPORT_MAX, orgs_import},
    {"GET", "/v1/exemptions", HTTP_VIEWER, 0, exemptions_list},
    {"POST", "/v1/exemptions", HTTP_OFFICER, FORM_MAX, exemption_post},
    {"POST", "/v1/exemptions:import", HTTP_OFFICER, IMPORT_MAX, exemptions_import},
    {"GET", "/v1/exceptions", HTTP_VIEWER, 0, exceptions_list},
    {"POST", "/v1/exceptions", HTTP_OFFICER, FORM_MAX, exception_post},
    {"POST", "/v1/exceptions:import", HTTP_OFFICER, IMPORT_MAX, exceptions_import},
    {"GET", "/v1/statistics", HTTP_VIEWER, 0, statistics_list},
    {"POST", "/v1/statistics", HTTP_OFFICER, FORM_MAX, statistic_post},
    {"POST", "/v1/statistics:import", HTTP_OFFICER, IMPORT_MAX, statistics_import},
    {"GET", "/v1/units", HTTP_VIEWER, 0, units_list},
    {"POST", "/v1/units", HTTP_OFFICER, FORM_MAX, unit_post},
    {"POST", "/v1/units:import", HTTP_OFFICER, IMPORT_MAX, units_import},
    {"GET", "/v1/unit-settings", HTTP_VIEWER, 0, unit_settings_list},
    {"PUT", "/v1/unit-settings/{category}", HTTP_OFFICER, FORM_MAX, unit_setting_put},
    {"GET", "/v1/terminals", HTTP_VIEWER, 0, terminals_list},
    {"GET", "/v1/units/{unit}", HTTP_VIEWER, 0, terminal_get},
    {"POST", "/v1/units/{unit}:revoke", HTTP_OFFICER, FORM_MAX, terminal_revoke},
    {"POST", "/v1/units/{unit}:restore", HTTP_OFFICER, FORM_MAX, terminal_restore},
};
const size_t vehicles_route_count = sizeof vehicles_routes / sizeof *vehicles_routes;

/* ---- what a vehicle looks like ---- */

static json_t *version_json(const struct store_vehicle *v)
{
    json_t *object = api_record(vehicle_fields, VEHICLE_FIELDS, v);

    json_object_set_new(object, "valid_from", api_day_json(v->valid_from));
    json_object_set_new(object, "version", json_integer(v->version));
    json_object_set_new(object, "recorded_at", api_instant_json(v->recorded_at));
    json_object_set_new(object, "author", json_string(v->author));
    return object;
}

static json_t *state_json(const struct store_vehicle *v, int owner_kind, unsigned exempt,
                          int32_t as_of)
{
    json_t *object = version_json(v);
    json_t *reasons = json_array();

    for (int reason = 1; reason < EXEMPT_COUNT; reason++)
        if ((exempt & 1u << reason) != 0)
            json_array_append_new(reasons,
                                  json_string(vocabulary_word(&vocabulary_exempt, reason)));
    json_object_set_new(object, "as_of", api_day_json(as_of));
    json_object_set_new(object, "in_fleet", json_boolean(v->added <= as_of && as_of < v->removed));
    json_object_set_new(object, "owner_kind",
                        json_string(vocabulary_word(&vocabulary_owner_kind, owner_kind)));
    json_object_set_new(object, "exempt", reasons);
    return object;
}

static json_t *exemption_json(const struct store_exemption *e)
{
    json_t *object = api_record(exemption_fields, EXEMPTION_FIELDS, e);

    json_object_set_new(object, "version", json_integer(e->version));
    json_object_set_new(object, "recorded_at", api_instant_json(e->recorded_at));
    json_object_set_new(object, "author", json_string(e->author));
    return object;
}

/* ---- GET /v1/vehicles ---- */

struct listing {
    json_t *list;
    int64_t limit;
    int32_t as_of;
    char last[VEHICLE_ID_SIZE];
    bool more;
};

static void list_vehicle(void *arg, const struct store_vehicle *v, int owner_kind, unsigned exempt)
{
    struct listing *l = arg;

    if ((int64_t)json_array_size(l->list) == l->limit) {
        l->more = true;
        return;
    }
    json_array_append_new(l->list, state_json(v, owner_kind, exempt, l->as_of));
    memcpy(l->last, v->vehicle_id, sizeof l->last);
}

static bool read_search(struct http_call *call, struct store_vehicle_search *search,
                        struct api_page *page)
{
    static const char *const known[] = {"plate", "owner", "category", "energy", "area", "unit",
                                        "as_of", "q",     "limit",    "cursor", NULL};

    if (!http_query_known(call, known) || !api_page(call, page) ||
        !api_day(call, "as_of", &search->as_of, NULL) ||
        !api_word(call, "category", &vocabulary_category, &search->category) ||
        !api_word(call, "energy", &vocabulary_energy, &search->energy))
        return false;
    search->plate = http_query(call, "plate");
    search->owner_id = http_own_org(http_principal(call));
    if (search->owner_id == NULL)
        search->owner_id = http_query(call, "owner");
    search->area_prefix = http_query(call, "area");
    search->unit = http_query(call, "unit");
    search->part = http_query(call, "q");
    search->after = page->after;
    search->limit = page->limit + 1;
    return true;
}

void vehicles_list(struct http_call *call)
{
    struct store_vehicle_search search = {0};
    struct api_page page;
    struct listing l = {0};
    struct fault fault;

    if (!read_search(call, &search, &page))
        return;
    l.list = json_array();
    l.limit = page.limit;
    l.as_of = search.as_of;
    if (store_vehicle_find(api_context(call)->db, &search, list_vehicle, &l, &fault) != ERR_OK) {
        json_decref(l.list);
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_json(call, 200,
                    json_pack("{s:o, s:o, s:o}", "as_of", api_day_json(l.as_of), "vehicles", l.list,
                              "next", l.more ? api_cursor(call, l.last) : json_null()));
}

/* ---- GET /v1/vehicles/{id} ---- */

struct whole { /* all that is known of a vehicle */
    struct store_vehicles versions;
    struct store_exemptions exemptions;
    struct store_bindings bindings;
    struct store_orgs owner;
};

static enum err read_parts(struct http_call *call, const char *id, struct whole *whole,
                           struct fault *fault)
{
    struct sql *db = api_context(call)->db;
    struct arena *arena = http_arena(call);
    enum err err = store_vehicle_versions(db, id, arena, &whole->versions, fault);

    if (err == ERR_OK && whole->versions.count == 0)
        err = fault_set(fault, ERR_NOT_FOUND, "there is no vehicle \"%.80s\" in the register", id);
    if (err == ERR_OK)
        err = store_exemptions_of(db, id, arena, &whole->exemptions, fault);
    if (err == ERR_OK)
        err = store_bindings_of_vehicle(db, id, arena, &whole->bindings, fault);
    return err;
}

/* One reading transaction, so that the parts fit together. */
static bool read_whole(struct http_call *call, struct whole *whole)
{
    struct sql *db = api_context(call)->db;
    struct fault fault;
    enum err err = sql_begin(db, SQL_READ, &fault);

    *whole = (struct whole){0};
    if (err == ERR_OK)
        err = read_parts(call, http_path_value(call, "id"), whole, &fault);
    sql_rollback(db);
    if (err != ERR_OK)
        http_reply_fault(call, &fault);
    return err == ERR_OK;
}

static enum err owner_kind_on(struct http_call *call, const char *owner_id, int32_t day, int *kind,
                              struct fault *fault)
{
    struct store_orgs orgs;
    enum err err =
        store_org_versions(api_context(call)->db, owner_id, http_arena(call), &orgs, fault);

    *kind = OWNER_NONE;
    for (size_t i = 0; err == ERR_OK && i < orgs.count && orgs.items[i].valid_from <= day; i++)
        *kind = orgs.items[i].kind;
    return err;
}

/* `stand` is that of the reading or writing that gave the state: of a later one the tag would stand
 * for a change that the client has not seen. */
static void reply_state(struct http_call *call, int status, const struct store_vehicle *state,
                        int64_t stand, int32_t as_of, const struct remarks *remarks)
{
    struct store_exemptions exemptions;
    struct fault fault;
    int kind = 0;
    json_t *answer = NULL;
    enum err err = store_exemptions_of(api_context(call)->db, state->vehicle_id, http_arena(call),
                                       &exemptions, &fault);

    if (err == ERR_OK)
        err = owner_kind_on(call, state->owner_id, as_of, &kind, &fault);
    if (err != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    answer = state_json(state, kind, vehicle_exempt_on(&exemptions, as_of), as_of);
    if (remarks != NULL)
        json_object_set_new(answer, "warnings", api_warnings(remarks));
    api_add_etag(call, stand);
    http_reply_json(call, status, answer);
}

void vehicle_get(struct http_call *call)
{
    static const char *const known[] = {"as_of", NULL};
    const struct store_vehicle *state = NULL;
    struct whole whole;
    int32_t day = 0;
    bool given = false;

    if (!http_query_known(call, known) || !api_day(call, "as_of", &day, &given) ||
        !read_whole(call, &whole))
        return;
    state = timeline_state(whole.versions.items, whole.versions.count, day);
    if (state == NULL && !given) /* it enters the fleet in the future */
        state = timeline_state(whole.versions.items, whole.versions.count,
                               whole.versions.items[0].valid_from);
    if (state == NULL)
        http_reply_problem(call, 404, "the vehicle was not in the register's time as of that day");
    else
        reply_state(call, 200, state, (int64_t)whole.versions.count, day, NULL);
}

void vehicle_history(struct http_call *call)
{
    static const char *const known[] = {NULL};
    json_t *versions = NULL;
    json_t *bindings = NULL;
    json_t *exemptions = NULL;
    struct whole whole;

    if (!http_query_known(call, known) || !read_whole(call, &whole))
        return;
    versions = json_array();
    for (size_t i = 0; i < whole.versions.count; i++)
        json_array_append_new(versions, version_json(&whole.versions.items[i]));
    bindings = json_array();
    for (size_t i = 0; i < whole.bindings.count; i++) {
        const struct store_binding *b = &whole.bindings.items[i];
        json_array_append_new(bindings,
                              json_pack("{s:s, s:o, s:o}", "unit", b->unit, "from",
                                        api_day_json(b->from), "to", api_day_json(b->to)));
    }
    exemptions = json_array();
    for (size_t i = 0; i < whole.exemptions.count; i++)
        json_array_append_new(exemptions, exemption_json(&whole.exemptions.items[i]));
    http_reply_json(call, 200,
                    json_pack("{s:s, s:o, s:o, s:o}", "vehicle_id",
                              whole.versions.items[0].vehicle_id, "versions", versions, "bindings",
                              bindings, "exemptions", exemptions));
}

/* ---- POST and PATCH ---- */

struct vehicle_call {
    struct http_call *call;
    struct vehicle_change change;
    struct store_vehicle now;
    enum change_outcome outcome;
    int64_t stand; /* after the change */
};

static enum err apply_vehicle(struct registrar *registrar, void *arg, struct remarks *remarks,
                              struct fault *fault)
{
    struct vehicle_call *v = arg;
    int64_t stand = 0;
    enum err err =
        store_stand_vehicle(registrar_db(registrar), v->change.to.vehicle_id, &stand, fault);

    if (err == ERR_OK)
        err = registrar_vehicle(registrar, &v->change, &v->now, &v->outcome, remarks, fault);
    if (err == ERR_OK)
        api_match(v->call, stand, v->outcome == CHANGE_CHANGED, remarks);
    if (err == ERR_OK && !remarks->refused)
        err =
            store_stand_vehicle(registrar_db(registrar), v->change.to.vehicle_id, &v->stand, fault);
    return err;
}

static void reply_change(struct http_call *call, struct vehicle_call *v, struct remarks *remarks)
{
    int32_t today = when_day_of(clock_wall_ms(api_context(call)->clock));
    int32_t as_of = v->now.valid_from > today ? v->now.valid_from : today;

    reply_state(call, v->outcome == CHANGE_CREATED ? 201 : 200, &v->now, v->stand, as_of, remarks);
}

void vehicle_post(struct http_call *call)
{
    struct vehicle_call v = {
        .call = call,
        .change = {.mode = CHANGE_CREATE, .to = vehicle_blank(), .effective = VEHICLE_DAY_NONE}};
    struct remarks remarks = {0};
    json_t *body = api_body(call);

    if (body == NULL)
        return;
    api_form(body, vehicle_fields, VEHICLE_FIELDS, &v.change.to, &v.change.fields, NULL, &remarks);
    json_decref(body);
    if (!remarks.refused && (v.change.fields & 1u << VEHICLE_ID) == 0)
        remark_refuse(&remarks, "vehicle_id", "is required for a new vehicle");
    if (remarks.refused)
        api_refuse(call, &remarks);
    else if (api_commit(call, apply_vehicle, &v, &remarks))
        reply_change(call, &v, &remarks);
}

void vehicle_patch(struct http_call *call)
{
    struct vehicle_call v = {
        .call = call,
        .change = {.mode = CHANGE_PATCH, .to = vehicle_blank(), .effective = VEHICLE_DAY_NONE}};
    const char *id = http_path_value(call, "id");
    struct remarks remarks = {0};
    json_t *body = api_body(call);

    if (body == NULL)
        return;
    api_form(body, vehicle_fields, VEHICLE_FIELDS, &v.change.to, &v.change.fields,
             &v.change.effective, &remarks);
    json_decref(body);
    if ((v.change.fields & 1u << VEHICLE_ID) != 0 && strcmp(v.change.to.vehicle_id, id) != 0)
        remark_refuse(&remarks, "vehicle_id", "cannot be changed; it is the vehicle's name");
    else
        field_parse(&vehicle_fields[VEHICLE_ID], id, &v.change.to, &remarks);
    if (remarks.refused)
        api_refuse(call, &remarks);
    else if (api_commit(call, apply_vehicle, &v, &remarks))
        reply_change(call, &v, &remarks);
}
