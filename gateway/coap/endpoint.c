#include "gateway/coap/endpoint.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "gateway/coap/endpoint_internal.h"
#include "shared/files.h"
#include "shared/log.h"

#define PART          "coap"
#define SEGMENT_BYTES (4u << 20)
#define TICK_MS       100
#define SECOND_MS     1000
#define BURST_MAX     64 /* datagrams in one call of libcoap */
#define OTHER_FILES   256u

/* ---- serving ---- */

/* The first call after waiting takes one datagram, and each that follows twice as many, so that a
 * lone one is answered at once and one look at what is synced serves many. */
static size_t fill_burst(struct endpoint *endpoint, struct epoll_event *events, size_t count)
{
    size_t first = 0;

    while (first < count && events[first].data.ptr == NULL)
        first++;
    if (first == count)
        return count;
    for (size_t i = 1; i < endpoint->burst && count < BURST_MAX; i++)
        events[count++] = events[first];
    endpoint->burst = endpoint->burst * 2 < BURST_MAX ? endpoint->burst * 2 : BURST_MAX;
    return count;
}

/* libcoap is handed the events itself: coap_io_process reads one datagram a call. The events of a datagram context are its one socket and its timer, so that repeating
 * one means: read again. */
static bool serve(struct endpoint *endpoint, enum endpoint_way way)
{
    struct epoll_event events[BURST_MAX];
    coap_context_t *context = endpoint->contexts[way];
    int ready = epoll_wait(coap_context_get_coap_fd(context), events, BURST_MAX, 0);
    size_t count = ready > 0 ? (size_t)ready : 0;

    if (count == 0)
        return false;
    if (way == WAY_DATAGRAM)
        count = fill_burst(endpoint, events, count);
    coap_io_do_epoll(context, events, count);
    return true;
}

static void wait_for_work(struct endpoint *endpoint)
{
    struct pollfd fds[] = {
        {.fd = endpoint->wake_fd, .events = POLLIN},
        {.fd = coap_context_get_coap_fd(endpoint->contexts[WAY_DATAGRAM]), .events = POLLIN},
        {.fd = coap_context_get_coap_fd(endpoint->contexts[WAY_STREAM]), .events = POLLIN},
    };
    eventfd_t woken = 0;

    (void)poll(fds, sizeof fds / sizeof fds[0], TICK_MS);
    if (fds[0].revents != 0)
        (void)eventfd_read(endpoint->wake_fd, &woken);
}

/* ---- what time brings ---- */

static bool due(int64_t *due_ms, int64_t now_ms, int64_t every_ms)
{
    if (now_ms < *due_ms)
        return false;
    *due_ms = now_ms + every_ms;
    return true;
}

static void each_second(struct endpoint *endpoint, int64_t now_ms)
{
    if (bar_refresh(&endpoint->bar))
        setting_tell(endpoint);
    (void)peer_expel(&endpoint->peers, &endpoint->bar);
    peer_tidy(&endpoint->peers, now_ms, &endpoint->body_room);
    flood_sweep(endpoint->flood, now_ms);
    atomic_fetch_add(&endpoint->counts[COUNT_ENDED], streams_hurry(endpoint->streams, now_ms));
    atomic_store(&endpoint->counts[COUNT_SESSIONS], endpoint->peers.count);
    atomic_store(&endpoint->counts[COUNT_STREAMS], streams_count(endpoint->streams));
}

static void housekeep(struct endpoint *endpoint)
{
    int64_t now_ms = clock_mono_ms(endpoint->clock);

    if (due(&endpoint->tick_due_ms, now_ms, TICK_MS)) {
        store_tick(endpoint->store);
        for (enum endpoint_way way = 0; way < WAY_COUNT; way++)
            walk_pay(&endpoint->walks[way]);
    }
    if (due(&endpoint->second_due_ms, now_ms, SECOND_MS))
        each_second(endpoint, now_ms);
}

