/*
 * relay: life, the thread, and what the state of the gate means for connections.
 *
 *     wake (a sync ended, or stop) ─▶ refresh the gate ─▶ act: drop, release ─▶ want the next sync
 *     tick (100 ms)                ─▶ the same; deadlines; log lines, addresses
 *     pace (2 ms, while some wait) ─▶ the next connection goes to the broker
 */
#include "gateway/relay/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/relay/relay_internal.h"
#include "shared/arena.h"
#include "shared/clock.h"
#include "shared/files.h"
#include "shared/log.h"

#define TICK_MS         100
#define CONNECTIONS_MAX 16384u
#define PER_ADDRESS     4096u
#define NEW_PER_SECOND  100u
#define HANDSHAKE_MS    10000u
#define ENDING_MS       10000u
#define PACE_MS         2u
#define HEARTBEAT_MS    5000u
#define OTHER_FILES     4352u /* descriptors of the rest of the process, CoAP's above all */

/* BSD has it, glibc's sys/queue.h has not. */
#define EACH_SAFE(item, head, field, after)                                                        \
    for ((item) = TAILQ_FIRST(head); (item) != NULL && ((after) = TAILQ_NEXT(item, field), true);  \
         (item) = (after))

const char *relay_refusal_word(enum relay_refusal refusal)
{
    static const char *const words[RELAY_REFUSAL_COUNT] = {
        [RELAY_REFUSED_RATE] = "rate",
        [RELAY_REFUSED_PER_ADDRESS] = "per-address",
        [RELAY_REFUSED_FULL] = "full",
        [RELAY_REFUSED_JOURNAL] = "journal",
    };
    return words[refusal];
}

const char *relay_ending_word(enum relay_ending ending)
{
    static const char *const words[RELAY_ENDING_COUNT] = {
        [RELAY_ENDED_BY_UNIT] = "unit",        [RELAY_ENDED_BY_BROKER] = "broker",
        [RELAY_ENDED_NO_BROKER] = "no-broker", [RELAY_ENDED_SLOW] = "slow",
        [RELAY_ENDED_JOURNAL] = "journal",     [RELAY_ENDED_STOPPED] = "stopped",
    };
    return words[ending];
}

int64_t relay_now(struct relay *relay)
{
    relay->now_ms = clock_mono_ms(&clock_system);
    return relay->now_ms;
}

static void timer_set(struct event *timer, int64_t wait_ms)
{
    struct timeval wait = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};

    (void)event_add(timer, &wait);
}

/* ---- syncs and releases ---- */

void relay_want_sync(struct relay *relay)
{
    const struct connection *first = TAILQ_FIRST(&relay->held);
    bool alone = relay->served <= 1 && first != NULL && TAILQ_NEXT(first, in_held) == NULL;

    if (relay->wanted)
        return;
    relay->wanted = true;
    tally_add(&relay->tally.syncs_wanted, 1);
    relay->options.want_sync(relay->options.arg, alone);
}

static void release_all(struct relay *relay)
{
    struct connection *c = NULL, *after = NULL;
    uint32_t served = 0;

    if (relay->gate.state != RELAY_GATE_OPEN)
        return;
    EACH_SAFE(c, &relay->held, in_held, after)
    if (relay_gate_passes(&relay->gate, c->first_until)) {
        served++;
        (void)connection_release(c);
    }
    if (served == 0)
        return;
    relay->served = served;
    tally_add(&relay->tally.releases, 1);
}

/* Ends connections: all, or those that began in another epoch. */
static void drop(struct relay *relay, uint64_t but_epoch)
{
    struct connection *c = NULL, *after = NULL;

    for (int stage = 0; stage < STAGE_COUNT; stage++)
        EACH_SAFE(c, &relay->stages[stage], in_stage, after)
    if (but_epoch == 0 || (c->epoch != 0 && c->epoch != but_epoch))
        connection_end(c, RELAY_ENDED_JOURNAL);
}

static void gate_say(struct relay *relay)
{
    switch (relay->gate.state) {
    case RELAY_GATE_SHUT:
        log_error(RELAY_PART,
                  "%s. Nothing is acknowledged: %llu connections are ended, %llu bytes held for "
                  "them are dropped, and new ones are refused until the broker has been restarted "
                  "with a journal that can be trusted",
                  relay->gate.why.text, (unsigned long long)relay->tally.connections,
                  (unsigned long long)relay->tally.held_bytes);
        break;
    case RELAY_GATE_WAITING:
        log_warn(RELAY_PART, "no sign of life from the journal's writer (the plugin in the "
                             "broker); what the broker says is held");
        break;
    case RELAY_GATE_OPEN:
        log_info(RELAY_PART, "the journal's writer lives; what is synced is acknowledged");
        break;
    }
}

