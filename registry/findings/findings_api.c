#include "registry/findings/findings_api.h"

#include <stdlib.h>
#include <string.h>

#include "registry/findings/evidence.h"
#include "registry/findings/finding_json.h"
#include "registry/findings/findings.h"
#include "registry/vehicles/api.h"
#include "shared/utf8.h"
#include "shared/when.h"

#define FORM_MAX (16u << 10)
#define NOTE_MAX 1000 /* characters */

/* ---- GET /v1/findings ---- */

static bool read_number(const char *text, int64_t *number)
{
    char *rest = NULL;

    *number = strtoll(text, &rest, 10);
    return text[0] >= '0' && text[0] <= '9' && *rest == '\0' && strlen(text) <= 18;
}

static bool read_kind(struct http_call *call, struct store_finding_search *search)
{
    const char *subject_kind = http_query(call, "subject_kind");

    search->kind = http_query(call, "kind");
    search->subject = http_query(call, "subject");
    if (search->kind != NULL && detector_find(search->kind) == NULL) {
        http_reply_problem(call, 400, "kind=%.60s: there is none; see /v1/finding-kinds",
                           search->kind);
        return false;
    }
    search->subject_kind = subject_kind == NULL ? 0 : detector_subject(subject_kind);
    if (subject_kind == NULL || search->subject_kind != 0)
        return true;
    http_reply_problem(call, 400, "subject_kind=%.40s is none of vehicle, unit, org, site, report",
                       subject_kind);
    return false;
}

static bool read_states(struct http_call *call, unsigned *states)
{
    const char *status = http_query(call, "status");
    enum finding_state state = FINDING_NONE;

    *states = 0;
    if (status == NULL)
        return true;
    state = finding_state_parse(status);
    if (strcmp(status, "current") == 0)
        *states = 1u << FINDING_OPEN | 1u << FINDING_EXPLAINED | 1u << FINDING_CONFIRMED;
    else if (state != FINDING_NONE)
        *states = 1u << state;
    else
        http_reply_problem(call, 400,
                           "status=%.40s is none of open, explained, confirmed, closed, current",
                           status);
    return *states != 0;
}

static bool read_span(struct http_call *call, struct store_finding_search *search)
{
    int32_t from = 0, to = 0;
    bool has_from = false, has_to = false;

    if (!api_day(call, "from", &from, &has_from) || !api_day(call, "to", &to, &has_to))
        return false;
    search->from_ms = has_from ? evidence_day_ms(from) : INT64_MIN;
    search->to_ms = has_to ? evidence_day_ms(to + 1) : INT64_MAX;
    return true;
}

static bool read_search(struct http_call *call, struct store_finding_search *search,
                        struct api_page *page)
{
    static const char *const known[] = {"kind",  "status", "subject", "subject_kind", "from", "to",
                                        "limit", "cursor", NULL};

    if (!http_query_known(call, known) || !api_page(call, page) || !read_kind(call, search) ||
        !read_states(call, &search->states) || !read_span(call, search))
        return false;
    search->limit = page->limit + 1;
    if (page->after == NULL || read_number(page->after, &search->after))
        return true;
    http_reply_problem(call, 400, "cursor is none that this list gave; leave it out");
    return false;
}

static json_t *next_of(struct http_call *call, const struct store_findings *findings, int64_t limit)
{
    if ((int64_t)findings->count <= limit)
        return json_null();
    return api_cursor(
        call, arena_format(http_arena(call), "%lld", (long long)findings->items[limit - 1].number));
}

static void findings_list(struct http_call *call)
{
    struct store_finding_search search = {0};
    struct store_findings findings;
    struct api_page page;
    struct fault fault;
    json_t *list = NULL;

    if (!read_search(call, &search, &page))
        return;
    search.owner = http_own_org(http_principal(call));
    if (store_finding_search(api_context(call)->db, http_arena(call), &search, &findings, &fault) !=
        ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < findings.count && (int64_t)i < page.limit; i++)
        json_array_append_new(list, finding_json(&findings.items[i]));
    http_reply_json(
        call, 200,
        json_pack("{s:o, s:o}", "findings", list, "next", next_of(call, &findings, page.limit)));
}

/* ---- GET /v1/findings/{id} ---- */

/* False: answered, there can be none of this name. */
static bool read_id(struct http_call *call, int64_t *number)
{
    if (read_number(http_path_value(call, "id"), number))
        return true;
    http_reply_problem(call, 404, "a finding is known by its number");
    return false;
}

