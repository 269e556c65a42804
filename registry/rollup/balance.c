#include "registry/rollup/balance.h"

#include "registry/store/store_hours.h"
#include "registry/store/store_journals.h"
#include "registry/store/store_queue.h"

/* Positions are what a gateway says. */
static void add(int64_t *sum, int64_t more)
{
    if (__builtin_add_overflow(*sum, more, sum))
        *sum = INT64_MAX;
}

static enum err read_journals(struct sql *db, struct balance *b, struct fault *fault)
{
    struct arena *arena = arena_create();
    struct store_journal *journals = NULL;
    size_t count = 0;
    enum err err = store_journals_list(db, arena, &journals, &count, fault);

    b->journals = (int64_t)count;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        add(&b->messages, journals[i].messages);
        add(&b->rejects, journals[i].rejects);
        add(&b->damaged, journals[i].damaged);
        add(&b->lost, journals[i].lost);
        add(&b->rows_received, journals[i].rows);
    }
    arena_destroy(arena);
    return err;
}

static enum err read_hours(struct sql *db, struct balance *b, struct fault *fault)
{
    struct store_totals totals;
    struct store_backlog backlog = {0};
    enum err err = store_totals(db, &totals, fault);

    if (err != ERR_OK)
        return err;
    b->units = totals.units;
    b->rows_rolled = totals.rows_received;
    b->rows_unique = totals.rows_unique;
    b->duplicates = totals.rows_received - totals.rows_unique;
    err = store_queue_backlog(db, &backlog, fault);
    b->hours_waiting = backlog.hours;
    b->rows_waiting = backlog.rows;
    b->waiting_since_ms = backlog.since_ms;
    return err;
}

enum err balance_read(struct sql *db, struct balance *balance, struct fault *fault)
{
    enum err err = sql_begin(db, SQL_READ, fault);

    *balance = (struct balance){0};
    if (err != ERR_OK)
        return err;
    err = read_journals(db, balance, fault);
    if (err == ERR_OK)
        err = read_hours(db, balance, fault);
    sql_rollback(db);
    return err;
}

bool balance_holds(const struct balance *balance)
{
    return balance->rows_received == balance->rows_rolled + balance->rows_waiting &&
           balance->duplicates >= 0;
}
