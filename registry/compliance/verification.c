#include "registry/compliance/verification.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "registry/compliance/scope.h"
#include "registry/compliance/tally.h"
#include "registry/vehicles/papers.h"

const char *verified_as_name(enum verified_as as)
{
    static const char *const names[VERIFIED_AS_COUNT] = {"telemetry", "contradicted", "silent"};

    assert((unsigned)as < VERIFIED_AS_COUNT);
    return names[as];
}

/* ---- what would make it count otherwise ---- */

typedef bool would_differ(const struct rule *rule, const struct count_dims *dims,
                          const char *disclosure_no);

static bool has_engine(const struct rule *rule, const struct count_dims *dims,
                       const char *disclosure_no)
{
    (void)rule;
    (void)disclosure_no;
    return tally_is_zero_emission(dims);
}

static bool runs_on_fuel(const struct rule *rule, const struct count_dims *dims,
                         const char *disclosure_no)
{
    (void)rule;
    (void)disclosure_no;
    return dims->energy == ENERGY_PHEV || dims->energy == ENERGY_REEV;
}

/* It would be new-energy, and so count as yes. */
static bool has_a_plug(const struct rule *rule, const struct count_dims *dims,
                       const char *disclosure_no)
{
    (void)disclosure_no;
    return scope_qualifies(rule->qualifies, dims) != COUNTS_YES;
}

static bool asks_for_stages(const struct rule *rule, const struct count_dims *dims)
{
    return rule->qualifies != METRIC_NEV && !energy_is_nev((enum energy)dims->energy);
}

/* A truck of the wrong age for its stage would be on the other side of National VI; a machine would
 * be of Stage IV, which every rule takes. */
static bool stage_too_old(const struct rule *rule, const struct count_dims *dims,
                          const char *disclosure_no)
{
    (void)disclosure_no;
    return asks_for_stages(rule, dims) && (dims->category != CATEGORY_NON_ROAD ||
                                           scope_qualifies(rule->qualifies, dims) != COUNTS_YES);
}

static bool stage_disclosed_otherwise(const struct rule *rule, const struct count_dims *dims,
                                      const char *disclosure_no)
{
    int stage = papers_disclosed_stage(disclosure_no);
    struct count_dims disclosed = *dims;

    if (!asks_for_stages(rule, dims) || stage < 0 || stage > 6)
        return false;
    disclosed.stage = STAGE_0 + stage;
    return scope_qualifies(rule->qualifies, &disclosed) != scope_qualifies(rule->qualifies, dims);
}

#define ELECTRIC_WITH_ENGINE "electric-with-engine"

static const struct {
    const char *kind;
    would_differ *differs;
} kinds[] = {
    {ELECTRIC_WITH_ENGINE, has_engine},
    {"plugin-on-fuel", runs_on_fuel},
    {"combustion-without-engine", has_a_plug},
    {"maker-electric", has_a_plug},
    {"plate-energy", has_a_plug},
    {"stage-date", stage_too_old},
    {"disclosure-stage", stage_disclosed_otherwise},
};

static bool contradicts(const char *kind, const struct rule *rule, const struct count_dims *dims,
                        const char *disclosure_no)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].differs(rule, dims, disclosure_no);
    return false;
}

/* ---- one vehicle ---- */

/* The first of the vehicle's findings. */
static size_t first_of(const struct store_contradictions *found, const char *vehicle_id)
{
    size_t low = 0, high = found->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(found->items[middle].vehicle_id, vehicle_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct verification verification_of(const struct rule *rule, const struct count_dims *dims,
                                    const struct heard *heard, const struct store_heard *one)
{
    const struct store_contradictions *found = &heard->found;
    struct verification v = {.as = VERIFIED_SILENT};
    bool explained = false; /* that its engine ran */

    if (one == NULL)
        return v;
    for (size_t i = first_of(found, one->vehicle_id);
         i < found->count && strcmp(found->items[i].vehicle_id, one->vehicle_id) == 0; i++) {
        const struct store_contradiction *c = &found->items[i];
        explained = explained || (c->explained && strcmp(c->kind, ELECTRIC_WITH_ENGINE) == 0);
        if (!c->explained && contradicts(c->kind, rule, dims, one->disclosure_no))
            return (struct verification){VERIFIED_CONTRADICTED, c->kind, c->number};
    }
    if (one->burned && !explained && tally_is_zero_emission(dims) &&
        tally_is_zero_emission(&one->dims))
        return (struct verification){VERIFIED_CONTRADICTED, ELECTRIC_WITH_ENGINE, 0};
    if (one->heard)
        v.as = VERIFIED_BY_TELEMETRY;
    return v;
}

/* ---- reading ---- */

struct reading {
    struct heard *heard;
    struct arena *arena;
};

static void keep(void *arg, const struct store_heard *one)
{
    const struct reading *r = arg;
    struct heard *heard = r->heard;

    if (heard->count == heard->room) {
        struct store_heard *old = heard->items;
        heard->room = heard->room == 0 ? 256 : heard->room * 2;
        heard->items = ARENA_ARRAY(r->arena, struct store_heard, heard->room);
        if (old != NULL)
            memcpy(heard->items, old, heard->count * sizeof *old);
    }
    heard->items[heard->count++] = *one;
}

struct store_heard_query heard_query(const struct count_query *vehicles, int32_t as_of)
{
    return (struct store_heard_query){.measure = vehicles->measure,
                                      .from = vehicles->from,
                                      .to = vehicles->to,
                                      .heard_from = as_of - HEARD_DAYS + 1,
                                      .heard_to = as_of};
}

enum err heard_read(struct sql *db, const struct store_heard_query *query, struct arena *arena,
                    struct heard *heard, struct fault *fault)
{
    struct reading r = {heard, arena};
    enum err err = ERR_OK;

    *heard = (struct heard){0};
    err = store_heard_read(db, query, keep, &r, fault);
    return err == ERR_OK
               ? store_contradictions_on(db, query->heard_to,
                                         query->first == NULL ? "" : query->first,
                                         query->last == NULL ? VEHICLE_ID_LAST : query->last, arena,
                                         &heard->found, fault)
               : err;
}

static int by_id(const void *key, const void *item)
{
    return strcmp(key, ((const struct store_heard *)item)->vehicle_id);
}

const struct store_heard *heard_find(const struct heard *heard, const char *vehicle_id)
{
    return heard->count == 0
               ? NULL
               : bsearch(vehicle_id, heard->items, heard->count, sizeof *heard->items, by_id);
}
