#include "registry/freight/sums.h"

#include "registry/freight/period.h"

_Static_assert(STORE_FREIGHT_MAIN == FREIGHT_MAIN, "the store's numbers are the vocabulary's");
_Static_assert(STORE_FREIGHT_OUT == FREIGHT_OUT, "the store's numbers are the vocabulary's");

static const uint32_t commodities[] = {
    [FREIGHT_ALL_GOODS] = 0,
    [FREIGHT_BULK] = COMMODITIES_BULK,
    [FREIGHT_BULK_AND_CONTAINERS] = COMMODITIES_BULK,
};

struct store_freight_query freight_scope_query(const struct freight_scope *s)
{
    struct period within = period_within(s->from, s->to);

    return (struct store_freight_query){
        .from_month = within.first_month,
        .to_month = within.first_month + within.months - 1,
        .commodities = commodities[s->goods],
        .containers = s->goods == FREIGHT_BULK_AND_CONTAINERS,
        .directions = s->directions,
        .km_min = s->km_min > 0 ? s->km_min * 10 : -1,
        .km_max = s->km_max > 0 ? s->km_max * 10 : -1,
        .org_id = s->org_id,
        .industries = s->industries,
        .day = s->to,
        .once = s->org_id == NULL,
        .known_at = s->known_at,
    };
}

void freight_modes_add(struct freight_modes *modes, const struct store_freight_sum *sum)
{
    modes->tonnes[sum->mode] += sum->tonnes;
    modes->measured[sum->mode] += sum->measured;
    modes->tonne_km[sum->mode] += sum->tonne_km;
}

static void take_sum(void *arg, const struct store_freight_sum *sum)
{
    freight_modes_add(arg, sum);
}

enum err freight_sums(struct sql *db, const struct freight_scope *scope,
                      struct freight_modes *modes, struct fault *fault)
{
    struct store_freight_query query = freight_scope_query(scope);

    *modes = (struct freight_modes){{0}, {0}, {0}};
    return store_freight_sums_read(db, &query, take_sum, modes, fault);
}

static int64_t sum_of(const int64_t *values, uint32_t mask)
{
    int64_t sum = 0;

    for (int mode = 0; mode < FREIGHT_MODE_COUNT; mode++)
        if ((mask >> mode & 1u) != 0)
            sum += values[mode];
    return sum;
}

int64_t freight_tonnes(const struct freight_modes *modes, uint32_t mask)
{
    return sum_of(modes->tonnes, mask);
}

int64_t freight_tonne_km(const struct freight_modes *modes, uint32_t mask)
{
    return sum_of(modes->tonne_km, mask);
}
