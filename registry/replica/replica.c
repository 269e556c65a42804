/*
 * Instants here are of the monotonic clock. `stand` is written by the thread, or by a worker that found
 * the standby gone; `changed_ms` and the counters by workers.
 *
 * The address of the standby may lead to several servers, and every reader has a connection of its own:
 * what the thread saw on its connection says how far a server has to be, and each reader's is asked.
 */
#include "registry/replica/replica.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "registry/background/background.h"
#include "shared/arena.h"
#include "shared/log.h"

#define STEP_MS 250
#define MARKS   64 /* at STEP_MS they reach beyond REPLICA_LAG_MAX_MS */

/* Where the primary was at a moment. */
struct mark {
    int64_t moment_ms, at;
};

/* A standby that is no less far than this one was answers as of `as_of_ms`. */
struct stand {
    int64_t as_of_ms; /* 0: not known, or not to be asked */
    struct sql_position standby;
};

struct state {
    /* the thread's */
    struct sql *db; /* the standby; NULL while it cannot be opened */
    struct mark marks[MARKS];
    size_t marked;
    bool serves;
    /* everybody's */
    pthread_mutex_t lock; /* of `stand` */
    struct stand stand;
    atomic_llong changed_ms;
    atomic_llong answered, passed_over;
};

struct replica {
    struct background *background;
    const struct clock *clock;
    const char *read_url;
    struct state *state;
};

struct replica_reader {
    const struct replica *replica;
    struct sql *db;
};

static struct stand stand_of(const struct replica *replica)
{
    struct state *state = replica->state;
    struct stand stand;

    pthread_mutex_lock(&state->lock);
    stand = state->stand;
    pthread_mutex_unlock(&state->lock);
    return stand;
}

static void stand_set(const struct replica *replica, const struct stand *stand)
{
    struct state *state = replica->state;

    pthread_mutex_lock(&state->lock);
    state->stand = *stand;
    pthread_mutex_unlock(&state->lock);
}

/* ---- how far it is ---- */

static enum err compare(const struct sql_position *primary, const struct sql_position *standby,
                        struct fault *fault)
{
    if (standby->cluster != primary->cluster || standby->database != primary->database)
        return fault_set(fault, ERR_INPUT,
                         "the database for reading is no standby of the one for writing; name "
                         "one that is");
    if (!standby->standby)
        return fault_set(fault, ERR_PEER, "the database for reading is no standby now");
    return ERR_OK;
}

static enum err look_at_standby(const struct replica *replica, const struct sql_position *primary,
                                struct sql_position *position, struct fault *fault)
{
    struct state *state = replica->state;
    enum err err = ERR_OK;

    if (state->db == NULL)
        err = sql_open_reader(replica->read_url, &state->db, fault);
    if (err == ERR_OK)
        err = sql_position(state->db, position, fault);
    if (err == ERR_OK)
        err = compare(primary, position, fault);
    /* The schema may be on its way there: no reason to end. */
    if (err == ERR_OK && store_check_schema(state->db, fault) != ERR_OK)
        err = ERR_PEER;
    return err;
}

/* The last moment at which the primary was no further than `at`; 0: longer ago than is known. */
static int64_t moment_of(const struct state *state, int64_t at)
{
    int64_t moment_ms = 0;

    for (size_t i = 0; i < MARKS && i < state->marked; i++)
        if (state->marks[i].at <= at && state->marks[i].moment_ms > moment_ms)
            moment_ms = state->marks[i].moment_ms;
    return moment_ms;
}

/* The moment is taken first: what was committed before it is within the position. */
static enum err look(const struct replica *replica, struct sql *db, enum err *standby_err,
                     struct fault *fault)
{
    struct state *state = replica->state;
    int64_t moment_ms = clock_mono_ms(replica->clock);
    struct sql_position primary = {.at = 0};
    struct stand stand = {.as_of_ms = 0};
    enum err err = sql_position(db, &primary, fault);

    if (err != ERR_OK)
        return err;
    state->marks[state->marked++ % MARKS] = (struct mark){moment_ms, primary.at};
    *standby_err = look_at_standby(replica, &primary, &stand.standby, fault);
    if (*standby_err == ERR_OK)
        stand.as_of_ms = moment_of(state, stand.standby.at);
    stand_set(replica, &stand);
    return ERR_OK;
}

static int64_t lag_ms(const struct replica *replica, const struct stand *stand)
{
    return clock_mono_ms(replica->clock) - stand->as_of_ms;
}

static bool keeps_up(const struct replica *replica, const struct stand *stand)
{
    return stand->as_of_ms != 0 && lag_ms(replica, stand) <= REPLICA_LAG_MAX_MS;
}

static void note(const struct replica *replica, enum err standby_err, const struct fault *fault)
{
    const struct stand stand = stand_of(replica);
    bool serves = keeps_up(replica, &stand);

    if (serves && !replica->state->serves)
        log_info("replica", "queries go to the standby");
    if (!serves && replica->state->serves)
        log_warn("replica", "queries go to the primary: %s",
                 standby_err != ERR_OK ? fault->text : "the standby lags");
    replica->state->serves = serves;
}

static enum err step(struct sql *db, const void *arg, size_t *did, struct fault *fault)
{
    enum err standby_err = ERR_OK;
    enum err err = look(arg, db, &standby_err, fault);

    *did = 0;
    if (err == ERR_OK)
        note(arg, standby_err, fault);
    return err;
}

