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

#include "registry/sites/attribution.h"
#include "registry/store/store_bindings.h"
#include "registry/store/store_events.h"
#include "registry/store/store_finding_queue.h"
#include "registry/store/store_signals.h"
#include "registry/store/store_vehicles.h"
#include "registry/store/store_visits.h"

/* A window can be this long; stays are those of the last FACTS_STAY_DAYS. */
#define FACTS_DAYS_MAX  180
#define FACTS_STAY_DAYS 30

/* Two units that say they are in one vehicle, and where they contradict each other. */
struct facts_pair {
    const char *units[2];
    struct store_meeting *meetings;
    size_t count;
};

/* A machine's time at a site. */
struct facts_stay {
    const char *site_id, *org_id; /* the owner; NULL: nobody */
    bool state_owned;
    int64_t inside_ms, operating_ms;
    int64_t first_ms, last_ms; /* of the hours */
    int64_t day_count;
    int32_t last_day;
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
    struct store_vehicles versions;      /* all, those of later days too */
    const struct store_vehicle *vehicle; /* as of the day; NULL: not in the fleet */
    int32_t energy_since, stage_since;   /* from when on it has been declared so, without a break */
    const struct facts_pair *pairs;
    size_t pair_count;
    const struct facts_stay *stays; /* of a machine below Stage III */
    size_t stay_count;
    struct attribution attribution; /* of a vehicle that is declared outside; else not known */

    /* A unit. */
    int64_t last_ms;              /* of its last sample; 0: it never sent one */
    const struct store_vin *vins; /* that its frames carried, the latest first */
    size_t vin_count;
    const struct store_event *tampers; /* removal alarms, oldest first */
    size_t tamper_count;

    /* A freight report ("ORG/PERIOD"), in 0.1 t. */
    int64_t version; /* the accepted one; 0: none */
    int32_t period_first, period_last;
    int64_t declared_trucks, gate_trucks; /* OUTSIDE_UNKNOWN (-1): no trip in the ledger */
};

/* Nothing is stored about it: no error, and no facts. */
enum err facts_load(struct sql *db, struct arena *arena, enum finding_subject subject_kind,
                    const char *subject, int32_t day, struct facts *facts,
                    struct fault *fault) ERR_CHECKED;

/* The days of the last `length` up to last_day, not before `from`. Points into facts->days. */
struct store_days facts_window(const struct facts *facts, int64_t length, int32_t from);

/* The last whole quarter before the day. */
void facts_quarter(int32_t day, int32_t *first, int32_t *last);

#endif
