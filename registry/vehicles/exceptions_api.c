#include <stdio.h>
#include <string.h>

#include "registry/store/store_stand.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

struct listing {
    json_t *list;
    int64_t limit;
    struct store_exception last;
    bool more;
};

static json_t *exception_json(const struct store_exception *e)
{
    json_t *object = api_record(exception_fields, EXCEPTION_FIELDS, e);

    json_object_set_new(object, "version", json_integer(e->version));
    json_object_set_new(object, "recorded_at", api_instant_json(e->recorded_at));
    json_object_set_new(object, "author", json_string(e->author));
    return object;
}

static void list_exception(void *arg, const struct store_exception *e)
{
    struct listing *l = arg;

    if ((int64_t)json_array_size(l->list) == l->limit) {
        l->more = true;
        return;
    }
    json_array_append_new(l->list, exception_json(e));
    l->last = *e;
}

/* A key as one text, the numbers first; none of its parts holds a line feed. */
static const char *key_text(struct arena *arena, const struct store_exception *e)
{
    return arena_format(arena, "%d\n%d\n%s\n%s\n%s", e->subject_kind, e->from, e->rule, e->subject,
                        e->document);
}

static bool key_read(struct http_call *call, const char *text, struct store_exception *key)
{
    int used = 0;
    char *rest = NULL;
    char *words = arena_text(http_arena(call), text);
    const char *rule = NULL;
    const char *subject = NULL;

    if (sscanf(words, "%d\n%d%n", &key->subject_kind, &key->from, &used) == 2 && used > 0) {
        rule = strtok_r(words + used, "\n", &rest);
        subject = strtok_r(NULL, "\n", &rest);
    }
    if (rule == NULL || subject == NULL) {
        http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
        return false;
    }
    snprintf(key->rule, sizeof key->rule, "%s", rule);
    snprintf(key->subject, sizeof key->subject, "%s", subject);
    snprintf(key->document, sizeof key->document, "%s", rest);
    return true;
}

/* `ends_by` asks for those that lapse: reminders. */
static bool read_search(struct http_call *call, struct store_exception_search *search,
                        struct api_page *page, struct store_exception *after)
{
    static const char *const known[] = {"as_of", "rule",   "subject", "ends_by",
                                        "limit", "cursor", NULL};
    bool ends = false;

    if (!http_query_known(call, known) || !api_page(call, page) ||
        !api_day(call, "as_of", &search->as_of, NULL) ||
        !api_day(call, "ends_by", &search->ends_by, &ends))
        return false;
    if (!ends)
        search->ends_by = WHEN_DAY_NEVER;
    search->rule = http_query(call, "rule");
    search->subject = http_query(call, "subject");
    search->limit = page->limit + 1;
    search->after = page->after == NULL ? NULL : after;
    return page->after == NULL || key_read(call, page->after, after);
}

void exceptions_list(struct http_call *call)
{
    struct store_exception_search search = {0};
    struct api_page page;
    struct listing l = {0};
    struct store_exception after = {0};
    struct fault fault;

    if (!read_search(call, &search, &page, &after))
        return;
    l.list = json_array();
    l.limit = page.limit;
    if (store_exception_find(api_context(call)->db, &search, list_exception, &l, &fault) !=
        ERR_OK) {
        json_decref(l.list);
        http_reply_fault(call, &fault);
        return;
    }
    http_reply_json(
        call, 200,
        json_pack("{s:o, s:o}", "exceptions", l.list, "next",
                  l.more ? api_cursor(call, key_text(http_arena(call), &l.last)) : json_null()));
}

struct exception_call {
    struct http_call *call;
    struct store_exception exception;
    enum change_outcome outcome;
    int64_t stand; /* before the change */
};

static enum err apply_exception(struct registrar *registrar, void *arg, struct remarks *remarks,
                                struct fault *fault)
{
    struct exception_call *e = arg;
    enum err err = store_stand_exception(registrar_db(registrar), &e->exception, &e->stand, fault);

    if (err == ERR_OK)
        err = registrar_exception(registrar, &e->exception, &e->outcome, remarks, fault);
    if (err == ERR_OK)
        api_match(e->call, e->stand, e->outcome == CHANGE_CHANGED, remarks);
    return err;
}

void exception_post(struct http_call *call)
{
    struct exception_call e = {.call = call, .exception = exception_blank()};
    struct remarks remarks = {0};
    json_t *answer = NULL;

    if (!api_whole(call, exception_fields, EXCEPTION_FIELDS, &e.exception, &remarks) ||
        !api_commit(call, apply_exception, &e, &remarks))
        return;
    answer = api_record(exception_fields, EXCEPTION_FIELDS, &e.exception);
    json_object_set_new(answer, "warnings", api_warnings(&remarks));
    api_add_etag(call, e.stand + (e.outcome != CHANGE_UNCHANGED));
    http_reply_json(call, e.outcome == CHANGE_CREATED ? 201 : 200, answer);
}
