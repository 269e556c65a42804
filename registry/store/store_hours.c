#include "registry/store/store_hours.h"

#define COLUMNS                                                                                    \
    "hour, rows_received, rows_unique, distance_m, electric_m, engine_ms, operating_ms, "          \
    "covered_ms, discharged_mwh, charged_mwh, fuel_ul, gaps, gap_ms, anomalies, rpm_max, "         \
    "clock_ahead_ms, first_ms, last_ms"

/* An aggregate of BIGINT is not a BIGINT everywhere. */
#define SUM(column) "CAST(SUM(h." column ") AS BIGINT), "

static const char FIND[] =
    "SELECT " COLUMNS ", last_sample FROM unit_hour WHERE unit_id = $1 AND hour = $2";
static const char BEFORE[] = "SELECT " COLUMNS ", last_sample FROM unit_hour "
                             "WHERE unit_id = $1 AND hour < $2 ORDER BY hour DESC LIMIT 1";
static const char PUT[] =
    "INSERT INTO unit_hour (unit_id, " COLUMNS ", last_sample) VALUES "
    "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) "
    "ON CONFLICT (unit_id, hour) DO UPDATE SET rows_received = excluded.rows_received, "
    "rows_unique = excluded.rows_unique, distance_m = excluded.distance_m, "
    "electric_m = excluded.electric_m, engine_ms = excluded.engine_ms, "
    "operating_ms = excluded.operating_ms, covered_ms = excluded.covered_ms, "
    "discharged_mwh = excluded.discharged_mwh, charged_mwh = excluded.charged_mwh, "
    "fuel_ul = excluded.fuel_ul, gaps = excluded.gaps, gap_ms = excluded.gap_ms, "
    "anomalies = excluded.anomalies, rpm_max = excluded.rpm_max, "
    "clock_ahead_ms = excluded.clock_ahead_ms, first_ms = excluded.first_ms, "
    "last_ms = excluded.last_ms, last_sample = excluded.last_sample";
static const char ADD_TOTAL[] =
    "INSERT INTO unit_total (unit_id, hours, rows_received, rows_unique, last_ms) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (unit_id) DO UPDATE SET "
    "hours = unit_total.hours + excluded.hours, "
    "rows_received = unit_total.rows_received + excluded.rows_received, "
    "rows_unique = unit_total.rows_unique + excluded.rows_unique, "
    "last_ms = CASE WHEN excluded.last_ms > unit_total.last_ms THEN excluded.last_ms "
    "ELSE unit_total.last_ms END";
static const char TOTALS[] = "SELECT COUNT(*), CAST(COALESCE(SUM(hours), 0) AS BIGINT), "
                             "CAST(COALESCE(SUM(rows_received), 0) AS BIGINT), "
                             "CAST(COALESCE(SUM(rows_unique), 0) AS BIGINT) FROM unit_total";
/* A day of the binding begins at 16:00 UTC of the day before. */
static const char OF_VEHICLE[] = "SELECT h.hour, " SUM("rows_received") SUM("rows_unique")
    SUM("distance_m") SUM("electric_m") SUM("engine_ms") SUM("operating_ms") SUM("covered_ms")
        SUM("discharged_mwh") SUM("charged_mwh") SUM("fuel_ul") SUM("gaps") SUM("gap_ms")
            SUM("anomalies") "MAX(h.rpm_max), MAX(h.clock_ahead_ms), MIN(h.first_ms), "
                             "MAX(h.last_ms) "
                             "FROM unit_binding b JOIN unit_hour h ON h.unit_id = b.unit_id "
                             "AND h.hour >= b.valid_from * 24 - 8 "
                             "AND h.hour < b.valid_to * 24 - 8 "
                             "WHERE b.vehicle_id = $1 AND h.hour >= $2 AND h.hour < $3 "
                             "GROUP BY h.hour ORDER BY h.hour";

static struct store_hour read_hour(const struct sql_rows *rows)
{
    return (struct store_hour){
        .hour = sql_column_int(rows, 0),
        .rows_received = sql_column_int(rows, 1),
        .rows_unique = sql_column_int(rows, 2),
        .distance_m = sql_column_int(rows, 3),
        .electric_m = sql_column_int(rows, 4),
        .engine_ms = sql_column_int(rows, 5),
        .operating_ms = sql_column_int(rows, 6),
        .covered_ms = sql_column_int(rows, 7),
        .discharged_mwh = sql_column_int(rows, 8),
        .charged_mwh = sql_column_int(rows, 9),
        .fuel_ul = sql_column_int(rows, 10),
        .gaps = sql_column_int(rows, 11),
        .gap_ms = sql_column_int(rows, 12),
        .anomalies = sql_column_int(rows, 13),
        .rpm_max = sql_column_int(rows, 14),
        .clock_ahead_ms = sql_column_int(rows, 15),
        .first_ms = sql_column_int(rows, 16),
        .last_ms = sql_column_int(rows, 17),
    };
}

