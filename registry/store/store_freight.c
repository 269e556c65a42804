#include "registry/store/store_freight.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"
#include "registry/store/store_freight_internal.h"
#include "registry/store/store_known.h"

#define REPORT_COLUMNS                                                                             \
    "r.org_id, r.period, r.first_month, r.months, r.state, r.version, r.accepted, r.revision, "    \
    "r.recorded_at"

static const char CLAIM[] = "INSERT INTO freight_month (org_id, month, period) VALUES ($1, $2, $3)";
static const char INSERT[] =
    "INSERT INTO freight_report (org_id, period, first_month, months, state, version, accepted, "
    "revision, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
static const char OVERLAP[] = "SELECT period FROM freight_month WHERE org_id = $1 AND month >= $2 "
                              "AND month < $3 AND period <> $4 ORDER BY month LIMIT 1";
static const char GET[] =
    "SELECT " REPORT_COLUMNS " FROM freight_report r WHERE r.org_id = $1 AND r.period = $2";
static const char UPDATE[] =
    "UPDATE freight_report SET state = $3, version = $4, accepted = $5, recorded_at = $6, "
    "revision = revision + 1 WHERE org_id = $1 AND period = $2 AND revision = $7";
static const char DELETE[] =
    "DELETE FROM freight_report WHERE org_id = $1 AND period = $2 AND revision = $3";
static const char BLOBS_DELETE[] =
    "DELETE FROM freight_blob WHERE digest IN (SELECT f.digest FROM freight_file f "
    "WHERE f.org_id = $1 AND f.period = $2) AND NOT EXISTS (SELECT 1 FROM freight_file o "
    "WHERE o.digest = freight_blob.digest AND (o.org_id <> $1 OR o.period <> $2))";
static const char *const parts_delete[] = {
    BLOBS_DELETE,
    "DELETE FROM freight_file WHERE org_id = $1 AND period = $2",
    "DELETE FROM freight_event WHERE org_id = $1 AND period = $2",
    "DELETE FROM freight_line WHERE org_id = $1 AND period = $2",
    "DELETE FROM freight_version WHERE org_id = $1 AND period = $2",
    "DELETE FROM freight_month WHERE org_id = $1 AND period = $2",
};
static const char FIND[] =
    "SELECT " REPORT_COLUMNS ", (SELECT o.name FROM org_version o WHERE o.org_id = r.org_id "
    "ORDER BY o.valid_from DESC, o.version DESC LIMIT 1) FROM freight_report r "
    "WHERE r.first_month <= $2 AND r.first_month + r.months > $1 AND ($3 = '' OR r.org_id = $3) "
    "AND (CAST($4 AS BIGINT) = 0 OR ((CAST($4 AS BIGINT) >> CAST(r.state AS INTEGER)) & 1) = 1) "
    "AND (r.org_id, r.period) > ($5, $6) ORDER BY r.org_id, r.period LIMIT $7";

/* $1, $2 months; $3 org; $4 the instant by whose knowledge. */
#define IN_FORCE_THEN                                                                              \
    "FROM freight_report r WHERE r.first_month <= $2 AND r.first_month + r.months > $1 "           \
    "AND (CAST($3 AS TEXT) = '' OR r.org_id = $3) AND " STORE_FREIGHT_IN_FORCE("$4") " "

/* The months of an enterprise are in one report each. */
static const char REPORTERS[] =
    "SELECT COUNT(*), COUNT(CASE WHEN o.months = CAST($2 AS BIGINT) - CAST($1 AS BIGINT) + 1 "
    "THEN 1 END) FROM (SELECT r.org_id AS org_id, SUM(CASE WHEN r.first_month >= $1 "
    "AND r.first_month + r.months - 1 <= $2 THEN r.months ELSE 0 END) AS months " IN_FORCE_THEN
    "GROUP BY r.org_id) AS o";
static const char PERIODS[] =
    "SELECT DISTINCT r.first_month, r.months " IN_FORCE_THEN "ORDER BY r.first_month, r.months";

static const char EVENT_NEXT[] = "SELECT COALESCE(MAX(number), 0) + 1 FROM freight_event "
                                 "WHERE org_id = $1 AND period = $2";
