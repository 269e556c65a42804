/* Shares of the time that machines work inside sites, by telemetry. The machines are the items. */
#include <string.h>

#include "registry/compliance/compliance_internal.h"
#include "registry/store/store_usage.h"

#define MINUTE_MS 60000

struct usage {
    struct work *w;
    struct compliance_rule *result;
    struct tally ms, machines;
    struct compliance_item *item; /* of the machine whose rows come */
    struct count_dims *dims;      /* of the items, in their order */
    size_t room;
};

static void keep_dims(struct usage *u, const struct count_dims *dims)
{
    size_t count = u->result->items.count; /* with this one */
    struct count_dims *old = u->dims;

    if (count > u->room) {
        u->room = u->room * 2 + 16;
        u->dims = ARENA_ARRAY(u->w->arena, struct count_dims, u->room);
        if (old != NULL)
            memcpy(u->dims, old, (count - 1) * sizeof *old);
    }
    u->dims[count - 1] = *dims;
}

static void take_machine(void *arg, const struct store_machine_use *use)
{
    struct usage *u = arg;
    enum counts_as as = scope_qualifies(u->result->rule->qualifies, &use->dims);

    u->ms.n[as] += use->operating_ms;
    if (u->item != NULL && strcmp(u->item->id, use->vehicle_id) == 0) {
        u->item->share.den += use->operating_ms;
        u->item->why = arena_format(u->w->arena, "%s, %s", u->item->why, use->site_id);
        return;
    }
    u->machines.n[as]++;
    u->item = compliance_item_add(u->w, u->result);
    keep_dims(u, &use->dims);
    *u->item = (struct compliance_item){
        .id = arena_text(u->w->arena, use->vehicle_id),
        .name = "",
        .as = as,
        .unit = UNIT_MINUTES,
        .share = {0, use->operating_ms},
        .why = arena_format(u->w->arena, "%s; at %s",
                            scope_why(u->result->rule, &use->dims, u->w->arena), use->site_id),
    };
}

/* A minute that was begun counts, so that a miss of seconds stays a miss. */
static int64_t minutes_of(int64_t ms)
{
    return (ms + MINUTE_MS - 1) / MINUTE_MS;
}

/* It is made of telemetry: what is not contradicted is borne out. */
static enum err verify(struct usage *u)
{
    struct work *w = u->w;
    struct compliance_rule *result = u->result;
    const struct count_query fleet = {.measure = COUNT_STOCK, .to = w->out->query.as_of};
    enum err err = compliance_heard(w, &fleet);

    for (size_t i = 0; i < result->items.count && err == ERR_OK; i++) {
        struct compliance_item *item = &result->items.list[i];
        struct verification *v = ARENA_NEW(w->arena, struct verification);
        *v = verification_of(result->rule, &u->dims[i], &w->heard, heard_find(&w->heard, item->id));
        if (v->as == VERIFIED_SILENT)
            v->as = VERIFIED_BY_TELEMETRY;
        item->verification = v;
        compliance_verified_add(result, item->as, v->as, item->share.den);
    }
    compliance_verified_end(result);
    return err;
}

static void take_figure(struct usage *u)
{
    struct compliance_rule *result = u->result;

    for (int as = 0; as < COUNTS_AS_COUNT; as++)
        result->tally.n[as] = minutes_of(u->ms.n[as]);
    for (size_t i = 0; i < result->items.count; i++) {
        struct compliance_item *item = &result->items.list[i];
        item->share.den = minutes_of(item->share.den);
        item->share.num = item->as == COUNTS_YES ? item->share.den : 0;
    }
    result->share = tally_share(&result->tally);
}

enum err compliance_machines(struct work *w, struct compliance_rule *result)
{
    const struct store_use_query query = compliance_use_query(w, &result->scope);
    struct usage u = {.w = w, .result = result};
    enum err err = store_machine_use(w->db, &query, take_machine, &u, w->fault);

    if (err != ERR_OK)
        return err;
    take_figure(&u);
    compliance_view_add(result, &(struct compliance_view){"machines", "机械台数", UNIT_VEHICLES,
                                                          tally_share(&u.machines), -1,
                                                          "the machines that worked there"});
    result->facts = verdict_facts(result->rule, result->share, w->out->query.as_of, &result->pace);
    if (result->share.den == 0)
        result->note = "telemetry saw no machine work inside a site of these enterprises";
    return w->past || result->scope.query.known_ms != 0 ? ERR_OK : verify(&u);
}
