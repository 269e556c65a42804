/*
 * facts: all that a detector may look at: what is stored about one subject, as of a day. Loaded by
 * keys and by civil days (store_signals.h), so that the cost of a look does not grow with how long
 * a vehicle has been sending.
 *
 * What telemetry says counts up to the last day on which the subject was heard of, so that a
 * recording of last year is judged as it was then. Nothing after `day` counts.
 */
#ifndef EVROLL_REGISTRY_FINDINGS_FACTS_H
#define EVROLL_REGISTRY_FINDINGS_FACTS_H

#include "registry/store/store_bindings.h"
#include "registry/store/store_events.h"
#include "registry/store/store_finding_queue.h"
#include "registry/store/store_signals.h"
#include "registry/store/store_vehicles.h"

/* A window can be this long. */
#define FACTS_DAYS_MAX 180

/* Two units that say they are in one vehicle, and where they contradict each other. */
struct facts_pair {
    const char *units[2];
    struct store_meeting *meetings;
    size_t count;
};

struct facts {
    int32_t day;
    enum finding_subject subject_kind;
    const char *subject;

    /* The days on which it was heard of, by day and unit: the last FACTS_DAYS_MAX up to last_day,
     * and the quarter before `day`. */
    bool heard;
    int32_t last_day;
    struct store_days days;
    struct store_bindings bindings; /* of the vehicle or of the unit */

    /* A vehicle. */
    const struct store_vehicle *vehicle; /* as of the day; NULL: not in the fleet */
    int32_t energy_since, stage_since;   /* from when on it has been declared so, without a break */
    const struct facts_pair *pairs;
    size_t pair_count;

    /* A unit. */
    int64_t last_ms;              /* of its last sample; 0: it never sent one */
    const struct store_vin *vins; /* that its frames carried, the latest first */
    size_t vin_count;
    const struct store_event *tampers; /* removal alarms, oldest first */
    size_t tamper_count;
};

/* Others than vehicles and units have no facts yet: ERR_NOT_FOUND. */
enum err facts_load(struct sql *db, struct arena *arena, enum finding_subject subject_kind,
                    const char *subject, int32_t day, struct facts *facts,
                    struct fault *fault) ERR_CHECKED;

/* The days of the last `length` up to last_day, not before `from`. Points into facts->days. */
struct store_days facts_window(const struct facts *facts, int64_t length, int32_t from);

/* The last whole quarter before the day. */
void facts_quarter(int32_t day, int32_t *first, int32_t *last);

#endif
