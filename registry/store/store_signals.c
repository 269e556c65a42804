#include "registry/store/store_signals.h"

#include <stdio.h>
#include <string.h>

#define SIGNALS                                                                                    \
    "clock_behind_ms, battery_rows, mode_rows, running_rows, fuel_rows, nox_rows, nox_sum, "       \
    "urea_rows, urea_max, mil_rows, mil_on, frozen_m, odo_back_m, odo_backs, jump_m, jump_kmh"

static const char PUT_HOUR[] =
    "INSERT INTO unit_hour_signal (unit_id, hour, " SIGNALS ", lat_min, lat_max, lon_min, lon_max) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, "
    "$20, $21, $22) ON CONFLICT (unit_id, hour) DO UPDATE SET "
    "clock_behind_ms = excluded.clock_behind_ms, battery_rows = excluded.battery_rows, "
    "mode_rows = excluded.mode_rows, running_rows = excluded.running_rows, "
    "fuel_rows = excluded.fuel_rows, nox_rows = excluded.nox_rows, nox_sum = excluded.nox_sum, "
    "urea_rows = excluded.urea_rows, urea_max = excluded.urea_max, mil_rows = excluded.mil_rows, "
    "mil_on = excluded.mil_on, frozen_m = excluded.frozen_m, odo_back_m = excluded.odo_back_m, "
    "odo_backs = excluded.odo_backs, jump_m = excluded.jump_m, jump_kmh = excluded.jump_kmh, "
    "lat_min = excluded.lat_min, lat_max = excluded.lat_max, lon_min = excluded.lon_min, "
    "lon_max = excluded.lon_max";

#define DAY_COLUMNS                                                                                \
    "rows_unique, distance_m, electric_m, engine_ms, operating_ms, fuel_ul, rpm_max, "             \
    "clock_ahead_ms, first_ms, last_ms, " SIGNALS

/* An aggregate of BIGINT is not a BIGINT everywhere. */
#define SUM(column)   "CAST(COALESCE(SUM(" column "), 0) AS BIGINT), "
#define MAX(column)   "COALESCE(MAX(" column "), 0), "
#define FIRST(column) "MIN(" column "), "

/* A civil day begins eight hours before UTC's. */
#define HOURS_OF_DAY                                                                               \
    "FROM unit_hour h LEFT JOIN unit_hour_signal s ON s.unit_id = h.unit_id AND s.hour = h.hour "  \
    "WHERE h.unit_id = $1 AND h.hour >= CAST($2 AS BIGINT) * 24 - 8 "                              \
    "AND h.hour < CAST($2 AS BIGINT) * 24 + 16 AND h.rows_unique > 0"
static const char DROP_DAY[] = "DELETE FROM unit_day WHERE unit_id = $1 AND day = $2";
static const char MAKE_DAY[] =
    "INSERT INTO unit_day (unit_id, day, " DAY_COLUMNS ") "
    "SELECT h.unit_id, CAST($2 AS BIGINT), " SUM("h.rows_unique") SUM("h.distance_m")
        SUM("h.electric_m") SUM("h.engine_ms") SUM("h.operating_ms") SUM("h.fuel_ul")
            MAX("h.rpm_max") MAX("h.clock_ahead_ms") FIRST("h.first_ms") MAX("h.last_ms")
                MAX("s.clock_behind_ms") SUM("s.battery_rows") SUM("s.mode_rows")
                    SUM("s.running_rows") SUM("s.fuel_rows") SUM("s.nox_rows") SUM("s.nox_sum")
                        SUM("s.urea_rows") MAX("s.urea_max") SUM("s.mil_rows") SUM("s.mil_on")
                            SUM("s.frozen_m") MAX("s.odo_back_m") SUM("s.odo_backs")
                                MAX("s.jump_m") "COALESCE(MAX(s.jump_kmh), 0) " HOURS_OF_DAY
                                                " GROUP BY h.unit_id";

#define DAYS "SELECT d.unit_id, d.day, " DAY_COLUMNS " "
static const char OF_UNIT[] = DAYS "FROM unit_day d WHERE d.unit_id = $1 "
                                   "AND d.day >= $2 AND d.day <= $3 ORDER BY d.day";
static const char OF_VEHICLE[] =
    DAYS "FROM unit_binding b JOIN unit_day d ON d.unit_id = b.unit_id "
         "AND d.day >= b.valid_from AND d.day < b.valid_to WHERE b.vehicle_id = $1 "
         "AND d.day >= $2 AND d.day <= $3 ORDER BY d.day, d.unit_id";
