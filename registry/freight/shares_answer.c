/* shares_answer.c: shares as JSON and as rows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "registry/freight/shares.h"

#define RAIL (1u << FREIGHT_RAIL)
#define CONVEYORS                                                                                  \
    (1u << FREIGHT_BELT_ENCLOSED | 1u << FREIGHT_BELT_OPEN | 1u << FREIGHT_PIPE_CONVEYOR)
#define TENTHS_TEXT 24

static const char *tenths(int64_t value, char out[static TENTHS_TEXT])
{
    snprintf(out, TENTHS_TEXT, "%" PRId64 ".%d", value / 10, (int)(value % 10));
    return out;
}

/* [numerator, denominator, value]; without a denominator there is no value. */
static json_t *share_json(int64_t num, int64_t den)
{
    return json_pack("[I, I, o]", (json_int_t)num, (json_int_t)den,
                     den == 0 ? json_null() : json_real((double)num / (double)den));
}

static json_t *shares_json(const struct freight_shares *s, const struct share_group *group)
{
    int64_t bulk = freight_tonnes(&group->bulk, FREIGHT_MODES_ALL);
    json_t *object = json_object();

    json_object_set_new(object, "rail_of_bulk",
                        share_json(freight_tonnes(&group->bulk, RAIL), bulk));
    for (size_t i = 0; i < GREEN_DEFINITIONS; i++)
        json_object_set_new(
            object, s->query.definitions[i].id,
            share_json(freight_tonnes(&group->bulk, s->query.definitions[i].modes), bulk));
    return object;
}

/* The same by tonne-kilometres, and of how many tonnes the distance is known. */
static json_t *tonne_km_json(const struct freight_shares *s, const struct share_group *group)
{
    int64_t all = freight_tonne_km(&group->bulk, FREIGHT_MODES_ALL);
    int64_t measured = 0;
    json_t *object = json_object();

    for (int mode = 0; mode < FREIGHT_MODE_COUNT; mode++)
        measured += group->bulk.measured[mode];
    json_object_set_new(object, "rail_of_bulk",
                        share_json(freight_tonne_km(&group->bulk, RAIL), all));
    for (size_t i = 0; i < GREEN_DEFINITIONS; i++)
        json_object_set_new(
            object, s->query.definitions[i].id,
            share_json(freight_tonne_km(&group->bulk, s->query.definitions[i].modes), all));
    json_object_set_new(object, "measured",
                        share_json(measured, freight_tonnes(&group->bulk, FREIGHT_MODES_ALL)));
    return object;
}

static json_t *by_mode_json(const struct freight_modes *modes)
{
    json_t *object = json_object();
    char text[TENTHS_TEXT];

    for (int mode = FREIGHT_RAIL; mode <= FREIGHT_TRUCK_LE4; mode++)
        json_object_set_new(object, vocabulary_word(&vocabulary_freight_mode, mode),
                            json_string(tenths(modes->tonnes[mode], text)));
    return object;
}

static void set_figures(json_t *object, const struct freight_shares *s,
                        const struct share_group *group)
{
    char text[TENTHS_TEXT];

    json_object_set_new(object, "bulk_t",
                        json_string(tenths(freight_tonnes(&group->bulk, FREIGHT_MODES_ALL), text)));
    json_object_set_new(object, "by_mode", by_mode_json(&group->bulk));
    json_object_set_new(object, "shares", shares_json(s, group));
    json_object_set_new(object, "tonne_km", tonne_km_json(s, group));
}

/* ---- groups ---- */

static const struct coverage_org *org_of(const struct coverage *coverage, const char *org_id)
{
    for (size_t i = 0; i < coverage->expected; i++)
        if (strcmp(coverage->orgs[i].org_id, org_id) == 0)
            return &coverage->orgs[i];
    return NULL;
}

static json_t *group_json(const struct freight_shares *s, const struct share_group *group)
{
    static const char *const names[] = {[FREIGHT_BY_ORG] = "org_id",
                                        [FREIGHT_BY_COMMODITY] = "commodity",
                                        [FREIGHT_BY_ZONE] = "zone",
                                        [FREIGHT_BY_PERIOD] = "period"};
    const struct coverage_org *org =
        s->query.by == FREIGHT_BY_ORG ? org_of(&s->coverage, group->id) : NULL;
    json_t *object = json_pack("{s:s}", names[s->query.by], group->id);

    if (org != NULL) {
        json_object_set_new(object, "name", json_string(org->name));
        json_object_set_new(object, "industry",
                            json_string(vocabulary_word(&vocabulary_industry, org->industry)));
        json_object_set_new(object, "complete", json_boolean(coverage_complete(org)));
    }
    set_figures(object, s, group);
    return object;
}

