#include "registry/snapshot/sources.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "registry/compliance/uses.h"
#include "registry/store/store_freight.h"
#include "registry/vehicles/vocabulary.h"

#define PAGE 5000

struct source {
    const char *kind, *counts, *id, *at;
    int64_t numerator, denominator;
    const char *detail;
};

static void put(struct listing *l, const struct source *s)
{
    char numerator[24], denominator[24];

    snprintf(numerator, sizeof numerator, "%" PRId64, s->numerator);
    snprintf(denominator, sizeof denominator, "%" PRId64, s->denominator);
    const char *const fields[SOURCE_COLUMNS] = {l->rule, s->kind,   s->counts,   s->id,
                                                s->at,   numerator, denominator, s->detail};
    for (size_t i = 0; i < SOURCE_COLUMNS; i++)
        csv_put(&l->csv, fields[i]);
    csv_end_row(&l->csv);
    l->rows++;
}

/* ---- trips and working time ---- */

static void put_trip(struct listing *l, const struct store_use *u, enum counts_as as)
{
    char at[WHEN_INSTANT_TEXT], detail[512];

    when_instant_format(u->at_ms, at);
    snprintf(detail, sizeof detail, "%s, %s %s, %s %s, %s, %" PRId64 " x 0.1 t", u->site_id,
             u->gate, vocabulary_word(&vocabulary_freight_direction, u->direction),
             u->energy == 0 ? "-" : vocabulary_word(&vocabulary_energy, u->energy),
             u->stage == 0 ? "-" : vocabulary_word(&vocabulary_stage, u->stage),
             u->vehicle_id[0] == '\0' ? "not in the register" : u->vehicle_id, u->tonnes);
    put(l,
        &(struct source){"trip", counts_as_name(as), u->plate[0] != '\0' ? u->plate : u->named_id,
                         at, as == COUNTS_YES, 1, detail});
}

static void put_stay(struct listing *l, const struct store_use *u, enum counts_as as)
{
    char day[WHEN_DAY_TEXT], detail[256];

    when_day_format(when_day_of(u->at_ms), day);
    snprintf(detail, sizeof detail, "%s, unit %s", u->site_id, u->unit);
    put(l, &(struct source){"working_time", counts_as_name(as), u->vehicle_id, day,
                            as == COUNTS_YES ? u->operating_ms : 0, u->operating_ms, detail});
}

static void list_use(void *arg, const struct behind_row *row)
{
    const struct store_use *u = &row->use->use;

    if (u->unit[0] == '\0')
        put_trip(arg, u, row->as);
    else
        put_stay(arg, u, row->as);
}

/* A page at a time, each in an arena of its own. */
static enum err list_uses(struct sql *db, const struct compliance *c,
                          const struct compliance_rule *r, struct listing *l, struct fault *fault)
{
    struct arena *pages[2] = {arena_create(), arena_create()}; /* the cursor lives in the other */
    struct behind_query query = {.asked = c->query, .scope = r->scope, .all = true, .limit = PAGE};
    enum err err = ERR_OK;

    for (size_t page = 0; page == 0 || (err == ERR_OK && query.after != NULL); page++) {
        const char *next = NULL;
        arena_reset(pages[page % 2]);
        err = behind_read(db, &query, pages[page % 2], list_use, l, &next, fault);
        query.after = next;
        listing_move(l);
    }
    arena_destroy(pages[0]);
    arena_destroy(pages[1]);
    return err;
}

/* ---- enterprises and places ---- */

static void list_items(const struct compliance_rule *r, struct listing *l)
{
    const char *kind = r->rule->kind == RULE_RANK ? "place" : "enterprise";

    for (size_t i = 0; i < r->items.count; i++) {
        const struct compliance_item *item = &r->items.list[i];
        put(l, &(struct source){kind, counts_as_name(item->as), item->id, "", item->share.num,
                                item->share.den, item->why});
    }
}

/* ---- reports ---- */

static void put_report(void *arg, const struct store_freight_report *report)
{
    if (report->accepted > 0)
        put(arg, &(struct source){"report", "", report->key.org_id, report->key.period,
                                  report->accepted, 0, "in force"});
}

static int64_t month_of(int32_t day)
{
    struct when_date date = when_date(day);

    return (int64_t)date.year * 12 + date.month - 1;
}

static enum err list_reports(struct sql *db, const struct compliance_rule *r, struct listing *l,
                             struct fault *fault)
{
    const struct store_freight_search search = {
        .from_month = month_of(r->scope.query.from),
        .to_month = month_of(r->scope.query.to),
        .org_id = r->scope.owner_id,
        .limit = INT32_MAX,
    };

    if (r->rule->kind != RULE_REGION_SHARE && r->rule->kind != RULE_ENTITY_BOOL)
        return ERR_OK;
    return store_freight_find(db, &search, put_report, l, fault);
}

/* ---- values and exceptions ---- */

static void list_values(const struct compliance_rule *r, struct listing *l)
{
    for (size_t i = 0; i < r->values.count; i++) {
        const struct store_statistic *s = &r->values.items[i];
        char from[WHEN_DAY_TEXT], to[WHEN_DAY_TEXT], at[2 * WHEN_DAY_TEXT + 2], detail[320];
        when_day_format(s->from, from);
        when_day_format(s->until - 1, to);
        snprintf(at, sizeof at, "%s/%s", from, to);
        snprintf(detail, sizeof detail, "%s: %s",
                 vocabulary_word(&vocabulary_indicator, s->indicator), s->source);
        put(l, &(struct source){"value", "", s->subject, at, s->value, s->version, detail});
    }
}

static void list_exceptions(const struct compliance_rule *r, struct listing *l)
{
    for (size_t i = 0; i < r->exceptions.count; i++) {
        const struct store_exception *e = &r->exceptions.items[i];
        char day[WHEN_DAY_TEXT];
        when_day_format(e->from, day);
        put(l, &(struct source){"exception", "", e->subject, day, 0, 0, e->document});
    }
}

static enum err list_rule(struct sql *db, const struct compliance *c,
                          const struct compliance_rule *r, struct listing *l, struct fault *fault)
{
    enum err err = ERR_OK;

    l->rule = r->rule->id;
    if (r->rule->kind == RULE_USAGE_SHARE)
        err = list_uses(db, c, r, l, fault);
    else
        list_items(r, l);
    if (err == ERR_OK)
        err = list_reports(db, r, l, fault);
    list_values(r, l);
    list_exceptions(r, l);
    listing_move(l);
    return err;
}

enum err sources_list(struct sql *db, const struct compliance *compliance, struct listing *l,
                      struct fault *fault)
{
    static const char *const columns[SOURCE_COLUMNS] = {
        "rule", "kind", "counts", "id", "at", "numerator", "denominator", "detail"};
    enum err err = ERR_OK;

    listing_head(l, columns, SOURCE_COLUMNS);
    for (size_t i = 0; i < compliance->count && err == ERR_OK; i++)
        if (!behind_is_vehicles(compliance->rules[i].rule))
            err = list_rule(db, compliance, &compliance->rules[i], l, fault);
    listing_move(l);
    return err;
}
