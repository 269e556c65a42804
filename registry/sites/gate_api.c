#include <stdio.h>
#include <string.h>

#include "registry/sites/gate.h"
#include "registry/sites/sites_api.h"
#include "registry/store/store_gate_usage.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

static json_t *word_json(const struct vocabulary *list, int code)
{
    return code == 0 ? json_null() : json_string(vocabulary_word(list, code));
}

static json_t *trip_json(const struct store_gate_trip *trip)
{
    bool matched = trip->matched[0] != '\0';
    json_t *object = api_record(gate_fields, GATE_FIELDS, trip);

    json_object_set_new(object, "at", api_instant_json(trip->at_ms));
    json_object_set_new(object, "matched", matched ? json_string(trip->matched) : json_null());
    json_object_set_new(object, "register_energy",
                        word_json(&vocabulary_energy, matched ? trip->used_energy : 0));
    json_object_set_new(object, "register_stage",
                        word_json(&vocabulary_stage, matched ? trip->used_stage : 0));
    json_object_set_new(object, "recorded_at", api_instant_json(trip->recorded_at));
    json_object_set_new(object, "author", json_string(trip->author));
    return object;
}

/* ---- GET /v1/gate-trips ---- */

struct listing {
    json_t *list;
    int64_t limit;
    struct store_gate_trip last;
    bool more;
};

static void list_trip(void *arg, const struct store_gate_trip *trip)
{
    struct listing *l = arg;

    if ((int64_t)json_array_size(l->list) == l->limit) {
        l->more = true;
        return;
    }
    json_array_append_new(l->list, trip_json(trip));
    l->last = *trip;
}

/* A key as one text; none of its parts holds a line feed. */
static const char *key_text(struct arena *arena, const struct store_gate_trip *t)
{
    return arena_format(arena, "%lld\n%s\n%s\n%d\n%s", (long long)t->at_ms, t->site_id, t->gate,
                        t->direction, store_gate_mark(t));
}

static bool key_read(struct http_call *call, const char *text, struct store_gate_trip *key)
{
    long long at = 0;

    *key = (struct store_gate_trip){.at_ms = 0};
    if (sscanf(text, "%lld\n%64[^\n]\n%64[^\n]\n%d\n%256[^\n]", &at, key->site_id, key->gate,
               &key->direction, key->vehicle_id) != 5) {
        http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
        return false;
    }
    key->at_ms = at; /* the mark stands as the vehicle id of one without plate */
    return true;
}

static bool read_search(struct http_call *call, struct store_gate_search *search,
                        struct api_page *page, struct store_gate_trip *after)
{
    static const char *const known[] = {"site",      "from",  "to",     "plate",
                                        "unmatched", "limit", "cursor", NULL};
    const char *unmatched = http_query(call, "unmatched");
    int32_t from = 0, to = 0;

    if (!http_query_known(call, known) || !api_page(call, page) || !sites_days(call, &from, &to))
        return false;
    *search = (struct store_gate_search){
        .site_id = http_query(call, "site"),
        .plate = http_query(call, "plate"),
        .unmatched = unmatched != NULL && strcmp(unmatched, "1") == 0,
        .from_ms = from * WHEN_DAY_MS - WHEN_ZONE_MS,
        .to_ms = to * WHEN_DAY_MS - WHEN_ZONE_MS,
        .after = page->after == NULL ? NULL : after,
        .limit = page->limit + 1,
    };
    if ((search->site_id != NULL) + (search->plate != NULL) + search->unmatched == 0 ||
        (search->site_id != NULL && search->plate != NULL)) {
        http_reply_problem(call, 400, "name a site or a plate, or ask for unmatched=1");
        return false;
    }
    return page->after == NULL || key_read(call, page->after, after);
}

