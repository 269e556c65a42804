#include "registry/store/store_events.h"

#define COLUMNS "at_ms, journal_no, position, ordinal, received_ms, kind, number, text"

static const char INSERT[] =
    "INSERT INTO unit_event (unit_id, at_ms, journal_no, position, ordinal, received_ms, kind, "
    "number, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
static const char ADD_VIN[] =
    "INSERT INTO unit_vin (unit_id, vin, first_ms, last_ms, payloads) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (unit_id, vin) DO UPDATE SET "
    "first_ms = CASE WHEN excluded.first_ms < unit_vin.first_ms THEN excluded.first_ms "
    "ELSE unit_vin.first_ms END, "
    "last_ms = CASE WHEN excluded.last_ms > unit_vin.last_ms THEN excluded.last_ms "
    "ELSE unit_vin.last_ms END, "
    "payloads = unit_vin.payloads + excluded.payloads";
/* The row limit is none: SQLite knows no OFFSET without one. */
static const char TRIM_VINS[] =
    "DELETE FROM unit_vin WHERE unit_id = $1 AND vin IN (SELECT vin FROM unit_vin "
    "WHERE unit_id = $1 ORDER BY last_ms DESC, vin LIMIT 1000000000 OFFSET $2)";
static const char LIST[] =
    "SELECT " COLUMNS " FROM unit_event WHERE unit_id = $1 AND "
    "(at_ms, journal_no, position, ordinal) > ($2, $3, $4, $5) AND at_ms < $6 "
    "ORDER BY at_ms, journal_no, position, ordinal LIMIT $7";
static const char DUTY[] =
    "SELECT " COLUMNS " FROM unit_event WHERE unit_id = $1 AND kind IN (2, 3) "
    "AND at_ms >= COALESCE((SELECT MAX(at_ms) FROM unit_event WHERE unit_id = $1 "
    "AND kind IN (2, 3) AND at_ms < $2), $2) "
    "AND at_ms <= COALESCE((SELECT MIN(at_ms) FROM unit_event WHERE unit_id = $1 "
    "AND kind IN (2, 3) AND at_ms >= $3), $3) "
    "ORDER BY at_ms, journal_no, position, ordinal LIMIT $4";
static const char TAMPERS[] =
    "SELECT " COLUMNS " FROM unit_event WHERE unit_id = $1 AND kind = 7 AND at_ms >= $2 "
    "AND at_ms < $3 ORDER BY at_ms, journal_no, position, ordinal LIMIT $4";
static const char VIN_UNITS[] =
    "SELECT unit_id FROM unit_vin WHERE vin = $1 ORDER BY unit_id LIMIT $2";
static const char VINS[] = "SELECT vin, first_ms, last_ms, payloads FROM unit_vin "
                           "WHERE unit_id = $1 ORDER BY last_ms DESC, vin LIMIT $2";

enum err store_event_insert(struct sql *db, const struct store_event *event, struct fault *fault)
{
    return sql_send(db, INSERT,
                    SQL_VALUES(sql_text(event->unit), sql_int(event->at_ms),
                               sql_int(event->journal_no), sql_int(event->position),
                               sql_int(event->ordinal), sql_int(event->received_ms),
                               sql_int(event->kind), sql_int(event->number), sql_text(event->text)),
                    fault);
}

enum err store_vin_add(struct sql *db, const struct store_vin *vin, struct fault *fault)
{
    enum err err =
        sql_send(db, ADD_VIN,
                 SQL_VALUES(sql_text(vin->unit), sql_text(vin->vin), sql_int(vin->first_ms),
                            sql_int(vin->last_ms), sql_int(vin->payloads)),
                 fault);

    if (err != ERR_OK)
        return err;
    return sql_send(db, TRIM_VINS, SQL_VALUES(sql_text(vin->unit), sql_int(STORE_VINS_MAX)), fault);
}

