#include "registry/ingest/room_api.h"

#include <stdio.h>
#include <string.h>

#include "registry/context.h"
#include "registry/store/store_rooms.h"

#define BODY_MAX     4096
#define JOURNALS_MAX 8

static bool name_ok(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= STORE_ROOM_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* Members that it does not know are of later gateways. */
static bool room_take(json_t *json, struct store_room *room)
{
    const char *name = NULL;
    json_int_t used = 0, budget = 0, waiting = 0;
    json_t *minutes = NULL;

    if (json_unpack(json, "{s:s, s:I, s:I, s:I, s:o}", "name", &name, "used_bytes", &used,
                    "budget_bytes", &budget, "waiting", &waiting, "minutes", &minutes) != 0 ||
        !name_ok(name) || used < 0 || budget < 0 || waiting < 0 ||
        !(json_is_null(minutes) || (json_is_integer(minutes) && json_integer_value(minutes) >= 0)))
        return false;
    snprintf(room->name, sizeof room->name, "%s", name);
    room->used_bytes = used;
    room->budget_bytes = budget;
    room->waiting = waiting;
    room->minutes = json_is_null(minutes) ? STORE_ROOM_NO_MINUTES : json_integer_value(minutes);
    return true;
}

/* How many there are; -1: it is not what it should be. */
static int rooms_take(struct http_call *call, struct store_room rooms[static JOURNALS_MAX])
{
    size_t len = 0, i = 0;
    const uint8_t *bytes = http_body(call, &len);
    json_t *body = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, NULL);
    json_t *list = json_object_get(body, "journals"), *item = NULL;
    int count = json_is_array(list) && json_array_size(list) <= JOURNALS_MAX ? 0 : -1;

    json_array_foreach(list, i, item)
    {
        if (count >= 0 && !room_take(item, &rooms[i]))
            count = -1;
        count += count >= 0;
    }
    json_decref(body);
    return count;
}

static enum err rooms_put(struct sql *db, const struct store_room *rooms, int count,
                          struct fault *fault)
{
    enum err err = sql_begin(db, SQL_WRITE_SHARED, fault);

    if (err != ERR_OK)
        return err;
    for (int i = 0; err == ERR_OK && i < count; i++)
        err = store_room_put(db, &rooms[i], fault);
    if (err == ERR_OK)
        return sql_commit(db, fault);
    sql_rollback(db);
    return err;
}

static void put_journals(struct http_call *call)
{
    const struct registry_context *context = http_context(call);
    struct store_room rooms[JOURNALS_MAX];
    int count = rooms_take(call, rooms);
    struct fault fault;

    if (count < 0) {
        http_reply_problem(call, 400,
                           "the body holds \"journals\": at most %d, each with name, used_bytes, "
                           "budget_bytes, waiting, and minutes (null for no end)",
                           JOURNALS_MAX);
        return;
    }
    for (int i = 0; i < count; i++) {
        snprintf(rooms[i].gateway, sizeof rooms[i].gateway, "%.*s", UNIT_NAME_MAX,
                 http_principal(call)->name);
        rooms[i].at_ms = clock_wall_ms(context->clock);
    }
    if (rooms_put(context->db, rooms, count, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else
        http_reply_empty(call, 204);
}

const struct http_route room_routes[] = {
    {"PUT", "/v1/gateway/journals", HTTP_GATEWAY, BODY_MAX, put_journals},
};

const size_t room_route_count = sizeof room_routes / sizeof room_routes[0];