static const char LAST_DAY[] =
    "SELECT MAX(d.day) FROM unit_binding b JOIN unit_day d ON d.unit_id = b.unit_id "
    "AND d.day >= b.valid_from AND d.day < b.valid_to WHERE b.vehicle_id = $1 AND d.day <= $2";
static const char LAST_DAY_OF_UNIT[] =
    "SELECT MAX(day) FROM unit_day WHERE unit_id = $1 AND day <= $2";
/* Each unit's hours by themselves, then side by side: two units may lie on two nodes. */
#define HOURS_OF(unit)                                                                             \
    "(SELECT s.hour AS hour, h.first_ms AS first_ms, h.last_ms AS last_ms, "                       \
    "s.lat_min AS lat_min, s.lat_max AS lat_max, s.lon_min AS lon_min, s.lon_max AS lon_max "      \
    "FROM unit_hour_signal s JOIN unit_hour h ON h.unit_id = s.unit_id AND h.hour = s.hour "       \
    "WHERE s.unit_id = " unit " AND s.hour >= $3 AND s.hour < $4)"
static const char MEETINGS[] =
    "SELECT a.hour, a.first_ms, b.first_ms, a.last_ms, b.last_ms, a.lat_min, b.lat_min, "
    "a.lat_max, b.lat_max, a.lon_min, b.lon_min, a.lon_max, b.lon_max "
    "FROM " HOURS_OF("$1") " AS a JOIN " HOURS_OF(
        "$2") " AS b ON b.hour = a.hour "
              "WHERE (a.lat_min > b.lat_max OR b.lat_min > a.lat_max OR a.lon_min > b.lon_max "
              "OR b.lon_min > a.lon_max) ORDER BY a.hour LIMIT $5";

/* More than anybody looks at. */
#define MEETINGS_MAX 1000

static struct sql_value side(const struct store_extent *box, int64_t value)
{
    return box->known ? sql_int(value) : sql_null();
}

enum err store_hour_signals_put(struct sql *db, const char *unit,
                                const struct store_hour_signals *hour, struct fault *fault)
{
    const struct store_signals *s = &hour->sums;
    const struct store_extent *box = &hour->box;

    return sql_send(db, PUT_HOUR,
                    SQL_VALUES(sql_text(unit), sql_int(hour->hour), sql_int(s->clock_behind_ms),
                               sql_int(s->battery_rows), sql_int(s->mode_rows),
                               sql_int(s->running_rows), sql_int(s->fuel_rows),
                               sql_int(s->nox_rows), sql_int(s->nox_sum), sql_int(s->urea_rows),
                               sql_int(s->urea_max), sql_int(s->mil_rows), sql_int(s->mil_on),
                               sql_int(s->frozen_m), sql_int(s->odo_back_m), sql_int(s->odo_backs),
                               sql_int(s->jump_m), sql_int(s->jump_kmh), side(box, box->lat_min),
                               side(box, box->lat_max), side(box, box->lon_min),
                               side(box, box->lon_max)),
                    fault);
}

enum err store_day_refresh(struct sql *db, const char *unit, int32_t day, struct fault *fault)
{
    enum err err = sql_exec(db, DROP_DAY, SQL_VALUES(sql_text(unit), sql_int(day)), NULL, fault);

    if (err != ERR_OK)
        return err;
    return sql_exec(db, MAKE_DAY, SQL_VALUES(sql_text(unit), sql_int(day)), NULL, fault);
}

static struct store_signals read_signals(const struct sql_rows *rows, int at)
{
    return (struct store_signals){
        .clock_behind_ms = sql_column_int(rows, at),
        .battery_rows = sql_column_int(rows, at + 1),
        .mode_rows = sql_column_int(rows, at + 2),
        .running_rows = sql_column_int(rows, at + 3),
        .fuel_rows = sql_column_int(rows, at + 4),
        .nox_rows = sql_column_int(rows, at + 5),
        .nox_sum = sql_column_int(rows, at + 6),
        .urea_rows = sql_column_int(rows, at + 7),
        .urea_max = sql_column_int(rows, at + 8),
        .mil_rows = sql_column_int(rows, at + 9),
        .mil_on = sql_column_int(rows, at + 10),
        .frozen_m = sql_column_int(rows, at + 11),
        .odo_back_m = sql_column_int(rows, at + 12),
        .odo_backs = sql_column_int(rows, at + 13),
        .jump_m = sql_column_int(rows, at + 14),
        .jump_kmh = sql_column_int(rows, at + 15),
    };
}

