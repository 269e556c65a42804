#include "registry/store/store_findings.h"

#include <string.h>

#define COLUMNS                                                                                    \
    "f.finding_no, f.kind, f.subject_kind, f.subject, f.about, f.state, f.cause, f.evidence, "     \
    "f.first_ms, f.last_ms, f.reopened, f.decision, f.decided_cause"

static const char OF_SUBJECT[] = "SELECT " COLUMNS " FROM finding f WHERE f.subject_kind = $1 "
                                 "AND f.subject = $2 ORDER BY f.finding_no";
static const char FIND[] = "SELECT " COLUMNS " FROM finding f WHERE f.finding_no = $1";

/* Without a narrowing condition in front the planner walks the numbers. */
#define SEARCH(narrow)                                                                             \
    "SELECT " COLUMNS " FROM finding f WHERE " narrow "f.finding_no > $1 "                         \
    "AND (CAST($2 AS BIGINT) = 0 OR "                                                              \
    "((CAST($2 AS BIGINT) >> CAST(f.state AS INTEGER)) & 1) = 1) "                                 \
    "AND f.last_ms >= $3 AND f.first_ms < $4 AND ($5 = '' OR f.kind = $5) "                        \
    "AND (CAST($6 AS BIGINT) = 0 OR f.subject_kind = $6) AND ($7 = '' OR f.subject = $7) "         \
    "ORDER BY f.finding_no LIMIT $8"
static const char SEARCH_ANY[] = SEARCH("");
static const char SEARCH_SUBJECT[] = SEARCH("f.subject = $7 AND ");

/* Begins at the owner's vehicles and sites (CROSS JOIN: in this order on SQLite, too). Behind / comes
 * 0 in the order of bytes. */
#define SEEN_DAY "((o.last_ms + 28800000) / 86400000)" /* in UTC+8 */
#define OWNED                                                                                      \
    "v.owner_id = CAST($9 AS TEXT) AND v.valid_from <= " SEEN_DAY                                  \
    " AND NOT EXISTS (SELECT 1 FROM vehicle_version w WHERE w.vehicle_id = v.vehicle_id "          \
    "AND w.valid_from <= " SEEN_DAY " AND (w.valid_from > v.valid_from "                           \
    "OR (w.valid_from = v.valid_from AND w.version > v.version)))"
#define NEWEST_SITE                                                                                \
    "NOT EXISTS (SELECT 1 FROM site_version w WHERE w.site_id = s.site_id AND "                    \
    "(w.valid_from > s.valid_from OR (w.valid_from = s.valid_from AND w.version > s.version)))"
static const char SEARCH_OWNER[] = SEARCH(
    "f.finding_no IN (SELECT o.finding_no FROM vehicle_version v CROSS JOIN finding o "
    "WHERE o.subject_kind = 1 AND o.subject = v.vehicle_id AND " OWNED
    " UNION ALL SELECT o.finding_no FROM vehicle_version v CROSS JOIN unit_binding b "
    "CROSS JOIN finding o WHERE b.vehicle_id = v.vehicle_id AND o.subject_kind = 2 "
    "AND o.subject = b.unit_id AND b.valid_from <= " SEEN_DAY " AND b.valid_to > " SEEN_DAY
    " AND " OWNED " UNION ALL SELECT o.finding_no FROM finding o WHERE o.subject_kind = 3 "
    "AND o.subject = CAST($9 AS TEXT) "
    "UNION ALL SELECT o.finding_no FROM site_version s CROSS JOIN finding o "
    "WHERE o.subject_kind = 4 AND o.subject = s.site_id AND s.org_id = CAST($9 AS TEXT) "
    "AND " NEWEST_SITE " UNION ALL SELECT o.finding_no FROM finding o WHERE o.subject_kind = 5 "
    "AND o.subject > CAST($9 AS TEXT) || '/' AND o.subject < CAST($9 AS TEXT) || '0') AND ");

static const char LAST_NUMBER[] = "SELECT COALESCE(MAX(finding_no), 0) FROM finding";
static const char INSERT[] =
    "INSERT INTO finding (finding_no, kind, subject_kind, subject, about, state, cause, evidence, "
    "first_ms, last_ms, reopened, decision, decided_cause) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
static const char UPDATE[] =
    "UPDATE finding SET state = $2, cause = $3, evidence = $4, first_ms = $5, last_ms = $6, "
    "reopened = $7, decision = $8, decided_cause = $9 WHERE finding_no = $1";
static const char NOTE[] =
    "INSERT INTO finding_history (finding_no, step, at_ms, state, author, reason, cause) "
    "SELECT CAST($1 AS BIGINT), COALESCE(MAX(step), 0) + 1, CAST($2 AS BIGINT), "
    "CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT) "
    "FROM finding_history WHERE finding_no = $1";