static void *run(void *arg)
{
    struct endpoint *endpoint = arg;

    for (enum endpoint_way way = 0; way < WAY_COUNT; way++)
        walk_watch(&endpoint->walks[way], endpoint->contexts[way]);
    while (!atomic_load(&endpoint->stop)) {
        size_t held = endpoint->held.count;
        bool worked = serve(endpoint, WAY_DATAGRAM);

        worked = serve(endpoint, WAY_STREAM) || worked;
        atomic_fetch_add(&endpoint->counts[COUNT_ENDED],
                         streams_turn_away(endpoint->streams) + peer_turn_away(&endpoint->peers));
        if (endpoint->held.count > held)
            endpoint->options.want_sync(endpoint->options.sync_arg, endpoint->held.count == 1);
        intake_release(endpoint);
        housekeep(endpoint);
        if (!worked) {
            endpoint->burst = 1;
            wait_for_work(endpoint);
        }
    }
    for (enum endpoint_way way = 0; way < WAY_COUNT; way++)
        walk_leave(&endpoint->walks[way]);
    return NULL;
}

/* ---- opening and closing ---- */

/* As the broker plugin: at the start there is no list in force, and going on without one would let
 * every revoked unit in. */
static enum err revoked_open(struct endpoint *endpoint, struct fault *fault)
{
    const struct endpoint_options *options = &endpoint->options;

    if (options->crl_file == NULL)
        return ERR_OK;
    endpoint->bar.revoked = tls_revoked_create(options->crl_file, options->ca_file);
    (void)tls_revoked_refresh(endpoint->bar.revoked);
    if (tls_revoked_known(endpoint->bar.revoked))
        return ERR_OK;
    return fault_set(fault, ERR_INPUT,
                     "coap.crl: no revocation list in %s; make one (evroll-ca crl) or take the key "
                     "out",
                     options->crl_file);
}

static void roster_open(struct endpoint *endpoint)
{
    const struct endpoint_options *options = &endpoint->options;

    if (options->directory_file == NULL)
        return;
    endpoint->bar.roster = roster_create(options->directory_file);
    endpoint->bar.admit = options->registered_only ? ROSTER_ADMIT_REGISTERED : ROSTER_ADMIT_ALL;
    (void)roster_refresh(endpoint->bar.roster);
}

static enum err journal_open(struct endpoint *endpoint, struct fault *fault)
{
    const struct endpoint_options *options = &endpoint->options;

    return store_open(&(struct journal_options){.dir = options->journal_dir,
                                                .budget_bytes = options->budget_bytes,
                                                .segment_bytes = options->segment_bytes},
                      &endpoint->store, fault);
}

static enum err open_all(struct endpoint *endpoint, struct fault *fault)
{
    enum err err = revoked_open(endpoint, fault);

    roster_open(endpoint);
    endpoint->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (err == ERR_OK && endpoint->wake_fd < 0)
        err = fault_set(fault, ERR_IO, "coap: no event descriptor: %m");
    if (err == ERR_OK)
        err = journal_open(endpoint, fault);
    for (enum endpoint_way way = 0; err == ERR_OK && way < WAY_COUNT; way++)
        err = listener_open(endpoint, way, fault);
    if (err == ERR_OK && pthread_create(&endpoint->thread, NULL, run, endpoint) != 0)
        err = fault_set(fault, ERR_IO, "coap: the thread cannot be started");
    endpoint->running = err == ERR_OK;
    return err;
}

static void to_log(coap_log_t level, const char *message)
{
    (void)level;
    log_debug(PART, "libcoap: %.*s", (int)strcspn(message, "\n"), message);
}

/* Where no file can be opened, libcoap takes connections in vain and without end. */
static void streams_within_files(struct endpoint_options *options)
{
    uint64_t wanted = (uint64_t)options->streams_max + OTHER_FILES, allowed = files_allow(wanted);

    if (allowed >= wanted)
        return;
    options->streams_max = (uint32_t)(allowed / 4);
    log_warn(PART, "only %u connections over TLS are taken: the limit of open files is %llu",
             options->streams_max, (unsigned long long)allowed);
}

