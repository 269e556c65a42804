#include "registry/rollup/samples.h"

#include "registry/rollup/hour_rows.h"
#include "registry/store/store_blocks.h"
#include "shared/when.h"

struct reader {
    struct sql *db;
    const char *unit;
    struct samples_place from;
    int64_t to_ms;
    size_t limit;
    size_t skipped;
    struct samples_page *page;
};

/* Takes a row, or notes that there is one more than fits. */
static void take(struct reader *r, const struct block_row *row)
{
    struct block *rows = &r->page->rows;

    if (rows->count == r->limit)
        r->page->more = true;
    else
        rows->rows[rows->count++] = *row;
}

static void take_hour(struct reader *r, const struct block *hour)
{
    for (size_t i = 0; i < hour->count && !r->page->more; i++) {
        const struct block_row *row = &hour->rows[i];
        int64_t at = row->sample.at_ms;

        if (at < r->from.at_ms || at >= r->to_ms)
            continue;
        if (at == r->from.at_ms && r->skipped < r->from.skip)
            r->skipped++;
        else
            take(r, row);
    }
}

static enum err read_hours(struct reader *r, struct fault *fault)
{
    struct arena *scratch = arena_create();
    int64_t hour = when_hour_of(r->from.at_ms);
    bool found = true;
    enum err err = ERR_OK;

    while (err == ERR_OK && found && !r->page->more) {
        struct hour_rows loaded;
        arena_reset(scratch);
        err = store_blocks_next_hour(r->db, r->unit, hour, &found, &hour, fault);
        found = found && hour * WHEN_HOUR_MS < r->to_ms;
        if (err != ERR_OK || !found)
            continue;
        err = hour_rows_load(r->db, scratch, r->unit, hour, &loaded, fault);
        if (err == ERR_OK && loaded.too_many)
            err = hour_rows_refuse(r->unit, hour, fault);
        if (err == ERR_OK)
            take_hour(r, &loaded.rows);
        hour++;
    }
    arena_destroy(scratch);
    return err;
}

/* Behind the last row of the page, counting those of the same instant, earlier pages included. */
static struct samples_place place_after(const struct reader *r)
{
    const struct block *rows = &r->page->rows;
    struct samples_place next = {.at_ms = rows->rows[rows->count - 1].sample.at_ms};

    for (size_t i = rows->count; i > 0 && rows->rows[i - 1].sample.at_ms == next.at_ms; i--)
        next.skip++;
    if (next.at_ms == r->from.at_ms)
        next.skip += r->from.skip;
    return next;
}

enum err samples_page(struct sql *db, struct arena *arena, const char *unit,
                      struct samples_place from, int64_t to_ms, size_t limit,
                      struct samples_page *page, struct fault *fault)
{
    struct reader r = {.db = db,
                       .unit = unit,
                       .from = from,
                       .to_ms = to_ms,
                       .limit = limit < 1 ? 1 : limit,
                       .page = page};
    enum err err = sql_begin(db, SQL_READ, fault);

    *page = (struct samples_page){.more = false};
    if (err != ERR_OK)
        return err;
    if (r.limit > SAMPLES_LIMIT_MAX)
        r.limit = SAMPLES_LIMIT_MAX;
    page->rows.rows = ARENA_ARRAY(arena, struct block_row, r.limit);
    err = read_hours(&r, fault);
    if (err == ERR_OK)
        err = store_kept_samples(db, &page->kept_from_ms, fault);
    sql_rollback(db);
    if (err == ERR_OK && page->more)
        page->next = place_after(&r);
    return err;
}