static const char EVENT_ADD[] =
    "INSERT INTO freight_event (org_id, period, number, at, author, action, from_state, to_state, "
    "version, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
static const char EVENTS[] =
    "SELECT number, at, author, action, from_state, to_state, version, reason FROM freight_event "
    "WHERE org_id = $1 AND period = $2 ORDER BY number";

static void read_report(const struct sql_rows *rows, struct store_freight_report *r)
{
    *r = (struct store_freight_report){
        .first_month = sql_column_int(rows, 2),
        .months = sql_column_int(rows, 3),
        .state = (int)sql_column_int(rows, 4),
        .version = sql_column_int(rows, 5),
        .accepted = sql_column_int(rows, 6),
        .revision = sql_column_int(rows, 7),
        .recorded_at = sql_column_int(rows, 8),
    };
    snprintf(r->key.org_id, sizeof r->key.org_id, "%s", sql_column_text(rows, 0));
    snprintf(r->key.period, sizeof r->key.period, "%s", sql_column_text(rows, 1));
}

/* ---- reports ---- */

enum err store_freight_insert(struct sql *db, struct store_freight_report *r, struct fault *fault)
{
    enum err err = ERR_OK;

    r->revision = 1;
    for (int64_t i = 0; i < r->months && err == ERR_OK; i++)
        err = sql_exec(db, CLAIM,
                       SQL_VALUES(sql_text(r->key.org_id), sql_int(r->first_month + i),
                                  sql_text(r->key.period)),
                       NULL, fault);
    if (err != ERR_OK)
        return err;
    return sql_exec(db, INSERT,
                    SQL_VALUES(sql_text(r->key.org_id), sql_text(r->key.period),
                               sql_int(r->first_month), sql_int(r->months), sql_int(r->state),
                               sql_int(r->version), sql_int(r->accepted), sql_int(r->revision),
                               sql_int(r->recorded_at)),
                    NULL, fault);
}

enum err store_freight_overlap(struct sql *db, const struct store_freight_report *r,
                               char period[static FREIGHT_PERIOD_SIZE], struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, OVERLAP,
                  SQL_VALUES(sql_text(r->key.org_id), sql_int(r->first_month),
                             sql_int(r->first_month + r->months), sql_text(r->key.period)));

    period[0] = '\0';
    if (sql_next(rows))
        snprintf(period, FREIGHT_PERIOD_SIZE, "%s", sql_column_text(rows, 0));
    return sql_done(rows, fault);
}

enum err store_freight_get(struct sql *db, const struct freight_key *key,
                           struct store_freight_report *report, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, GET, SQL_VALUES(sql_text(key->org_id), sql_text(key->period)));
    bool found = sql_next(rows);
    enum err err = ERR_OK;

    if (found)
        read_report(rows, report);
    err = sql_done(rows, fault);
    if (err == ERR_OK && !found)
        return fault_set(fault, ERR_NOT_FOUND, "%.64s has no freight report for %s", key->org_id,
                         key->period);
    return err;
}

enum err store_freight_update(struct sql *db, struct store_freight_report *r, struct fault *fault)
{
    int64_t changed = 0;
    enum err err = sql_exec(db, UPDATE,
                            SQL_VALUES(sql_text(r->key.org_id), sql_text(r->key.period),
                                       sql_int(r->state), sql_int(r->version), sql_int(r->accepted),
                                       sql_int(r->recorded_at), sql_int(r->revision)),
                            &changed, fault);

    if (err == ERR_OK && changed == 0)
        return fault_set(fault, ERR_CONFLICT,
                         "somebody else changed the report meanwhile; read it again");
    r->revision++;
    return err;
}

enum err store_freight_delete(struct sql *db, const struct store_freight_report *r,
                              struct fault *fault)
{
    int64_t deleted = 0;
    enum err err =
        sql_exec(db, DELETE,
                 SQL_VALUES(sql_text(r->key.org_id), sql_text(r->key.period), sql_int(r->revision)),
                 &deleted, fault);

    if (err == ERR_OK && deleted == 0)
        return fault_set(fault, ERR_CONFLICT,
                         "somebody else changed the report meanwhile; read it again");
    for (size_t i = 0; i < sizeof parts_delete / sizeof parts_delete[0] && err == ERR_OK; i++)
        err = sql_exec(db, parts_delete[i],
                       SQL_VALUES(sql_text(r->key.org_id), sql_text(r->key.period)), NULL, fault);
    return err;
}

