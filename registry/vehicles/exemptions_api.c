#include <stdio.h>
#include <string.h>

#include "registry/store/store_stand.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

struct listing {
    json_t *list;
    int64_t limit;
    struct store_exemption last;
    bool more;
};

static json_t *exemption_json(const struct store_exemption *e)
{
    json_t *object = api_record(exemption_fields, EXEMPTION_FIELDS, e);

    json_object_set_new(object, "version", json_integer(e->version));
    json_object_set_new(object, "recorded_at", api_instant_json(e->recorded_at));
    json_object_set_new(object, "author", json_string(e->author));
    return object;
}

static void list_exemption(void *arg, const struct store_exemption *e)
{
    struct listing *l = arg;

    if ((int64_t)json_array_size(l->list) == l->limit) {
        l->more = true;
        return;
    }
    json_array_append_new(l->list, exemption_json(e));
    l->last = *e;
}

/* A key as one text; none of its parts holds a line feed. */
static const char *key_text(struct arena *arena, const struct store_exemption *e)
{
    return arena_format(arena, "%s\n%d\n%d\n%s", e->vehicle_id, e->from, e->reason, e->document);
}

static bool key_read(struct http_call *call, const char *text, struct store_exemption_key *key)
{
    char *vehicle = arena_text(http_arena(call), text);
    char *days = strchr(vehicle, '\n');
    int used = 0;

    if (days != NULL)
        *days++ = '\0';
    if (days == NULL || sscanf(days, "%d\n%d%n", &key->from, &key->reason, &used) != 2 ||
        days[used] != '\n') {
        http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
        return false;
    }
    key->vehicle_id = vehicle;
    key->document = days + used + 1;
    return true;
}

/* `ends_by` asks for those that lapse: reminders. */
static bool read_search(struct http_call *call, struct store_exemption_search *search,
                        struct api_page *page, struct store_exemption_key *after)
{
    static const char *const known[] = {"as_of", "vehicle", "reason", "ends_by",
                                        "limit", "cursor",  NULL};
    bool ends = false;

    if (!http_query_known(call, known) || !api_page(call, page) ||
        !api_day(call, "as_of", &search->as_of, NULL) ||
        !api_day(call, "ends_by", &search->ends_by, &ends) ||
        !api_word(call, "reason", &vocabulary_exempt, &search->reason))
        return false;
    if (!ends)
        search->ends_by = WHEN_DAY_NEVER;
    search->vehicle_id = http_query(call, "vehicle");
    search->limit = page->limit + 1;
    search->after = page->after == NULL ? NULL : after;
    return page->after == NULL || key_read(call, page->after, after);
}

void exemptions_list(struct http_call *call)
{
    struct store_exemption_search search = {0};
    struct api_page page;
    struct listing l = {0};
    struct store_exemption_key after;
    struct fault fault;

    if (!read_search(call, &search, &page, &after))
        return;
    l.list = json_array();
    l.limit = page.limit;
    if (store_exemption_find(api_context(call)->db, &search, list_exemption, &l, &fault) !=
        ERR_OK) {
        json_decref(l.list);
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_json(
        call, 200,
        json_pack("{s:o, s:o}", "exemptions", l.list, "next",
                  l.more ? api_cursor(call, key_text(http_arena(call), &l.last)) : json_null()));
}

struct exemption_call {
    struct http_call *call;
    struct store_exemption exemption;
    enum change_outcome outcome;
    int64_t stand; /* before the change */
};

static enum err apply_exemption(struct registrar *registrar, void *arg, struct remarks *remarks,
                                struct fault *fault)
{
    struct exemption_call *e = arg;
    enum err err = store_stand_exemption(registrar_db(registrar), &e->exemption, &e->stand, fault);

    if (err == ERR_OK)
        err =
            registrar_exemption(registrar, CHANGE_PUT, &e->exemption, &e->outcome, remarks, fault);
    if (err == ERR_OK)
        api_match(e->call, e->stand, e->outcome == CHANGE_CHANGED, remarks);
    return err;
}

void exemption_post(struct http_call *call)
{
    struct exemption_call e = {.call = call, .exemption = exemption_blank()};
    struct remarks remarks = {0};

    if (!api_whole(call, exemption_fields, EXEMPTION_FIELDS, &e.exemption, &remarks) ||
        !api_commit(call, apply_exemption, &e, &remarks))
        return;
    api_add_etag(call, e.stand + (e.outcome != CHANGE_UNCHANGED));
    http_reply_json(call, e.outcome == CHANGE_CREATED ? 201 : 200,
                    api_record(exemption_fields, EXEMPTION_FIELDS, &e.exemption));
}
