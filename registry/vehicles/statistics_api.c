#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "registry/store/store_stand.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

struct listing {
    json_t *list;
    int64_t limit;
    struct store_statistic last;
    bool more;
};

static json_t *statistic_json(const struct store_statistic *s)
{
    json_t *object = api_record(statistic_fields, STATISTIC_FIELDS, s);

    json_object_set_new(object, "unit", json_string(indicator_unit((enum indicator)s->indicator)));
    json_object_set_new(object, "version", json_integer(s->version));
    json_object_set_new(object, "recorded_at", api_instant_json(s->recorded_at));
    json_object_set_new(object, "author", json_string(s->author));
    return object;
}

static void list_statistic(void *arg, const struct store_statistic *s)
{
    struct listing *l = arg;

    if ((int64_t)json_array_size(l->list) == l->limit) {
        l->more = true;
        return;
    }
    json_array_append_new(l->list, statistic_json(s));
    l->last = *s;
}

/* A key as one text, the numbers first. */
static const char *key_text(struct arena *arena, const struct store_statistic *s)
{
    return arena_format(arena, "%d\n%d\n%d\n%" PRId64 "\n%s", s->indicator, s->from, s->until,
                        s->version, s->subject);
}

static bool key_read(struct http_call *call, const char *text, struct store_statistic *key)
{
    int used = 0;

    if (sscanf(text, "%d\n%d\n%d\n%" SCNd64 "%n", &key->indicator, &key->from, &key->until,
               &key->version, &used) != 4 ||
        text[used] != '\n') {
        http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
        return false;
    }
    snprintf(key->subject, sizeof key->subject, "%s", text + used + 1);
    return true;
}

static bool read_versions(struct http_call *call, struct store_statistic_search *search)
{
    const char *versions = http_query(call, "versions");

    search->all_versions = versions != NULL && strcmp(versions, "all") == 0;
    if (versions == NULL || search->all_versions || strcmp(versions, "newest") == 0)
        return true;
    http_reply_problem(call, 400, "versions=%.20s is neither newest nor all", versions);
    return false;
}

/* `from` and `to`: the periods that end in these days. */
static bool read_search(struct http_call *call, struct store_statistic_search *search,
                        struct api_page *page, struct store_statistic *after)
{
    static const char *const known[] = {"indicator", "subject", "from",   "to",
                                        "versions",  "limit",   "cursor", NULL};
    bool from = false;
    bool to = false;

    if (!http_query_known(call, known) || !api_page(call, page) ||
        !api_word(call, "indicator", &vocabulary_indicator, &search->indicator) ||
        !api_day(call, "from", &search->from, &from) || !api_day(call, "to", &search->to, &to) ||
        !read_versions(call, search))
        return false;
    search->from = from ? search->from : INT32_MIN;
    search->to = to ? search->to : WHEN_DAY_NEVER;
    search->subject = http_query(call, "subject");
    search->limit = page->limit + 1;
    search->after = page->after == NULL ? NULL : after;
    return page->after == NULL || key_read(call, page->after, after);
}

void statistics_list(struct http_call *call)
{
    struct store_statistic_search search = {0};
    struct api_page page;
    struct listing l = {0};
    struct store_statistic after = {0};
    struct fault fault;

    if (!read_search(call, &search, &page, &after))
        return;
    l.list = json_array();
    l.limit = page.limit;
    if (store_statistic_find(api_context(call)->db, &search, list_statistic, &l, &fault) !=
        ERR_OK) {
        json_decref(l.list);
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_json(
        call, 200,
        json_pack("{s:o, s:o}", "statistics", l.list, "next",
                  l.more ? api_cursor(call, key_text(http_arena(call), &l.last)) : json_null()));
}

struct statistic_call {
    struct http_call *call;
    struct store_statistic statistic;
    enum change_outcome outcome;
    int64_t stand; /* before the change */
};

static enum err apply_statistic(struct registrar *registrar, void *arg, struct remarks *remarks,
                                struct fault *fault)
{
    struct statistic_call *s = arg;
    enum err err = store_stand_statistic(registrar_db(registrar), &s->statistic, &s->stand, fault);

    if (err == ERR_OK)
        err = registrar_statistic(registrar, &s->statistic, &s->outcome, remarks, fault);
    if (err == ERR_OK)
        api_match(s->call, s->stand, s->outcome == CHANGE_CHANGED, remarks);
    return err;
}

void statistic_post(struct http_call *call)
{
    struct statistic_call s = {.call = call, .statistic = statistic_blank()};
    struct remarks remarks = {0};
    json_t *answer = NULL;

    if (!api_whole(call, statistic_fields, STATISTIC_FIELDS, &s.statistic, &remarks) ||
        !api_commit(call, apply_statistic, &s, &remarks))
        return;
    answer = api_record(statistic_fields, STATISTIC_FIELDS, &s.statistic);
    json_object_set_new(answer, "unit",
                        json_string(indicator_unit((enum indicator)s.statistic.indicator)));
    json_object_set_new(answer, "warnings", api_warnings(&remarks));
    api_add_etag(call, s.stand + (s.outcome != CHANGE_UNCHANGED));
    http_reply_json(call, s.outcome == CHANGE_CREATED ? 201 : 200, answer);
}
