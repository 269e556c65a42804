/*
 * store_settings: what is set for a unit by hand. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_SETTINGS_H
#define EVROLL_REGISTRY_STORE_STORE_SETTINGS_H

#include "registry/store/sql.h"

#define STORE_INTERVAL_MAX_S 86400

/* `interval_s`: how often the unit is to report, 1 to STORE_INTERVAL_MAX_S; 0: not set. */
enum err store_interval_find(struct sql *db, const char *unit, int64_t *interval_s,
                             struct fault *fault) ERR_CHECKED;
/* Inside SQL_WRITE. */
enum err store_interval_put(struct sql *db, const char *unit, int64_t interval_s,
                            struct fault *fault) ERR_CHECKED;

#endif
