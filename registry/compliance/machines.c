/* Shares of the time that machines work inside sites, by telemetry. The machines are the items. */
#include <string.h>

#include "registry/compliance/compliance_internal.h"
#include "registry/store/store_usage.h"

#define MINUTE_MS 60000

struct usage {
    struct work *w;
    struct compliance_rule *result;
    struct tally ms, machines;
    struct tally against;         /* ms of those that telemetry contradicts */
    struct compliance_item *item; /* of the machine whose rows come */
};

static void add_machine(struct usage *u, const struct store_machine_use *use, enum counts_as as)
{
    u->item = compliance_item_add(u->w, u->result);
    *u->item = (struct compliance_item){
        .id = arena_text(u->w->arena, use->vehicle_id),
        .name = "",
        .as = as,
        .unit = UNIT_MINUTES,
        .why = arena_format(u->w->arena, "%s; at %s",
                            scope_why(u->result->rule, &use->dims, u->w->arena), use->site_id),
    };
}

/* A machine that became another one counts as no when it was one for a while. */
static void take_machine(void *arg, const struct store_machine_use *use)
{
    struct usage *u = arg;
    enum counts_as as = scope_qualifies(u->result->rule->qualifies, &use->dims);

    u->ms.n[as] += use->operating_ms;
    if (u->item == NULL || strcmp(u->item->id, use->vehicle_id) != 0)
        add_machine(u, use, as);
    else {
        u->item->why = arena_format(u->w->arena, "%s, %s", u->item->why, use->site_id);
        u->item->as = u->item->as == as ? as : COUNTS_NO;
    }
    u->item->share.den += use->operating_ms;
    u->item->share.num += as == COUNTS_YES ? use->operating_ms : 0;
}

/* A minute that was begun counts, so that a miss of seconds stays a miss. */
static int64_t minutes_of(int64_t ms)
{
    return (ms + MINUTE_MS - 1) / MINUTE_MS;
}

/* What telemetry says of each machine, while its times are milliseconds. */
static enum err look_at_machines(struct usage *u)
{
    struct work *w = u->w;
    struct compliance_rule *result = u->result;
    const struct count_query fleet = {.measure = COUNT_STOCK, .to = w->out->query.as_of};
    enum err err = compliance_heard(w, &fleet);

    for (size_t i = 0; i < result->items.count && err == ERR_OK; i++) {
        struct compliance_item *item = &result->items.list[i];
        const struct store_heard *one = heard_find(&w->heard, item->id);
        struct verification *v = ARENA_NEW(w->arena, struct verification);
        if (one != NULL)
            *v = verification_of(result->rule, &one->dims, &w->heard, one);
        if (v->as == VERIFIED_SILENT || one == NULL)
            v->as = VERIFIED_BY_TELEMETRY;
        item->verification = v;
        u->against.n[item->as] += v->as == VERIFIED_CONTRADICTED ? item->share.den : 0;
    }
    return err;
}

/* It is made of telemetry: what is not contradicted by what the machine is on the day is borne out. Rounded as
 * the figure is, so that the parts are its minutes. */
static void take_verified(struct usage *u)
{
    struct compliance_rule *result = u->result;
    int64_t left = result->share.den;

    for (enum counts_as as = COUNTS_YES; as < COUNTS_AS_COUNT; as++) {
        int64_t n = minutes_of(u->against.n[as]), most = result->tally.n[as];

        if (as == COUNTS_EXEMPT)
            continue;
        n = n < most ? n : most;
        left -= n;
        compliance_verified_add(result, as, VERIFIED_CONTRADICTED, n);
    }
    compliance_verified_add(result, COUNTS_YES, VERIFIED_BY_TELEMETRY, left);
    compliance_verified_end(result);
}

static void take_figure(struct usage *u)
{
    struct compliance_rule *result = u->result;

    for (int as = 0; as < COUNTS_AS_COUNT; as++)
        result->tally.n[as] = minutes_of(u->ms.n[as]);
    for (size_t i = 0; i < result->items.count; i++) {
        struct compliance_item *item = &result->items.list[i];
        bool all = item->share.num == item->share.den;
        item->share.den = minutes_of(item->share.den);
        item->share.num = all ? item->share.den : item->share.num / MINUTE_MS;
        u->machines.n[item->as]++;
    }
    result->share = tally_share(&result->tally);
}

enum err compliance_machines(struct work *w, struct compliance_rule *result)
{
    const struct store_use_query query = compliance_use_query(w, &result->scope);
    struct usage u = {.w = w, .result = result};
    bool verified = !w->past && result->scope.query.known_ms == 0;
    enum err err = store_machine_use(w->db, &query, take_machine, &u, w->fault);

    if (err == ERR_OK && verified)
        err = look_at_machines(&u);
    if (err != ERR_OK)
        return err;
    take_figure(&u);
    compliance_view_add(result, &(struct compliance_view){"machines", "机械台数", UNIT_VEHICLES,
                                                          tally_share(&u.machines), -1,
                                                          "the machines that worked there"});
    result->facts = verdict_facts(result->rule, result->share, w->out->query.as_of, &result->pace);
    if (result->share.den == 0)
        result->note = "telemetry saw no machine work inside a site of these enterprises";
    else if (result->scope.query.known_ms != 0)
        result->note =
            "the working time is as telemetry is known now: it has no memory of what was "
            "known at an instant";
    if (verified)
        take_verified(&u);
    return ERR_OK;
}