/* A writer that has just opened beats for the first time a moment later: not worth a line. */
static bool waits_since_just_now(struct relay *relay)
{
    if (relay->gate.state != RELAY_GATE_WAITING) {
        relay->waits_since_ms = 0;
        return false;
    }
    if (relay->waits_since_ms == 0)
        relay->waits_since_ms = relay->now_ms;
    return !relay->gate.beaten &&
           relay->now_ms - relay->waits_since_ms < relay->options.heartbeat_ms;
}

/* The gate was refreshed: what does it mean? */
static void gate_act(struct relay *relay)
{
    const struct relay_gate *gate = &relay->gate;

    relay->tally.open = gate->state == RELAY_GATE_OPEN;
    if (gate->state != relay->gate_said && !waits_since_just_now(relay)) {
        gate_say(relay);
        relay->gate_said = gate->state;
    }
    if (gate->state == RELAY_GATE_SHUT) {
        drop(relay, 0);
        return;
    }
    if (gate->epoch != relay->gate_epoch) {
        drop(relay, gate->epoch);
        relay->gate_epoch = gate->epoch;
    }
    release_all(relay);
    if (!TAILQ_EMPTY(&relay->held))
        relay_want_sync(relay);
}

static void look(struct relay *relay)
{
    relay_gate_refresh(&relay->gate, relay_now(relay));
    gate_act(relay);
}

void relay_look_soon(struct relay *relay)
{
    relay_synced(relay);
}

static void on_wake(int fd, short what, void *arg)
{
    struct relay *relay = arg;
    eventfd_t count = 0;

    (void)what;
    (void)eventfd_read(fd, &count);
    if (atomic_load(&relay->stop)) {
        (void)event_base_loopbreak(relay->base);
        return;
    }
    relay->wanted = false;
    look(relay);
}

/* ---- deadlines and pace ---- */

static void deadline(struct relay *relay, enum stage stage, int64_t most_ms, enum relay_ending why)
{
    struct connection *c = NULL;

    while ((c = TAILQ_FIRST(&relay->stages[stage])) != NULL &&
           relay->now_ms - c->since_ms >= most_ms)
        connection_end(c, why);
}

static void on_tick(int fd, short what, void *arg)
{
    struct relay *relay = arg;

    (void)fd;
    (void)what;
    look(relay);
    deadline(relay, STAGE_HELLO, relay->options.handshake_ms, RELAY_ENDED_SLOW);
    deadline(relay, STAGE_HANDSHAKE, relay->options.handshake_ms, RELAY_ENDED_SLOW);
    deadline(relay, STAGE_ENDING, relay->options.ending_ms, RELAY_ENDED_SLOW);
    doorman_tick(relay);
}

void relay_queue_soon(struct relay *relay)
{
    int64_t wait_ms = relay->pace_due_ms - relay->now_ms;

    if (event_pending(relay->pace, EV_TIMEOUT, NULL) == 0)
        timer_set(relay->pace, wait_ms > 0 ? wait_ms : 0);
}

static void on_pace(int fd, short what, void *arg)
{
    struct relay *relay = arg;
    struct connection *c = TAILQ_FIRST(&relay->stages[STAGE_QUEUED]);

    (void)fd;
    (void)what;
    relay->pace_due_ms = relay_now(relay) + relay->options.pace_ms;
    if (c != NULL)
        connection_to_broker(c);
    if (!TAILQ_EMPTY(&relay->stages[STAGE_QUEUED]))
        relay_queue_soon(relay);
}

/* ---- life ---- */

/* Of a system's limit that is too low for all, a quarter is left to the rest of the process. */
static uint32_t connections_within(uint64_t limit)
{
    uint64_t others = limit / 4 < OTHER_FILES ? limit / 4 : OTHER_FILES;

    return limit > 4 ? (uint32_t)((limit - others) / 2) : 1;
}

/* Two descriptors a connection. When the system gives fewer, fewer connections are taken. */
static void connections_within_files(struct relay *relay)
{
    uint64_t wanted = (uint64_t)relay->options.connections_max * 2 + OTHER_FILES;
    uint64_t allowed = files_allow(wanted);

    if (allowed >= wanted)
        return;
    relay->options.connections_max = connections_within(allowed);
    log_warn(RELAY_PART, "only %u connections are taken: the limit of open files is %llu",
             relay->options.connections_max, (unsigned long long)allowed);
}

