#include "registry/snapshot/snapshot.h"

#include <string.h>

#include "registry/audit/canonical.h"
#include "registry/compliance/behind.h"
#include "registry/snapshot/archive.h"
#include "registry/snapshot/listing.h"
#include "registry/snapshot/sources.h"
#include "registry/snapshot/statement.h"
#include "shared/utf8.h"

#define PAGE    5000
#define REPEATS 5

static enum err check_request(const struct snapshot_request *request, struct fault *fault)
{
    int32_t today = when_day_of(clock_wall_ms(request->clock));
    char day[WHEN_DAY_TEXT];

    when_day_format(request->as_of, day);
    if (request->as_of > today)
        return fault_set(fault, ERR_INPUT, "as_of: %s has not come yet; there is nothing to state",
                         day);
    if (!utf8_ok(request->note) || utf8_length(request->note) > SNAPSHOT_NOTE_MAX)
        return fault_set(fault, ERR_INPUT, "note: at most %d characters of UTF-8",
                         SNAPSHOT_NOTE_MAX);
    return ERR_OK;
}

/* ---- the vehicles behind the figures ---- */

static void list_vehicle(void *arg, const struct behind_row *row)
{
    struct listing *l = arg;

    csv_put(&l->csv, l->rule);
    csv_put(&l->csv, counts_as_name(row->as));
    csv_put(&l->csv, row->vehicle.at.vehicle_id);
    csv_end_row(&l->csv);
    l->rows++;
}

/* A page at a time, each in an arena of its own: what is kept is the compressed list. */
static enum err list_rule(struct sql *db, const struct compliance_rule *r, struct listing *l,
                          struct fault *fault)
{
    struct arena *arena = arena_create();
    struct behind_query query = {.scope = r->scope, .all = true, .limit = PAGE};
    char after[VEHICLE_ID_SIZE];
    enum err err = ERR_OK;

    l->rule = r->rule->id;
    do {
        const char *next = NULL;
        err = behind_read(db, &query, arena, list_vehicle, l, &next, fault);
        query.after = NULL;
        if (next != NULL) {
            memcpy(after, next, strlen(next) + 1);
            query.after = after;
        }
        listing_move(l);
        arena_reset(arena);
    } while (err == ERR_OK && query.after != NULL);
    arena_destroy(arena);
    return err;
}

static enum err list_vehicles(struct sql *db, const struct compliance *compliance,
                              struct listing *l, struct fault *fault)
{
    static const char *const head[] = {"rule", "counts", "vehicle_id"};
    enum err err = ERR_OK;

    listing_head(l, head, sizeof head / sizeof head[0]);
    for (size_t i = 0; i < compliance->count && err == ERR_OK; i++)
        if (statement_lists(compliance->rules[i].rule))
            err = list_rule(db, &compliance->rules[i], l, fault);
    listing_move(l);
    return err;
}

/* ---- reading ---- */

/* The two members. */
struct listings {
    struct listing vehicles, sources;
};

static enum err read_facts(struct sql *db, const struct snapshot_request *request,
                           struct arena *arena, struct listings *l, struct snapshot_facts *facts,
                           struct fault *fault)
{
    const struct compliance_query query = {
        .plan = request->plan,
        .as_of = request->as_of,
        .today = when_day_of(clock_wall_ms(request->clock)),
    };
    enum err err = store_register_read(db, &facts->reg, fault);

    /* All that is read was recorded by then, and what is being written now will be recorded later. */
    facts->known_ms = facts->reg.recorded_ms;
    if (err == ERR_OK)
        err = store_audit_head_read(db, &facts->head, fault);
    if (err == ERR_OK)
        err = store_register_size(db, &facts->size, fault);
    if (err == ERR_OK)
        err = compliance_compute_within(db, &query, arena, &facts->compliance, fault);
    if (err == ERR_OK)
        err = list_vehicles(db, &facts->compliance, &l->vehicles, fault);
    if (err == ERR_OK)
        err = sources_list(db, &facts->compliance, &l->sources, fault);
    facts->vehicle_rows = l->vehicles.rows;
    facts->source_rows = l->sources.rows;
    return err;
}

static enum err read_once(struct sql *db, const struct snapshot_request *request,
                          struct arena *arena, struct listings *l, struct snapshot_facts *facts,
                          struct fault *fault)
{
    enum err err = sql_begin(db, SQL_READ, fault);

