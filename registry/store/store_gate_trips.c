#include "registry/store/store_gate_trips.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"
#include "shared/arena.h"
#include "shared/when.h"

#define COLUMNS                                                                                    \
    "t.site_id, t.at_ms, t.gate, t.direction, t.plate, t.vehicle_id, t.energy, t.stage, t.cargo, " \
    "t.tonnes, t.fleet, t.licence, t.photo, t.matched, t.used_energy, t.used_stage, "              \
    "t.recorded_at, t.author"

#define KEY "site_id = $1 AND at_ms = $2 AND gate = $3 AND direction = $4 AND mark = $5"

static const char FIND[] = "SELECT " COLUMNS " FROM gate_trip t WHERE " KEY;
static const char INSERT[] =
    "INSERT INTO gate_trip (site_id, at_ms, gate, direction, mark, plate, vehicle_id, energy, "
    "stage, cargo, tonnes, fleet, licence, photo, matched, used_energy, used_stage, recorded_at, "
    "author) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
    "$18, $19)";
static const char KEEP[] =
    "INSERT INTO gate_trip_replaced (site_id, at_ms, gate, direction, mark, recorded_at, "
    "replaced_at, vehicle_id, energy, stage, cargo, tonnes, author) "
    "SELECT site_id, at_ms, gate, direction, mark, recorded_at, CAST($6 AS BIGINT), vehicle_id, "
    "energy, stage, cargo, tonnes, author FROM gate_trip WHERE " KEY
    " ON CONFLICT (site_id, at_ms, gate, direction, mark, recorded_at) DO NOTHING";
static const char DROP[] = "DELETE FROM gate_trip WHERE " KEY;
static const char SET_MATCH[] =
    "UPDATE gate_trip SET matched = $6, used_energy = $7, used_stage = $8 WHERE " KEY;
static const char ADD_DAY[] =
    "INSERT INTO gate_day (site_id, day, direction, matched, energy, stage, trips, loaded, tonnes) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
    "ON CONFLICT (site_id, day, direction, matched, energy, stage) DO UPDATE SET "
    "trips = gate_day.trips + excluded.trips, loaded = gate_day.loaded + excluded.loaded, "
    "tonnes = gate_day.tonnes + excluded.tonnes";

/* v is the state of its vehicle on the day, and it is in the fleet. */
#define ON_DAY                                                                                     \
    "v.valid_from <= $2 AND v.added <= $2 AND v.removed > $2 AND NOT EXISTS "                      \
    "(SELECT 1 FROM vehicle_version w WHERE w.vehicle_id = v.vehicle_id AND w.valid_from <= $2 "   \
    "AND (w.valid_from > v.valid_from OR (w.valid_from = v.valid_from AND w.version > "            \
    "v.version))) ORDER BY v.valid_from DESC, v.vehicle_id LIMIT 1"
static const char MATCH_ID[] = "SELECT v.vehicle_id, v.energy, v.stage FROM vehicle_version v "
                               "WHERE v.vehicle_id = $1 AND " ON_DAY;
static const char MATCH_PLATE[] = "SELECT v.vehicle_id, v.energy, v.stage FROM vehicle_version v "
                                  "WHERE v.plate = $1 AND " ON_DAY;

/* The parameters of all searches; $1 is the site or the plate. */
#define SEARCH(where)                                                                              \
    "SELECT " COLUMNS " FROM gate_trip t WHERE " where " AND t.at_ms >= $2 AND t.at_ms < $3 "      \
    "AND (CAST($4 AS BIGINT) = 0 OR t.matched = '') "                                              \
    "AND (t.at_ms, t.site_id, t.gate, t.direction, t.mark) > ($5, $6, $7, $8, $9) "                \
    "ORDER BY t.at_ms, t.site_id, t.gate, t.direction, t.mark LIMIT $10"