static void complete(struct endpoint_options *options)
{
    if (options->payload_max == 0)
        options->payload_max = ENDPOINT_PAYLOAD_MAX;
    if (options->rate == 0)
        options->rate = ENDPOINT_RATE_DEFAULT;
    if (options->burst == 0)
        options->burst = ENDPOINT_BURST_DEFAULT;
    if (options->streams_max == 0)
        options->streams_max = ENDPOINT_STREAMS_DEFAULT;
    if (options->streams_per_address == 0)
        options->streams_per_address = ENDPOINT_STREAMS_PER_ADDRESS_DEFAULT;
    if (options->new_streams_per_s == 0)
        options->new_streams_per_s = ENDPOINT_NEW_STREAMS_DEFAULT;
    streams_within_files(options);
    /* The writer's segment is mapped and counts as resident memory. */
    if (options->segment_bytes == 0 &&
        (options->budget_bytes == 0 || options->budget_bytes >= 4ull * SEGMENT_BYTES))
        options->segment_bytes = SEGMENT_BYTES;
}

enum err endpoint_start(const struct endpoint_options *options, struct endpoint **endpoint,
                        struct fault *fault)
{
    struct endpoint *e = mem_alloc(1, sizeof *e);
    enum err err = ERR_OK;

    coap_startup();
    coap_set_log_handler(to_log);
    coap_set_log_level(LOG_ERR);
    e->options = *options;
    complete(&e->options);
    e->clock = &clock_system;
    e->wake_fd = -1;
    e->body_room.left = ENDPOINT_BODIES_MAX;
    e->burst = 1;
    e->flood = flood_create(e->options.rate, e->options.burst);
    e->streams = streams_create(&(struct streams_limits){
        e->options.streams_max, e->options.streams_per_address, e->options.new_streams_per_s});
    e->arena = arena_create();
    err = open_all(e, fault);
    if (err != ERR_OK) {
        endpoint_stop(e);
        return err;
    }
    log_info(PART, "listening at %s, UDP and TCP", options->listen);
    *endpoint = e;
    return ERR_OK;
}

void endpoint_stop(struct endpoint *endpoint)
{
    struct answer *answer = NULL;

    if (endpoint == NULL)
        return;
    atomic_store(&endpoint->stop, true);
    if (endpoint->running) {
        (void)eventfd_write(endpoint->wake_fd, 1);
        (void)pthread_join(endpoint->thread, NULL);
    }
    while ((answer = answer_next(&endpoint->held, UINT64_MAX)) != NULL)
        answer_free(answer);
    while (endpoint->peers.first != NULL)
        peer_forget(&endpoint->peers, endpoint->peers.first, &endpoint->body_room);
    for (enum endpoint_way way = 0; way < WAY_COUNT; way++)
        if (endpoint->contexts[way] != NULL)
            coap_free_context(endpoint->contexts[way]);
    setting_clear(&endpoint->settings);
    store_close(endpoint->store);
    bar_clear(&endpoint->bar);
    flood_destroy(endpoint->flood);
    streams_destroy(endpoint->streams);
    arena_destroy(endpoint->arena);
    if (endpoint->wake_fd >= 0)
        close(endpoint->wake_fd);
    free(endpoint);
}

void endpoint_synced(struct endpoint *endpoint)
{
    (void)eventfd_write(endpoint->wake_fd, 1);
}

void endpoint_counted(struct endpoint *endpoint, struct endpoint_counts *counts)
{
    counts->accepted = atomic_load(&endpoint->counts[COUNT_ACCEPTED]);
    counts->malformed = atomic_load(&endpoint->counts[COUNT_MALFORMED]);
    counts->refused = atomic_load(&endpoint->counts[COUNT_REFUSED]);
    counts->repeated = atomic_load(&endpoint->counts[COUNT_REPEATED]);
    counts->full = atomic_load(&endpoint->counts[COUNT_FULL]);
    counts->flooding = atomic_load(&endpoint->counts[COUNT_FLOODING]);
    counts->sessions = atomic_load(&endpoint->counts[COUNT_SESSIONS]);
    counts->streams = atomic_load(&endpoint->counts[COUNT_STREAMS]);
    counts->ended = atomic_load(&endpoint->counts[COUNT_ENDED]);
}
