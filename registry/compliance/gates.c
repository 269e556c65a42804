/*
 * Do the gates of an enterprise agree with its report? What they counted by truck against what it
 * declares by truck, all goods. What a person explains (the finding gate-tonnes) contradicts no more.
 */
#include <string.h>

#include "registry/compliance/compliance_internal.h"
#include "registry/store/store_findings.h"
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

static bool is_apart(const struct gate_check *check, const struct plan_parameter *tolerance)
{
    int64_t off = check->gates > check->declared ? check->gates - check->declared
                                                 : check->declared - check->gates;

    return (__int128)off * tolerance->den > (__int128)tolerance->num * check->declared;
}

static bool is_about(const struct store_finding *finding, const char *org_id)
{
    size_t len = strlen(org_id);

    return strncmp(finding->subject, org_id, len) == 0 && finding->subject[len] == '/';
}

/* Somebody explained a report of the days, and of no other it stands that the gates say otherwise. */
static enum err is_explained(struct work *w, const struct gate_days *days, const char *org_id,
                             bool *explained)
{
    const struct store_finding_search search = {
        .kind = "gate-tonnes",
        .subject_kind = FINDING_OF_REPORT,
        .states = 1u << FINDING_OPEN | 1u << FINDING_CONFIRMED | 1u << FINDING_EXPLAINED,
        .from_ms = days->from * WHEN_DAY_MS - WHEN_ZONE_MS,
        .to_ms = (days->to + 1) * WHEN_DAY_MS - WHEN_ZONE_MS,
        .limit = INT32_MAX,
    };
    struct store_findings found;
    bool stands = false;
    enum err err = store_finding_search(w->db, w->arena, &search, &found, w->fault);

    *explained = false;
    for (size_t i = 0; err == ERR_OK && i < found.count; i++) {
        if (!is_about(&found.items[i], org_id))
            continue;
        *explained = *explained || found.items[i].state == FINDING_EXPLAINED;
        stands = stands || found.items[i].state != FINDING_EXPLAINED;
    }
    *explained = *explained && !stands;
    return err;
}

enum err compliance_gate_check(struct work *w, const struct plan_parameter *tolerance,
                               const struct gate_days *days, const char *org_id,
                               struct gate_check *check)
{
    int64_t known_ms = w->out->query.filter.known_ms;
    const struct store_gate_query query = {
        .from = days->from, .to = days->to, .org_id = org_id, .known_ms = known_ms};
    const struct freight_scope scope = {
        .from = days->from, .to = days->to, .org_id = org_id, .known_at = known_ms};
    enum err err = ERR_OK;

    *check = (struct gate_check){0};
    if (tolerance == NULL)
        return ERR_OK;
    err = store_gate_usage(w->db, &query, take_sum, check, w->fault);
    if (err == ERR_OK && check->known)
        err = freight_sums(w->db, &scope, &check->all, w->fault);
    if (err != ERR_OK)
        return err;
    check->known = check->known && freight_tonnes(&check->all, FREIGHT_MODES_ALL) > 0;
    check->declared = freight_tonnes(&check->all, TRUCK_MODES);
    check->contradicts = check->known && is_apart(check, tolerance);
    if (check->known)
        err = is_explained(w, days, org_id, &check->explained);
    check->contradicts = check->contradicts && !check->explained;
    return err;
}

void compliance_gate_count(struct compliance_rule *result, const struct gate_check *check)
{
    if (check->contradicts)
        result->verified.contradicted++;
    else if (check->known)
        result->verified.by_telemetry++;
}

struct share compliance_declared_share(const struct gate_check *check, uint32_t counted)
{
    return (struct share){freight_tonnes(&check->all, counted & TRUCK_MODES), check->declared};
}

struct share compliance_gates_share(const struct gate_check *check, uint32_t counted)
{
    struct share share = {0, check->gates};

    for (int mode = FREIGHT_TRUCK_NEV; mode <= FREIGHT_TRUCK_LE4; mode++)
        if ((counted >> mode & 1u) != 0)
            share.num += check->by_mode[mode];
    return share;
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

bool compliance_differs(struct share declared, struct share measured,
                        const struct plan_parameter *tolerance)
{
    __int128 a = (__int128)declared.num * measured.den;
    __int128 b = (__int128)measured.num * declared.den;

    return (a > b ? a - b : b - a) * tolerance->den > a * tolerance->num;
}
