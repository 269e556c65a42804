/* What the register says against what it says elsewhere: plate, dates, disclosure number, maker. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "registry/findings/detector.h"
#include "registry/findings/evidence.h"
#include "registry/vehicles/papers.h"
#include "registry/vehicles/vocabulary.h"
#include "shared/ident/vin.h"
#include "shared/when.h"

/* ---- of all ---- */

static void add_span(struct store_finding_spans *spans, const char *cause, int32_t from, int32_t to,
                     struct arena *arena)
{
    struct store_finding_span *last = spans->count == 0 ? NULL : &spans->items[spans->count - 1];

    if (last != NULL && last->to == from - 1 && strcmp(last->cause, cause) == 0)
        last->to = to;
    else
        spans->items[spans->count++] =
            (struct store_finding_span){arena_text(arena, cause), from, to};
}

struct store_finding_spans detector_paper_spans(detector_paper *paper,
                                                const struct store_vehicles *versions,
                                                const int64_t *values, struct arena *arena)
{
    struct store_finding_spans spans = {
        .items = ARENA_ARRAY(arena, struct store_finding_span, versions->count + 1)};
    char cause[DETECTOR_CAUSE_SIZE];

    for (size_t i = 0; i < versions->count; i++) {
        const struct store_vehicle *v = &versions->items[i];
        int32_t end = i + 1 == versions->count ? WHEN_DAY_NEVER : v[1].valid_from;
        if (v->removed < end)
            end = v->removed;
        /* The last of those that begin on one day counts. */
        if (end > v->valid_from && paper(v, values, cause))
            add_span(&spans, cause, v->valid_from, end == WHEN_DAY_NEVER ? end : end - 1, arena);
    }
    return spans;
}

/* A fact of the register: seen since it says so, last when its version was recorded. */
static void raise_paper(const struct facts *facts, const struct store_finding_span *span,
                        struct sink *sink)
{
    struct seen seen = {.about = "",
                        .cause = span->cause,
                        .first_ms = evidence_day_ms(span->from),
                        .last_ms = facts->vehicle->recorded_at};

    if (seen.last_ms < seen.first_ms)
        seen.last_ms = seen.first_ms;
    seen.evidence = json_pack("{s:s, s:o, s:I}", "says", span->cause, "valid_from",
                              evidence_day(facts->vehicle->valid_from), "version",
                              (json_int_t)facts->vehicle->version);
    evidence_register(seen.evidence, facts);
    detector_raise(sink, &seen);
}

void detector_look_paper(const struct facts *facts, const struct store_finding_spans *spans,
                         struct sink *sink)
{
    for (size_t i = 0; facts->vehicle != NULL && i < spans->count; i++)
        if (spans->items[i].from <= facts->day && spans->items[i].to >= facts->day)
            raise_paper(facts, &spans->items[i], sink);
}

static const char *energy_word(const struct store_vehicle *v)
{
    return vocabulary_word(&vocabulary_energy, v->energy);
}

static const char *stage_word(const struct store_vehicle *v)
{
    return vocabulary_word(&vocabulary_stage, v->stage);
}

/* ---- plate ---- */

static bool wrong_plate_energy(const struct store_vehicle *v, const int64_t *values,
                               char cause[static DETECTOR_CAUSE_SIZE])
{
    (void)values;
    if (papers_plate_fits(v))
        return false;
    snprintf(cause, DETECTOR_CAUSE_SIZE, "plate %s, energy %s", v->plate, energy_word(v));
    return true;
}

const struct detector detector_plate_energy = {
    .kind = "plate-energy",
    .subject = FINDING_OF_VEHICLE,
    .contradicts = true,
    .zh = "号牌字母与能源类型不符",
    .en = "The letter of the new-energy plate does not fit the declared energy",
    .needs = "plate",
    .paper = wrong_plate_energy,
};

/* ---- stage and first registration ---- */

static bool wrong_stage_date(const struct store_vehicle *v, const int64_t *values,
                             char cause[static DETECTOR_CAUSE_SIZE])
{
    const struct papers_dates dates = {(int32_t)values[0], (int32_t)values[1], (int32_t)values[2]};
    char day[WHEN_DAY_TEXT];

    if (papers_stage_judge(v, &dates) == PAPERS_STAGE_FITS)
        return false;
    when_day_format(v->first_registered, day);
    snprintf(cause, DETECTOR_CAUSE_SIZE, "%s, energy %s, stage %s, first registered %s",
             vocabulary_word(&vocabulary_category, v->category), energy_word(v), stage_word(v),
             day);
    return true;
}

