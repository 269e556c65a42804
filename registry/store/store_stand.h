/*
 * store_stand: how often something of the register was changed: what its entity tag is made of.
 * Versions are only ever added, so it grows with every change. 0: it is not there. Errors as in
 * sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_STAND_H
#define EVROLL_REGISTRY_STORE_STORE_STAND_H

#include "registry/store/sql.h"
#include "registry/store/store_exceptions.h"
#include "registry/store/store_exemptions.h"
#include "registry/store/store_statistics.h"

enum err store_stand_vehicle(struct sql *db, const char *vehicle_id, int64_t *stand,
                             struct fault *fault) ERR_CHECKED;
enum err store_stand_org(struct sql *db, const char *org_id, int64_t *stand,
                         struct fault *fault) ERR_CHECKED;
enum err store_stand_site(struct sql *db, const char *site_id, int64_t *stand,
                          struct fault *fault) ERR_CHECKED;

/* Of a terminal that somebody registered. */
enum err store_stand_unit(struct sql *db, const char *unit, int64_t *stand,
                          struct fault *fault) ERR_CHECKED;

/* Of those of the same key; of a row that was read it is the version. */
enum err store_stand_exemption(struct sql *db, const struct store_exemption *key, int64_t *stand,
                               struct fault *fault) ERR_CHECKED;
enum err store_stand_exception(struct sql *db, const struct store_exception *key, int64_t *stand,
                               struct fault *fault) ERR_CHECKED;
enum err store_stand_statistic(struct sql *db, const struct store_statistic *key, int64_t *stand,
                               struct fault *fault) ERR_CHECKED;

#endif