void gate_trips_list(struct http_call *call)
{
    struct store_gate_search search;
    struct store_gate_trip after;
    struct api_page page;
    struct listing l = {0};
    struct fault fault;
    int64_t unmatched = 0, trips = 0;
    enum err err = ERR_OK;

    if (!read_search(call, &search, &page, &after))
        return;
    l.list = json_array();
    l.limit = page.limit;
    err = store_gate_trip_search(api_context(call)->db, &search, list_trip, &l, &fault);
    if (err == ERR_OK)
        err = store_gate_totals(api_context(call)->db, &unmatched, &trips, &fault);
    if (err != ERR_OK) {
        json_decref(l.list);
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_json(
        call, 200,
        json_pack("{s:o, s:o, s:{s:I, s:I}}", "trips", l.list, "next",
                  l.more ? api_cursor(call, key_text(http_arena(call), &l.last)) : json_null(),
                  "ledger", "trips", (json_int_t)trips, "unmatched", (json_int_t)unmatched));
}

/* ---- POST ---- */

struct trip_call {
    struct store_gate_trip trip;
    enum change_outcome outcome;
};

static enum err apply_trip(struct registrar *registrar, void *arg, struct remarks *remarks,
                           struct fault *fault)
{
    struct trip_call *t = arg;

    return gate_put(registrar, &t->trip, &t->outcome, remarks, fault);
}

void gate_trip_post(struct http_call *call)
{
    struct trip_call t = {.trip = gate_blank()};
    struct remarks remarks = {0};
    unsigned given = 0;
    json_t *body = api_body(call);
    json_t *answer = NULL;

    if (body == NULL)
        return;
    api_form(body, gate_fields, GATE_FIELDS, &t.trip, &given, NULL, &remarks);
    json_decref(body);
    for (unsigned i = 0; i < GATE_FIELDS; i++)
        if (gate_fields[i].required && (given & 1u << i) == 0)
            remark_refuse(&remarks, gate_fields[i].name, "is required");
    if (remarks.refused) {
        api_refuse(call, &remarks);
    } else if (api_commit(call, apply_trip, &t, &remarks)) {
        answer = trip_json(&t.trip);
        json_object_set_new(answer, "warnings", api_warnings(&remarks));
        http_reply_json(call, t.outcome == CHANGE_CREATED ? 201 : 200, answer);
    }
}

void gate_trips_import(struct http_call *call)
{
    api_import(call, &import_gate_trips);
}

/* ---- GET /v1/gate-usage ---- */

struct usage {
    json_t *list;
    int64_t trips, loaded, tonnes, unmatched;
};

static json_t *tonnes_json(int64_t tenths)
{
    return json_real((double)tenths / 10);
}

static void list_sum(void *arg, const struct store_gate_sum *sum)
{
    struct usage *u = arg;
    json_t *object = json_object();

    u->trips += sum->trips;
    u->loaded += sum->loaded;
    u->tonnes += sum->tonnes;
    u->unmatched += sum->matched ? 0 : sum->trips;
    if (sum->site_id[0] != '\0')
        json_object_set_new(object, "site_id", json_string(sum->site_id));
    if (sum->day != 0)
        json_object_set_new(object, "day", api_day_json(sum->day));
    json_object_set_new(object, "direction", word_json(&vocabulary_gate_direction, sum->direction));
    json_object_set_new(object, "matched", json_boolean(sum->matched));
    json_object_set_new(object, "energy", word_json(&vocabulary_energy, sum->energy));
    json_object_set_new(object, "stage", word_json(&vocabulary_stage, sum->stage));
    json_object_set_new(object, "trips", json_integer(sum->trips));
    json_object_set_new(object, "loaded_trips", json_integer(sum->loaded));
    json_object_set_new(object, "tonnes", tonnes_json(sum->tonnes));
    json_array_append_new(u->list, object);
}

static bool read_by(struct http_call *call, enum gate_by *by)
{
    static const char *const words[] = {NULL, "site", "day"};
    const struct vocabulary list = {"by", words, 3};
    int code = 0;

    if (!api_word(call, "by", &list, &code))
        return false;
    *by = (enum gate_by)code;
    return true;
}

void gate_usage_get(struct http_call *call)
{
    static const char *const known[] = {"from",       "to",        "site", "org",
                                        "owner_kind", "direction", "by",   NULL};
    struct store_gate_query query = {0};
    struct usage u = {0};
    struct fault fault;
    int kind = 0;
    int32_t to = 0;

    if (!http_query_known(call, known) || !sites_days(call, &query.from, &to) ||
        !api_word(call, "owner_kind", &vocabulary_owner_kind, &kind) ||
        !api_word(call, "direction", &vocabulary_gate_direction, &query.direction) ||
        !read_by(call, &query.by))
        return;
    query.to = to - 1;
    query.site_id = http_query(call, "site");
    query.org_id = http_query(call, "org");
    query.owner_kinds = kind == 0 ? 0 : 1u << kind;
    u.list = json_array();
    if (store_gate_usage(api_context(call)->db, &query, list_sum, &u, &fault) != ERR_OK) {
        json_decref(u.list);
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_json(call, 200,
                    json_pack("{s:o, s:o, s:o, s:{s:I, s:I, s:o, s:I}}", "from",
                              api_day_json(query.from), "to", api_day_json(to), "usage", u.list,
                              "total", "trips", (json_int_t)u.trips, "loaded_trips",
                              (json_int_t)u.loaded, "tonnes", tonnes_json(u.tonnes), "unmatched",
                              (json_int_t)u.unmatched));
}
