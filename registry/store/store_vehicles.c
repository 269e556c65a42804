#include "registry/store/store_vehicles.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/sql.h"
#include "shared/arena.h"

#define COLUMNS                                                                                    \
    "v.vehicle_id AS vehicle_id, v.version, v.valid_from, v.plate, v.category, v.energy, "         \
    "v.stage, v.owner_id, v.area, v.built_up, v.first_registered, v.added, v.removed, v.unit, "    \
    "v.recorded_at, v.author, v.disclosure_no, v.make"
#define COLUMN_COUNT 18

static const char VERSIONS[] = "SELECT " COLUMNS " FROM vehicle_version v WHERE v.vehicle_id = $1 "
                               "ORDER BY v.valid_from, v.version";
static const char KNOWN[] = "SELECT 1 FROM vehicle_version WHERE vehicle_id = $1 LIMIT 1";
static const char APPEND[] =
    "INSERT INTO vehicle_version (vehicle_id, version, valid_from, plate, category, energy, stage, "
    "owner_id, area, built_up, first_registered, added, removed, unit, recorded_at, author, "
    "disclosure_no, make) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
    "$15, "
    "$16, $17, $18)";
static const char IDS_OF_OWNER[] =
    "SELECT DISTINCT vehicle_id FROM vehicle_version WHERE owner_id = $1 AND vehicle_id > $2 "
    "ORDER BY vehicle_id LIMIT $3";

/* An area that is not asked for stands apart in the statements below: of the comparison alone PostgreSQL
 * believes that one row in two hundred passes, and sends for parallel workers to find a page of them. */

/* v is the state of its vehicle as of a day, by what was recorded up to an instant. */
#define IS_STATE(day, known)                                                                       \
    "v.valid_from <= " day " AND v.recorded_at <= " known                                          \
    " AND NOT EXISTS (SELECT 1 FROM vehicle_version w "                                            \
    "WHERE w.vehicle_id = v.vehicle_id AND w.valid_from <= " day " AND w.recorded_at <= " known    \
    " AND (w.valid_from > v.valid_from OR "                                                        \
    "(w.valid_from = v.valid_from AND w.version > v.version)))"

#define OWNER_KIND(day, known)                                                                     \
    "COALESCE((SELECT o.kind FROM org_version o WHERE o.org_id = v.owner_id "                      \
    "AND o.valid_from <= " day " AND o.recorded_at <= " known                                      \
    " ORDER BY o.valid_from DESC, o.version DESC LIMIT 1), 0)"

#define EXEMPT(day, known)                                                                         \
    "COALESCE((SELECT SUM(DISTINCT CAST(1 AS BIGINT) << CAST(e.reason AS INTEGER)) "               \
    "FROM exemption_version e WHERE e.vehicle_id = v.vehicle_id AND e.from_day <= " day            \
    " AND e.until_day > " day " AND e.recorded_at <= " known                                       \
    " AND NOT EXISTS (SELECT 1 FROM exemption_version f "                                          \
    "WHERE f.vehicle_id = e.vehicle_id AND f.reason = e.reason AND f.document = e.document "       \
    "AND f.from_day = e.from_day AND f.version > e.version AND f.recorded_at <= " known ")), 0)"

#define SCAN(day, measure)                                                                         \
    "SELECT * FROM (SELECT " COLUMNS ", " OWNER_KIND(day, "$8") " AS owner_kind, " EXEMPT(         \
        day, "$8") " AS exempt FROM vehicle_version v WHERE " measure                              \
                   " AND " IS_STATE(                                                               \
                       day,                                                                        \
                       "$8") " AND v.vehicle_id > $6 "                                             \
                             "AND (CAST($2 AS BIGINT) = 0 OR "                                     \
                             "((CAST($2 AS BIGINT) >> CAST(v.category AS INTEGER)) & 1) <> 0)"     \
                             " AND (CAST($4 AS BIGINT) < 0 OR v.built_up = $4) "                   \
                             "AND (CAST($5 AS TEXT) = '' OR "                                      \
                             "substr(v.area, 1, length(CAST($5 AS TEXT))) = "                      \
                             "CAST($5 AS TEXT))"
