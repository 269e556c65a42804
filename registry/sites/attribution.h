/*
 * attribution: does a vehicle belong to the built-up area? What telemetry says of where it worked,
 * beside what the register declares.
 *
 * For a day the `window_days` days before it count. Telemetry decides when the vehicle operated at
 * least `operating_min_ms` in them and the place is known of at least `located` percent of that; it
 * belongs to the built-up area when at least `share` percent of the time with a known place lies
 * inside a BUILT_UP site. Else the declared value holds. Days on which there was no BUILT_UP site at
 * all do not count. Shares are compared as integers.
 *
 * The decisions are prepared: spans of days for each vehicle, made anew (attribution_step) when the
 * rollup, the register or a built-up area changes what they come from. A question about a fleet
 * reads the vehicles that differ, not the days of all. Errors as in sql.h; threads: the
 * connection's.
 */
#ifndef EVROLL_REGISTRY_SITES_ATTRIBUTION_H
#define EVROLL_REGISTRY_SITES_ATTRIBUTION_H

#include "registry/store/store_built_up.h"

struct attribution_rules {
    int32_t window_days;
    int share;   /* percent */
    int located; /* percent */
    int64_t operating_min_ms;
};

/* 90 days and 50 %: the plan's own parameters. 80 % with a known place: with less, what is unknown
 * could turn a clear majority. 10 h: less than two working days of 90 say nothing about where a
 * truck belongs. The last two are conventions of this product. */
extern const struct attribution_rules attribution_rules_default;

struct attribution {
    bool known;       /* is it in the register on the day? */
    bool declared;    /* what the register says */
    bool decided;     /* does telemetry decide? */
    bool derived;     /* if so, what it says */
    bool used;        /* what counts */
    int32_t from, to; /* the days that counted, `to` exclusive */
    int64_t operating_ms, located_ms, built_up_ms;
};

/* One vehicle on a day, with its evidence. */
enum err attribution_of(struct sql *db, struct arena *arena, const char *vehicle_id, int32_t day,
                        struct attribution *attribution, struct fault *fault) ERR_CHECKED;

/* The vehicles in the fleet on the day whose derived value is not the declared one, by id: prepared
 * counts become those of the used value when each is taken out as declared and added as derived. */
enum err attribution_differing(struct sql *db, int32_t day, store_built_up_row *each, void *arg,
                               struct fault *fault) ERR_CHECKED;

/* Decides anew for one vehicle that waits since `until_ms` or longer; `*did` false: none does. A
 * transaction of its own. */
enum err attribution_step(struct sql *db, int64_t until_ms, bool *did,
                          struct fault *fault) ERR_CHECKED;

#endif