static const char OF_SITE[] = SEARCH("t.site_id = $1");
static const char OF_PLATE[] = SEARCH("t.mark = $1");
static const char UNMATCHED[] = SEARCH("t.matched = '' AND CAST($1 AS TEXT) = ''");

static const char REMATCH_PUT[] =
    "INSERT INTO gate_rematch (vehicle_id, since_ms) SELECT x.id, CAST($2 AS BIGINT) "
    "FROM (SELECT CAST($1 AS TEXT) AS id) AS x WHERE EXISTS (SELECT 1 FROM vehicle_version v "
    "JOIN gate_trip t ON t.mark = v.plate WHERE v.vehicle_id = x.id AND v.plate IS NOT NULL) "
    "OR EXISTS (SELECT 1 FROM gate_trip t WHERE t.vehicle_id = x.id AND t.vehicle_id <> '') "
    "ON CONFLICT (vehicle_id) DO NOTHING";
static const char REMATCH_NEXT[] =
    "SELECT vehicle_id FROM gate_rematch ORDER BY since_ms, vehicle_id LIMIT 1";
static const char REMATCH_END[] = "DELETE FROM gate_rematch WHERE vehicle_id = $1";
static const char REMATCH_TRIPS[] =
    "SELECT " COLUMNS " FROM gate_trip t WHERE t.mark IN (SELECT v.plate FROM vehicle_version v "
    "WHERE v.vehicle_id = $1 AND v.plate IS NOT NULL) "
    "OR (t.vehicle_id = $1 AND t.vehicle_id <> '') "
    "ORDER BY t.site_id, t.at_ms, t.gate, t.direction, t.mark";

const char *store_gate_mark(const struct store_gate_trip *trip)
{
    return trip->plate[0] != '\0' ? trip->plate : trip->vehicle_id;
}

static void trip_read(const struct sql_rows *rows, struct store_gate_trip *t)
{
    *t = (struct store_gate_trip){
        .at_ms = sql_column_int(rows, 1),
        .direction = (int)sql_column_int(rows, 3),
        .energy = (int)sql_column_int(rows, 6),
        .stage = (int)sql_column_int(rows, 7),
        .tonnes = sql_column_null(rows, 9) ? GATE_TONNES_NONE : sql_column_int(rows, 9),
        .used_energy = (int)sql_column_int(rows, 14),
        .used_stage = (int)sql_column_int(rows, 15),
        .recorded_at = sql_column_int(rows, 16),
    };
    snprintf(t->site_id, sizeof t->site_id, "%s", sql_column_text(rows, 0));
    snprintf(t->gate, sizeof t->gate, "%s", sql_column_text(rows, 2));
    snprintf(t->plate, sizeof t->plate, "%s", sql_column_text(rows, 4));
    snprintf(t->vehicle_id, sizeof t->vehicle_id, "%s", sql_column_text(rows, 5));
    snprintf(t->cargo, sizeof t->cargo, "%s", sql_column_text(rows, 8));
    snprintf(t->fleet, sizeof t->fleet, "%s", sql_column_text(rows, 10));
    snprintf(t->licence, sizeof t->licence, "%s", sql_column_text(rows, 11));
    snprintf(t->photo, sizeof t->photo, "%s", sql_column_text(rows, 12));
    snprintf(t->matched, sizeof t->matched, "%s", sql_column_text(rows, 13));
    snprintf(t->author, sizeof t->author, "%s", sql_column_text(rows, 17));
}

#define KEY_VALUES(t)                                                                              \
    sql_text((t)->site_id), sql_int((t)->at_ms), sql_text((t)->gate), sql_int((t)->direction),     \
        sql_text(store_gate_mark(t))

enum err store_gate_trip_find(struct sql *db, const struct store_gate_trip *like, bool *found,
                              struct store_gate_trip *trip, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, FIND, SQL_VALUES(KEY_VALUES(like)));

    *found = sql_next(rows);
    if (*found)
        trip_read(rows, trip);
    return sql_done(rows, fault);
}

