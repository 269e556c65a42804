/*
 * store_counts.c: deltas go into a hash table keyed by (measure, dimensions, day). A flush sorts
 * them, finds or makes the number of each combination, adds each to its day, and then carries the
 * running sum of each combination through its months, so that a month's row is touched once however
 * many of its days changed. Beside it each delta is kept by when it was recorded.
 */
#include "registry/store/store_counts.h"

#include <stdlib.h>
#include <string.h>

#include "registry/store/sql.h"
#include "shared/arena.h"
#include "shared/when.h"

#define SLOTS      131072u /* a power of two */
#define SLOTS_FULL (SLOTS / 2)

struct delta {
    struct count_dims dims;
    int32_t day;
    int32_t measure; /* 0: the slot is free */
    int64_t n;
    int64_t dim; /* found by the flush */
};

struct count_batch {
    size_t used;
    size_t size; /* slots, doubles up to SLOTS */
    int64_t recorded_ms;
    struct delta *slots;
};

static const char DIM_FIND[] =
    "SELECT dim FROM count_dim WHERE category = $1 AND area = $2 AND built_up = $3 AND energy = $4 "
    "AND stage = $5 AND owner_kind = $6 AND exempt = $7";
static const char DIM_NEXT[] = "SELECT COALESCE(MAX(dim), 0) + 1 FROM count_dim";
static const char DIM_MAKE[] =
    "INSERT INTO count_dim (dim, category, area, built_up, energy, stage, owner_kind, exempt) "
    "VALUES ($8, $1, $2, $3, $4, $5, $6, $7)";
static const char DAY_ADD[] =
    "INSERT INTO count_day (measure, dim, day, n) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (measure, dim, day) DO UPDATE SET n = count_day.n + excluded.n";
static const char CHANGE_ADD[] =
    "INSERT INTO count_change (late, recorded_ms, measure, dim, day, n) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (late, recorded_ms, measure, dim, day) "
    "DO UPDATE SET n = count_change.n + excluded.n";
/* A month that had no row begins with the total of the one before it. */
static const char MONTH_MAKE[] =
    "INSERT INTO count_month (measure, dim, month, n) VALUES ($1, $2, $3, COALESCE("
    "(SELECT m.n FROM count_month m WHERE m.measure = $1 AND m.dim = $2 AND m.month < $3 "
    "ORDER BY m.month DESC LIMIT 1), 0)) ON CONFLICT (measure, dim, month) DO NOTHING";
static const char MONTHS_ADD[] = "UPDATE count_month SET n = n + $5 "
                                 "WHERE measure = $1 AND dim = $2 AND month >= $3 AND month < $4";

#define MONTH_NEVER INT64_C(100000)

static int64_t month_of(int32_t day)
{
    struct when_date date = when_date(day);

    return date.year * INT64_C(12) + date.month - 1;
}

static int32_t month_begin(int64_t month)
{
    return when_day((struct when_date){(int)(month / 12), (int)(month % 12) + 1, 1});
}

struct count_batch *count_batch_create(void)
{
    struct count_batch *batch = mem_alloc(1, sizeof *batch);

    batch->size = 256;
    batch->slots = mem_alloc(batch->size, sizeof *batch->slots);
    return batch;
}

void count_batch_destroy(struct count_batch *batch)
{
    if (batch == NULL)
        return;
    free(batch->slots);
    free(batch);
}

void count_batch_drop(struct count_batch *batch)
{
    memset(batch->slots, 0, batch->size * sizeof *batch->slots);
    batch->used = 0;
}

void count_batch_record_at(struct count_batch *batch, int64_t recorded_ms)
{
    batch->recorded_ms = recorded_ms;
}

static int dims_compare(const struct count_dims *a, const struct count_dims *b)
{
    const int64_t left[] = {a->category,   a->energy,      a->stage,
                            a->owner_kind, (int)a->exempt, a->built_up};
    const int64_t right[] = {b->category,   b->energy,      b->stage,
                             b->owner_kind, (int)b->exempt, b->built_up};

    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return strcmp(a->area, b->area);
}

