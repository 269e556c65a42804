/*
 * records: the columns of vehicles.csv, orgs.csv, exemptions.csv, exceptions.csv and statistics.csv over the structs of the store,
 * and what must or should be true of one record by itself.
 *
 * A check refuses what cannot be (a removal before the addition) and warns of what is unlikely (a
 * check digit that fails: real codes are known that do; an energy letter on the plate that does not
 * fit; an emission stage that does not fit the first registration). Plain functions, any thread.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_RECORDS_H
#define EVROLL_REGISTRY_VEHICLES_RECORDS_H

#include "registry/store/store_exceptions.h"
#include "registry/store/store_exemptions.h"
#include "registry/store/store_orgs.h"
#include "registry/store/store_statistics.h"
#include "registry/store/store_vehicles.h"
#include "registry/vehicles/field.h"

enum vehicle_field {
    VEHICLE_ID,
    VEHICLE_PLATE,
    VEHICLE_CATEGORY,
    VEHICLE_ENERGY,
    VEHICLE_STAGE,
    VEHICLE_OWNER,
    VEHICLE_AREA,
    VEHICLE_BUILT_UP,
    VEHICLE_FIRST_REGISTERED,
    VEHICLE_ADDED,
    VEHICLE_REMOVED,
    VEHICLE_UNIT,
    VEHICLE_DISCLOSURE_NO,
    VEHICLE_MAKE,
    VEHICLE_FIELDS
};
extern const struct field vehicle_fields[VEHICLE_FIELDS];

#define ORG_FIELDS 8
extern const struct field org_fields[ORG_FIELDS]; /* the first is org_id */

#define EXEMPTION_FIELDS 5
extern const struct field exemption_fields[EXEMPTION_FIELDS];

#define EXCEPTION_FIELDS 9
extern const struct field exception_fields[EXCEPTION_FIELDS];

#define STATISTIC_FIELDS 7
extern const struct field statistic_fields[STATISTIC_FIELDS];

/* Every field empty. */
struct store_vehicle vehicle_blank(void);
struct store_org org_blank(void);
struct store_exemption exemption_blank(void);
struct store_exception exception_blank(void);
struct store_statistic statistic_blank(void);

void vehicle_check(const struct store_vehicle *vehicle, struct remarks *remarks);
void org_check(const struct store_org *org, struct remarks *remarks);
void exemption_check(const struct store_exemption *exemption, struct remarks *remarks);
void exception_check(const struct store_exception *exception, struct remarks *remarks);
void statistic_check(const struct store_statistic *statistic, struct remarks *remarks);

#endif
