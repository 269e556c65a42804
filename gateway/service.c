/*
 *     service_run ─ open ─▶ ┌─ await_journal ─▶ attach ─▶ drive: uplink_step, pause ─┐ ─▶ close
 *                           └───────────────◀── detach ◀─── another journal ─────────┘
 *
 * `heartbeat` is called wherever time passes (pauses, transfers): watchdog and metrics.
 */
#include "gateway/service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "gateway/decode/decode.h"
#include "gateway/journal/journal.h"
#include "gateway/metrics.h"
#include "gateway/relay/relay.h"
#include "gateway/sync_loop.h"
#include "gateway/uplink/transport_curl.h"
#include "gateway/uplink/uplink.h"
#include "shared/clock.h"
#include "shared/log.h"

#define PART           "gateway"
#define METRICS_MS     5000
#define AWAIT_MS       200
#define AFTER_FAULT_MS 1000
#define RATE_WEIGHT    0.1 /* of the latest 5 s in the mean rate: about a minute */

struct service {
    const struct settings *settings;
    const struct clock *clock;
    sigset_t old_signals;
    int stop_fd; /* readable when asked to stop */
    struct decode *decode;
    struct transport *transport;
    struct sync_loop *sync;
    struct relay *relay; /* NULL without mqtt */

    /* while there is a journal */
    struct journal_reader *reader;
    struct uplink *uplink;

    int64_t metrics_at_ms, alive_at_ms, alive_every_ms;
    uint64_t appended_before;
    double entries_per_s;
    bool metrics_failing;
};

/* ---- heartbeat ---- */

static double bytes_per_entry(const struct decode_counts *counts)
{
    double payload =
        counts->entries == 0 ? 0 : (double)counts->payload_bytes / (double)counts->entries;

    return payload + ROOM_ENTRY_OVERHEAD;
}

static void follow_rate(struct service *s, uint64_t appended)
{
    double latest = appended > s->appended_before
                        ? (double)(appended - s->appended_before) * 1000 / METRICS_MS
                        : 0;

    s->entries_per_s += (latest - s->entries_per_s) * RATE_WEIGHT;
    s->appended_before = appended;
}

static void write_metrics(struct service *s)
{
    struct metrics metrics = {.decoded = decode_counted(s->decode)};
    struct relay_counts relay;
    struct fault fault = {0};
    enum err err = ERR_OK;

    if (s->uplink != NULL && journal_reader_extent(s->reader, &metrics.extent, NULL) == ERR_OK) {
        metrics.sent = uplink_counted(s->uplink);
        follow_rate(s, metrics.extent.appended);
        metrics.room =
            room_of(&metrics.extent, s->entries_per_s * bytes_per_entry(metrics.decoded));
    }
    if (s->relay != NULL) {
        relay_counted(s->relay, &relay);
        metrics.relay = &relay;
    }
    err = metrics_write(s->settings->metrics_file, &metrics, &fault);
    if (err != ERR_OK && !s->metrics_failing)
        log_warn(PART, "%s", fault.text);
    s->metrics_failing = err != ERR_OK;
}

static void heartbeat(void *arg)
{
    struct service *s = arg;
    int64_t now_ms = clock_mono_ms(s->clock);

    if (s->alive_every_ms > 0 && now_ms >= s->alive_at_ms) {
        (void)sd_notify(0, "WATCHDOG=1");
        s->alive_at_ms = now_ms + s->alive_every_ms;
    }
    if (now_ms >= s->metrics_at_ms) {
        write_metrics(s);
        s->metrics_at_ms = now_ms + METRICS_MS;
    }
}

/* Waits, at most `wait_ms`. False: asked to stop. */
static bool pause_for(struct service *s, int64_t wait_ms)
{
    struct pollfd stop = {.fd = s->stop_fd, .events = POLLIN};

    heartbeat(s);
    return poll(&stop, 1, wait_ms > 1000 ? 1000 : (int)wait_ms) <= 0;
}