static uint64_t hash_of(int measure, const struct count_dims *d, int32_t day)
{
    const int64_t parts[] = {measure,       d->category,    d->energy,   d->stage,
                             d->owner_kind, (int)d->exempt, d->built_up, day};
    uint64_t hash = UINT64_C(1469598103934665603);

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        hash = (hash ^ (uint64_t)parts[i]) * UINT64_C(0x9E3779B97F4A7C15);
    for (const char *c = d->area; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    return hash ^ hash >> 29;
}

static struct delta *slot_for(struct count_batch *batch, int measure, const struct count_dims *dims,
                              int32_t day)
{
    size_t slot = (size_t)hash_of(measure, dims, day) & (batch->size - 1);

    for (;;) {
        struct delta *d = &batch->slots[slot];
        if (d->measure == 0 ||
            (d->measure == measure && d->day == day && dims_compare(&d->dims, dims) == 0))
            return d;
        slot = (slot + 1) & (batch->size - 1);
    }
}

static void grow(struct count_batch *batch)
{
    struct delta *old = batch->slots;
    size_t old_size = batch->size;

    batch->size *= 2;
    batch->slots = mem_alloc(batch->size, sizeof *batch->slots);
    for (size_t i = 0; i < old_size; i++)
        if (old[i].measure != 0)
            *slot_for(batch, old[i].measure, &old[i].dims, old[i].day) = old[i];
    free(old);
}

enum err count_batch_add(struct count_batch *batch, struct sql *db, enum count_measure measure,
                         const struct count_dims *dims, int32_t day, int64_t n, struct fault *fault)
{
    struct delta *d = NULL;

    if (batch->used >= SLOTS_FULL) {
        enum err err = count_batch_flush(batch, db, fault);
        if (err != ERR_OK)
            return err;
    }
    if (batch->used * 2 >= batch->size)
        grow(batch);
    d = slot_for(batch, (int)measure, dims, day);
    if (d->measure == 0) {
        *d = (struct delta){.dims = *dims, .day = day, .measure = (int32_t)measure};
        batch->used++;
    }
    d->n += n;
    return ERR_OK;
}

static int delta_compare(const void *left, const void *right)
{
    const struct delta *a = left;
    const struct delta *b = right;
    int by_dims = dims_compare(&a->dims, &b->dims);

    if (by_dims != 0)
        return by_dims;
    if (a->measure != b->measure)
        return a->measure < b->measure ? -1 : 1;
    return (a->day > b->day) - (a->day < b->day);
}

/* Moves what is not zero to the front, sorted; returns how many. */
static size_t deltas_sort(struct count_batch *batch)
{
    size_t count = 0;

    for (size_t i = 0; i < batch->size; i++)
        if (batch->slots[i].measure != 0 && batch->slots[i].n != 0)
            batch->slots[count++] = batch->slots[i];
    qsort(batch->slots, count, sizeof *batch->slots, delta_compare);
    return count;
}

static enum err read_number(struct sql_rows *rows, int64_t *number, struct fault *fault)
{
    *number = 0;
    if (sql_next(rows))
        *number = sql_column_int(rows, 0);
    return sql_done(rows, fault);
}

static enum err dim_number(struct sql *db, const struct count_dims *d, int64_t *dim,
                           struct fault *fault)
{
    const struct sql_value values[] = {
        sql_int(d->category), sql_text(d->area),      sql_int(d->built_up), sql_int(d->energy),
        sql_int(d->stage),    sql_int(d->owner_kind), sql_int(d->exempt)};
    enum err err = read_number(sql_query(db, DIM_FIND, values, 7), dim, fault);

    if (err != ERR_OK || *dim != 0)
        return err;
    err = read_number(sql_query(db, DIM_NEXT, SQL_NO_VALUES), dim, fault);
    if (err != ERR_OK)
        return err;
    return sql_exec(db, DIM_MAKE,
                    SQL_VALUES(values[0], values[1], values[2], values[3], values[4], values[5],
                               values[6], sql_int(*dim)),
                    NULL, fault);
}

static enum err number_dims(struct sql *db, struct delta *deltas, size_t count, struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        if (i > 0 && dims_compare(&deltas[i].dims, &deltas[i - 1].dims) == 0)
            deltas[i].dim = deltas[i - 1].dim;
        else
            err = dim_number(db, &deltas[i].dims, &deltas[i].dim, fault);
    }
    return err;
}

static enum err add_days(struct sql *db, const struct delta *deltas, size_t count,
                         struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err = sql_exec(db, DAY_ADD,
                       SQL_VALUES(sql_int(deltas[i].measure), sql_int(deltas[i].dim),
                                  sql_int(deltas[i].day), sql_int(deltas[i].n)),
                       NULL, fault);
    return err;
}

static enum err add_changes(struct sql *db, const struct count_batch *batch, size_t count,
                            struct fault *fault)
{
    int32_t today = when_day_of(batch->recorded_ms);
    enum err err = ERR_OK;

    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        const struct delta *d = &batch->slots[i];
        err = sql_exec(db, CHANGE_ADD,
                       SQL_VALUES(sql_int(d->day < today), sql_int(batch->recorded_ms),
                                  sql_int(d->measure), sql_int(d->dim), sql_int(d->day),
                                  sql_int(d->n)),
                       NULL, fault);
    }
    return err;
}