static const char HISTORY[] = "SELECT step, at_ms, state, author, reason, cause "
                              "FROM finding_history WHERE finding_no = $1 ORDER BY step";
static const char COUNTS[] =
    "SELECT kind, state, COUNT(*) FROM finding GROUP BY kind, state ORDER BY kind, state";
static const char PARAMETERS[] =
    "SELECT p.kind, p.name, p.value, p.source, p.recorded_ms, p.author, p.version "
    "FROM finding_parameter p "
    "WHERE NOT EXISTS (SELECT 1 FROM finding_parameter q WHERE q.kind = p.kind "
    "AND q.name = p.name AND q.version > p.version) ORDER BY p.kind, p.name";
static const char PUT_PARAMETER[] =
    "INSERT INTO finding_parameter (kind, name, version, value, source, recorded_ms, author) "
    "SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), COALESCE(MAX(version), 0) + 1, "
    "CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($6 AS TEXT) "
    "FROM finding_parameter WHERE kind = $1 AND name = $2";

/* Room for one more of `size` behind `count`; the array doubles, what it outgrows stays. */
static void *room_for_one(struct arena *arena, void *items, size_t count, size_t *room, size_t size)
{
    void *wider = NULL;

    if (count < *room)
        return items;
    *room = *room == 0 ? 16 : *room * 2;
    wider = arena_alloc(arena, *room, size);
    if (count > 0)
        memcpy(wider, items, count * size);
    return wider;
}

static struct store_finding read_finding(const struct sql_rows *rows, struct arena *arena)
{
    return (struct store_finding){
        .number = sql_column_int(rows, 0),
        .kind = arena_text(arena, sql_column_text(rows, 1)),
        .subject_kind = (enum finding_subject)sql_column_int(rows, 2),
        .subject = arena_text(arena, sql_column_text(rows, 3)),
        .about = arena_text(arena, sql_column_text(rows, 4)),
        .state = (enum finding_state)sql_column_int(rows, 5),
        .cause = arena_text(arena, sql_column_text(rows, 6)),
        .evidence = arena_text(arena, sql_column_text(rows, 7)),
        .first_ms = sql_column_int(rows, 8),
        .last_ms = sql_column_int(rows, 9),
        .reopened = sql_column_int(rows, 10),
        .decision = (enum finding_state)sql_column_int(rows, 11),
        .decided_cause = arena_text(arena, sql_column_text(rows, 12)),
    };
}

static enum err read_findings(struct sql_rows *rows, struct arena *arena,
                              struct store_findings *findings, struct fault *fault)
{
    size_t room = 0;

    *findings = (struct store_findings){0};
    while (sql_next(rows)) {
        findings->items =
            room_for_one(arena, findings->items, findings->count, &room, sizeof *findings->items);
        findings->items[findings->count++] = read_finding(rows, arena);
    }
    return sql_done(rows, fault);
}

enum err store_findings_of(struct sql *db, struct arena *arena, enum finding_subject subject_kind,
                           const char *subject, struct store_findings *findings,
                           struct fault *fault)
{
    return read_findings(
        sql_query(db, OF_SUBJECT, SQL_VALUES(sql_int(subject_kind), sql_text(subject))), arena,
        findings, fault);
}

enum err store_finding_find(struct sql *db, struct arena *arena, int64_t number,
                            struct store_finding *finding, struct fault *fault)
{
    struct store_findings found;
    enum err err =
        read_findings(sql_query(db, FIND, SQL_VALUES(sql_int(number))), arena, &found, fault);

    if (err == ERR_OK && found.count == 0)
        err = fault_set(fault, ERR_NOT_FOUND, "there is no finding %lld", (long long)number);
    if (err == ERR_OK)
        *finding = found.items[0];
    return err;
}

static struct sql_value text_or_empty(const char *text)
{
    return sql_text(text == NULL ? "" : text);
}

enum err store_finding_search(struct sql *db, struct arena *arena,
                              const struct store_finding_search *s, struct store_findings *findings,
                              struct fault *fault)
{
    struct sql_value values[9] = {
        sql_int(s->after),         sql_int(s->states),     sql_int(s->from_ms),
        sql_int(s->to_ms),         text_or_empty(s->kind), sql_int(s->subject_kind),
        text_or_empty(s->subject), sql_int(s->limit),      sql_null()};
    const char *query = s->subject == NULL ? SEARCH_ANY : SEARCH_SUBJECT;
    size_t count = 8;

    if (s->owner != NULL) {
        query = SEARCH_OWNER;
        values[count++] = sql_text(s->owner);
    }
    return read_findings(sql_query(db, query, values, count), arena, findings, fault);
}

