#include "registry/rollup/balance_api.h"

#include <stdio.h>

#include "registry/context.h"
#include "registry/rollup/balance.h"
#include "registry/rollup/query.h"
#include "registry/store/store_journals.h"
#include "registry/store/store_rooms.h"
#include "shared/when.h"

#define ROOMS_MAX 1000

static const char *const no_parameters[] = {NULL};

static json_t *instant_json(int64_t instant_ms)
{
    char text[WHEN_INSTANT_TEXT];

    when_instant_format(instant_ms, text);
    return json_string(text);
}

static json_t *id_json(const uint8_t *id)
{
    char text[STORE_JOURNAL_ID_BYTES * 2 + 1];

    for (size_t i = 0; i < STORE_JOURNAL_ID_BYTES; i++)
        snprintf(text + i * 2, 3, "%02x", id[i]);
    return json_string(text);
}

static json_t *journal_json(const struct store_journal *j)
{
    return json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "gateway", j->gateway,
                     "journal", id_json(j->id), "next", (json_int_t)j->next, "messages",
                     (json_int_t)j->messages, "rows", (json_int_t)j->rows, "rejects",
                     (json_int_t)j->rejects, "damaged", (json_int_t)j->damaged, "lost",
                     (json_int_t)j->lost, "first", instant_json(j->first_ms), "last",
                     instant_json(j->last_ms));
}

/* What gateways say of the room in their journals. */
static json_t *room_json(const struct store_room *room)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o}", "gateway", room->gateway, "name",
                     room->name, "used_bytes", (json_int_t)room->used_bytes, "budget_bytes",
                     (json_int_t)room->budget_bytes, "waiting", (json_int_t)room->waiting,
                     "minutes", room->minutes < 0 ? json_null() : json_integer(room->minutes), "at",
                     instant_json(room->at_ms));
}

static json_t *rooms_json(const struct store_room *rooms, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, room_json(&rooms[i]));
    return list;
}

static void get_journals(struct http_call *call)
{
    const struct registry_context *context = http_context(call);
    struct store_journal *journals = NULL;
    struct store_room *rooms = NULL;
    json_t *list = NULL;
    struct fault fault;
    size_t count = 0, room_count = 0;

    if (!http_query_known(call, no_parameters))
        return;
    if (store_journals_list(context->db, http_arena(call), &journals, &count, &fault) != ERR_OK ||
        store_rooms_list(context->db, http_arena(call), ROOMS_MAX, &rooms, &room_count, &fault) !=
            ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, journal_json(&journals[i]));
    http_reply_json(
        call, 200,
        json_pack("{s:o, s:o}", "journals", list, "rooms", rooms_json(rooms, room_count)));
}

static json_t *balance_json(const struct balance *b)
{
    const struct {
        const char *name;
        int64_t value;
    } figures[] = {
        {"journals", b->journals},
        {"messages", b->messages},
        {"rejects", b->rejects},
        {"damaged", b->damaged},
        {"lost", b->lost},
        {"rows_received", b->rows_received},
        {"rows_rolled", b->rows_rolled},
        {"rows_waiting", b->rows_waiting},
        {"rows_unique", b->rows_unique},
        {"duplicates", b->duplicates},
        {"hours_waiting", b->hours_waiting},
        {"units", b->units},
    };
    json_t *json = json_object();

    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        json_object_set_new(json, figures[i].name, json_integer(figures[i].value));
    json_object_set_new(json, "waiting_since",
                        b->hours_waiting > 0 ? instant_json(b->waiting_since_ms) : json_null());
    json_object_set_new(json, "holds", json_boolean(balance_holds(b)));
    return json;
}

static void get_balance(struct http_call *call)
{
    const struct registry_context *context = http_context(call);
    struct balance balance;
    struct fault fault;

    if (!http_query_known(call, no_parameters))
        return;
    if (balance_read(context->db, &balance, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_json(call, 200, balance_json(&balance));
}

const struct http_route balance_routes[] = {
    {"GET", "/v1/ingest/journals", HTTP_VIEWER, 0, get_journals},
    {"GET", "/v1/balance", HTTP_VIEWER, 0, get_balance},
};

const size_t balance_route_count = sizeof balance_routes / sizeof balance_routes[0];