#define SCAN_END                                                                                   \
    ") AS s WHERE (CAST($3 AS BIGINT) = 0 OR "                                                     \
    "((CAST($3 AS BIGINT) >> CAST(s.owner_kind AS INTEGER)) & 1) <> 0) "                           \
    "ORDER BY s.vehicle_id LIMIT $7"

#define STOCK SCAN("$1", "v.added <= $1 AND v.removed > $1")
#define ADDED SCAN("v.added", "v.added <= $1 AND v.added >= $9")

static const char SCAN_STOCK[] = STOCK SCAN_END;
static const char SCAN_STOCK_OWNER[] = STOCK " AND v.owner_id = $9" SCAN_END;
static const char SCAN_ADDED[] = ADDED SCAN_END;
static const char SCAN_ADDED_OWNER[] = ADDED " AND v.owner_id = $10" SCAN_END;

/* By owner. It reads every version, and in the order of the table: most vehicles of a category are all
 * over it, and each index would make of a sequence a walk. So the plus and COALESCE, which no index
 * answers. */
#define BY_OWNER                                                                                   \
    "SELECT s.owner_id, s.category, s.area, s.built_up, s.energy, s.stage, s.owner_kind, "         \
    "s.exempt, COUNT(*) FROM ("
#define OWNED(day)                                                                                 \
    "SELECT COALESCE(v.owner_id, '') AS owner_id, v.category AS category, v.area AS area, "        \
    "v.built_up AS built_up, v.energy AS energy, v.stage AS stage, " OWNER_KIND(                   \
        day, "$6") " AS owner_kind, " EXEMPT(day, "$6") " AS exempt FROM "
#define BY_OWNER_END                                                                               \
    " AND (CAST($2 AS BIGINT) = 0 OR "                                                             \
    "((CAST($2 AS BIGINT) >> CAST(v.category AS INTEGER)) & 1) <> 0) "                             \
    "AND (CAST($4 AS BIGINT) < 0 OR v.built_up = $4) "                                             \
    "AND (CAST($5 AS TEXT) = '' OR "                                                               \
    "substr(v.area, 1, length(CAST($5 AS TEXT))) = CAST($5 AS TEXT))) AS s "                       \
    "WHERE (CAST($3 AS BIGINT) = 0 OR "                                                            \
    "((CAST($3 AS BIGINT) >> CAST(s.owner_kind AS INTEGER)) & 1) <> 0) "                           \
    "GROUP BY s.owner_id, s.category, s.area, s.built_up, s.energy, s.stage, s.owner_kind, "       \
    "s.exempt"
static const char STOCK_BY_OWNER[] =
    BY_OWNER OWNED("$1") "vehicle_version v WHERE +v.added <= $1 AND v.removed > $1 AND +" IS_STATE(
        "$1", "$6") BY_OWNER_END;
static const char ADDED_BY_OWNER[] = BY_OWNER OWNED(
    "v.added") "vehicle_version v WHERE +v.added <= $1 AND +v.added >= $7 AND +" IS_STATE("v.added",
                                                                                          "$6")
    BY_OWNER_END;

/* In the fleet on $1, by what was recorded up to $2. */
#define STATES                                                                                     \
    "SELECT " COLUMNS ", " OWNER_KIND("$1", "$2") " AS owner_kind, " EXEMPT("$1", "$2") " AS "     \
                                                                                        "exempt "  \
                                                                                        "FROM "
#define IN_FLEET " AND v.added <= $1 AND v.removed > $1 AND " IS_STATE("$1", "$2")

static const char AGED[] =
    STATES "vehicle_version v WHERE v.category = $3 AND v.stage = $4 "
           "AND (v.first_registered, v.vehicle_id) > ($5, $6) AND v.first_registered <= $7" IN_FLEET
           " ORDER BY v.first_registered, v.vehicle_id LIMIT $8";
static const char AGELESS[] = STATES "vehicle_version v WHERE v.category = $3 AND v.stage = $4 "
                                     "AND v.first_registered IS NULL AND v.vehicle_id > $5" IN_FLEET
                                     " ORDER BY v.vehicle_id LIMIT $6";
static const char HEARD[] = STATES
    "(SELECT DISTINCT b.vehicle_id AS vehicle_id FROM unit_total u CROSS JOIN unit_binding b "
    "WHERE b.unit_id = u.unit_id AND b.valid_from <= $4 AND b.valid_to > $3) AS t "
    "CROSS JOIN vehicle_version v WHERE v.vehicle_id = t.vehicle_id" IN_FLEET
    " ORDER BY v.vehicle_id";