static enum err make_months(struct sql *db, const struct delta *deltas, size_t count,
                            struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < count && err == ERR_OK; i++)
        if (i == 0 || month_of(deltas[i].day) != month_of(deltas[i - 1].day))
            err = sql_exec(db, MONTH_MAKE,
                           SQL_VALUES(sql_int(deltas[i].measure), sql_int(deltas[i].dim),
                                      sql_int(month_of(deltas[i].day))),
                           NULL, fault);
    return err;
}

/* `deltas` are those of one measure and combination. Every month that changes exists by now; the
 * running sum is added to all months from one that changes up to the next that does. */
static enum err add_months(struct sql *db, const struct delta *deltas, size_t count,
                           struct fault *fault)
{
    int64_t running = 0;
    enum err err = make_months(db, deltas, count, fault);

    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        int64_t month = month_of(deltas[i].day);
        int64_t next = i + 1 < count ? month_of(deltas[i + 1].day) : MONTH_NEVER;

        running += deltas[i].n;
        if (running != 0 && next != month)
            err = sql_exec(db, MONTHS_ADD,
                           SQL_VALUES(sql_int(deltas[i].measure), sql_int(deltas[i].dim),
                                      sql_int(month), sql_int(next), sql_int(running)),
                           NULL, fault);
    }
    return err;
}

static enum err add_all_months(struct sql *db, const struct delta *deltas, size_t count,
                               struct fault *fault)
{
    enum err err = ERR_OK;
    size_t from = 0;

    for (size_t i = 1; i <= count && err == ERR_OK; i++) {
        if (i < count && deltas[i].dim == deltas[from].dim &&
            deltas[i].measure == deltas[from].measure)
            continue;
        err = add_months(db, deltas + from, i - from, fault);
        from = i;
    }
    return err;
}

enum err count_batch_flush(struct count_batch *batch, struct sql *db, struct fault *fault)
{
    size_t count = batch->used == 0 ? 0 : deltas_sort(batch);
    enum err err = number_dims(db, batch->slots, count, fault);

    if (err == ERR_OK)
        err = add_days(db, batch->slots, count, fault);
    if (err == ERR_OK)
        err = add_all_months(db, batch->slots, count, fault);
    if (err == ERR_OK)
        err = add_changes(db, batch, count, fault);
    count_batch_drop(batch);
    return err;
}

/* ---- reading ---- */

/* The running total up to a day: $1 is the measure; the day's month, its first day, the day. */
#define TOTAL(month, first, day)                                                                   \
    "COALESCE((SELECT m.n FROM count_month m WHERE m.measure = $1 AND m.dim = d.dim "              \
    "AND m.month < " month " ORDER BY m.month DESC LIMIT 1), 0) + "                                \
    "COALESCE((SELECT CAST(SUM(c.n) AS BIGINT) FROM count_day c WHERE c.measure = $1 "             \
    "AND c.dim = d.dim AND c.day >= " first " AND c.day <= " day "), 0)"

#define MATCHES                                                                                    \
    " WHERE (CAST($5 AS BIGINT) = 0 OR "                                                           \
    "((CAST($5 AS BIGINT) >> CAST(d.category AS INTEGER)) & 1) = 1) "                              \
    "AND (CAST($6 AS BIGINT) = 0 OR "                                                              \
    "((CAST($6 AS BIGINT) >> CAST(d.owner_kind AS INTEGER)) & 1) = 1) "                            \
    "AND (CAST($7 AS BIGINT) < 0 OR d.built_up = $7) "                                             \
    "AND substr(d.area, 1, length(CAST($8 AS TEXT))) = CAST($8 AS TEXT)"

#define DIMS "SELECT d.category, d.area, d.built_up, d.energy, d.stage, d.owner_kind, d.exempt, "

/* What was recorded after an instant about the days `from` to $4. Where $4 was over by then, only
 * what is late can be among it, and `late` is 1; else it is 0. */
#define AFTER(known, from, late)                                                                   \
    "c.late IN (" late ", 1) AND c.recorded_ms > " known " AND c.measure = $1 "                    \
    "AND c.day >= " from " AND c.day <= $4"
#define LESS(known, from, late)                                                                    \
    " - COALESCE(x.n, 0) FROM count_dim d LEFT JOIN (SELECT c.dim AS dim, "                        \
    "CAST(SUM(c.n) AS BIGINT) AS n FROM count_change c WHERE " AFTER(                              \
        known, from, late) " GROUP BY c.dim) AS x ON x.dim = d.dim"

#define STOCK DIMS TOTAL("$2", "$3", "$4")
#define ADDED DIMS TOTAL("$2", "$3", "$4") " - (" TOTAL("$9", "$10", "$11") ")"
#define NOW   " FROM count_dim d"