/* ---- the journal ---- */

static void detach(struct service *s)
{
    uplink_destroy(s->uplink);
    journal_reader_close(s->reader);
    sync_loop_reopen(s->sync);
    s->uplink = NULL;
    s->reader = NULL;
}

static void compare_budgets(const struct service *s)
{
    struct journal_extent extent = {0};

    if (s->settings->budget_bytes > 0 &&
        journal_reader_extent(s->reader, &extent, NULL) == ERR_OK &&
        extent.bytes_budget != s->settings->budget_bytes)
        log_warn(PART,
                 "the broker plugin keeps a journal of %llu bytes, journal.budget says %llu; set "
                 "journal_budget_bytes in mosquitto.conf to the same",
                 (unsigned long long)extent.bytes_budget,
                 (unsigned long long)s->settings->budget_bytes);
}

static enum err attach_uplink(struct service *s, struct fault *fault)
{
    struct uplink_options options = {.gateway = s->settings->gateway.id,
                                     .reader = s->reader,
                                     .decode = s->decode,
                                     .transport = s->transport,
                                     .clock = s->clock,
                                     .linger_ms = s->settings->uplink.linger_ms,
                                     .rows_max = s->settings->uplink.rows_max,
                                     .bytes_max = UPLINK_BYTES_MAX};

    if (getrandom(&options.seed, sizeof options.seed, 0) != (ssize_t)sizeof options.seed)
        options.seed = (uint64_t)clock_wall_ms(s->clock);
    return uplink_create(&options, &s->uplink, fault);
}

static enum err attach(struct service *s, struct fault *fault)
{
    enum err err = journal_reader_open(s->settings->journal_dir, &s->reader, fault);

    if (err == ERR_OK)
        err = attach_uplink(s, fault);
    if (err != ERR_OK) {
        detach(s);
        return err;
    }
    compare_budgets(s);
    s->appended_before = uplink_counted(s->uplink)->cursor;
    log_info(PART, "reading %s from position %llu", s->settings->journal_dir,
             (unsigned long long)uplink_counted(s->uplink)->cursor);
    return ERR_OK;
}

/* ERR_STOPPED: asked to stop while waiting. */
static enum err await_journal(struct service *s)
{
    enum err said = ERR_OK, err = ERR_OK;

    do {
        struct fault fault = {0};

        err = attach(s, &fault);
        if (err == ERR_NOT_FOUND && err != said)
            log_info(PART, "waiting for the broker plugin to make a journal in %s",
                     s->settings->journal_dir);
        else if (err != ERR_OK && err != said)
            log_error(PART, "%s; trying again", fault.text);
        said = err;
    } while (err != ERR_OK && pause_for(s, AWAIT_MS));
    return err == ERR_OK ? ERR_OK : ERR_STOPPED;
}

/* Until asked to stop, or another journal has taken this one's place (ERR_CONFLICT). */
static enum err drive(struct service *s)
{
    enum err err = ERR_OK, said = ERR_OK;

    do {
        struct fault fault = {0};
        int64_t wait_ms = 0;

        err = uplink_step(s->uplink, &wait_ms, &fault);
        if (err == ERR_CONFLICT || err == ERR_STOPPED)
            return err;
        if (err != ERR_OK && err != said)
            log_error(PART, "%s; trying again", fault.text);
        said = err;
        if (!pause_for(s, err == ERR_OK ? wait_ms : AFTER_FAULT_MS))
            return ERR_STOPPED;
    } while (true);
}

/* ---- opening and closing ---- */

static enum err open_stop_fd(struct service *s, struct fault *fault)
{
    sigset_t stop;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &stop, &s->old_signals) != 0 ||
        (s->stop_fd = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
        return fault_set(fault, ERR_IO, "signals cannot be watched: %s", strerrordesc_np(errno));
    return ERR_OK;
}

