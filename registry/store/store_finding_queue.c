#include "registry/store/store_finding_queue.h"

#include <string.h>

/* What is there is written over, if with itself: so whoever takes it out waits for this transaction,
 * and then sees what it stored. The earlier time counts: the later one may be from before a clock was
 * set back. */
static const char PUT[] =
    "INSERT INTO finding_queue (subject_kind, subject, day, due_ms) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (subject_kind, subject, day) DO UPDATE SET due_ms = "
    "CASE WHEN excluded.due_ms < finding_queue.due_ms THEN excluded.due_ms "
    "ELSE finding_queue.due_ms END";
/* Read along the index. A subject stands in it once for each of its days. */
static const char LIST[] = "SELECT subject_kind, subject FROM finding_queue WHERE due_ms <= $1 "
                           "ORDER BY due_ms, subject_kind, subject LIMIT $2";
static const char TAKE[] =
    "DELETE FROM finding_queue WHERE subject_kind = $1 AND subject = $2 AND due_ms <= $3 "
    "AND day IN (SELECT day FROM finding_queue WHERE subject_kind = $1 AND subject = $2 "
    "AND due_ms <= $3 ORDER BY day LIMIT $4) RETURNING day";
static const char IS_DUE[] = "SELECT 1 FROM finding_queue WHERE subject_kind = $1 AND subject = $2 "
                             "AND due_ms <= $3 LIMIT 1";
static const char BACKLOG[] = "SELECT COUNT(*), COALESCE(MIN(due_ms), 0) FROM finding_queue "
                              "WHERE due_ms <= $1";
static const char SWEEP[] = "SELECT day, phase, reached FROM finding_sweep WHERE sweep_no = 1";
static const char PUT_SWEEP[] =
    "UPDATE finding_sweep SET day = $1, phase = $2, reached = $3 WHERE sweep_no = 1";
static const char NEXT_UNITS[] =
    "SELECT DISTINCT unit_id FROM unit_binding WHERE unit_id > $1 AND valid_from <= $2 "
    "AND valid_to > $2 ORDER BY unit_id LIMIT $3";
static const char NEXT_VEHICLES[] = "SELECT DISTINCT vehicle_id FROM vehicle_version "
                                    "WHERE vehicle_id > $1 ORDER BY vehicle_id LIMIT $2";

static const char NEXT_REPORTS[] =
    "SELECT org_id || '/' || period AS name FROM freight_report WHERE accepted > 0 "
    "AND org_id || '/' || period > $1 ORDER BY name LIMIT $2";

enum err store_finding_queue_put(struct sql *db, enum finding_subject subject_kind,
                                 const char *subject, int32_t day, int64_t due_ms,
                                 struct fault *fault)
{
    return sql_send(
        db, PUT,
        SQL_VALUES(sql_int(subject_kind), sql_text(subject), sql_int(day), sql_int(due_ms)), fault);
}

static bool is_same(const struct store_finding_due *a, const struct store_finding_due *b)
{
    return a->subject_kind == b->subject_kind && strcmp(a->subject, b->subject) == 0;
}

enum err store_finding_queue_list(struct sql *db, struct arena *arena, int64_t now_ms, size_t limit,
                                  struct store_finding_due **due, size_t *count,
                                  struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, LIST, SQL_VALUES(sql_int(now_ms), sql_int((int64_t)limit)));

    *due = ARENA_ARRAY(arena, struct store_finding_due, limit);
    *count = 0;
    while (*count < limit && sql_next(rows)) {
        struct store_finding_due next = {(enum finding_subject)sql_column_int(rows, 0),
                                         sql_column_text(rows, 1)};

        if (*count > 0 && is_same(&(*due)[*count - 1], &next))
            continue;
        next.subject = arena_text(arena, next.subject);
        (*due)[(*count)++] = next;
    }
    return sql_done(rows, fault);
}

enum err store_finding_queue_take(struct sql *db, struct arena *arena,
                                  const struct store_finding_due *due, int64_t now_ms, size_t limit,
                                  int32_t **days, size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, TAKE,
                                      SQL_VALUES(sql_int(due->subject_kind), sql_text(due->subject),
                                                 sql_int(now_ms), sql_int((int64_t)limit)));

    *days = ARENA_ARRAY(arena, int32_t, limit);
    *count = 0;
    while (*count < limit && sql_next(rows))
        (*days)[(*count)++] = (int32_t)sql_column_int(rows, 0);
    return sql_done(rows, fault);
}

