/*
 *     relay ─▶ broker ─▶ journal/mqtt ─▶ pipeline ─┐
 *                                                   ├─ in turns: pipeline_step ─▶ registry
 *     endpoint ────────▶ journal/coap ─▶ pipeline ─┘
 *
 * One loop drives both pipelines: they share the decoder with its stores, and the line. `heartbeat`
 * is called wherever time passes (pauses, transfers): watchdog and metrics.
 */
#include "gateway/service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "gateway/coap/endpoint.h"
#include "gateway/decode/decode.h"
#include "gateway/directory/directory.h"
#include "gateway/metrics.h"
#include "gateway/pipeline.h"
#include "gateway/relay/relay.h"
#include "gateway/room_report.h"
#include "gateway/sync_loop.h"
#include "gateway/uplink/transport_curl.h"
#include "shared/clock.h"
#include "shared/log.h"
#include "shared/roster.h"
#include "shared/tls/unit_keys.h"

#define PART         "gateway"
#define KEYS_MAX     4096 /* of units that signed last */
#define METRICS_MS   5000
#define PAUSE_MAX_MS 1000

enum { PIPELINE_MQTT, PIPELINE_COAP, PIPELINES = METRICS_JOURNALS };

struct service {
    const struct settings *settings;
    const struct clock *clock;
    sigset_t old_signals;
    int stop_fd;            /* readable when asked to stop */
    struct unit_keys *keys; /* NULL: no unit's key is known */
    struct directory *directory;
    struct decode *decode;
    struct transport *transport;
    struct pipeline *pipelines[PIPELINES];           /* NULL: not opened yet */
    struct metrics_journal stands[METRICS_JOURNALS]; /* at the last heartbeat */
    struct room_report room_report;
    struct relay *relay;       /* NULL without mqtt */
    struct endpoint *endpoint; /* NULL without coap */

    int64_t metrics_at_ms, alive_at_ms, alive_every_ms;
    bool metrics_failing;
};

/* ---- heartbeat ---- */

