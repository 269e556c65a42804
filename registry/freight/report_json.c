#include "registry/freight/report_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "registry/freight/files.h"
#include "registry/freight/form.h"
#include "registry/vehicles/api.h"
#include "shared/when.h"

const char *report_id(const struct freight_key *key, char out[static REPORT_ID_SIZE])
{
    snprintf(out, REPORT_ID_SIZE, "%s~%s", key->org_id, key->period);
    return out;
}

bool report_id_parse(const char *text, struct freight_key *key)
{
    const char *sign = strrchr(text, '~');

    if (sign == NULL || (size_t)(sign - text) >= sizeof key->org_id ||
        strlen(sign + 1) >= sizeof key->period)
        return false;
    memcpy(key->org_id, text, (size_t)(sign - text));
    key->org_id[sign - text] = '\0';
    memcpy(key->period, sign + 1, strlen(sign + 1) + 1);
    return true;
}

int32_t freight_today(const struct http_call *call)
{
    return when_day_of(clock_wall_ms(api_context(call)->clock));
}

bool report_of_call(struct http_call *call, struct store_freight_report *report,
                    struct freight_access *access)
{
    const char *id = http_path_value(call, "id");
    struct freight_key key;
    struct fault fault;
    enum err err = ERR_NOT_FOUND;

    if (report_id_parse(id, &key)) {
        *access = freight_access(http_principal(call), key.org_id);
        err = store_freight_get(api_context(call)->db, &key, report, &fault);
        if (err == ERR_OK && (!access->see || (!access->drafts && report->state == FREIGHT_DRAFT)))
            err = ERR_NOT_FOUND;
    }
    if (err == ERR_NOT_FOUND)
        http_reply_problem(call, 404, "there is no freight report %.80s", id);
    else if (err != ERR_OK)
        http_reply_fault(call, &fault);
    return err == ERR_OK;
}

enum err report_shown(struct sql *db, const struct store_freight_report *report,
                      const struct freight_access *access, struct arena *arena,
                      struct store_freight_content *content, struct fault *fault)
{
    int64_t version = report->version;
    enum err err = store_freight_read(db, &report->key, version, arena, content, fault);

    while (err == ERR_OK && !access->drafts && content->head.submitted_at == 0 && version > 1)
        err = store_freight_read(db, &report->key, --version, arena, content, fault);
    return err;
}

/* ---- parts of a report ---- */

static struct period period_of(const struct store_freight_report *report)
{
    return (struct period){report->first_month, report->months};
}

static const char *state_word(int state)
{
    return vocabulary_word(&vocabulary_freight_state, state);
}

json_t *report_summary(const struct store_freight_report *r, int32_t today)
{
    const struct freight_calendar *calendar = &freight_calendar_default;
    char id[REPORT_ID_SIZE];

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:I, s:o, s:I, s:o}", "id",
                     report_id(&r->key, id), "org_id", r->key.org_id, "name", r->name, "period",
                     r->key.period, "state", state_word(r->state), "overdue",
                     freight_overdue(calendar, period_of(r), (enum freight_state)r->state, today),
                     "due", api_day_json(freight_due(calendar, period_of(r))), "amend_until",
                     api_day_json(freight_amend_until(calendar, period_of(r))), "version",
                     (json_int_t)r->version, "accepted",
                     r->accepted == 0 ? json_null() : json_integer(r->accepted), "revision",
                     (json_int_t)r->revision, "recorded_at", api_instant_json(r->recorded_at));
}

static json_t *actions_json(const struct store_freight_report *r,
                            const struct freight_access *access, int32_t today)
{
    json_t *list = json_array();
    int32_t until = freight_amend_until(&freight_calendar_default, period_of(r));

    for (int action = FREIGHT_WRITE; action < FREIGHT_ACTION_COUNT; action++) {
        const struct freight_step *step =
            freight_step((enum freight_action)action, (enum freight_state)r->state);
        if (step != NULL && action != FREIGHT_IMPORT && (step->parties & access->party) != 0 &&
            !((step->window & access->party) != 0 && today > until))
            json_array_append_new(list,
                                  json_string(vocabulary_word(&vocabulary_freight_action, action)));
    }
    return list;
}