static json_t *groups_json(const struct freight_shares *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->group_count; i++)
        json_array_append_new(list, group_json(s, &s->groups[i]));
    return list;
}

/* ---- the answer ---- */

static json_t *definitions_json(const struct freight_shares *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < GREEN_DEFINITIONS; i++) {
        const struct green_definition *d = &s->query.definitions[i];
        json_t *modes = json_array();
        for (int mode = FREIGHT_RAIL; mode < FREIGHT_MODE_COUNT; mode++)
            if ((d->modes >> mode & 1u) != 0)
                json_array_append_new(modes,
                                      json_string(vocabulary_word(&vocabulary_freight_mode, mode)));
        json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:s, s:o, s:s, s:s*}", "id", d->id,
                                              "version", (json_int_t)d->version, "title_zh",
                                              d->title_zh, "title_en", d->title_en, "modes", modes,
                                              "source", d->source, "note", d->note));
    }
    return list;
}

static json_t *distances_json(const struct freight_shares *s)
{
    return json_pack(
        "{s:{s:I, s:o}, s:{s:I, s:o}}", "long", "min_km", (json_int_t)s->query.distances.long_km,
        "rail_of_bulk_and_containers",
        share_json(freight_tonnes(&s->far, RAIL), freight_tonnes(&s->far, FREIGHT_MODES_ALL)),
        "short", "max_km", (json_int_t)s->query.distances.short_km, "conveyor_of_bulk",
        share_json(freight_tonnes(&s->near, CONVEYORS),
                   freight_tonnes(&s->near, FREIGHT_MODES_ALL)));
}

static json_t *coverage_json(const struct coverage *c)
{
    return json_pack("{s:I, s:I, s:I}", "reported", (json_int_t)c->reported, "expected",
                     (json_int_t)c->expected, "complete", (json_int_t)c->complete);
}

json_t *freight_shares_json(const struct freight_shares *s)
{
    static const char *const names[] = {[FREIGHT_BY_ORG] = "orgs",
                                        [FREIGHT_BY_COMMODITY] = "commodities",
                                        [FREIGHT_BY_ZONE] = "zones",
                                        [FREIGHT_BY_PERIOD] = "periods"};
    char text[PERIOD_TEXT];
    json_t *object = json_pack("{s:s}", "period", period_format(s->query.period, text));

    set_figures(object, s, &s->region);
    json_object_set_new(json_object_get(object, "shares"), "rail_of_all",
                        share_json(freight_tonnes(&s->region.all, RAIL),
                                   s->zone_freight == FREIGHT_UNKNOWN ? 0 : s->zone_freight));
    json_object_set_new(object, "distances", distances_json(s));
    json_object_set_new(object, "definitions", definitions_json(s));
    json_object_set_new(object, names[s->query.by], groups_json(s));
    json_object_set_new(object, "coverage", coverage_json(&s->coverage));
    return object;
}

/* ---- rows ---- */

static void put_share(struct csv_writer *csv, int64_t num, int64_t den)
{
    char text[TENTHS_TEXT];

    csv_put(csv, tenths(num, text));
    if (den == 0)
        csv_put(csv, "");
    else {
        snprintf(text, sizeof text, "%.6f", (double)num / (double)den);
        csv_put(csv, text);
    }
}

static void put_group(const struct freight_shares *s, const struct share_group *group,
                      const char *id, struct csv_writer *csv)
{
    int64_t bulk = freight_tonnes(&group->bulk, FREIGHT_MODES_ALL);
    const struct coverage_org *org = org_of(&s->coverage, id);
    char text[TENTHS_TEXT];

    csv_put(csv, id);
    csv_put(csv, org == NULL ? "" : org->name);
    csv_put(csv, tenths(bulk, text));
    put_share(csv, freight_tonnes(&group->bulk, RAIL), bulk);
    for (size_t i = 0; i < GREEN_DEFINITIONS; i++)
        put_share(csv, freight_tonnes(&group->bulk, s->query.definitions[i].modes), bulk);
    csv_end_row(csv);
}

void freight_shares_csv(const struct freight_shares *s, struct csv_writer *csv)
{
    char column[64];

    csv_put(csv, "id");
    csv_put(csv, "name");
    csv_put(csv, "bulk_t");
    csv_put(csv, "rail_t");
    csv_put(csv, "rail_of_bulk");
    for (size_t i = 0; i < GREEN_DEFINITIONS; i++) {
        snprintf(column, sizeof column, "%s_t", s->query.definitions[i].id);
        csv_put(csv, column);
        csv_put(csv, s->query.definitions[i].id);
    }
    csv_end_row(csv);
    for (size_t i = 0; i < s->group_count; i++)
        put_group(s, &s->groups[i], s->groups[i].id, csv);
    put_group(s, &s->region, "TOTAL", csv);
}