enum err store_freight_find(struct sql *db, const struct store_freight_search *s,
                            store_freight_row *each, void *arg, struct fault *fault)
{
    static const struct freight_key start = {"", ""};
    const struct freight_key *after = s->after == NULL ? &start : s->after;
    struct sql_rows *rows =
        sql_query(db, FIND,
                  SQL_VALUES(sql_int(s->from_month), sql_int(s->to_month),
                             sql_text(s->org_id == NULL ? "" : s->org_id), sql_int(s->states),
                             sql_text(after->org_id), sql_text(after->period), sql_int(s->limit)));

    while (sql_next(rows)) {
        struct store_freight_report report;
        read_report(rows, &report);
        snprintf(report.name, sizeof report.name, "%s",
                 sql_column_null(rows, 9) ? "" : sql_column_text(rows, 9));
        each(arg, &report);
    }
    return sql_done(rows, fault);
}

static struct sql_rows *query_span(struct sql *db, const char *text,
                                   const struct store_freight_span *span)
{
    return sql_query(db, text,
                     SQL_VALUES(sql_int(span->from_month), sql_int(span->to_month),
                                sql_text(span->org_id == NULL ? "" : span->org_id),
                                sql_int(store_known(span->known_ms))));
}

enum err store_freight_reporters(struct sql *db, const struct store_freight_span *span,
                                 int64_t *some, int64_t *all, struct fault *fault)
{
    struct sql_rows *rows = query_span(db, REPORTERS, span);
    bool found = sql_next(rows);

    *some = found ? sql_column_int(rows, 0) : 0;
    *all = found ? sql_column_int(rows, 1) : 0;
    return sql_done(rows, fault);
}

enum err store_freight_periods(struct sql *db, const struct store_freight_span *span,
                               store_freight_period_row *each, void *arg, struct fault *fault)
{
    struct sql_rows *rows = query_span(db, PERIODS, span);

    while (sql_next(rows))
        each(arg, sql_column_int(rows, 0), sql_column_int(rows, 1));
    return sql_done(rows, fault);
}

/* ---- history ---- */

enum err store_freight_event_add(struct sql *db, const struct freight_key *key,
                                 struct store_freight_event *e, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, EVENT_NEXT, SQL_VALUES(sql_text(key->org_id), sql_text(key->period)));
    enum err err = ERR_OK;

    e->number = sql_next(rows) ? sql_column_int(rows, 0) : 1;
    err = sql_done(rows, fault);
    if (err != ERR_OK)
        return err;
    return sql_exec(db, EVENT_ADD,
                    SQL_VALUES(sql_text(key->org_id), sql_text(key->period), sql_int(e->number),
                               sql_int(e->at), sql_text(e->author), sql_int(e->action),
                               sql_int(e->from_state), sql_int(e->to_state), sql_int(e->version),
                               sql_text(e->reason)),
                    NULL, fault);
}

static void read_event(const struct sql_rows *rows, struct store_freight_event *e)
{
    *e = (struct store_freight_event){
        .number = sql_column_int(rows, 0),
        .at = sql_column_int(rows, 1),
        .action = (int)sql_column_int(rows, 3),
        .from_state = (int)sql_column_int(rows, 4),
        .to_state = (int)sql_column_int(rows, 5),
        .version = sql_column_int(rows, 6),
    };
    snprintf(e->author, sizeof e->author, "%s", sql_column_text(rows, 2));
    snprintf(e->reason, sizeof e->reason, "%s", sql_column_text(rows, 7));
}

enum err store_freight_events(struct sql *db, const struct freight_key *key, struct arena *arena,
                              struct store_freight_event **events, size_t *count,
                              struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, EVENTS, SQL_VALUES(sql_text(key->org_id), sql_text(key->period)));
    size_t cap = 0;

    *count = 0;
    *events = NULL;
    while (sql_next(rows)) {
        *events = freight_room(arena, *events, *count, &cap, sizeof **events);
        read_event(rows, &(*events)[(*count)++]);
    }
    return sql_done(rows, fault);
}