/* A finding of somebody else is not there for who is bound to an enterprise. */
static enum err find_own(struct http_call *call, int64_t number, struct store_finding *finding,
                         struct fault *fault)
{
    struct sql *db = api_context(call)->db;
    struct store_finding_search search = {.owner = http_own_org(http_principal(call)),
                                          .from_ms = INT64_MIN,
                                          .to_ms = INT64_MAX,
                                          .after = number - 1,
                                          .limit = 1};
    struct store_findings found = {.count = 0};
    enum err err = ERR_OK;

    if (search.owner == NULL)
        return store_finding_find(db, http_arena(call), number, finding, fault);
    err = store_finding_search(db, http_arena(call), &search, &found, fault);
    if (err != ERR_OK)
        return err;
    if (found.count == 0 || found.items[0].number != number)
        return fault_set(fault, ERR_NOT_FOUND, "there is no finding %lld", (long long)number);
    *finding = found.items[0];
    return ERR_OK;
}

static void reply_whole(struct http_call *call, int64_t number)
{
    struct sql *db = api_context(call)->db;
    struct store_finding finding;
    struct store_finding_step *steps = NULL;
    struct fault fault;
    size_t count = 0;

    if (find_own(call, number, &finding, &fault) != ERR_OK ||
        store_finding_history(db, http_arena(call), number, &steps, &count, &fault) != ERR_OK)
        http_reply_fault(call, &fault);
    else {
        api_add_etag(call, (int64_t)count);
        http_reply_json(call, 200, finding_whole_json(&finding, steps, count));
    }
}

static void finding_get(struct http_call *call)
{
    static const char *const known[] = {NULL};
    int64_t number = 0;

    if (http_query_known(call, known) && read_id(call, &number))
        reply_whole(call, number);
}

/* ---- POST /v1/findings/{id}:decide ---- */

/* A member that must be a text of 1 to NOTE_MAX characters on its own. */
static const char *take_text(struct http_call *call, json_t *body, const char *name,
                             struct remarks *remarks)
{
    const char *text = json_string_value(json_object_get(body, name));

    if (text == NULL || text[0] == '\0' || utf8_length(text) > NOTE_MAX)
        remark_refuse(remarks, name, "is required: a text of at most %d characters", NOTE_MAX);
    return text == NULL ? "" : arena_text(http_arena(call), text);
}

static void check_members(json_t *body, const char *const *known, struct remarks *remarks)
{
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach(body, name, value)
    {
        size_t i = 0;
        while (known[i] != NULL && strcmp(known[i], name) != 0)
            i++;
        if (known[i] == NULL)
            remark_refuse(remarks, "", "there is no member \"%.60s\" here", name);
    }
}

struct decision_call {
    struct http_call *call;
    struct finding_decision decision;
};

static enum err apply_decision(struct registrar *registrar, void *arg, struct remarks *remarks,
                               struct fault *fault)
{
    struct decision_call *d = arg;
    struct registry_context *context = api_context(d->call);
    struct arena *arena = http_arena(d->call);
    struct store_finding finding;
    struct store_finding_step *steps = NULL;
    size_t count = 0;
    enum err err = store_finding_find(context->db, arena, d->decision.number, &finding, fault);
    bool decided = err == ERR_OK && finding.decision != FINDING_NONE;

    if (err == ERR_OK)
        err = store_finding_history(context->db, arena, finding.number, &steps, &count, fault);
    if (err == ERR_OK)
        api_match(d->call, (int64_t)count, decided, remarks);
    if (err != ERR_OK || remarks->refused)
        return err;
    err = findings_decide(context->db, arena, clock_wall_ms(context->clock), &d->decision, &finding,
                          fault);
    if (err == ERR_OK)
        registrar_note(registrar, "finding.decide", finding.subject,
                       json_pack("{s:I, s:s, s:s, s:s}", "finding", (json_int_t)finding.number,
                                 "kind", finding.kind, "decision",
                                 finding_state_word(d->decision.state), "note", d->decision.note));
    return err;
}

static enum finding_state take_decision(json_t *body, struct remarks *remarks)
{
    const char *word = json_string_value(json_object_get(body, "decision"));
    enum finding_state state = word == NULL ? FINDING_NONE : finding_state_parse(word);

    if (state == FINDING_NONE || state == FINDING_CLOSED)
        remark_refuse(remarks, "decision", "takes explained, confirmed or open (nothing decided)");
    return state;
}

static void finding_decide(struct http_call *call)
{
    static const char *const members[] = {"decision", "note", NULL};
    struct decision_call d = {.call = call, .decision = {.author = http_principal(call)->name}};
    struct remarks remarks = {0};
    json_t *body = NULL;

    if (!read_id(call, &d.decision.number) || (body = api_body(call)) == NULL)
        return;
    check_members(body, members, &remarks);
    d.decision.state = take_decision(body, &remarks);
    d.decision.note = take_text(call, body, "note", &remarks);
    json_decref(body);
    if (remarks.refused)
        api_refuse(call, &remarks);
    else if (api_commit(call, apply_decision, &d, &remarks))
        reply_whole(call, d.decision.number);
}