static json_t *history_json(const struct store_freight_event *events, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        const struct store_freight_event *e = &events[i];
        json_array_append_new(
            list,
            json_pack("{s:o, s:s, s:s, s:o, s:s, s:I, s:o}", "at", api_instant_json(e->at),
                      "author", e->author, "action",
                      vocabulary_word(&vocabulary_freight_action, e->action), "from",
                      e->from_state == FREIGHT_STATE_NONE ? json_null()
                                                          : json_string(state_word(e->from_state)),
                      "to", state_word(e->to_state), "version", (json_int_t)e->version, "reason",
                      e->reason[0] == '\0' ? json_null() : json_string(e->reason)));
    }
    return list;
}

static json_t *versions_json(const struct store_freight_version *versions, size_t count,
                             const struct freight_access *access)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        if (access->drafts || versions[i].submitted_at != 0)
            json_array_append_new(list, freight_version_json(&versions[i]));
    return list;
}

static enum err add_checks(struct http_call *call, const struct store_freight_report *report,
                           const struct store_freight_content *content, json_t *object,
                           struct fault *fault)
{
    struct check_facts facts;
    enum err err = checks_facts(api_context(call)->db, report, freight_today(call),
                                http_arena(call), &facts, fault);

    if (err != ERR_OK)
        return err;
    facts.content = content;
    struct checks checks = checks_run(&facts, http_arena(call));
    json_object_set_new(object, "checks", checks_json(&checks));
    json_object_set_new(object, "beside", checks_beside(&facts));
    json_object_set_new(object, "name", json_string(facts.org->name));
    return ERR_OK;
}

static enum err add_lists(struct http_call *call, const struct store_freight_report *report,
                          const struct freight_access *access, json_t *object, struct fault *fault)
{
    struct sql *db = api_context(call)->db;
    struct arena *arena = http_arena(call);
    struct store_freight_event *events = NULL;
    struct store_freight_version *versions = NULL;
    size_t event_count = 0;
    size_t version_count = 0;
    enum err err = store_freight_events(db, &report->key, arena, &events, &event_count, fault);

    if (err == ERR_OK)
        err = store_freight_versions(db, &report->key, arena, &versions, &version_count, fault);
    if (err != ERR_OK)
        return err;
    json_object_set_new(object, "history", history_json(events, event_count));
    json_object_set_new(object, "versions", versions_json(versions, version_count, access));
    json_object_set_new(object, "actions", actions_json(report, access, freight_today(call)));
    return freight_files_json(db, &report->key, arena, object, fault);
}

static enum err whole(struct http_call *call, const struct store_freight_report *report,
                      const struct freight_access *access, json_t **object, struct fault *fault)
{
    struct store_freight_content content;
    json_t *head = NULL;
    enum err err =
        report_shown(api_context(call)->db, report, access, http_arena(call), &content, fault);

    *object = report_summary(report, freight_today(call));
    if (err != ERR_OK)
        return err;
    head = freight_content_json(&content);
    json_object_update(*object, head);
    json_decref(head);
    err = add_checks(call, report, &content, *object, fault);
    return err == ERR_OK ? add_lists(call, report, access, *object, fault) : err;
}

void report_reply(struct http_call *call, int status, const struct store_freight_report *report,
                  const struct freight_access *access, const struct remarks *remarks)
{
    json_t *object = NULL;
    struct fault fault;

    if (whole(call, report, access, &object, &fault) != ERR_OK) {
        json_decref(object);
        http_reply_fault(call, &fault);
        return;
    }
    if (remarks != NULL)
        json_object_set_new(object, "warnings", api_warnings(remarks));
    http_add_header(call, "ETag",
                    arena_format(http_arena(call), "\"%" PRId64 "\"", report->revision));
    http_reply_json(call, status, object);
}
