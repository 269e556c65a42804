#include <stdio.h>
#include <string.h>

#include "registry/store/store_bindings.h"
#include "registry/store/store_stand.h"
#include "registry/store/store_terminals.h"
#include "registry/vehicles/api.h"
#include "registry/vehicles/unit_change.h"
#include "registry/vehicles/unit_setting.h"
#include "shared/when.h"

/* ---- GET /v1/units ---- */

static json_t *binding_json(const struct store_binding *b)
{
    return json_pack("{s:s, s:s, s:o, s:o}", "unit", b->unit, "vehicle_id", b->vehicle_id, "from",
                     api_day_json(b->from), "to", api_day_json(b->to));
}

/* All of one unit or vehicle, or those of a day. */
static enum err read_bindings(struct http_call *call, int32_t day, const struct api_page *page,
                              struct store_bindings *bindings, struct fault *fault)
{
    struct sql *db = api_context(call)->db;
    const char *unit = http_query(call, "unit");
    const char *vehicle = http_query(call, "vehicle");

    if (unit != NULL)
        return store_bindings_of_unit(db, unit, http_arena(call), bindings, fault);
    if (vehicle != NULL)
        return store_bindings_of_vehicle(db, vehicle, http_arena(call), bindings, fault);
    return store_bindings_on(db, day, page->after, page->limit + 1, http_arena(call), bindings,
                             fault);
}

void units_list(struct http_call *call)
{
    static const char *const known[] = {"as_of", "unit", "vehicle", "limit", "cursor", NULL};
    struct store_bindings bindings;
    struct api_page page;
    struct fault fault;
    int32_t day = 0;
    size_t shown = 0;
    bool more = false;
    json_t *list = NULL;

    if (!http_query_known(call, known) || !api_page(call, &page) ||
        !api_day(call, "as_of", &day, NULL))
        return;
    if (read_bindings(call, day, &page, &bindings, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    more = http_query(call, "unit") == NULL && http_query(call, "vehicle") == NULL &&
           (int64_t)bindings.count > page.limit;
    shown = more ? (size_t)page.limit : bindings.count;
    list = json_array();
    for (size_t i = 0; i < shown; i++)
        json_array_append_new(list, binding_json(&bindings.items[i]));
    http_reply_json(
        call, 200,
        json_pack("{s:o, s:o}", "units", list, "next",
                  more ? api_cursor(call, bindings.items[shown - 1].unit) : json_null()));
}

/* ---- POST /v1/units: register a unit; put it into a vehicle, take it out (vehicle_id null); say what
 * it is to report ---- */

struct unit_call {
    struct http_call *call;
    struct sql *db;
    struct arena *arena;
    struct unit_change change;
    struct unit_setting_given given;
    struct store_setting setting;
};

static enum err put_setting(struct registrar *registrar, struct unit_call *u, struct fault *fault)
{
    struct store_setting setting;
    enum err err = store_setting_find(u->db, u->change.to.unit, &setting, fault);

    unit_setting_merge(&setting, &u->setting, u->given);
    if (err == ERR_OK)
        err = store_setting_put(u->db, u->change.to.unit, &setting, fault);
    if (err == ERR_OK)
        registrar_note(registrar, "unit.setting", u->change.to.unit,
                       json_pack("{s:I, s:s}", "interval_s", (json_int_t)setting.interval_s,
                                 "signals", setting.signals));
    return err;
}

/* Where the unit was registered or sits in a vehicle, something is there that can be overwritten. */
static enum err match_unit(const struct unit_call *u, struct remarks *remarks, struct fault *fault)
{
    bool overwrites = u->change.moves || u->given.interval || u->given.signals;
    struct store_bindings bindings = {.count = 0};
    int64_t stand = 0;
    enum err err = store_stand_unit(u->db, u->change.to.unit, &stand, fault);

    if (err == ERR_OK && stand == 0)
        err = store_bindings_of_unit(u->db, u->change.to.unit, u->arena, &bindings, fault);
    if (bindings.count > 0)
        stand = 1;
    if (err == ERR_OK)
        api_match(u->call, stand, overwrites && stand > 0, remarks);
    return err;
}

static enum err apply_unit(struct registrar *registrar, void *arg, struct remarks *remarks,
                           struct fault *fault)
{
    struct unit_call *u = arg;
    enum change_outcome outcome = CHANGE_REFUSED;
    enum err err = match_unit(u, remarks, fault);

    if (err != ERR_OK || remarks->refused)
        return err;
    err = unit_change_put(registrar, &u->change, &outcome, remarks, fault);
    if (err == ERR_OK && outcome == CHANGE_UNCHANGED) /* its settings may */
        err = store_terminal_touch(u->db, u->change.to.unit, fault);
    if (err == ERR_OK && !remarks->refused && (u->given.interval || u->given.signals))
        err = put_setting(registrar, u, fault);
    return err;
}

static void reply_unit(struct http_call *call, const struct unit_call *u)
{
    struct store_bindings bindings;
    struct fault fault;
    struct store_setting setting;
    json_t *list = NULL;
    int64_t stand = 0;

    if (store_stand_unit(u->db, u->change.to.unit, &stand, &fault) != ERR_OK ||
        store_bindings_of_unit(u->db, u->change.to.unit, http_arena(call), &bindings, &fault) !=
            ERR_OK ||
        store_setting_find(u->db, u->change.to.unit, &setting, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < bindings.count; i++)
        json_array_append_new(list, binding_json(&bindings.items[i]));
    api_add_etag(call, stand);
    http_reply_json(call, 200,
                    json_pack("{s:s, s:o, s:o, s:o}", "unit", u->change.to.unit, "interval_s",
                              unit_setting_interval(setting.interval_s), "signals",
                              unit_setting_signals(setting.signals), "bindings", list));
}

void unit_post(struct http_call *call)
{
    struct unit_call u = {.call = call,
                          .db = api_context(call)->db,
                          .arena = http_arena(call),
                          .change = {.effective = VEHICLE_DAY_NONE}};
    struct remarks remarks = {0};
    unsigned given = 0;
    json_t *body = api_body(call);

    if (body == NULL)
        return;
    u.given = unit_setting_take(body, &u.setting, &remarks);
    api_form(body, unit_fields, UNIT_FIELDS, &u.change.to, &given, &u.change.effective, &remarks);
    json_decref(body);
    u.change.moves = (given & 1u << UNIT_FIELD_VEHICLE) != 0;
    if ((given & 1u << UNIT_FIELD_NAME) == 0)
        remark_refuse(&remarks, "unit", "is required");
    else
        unit_check(&u.change.to, &remarks);
    if (remarks.refused)
        api_refuse(call, &remarks);
    else if (api_commit(call, apply_unit, &u, &remarks))
        reply_unit(call, &u);
}
