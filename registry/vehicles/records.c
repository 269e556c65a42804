#include "registry/vehicles/records.h"

#include <string.h>

#include "shared/when.h"

#define OF(type, member) offsetof(struct type, member), sizeof(((struct type *)NULL)->member)

const struct field vehicle_fields[VEHICLE_FIELDS] = {
    [VEHICLE_ID] = {"vehicle_id", FIELD_TEXT, OF(store_vehicle, vehicle_id), true, 0, NULL},
    [VEHICLE_PLATE] = {"plate", FIELD_TEXT, OF(store_vehicle, plate), false, 0, NULL},
    [VEHICLE_CATEGORY] = {"category", FIELD_WORD, OF(store_vehicle, category), true, 0,
                          &vocabulary_category},
    [VEHICLE_ENERGY] = {"energy", FIELD_WORD, OF(store_vehicle, energy), true, 0,
                        &vocabulary_energy},
    [VEHICLE_STAGE] = {"stage", FIELD_WORD, OF(store_vehicle, stage), true, 0, &vocabulary_stage},
    [VEHICLE_OWNER] = {"owner_id", FIELD_TEXT, OF(store_vehicle, owner_id), true, 0, NULL},
    [VEHICLE_AREA] = {"area", FIELD_TEXT, OF(store_vehicle, area), true, 0, NULL},
    [VEHICLE_BUILT_UP] = {"built_up", FIELD_BOOL, OF(store_vehicle, built_up), true, 0, NULL},
    [VEHICLE_FIRST_REGISTERED] = {"first_registered", FIELD_DAY,
                                  OF(store_vehicle, first_registered), false, VEHICLE_DAY_NONE,
                                  NULL},
    [VEHICLE_ADDED] = {"added", FIELD_DAY, OF(store_vehicle, added), true, VEHICLE_DAY_NONE, NULL},
    [VEHICLE_REMOVED] = {"removed", FIELD_DAY, OF(store_vehicle, removed), false, WHEN_DAY_NEVER,
                         NULL},
    [VEHICLE_UNIT] = {"unit", FIELD_TEXT, OF(store_vehicle, unit), false, 0, NULL},
    [VEHICLE_DISCLOSURE_NO] = {"disclosure_no", FIELD_TEXT, OF(store_vehicle, disclosure_no), false,
                               0, NULL},
    [VEHICLE_MAKE] = {"make", FIELD_TEXT, OF(store_vehicle, make), false, 0, NULL},
};

const struct field org_fields[ORG_FIELDS] = {
    {"org_id", FIELD_TEXT, OF(store_org, org_id), true, 0, NULL},
    {"name", FIELD_TEXT, OF(store_org, name), true, 0, NULL},
    {"kind", FIELD_WORD, OF(store_org, kind), true, 0, &vocabulary_owner_kind},
    {"industry", FIELD_WORD, OF(store_org, industry), false, 0, &vocabulary_industry},
    {"project_status", FIELD_WORD, OF(store_org, project_status), false, 0,
     &vocabulary_project_status},
    {"bulk_t_per_year", FIELD_TONNES, OF(store_org, bulk_t_per_year), false, ORG_BULK_NONE, NULL},
    {"siding", FIELD_WORD, OF(store_org, siding), false, 0, &vocabulary_siding},
    {"pipeline", FIELD_BOOL, OF(store_org, pipeline), false, 0, NULL},
};

const struct field exemption_fields[EXEMPTION_FIELDS] = {
    {"vehicle_id", FIELD_TEXT, OF(store_exemption, vehicle_id), true, 0, NULL},
    {"reason", FIELD_WORD, OF(store_exemption, reason), true, 0, &vocabulary_exempt},
    {"document", FIELD_TEXT, OF(store_exemption, document), true, 0, NULL},
    {"from", FIELD_DAY, OF(store_exemption, from), true, VEHICLE_DAY_NONE, NULL},
    {"to", FIELD_LAST_DAY, OF(store_exemption, until), false, WHEN_DAY_NEVER, NULL},
};

const struct field exception_fields[EXCEPTION_FIELDS] = {
    {"rule", FIELD_TEXT, OF(store_exception, rule), true, 0, NULL},
    {"subject_kind", FIELD_WORD, OF(store_exception, subject_kind), true, 0,
     &vocabulary_exception_subject},
    {"subject", FIELD_TEXT, OF(store_exception, subject), true, 0, NULL},
    {"document", FIELD_TEXT, OF(store_exception, document), true, 0, NULL},
    {"from", FIELD_DAY, OF(store_exception, from), true, VEHICLE_DAY_NONE, NULL},
    {"to", FIELD_LAST_DAY, OF(store_exception, until), false, WHEN_DAY_NEVER, NULL},
    {"approved", FIELD_DAY, OF(store_exception, approved), true, VEHICLE_DAY_NONE, NULL},
    {"approved_by", FIELD_TEXT, OF(store_exception, approved_by), true, 0, NULL},
    {"evidence", FIELD_TEXT, OF(store_exception, evidence), true, 0, NULL},
};

const struct field statistic_fields[STATISTIC_FIELDS] = {
    {"indicator", FIELD_WORD, OF(store_statistic, indicator), true, 0, &vocabulary_indicator},
    {"subject", FIELD_TEXT, OF(store_statistic, subject), true, 0, NULL},
    {"from", FIELD_DAY, OF(store_statistic, from), true, VEHICLE_DAY_NONE, NULL},
    {"to", FIELD_LAST_DAY, OF(store_statistic, until), true, WHEN_DAY_NEVER, NULL},
    {"value", FIELD_DECIMAL, OF(store_statistic, value), true, STATISTIC_VALUE_NONE, NULL},
    {"source", FIELD_TEXT, OF(store_statistic, source), true, 0, NULL},
    {"published", FIELD_DAY, OF(store_statistic, published), true, VEHICLE_DAY_NONE, NULL},
};

struct store_vehicle vehicle_blank(void)
{
    return (struct store_vehicle){
        .first_registered = VEHICLE_DAY_NONE, .added = VEHICLE_DAY_NONE, .removed = WHEN_DAY_NEVER};
}

struct store_org org_blank(void)
{
    return (struct store_org){.bulk_t_per_year = ORG_BULK_NONE};
}

struct store_exemption exemption_blank(void)
{
    return (struct store_exemption){.from = VEHICLE_DAY_NONE, .until = WHEN_DAY_NEVER};
}

struct store_exception exception_blank(void)
{
    return (struct store_exception){
        .from = VEHICLE_DAY_NONE, .until = WHEN_DAY_NEVER, .approved = VEHICLE_DAY_NONE};
}

struct store_statistic statistic_blank(void)
{
    return (struct store_statistic){.from = VEHICLE_DAY_NONE,
                                    .until = WHEN_DAY_NEVER,
                                    .value = STATISTIC_VALUE_NONE,
                                    .published = VEHICLE_DAY_NONE};
}