static void read_event(const struct sql_rows *rows, struct arena *arena, struct store_event *event)
{
    *event = (struct store_event){
        .at_ms = sql_column_int(rows, 0),
        .journal_no = sql_column_int(rows, 1),
        .position = sql_column_int(rows, 2),
        .ordinal = sql_column_int(rows, 3),
        .received_ms = sql_column_int(rows, 4),
        .kind = sql_column_int(rows, 5),
        .number = sql_column_int(rows, 6),
        .text = arena_text(arena, sql_column_text(rows, 7)),
    };
}

/* The array doubles; what it outgrows stays in the arena. */
static struct store_event *room_for_one(struct arena *arena, struct store_event *events,
                                        size_t count, size_t *room)
{
    struct store_event *wider = NULL;

    if (count < *room)
        return events;
    *room = *room == 0 ? 64 : *room * 2;
    wider = ARENA_ARRAY(arena, struct store_event, *room);
    for (size_t i = 0; i < count; i++)
        wider[i] = events[i];
    return wider;
}

static enum err read_events(struct sql_rows *rows, struct arena *arena, const char *unit,
                            struct store_event **events, size_t *count, struct fault *fault)
{
    size_t room = 0;

    *events = NULL;
    *count = 0;
    while (sql_next(rows)) {
        *events = room_for_one(arena, *events, *count, &room);
        read_event(rows, arena, &(*events)[*count]);
        (*events)[(*count)++].unit = unit;
    }
    return sql_done(rows, fault);
}

enum err store_events_list(struct sql *db, struct arena *arena, const char *unit,
                           struct store_event_place after, int64_t to_ms, size_t limit,
                           struct store_event **events, size_t *count, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, LIST,
                  SQL_VALUES(sql_text(unit), sql_int(after.at_ms), sql_int(after.journal_no),
                             sql_int(after.position), sql_int(after.ordinal), sql_int(to_ms),
                             sql_int((int64_t)limit)));

    return read_events(rows, arena, unit, events, count, fault);
}

enum err store_events_duty(struct sql *db, struct arena *arena, const char *unit, int64_t from_ms,
                           int64_t to_ms, size_t limit, struct store_event **events, size_t *count,
                           struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, DUTY,
        SQL_VALUES(sql_text(unit), sql_int(from_ms), sql_int(to_ms), sql_int((int64_t)limit)));

    return read_events(rows, arena, unit, events, count, fault);
}

enum err store_events_tampers(struct sql *db, struct arena *arena, const char *unit,
                              int64_t from_ms, int64_t to_ms, size_t limit,
                              struct store_event **events, size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, TAMPERS,
        SQL_VALUES(sql_text(unit), sql_int(from_ms), sql_int(to_ms), sql_int((int64_t)limit)));

    return read_events(rows, arena, unit, events, count, fault);
}

enum err store_vin_units(struct sql *db, struct arena *arena, const char *vin, size_t limit,
                         const char ***units, size_t *count, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, VIN_UNITS, SQL_VALUES(sql_text(vin), sql_int((int64_t)limit)));

    *units = ARENA_ARRAY(arena, const char *, limit);
    *count = 0;
    while (*count < limit && sql_next(rows))
        (*units)[(*count)++] = arena_text(arena, sql_column_text(rows, 0));
    return sql_done(rows, fault);
}

enum err store_vins_list(struct sql *db, struct arena *arena, const char *unit, size_t limit,
                         struct store_vin **vins, size_t *count, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, VINS, SQL_VALUES(sql_text(unit), sql_int((int64_t)limit)));

    *vins = ARENA_ARRAY(arena, struct store_vin, limit);
    *count = 0;
    while (*count < limit && sql_next(rows))
        (*vins)[(*count)++] = (struct store_vin){
            .unit = unit,
            .vin = arena_text(arena, sql_column_text(rows, 0)),
            .first_ms = sql_column_int(rows, 1),
            .last_ms = sql_column_int(rows, 2),
            .payloads = sql_column_int(rows, 3),
        };
    return sql_done(rows, fault);
}
