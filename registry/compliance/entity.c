/*
 * Conditions on each enterprise: numerator are those that fulfil it, denominator those in scope. The
 * enterprises are the items.
 */
#include "registry/compliance/compliance_internal.h"

#include <inttypes.h>
#include <string.h>

struct entities {
    struct work *w;
    struct compliance_rule *result;
    struct store_org *orgs;
    size_t count, room;
};

static void keep_org(void *arg, const struct store_org *org)
{
    struct entities *e = arg;
    const struct scope *scope = &e->result->scope;
    const struct rule_subject *subject = &e->result->rule->subject;

    if ((subject->industries != 0 && (subject->industries >> org->industry & 1u) == 0) ||
        (scope->owner_id != NULL && strcmp(scope->owner_id, org->org_id) != 0))
        return;
    if (e->count == e->room) {
        struct store_org *old = e->orgs;
        e->room = e->room == 0 ? 16 : e->room * 2;
        e->orgs = ARENA_ARRAY(e->w->arena, struct store_org, e->room);
        if (old != NULL)
            memcpy(e->orgs, old, e->count * sizeof *old);
    }
    e->orgs[e->count++] = *org;
}

static enum err read_orgs(struct entities *e)
{
    const struct rule_subject *subject = &e->result->rule->subject;

    return store_org_subjects(
        e->w->db, e->w->out->query.as_of,
        subject->project_statuses != 0 ? STORE_ORG_STATUS : STORE_ORG_INDUSTRY,
        subject->project_statuses != 0 ? subject->project_statuses : subject->industries,
        e->result->scope.query.known_ms, keep_org, e, e->w->fault);
}

/* ---- siding or pipeline ---- */

/* Tonnes a year: the larger of what it declares and what it reports. */
static enum err find_volume(struct entities *e, const struct store_org *org, int64_t *tonnes)
{
    const struct count_query *days = &e->result->scope.query;
    const struct freight_scope scope = {.from = days->from,
                                        .to = days->to,
                                        .goods = FREIGHT_BULK,
                                        .org_id = org->org_id,
                                        .known_at = days->known_ms};
    struct freight_modes modes;
    enum err err = compliance_org_freight(e->w, &scope, &modes);
    int64_t reported = err == ERR_OK ? freight_tonnes(&modes, FREIGHT_MODES_ALL) / 10 : 0;

    *tonnes = reported > org->bulk_t_per_year ? reported : org->bulk_t_per_year;
    return err;
}

static void judge_siding(struct entities *e, const struct store_org *org, int64_t tonnes,
                         struct compliance_item *item)
{
    bool siding = org->siding == SIDING_OWN || org->siding == SIDING_SHARED;

    item->as = siding || org->pipeline ? COUNTS_YES : COUNTS_NO;
    item->why = arena_format(e->w->arena, "%" PRId64 " t a year; siding %s, %s", tonnes,
                             org->siding == 0 ? "not stated"
                                              : vocabulary_word(&vocabulary_siding, org->siding),
                             org->pipeline ? "a pipeline" : "no pipeline");
}

static enum err judge_connected(struct entities *e, const struct store_org *org)
{
    int64_t tonnes = 0;
    enum err err = find_volume(e, org, &tonnes);
    struct compliance_item *item = NULL;

    if (err != ERR_OK || tonnes < e->result->rule->subject.min_bulk_t)
        return err;
    item = compliance_item_add(e->w, e->result);
    *item = (struct compliance_item){.id = org->org_id, .name = org->name, .unit = UNIT_TONNES};
    judge_siding(e, org, tonnes, item);
    return ERR_OK;
}

/* ---- plants ---- */

static enum err judge_plant(struct entities *e, const struct store_org *org)
{
    struct plant_figures figures;
    struct compliance_item *item = NULL;
    enum err err = compliance_plant_figures(e->w, e->result, org, &figures);

    if (err != ERR_OK)
        return err;
    item = compliance_item_add(e->w, e->result);
    *item = (struct compliance_item){.id = org->org_id, .name = org->name, .unit = UNIT_TONNES};
    compliance_plant_judge(e->w, e->result, org, &figures, item);
    return ERR_OK;
}

/* ---- the figure ---- */

static void excuse(struct entities *e, const struct store_exceptions *exceptions)
{
    struct compliance_rule *result = e->result;
    struct store_exceptions *used = &result->exceptions;
    int64_t misses = 0;

    used->items = ARENA_ARRAY(e->w->arena, struct store_exception, result->items.count + 1);
    for (size_t i = 0; i < result->items.count; i++) {
        struct compliance_item *item = &result->items.list[i];
        if (item->as == COUNTS_YES)
            continue;
        misses++;
        item->exception =
            compliance_exception(exceptions, EXCEPTION_ORG, item->id, e->w->out->query.as_of);
        if (item->exception != NULL)
            used->items[used->count++] = *item->exception;
    }
    result->facts.excused = misses > 0 && (int64_t)used->count == misses;
}

static void count_items(struct compliance_rule *result)
{
    for (size_t i = 0; i < result->items.count; i++) {
        const struct compliance_item *item = &result->items.list[i];
        result->tally.n[item->as]++;
        result->facts.disputed = result->facts.disputed || item->disputed;
    }
    result->share = tally_share(&result->tally);
    result->verified.silent =
        result->share.den - result->verified.by_telemetry - result->verified.contradicted;
}

enum err compliance_entity(struct work *w, struct compliance_rule *result)
{
    const struct rule *rule = result->rule;
    struct entities e = {.w = w, .result = result};
    struct store_exceptions exceptions;
    enum err err = read_orgs(&e);

    for (size_t i = 0; i < e.count && err == ERR_OK; i++)
        err = rule->qualifies == METRIC_HAS_SIDING_OR_PIPELINE ? judge_connected(&e, &e.orgs[i])
                                                               : judge_plant(&e, &e.orgs[i]);
    if (err == ERR_OK)
        err = compliance_exceptions(w, result, &exceptions);
    if (err != ERR_OK)
        return err;
    count_items(result);
    result->facts.data = result->share.den > 0;
    result->facts.met = share_meets(result->share, rule->comparator, &rule->threshold);
    result->shortfall = share_shortfall(result->share, rule->comparator, &rule->threshold);
    excuse(&e, &exceptions);
    return ERR_OK;
}
