#include "registry/findings/findings.h"

#include <string.h>

#include "registry/findings/evidence.h"
#include "registry/findings/reconcile.h"
#include "shared/when.h"

#define SWEEP_SLICE  500
#define VEHICLES_MAX 32 /* that one unit can say something about */

struct work {
    struct sql *db;
    struct arena *arena;
    struct thresholds thresholds;
    int32_t today;
    int64_t now_ms;
    size_t days_left; /* that this transaction may take */
};

/* ---- one subject ---- */

static enum err look_at(const struct work *w, enum finding_subject kind, const char *subject,
                        struct facts *facts, struct fault *fault)
{
    enum err err = facts_load(w->db, w->arena, kind, subject, w->today, facts, fault);

    if (err != ERR_OK)
        return err;
    return reconcile(w->db, w->arena, facts, &w->thresholds, w->now_ms, fault);
}

static bool add_vehicle(const char **vehicles, size_t *count, const char *vehicle)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(vehicles[i], vehicle) == 0)
            return true;
    if (*count == VEHICLES_MAX)
        return false;
    vehicles[(*count)++] = vehicle;
    return true;
}

/* The vehicles it is or was in, the latest first, and those whose numbers it carries. */
static size_t vehicles_of(const struct facts *unit, const char **vehicles)
{
    size_t count = 0;

    for (size_t i = unit->bindings.count; i-- > 0;)
        (void)add_vehicle(vehicles, &count, unit->bindings.items[i].vehicle_id);
    for (size_t i = 0; i < unit->vin_count; i++)
        (void)add_vehicle(vehicles, &count, unit->vins[i].vin);
    return count;
}

static enum err look_at_unit(const struct work *w, const char *unit, struct fault *fault)
{
    const char *vehicles[VEHICLES_MAX];
    struct facts facts, of_vehicle;
    size_t count = 0;
    enum err err = look_at(w, FINDING_OF_UNIT, unit, &facts, fault);

    if (err != ERR_OK)
        return err;
    count = vehicles_of(&facts, vehicles);
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        err = look_at(w, FINDING_OF_VEHICLE, vehicles[i], &of_vehicle, fault);
    return err;
}

static enum err refresh_days(const struct work *w, const char *unit, const int32_t *days,
                             size_t count, struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < count; i++)
        if (days[i] != 0)
            err = store_day_refresh(w->db, unit, days[i], fault);
    return err;
}

/* `*more`: of its days, so many are due that some stay for the next transaction. */
static enum err take_days(struct work *w, const struct store_finding_due *due, size_t *count,
                          bool *more, struct fault *fault)
{
    int32_t *days = NULL;
    enum err err = store_finding_queue_take(w->db, w->arena, due, w->now_ms, w->days_left, &days,
                                            count, fault);

    *more = false;
    if (err != ERR_OK)
        return err;
    w->days_left -= *count;
    if (due->subject_kind == FINDING_OF_UNIT)
        err = refresh_days(w, due->subject, days, *count, fault);
    if (err == ERR_OK && w->days_left == 0)
        err = store_finding_queue_has(w->db, due, w->now_ms, more, fault);
    return err;
}

static enum err look_at_due(struct work *w, const struct store_finding_due *due,
                            struct fault *fault)
{
    struct facts facts;
    size_t count = 0;
    bool more = false;
    enum err err = take_days(w, due, &count, &more, fault);

    if (err != ERR_OK || count == 0 || more)
        return err;
    if (due->subject_kind == FINDING_OF_UNIT)
        return look_at_unit(w, due->subject, fault);
    return look_at(w, due->subject_kind, due->subject, &facts, fault);
}

static enum err look_at_all(struct work *w, const struct store_finding_due *due, size_t count,
                            struct fault *fault)
{
    enum err err = thresholds_load(w->db, w->arena, &w->thresholds, fault);

    w->days_left = FINDINGS_DAYS;
    for (size_t i = 0; err == ERR_OK && i < count && w->days_left > 0; i++)
        err = look_at_due(w, &due[i], fault);
    return err;
}

static enum err work_queue(struct work *w, int64_t settle_ms, size_t *did, struct fault *fault)
{
    struct store_finding_due *due = NULL;
    size_t count = 0;
    enum err err = store_finding_queue_list(w->db, w->arena, w->now_ms - settle_ms, FINDINGS_SLICE,
                                            &due, &count, fault);

    if (err != ERR_OK || count == 0)
        return err;
    err = sql_begin(w->db, SQL_WRITE, fault);
    if (err != ERR_OK)
        return err;
    err = look_at_all(w, due, count, fault);
    if (err == ERR_OK)
        err = sql_commit(w->db, fault);
    else
        sql_rollback(w->db);
    *did = err == ERR_OK ? count : 0;
    return err;
}

