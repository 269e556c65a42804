/*
 * A step: what was entered in the audit log since the last one says what people did; the sums of the
 * journals what gateways delivered; the steps of findings what the detectors did. From these it
 * becomes known which events are due. The first step only looks where things stand.
 */
#include "registry/live/live.h"

#include <stdlib.h>
#include <string.h>

#include "registry/background/background.h"
#include "registry/store/store_audit.h"
#include "registry/store/store_live.h"
#include "registry/store/store_queue.h"

#define LOOK_MS 1000
#define ENTRIES 200 /* of the audit log in one step */

/* How far it looked, and what it owes. */
struct marks {
    bool begun;
    int64_t entry; /* the last one of the audit log that was looked at */
    struct store_delivered delivered;
    int64_t hours_waiting, count_ms; /* as counted last, and when to count again */
    struct store_finding_steps steps;
    bool figures_due, findings_due;
    int settling; /* steps for which figures move yet, since telemetry came or waited for the rollup */
    int64_t figures_ms, findings_ms; /* when the last of each was published */
};

struct live {
    struct background *background;
    struct live_options options;
    struct marks *marks; /* the thread's */
    struct replica_reader *reader;
};

static void publish(const struct live *live, const char *name, json_t *steals_data,
                    const struct http_event *to)
{
    struct http_event event = *to;
    char *text = json_dumps(steals_data, JSON_COMPACT);

    json_decref(steals_data);
    event.name = name;
    event.data = text;
    http_server_publish(live->options.server, &event);
    free(text);
}

static const struct http_event to_bureau = {.role = HTTP_VIEWER};

/* ---- what people did ---- */

static void saw_figures(const struct live *live, const struct store_audit_entry *entry)
{
    (void)entry;
    live->marks->figures_due = true;
}

static void saw_findings(const struct live *live, const struct store_audit_entry *entry)
{
    (void)entry;
    live->marks->findings_due = true;
}

/* The subject is ENTERPRISE~PERIOD. A draft is shown to nobody but its enterprise and officers. */
static void report_event(const struct live *live, const struct store_audit_entry *entry,
                         unsigned readers)
{
    char org[65] = "";
    size_t len = strcspn(entry->subject, "~");

    if (len >= sizeof org)
        return;
    memcpy(org, entry->subject, len);
    publish(live, "reports",
            json_pack("{s:s, s:s}", "id", entry->subject, "action", strchr(entry->action, '.') + 1),
            &(struct http_event){.role = readers, .org = org});
}

static void saw_draft(const struct live *live, const struct store_audit_entry *entry)
{
    report_event(live, entry, HTTP_OFFICER | HTTP_ALSO(HTTP_REPORTER));
}

static void saw_report(const struct live *live, const struct store_audit_entry *entry)
{
    live->marks->figures_due = true;
    report_event(live, entry, HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER) | HTTP_ALSO(HTTP_DEPARTMENT));
}

/* The beginnings of actions (docs/audit.md); the first that fits counts. */
static const struct {
    const char *action;
    void (*saw)(const struct live *live, const struct store_audit_entry *entry);
} sights[] = {
    {"vehicle.change", saw_figures},   {"org.", saw_figures},
    {"exemption.", saw_figures},       {"exception.", saw_figures},
    {"statistic.", saw_figures},       {"register.", saw_figures},
    {"unit.bind", saw_figures},        {"site.change", saw_figures},
    {"gate-trip.change", saw_figures}, {"finding.", saw_findings},
    {"freight.create", saw_draft},     {"freight.write", saw_draft},
    {"freight.file", saw_draft},       {"freight.discard", saw_draft},
    {"freight.", saw_report},
};

static void see(const struct live *live, const struct store_audit_entry *entry)
{
    for (size_t i = 0; i < sizeof sights / sizeof sights[0]; i++)
        if (strncmp(entry->action, sights[i].action, strlen(sights[i].action)) == 0) {
            sights[i].saw(live, entry);
            return;
        }
}

static enum err look_at_people(const struct live *live, struct sql *db, size_t *did,
                               struct fault *fault)
{
    struct arena *arena = arena_create();
    struct store_audit_entry *entries = NULL;
    size_t count = 0;
    enum err err =
        store_audit_walk(db, live->marks->entry, ENTRIES, arena, &entries, &count, fault);

    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        see(live, &entries[i]);
        live->marks->entry = entries[i].number;
    }
    *did = count == ENTRIES;
    arena_destroy(arena);
    return err;
}

/* ---- what machines did ---- */

static json_t *delivered_json(const struct store_delivered *d, int64_t waiting)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "messages", (json_int_t)d->messages,
                     "samples", (json_int_t)d->samples, "rejects", (json_int_t)d->rejects,
                     "damaged", (json_int_t)d->damaged, "lost", (json_int_t)d->lost,
                     "hours_waiting", (json_int_t)waiting);
}

/* Answers about figures may be as old as LIVE_CALM_MS (registry/compliance/kept.h): who was told right
 * after the last hour was rolled up is told again when none of those is given any more. */
#define SETTLING_STEPS (LIVE_CALM_MS / LOOK_MS + 1)

/* A long queue is not counted at each look: a fiftieth of the time goes into it at most. */
#define COUNT_PAUSE 50

