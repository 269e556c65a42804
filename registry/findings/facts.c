#include "registry/findings/facts_internal.h"

#include <string.h>

#include "registry/vehicles/timeline.h"
#include "shared/ident/vin.h"
#include "shared/when.h"

#define VINS_MAX        16
#define TAMPERS_MAX     200
#define UNITS_MAX       6 /* that say they are in one vehicle */
#define MEETING_DAYS    90
#define FACTS_UNIT_DAYS 31 /* the longest window over a unit's days */

static int32_t earlier(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

void facts_quarter(int32_t day, int32_t *first, int32_t *last)
{
    struct when_date date = when_date(day);
    int month = (date.month - 1) / 3 * 3 + 1; /* with which this quarter begins */
    struct when_date before = {month == 1 ? date.year - 1 : date.year, month == 1 ? 10 : month - 3,
                               1};

    *first = when_day(before);
    *last = when_day((struct when_date){date.year, month, 1}) - 1;
}

struct store_days facts_window(const struct facts *facts, int64_t length, int32_t from)
{
    int64_t first = facts->last_day - length + 1;
    size_t at = 0, end = facts->days.count;

    while (at < end && (facts->days.items[at].day < first || facts->days.items[at].day < from))
        at++;
    while (end > at && facts->days.items[end - 1].day > facts->last_day)
        end--;
    return (struct store_days){facts->days.items + at, end - at};
}

static int32_t first_day_wanted(const struct facts *facts)
{
    int32_t first = 0, last = 0;

    facts_quarter(facts->day, &first, &last);
    return earlier(facts->last_day - FACTS_DAYS_MAX + 1, first);
}

/* ---- a vehicle ---- */

/* From when on the state as of the day has been declared with the same energy, or stage. */
static int32_t same_since(const struct store_vehicles *versions, int32_t day,
                          bool (*same)(const struct store_vehicle *, const struct store_vehicle *))
{
    const struct store_vehicle *state = timeline_state(versions->items, versions->count, day);
    int32_t since = state->valid_from;

    for (size_t i = versions->count; i-- > 0;) {
        const struct store_vehicle *then = NULL;
        if (versions->items[i].valid_from >= since)
            continue;
        then = timeline_state(versions->items, versions->count, versions->items[i].valid_from);
        if (!same(state, then))
            break;
        since = versions->items[i].valid_from;
    }
    return since;
}

static bool same_energy(const struct store_vehicle *a, const struct store_vehicle *b)
{
    return a->energy == b->energy;
}

static bool same_stage(const struct store_vehicle *a, const struct store_vehicle *b)
{
    return a->stage == b->stage;
}

static void judge_register(struct facts *facts)
{
    const struct store_vehicles *versions = &facts->versions;
    const struct store_vehicle *state =
        versions->count == 0 ? NULL : timeline_state(versions->items, versions->count, facts->day);

    if (state == NULL || state->added > facts->day || state->removed <= facts->day)
        return;
    facts->vehicle = state;
    facts->energy_since = same_since(versions, facts->day, same_energy);
    facts->stage_since = same_since(versions, facts->day, same_stage);
}

static bool add_unit(const char **units, size_t *count, const char *unit)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(units[i], unit) == 0)
            return true;
    if (*count == UNITS_MAX)
        return false;
    units[(*count)++] = unit;
    return true;
}

/* Where each two of the units were in the same hour; most vehicles have one unit and no pair. */
static enum err load_pairs(const struct loading *l, const char *const *units, size_t count,
                           struct fault *fault)
{
    struct facts_pair *pairs = ARENA_ARRAY(l->arena, struct facts_pair, UNITS_MAX * UNITS_MAX);
    int64_t to = ((int64_t)l->facts->day + 1) * 24 - 8;
    enum err err = ERR_OK;

    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count && err == ERR_OK; k++) {
            struct facts_pair *pair = &pairs[l->facts->pair_count++];
            pair->units[0] = units[i];
            pair->units[1] = units[k];
            err = store_meetings(l->db, l->arena, pair->units, to - MEETING_DAYS * 24, to,
                                 &pair->meetings, &pair->count, fault);
        }
    l->facts->pairs = pairs;
    return err;
}

static enum err load_units(const struct loading *l, struct fault *fault)
{
    const char *units[UNITS_MAX];
    const char **named = NULL;
    size_t count = 0, named_count = 0;
    enum err err =
        store_vin_units(l->db, l->arena, l->facts->subject, UNITS_MAX, &named, &named_count, fault);

