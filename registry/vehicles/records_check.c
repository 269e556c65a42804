#include <ctype.h>
#include <string.h>

#include "registry/vehicles/papers.h"
#include "registry/vehicles/records.h"
#include "shared/ident/plate.h"
#include "shared/ident/uscc.h"
#include "shared/ident/vin.h"
#include "shared/utf8.h"
#include "shared/when.h"

static bool all_of(const char *text, const char *signs)
{
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr(signs, *text) == NULL)
            return false;
    return true;
}

/* Letters and digits, 17 of them: meant as a VIN, and held to it. */
static void check_vin(const char *id, struct remarks *remarks)
{
    struct vin_finding vin = vin_check(id);

    if (vin.verdict == VIN_BAD_CHARACTER)
        remark_refuse(remarks, "vehicle_id",
                      "'%c' at position %d stands in no VIN (capitals without I, O, Q and digits)",
                      id[vin.at - 1], vin.at);
    if (vin.verdict == VIN_BAD_CHECK_DIGIT)
        remark_warn(remarks, "vehicle_id",
                    "the VIN's check digit is '%c' and should be '%c'; check it against the papers",
                    id[8], vin.expected);
}

static void check_id(const struct store_vehicle *v, struct remarks *remarks)
{
    const char *id = v->vehicle_id;

    if (utf8_length(id) > VEHICLE_ID_CHARS) {
        remark_refuse(remarks, "vehicle_id", "has more than %d characters", VEHICLE_ID_CHARS);
        return;
    }
    if (v->category == CATEGORY_NON_ROAD)
        return; /* a PIN or registration code is opaque */
    for (const char *c = id; *c != '\0'; c++)
        if (!isgraph((unsigned char)*c) || *c == '/') {
            remark_refuse(remarks, "vehicle_id",
                          "position %d is a blank, a slash or no ASCII; such an id is taken for "
                          "NON_ROAD only",
                          (int)(c - id) + 1);
            return;
        }
    if (strlen(id) == VIN_LENGTH && all_of(id, ""))
        check_vin(id, remarks);
    else
        remark_warn(remarks, "vehicle_id", "is no VIN (17 letters and digits)");
}

static void check_plate(const struct store_vehicle *v, struct remarks *remarks)
{
    struct plate plate = plate_read(v->plate);

    if (v->plate[0] == '\0')
        return;
    if (plate.kind == PLATE_UNKNOWN)
        remark_warn(remarks, "plate", "\"%s\" has no known pattern (GA 36-2018)", v->plate);
    if (!papers_plate_fits(v))
        remark_warn(remarks, "plate", "its letter says %s but energy is %s",
                    plate.energy == PLATE_ENERGY_ELECTRIC ? "battery electric"
                                                          : "plug-in hybrid or fuel cell",
                    vocabulary_word(&vocabulary_energy, v->energy));
}

static void check_stage_date(const struct store_vehicle *v, struct remarks *remarks)
{
    static const char *const reasons[] = {
        [PAPERS_TRUCK_BELOW_6] = "diesel trucks first registered since 2021-07-01 are stage 6",
        [PAPERS_6_TOO_EARLY] = "first registered before 2019-07-01, when stage 6 began",
        [PAPERS_MACHINE_BELOW_4] =
            "machines made since 2022-12-01 are stage 4; see the engine plate",
    };
    enum papers_stage judged = papers_stage_judge(v, &papers_dates_default);

    if (judged != PAPERS_STAGE_FITS)
        remark_warn(remarks, "stage", "stage %s, but %s",
                    vocabulary_word(&vocabulary_stage, v->stage), reasons[judged]);
}