static enum err count_waiting(const struct live *live, struct sql *db, struct fault *fault)
{
    struct marks *marks = live->marks;
    struct store_backlog backlog;
    int64_t began_ms = clock_mono_ms(live->options.clock), ended_ms = 0;
    enum err err = ERR_OK;

    if (marks->hours_waiting > 0 && began_ms < marks->count_ms)
        return ERR_OK;
    err = store_queue_backlog(db, &backlog, fault);
    if (err != ERR_OK)
        return err;
    ended_ms = clock_mono_ms(live->options.clock);
    marks->hours_waiting = backlog.hours;
    marks->count_ms = ended_ms + COUNT_PAUSE * (ended_ms - began_ms);
    return ERR_OK;
}

/* Figures move when hours are rolled up, some moments after they came. */
static enum err look_at_gateways(const struct live *live, struct sql *db, struct fault *fault)
{
    struct store_delivered now;
    enum err err = store_delivered_read(db, &now, fault);
    bool news = err == ERR_OK && memcmp(&now, &live->marks->delivered, sizeof now) != 0;

    if (err != ERR_OK || (!news && live->marks->settling == 0))
        return err;
    err = count_waiting(live, db, fault);
    if (err != ERR_OK)
        return err;
    if (news)
        publish(live, "ingest", delivered_json(&now, live->marks->hours_waiting), &to_bureau);
    live->marks->delivered = now;
    live->marks->settling =
        news || live->marks->hours_waiting > 0 ? SETTLING_STEPS : live->marks->settling - 1;
    live->marks->figures_due = true;
    return ERR_OK;
}

static enum err look_at_findings(const struct live *live, struct sql *db, struct fault *fault)
{
    struct store_finding_steps now;
    enum err err = store_finding_steps_since(db, live->marks->steps.last_ms, &now, fault);

    if (err != ERR_OK || now.steps == 0)
        return err;
    if (now.last_ms == live->marks->steps.last_ms && now.steps == live->marks->steps.steps)
        return ERR_OK;
    live->marks->findings_due = true;
    /* Counted are those since the last one, itself included. */
    return store_finding_steps_since(db, now.last_ms, &live->marks->steps, fault);
}

/* ---- the step ---- */

static void publish_if_due(const struct live *live, const char *name, bool *due, int64_t *last_ms)
{
    int64_t now_ms = clock_mono_ms(live->options.clock);

    if (!*due || (*last_ms != 0 && now_ms - *last_ms < LIVE_CALM_MS))
        return;
    *due = false;
    *last_ms = now_ms;
    publish(live, name, json_object(), &to_bureau);
}

static enum err begin(const struct live *live, struct sql *db, struct fault *fault)
{
    struct store_audit_head head;
    enum err err = store_audit_head_read(db, &head, fault);

    if (err == ERR_OK)
        err = store_delivered_read(db, &live->marks->delivered, fault);
    if (err == ERR_OK)
        err = store_finding_steps_since(db, 0, &live->marks->steps, fault);
    if (err == ERR_OK)
        err = store_finding_steps_since(db, live->marks->steps.last_ms, &live->marks->steps, fault);
    live->marks->entry = err == ERR_OK ? head.number : 0;
    live->marks->begun = err == ERR_OK;
    return err;
}

static enum err step(struct sql *db, const void *arg, size_t *did, struct fault *fault)
{
    const struct live *live = arg;
    struct sql *standby = replica_reader_db(live->reader);
    enum err err = ERR_OK;

    *did = 0;
    db = standby != NULL ? standby : db;
    if (!live->marks->begun)
        return begin(live, db, fault);
    err = look_at_people(live, db, did, fault);
    if (err == ERR_OK)
        err = look_at_gateways(live, db, fault);
    if (err == ERR_OK)
        err = look_at_findings(live, db, fault);
    if (err != ERR_OK)
        return err;
    publish_if_due(live, "figures", &live->marks->figures_due, &live->marks->figures_ms);
    publish_if_due(live, "findings", &live->marks->findings_due, &live->marks->findings_ms);
    return ERR_OK;
}

static void release(struct live *live)
{
    replica_reader_close(live->reader);
    free(live->marks);
    free(live);
}

enum err live_start(const struct live_options *options, struct live **live, struct fault *fault)
{
    struct live *made = mem_alloc(1, sizeof *made);
    const struct background_work work = {"live", LOOK_MS, made, step};
    enum err err = ERR_OK;

    made->options = *options;
    made->marks = mem_alloc(1, sizeof *made->marks);
    made->reader = replica_reader_open(options->replica);
    err = background_start(options->db_url, &work, &made->background, fault);
    if (err == ERR_OK)
        *live = made;
    else
        release(made);
    return err;
}

void live_stop(struct live *live)
{
    if (live == NULL)
        return;
    background_stop(live->background);
    release(live);
}

/* ---- the route ---- */

static void get_stream(struct http_call *call)
{
    static const char *const none[] = {NULL};

    if (http_query_known(call, none))
        http_reply_events(call);
}

#define WATCHERS (HTTP_VIEWER | HTTP_ALSO(HTTP_REPORTER) | HTTP_ALSO(HTTP_DEPARTMENT))

const struct http_route live_routes[] = {
    {"GET", "/v1/stream", WATCHERS, 0, get_stream},
};

const size_t live_route_count = sizeof live_routes / sizeof live_routes[0];
