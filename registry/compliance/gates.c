/*
 * Do the gates of an enterprise agree with its report? What they counted by truck against what it
 * declares by truck, all goods.
 */
#include "registry/compliance/compliance_internal.h"
#include "registry/store/store_gate_usage.h"

#define TRUCK_MODES                                                                                \
    (1u << FREIGHT_TRUCK_NEV | 1u << FREIGHT_TRUCK_CN6 | 1u << FREIGHT_TRUCK_CN5 |                 \
     1u << FREIGHT_TRUCK_LE4)

static enum freight_mode mode_of(int energy, int stage)
{
    if (energy_is_nev((enum energy)energy))
        return FREIGHT_TRUCK_NEV;
    if (stage == STAGE_6A || stage == STAGE_6B)
        return FREIGHT_TRUCK_CN6;
    return stage == STAGE_5 ? FREIGHT_TRUCK_CN5 : FREIGHT_TRUCK_LE4;
}

static void take_sum(void *arg, const struct store_gate_sum *sum)
{
    struct gate_check *check = arg;

    check->known = true;
    check->gates += sum->tonnes;
    check->by_mode[mode_of(sum->energy, sum->stage)] += sum->tonnes;
}

static void judge(struct gate_check *check, const struct plan_parameter *tolerance)
{
    int64_t off = check->gates > check->declared ? check->gates - check->declared
                                                 : check->declared - check->gates;

    check->contradicts =
        check->known && tolerance != NULL &&
        (__int128)off * tolerance->den > (__int128)tolerance->num * check->declared;
}

enum err compliance_gate_check(struct work *w, struct compliance_rule *result, const char *org_id,
                               struct gate_check *check)
{
    const struct count_query *days = &result->scope.query;
    const struct store_gate_query query = {.from = days->from, .to = days->to, .org_id = org_id};
    const struct freight_scope scope = {.from = days->from, .to = days->to, .org_id = org_id};
    struct freight_modes all;
    enum err err = ERR_OK;

    *check = (struct gate_check){0};
    if (result->rule->dispute == NULL)
        return ERR_OK;
    err = store_gate_usage(w->db, &query, take_sum, check, w->fault);
    if (err == ERR_OK && check->known)
        err = freight_sums(w->db, &scope, &all, w->fault);
    if (err != ERR_OK || !check->known)
        return err;
    check->declared = freight_tonnes(&all, TRUCK_MODES);
    judge(check, result->rule->dispute);
    if (check->contradicts)
        result->verified.contradicted++;
    else
        result->verified.by_telemetry++;
    return ERR_OK;
}

struct share compliance_gate_share(const struct gate_check *check,
                                   const struct freight_modes *modes, uint32_t counted)
{
    int64_t bulk_trucks = freight_tonnes(modes, TRUCK_MODES);
    int64_t other = check->declared - bulk_trucks; /* trucks with other goods */
    int64_t trucks = check->gates > other ? check->gates - other : 0;
    struct share share = {freight_tonnes(modes, counted & ~TRUCK_MODES),
                          freight_tonnes(modes, FREIGHT_MODES_ALL & ~TRUCK_MODES) + trucks};

    for (int mode = FREIGHT_TRUCK_NEV; mode <= FREIGHT_TRUCK_LE4; mode++)
        if ((counted >> mode & 1u) != 0 && check->gates > 0)
            share.num += (int64_t)((__int128)check->by_mode[mode] * trucks / check->gates);
    return share;
}