/* ---- everybody ---- */

/* The numbers stand in the database. The whole walk is vehicles, reports, units; the daily one begins
 * with the reports. */
enum { SWEEP_DONE, SWEEP_UNITS, SWEEP_VEHICLES, SWEEP_REPORTS, SWEEP_PHASES };

typedef enum err sweep_phase(struct sql *db, struct arena *arena, struct store_finding_sweep *sweep,
                             int64_t now_ms, size_t limit, size_t *count, struct fault *fault);

static const struct {
    sweep_phase *walk;
    int64_t next;
} phases[SWEEP_PHASES] = {
    [SWEEP_VEHICLES] = {store_finding_sweep_vehicles, SWEEP_REPORTS},
    [SWEEP_REPORTS] = {store_finding_sweep_reports, SWEEP_UNITS},
    [SWEEP_UNITS] = {store_finding_sweep_units, SWEEP_DONE},
};

static enum err sweep_on(const struct work *w, struct store_finding_sweep *sweep, size_t *did,
                         struct fault *fault)
{
    enum err err =
        phases[sweep->phase].walk(w->db, w->arena, sweep, w->now_ms, SWEEP_SLICE, did, fault);

    if (err != ERR_OK)
        return err;
    if (*did < SWEEP_SLICE) {
        sweep->phase = phases[sweep->phase].next;
        sweep->reached = "";
    }
    *did = 1; /* the walk went on, whether or not it met anybody */
    return store_finding_sweep_put(w->db, sweep, fault);
}

static bool is_swept(const struct work *w, const struct store_finding_sweep *sweep)
{
    return sweep->phase == SWEEP_DONE && sweep->day == w->today;
}

static enum err sweep_slice(const struct work *w, size_t *did, struct fault *fault)
{
    struct store_finding_sweep sweep;
    enum err err = store_finding_sweep_read(w->db, w->arena, &sweep, fault);

    if (err != ERR_OK || is_swept(w, &sweep))
        return err;
    if (sweep.phase == SWEEP_DONE)
        sweep = (struct store_finding_sweep){.phase = SWEEP_REPORTS, .reached = ""};
    sweep.day = w->today;
    return sweep_on(w, &sweep, did, fault);
}

/* Read once without a lock, which is mostly all; then again in the transaction, because who changes a
 * threshold begins the walk anew. */
static enum err sweep_step(const struct work *w, size_t *did, struct fault *fault)
{
    struct store_finding_sweep sweep;
    enum err err = store_finding_sweep_read(w->db, w->arena, &sweep, fault);

    if (err != ERR_OK || is_swept(w, &sweep))
        return err;
    err = sql_begin(w->db, SQL_WRITE, fault);
    if (err != ERR_OK)
        return err;
    err = sweep_slice(w, did, fault);
    if (err == ERR_OK)
        return sql_commit(w->db, fault);
    sql_rollback(w->db);
    return err;
}

enum err findings_step(struct sql *db, const struct clock *clock, int64_t settle_ms, size_t *did,
                       struct fault *fault)
{
    struct work w = {.db = db, .arena = arena_create(), .now_ms = clock_wall_ms(clock)};
    enum err err = ERR_OK;

    w.today = when_day_of(w.now_ms);
    *did = 0;
    err = sweep_step(&w, did, fault);
    if (err == ERR_OK && *did == 0)
        err = work_queue(&w, settle_ms, did, fault);
    arena_destroy(w.arena);
    return err;
}

enum err findings_sweep_all(struct sql *db, struct fault *fault)
{
    const struct store_finding_sweep sweep = {.phase = SWEEP_VEHICLES, .reached = ""};

    return store_finding_sweep_put(db, &sweep, fault);
}

/* ---- a person ---- */

enum err findings_decide(struct sql *db, struct arena *arena, int64_t now_ms,
                         const struct finding_decision *decision, struct store_finding *finding,
                         struct fault *fault)
{
    struct store_finding_step step = {.at_ms = now_ms,
                                      .state = decision->state,
                                      .author = decision->author,
                                      .reason = decision->note};
    enum err err = store_finding_find(db, arena, decision->number, finding, fault);

    if (err != ERR_OK)
        return err;
    if (finding->state == FINDING_CLOSED)
        return fault_set(fault, ERR_CONFLICT,
                         "finding %lld is closed: its cause is gone; there is nothing to decide",
                         (long long)finding->number);
    finding->state = decision->state;
    finding->decision = decision->state == FINDING_OPEN ? FINDING_NONE : decision->state;
    finding->decided_cause = decision->state == FINDING_OPEN ? "" : finding->cause;
    step.cause = finding->cause;
    err = store_finding_update(db, finding, fault);
    return err == ERR_OK ? store_finding_note(db, finding->number, &step, fault) : err;
}