/* ---- matching ---- */

static enum err match_by(struct sql *db, const char *text, const char *value,
                         struct store_gate_trip *trip, struct fault *fault)
{
    struct sql_rows *rows =
        sql_query(db, text, SQL_VALUES(sql_text(value), sql_int(when_day_of(trip->at_ms))));

    if (sql_next(rows)) {
        snprintf(trip->matched, sizeof trip->matched, "%s", sql_column_text(rows, 0));
        trip->used_energy = (int)sql_column_int(rows, 1);
        trip->used_stage = (int)sql_column_int(rows, 2);
    }
    return sql_done(rows, fault);
}

enum err store_gate_trip_match(struct sql *db, struct store_gate_trip *trip, struct fault *fault)
{
    enum err err = ERR_OK;

    trip->matched[0] = '\0';
    trip->used_energy = trip->energy;
    trip->used_stage = trip->stage;
    if (trip->vehicle_id[0] != '\0')
        err = match_by(db, MATCH_ID, trip->vehicle_id, trip, fault);
    if (err == ERR_OK && trip->matched[0] == '\0' && trip->plate[0] != '\0')
        err = match_by(db, MATCH_PLATE, trip->plate, trip, fault);
    return err;
}

/* ---- writing ---- */

/* Adds the trip to its day's sums, or takes it out (sign -1). */
static enum err add_day(struct sql *db, const struct store_gate_trip *t, int sign,
                        struct fault *fault)
{
    int64_t tonnes = t->tonnes > 0 ? t->tonnes : 0;

    return sql_exec(db, ADD_DAY,
                    SQL_VALUES(sql_text(t->site_id), sql_int(when_day_of(t->at_ms)),
                               sql_int(t->direction), sql_int(t->matched[0] != '\0'),
                               sql_int(t->used_energy), sql_int(t->used_stage), sql_int(sign),
                               sql_int(tonnes > 0 ? sign : 0), sql_int(sign * tonnes)),
                    NULL, fault);
}

enum err store_gate_trip_insert(struct sql *db, const struct store_gate_trip *trip,
                                struct fault *fault)
{
    enum err err = sql_exec(
        db, INSERT,
        SQL_VALUES(KEY_VALUES(trip), sql_text(trip->plate), sql_text(trip->vehicle_id),
                   sql_int(trip->energy), sql_int(trip->stage), sql_text(trip->cargo),
                   trip->tonnes == GATE_TONNES_NONE ? sql_null() : sql_int(trip->tonnes),
                   sql_text(trip->fleet), sql_text(trip->licence), sql_text(trip->photo),
                   sql_text(trip->matched), sql_int(trip->used_energy), sql_int(trip->used_stage),
                   sql_int(trip->recorded_at), sql_text(trip->author)),
        NULL, fault);

    return err == ERR_OK ? add_day(db, trip, 1, fault) : err;
}

enum err store_gate_trip_replace(struct sql *db, const struct store_gate_trip *from,
                                 const struct store_gate_trip *to, struct fault *fault)
{
    enum err err =
        sql_exec(db, KEEP, SQL_VALUES(KEY_VALUES(from), sql_int(to->recorded_at)), NULL, fault);

    if (err == ERR_OK)
        err = sql_exec(db, DROP, SQL_VALUES(KEY_VALUES(from)), NULL, fault);
    if (err == ERR_OK)
        err = add_day(db, from, -1, fault);
    return err == ERR_OK ? store_gate_trip_insert(db, to, fault) : err;
}

/* ---- searching ---- */

