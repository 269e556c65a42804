/*
 * unit_setting: what units are to report, as members of JSON bodies and answers: `interval_s` and
 * `signals`. Plain functions, any thread.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_UNIT_SETTING_H
#define EVROLL_REGISTRY_VEHICLES_UNIT_SETTING_H

#include <jansson.h>

#include "registry/store/store_settings.h"
#include "registry/vehicles/remark.h"

/* Which of the two a body gave. */
struct unit_setting_given {
    bool interval, signals;
};

/* Takes the members out of the body, null for "not set". What is wrong goes to `remarks`. */
struct unit_setting_given unit_setting_take(json_t *body, struct store_setting *setting,
                                            struct remarks *remarks);
/* Puts what was given into `into`. */
void unit_setting_merge(struct store_setting *into, const struct store_setting *from,
                        struct unit_setting_given given);

json_t *unit_setting_interval(int64_t interval_s); /* null for 0 */
json_t *unit_setting_signals(const char *signals); /* an array; null for "" */

#endif