static void read_day(const struct sql_rows *rows, struct store_day *day)
{
    *day = (struct store_day){
        .day = (int32_t)sql_column_int(rows, 1),
        .rows_unique = sql_column_int(rows, 2),
        .distance_m = sql_column_int(rows, 3),
        .electric_m = sql_column_int(rows, 4),
        .engine_ms = sql_column_int(rows, 5),
        .operating_ms = sql_column_int(rows, 6),
        .fuel_ul = sql_column_int(rows, 7),
        .rpm_max = sql_column_int(rows, 8),
        .clock_ahead_ms = sql_column_int(rows, 9),
        .first_ms = sql_column_int(rows, 10),
        .last_ms = sql_column_int(rows, 11),
        .sums = read_signals(rows, 12),
    };
    snprintf(day->unit, sizeof day->unit, "%s", sql_column_text(rows, 0));
}

static enum err read_days(struct sql_rows *rows, struct arena *arena, struct store_days *days,
                          struct fault *fault)
{
    size_t room = 0;

    *days = (struct store_days){0};
    while (sql_next(rows)) {
        if (days->count == room) {
            struct store_day *old = days->items;
            room = room == 0 ? 64 : room * 2;
            days->items = ARENA_ARRAY(arena, struct store_day, room);
            if (old != NULL)
                memcpy(days->items, old, days->count * sizeof *old);
        }
        read_day(rows, &days->items[days->count++]);
    }
    return sql_done(rows, fault);
}

enum err store_days_of_unit(struct sql *db, struct arena *arena, const char *unit, int32_t from,
                            int32_t to, struct store_days *days, struct fault *fault)
{
    return read_days(sql_query(db, OF_UNIT, SQL_VALUES(sql_text(unit), sql_int(from), sql_int(to))),
                     arena, days, fault);
}

enum err store_days_of_vehicle(struct sql *db, struct arena *arena, const char *vehicle,
                               int32_t from, int32_t to, struct store_days *days,
                               struct fault *fault)
{
    return read_days(
        sql_query(db, OF_VEHICLE, SQL_VALUES(sql_text(vehicle), sql_int(from), sql_int(to))), arena,
        days, fault);
}

static enum err read_last(struct sql_rows *rows, int32_t to, bool *found, int32_t *day,
                          struct fault *fault)
{
    *found = sql_next(rows) && !sql_column_null(rows, 0);
    *day = *found ? (int32_t)sql_column_int(rows, 0) : to;
    return sql_done(rows, fault);
}

enum err store_day_last(struct sql *db, const char *vehicle, int32_t to, bool *found, int32_t *day,
                        struct fault *fault)
{
    return read_last(sql_query(db, LAST_DAY, SQL_VALUES(sql_text(vehicle), sql_int(to))), to, found,
                     day, fault);
}

enum err store_day_last_of_unit(struct sql *db, const char *unit, int32_t to, bool *found,
                                int32_t *day, struct fault *fault)
{
    return read_last(sql_query(db, LAST_DAY_OF_UNIT, SQL_VALUES(sql_text(unit), sql_int(to))), to,
                     found, day, fault);
}

static void read_meeting(const struct sql_rows *rows, struct store_meeting *meeting)
{
    meeting->hour = sql_column_int(rows, 0);
    for (int i = 0; i < 2; i++) {
        meeting->first_ms[i] = sql_column_int(rows, 1 + i);
        meeting->last_ms[i] = sql_column_int(rows, 3 + i);
        meeting->box[i] = (struct store_extent){
            .known = true,
            .lat_min = sql_column_int(rows, 5 + i),
            .lat_max = sql_column_int(rows, 7 + i),
            .lon_min = sql_column_int(rows, 9 + i),
            .lon_max = sql_column_int(rows, 11 + i),
        };
    }
}

enum err store_meetings(struct sql *db, struct arena *arena, const char *const units[2],
                        int64_t from, int64_t to, struct store_meeting **meetings, size_t *count,
                        struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, MEETINGS,
                  SQL_VALUES(sql_text(units[0]), sql_text(units[1]), sql_int(from), sql_int(to),
                             sql_int(MEETINGS_MAX)));

    *meetings = ARENA_ARRAY(arena, struct store_meeting, MEETINGS_MAX);
    *count = 0;
    while (*count < MEETINGS_MAX && sql_next(rows))
        read_meeting(rows, &(*meetings)[(*count)++]);
    return sql_done(rows, fault);
}
