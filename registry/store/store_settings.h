/*
 * store_settings: what units are to report: set for one by its name, or for all in vehicles of a
 * category. What is set for the unit counts first. Errors as in sql.h.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_SETTINGS_H
#define EVROLL_REGISTRY_STORE_STORE_SETTINGS_H

#include "registry/store/sql.h"

#define STORE_INTERVAL_MAX_S 86400
#define STORE_SIGNALS_SIZE   256 /* all names there are, and the commas */

struct store_setting {
    int64_t interval_s;               /* how often, 1 to STORE_INTERVAL_MAX_S; 0: not set */
    char signals[STORE_SIGNALS_SIZE]; /* which, with commas between; "": not set */
};

/* What was set for this unit alone. One without is no error. */
enum err store_setting_find(struct sql *db, const char *unit, struct store_setting *setting,
                            struct fault *fault) ERR_CHECKED;
/* Inside SQL_WRITE. */
enum err store_setting_put(struct sql *db, const char *unit, const struct store_setting *setting,
                           struct fault *fault) ERR_CHECKED;

/* How often the unit is to report on a day: its own interval, else that of the category of the
 * vehicle in which it sits; 0: neither is set. */
enum err store_interval_on(struct sql *db, const char *unit, int32_t day, int64_t *interval_s,
                           struct fault *fault) ERR_CHECKED;

/* By category; `settings` has room for all codes up to `most`, and is written at the code. */
enum err store_category_settings(struct sql *db, int most, struct store_setting *settings,
                                 struct fault *fault) ERR_CHECKED;
/* Inside SQL_WRITE. */
enum err store_category_setting_put(struct sql *db, int category,
                                    const struct store_setting *setting,
                                    struct fault *fault) ERR_CHECKED;

#endif
