/*
 * presence: at which sites a unit was in an hour, and when it came and went, from its positions in
 * time order and the state that the hour before left. A pure function of these and of the sites of
 * the day: the same samples give the same stays, in whatever order they arrived.
 *
 *   fix       an instant with latitude and longitude in range, not both 0 (what receivers say
 *             before they have a position).
 *   stretch   from one fix to the next. It is whole when it is no longer than `fix_gap_ms` and no
 *             interval in it is a gap (activity.h). Only whole stretches are time at a place.
 *   entering  a run of consecutive fixes inside, at least `fixes` of them or `stay_ms` long in whole
 *             stretches: the unit is there since the first of the run.
 *   leaving   the same outside: it left at the last fix inside.
 *
 * A single wild position neither ends a visit nor makes one; a gap toggles nothing, whatever its
 * length: after it, fixes decide as before it. Time inside is that between entry and leaving in
 * whole stretches, the short spells outside that ended no visit included. Time of a run that is not
 * decided yet waits in the state and counts in the hour in which it is.
 *
 * The built-up area is the union of all BUILT_UP sites and has a run of its own, so that time in two
 * that overlap counts once. No clock, no store; memory from the arena given.
 */
#ifndef EVROLL_REGISTRY_SITES_PRESENCE_H
#define EVROLL_REGISTRY_SITES_PRESENCE_H

#include "registry/sites/site_index.h"

struct presence_rules {
    int64_t fixes;
    int64_t stay_ms;
    int64_t fix_gap_ms;
};

/* 3 fixes: two wild ones in a row at the same edge are rare, three hardly occur. 60 s: with a fix
 * every half minute or more, waiting for three would lose short visits. 300 s: as long as a gap of
 * activity.h. */
extern const struct presence_rules presence_rules_default;

/* An instant, and the interval since the one before it. */
struct presence_step {
    int64_t at_ms;
    bool has_fix;
    int64_t lat, lon;
    int64_t dt_ms; /* 0 for the first instant there ever was */
    bool gap;
    bool operating, engine;
};

struct presence_stay {
    const char *site_id;
    int64_t inside_ms, operating_ms, engine_ms;
};

struct presence_visit {
    const char *site_id;
    int64_t entered_ms;
    int64_t left_ms; /* of one that goes on: the last fix inside */
};

struct presence_hour {
    struct store_site_box box;   /* of the fixes */
    int64_t located_ms;          /* operating time in whole stretches */
    int64_t built_up_ms;         /* of that, within built-up areas */
    struct presence_stay *stays; /* with time > 0, by site */
    size_t stay_count;
    struct presence_visit *visits; /* that ended in this hour, by site and time */
    size_t visit_count;
    struct presence_visit *open; /* that go on at its end */
    size_t open_count;
    const uint8_t *state; /* for the next hour */
    size_t state_len;
};

struct presence_input {
    const struct presence_rules *rules;
    const struct site_index *index;
    int32_t day;               /* whose sites hold */
    struct store_site_box box; /* of all fixes that will come */
    const uint8_t *state;      /* that of the hour before; NULL: none */
    size_t state_len;
};

struct presence;

struct presence *presence_begin(const struct presence_input *input, struct arena *arena);
void presence_take(struct presence *presence, const struct presence_step *step);
void presence_end(struct presence *presence, struct presence_hour *hour);

#endif