enum err store_finding_queue_has(struct sql *db, const struct store_finding_due *due,
                                 int64_t now_ms, bool *has, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, IS_DUE,
                  SQL_VALUES(sql_int(due->subject_kind), sql_text(due->subject), sql_int(now_ms)));

    *has = sql_next(rows);
    return sql_done(rows, fault);
}

enum err store_finding_queue_backlog(struct sql *db, int64_t now_ms, int64_t *waiting,
                                     int64_t *since_ms, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, BACKLOG, SQL_VALUES(sql_int(now_ms)));

    *waiting = *since_ms = 0;
    if (sql_next(rows)) {
        *waiting = sql_column_int(rows, 0);
        *since_ms = sql_column_int(rows, 1);
    }
    return sql_done(rows, fault);
}

/* ---- the walk over everybody ---- */

enum err store_finding_sweep_read(struct sql *db, struct arena *arena,
                                  struct store_finding_sweep *sweep, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, SWEEP, SQL_NO_VALUES);

    *sweep = (struct store_finding_sweep){.reached = ""};
    if (sql_next(rows))
        *sweep = (struct store_finding_sweep){
            .day = (int32_t)sql_column_int(rows, 0),
            .phase = sql_column_int(rows, 1),
            .reached = arena_text(arena, sql_column_text(rows, 2)),
        };
    return sql_done(rows, fault);
}

enum err store_finding_sweep_put(struct sql *db, const struct store_finding_sweep *sweep,
                                 struct fault *fault)
{
    return sql_exec(
        db, PUT_SWEEP,
        SQL_VALUES(sql_int(sweep->day), sql_int(sweep->phase), sql_text(sweep->reached)), NULL,
        fault);
}

static enum err read_names(struct sql_rows *rows, struct arena *arena, size_t limit,
                           const char **names, size_t *count, struct fault *fault)
{
    *count = 0;
    while (*count < limit && sql_next(rows))
        names[(*count)++] = arena_text(arena, sql_column_text(rows, 0));
    return sql_done(rows, fault);
}

static enum err put_names(struct sql *db, enum finding_subject kind, const char *const *names,
                          size_t count, int64_t now_ms, struct store_finding_sweep *sweep,
                          struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        err = store_finding_queue_put(db, kind, names[i], 0, now_ms, fault);
        sweep->reached = names[i];
    }
    return err;
}

/* The names that a query of `reached` and a limit gave. */
static enum err put_rows(struct sql *db, struct arena *arena, struct sql_rows *rows,
                         enum finding_subject kind, int64_t now_ms, size_t limit,
                         struct store_finding_sweep *sweep, size_t *count, struct fault *fault)
{
    const char **names = ARENA_ARRAY(arena, const char *, limit);
    enum err err = read_names(rows, arena, limit, names, count, fault);

    return err == ERR_OK ? put_names(db, kind, names, *count, now_ms, sweep, fault) : err;
}

enum err store_finding_sweep_units(struct sql *db, struct arena *arena,
                                   struct store_finding_sweep *sweep, int64_t now_ms, size_t limit,
                                   size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, NEXT_UNITS,
        SQL_VALUES(sql_text(sweep->reached), sql_int(sweep->day), sql_int((int64_t)limit)));

    return put_rows(db, arena, rows, FINDING_OF_UNIT, now_ms, limit, sweep, count, fault);
}

enum err store_finding_sweep_vehicles(struct sql *db, struct arena *arena,
                                      struct store_finding_sweep *sweep, int64_t now_ms,
                                      size_t limit, size_t *count, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, NEXT_VEHICLES, SQL_VALUES(sql_text(sweep->reached), sql_int((int64_t)limit)));

    return put_rows(db, arena, rows, FINDING_OF_VEHICLE, now_ms, limit, sweep, count, fault);
}

enum err store_finding_sweep_reports(struct sql *db, struct arena *arena,
                                     struct store_finding_sweep *sweep, int64_t now_ms,
                                     size_t limit, size_t *count, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, NEXT_REPORTS, SQL_VALUES(sql_text(sweep->reached), sql_int((int64_t)limit)));

    return put_rows(db, arena, rows, FINDING_OF_REPORT, now_ms, limit, sweep, count, fault);
}