static void write_metrics(struct service *s)
{
    struct metrics metrics = {.decoded = decode_counted(s->decode)};
    struct relay_counts relay;
    struct endpoint_counts endpoint;
    struct fault fault = {0};
    enum err err = ERR_OK;

    for (size_t i = 0; i < PIPELINES; i++)
        pipeline_stand(s->pipelines[i], METRICS_MS, &metrics.journals[i]);
    memcpy(s->stands, metrics.journals, sizeof s->stands);
    if (s->relay != NULL) {
        relay_counted(s->relay, &relay);
        metrics.relay = &relay;
    }
    if (s->endpoint != NULL) {
        endpoint_counted(s->endpoint, &endpoint);
        metrics.endpoint = &endpoint;
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
    return poll(&stop, 1, (int)wait_ms) <= 0;
}

/* ---- the journals, in turns ---- */

/* A step of each. False: asked to stop. */
static bool step_all(struct service *s, int64_t *wait_ms)
{
    *wait_ms = PAUSE_MAX_MS;
    for (size_t i = 0; i < PIPELINES; i++) {
        int64_t wait_one_ms = 0;

        if (s->pipelines[i] == NULL)
            continue;
        if (!pipeline_step(s->pipelines[i], &wait_one_ms))
            return false;
        if (wait_one_ms < *wait_ms)
            *wait_ms = wait_one_ms;
    }
    return true;
}

static void drive(struct service *s)
{
    int64_t wait_ms = 0;

    do {
        directory_step(s->directory);
        room_report_step(&s->room_report, s->transport, s->clock, s->stands);
    } while (step_all(s, &wait_ms) && pause_for(s, wait_ms));
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

static void open_directory(struct service *s)
{
    s->directory = directory_open(
        &(struct directory_options){.file = s->settings->directory_file,
                                    .transport = s->transport,
                                    .clock = s->clock,
                                    .every_ms = (int64_t)s->settings->uplink.directory_s * 1000});
}

static const char *category_of(void *arg, const char *unit)
{
    const struct service *s = arg;

    return directory_category(s->directory, unit);
}

static enum err open_pipelines(struct service *s, struct fault *fault)
{
    const struct settings *settings = s->settings;
    struct pipeline_options options = {.gateway = settings->gateway.id,
                                       .dir = settings->journal_dir,
                                       .writer = "the broker plugin",
                                       .budget_bytes = settings->budget_bytes,
                                       .decode = s->decode,
                                       .transport = s->transport,
                                       .clock = s->clock,
                                       .linger_ms = settings->uplink.linger_ms,
                                       .rows_max = settings->uplink.rows_max};
    enum err err = pipeline_open(&options, &s->pipelines[PIPELINE_MQTT], fault);

    options.dir = settings->coap_journal_dir;
    options.budget_bytes = 0; /* this process writes it */
    options.units_were_told = true;
    options.writer = "the CoAP endpoint";
    /* Without coap too, what was left of an earlier configuration is sent. */
    if (err == ERR_OK && (settings->coap.listen != NULL || access(options.dir, F_OK) == 0))
        err = pipeline_open(&options, &s->pipelines[PIPELINE_COAP], fault);
    return err;
}

static void want_sync(void *loop, bool alone)
{
    sync_loop_want(loop, alone);
}

static void relay_wake(void *relay)
{
    relay_synced(relay);
}

static void endpoint_wake(void *endpoint)
{
    endpoint_synced(endpoint);
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
        .arg = pipeline_sync(s->pipelines[PIPELINE_MQTT]),
        .connections_max = mqtt->connections_max,
        .connections_per_address = mqtt->connections_per_address,
        .new_per_second = mqtt->new_per_second,
        .handshake_ms = mqtt->handshake_s * 1000};
    enum err err = ERR_OK;

    if (mqtt->broker == NULL)
        return ERR_OK;
    err = relay_start(&options, &s->relay, fault);
    if (err == ERR_OK && hold)
        sync_loop_listen(pipeline_sync(s->pipelines[PIPELINE_MQTT]), relay_wake, s->relay);
    return err;
}

static enum err open_endpoint(struct service *s, struct fault *fault)
{
    const struct settings_coap *coap = &s->settings->coap;
    struct endpoint_options options = {
        .listen = coap->listen,
        .cert_file = coap->cert,
        .key_file = coap->key,
        .ca_file = coap->ca,
        .crl_file = coap->crl,
        .directory_file = s->settings->directory_file,
        .registered_only = s->settings->units.admit == ROSTER_ADMIT_REGISTERED,
        .journal_dir = s->settings->coap_journal_dir,
        .budget_bytes = s->settings->coap_budget_bytes,
        .power_loss = s->settings->journal.durability == DURABILITY_POWER_LOSS,
        .payload_max = coap->payload_max,
        .rate = coap->messages_per_s,
        .burst = coap->messages_at_once,
        .streams_max = coap->connections_max,
        .streams_per_address = coap->connections_per_address,
        .new_streams_per_s = coap->new_per_second,
        .layouts = s->settings->units.layouts,
        .layout_count = s->settings->units.layouts_count,
        .want_sync = want_sync};
    enum err err = ERR_OK;

    if (coap->listen == NULL)
        return ERR_OK;
    options.sync_arg = pipeline_sync(s->pipelines[PIPELINE_COAP]);
    err = endpoint_start(&options, &s->endpoint, fault);
    if (err == ERR_OK)
        sync_loop_listen(options.sync_arg, endpoint_wake, s->endpoint);
    return err;
}

/* Before what they use. */
static void close_ways_in(struct service *s)
{
    for (size_t i = 0; i < PIPELINES; i++)
        if (s->pipelines[i] != NULL)
            sync_loop_listen(pipeline_sync(s->pipelines[i]), NULL, NULL);
    relay_stop(s->relay);
    endpoint_stop(s->endpoint);
}

static enum err open_all(struct service *s, struct fault *fault)
{
    struct decode_options decode = {.rejects_dir = s->settings->rejects_dir,
                                    .outbox_dir = s->settings->outbox_dir,
                                    .evidence = s->settings->evidence.keep,
                                    .evidence_count = s->settings->evidence.keep_count,
                                    .evidence_categories = s->settings->evidence.categories,
                                    .evidence_category_count =
                                        s->settings->evidence.categories_count,
                                    .category_of = category_of,
                                    .category_arg = s,
                                    .layouts = s->settings->units.layouts,
                                    .layout_count = s->settings->units.layouts_count};
    uint64_t watchdog_us = 0;
    enum err err = open_stop_fd(s, fault);

    if (s->settings->units.keys_dir != NULL) {
        s->keys = unit_keys_create(s->settings->units.keys_dir, KEYS_MAX);
        decode.verify = unit_keys_verify;
        decode.verify_arg = s->keys;
    }

    if (err == ERR_OK)
        err = decode_open(&decode, &s->decode, fault);
    if (err == ERR_OK)
        err = open_transport(s, fault);
    if (err == ERR_OK)
        open_directory(s);
    if (err == ERR_OK)
        err = open_pipelines(s, fault);
    if (err == ERR_OK)
        err = open_endpoint(s, fault);
    if (err == ERR_OK)
        err = open_relay(s, fault);
    if (sd_watchdog_enabled(0, &watchdog_us) > 0)
        s->alive_every_ms = (int64_t)(watchdog_us / 2000);
    return err;
}

static void close_all(struct service *s)
{
    close_ways_in(s);
    for (size_t i = 0; i < PIPELINES; i++)
        pipeline_close(s->pipelines[i]);
    directory_close(s->directory);
    transport_close(s->transport);
    decode_close(s->decode);
    unit_keys_destroy(s->keys);
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
    drive(&s);
    write_metrics(&s);
    (void)sd_notify(0, "STOPPING=1");
    log_info(PART, "stopped");
    close_all(&s);
    return ERR_OK;
}