enum err store_gate_trip_search(struct sql *db, const struct store_gate_search *s,
                                store_gate_trip_row *each, void *arg, struct fault *fault)
{
    static const struct store_gate_trip start = {.at_ms = INT64_MIN};
    const struct store_gate_trip *after = s->after == NULL ? &start : s->after;
    const char *text = s->site_id != NULL ? OF_SITE : s->plate != NULL ? OF_PLATE : UNMATCHED;
    const char *first = s->site_id != NULL ? s->site_id : s->plate != NULL ? s->plate : "";
    struct sql_rows *rows = sql_query(
        db, text,
        SQL_VALUES(sql_text(first), sql_int(s->from_ms), sql_int(s->to_ms), sql_int(s->unmatched),
                   sql_int(after->at_ms), sql_text(after->site_id), sql_text(after->gate),
                   sql_int(after->direction), sql_text(store_gate_mark(after)), sql_int(s->limit)));

    while (sql_next(rows)) {
        struct store_gate_trip trip;
        trip_read(rows, &trip);
        each(arg, &trip);
    }
    return sql_done(rows, fault);
}

/* ---- matching again ---- */

enum err store_gate_rematch_put(struct sql *db, const char *vehicle_id, int64_t now_ms,
                                struct fault *fault)
{
    return sql_exec(db, REMATCH_PUT, SQL_VALUES(sql_text(vehicle_id), sql_int(now_ms)), NULL,
                    fault);
}

static enum err rematch_next(struct sql *db, char vehicle_id[static VEHICLE_ID_SIZE], bool *found,
                             struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, REMATCH_NEXT, SQL_NO_VALUES);

    *found = sql_next(rows);
    if (*found)
        snprintf(vehicle_id, VEHICLE_ID_SIZE, "%s", sql_column_text(rows, 0));
    return sql_done(rows, fault);
}

enum err store_gate_rematch_waits(struct sql *db, bool *waits, struct fault *fault)
{
    char vehicle_id[VEHICLE_ID_SIZE];

    return rematch_next(db, vehicle_id, waits, fault);
}

static enum err load_trips(struct sql *db, const char *vehicle_id, struct arena *arena,
                           struct store_gate_trip **trips, size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, REMATCH_TRIPS, SQL_VALUES(sql_text(vehicle_id)));
    size_t cap = 0;

    *trips = NULL;
    *count = 0;
    while (sql_next(rows)) {
        if (*count == cap) {
            struct store_gate_trip *old = *trips;
            cap = cap == 0 ? 16 : cap * 2;
            *trips = ARENA_ARRAY(arena, struct store_gate_trip, cap);
            if (old != NULL)
                memcpy(*trips, old, *count * sizeof *old);
        }
        trip_read(rows, &(*trips)[(*count)++]);
    }
    return sql_done(rows, fault);
}

static enum err rematch_trip(struct sql *db, const struct store_gate_trip *was, struct fault *fault)
{
    struct store_gate_trip is = *was;
    enum err err = store_gate_trip_match(db, &is, fault);

    if (err != ERR_OK || (strcmp(is.matched, was->matched) == 0 &&
                          is.used_energy == was->used_energy && is.used_stage == was->used_stage))
        return err;
    err = sql_exec(db, SET_MATCH,
                   SQL_VALUES(KEY_VALUES(was), sql_text(is.matched), sql_int(is.used_energy),
                              sql_int(is.used_stage)),
                   NULL, fault);
    if (err == ERR_OK)
        err = add_day(db, was, -1, fault);
    return err == ERR_OK ? add_day(db, &is, 1, fault) : err;
}

enum err store_gate_rematch_step(struct sql *db, bool *did, struct fault *fault)
{
    char vehicle_id[VEHICLE_ID_SIZE];
    struct arena *arena = arena_create();
    struct store_gate_trip *trips = NULL;
    size_t count = 0;
    enum err err = rematch_next(db, vehicle_id, did, fault);

    if (err == ERR_OK && *did)
        err = load_trips(db, vehicle_id, arena, &trips, &count, fault);
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err = rematch_trip(db, &trips[i], fault);
    if (err == ERR_OK && *did)
        err = sql_exec(db, REMATCH_END, SQL_VALUES(sql_text(vehicle_id)), NULL, fault);
    arena_destroy(arena);
    return err;
}