static enum err open_transport(struct service *s, struct fault *fault)
{
    struct transport_curl_options options = {.url = s->settings->registry.url,
                                             .ca_file = s->settings->registry.ca,
                                             .cert_file = s->settings->registry.cert,
                                             .key_file = s->settings->registry.key,
                                             .stop_fd = s->stop_fd,
                                             .alive = heartbeat,
                                             .arg = s};

    return transport_curl_open(&options, &s->transport, fault);
}

static void want_sync(void *loop, bool alone)
{
    sync_loop_want(loop, alone);
}

static void synced(void *relay)
{
    relay_synced(relay);
}

static enum err open_relay(struct service *s, struct fault *fault)
{
    static const char *const everywhere[] = {"0.0.0.0:8883", "[::]:8883"};
    const struct settings_mqtt *mqtt = &s->settings->mqtt;
    bool hold = s->settings->journal.durability == DURABILITY_POWER_LOSS;
    struct relay_options options = {
        .listen = mqtt->listen_count > 0 ? (const char *const *)mqtt->listen : everywhere,
        .listen_count = mqtt->listen_count > 0 ? mqtt->listen_count : 2,
        .broker = mqtt->broker,
        .journal_dir = hold ? s->settings->journal_dir : NULL,
        .want_sync = want_sync,
        .arg = s->sync,
        .connections_max = mqtt->connections_max,
        .connections_per_address = mqtt->connections_per_address,
        .new_per_second = mqtt->new_per_second,
        .handshake_ms = mqtt->handshake_s * 1000};
    enum err err = ERR_OK;

    if (mqtt->broker == NULL)
        return ERR_OK;
    err = relay_start(&options, &s->relay, fault);
    if (err == ERR_OK && hold)
        sync_loop_listen(s->sync, synced, s->relay);
    return err;
}

static void close_relay(struct service *s)
{
    if (s->sync != NULL)
        sync_loop_listen(s->sync, NULL, NULL);
    relay_stop(s->relay);
}

static enum err open_all(struct service *s, struct fault *fault)
{
    struct decode_options decode = {.rejects_dir = s->settings->rejects_dir,
                                    .outbox_dir = s->settings->outbox_dir,
                                    .evidence = s->settings->evidence.keep,
                                    .evidence_count = s->settings->evidence.keep_count,
                                    .layouts = s->settings->units.layouts,
                                    .layout_count = s->settings->units.layouts_count};
    uint64_t watchdog_us = 0;
    enum err err = open_stop_fd(s, fault);

    if (err == ERR_OK)
        err = decode_open(&decode, &s->decode, fault);
    if (err == ERR_OK)
        err = open_transport(s, fault);
    if (err == ERR_OK)
        err = sync_loop_start(s->settings->journal_dir, &s->sync, fault);
    if (err == ERR_OK)
        err = open_relay(s, fault);
    if (sd_watchdog_enabled(0, &watchdog_us) > 0)
        s->alive_every_ms = (int64_t)(watchdog_us / 2000);
    return err;
}

static void close_all(struct service *s)
{
    detach(s);
    close_relay(s);
    sync_loop_stop(s->sync);
    transport_close(s->transport);
    decode_close(s->decode);
    if (s->stop_fd >= 0)
        close(s->stop_fd);
}

enum err service_run(const struct settings *settings, struct fault *fault)
{
    struct service s = {.settings = settings, .clock = &clock_system, .stop_fd = -1};
    enum err err = open_all(&s, fault);

    if (err != ERR_OK) {
        close_all(&s);
        return err;
    }
    (void)sd_notify(0, "READY=1");
    do {
        err = await_journal(&s);
        if (err == ERR_OK)
            err = drive(&s);
        if (err == ERR_STOPPED)
            write_metrics(&s);
        detach(&s);
    } while (err != ERR_STOPPED);
    (void)sd_notify(0, "STOPPING=1");
    log_info(PART, "stopped");
    close_all(&s);
    return ERR_OK;
}