/* All that was ever recorded. */
#define ALWAYS "9223372036854775807"

/* Without a narrowing condition in front the planner walks the ids; each of the others begins at
 * its own index. */
#define FIND(narrow)                                                                               \
    "SELECT " COLUMNS ", " OWNER_KIND("$1", ALWAYS) " AS owner_kind, " EXEMPT(                     \
        "$1", ALWAYS) " AS exempt FROM vehicle_version v WHERE " narrow                            \
        IS_STATE(                                                                                  \
            "$1",                                                                                  \
            ALWAYS) " AND v.vehicle_id > $2 "                                                      \
                    "AND ($3 = '' OR v.vehicle_id IN "                                             \
                    "(SELECT p.vehicle_id FROM vehicle_version p WHERE p.plate = $3)) "            \
                    "AND ($4 = '' OR v.owner_id = $4) AND ($5 = '' OR v.unit = $5) "               \
                    "AND (CAST($6 AS TEXT) = '' OR "                                               \
                    "substr(v.area, 1, length(CAST($6 AS TEXT))) = CAST($6 AS TEXT)) "             \
                    "AND ($7 = '' OR lower(v.vehicle_id) LIKE lower($7) ESCAPE '!' OR EXISTS "     \
                    "(SELECT 1 FROM vehicle_version q WHERE q.vehicle_id = v.vehicle_id "          \
                    "AND lower(q.plate) LIKE lower($7) ESCAPE '!')) "                              \
                    "AND (CAST($8 AS BIGINT) = 0 OR v.category = $8) "                             \
                    "AND (CAST($9 AS BIGINT) = 0 OR v.energy = $9) "                               \
                    "ORDER BY v.vehicle_id LIMIT $10"

static const char FIND_ANY[] = FIND("");
static const char FIND_PLATE[] =
    FIND("v.vehicle_id IN (SELECT n.vehicle_id FROM vehicle_version n WHERE n.plate = $3) AND ");
static const char FIND_OWNER[] = FIND("v.owner_id = $4 AND ");
static const char FIND_UNIT[] = FIND("v.unit = $5 AND ");

static struct sql_value text_or_null(const char *text)
{
    return sql_text(text[0] == '\0' ? NULL : text);
}

static struct sql_value text_or_empty(const char *text)
{
    return sql_text(text == NULL ? "" : text);
}

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text == NULL ? "" : text);
}

static void version_read(const struct sql_rows *rows, struct store_vehicle *v)
{
    *v = (struct store_vehicle){
        .version = sql_column_int(rows, 1),
        .valid_from = (int32_t)sql_column_int(rows, 2),
        .category = (int)sql_column_int(rows, 4),
        .energy = (int)sql_column_int(rows, 5),
        .stage = (int)sql_column_int(rows, 6),
        .built_up = sql_column_int(rows, 9) != 0,
        .first_registered =
            sql_column_null(rows, 10) ? VEHICLE_DAY_NONE : (int32_t)sql_column_int(rows, 10),
        .added = (int32_t)sql_column_int(rows, 11),
        .removed = (int32_t)sql_column_int(rows, 12),
        .recorded_at = sql_column_int(rows, 14),
    };
    copy_text(v->vehicle_id, sizeof v->vehicle_id, sql_column_text(rows, 0));
    copy_text(v->plate, sizeof v->plate, sql_column_text(rows, 3));
    copy_text(v->owner_id, sizeof v->owner_id, sql_column_text(rows, 7));
    copy_text(v->area, sizeof v->area, sql_column_text(rows, 8));
    copy_text(v->unit, sizeof v->unit, sql_column_text(rows, 13));
    copy_text(v->author, sizeof v->author, sql_column_text(rows, 15));
    copy_text(v->disclosure_no, sizeof v->disclosure_no, sql_column_text(rows, 16));
    copy_text(v->make, sizeof v->make, sql_column_text(rows, 17));
}