static void check_stage(const struct store_vehicle *v, struct remarks *remarks)
{
    bool electric = v->energy == ENERGY_BEV || v->energy == ENERGY_FCEV;

    if (v->category == CATEGORY_NON_ROAD && v->stage >= STAGE_5 && v->stage <= STAGE_6B)
        remark_refuse(remarks, "stage", "\"%s\" is no stage of a machine: 0, 1, 2, 3, 4, D, X",
                      vocabulary_word(&vocabulary_stage, v->stage));
    if (v->stage == STAGE_ELECTRIC && !electric)
        remark_warn(remarks, "stage", "D is for electric vehicles but energy is %s",
                    vocabulary_word(&vocabulary_energy, v->energy));
    if (electric && v->stage <= STAGE_6B)
        remark_warn(remarks, "stage", "energy %s has no emission stage; write D",
                    vocabulary_word(&vocabulary_energy, v->energy));
    check_stage_date(v, remarks);
}

static void check_days(const struct store_vehicle *v, struct remarks *remarks)
{
    if (v->removed < v->added)
        remark_refuse(remarks, "removed", "is before `added`");
    if (v->first_registered != VEHICLE_DAY_NONE && v->removed < v->first_registered)
        remark_warn(remarks, "first_registered", "is after `removed`");
}

static void check_area(const char *area, struct remarks *remarks)
{
    size_t len = strlen(area);

    if (strspn(area, "0123456789") != len || (len != 6 && len != 9 && len != 12))
        remark_refuse(remarks, "area", "\"%s\" is no division code of 6, 9 or 12 digits", area);
}

void vehicle_check(const struct store_vehicle *v, struct remarks *remarks)
{
    check_id(v, remarks);
    check_plate(v, remarks);
    check_stage(v, remarks);
    check_area(v->area, remarks);
    check_days(v, remarks);
    if (v->unit[0] != '\0' && !unit_name_ok(v->unit, strlen(v->unit)))
        remark_refuse(remarks, "unit", "\"%s\" is no unit name: 1 to 32 of A-Z a-z 0-9 . _ -",
                      v->unit);
}

static void check_uscc(const struct store_org *org, struct remarks *remarks)
{
    struct uscc_finding uscc = uscc_check(org->org_id);

    if (uscc.verdict == USCC_BAD_CHECK || uscc.verdict == USCC_BAD_ORG_CHECK)
        remark_warn(remarks, "org_id",
                    "the check character at position %d is '%c' and should be '%c'; some early "
                    "codes are like that, check it against the licence",
                    uscc.at, org->org_id[uscc.at - 1], uscc.expected);
    else if (uscc.verdict != USCC_OK && org->kind != OWNER_INDIVIDUAL)
        remark_warn(remarks, "org_id", "is no unified social credit code (GB 32100-2015)");
}

void org_check(const struct store_org *org, struct remarks *remarks)
{
    if (!all_of(org->org_id, "._-"))
        remark_refuse(remarks, "org_id", "takes A-Z a-z 0-9 . _ - only");
    else
        check_uscc(org, remarks);
}

/* What ends on the day before it begins never held: that is how it is withdrawn. */
static void check_span(int32_t from, int32_t until, struct remarks *remarks)
{
    if (until < from)
        remark_refuse(remarks, "to",
                      "is more than a day before `from`; the day before `from` withdraws it");
    else if (until == from)
        remark_warn(remarks, "to", "is the day before `from`: this is withdrawn and never held");
}

void exemption_check(const struct store_exemption *exemption, struct remarks *remarks)
{
    check_span(exemption->from, exemption->until, remarks);
}

void exception_check(const struct store_exception *exception, struct remarks *remarks)
{
    check_span(exception->from, exception->until, remarks);
    if (exception->approved > exception->from)
        remark_warn(remarks, "approved",
                    "is after `from`: days before the approval are excused afterwards");
}

void statistic_check(const struct store_statistic *statistic, struct remarks *remarks)
{
    if (statistic->until <= statistic->from)
        remark_refuse(remarks, "to", "is before `from`");
    if (!all_of(statistic->subject, "._-"))
        remark_refuse(remarks, "subject",
                      "\"%s\" is neither a division code nor an org: A-Z a-z 0-9 . _ - only",
                      statistic->subject);
    if (statistic->published < statistic->until - 1)
        remark_warn(remarks, "published", "is before the period's end: a value known beforehand?");
}