    if (err == ERR_OK)
        err = read_facts(db, request, arena, l, facts, fault);
    sql_rollback(db);
    if (err != ERR_OK)
        return err;
    facts->vehicles = pack_finish(l->vehicles.pack);
    facts->sources = pack_finish(l->sources.pack);
    return ERR_OK;
}

/* ---- writing ---- */

static enum err enter(struct sql *db, const struct snapshot_request *request,
                      const struct store_snapshot *s, struct fault *fault)
{
    char sha256[65], subject[32], day[WHEN_DAY_TEXT];

    canonical_digest(s->statement.bytes, s->statement.len, sha256);
    snprintf(subject, sizeof subject, "snapshot %lld", (long long)s->number);
    when_day_format(s->as_of, day);
    return audit_append(
        db,
        &(struct audit_act){.at_ms = s->created_ms,
                            .who = request->who,
                            .role = request->role,
                            .action = "snapshot.create",
                            .subject = subject,
                            .details =
                                json_pack("{s:s, s:s, s:s, s:s}", "plan", s->plan, "as_of", day,
                                          "sha256", sha256, "key", sign_key_id(request->key))},
        fault);
}

static enum err write_within(struct sql *db, const struct snapshot_request *request,
                             const struct snapshot_facts *facts, struct arena *arena,
                             int64_t *number, struct fault *fault)
{
    uint8_t signature[SIGN_BYTES];
    struct store_snapshot s = {.plan = request->plan->id,
                               .as_of = request->as_of,
                               .known_ms = facts->known_ms,
                               .created_ms = clock_wall_ms(request->clock),
                               .author = request->who,
                               .note = request->note,
                               .vehicles = {facts->vehicles.bytes, facts->vehicles.len},
                               .sources = {facts->sources.bytes, facts->sources.len},
                               .signature = {signature, sizeof signature}};
    enum err err = store_snapshot_next(db, &s.number, fault);
    json_t *json = NULL;

    if (err != ERR_OK)
        return err;
    json = statement_json(request, facts, s.number, s.created_ms);
    s.statement.bytes = canonical_text(arena, json);
    s.statement.len = strlen(s.statement.bytes);
    json_decref(json);
    sign_bytes(request->key, s.statement.bytes, s.statement.len, signature);
    *number = s.number;
    err = store_snapshot_insert(db, &s, fault);
    return err == ERR_OK ? enter(db, request, &s, fault) : err;
}

static enum err write_once(struct sql *db, const struct snapshot_request *request,
                           const struct snapshot_facts *facts, struct arena *arena, int64_t *number,
                           struct fault *fault)
{
    enum err err = sql_begin(db, SQL_WRITE, fault);

    if (err == ERR_OK)
        err = write_within(db, request, facts, arena, number, fault);
    if (err == ERR_OK)
        err = sql_commit(db, fault);
    if (err != ERR_OK)
        sql_rollback(db);
    return err;
}

enum err snapshot_make(struct sql *db, const struct snapshot_request *request, int64_t *number,
                       struct fault *fault)
{
    struct arena *arena = arena_create();
    struct snapshot_facts facts = {0};
    struct listings listings = {.vehicles = {.pack = pack_create()},
                                .sources = {.pack = pack_create()}};
    enum err err = check_request(request, fault);

    if (err == ERR_OK)
        err = read_once(db, request, arena, &listings, &facts, fault);
    if (err == ERR_OK)
        err = write_once(db, request, &facts, arena, number, fault);
    for (int i = 0; i < REPEATS && err == ERR_BUSY; i++)
        err = write_once(db, request, &facts, arena, number, fault);
    csv_writer_free(&listings.vehicles.csv);
    csv_writer_free(&listings.sources.csv);
    pack_destroy(listings.vehicles.pack);
    pack_destroy(listings.sources.pack);
    arena_destroy(arena);
    return err;
}

uint8_t *snapshot_archive(const struct store_snapshot *s, struct arena *arena, size_t *len)
{
    struct archive archive = {0};

    archive_add(&archive, SNAPSHOT_STATEMENT, s->statement.bytes, s->statement.len);
    archive_add(&archive, SNAPSHOT_SIGNATURE, s->signature.bytes, s->signature.len);
    archive_add(&archive, SNAPSHOT_VEHICLES, s->vehicles.bytes, s->vehicles.len);
    if (s->sources.len > 0)
        archive_add(&archive, SNAPSHOT_SOURCES, s->sources.bytes, s->sources.len);
    return archive_write(&archive, s->created_ms / 1000, arena, len);
}
