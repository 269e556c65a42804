#include "registry/freight/outside.h"

#include <string.h>

#include "registry/store/store_gate_usage.h"
#include "registry/store/store_statistics.h"
#include "registry/vehicles/vocabulary.h"

#define PER_TENTH (STATISTIC_ONE / 10)

/* ---- the gates ---- */

struct ledger {
    int64_t trips, tonnes;
};

static void take_sum(void *arg, const struct store_gate_sum *sum)
{
    struct ledger *ledger = arg;

    ledger->trips += sum->trips;
    ledger->tonnes += sum->tonnes;
}

enum err outside_gate(struct sql *db, const char *org_id, struct period period, int64_t *tonnes,
                      struct fault *fault)
{
    const struct store_gate_query query = {
        .from = period_first_day(period), .to = period_last_day(period), .org_id = org_id};
    struct ledger ledger = {0, 0};
    enum err err = store_gate_usage(db, &query, take_sum, &ledger, fault);

    *tonnes = ledger.trips == 0 ? OUTSIDE_UNKNOWN : ledger.tonnes;
    return err;
}

/* ---- statistics ---- */

/* The value of one subject's statistics, `count` of them in the order of their last days. */
static int64_t value_over(const struct store_statistic *items, size_t count, struct period period)
{
    int32_t first = period_first_day(period);
    int32_t end = period_last_day(period) + 1;
    int32_t reached = first;
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        if (items[i].from == first && items[i].until == end)
            return items[i].value / PER_TENTH;
    for (size_t i = 0; i < count; i++)
        if (items[i].from == reached) {
            sum += items[i].value / PER_TENTH;
            reached = items[i].until;
        }
    return reached == end ? sum : OUTSIDE_UNKNOWN;
}

/* Of the only subject that has a value; of several none is meant. */
static int64_t value_of(const struct store_statistics *all, struct period period)
{
    int64_t found = OUTSIDE_UNKNOWN;
    size_t next = 0;

    for (size_t at = 0; at < all->count; at = next) {
        int64_t value = 0;
        while (next < all->count && strcmp(all->items[next].subject, all->items[at].subject) == 0)
            next++;
        value = value_over(&all->items[at], next - at, period);
        if (value != OUTSIDE_UNKNOWN && found != OUTSIDE_UNKNOWN)
            return OUTSIDE_UNKNOWN;
        found = value == OUTSIDE_UNKNOWN ? found : value;
    }
    return found;
}

static enum err read_statistic(struct sql *db, enum indicator indicator, const char *subject,
                               struct period period, struct arena *arena, int64_t *tonnes,
                               struct fault *fault)
{
    const struct store_statistic_span span = {.indicator = (int)indicator,
                                              .subject = subject,
                                              .from = period_first_day(period),
                                              .to = period_last_day(period)};
    struct store_statistics all = {0};
    enum err err = store_statistics_of(db, &span, arena, &all, fault);

    *tonnes = value_of(&all, period);
    return err;
}

enum err outside_railway(struct sql *db, const char *org_id, struct period period,
                         struct arena *arena, int64_t *tonnes, struct fault *fault)
{
    return read_statistic(db, INDICATOR_RAIL_FREIGHT, org_id, period, arena, tonnes, fault);
}

enum err outside_zone(struct sql *db, const char *zone, struct period period, struct arena *arena,
                      int64_t *tonnes, struct fault *fault)
{
    return read_statistic(db, INDICATOR_FREIGHT, zone, period, arena, tonnes, fault);
}
