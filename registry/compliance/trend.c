/* Clauses without a figure to be reached: the values of their indicators, newest last. */
#include <string.h>

#include "registry/compliance/compliance_internal.h"
#include "registry/vehicles/vocabulary.h"

#define DAYS_BACK (3 * 366)

static void append(struct work *w, struct store_statistics *to, const struct store_statistics *more)
{
    struct store_statistic *items =
        ARENA_ARRAY(w->arena, struct store_statistic, to->count + more->count + 1);

    if (to->count > 0)
        memcpy(items, to->items, to->count * sizeof items[0]);
    if (more->count > 0)
        memcpy(items + to->count, more->items, more->count * sizeof items[0]);
    to->items = items;
    to->count += more->count;
}

enum err compliance_trend(struct work *w, struct compliance_rule *result)
{
    enum err err = ERR_OK;

    result->scope.query.from = w->out->query.as_of - DAYS_BACK + 1;
    for (int indicator = 1; indicator < INDICATOR_COUNT && err == ERR_OK; indicator++) {
        const struct store_statistic_span span = {
            .indicator = indicator,
            .subject = result->rule->subject.area,
            .from = result->scope.query.from,
            .to = w->out->query.as_of,
            .known_ms = result->scope.query.known_ms,
        };
        struct store_statistics more;
        if ((result->rule->indicators >> indicator & 1u) == 0)
            continue;
        err = store_statistics_of(w->db, &span, w->arena, &more, w->fault);
        if (err == ERR_OK)
            append(w, &result->values, &more);
    }
    if (err == ERR_OK && result->values.count == 0)
        result->note = "no value was entered for the three years up to the day";
    return err;
}