enum err store_vehicle_versions(struct sql *db, const char *vehicle_id, struct arena *arena,
                                struct store_vehicles *versions, struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, VERSIONS, SQL_VALUES(sql_text(vehicle_id)));
    size_t cap = 0;

    *versions = (struct store_vehicles){0};
    while (sql_next(rows)) {
        if (versions->count == cap) {
            struct store_vehicle *old = versions->items;
            cap = cap == 0 ? 4 : cap * 2;
            versions->items = ARENA_ARRAY(arena, struct store_vehicle, cap);
            if (old != NULL)
                memcpy(versions->items, old, versions->count * sizeof *old);
        }
        version_read(rows, &versions->items[versions->count++]);
    }
    return sql_done(rows, fault);
}

enum err store_vehicle_known(struct sql *db, const char *vehicle_id, bool *known,
                             struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, KNOWN, SQL_VALUES(sql_text(vehicle_id)));

    *known = sql_next(rows);
    return sql_done(rows, fault);
}

enum err store_vehicle_append(struct sql *db, const struct store_vehicle *version,
                              struct fault *fault)
{
    return sql_exec(
        db, APPEND,
        SQL_VALUES(sql_text(version->vehicle_id), sql_int(version->version),
                   sql_int(version->valid_from), text_or_null(version->plate),
                   sql_int(version->category), sql_int(version->energy), sql_int(version->stage),
                   sql_text(version->owner_id), sql_text(version->area), sql_int(version->built_up),
                   version->first_registered == VEHICLE_DAY_NONE
                       ? sql_null()
                       : sql_int(version->first_registered),
                   sql_int(version->added), sql_int(version->removed), text_or_null(version->unit),
                   sql_int(version->recorded_at), sql_text(version->author),
                   text_or_null(version->disclosure_no), text_or_null(version->make)),
        NULL, fault);
}

enum err store_vehicle_ids_of_owner(struct sql *db, const char *owner_id, const char *after,
                                    int64_t limit, struct arena *arena, const char ***ids,
                                    size_t *count, struct fault *fault)
{
    struct sql_rows *rows = sql_query(
        db, IDS_OF_OWNER, SQL_VALUES(sql_text(owner_id), sql_text(after), sql_int(limit)));

    *ids = ARENA_ARRAY(arena, const char *, (size_t)limit);
    *count = 0;
    while (sql_next(rows))
        (*ids)[(*count)++] = arena_text(arena, sql_column_text(rows, 0));
    return sql_done(rows, fault);
}

static enum err give_rows(struct sql_rows *rows, store_vehicle_row *each, void *arg,
                          struct fault *fault)
{
    while (sql_next(rows)) {
        struct store_vehicle version;
        version_read(rows, &version);
        each(arg, &version, (int)sql_column_int(rows, COLUMN_COUNT),
             (unsigned)sql_column_int(rows, COLUMN_COUNT + 1));
    }
    return sql_done(rows, fault);
}

static struct sql_value wanted_built_up(const struct count_filter *filter)
{
    static const int built_up[] = {
        [COUNT_ANYWHERE] = -1, [COUNT_BUILT_UP] = 1, [COUNT_OUTSIDE] = 0};

    return sql_int(built_up[filter->built_up]);
}

static struct sql_value known_until(int64_t known_ms)
{
    return sql_int(known_ms == 0 ? INT64_MAX : known_ms);
}

enum err store_vehicle_scan(struct sql *db, const struct store_vehicle_scan *scan,
                            store_vehicle_row *each, void *arg, struct fault *fault)
{
    static const char *const texts[2][2] = {{SCAN_STOCK, SCAN_STOCK_OWNER},
                                            {SCAN_ADDED, SCAN_ADDED_OWNER}};
    const struct count_query *q = scan->query;
    bool added = q->measure == COUNT_ADDED;
    bool owned = scan->owner_id != NULL;
    struct sql_value values[10] = {
        sql_int(q->to),
        sql_int(q->filter.categories),
        sql_int(q->filter.owner_kinds),
        wanted_built_up(&q->filter),
        text_or_empty(q->filter.area_prefix),
        text_or_empty(scan->after),
        sql_int(scan->limit == 0 ? INT64_MAX : scan->limit),
        known_until(q->known_ms),
    };
    size_t count = 8;

    if (added)
        values[count++] = sql_int(q->from);
    if (owned)
        values[count++] = sql_text(scan->owner_id);
    return give_rows(sql_query(db, texts[added][owned], values, count), each, arg, fault);
}