static void default_to(uint32_t *option, uint32_t value)
{
    if (*option == 0)
        *option = value;
}

static void options_take(struct relay *relay, const struct relay_options *options)
{
    struct relay_options *o = &relay->options;

    *o = *options;
    default_to(&o->connections_max, CONNECTIONS_MAX);
    default_to(&o->connections_per_address, PER_ADDRESS);
    default_to(&o->new_per_second, NEW_PER_SECOND);
    default_to(&o->handshake_ms, HANDSHAKE_MS);
    default_to(&o->ending_ms, ENDING_MS);
    default_to(&o->pace_ms, PACE_MS);
    default_to(&o->heartbeat_ms, HEARTBEAT_MS);
    connections_within_files(relay);
}

static enum err events_open(struct relay *relay, struct fault *fault)
{
    relay->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    relay->base = event_base_new();
    if (relay->wake_fd < 0 || relay->base == NULL)
        return fault_set(fault, ERR_IO, "relay: no event loop: %s", strerrordesc_np(errno));
    relay->wake = event_new(relay->base, relay->wake_fd, EV_READ | EV_PERSIST, on_wake, relay);
    relay->tick = event_new(relay->base, -1, EV_PERSIST, on_tick, relay);
    relay->pace = event_new(relay->base, -1, 0, on_pace, relay);
    if (relay->wake == NULL || relay->tick == NULL || relay->pace == NULL)
        mem_exhausted(sizeof(struct event));
    (void)event_add(relay->wake, NULL);
    timer_set(relay->tick, TICK_MS);
    return ERR_OK;
}

static void *run(void *arg)
{
    struct relay *relay = arg;

    look(relay);
    (void)event_base_dispatch(relay->base);
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        while (!TAILQ_EMPTY(&relay->stages[stage]))
            connection_end(TAILQ_FIRST(&relay->stages[stage]), RELAY_ENDED_STOPPED);
    return NULL;
}

static void event_drop(struct event *event)
{
    if (event != NULL)
        event_free(event);
}

static void relay_free(struct relay *relay)
{
    doorman_close(relay);
    event_drop(relay->wake);
    event_drop(relay->tick);
    event_drop(relay->pace);
    if (relay->base != NULL)
        event_base_free(relay->base);
    if (relay->wake_fd >= 0)
        close(relay->wake_fd);
    relay_gate_clear(&relay->gate);
    free(relay);
}

enum err relay_start(const struct relay_options *options, struct relay **relay, struct fault *fault)
{
    struct relay *made = mem_alloc(1, sizeof *made);
    enum err err = ERR_OK;

    *relay = NULL;
    made->wake_fd = -1;
    options_take(made, options);
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        TAILQ_INIT(&made->stages[stage]);
    TAILQ_INIT(&made->held);
    relay_gate_init(&made->gate, options->journal_dir, made->options.heartbeat_ms);
    if (!hostport_parse(options->broker, &made->broker))
        err = fault_set(fault, ERR_INPUT, "relay: %s is no ADDRESS:PORT", options->broker);
    if (err == ERR_OK)
        err = events_open(made, fault);
    if (err == ERR_OK)
        err = doorman_open(made, fault);
    if (err == ERR_OK && pthread_create(&made->thread, NULL, run, made) != 0)
        err = fault_set(fault, ERR_IO, "relay: its thread cannot be started");
    if (err == ERR_OK)
        *relay = made;
    else
        relay_free(made);
    return err;
}

void relay_stop(struct relay *relay)
{
    if (relay == NULL)
        return;
    atomic_store(&relay->stop, true);
    (void)eventfd_write(relay->wake_fd, 1);
    (void)pthread_join(relay->thread, NULL);
    relay_free(relay);
}

void relay_synced(struct relay *relay)
{
    (void)eventfd_write(relay->wake_fd, 1);
}

void relay_counted(const struct relay *relay, struct relay_counts *counts)
{
    const struct relay_tally *tally = &relay->tally;

    *counts = (struct relay_counts){.connections = tally->connections,
                                    .held_connections = tally->held_connections,
                                    .held_bytes = tally->held_bytes,
                                    .open = tally->open,
                                    .accepted = tally->accepted,
                                    .bytes_up = tally->bytes_up,
                                    .bytes_down = tally->bytes_down,
                                    .syncs_wanted = tally->syncs_wanted,
                                    .releases = tally->releases};
    for (int i = 0; i < RELAY_REFUSAL_COUNT; i++)
        counts->refused[i] = tally->refused[i];
    for (int i = 0; i < RELAY_ENDING_COUNT; i++)
        counts->ended[i] = tally->ended[i];
}