static enum err one_hour(struct sql_rows *rows, struct arena *arena, bool *found,
                         struct store_hour *hour, struct fault *fault)
{
    *found = sql_next(rows);
    if (*found) {
        const uint8_t *last = NULL;
        *hour = read_hour(rows);
        last = sql_column_bytes(rows, 18, &hour->last_sample_len);
        hour->last_sample = arena_copy(arena, last, hour->last_sample_len);
    }
    return sql_done(rows, fault);
}

enum err store_hour_find(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                         bool *found, struct store_hour *found_hour, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, FIND, SQL_VALUES(sql_text(unit), sql_int(hour)));

    return one_hour(rows, arena, found, found_hour, fault);
}

enum err store_hour_before(struct sql *db, struct arena *arena, const char *unit, int64_t hour,
                           bool *found, struct store_hour *found_hour, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, BEFORE, SQL_VALUES(sql_text(unit), sql_int(hour)));

    return one_hour(rows, arena, found, found_hour, fault);
}

enum err store_hour_put(struct sql *db, const char *unit, const struct store_hour *hour,
                        const struct store_hour *old, struct fault *fault)
{
    const struct store_hour none = {0};
    enum err err = sql_send(
        db, PUT,
        SQL_VALUES(sql_text(unit), sql_int(hour->hour), sql_int(hour->rows_received),
                   sql_int(hour->rows_unique), sql_int(hour->distance_m), sql_int(hour->electric_m),
                   sql_int(hour->engine_ms), sql_int(hour->operating_ms), sql_int(hour->covered_ms),
                   sql_int(hour->discharged_mwh), sql_int(hour->charged_mwh),
                   sql_int(hour->fuel_ul), sql_int(hour->gaps), sql_int(hour->gap_ms),
                   sql_int(hour->anomalies), sql_int(hour->rpm_max), sql_int(hour->clock_ahead_ms),
                   sql_int(hour->first_ms), sql_int(hour->last_ms),
                   sql_bytes(hour->last_sample, hour->last_sample_len)),
        fault);

    if (err != ERR_OK)
        return err;
    if (old == NULL)
        old = &none;
    return sql_send(db, ADD_TOTAL,
                    SQL_VALUES(sql_text(unit), sql_int(old == &none ? 1 : 0),
                               sql_int(hour->rows_received - old->rows_received),
                               sql_int(hour->rows_unique - old->rows_unique),
                               sql_int(hour->last_ms)),
                    fault);
}

enum err store_hours_of_vehicle(struct sql *db, struct arena *arena, const char *vehicle,
                                int64_t from, int64_t to, struct store_hour **hours, size_t *count,
                                struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, OF_VEHICLE, SQL_VALUES(sql_text(vehicle), sql_int(from), sql_int(to)));
    size_t room = 0;

    *hours = NULL;
    *count = 0;
    while (sql_next(rows)) {
        if (*count == room) {
            struct store_hour *larger = ARENA_ARRAY(arena, struct store_hour, room * 2 + 64);
            for (size_t i = 0; i < room; i++)
                larger[i] = (*hours)[i];
            *hours = larger;
            room = room * 2 + 64;
        }
        (*hours)[(*count)++] = read_hour(rows);
    }
    return sql_done(rows, fault);
}

enum err store_totals(struct sql *db, struct store_totals *totals, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, TOTALS, SQL_NO_VALUES);

    *totals = (struct store_totals){0};
    if (sql_next(rows)) {
        totals->units = sql_column_int(rows, 0);
        totals->hours = sql_column_int(rows, 1);
        totals->rows_received = sql_column_int(rows, 2);
        totals->rows_unique = sql_column_int(rows, 3);
    }
    return sql_done(rows, fault);
}

enum err store_hours_received(struct sql *db, const char *unit, int64_t from, int64_t to,
                              int64_t *rows_received, struct fault *fault)
{
    static const char RECEIVED[] =
        "SELECT COALESCE((SELECT CAST(SUM(rows_received) AS BIGINT) FROM unit_hour "
        "WHERE unit_id = $1 AND hour >= $2 AND hour < $3), 0) "
        "+ COALESCE((SELECT CAST(SUM(rows_new) AS BIGINT) FROM rollup_queue "
        "WHERE unit_id = $1 AND hour >= $2 AND hour < $3), 0)";
    struct sql_rows *rows =
        sql_query(db, RECEIVED, SQL_VALUES(sql_text(unit), sql_int(from), sql_int(to)));

    *rows_received = sql_next(rows) ? sql_column_int(rows, 0) : 0;
    return sql_done(rows, fault);
}