/* ---- beginning and end ---- */

static void release(struct replica *replica)
{
    sql_close(replica->state->db);
    pthread_mutex_destroy(&replica->state->lock);
    free(replica->state);
    free(replica);
}

/* Before anything is served: a wrong address is said now, and not in the log alone. */
static enum err first_look(const struct replica *replica, const char *db_url, struct fault *fault)
{
    struct sql *db = NULL;
    enum err standby_err = ERR_OK;
    enum err err = sql_open(db_url, &db, fault);

    if (err == ERR_OK)
        err = look(replica, db, &standby_err, fault);
    sql_close(db);
    if (err == ERR_OK && standby_err == ERR_INPUT)
        return ERR_INPUT;
    if (err == ERR_OK && standby_err != ERR_OK)
        log_warn("replica", "queries go to the primary: %s", fault->text);
    return err;
}

enum err replica_start(const char *db_url, const char *read_url, const struct clock *clock,
                       struct replica **replica, struct fault *fault)
{
    struct replica *made = mem_alloc(1, sizeof *made);
    const struct background_work work = {"replica", STEP_MS, made, step};
    enum err err = ERR_OK;

    made->clock = clock;
    made->read_url = read_url;
    made->state = mem_alloc(1, sizeof *made->state);
    pthread_mutex_init(&made->state->lock, NULL);
    err = first_look(made, db_url, fault);
    if (err == ERR_OK)
        err = background_start(db_url, &work, &made->background, fault);
    if (err == ERR_OK)
        *replica = made;
    else
        release(made);
    return err;
}

void replica_stop(struct replica *replica)
{
    if (replica == NULL)
        return;
    background_stop(replica->background);
    release(replica);
}

/* ---- who asks it ---- */

void replica_changed(const struct replica *replica)
{
    if (replica != NULL)
        atomic_store(&replica->state->changed_ms, clock_mono_ms(replica->clock));
}

struct replica_reader *replica_reader_open(const struct replica *replica)
{
    struct replica_reader *reader = mem_alloc(1, sizeof *reader);

    reader->replica = replica;
    return reader;
}

void replica_reader_close(struct replica_reader *reader)
{
    if (reader == NULL)
        return;
    sql_close(reader->db);
    free(reader);
}

static bool may_answer(const struct replica *replica, const struct stand *stand)
{
    return keeps_up(replica, stand) && stand->as_of_ms > atomic_load(&replica->state->changed_ms);
}

/* A server that ended, or is less far than the one that was looked at, is found out before a request
 * depends on it. */
static enum err reach(struct replica_reader *reader, const struct stand *stand, struct fault *fault)
{
    struct sql_position position = {.at = 0};
    enum err err = ERR_OK;

    if (reader->db == NULL)
        err = sql_open_reader(reader->replica->read_url, &reader->db, fault);
    if (err == ERR_OK)
        err = sql_position(reader->db, &position, fault);
    if (err == ERR_OK)
        err = compare(&stand->standby, &position, fault);
    if (err == ERR_OK && position.at < stand->standby.at)
        return fault_set(fault, ERR_BUSY, "this standby is behind another of the same address");
    return err;
}

/* A connection that leads to a server which is behind is given up: the next may lead elsewhere. */
static void pass_over(struct replica_reader *reader, enum err why)
{
    const struct stand none = {.as_of_ms = 0};

    if (why == ERR_BUSY) {
        sql_close(reader->db);
        reader->db = NULL;
    } else { /* the others need not try */
        stand_set(reader->replica, &none);
    }
}

struct sql *replica_reader_db(struct replica_reader *reader)
{
    const struct replica *replica = reader->replica;
    struct fault fault;
    struct stand stand;
    enum err err = ERR_OK;

    if (replica == NULL)
        return NULL;
    stand = stand_of(replica);
    if (may_answer(replica, &stand)) {
        err = reach(reader, &stand, &fault);
        if (err == ERR_OK) {
            atomic_fetch_add(&replica->state->answered, 1);
            return reader->db;
        }
        pass_over(reader, err);
    }
    atomic_fetch_add(&replica->state->passed_over, 1);
    return NULL;
}

void replica_metrics(const struct replica *replica, FILE *out)
{
    struct stand stand;

    if (replica == NULL)
        return;
    stand = stand_of(replica);
    fprintf(out,
            "# HELP evroll_replica_serves Whether queries go to the standby.\n"
            "# TYPE evroll_replica_serves gauge\n"
            "evroll_replica_serves %d\n"
            "# HELP evroll_replica_answers_total Requests whose queries went to the standby.\n"
            "# TYPE evroll_replica_answers_total counter\n"
            "evroll_replica_answers_total %lld\n"
            "# HELP evroll_replica_passed_over_total Requests that went to the primary instead.\n"
            "# TYPE evroll_replica_passed_over_total counter\n"
            "evroll_replica_passed_over_total %lld\n",
            keeps_up(replica, &stand), (long long)atomic_load(&replica->state->answered),
            (long long)atomic_load(&replica->state->passed_over));
    if (stand.as_of_ms != 0)
        fprintf(out,
                "# HELP evroll_replica_lag_seconds How far the standby's answers are behind.\n"
                "# TYPE evroll_replica_lag_seconds gauge\n"
                "evroll_replica_lag_seconds %.3f\n",
                (double)lag_ms(replica, &stand) / 1000.0);
}