const struct detector detector_stage_date = {
    .kind = "stage-date",
    .subject = FINDING_OF_VEHICLE,
    .contradicts = true,
    .zh = "排放阶段与注册登记日期不符",
    .en = "The declared emission stage does not fit the first registration",
    .needs = "first_registered (of a machine: the day it was made)",
    .parameters = {{"heavy_diesel_6", "day", PAPERS_CN6_HEAVY_ALL, 0, 80000,
                    "GB 17691-2018: every heavy diesel vehicle is stage 6 from 2021-07-01"},
                   {"first_6", "day", PAPERS_CN6_FIRST, 0, 80000,
                    "GB 17691-2018: stage 6 begins with gas vehicles on 2019-07-01"},
                   {"machine_4", "day", PAPERS_MACHINE_4, 0, 80000,
                    "HJ 1014-2020, GB 20891-2014: machines made from 2022-12-01 are stage IV"}},
    .paper = wrong_stage_date,
};

/* ---- disclosure number ---- */

static int declared_stage(int stage)
{
    if (stage >= STAGE_0 && stage <= STAGE_5)
        return stage - STAGE_0;
    return stage == STAGE_6A || stage == STAGE_6B ? 6 : -1;
}

static bool wrong_disclosure_stage(const struct store_vehicle *v, const int64_t *values,
                                   char cause[static DETECTOR_CAUSE_SIZE])
{
    int disclosed = papers_disclosed_stage(v->disclosure_no);

    (void)values;
    if (disclosed < 0 || declared_stage(v->stage) < 0 || declared_stage(v->stage) == disclosed)
        return false;
    snprintf(cause, DETECTOR_CAUSE_SIZE, "disclosure %s says stage %d, declared %s",
             v->disclosure_no, disclosed, stage_word(v));
    return true;
}

const struct detector detector_disclosure_stage = {
    .kind = "disclosure-stage",
    .subject = FINDING_OF_VEHICLE,
    .contradicts = true,
    .zh = "环保信息公开编号与申报的排放阶段不符",
    .en = "The disclosure number says another emission stage than the declared one",
    .needs = "disclosure_no whose characters 5 and 6 are G and a digit (a maker's published rule)",
    .paper = wrong_disclosure_stage,
};

/* ---- makers that build no car without a plug ---- */

/* World manufacturer identifiers as assigned under ISO 3780 and listed by the US NHTSA (vPIC) or
 * read from the makers' type plates; makes as registers write them. */
static const char *const plug_makers[] = {"5YJ", "7SA", "7G2", "LRW", "XP7", "7FC", "7PD", "50E"};
static const char *const plug_makes[] = {"TESLA", "RIVIAN",    "LUCID",    "NIO",
                                         "XPENG", "LEAPMOTOR", "POLESTAR", "特斯拉",
                                         "蔚来",  "小鹏",      "零跑",     "极星"};

static const char *plug_maker(const struct store_vehicle *v)
{
    for (size_t i = 0; i < sizeof plug_makes / sizeof plug_makes[0]; i++)
        if (strcasecmp(v->make, plug_makes[i]) == 0)
            return plug_makes[i];
    for (size_t i = 0; i < sizeof plug_makers / sizeof plug_makers[0]; i++)
        if (strlen(v->vehicle_id) == VIN_LENGTH && strncmp(v->vehicle_id, plug_makers[i], 3) == 0)
            return plug_makers[i];
    return NULL;
}

static bool wrong_maker_electric(const struct store_vehicle *v, const int64_t *values,
                                 char cause[static DETECTOR_CAUSE_SIZE])
{
    const char *maker = plug_maker(v);

    (void)values;
    if (maker == NULL || energy_is_nev((enum energy)v->energy))
        return false;
    snprintf(cause, DETECTOR_CAUSE_SIZE, "%s builds cars with a plug only, energy %s", maker,
             energy_word(v));
    return true;
}

const struct detector detector_maker_electric = {
    .kind = "maker-electric",
    .subject = FINDING_OF_VEHICLE,
    .contradicts = true,
    .zh = "厂家只生产可充电车辆，却登记为燃油或其他",
    .en = "The maker builds cars with a plug only, but the vehicle is registered otherwise",
    .needs = "make, or a VIN",
    .paper = wrong_maker_electric,
};
