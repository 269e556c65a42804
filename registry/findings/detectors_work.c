/* Where vehicles and machines work, and what enterprises say that they moved. */
#include <inttypes.h>
#include <stdio.h>

#include "registry/findings/detector.h"
#include "registry/findings/evidence.h"
#include "registry/freight/gate.h"
#include "registry/vehicles/vocabulary.h"

#define CAUSE_SIZE 160

/* ---- a machine below Stage III on a state-owned site ---- */

static void raise_stay(const struct facts *facts, const struct facts_stay *stay, struct sink *sink)
{
    char cause[CAUSE_SIZE];
    struct seen seen = {.about = stay->site_id,
                        .cause = cause,
                        .first_ms = stay->first_ms,
                        .last_ms = stay->last_ms};

    snprintf(cause, sizeof cause, "stage %s at %s",
             vocabulary_word(&vocabulary_stage, facts->vehicle->stage), stay->site_id);
    seen.evidence =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "site", stay->site_id, "org", stay->org_id,
                  "minutes_inside", (json_int_t)(stay->inside_ms / 60000), "minutes_operating",
                  (json_int_t)(stay->operating_ms / 60000), "days", (json_int_t)stay->day_count,
                  "visits", "GET /v1/vehicles/{id}/visits");
    evidence_register(seen.evidence, facts);
    detector_raise(sink, &seen);
}

static void look_machine_at_site(const struct facts *facts, const int64_t *values,
                                 struct sink *sink)
{
    for (size_t i = 0; facts->vehicle != NULL && i < facts->stay_count; i++) {
        const struct facts_stay *stay = &facts->stays[i];
        if (stay->state_owned && stay->operating_ms >= values[0] * 60000)
            raise_stay(facts, stay, sink);
    }
}

const struct detector detector_machine_at_site = {
    .kind = "machine-at-site",
    .subject = FINDING_OF_VEHICLE,
    .zh = "国三以下非道路移动机械在国有企业场区内作业",
    .en = "Machine below Stage III that works on the site of a state-owned enterprise",
    .needs = "positions of a bound unit, a PLANT or PARK whose owner is an SOE; the last 30 days",
    .parameters = {{"operating", "min", 30, 1, 100000,
                    "convention: it worked there and did not only pass"}},
    .look = look_machine_at_site,
};

/* ---- works in the built-up area, declared outside ---- */

static void look_built_up_undeclared(const struct facts *facts, const int64_t *values,
                                     struct sink *sink)
{
    const struct attribution *a = &facts->attribution;
    struct seen seen = {.about = "", .cause = "works in the built-up area, declared outside"};

    (void)values;
    if (facts->vehicle == NULL || facts->vehicle->built_up || !a->known || !a->decided ||
        !a->derived)
        return;
    seen.first_ms = evidence_day_ms(a->from);
    seen.last_ms = evidence_day_ms(a->to) - 1;
    seen.evidence = json_pack("{s:o, s:o, s:I, s:I, s:I}", "from", evidence_day(a->from), "to",
                              evidence_day(a->to - 1), "minutes_operating",
                              (json_int_t)(a->operating_ms / 60000), "minutes_located",
                              (json_int_t)(a->located_ms / 60000), "minutes_in_built_up_area",
                              (json_int_t)(a->built_up_ms / 60000));
    evidence_register(seen.evidence, facts);
    detector_raise(sink, &seen);
}

const struct detector detector_built_up_undeclared = {
    .kind = "built-up-undeclared",
    .subject = FINDING_OF_VEHICLE,
    .zh = "主要在城市建成区内作业，却登记为建成区外",
    .en = "Works in the built-up area but is declared outside",
    .needs =
        "the attribution to the built-up area (registry/sites/attribution.h), whose thresholds "
        "are the plan's",
    .look = look_built_up_undeclared,
};

/* ---- gate tonnes against declared tonnes ---- */

static json_t *tonnes_json(int64_t tenths)
{
    return json_sprintf("%" PRId64 ".%" PRId64, tenths / 10, tenths % 10);
}

static void look_gate_tonnes(const struct facts *facts, const int64_t *values, struct sink *sink)
{
    char cause[CAUSE_SIZE];
    struct seen seen = {.about = "",
                        .cause = cause,
                        .first_ms = evidence_day_ms(facts->period_first),
                        .last_ms = evidence_day_ms(facts->period_last + 1) - 1};

    if (facts->version == 0 || facts->gate_trucks < 0 ||
        !freight_apart(facts->gate_trucks, facts->declared_trucks, (int)values[0]))
        return;
    snprintf(cause, sizeof cause,
             "version %" PRId64 ": declared %" PRId64 " t, gates %" PRId64 " t", facts->version,
             facts->declared_trucks / 10, facts->gate_trucks / 10);
    seen.evidence =
        json_pack("{s:I, s:o, s:o}", "version", (json_int_t)facts->version, "declared_t",
                  tonnes_json(facts->declared_trucks), "gate_t", tonnes_json(facts->gate_trucks));
    detector_raise(sink, &seen);
}

const struct detector detector_gate_tonnes = {
    .kind = "gate-tonnes",
    .subject = FINDING_OF_REPORT,
    .zh = "门禁台账吨数与申报的公路运输吨数不符",
    .en = "The gate ledger's tonnes are not the tonnes reported by truck",
    .needs = "an accepted freight report, and trips at the enterprise's gates in its period",
    .parameters = {{"tolerance", "%", FREIGHT_TOLERANCE_PERCENT, 0, 1000,
                    "convention: of what was declared; the tolerance of the reports' own check"}},
    .look = look_gate_tonnes,
};