static void give_owner(const struct sql_rows *rows, store_owner_row *each, void *arg)
{
    struct count_dims dims = {
        .category = (int)sql_column_int(rows, 1),
        .built_up = sql_column_int(rows, 3) != 0,
        .energy = (int)sql_column_int(rows, 4),
        .stage = (int)sql_column_int(rows, 5),
        .owner_kind = (int)sql_column_int(rows, 6),
        .exempt = (unsigned)sql_column_int(rows, 7),
    };

    copy_text(dims.area, sizeof dims.area, sql_column_text(rows, 2));
    each(arg, sql_column_text(rows, 0), &dims, sql_column_int(rows, 8));
}

enum err store_vehicle_by_owner(struct sql *db, const struct count_query *q, store_owner_row *each,
                                void *arg, struct fault *fault)
{
    bool added = q->measure == COUNT_ADDED;
    const struct sql_value values[] = {
        sql_int(q->to),
        sql_int(q->filter.categories),
        sql_int(q->filter.owner_kinds),
        wanted_built_up(&q->filter),
        text_or_empty(q->filter.area_prefix),
        known_until(q->known_ms),
        sql_int(q->from),
    };
    struct sql_rows *rows =
        sql_query(db, added ? ADDED_BY_OWNER : STOCK_BY_OWNER, values, added ? 7 : 6);

    while (sql_next(rows))
        give_owner(rows, each, arg);
    return sql_done(rows, fault);
}

enum err store_vehicle_oldest(struct sql *db, const struct store_vehicle_oldest *o,
                              store_vehicle_row *each, void *arg, struct fault *fault)
{
    struct sql_rows *rows = NULL;

    if (o->ageless)
        rows =
            sql_query(db, AGELESS,
                      SQL_VALUES(sql_int(o->as_of), known_until(o->known_ms), sql_int(o->category),
                                 sql_int(o->stage), sql_text(o->after_id), sql_int(o->limit)));
    else
        rows =
            sql_query(db, AGED,
                      SQL_VALUES(sql_int(o->as_of), known_until(o->known_ms), sql_int(o->category),
                                 sql_int(o->stage), sql_int(o->after_day), sql_text(o->after_id),
                                 sql_int(o->last_day), sql_int(o->limit)));
    return give_rows(rows, each, arg, fault);
}

enum err store_vehicle_heard(struct sql *db, const struct store_vehicle_heard *h,
                             store_vehicle_row *each, void *arg, struct fault *fault)
{
    return give_rows(sql_query(db, HEARD,
                               SQL_VALUES(sql_int(h->as_of), known_until(h->known_ms),
                                          sql_int(h->from), sql_int(h->to))),
                     each, arg, fault);
}

/* "%part%" with the wildcards in it made plain. */
static const char *like_pattern(struct arena *arena, const char *part)
{
    char *pattern = NULL;
    char *out = NULL;

    if (part == NULL || part[0] == '\0')
        return "";
    pattern = out = arena_alloc(arena, strlen(part) * 2 + 3, 1);
    *out++ = '%';
    for (; *part != '\0'; part++) {
        if (strchr("%_!", *part) != NULL)
            *out++ = '!';
        *out++ = *part;
    }
    *out = '%';
    return pattern;
}

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

enum err store_vehicle_find(struct sql *db, const struct store_vehicle_search *s,
                            store_vehicle_row *each, void *arg, struct fault *fault)
{
    struct arena *arena = arena_create();
    const char *text = given(s->plate)      ? FIND_PLATE
                       : given(s->unit)     ? FIND_UNIT
                       : given(s->owner_id) ? FIND_OWNER
                                            : FIND_ANY;
    struct sql_rows *rows =
        sql_query(db, text,
                  SQL_VALUES(sql_int(s->as_of), text_or_empty(s->after), text_or_empty(s->plate),
                             text_or_empty(s->owner_id), text_or_empty(s->unit),
                             text_or_empty(s->area_prefix), sql_text(like_pattern(arena, s->part)),
                             sql_int(s->category), sql_int(s->energy), sql_int(s->limit)));
    enum err err = give_rows(rows, each, arg, fault);

    arena_destroy(arena);
    return err;
}
