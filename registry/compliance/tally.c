#include "registry/compliance/tally.h"

#include "registry/vehicles/vocabulary.h"

struct share tally_share(const struct tally *tally)
{
    return (struct share){tally->n[COUNTS_YES],
                          tally->n[COUNTS_YES] + tally->n[COUNTS_NO] + tally->n[COUNTS_UNKNOWN]};
}

bool tally_is_zero_emission(const struct count_dims *dims)
{
    return dims->energy == ENERGY_BEV || dims->energy == ENERGY_FCEV;
}

void tally_add(struct tally *tally, const struct rule *rule, const struct count_dims *dims,
               int64_t n)
{
    enum counts_as as = scope_counts(rule, dims);

    tally->n[as] += n;
    if (as == COUNTS_YES && tally_is_zero_emission(dims))
        tally->zero_emission += n;
}

enum err tally_rows(struct sql *db, const struct scope *scope, count_row *each, void *arg,
                    struct fault *fault)
{
    if (scope->nothing)
        return ERR_OK;
    if (scope->owner_id != NULL)
        return counts_read_owner(db, &scope->query, scope->owner_id, each, arg, fault);
    return counts_read(db, &scope->query, each, arg, fault);
}

struct target {
    const struct rule *rule;
    struct tally *tally;
};

static void add_row(void *arg, const struct count_dims *dims, int64_t n)
{
    struct target *target = arg;

    tally_add(target->tally, target->rule, dims, n);
}

enum err tally_read(struct sql *db, const struct scope *scope, struct tally *tally,
                    struct fault *fault)
{
    struct target target = {scope->rule, tally};

    *tally = (struct tally){0};
    return tally_rows(db, scope, add_row, &target, fault);
}