enum err store_finding_insert(struct sql *db, struct store_finding *f, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, LAST_NUMBER, SQL_NO_VALUES);
    enum err err = ERR_OK;

    f->number = sql_next(rows) ? sql_column_int(rows, 0) + 1 : 1;
    err = sql_done(rows, fault);
    if (err != ERR_OK)
        return err;
    return sql_exec(db, INSERT,
                    SQL_VALUES(sql_int(f->number), sql_text(f->kind), sql_int(f->subject_kind),
                               sql_text(f->subject), sql_text(f->about), sql_int(f->state),
                               sql_text(f->cause), sql_text(f->evidence), sql_int(f->first_ms),
                               sql_int(f->last_ms), sql_int(f->reopened), sql_int(f->decision),
                               sql_text(f->decided_cause)),
                    NULL, fault);
}

enum err store_finding_update(struct sql *db, const struct store_finding *f, struct fault *fault)
{
    return sql_exec(db, UPDATE,
                    SQL_VALUES(sql_int(f->number), sql_int(f->state), sql_text(f->cause),
                               sql_text(f->evidence), sql_int(f->first_ms), sql_int(f->last_ms),
                               sql_int(f->reopened), sql_int(f->decision),
                               sql_text(f->decided_cause)),
                    NULL, fault);
}

enum err store_finding_note(struct sql *db, int64_t number, const struct store_finding_step *step,
                            struct fault *fault)
{
    return sql_exec(db, NOTE,
                    SQL_VALUES(sql_int(number), sql_int(step->at_ms), sql_int(step->state),
                               sql_text(step->author), sql_text(step->reason),
                               sql_text(step->cause)),
                    NULL, fault);
}

enum err store_finding_history(struct sql *db, struct arena *arena, int64_t number,
                               struct store_finding_step **steps, size_t *count,
                               struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, HISTORY, SQL_VALUES(sql_int(number)));
    size_t room = 0;

    *steps = NULL;
    *count = 0;
    while (sql_next(rows)) {
        *steps = room_for_one(arena, *steps, *count, &room, sizeof **steps);
        (*steps)[(*count)++] = (struct store_finding_step){
            .step = sql_column_int(rows, 0),
            .at_ms = sql_column_int(rows, 1),
            .state = (enum finding_state)sql_column_int(rows, 2),
            .author = arena_text(arena, sql_column_text(rows, 3)),
            .reason = arena_text(arena, sql_column_text(rows, 4)),
            .cause = arena_text(arena, sql_column_text(rows, 5)),
        };
    }
    return sql_done(rows, fault);
}

enum err store_finding_counts(struct sql *db, struct arena *arena,
                              struct store_finding_count **counts, size_t *count,
                              struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, COUNTS, SQL_NO_VALUES);
    size_t room = 0;

    *counts = NULL;
    *count = 0;
    while (sql_next(rows)) {
        *counts = room_for_one(arena, *counts, *count, &room, sizeof **counts);
        (*counts)[(*count)++] = (struct store_finding_count){
            .kind = arena_text(arena, sql_column_text(rows, 0)),
            .state = (enum finding_state)sql_column_int(rows, 1),
            .findings = sql_column_int(rows, 2),
        };
    }
    return sql_done(rows, fault);
}

/* ---- thresholds ---- */

enum err store_finding_parameters(struct sql *db, struct arena *arena,
                                  struct store_finding_parameter **parameters, size_t *count,
                                  struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, PARAMETERS, SQL_NO_VALUES);
    size_t room = 0;

    *parameters = NULL;
    *count = 0;
    while (sql_next(rows)) {
        *parameters = room_for_one(arena, *parameters, *count, &room, sizeof **parameters);
        (*parameters)[(*count)++] = (struct store_finding_parameter){
            .kind = arena_text(arena, sql_column_text(rows, 0)),
            .name = arena_text(arena, sql_column_text(rows, 1)),
            .value = sql_column_int(rows, 2),
            .source = arena_text(arena, sql_column_text(rows, 3)),
            .recorded_ms = sql_column_int(rows, 4),
            .author = arena_text(arena, sql_column_text(rows, 5)),
            .version = sql_column_int(rows, 6),
        };
    }
    return sql_done(rows, fault);
}

enum err store_finding_parameter_put(struct sql *db,
                                     const struct store_finding_parameter *parameter,
                                     struct fault *fault)
{
    return sql_exec(db, PUT_PARAMETER,
                    SQL_VALUES(sql_text(parameter->kind), sql_text(parameter->name),
                               sql_int(parameter->value), sql_text(parameter->source),
                               sql_int(parameter->recorded_ms), sql_text(parameter->author)),
                    NULL, fault);
}