/* ---- kinds ---- */

static void kinds_list(struct http_call *call)
{
    static const char *const known[] = {NULL};
    struct thresholds thresholds;
    struct fault fault;
    json_t *list = NULL;

    if (!http_query_known(call, known))
        return;
    if (thresholds_load(api_context(call)->db, http_arena(call), &thresholds, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < detector_count; i++)
        json_array_append_new(list, finding_kind_json(i, &thresholds));
    http_reply_json(call, 200, json_pack("{s:o}", "kinds", list));
}

/* One kind, with its thresholds as they are now, and the tag of the one that was changed. */
static void kind_reply(struct http_call *call, const char *kind, const char *name)
{
    struct thresholds thresholds;
    struct fault fault;

    if (thresholds_load(api_context(call)->db, http_arena(call), &thresholds, &fault) != ERR_OK) {
        http_reply_fault(call, &fault);
        return;
    }
    api_add_etag(call, thresholds_version(&thresholds, kind, name));
    for (size_t i = 0; i < detector_count; i++)
        if (strcmp(detectors[i]->kind, kind) == 0)
            http_reply_json(call, 200, finding_kind_json(i, &thresholds));
}

/* A whole number, or a day where the threshold is one. */
static int64_t take_value(const char *kind, const char *name, json_t *body, struct remarks *remarks)
{
    const struct detector *detector = detector_find(kind);
    const json_t *value = json_object_get(body, "value");
    const char *text = json_string_value(value);
    int32_t day = 0;

    for (size_t i = 0; detector != NULL && i < detector_parameter_count(detector); i++)
        if (strcmp(detector->parameters[i].name, name) == 0 &&
            strcmp(detector->parameters[i].unit, "day") == 0) {
            if (text == NULL || !when_day_parse(text, &day))
                remark_refuse(remarks, "value", "must be a day, YYYY-MM-DD");
            return day;
        }
    if (!json_is_integer(value))
        remark_refuse(remarks, "value", "must be a whole number");
    return json_integer_value(value);
}

struct threshold_call {
    struct http_call *call;
    struct store_finding_parameter change;
};

static enum err apply_threshold(struct registrar *registrar, void *arg, struct remarks *remarks,
                                struct fault *fault)
{
    const struct threshold_call *t = arg;
    const struct store_finding_parameter *change = &t->change;
    struct thresholds before;
    enum err err = thresholds_load(registrar_db(registrar), http_arena(t->call), &before, fault);
    int64_t version = err == ERR_OK ? thresholds_version(&before, change->kind, change->name) : 0;

    if (version > 0)
        api_match(t->call, version, true, remarks);
    if (err == ERR_OK && !remarks->refused)
        err = thresholds_change(registrar_db(registrar), change, fault);
    if (err == ERR_OK)
        registrar_note(registrar, "finding.threshold", change->kind,
                       json_pack("{s:s, s:I, s:s}", "name", change->name, "value",
                                 (json_int_t)change->value, "source", change->source));
    return err;
}

static void kind_post(struct http_call *call)
{
    static const char *const members[] = {"name", "value", "source", NULL};
    struct threshold_call t = {
        .call = call,
        .change = {.kind = http_path_value(call, "kind"),
                   .author = http_principal(call)->name,
                   .recorded_ms = clock_wall_ms(api_context(call)->clock)},
    };
    struct remarks remarks = {0};
    json_t *body = api_body(call);

    if (body == NULL)
        return;
    check_members(body, members, &remarks);
    t.change.name = take_text(call, body, "name", &remarks);
    t.change.source = take_text(call, body, "source", &remarks);
    t.change.value = take_value(t.change.kind, t.change.name, body, &remarks);
    json_decref(body);
    if (remarks.refused)
        api_refuse(call, &remarks);
    else if (api_commit(call, apply_threshold, &t, &remarks))
        kind_reply(call, t.change.kind, t.change.name);
}

const struct http_route findings_routes[] = {
    {"GET", "/v1/findings", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), 0, findings_list},
    {"GET", "/v1/findings/{id}", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), 0, finding_get},
    {"POST", "/v1/findings/{id}:decide", HTTP_OFFICER, FORM_MAX, finding_decide},
    {"GET", "/v1/finding-kinds", HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER), 0, kinds_list},
    {"POST", "/v1/finding-kinds/{kind}", HTTP_ADMIN, FORM_MAX, kind_post},
};

const size_t findings_route_count = sizeof findings_routes / sizeof findings_routes[0];