    if (err != ERR_OK || named_count == 0)
        return err;
    for (size_t i = 0; i < named_count; i++)
        (void)add_unit(units, &count, named[i]);
    for (size_t i = 0; i < l->facts->bindings.count; i++)
        if (l->facts->bindings.items[i].to > l->facts->day - MEETING_DAYS)
            (void)add_unit(units, &count, l->facts->bindings.items[i].unit);
    return count < 2 ? ERR_OK : load_pairs(l, units, count, fault);
}

static enum err load_vehicle(const struct loading *l, struct fault *fault)
{
    struct facts *facts = l->facts;
    enum err err = store_vehicle_versions(l->db, facts->subject, l->arena, &facts->versions, fault);

    if (err != ERR_OK)
        return err;
    judge_register(facts);
    if (facts->vehicle == NULL)
        return ERR_OK;
    err = store_bindings_of_vehicle(l->db, facts->subject, l->arena, &facts->bindings, fault);
    if (err == ERR_OK)
        err = store_day_last(l->db, facts->subject, facts->day, &facts->heard, &facts->last_day,
                             fault);
    if (err == ERR_OK && facts->heard)
        err = store_days_of_vehicle(l->db, l->arena, facts->subject, first_day_wanted(facts),
                                    facts->day, &facts->days, fault);
    if (err == ERR_OK && strlen(facts->subject) == VIN_LENGTH)
        err = load_units(l, fault);
    if (err == ERR_OK && facts->heard)
        err = facts_load_places(l, fault);
    return err;
}

/* ---- a unit ---- */

/* A clock that is ahead names days that have not come: they count from their arrival on. */
static bool had_arrived(const struct store_day *d, int32_t by)
{
    return d->day <= by || when_day_of(d->first_ms - d->clock_ahead_ms) <= by;
}

static void cut_future(struct facts *facts)
{
    struct store_days *days = &facts->days;
    size_t kept = 0;

    for (size_t i = 0; i < days->count; i++) {
        const struct store_day *d = &days->items[i];
        if (had_arrived(d, facts->day))
            days->items[kept++] = *d;
    }
    days->count = kept;
    if (kept == 0)
        return;
    facts->heard = true;
    facts->last_day = earlier(days->items[kept - 1].day, facts->day);
    facts->last_ms = days->items[kept - 1].last_ms;
}

/* The last days before a silence, however long it is. */
static enum err load_unit_days(const struct loading *l, struct fault *fault)
{
    struct facts *facts = l->facts;
    int32_t from = facts->day;
    bool found = false;
    enum err err = store_day_last_of_unit(l->db, facts->subject, facts->day, &found, &from, fault);

    if (err == ERR_OK)
        err = store_days_of_unit(l->db, l->arena, facts->subject, from - FACTS_UNIT_DAYS + 1,
                                 WHEN_DAY_NEVER, &facts->days, fault);
    if (err == ERR_OK)
        cut_future(facts);
    return err;
}

static enum err load_unit(const struct loading *l, struct fault *fault)
{
    struct facts *facts = l->facts;
    struct store_vin *vins = NULL;
    struct store_event *tampers = NULL;
    int64_t end_ms = ((int64_t)facts->day + 1) * WHEN_DAY_MS - WHEN_ZONE_MS;
    enum err err = store_bindings_of_unit(l->db, facts->subject, l->arena, &facts->bindings, fault);

    if (err == ERR_OK)
        err = load_unit_days(l, fault);
    if (err == ERR_OK)
        err = store_vins_list(l->db, l->arena, facts->subject, VINS_MAX, &vins, &facts->vin_count,
                              fault);
    if (err == ERR_OK)
        err = store_events_tampers(l->db, l->arena, facts->subject,
                                   end_ms - FACTS_DAYS_MAX * WHEN_DAY_MS, end_ms, TAMPERS_MAX,
                                   &tampers, &facts->tamper_count, fault);
    if (err != ERR_OK)
        return err;
    facts->vins = vins;
    facts->tampers = tampers;
    return ERR_OK;
}

enum err facts_load(struct sql *db, struct arena *arena, enum finding_subject subject_kind,
                    const char *subject, int32_t day, struct facts *facts, struct fault *fault)
{
    const struct loading l = {db, arena, facts};

    *facts = (struct facts){.day = day, .subject_kind = subject_kind, .subject = subject};
    switch (subject_kind) {
    case FINDING_OF_VEHICLE:
        return load_vehicle(&l, fault);
    case FINDING_OF_UNIT:
        return load_unit(&l, fault);
    case FINDING_OF_REPORT:
        return facts_load_report(&l, fault);
    default:
        return ERR_OK;
    }
}