static const char READ_STOCK[] = STOCK NOW MATCHES;
static const char READ_ADDED[] = ADDED NOW MATCHES;
static const char READ_STOCK_KNOWN[] = STOCK LESS("$9", "$10", "$11") MATCHES;
static const char READ_ADDED_KNOWN[] = ADDED LESS("$12", "$13", "$14") MATCHES;
static const char CHANGES[] =
    DIMS "c.n, c.recorded_ms FROM count_change c JOIN count_dim d ON d.dim = c.dim" MATCHES
         " AND " AFTER("$2", "$3", "$9") " ORDER BY c.recorded_ms, c.dim, c.day";
static const char CHANGED[] =
    "SELECT 1 FROM count_change WHERE late = 1 AND recorded_ms > $2 AND day <= $1 LIMIT 1";

static struct count_dims read_dims(const struct sql_rows *rows)
{
    struct count_dims dims = {
        .category = (int)sql_column_int(rows, 0),
        .built_up = sql_column_int(rows, 2) != 0,
        .energy = (int)sql_column_int(rows, 3),
        .stage = (int)sql_column_int(rows, 4),
        .owner_kind = (int)sql_column_int(rows, 5),
        .exempt = (unsigned)sql_column_int(rows, 6),
    };

    strncpy(dims.area, sql_column_text(rows, 1), sizeof dims.area - 1);
    return dims;
}

static void give_row(const struct sql_rows *rows, count_row *each, void *arg)
{
    struct count_dims dims = read_dims(rows);
    int64_t n = sql_column_int(rows, 7);

    if (n != 0)
        each(arg, &dims, n);
}

/* The text of a query and its values; 14 at most. */
struct reading {
    const char *text;
    struct sql_value values[14];
    size_t count;
};

static void put(struct reading *r, int64_t number)
{
    r->values[r->count++] = sql_int(number);
}

static void put_filter(struct reading *r, const struct count_filter *f)
{
    static const int built_up[] = {
        [COUNT_ANYWHERE] = -1, [COUNT_BUILT_UP] = 1, [COUNT_OUTSIDE] = 0};

    put(r, f->categories);
    put(r, f->owner_kinds);
    put(r, built_up[f->built_up]);
    r->values[r->count++] = sql_text(f->area_prefix == NULL ? "" : f->area_prefix);
}

/* Was the query's last day over by the instant? */
static bool was_over(const struct count_query *query)
{
    return when_day_of(query->known_ms) > query->to;
}

static int32_t first_day(const struct count_query *query)
{
    return query->measure == COUNT_STOCK ? INT32_MIN : query->from;
}

static struct reading reading_of(const struct count_query *query)
{
    static const char *const texts[2][2] = {{READ_STOCK, READ_STOCK_KNOWN},
                                            {READ_ADDED, READ_ADDED_KNOWN}};
    bool added = query->measure == COUNT_ADDED;
    bool known = query->known_ms != 0;
    int64_t month = month_of(query->to);
    struct reading r = {.text = texts[added][known]};

    put(&r, query->measure);
    put(&r, month);
    put(&r, month_begin(month));
    put(&r, query->to);
    put_filter(&r, &query->filter);
    if (added) {
        int64_t before = month_of(query->from - 1);
        put(&r, before);
        put(&r, month_begin(before));
        put(&r, query->from - 1);
    }
    if (known) {
        put(&r, query->known_ms);
        put(&r, first_day(query));
        put(&r, was_over(query));
    }
    return r;
}

enum err store_counts_read(struct sql *db, const struct count_query *query, count_row *each,
                           void *arg, struct fault *fault)
{
    const struct reading r = reading_of(query);
    struct sql_rows *rows = sql_query(db, r.text, r.values, r.count);

    while (sql_next(rows))
        give_row(rows, each, arg);
    return sql_done(rows, fault);
}

enum err store_count_changes(struct sql *db, const struct count_query *query,
                             count_change_row *each, void *arg, struct fault *fault)
{
    struct reading r = {.text = CHANGES};
    struct sql_rows *rows = NULL;

    put(&r, query->measure);
    put(&r, query->known_ms);
    put(&r, first_day(query));
    put(&r, query->to);
    put_filter(&r, &query->filter);
    put(&r, was_over(query));
    rows = sql_query(db, r.text, r.values, r.count);
    while (sql_next(rows)) {
        struct count_dims dims = read_dims(rows);
        each(arg, &dims, sql_column_int(rows, 8), sql_column_int(rows, 7));
    }
    return sql_done(rows, fault);
}

enum err store_count_changed(struct sql *db, int32_t day, int64_t after_ms, bool *changed,
                             struct fault *fault)
{
    struct sql_rows *rows = sql_query(db, CHANGED, SQL_VALUES(sql_int(day), sql_int(after_ms)));

    *changed = sql_next(rows);
    return sql_done(rows, fault);
}
