#include "registry/compliance/tally.h"

#include "registry/compliance/attributed.h"
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

struct moving {
    count_row *each;
    void *arg;
};

static void move_row(void *arg, const char *owner_id, const struct count_dims *dims, int64_t n)
{
    const struct moving *m = arg;

    (void)owner_id;
    m->each(m->arg, dims, n);
}

enum err tally_rows(struct sql *db, const struct scope *scope, count_row *each, void *arg,
                    struct fault *fault)
{
    struct moving moving = {each, arg};
    enum err err = ERR_OK;

    if (scope->nothing)
        return ERR_OK;
    err = scope->owner_id != NULL
              ? counts_read_owner(db, &scope->query, scope->owner_id, each, arg, fault)
              : counts_read(db, &scope->query, each, arg, fault);
    return err == ERR_OK ? attributed_moves(db, scope, move_row, &moving, fault) : err;
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
