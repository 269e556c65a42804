#include "registry/outlook/avoided.h"

#include <assert.h>
#include <string.h>

#include "registry/store/store_lists.h"

/* Inputs stay below 10^13, vehicles 10^6 and a factor 10^9 below; of two factors together the table
 * has less than 10^18: 10^37 < 2^127. */
typedef __int128 wide;

#define G_FINE 100000000 /* sums are in 10^-8 g */

enum avoided_from avoided_from_parse(const char *word)
{
    return strcmp(word, "CN5") == 0   ? AVOIDED_CN5
           : strcmp(word, "CN6") == 0 ? AVOIDED_CN6
                                      : AVOIDED_FROM_COUNT;
}

enum avoided_to avoided_to_parse(const char *word)
{
    return strcmp(word, "CN6") == 0   ? AVOIDED_TO_CN6
           : strcmp(word, "BEV") == 0 ? AVOIDED_TO_BEV
                                      : AVOIDED_TO_COUNT;
}

static int64_t grams(wide fine)
{
    wide half = G_FINE / 2;

    return (int64_t)(fine < 0 ? -((-fine + half) / G_FINE) : (fine + half) / G_FINE);
}

static void settle(struct avoided_substance *s, wide before, wide after)
{
    s->known = true;
    s->before_g = grams(before);
    s->after_g = grams(after);
    s->avoided_g = grams(before - after);
}

static int64_t factor_of(const struct avoided *a, const char *id)
{
    const struct factor *factor = factors_find(a->query.factors, id);

    assert(factor != NULL); /* a set without it is not loaded */
    return factor->scaled;
}

static void compute_nox(struct avoided *a)
{
    const struct avoided_query *q = &a->query;
    wide metres = (wide)a->distance_m.value * q->vehicles;
    int64_t before = factor_of(a, q->from == AVOIDED_CN5 ? "nox_cn5" : "nox_cn6");
    int64_t after = q->to == AVOIDED_TO_CN6 ? factor_of(a, "nox_cn6") : 0;

    if (a->distance_m.origin == AVOIDED_MISSING) {
        a->nox.why = "the distance is not known";
        return;
    }
    /* m × 10^-4 g/km is 10^-7 g */
    settle(&a->nox, metres * before * 10, metres * after * 10);
}

static void compute_co2(struct avoided *a)
{
    const struct avoided_query *q = &a->query;
    wide fuel = (wide)a->fuel_ml.value * q->vehicles;
    wide energy = (wide)a->energy_wh.value * q->vehicles;

    if (q->to != AVOIDED_TO_BEV)
        a->co2.why = "what the other diesel burns is not known";
    else if (a->fuel_ml.origin == AVOIDED_MISSING)
        a->co2.why = "the fuel is not known: give fuel_l_100km and a distance";
    else if (a->energy_wh.origin == AVOIDED_MISSING)
        a->co2.why = "the energy is not known: give kwh_km and a distance";
    else /* ml × 10^-4 kg/l × 10^-4 kg/kg is 10^-8 g; Wh × 10^-4 kg/kWh is 10^-4 g */
        settle(&a->co2, fuel * factor_of(a, "diesel_density") * factor_of(a, "diesel_co2"),
               energy * factor_of(a, q->grid) * (G_FINE / FACTOR_SCALE));
}

/* ---- inputs ---- */

static struct avoided_input given(int64_t value)
{
    return (struct avoided_input){value < 0 ? 0 : value,
                                  value < 0 ? AVOIDED_MISSING : AVOIDED_GIVEN};
}

static struct avoided_input by_distance(int64_t rate, const struct avoided_input *distance_m,
                                        int64_t per_m)
{
    if (rate < 0 || distance_m->origin == AVOIDED_MISSING)
        return given(-1);
    return given((int64_t)(((wide)rate * distance_m->value * 2 + per_m) / (per_m * 2)));
}

static void measure_if(struct avoided_input *input, int64_t measured)
{
    if (measured > 0)
        *input = (struct avoided_input){measured, AVOIDED_MEASURED};
}

static enum err read_use(struct sql *db, const struct avoided_query *q, struct store_use *use,
                         struct fault *fault)
{
    bool known = false;
    enum err err = store_vehicle_known(db, q->vehicle_id, &known, fault);

    if (err == ERR_OK && !known)
        err = fault_set(fault, ERR_NOT_FOUND, "there is no vehicle \"%.80s\" in the register",
                        q->vehicle_id);
    if (err == ERR_OK)
        err = store_lists_use(db, q->vehicle_id, q->as_of - AVOIDED_DAYS + 1, q->as_of, use, fault);
    return err;
}

static enum err take_inputs(struct sql *db, struct avoided *a, struct fault *fault)
{
    const struct avoided_query *q = &a->query;
    struct store_use use = {0};
    enum err err = q->vehicle_id == NULL ? ERR_OK : read_use(db, q, &use, fault);

    a->distance_m = given(q->distance_m);
    measure_if(&a->distance_m, use.distance_m);
    a->fuel_ml = by_distance(q->fuel_ml_100km, &a->distance_m, 100000);
    measure_if(&a->fuel_ml, (use.fuel_ul + 500) / 1000);
    a->energy_wh = by_distance(q->wh_km, &a->distance_m, 1000);
    measure_if(&a->energy_wh, (use.discharged_mwh + 500) / 1000);
    return err;
}

enum err avoided_compute(struct sql *db, const struct avoided_query *query, struct avoided *out,
                         struct fault *fault)
{
    const struct factor *grid = factors_find(query->factors, query->grid);
    enum err err = ERR_OK;

    *out = (struct avoided){.query = *query};
    if (grid == NULL || strcmp(grid->unit, "kg/kWh") != 0)
        return fault_set(fault, ERR_INPUT, "grid=%.60s is no grid of the table of factors",
                         query->grid);
    if (query->from == AVOIDED_CN6 && query->to == AVOIDED_TO_CN6)
        return fault_set(fault, ERR_INPUT, "from and to are both CN6: nothing would change");
    err = take_inputs(db, out, fault);
    if (err != ERR_OK)
        return err;
    compute_nox(out);
    compute_co2(out);
    return ERR_OK;
}
