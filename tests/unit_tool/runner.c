#include "tests/unit_tool/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/arena.h"
#include "shared/clock.h"

#define SERVE_EVERY 32 /* messages between two looks at the sockets while sending flat out */
#define WAIT_MS     50 /* longest single wait, so that a stop is noticed */

/* What one unit has collected for its next message, and what its messages in flight hold. */
struct pack {
    struct tally_unit *tally;
    uint64_t built; /* messages made so far, those of earlier runs included */
    char vin[ENCODER_VIN_LEN + 1];
    bool logged_in;
    int64_t last_at_ms; /* of the last sample taken; 0: none yet */
    size_t count;
    struct sample *samples; /* samples_per_message */
    struct flight_note {
        uint32_t samples;
        int64_t last_at_ms;
    } * notes; /* ring of `window`, in the order sent */
    size_t note_first, note_count;
};

struct run {
    const struct runner_options *options;
    struct links *links;
    struct encoder *encoder;
    struct tally *tally;
    struct runner_result *result;
    struct arena *arena;   /* packs */
    struct arena *scratch; /* one message */
    int64_t began_ms, progress_at_ms, last_ack_ms;
    int64_t first_at_ms;
    bool first_known;
    unsigned since_serve;
};

static void on_acknowledged(void *context, struct link *link, bool refused)
{
    struct run *run = context;
    struct pack *pack = link_data(link);
    struct flight_note note = pack->notes[pack->note_first];

    pack->note_first = (pack->note_first + 1) % run->options->link.window;
    pack->note_count--;
    pack->tally->acknowledged++;
    pack->tally->last_at_ms = note.last_at_ms;
    run->result->acknowledged++;
    if (refused) {
        pack->tally->refused++;
        run->result->refused++;
    } else {
        pack->tally->samples_acknowledged += note.samples;
        run->result->samples_acknowledged += note.samples;
    }
    run->last_ack_ms = clock_mono_ms(&clock_system);
}

static void choose_vin(const struct run *run, const char *unit, const char *vehicle,
                       struct pack *pack)
{
    const char *known = run->options->vin != NULL ? run->options->vin : vehicle;

    if (known != NULL)
        snprintf(pack->vin, sizeof pack->vin, "%s", known);
    else
        encoder_vin_of_unit(unit, pack->vin);
}

static enum err pack_get(struct run *run, const char *unit, const char *vehicle, struct link **link,
                         struct pack **pack, struct fault *fault)
{
    enum err err = links_get(run->links, unit, link, fault);

    if (err != ERR_OK)
        return err;
    *pack = link_data(*link);
    if (*pack != NULL)
        return ERR_OK;
    *pack = ARENA_NEW(run->arena, struct pack);
    (*pack)->samples = ARENA_ARRAY(run->arena, struct sample, run->options->samples_per_message);
    (*pack)->notes = ARENA_ARRAY(run->arena, struct flight_note, run->options->link.window);
    err = tally_get(run->tally, unit, &(*pack)->tally, fault);
    if (err != ERR_OK)
        return err;
    /* What was sent but never acknowledged is sent again: the tally counts it once. */
    (*pack)->tally->sent = (*pack)->tally->acknowledged;
    choose_vin(run, unit, vehicle, *pack);
    link_set_data(*link, *pack);
    return ERR_OK;
}

static void show_progress(struct run *run, bool last)
{
    int64_t now_ms = clock_mono_ms(&clock_system);
    int64_t elapsed_ms = now_ms - run->began_ms;

    if (!run->options->progress || (!last && now_ms < run->progress_at_ms))
        return;
    run->progress_at_ms = now_ms + 500;
    fprintf(
        stderr, "\r%zu/%zu units  sent %llu  acknowledged %llu  refused %llu  %.0f/s  %s\033[K%s",
        links_connected(run->links), links_count(run->links), (unsigned long long)run->result->sent,
        (unsigned long long)run->result->acknowledged, (unsigned long long)run->result->refused,
        elapsed_ms > 0 ? (double)run->result->acknowledged * 1000.0 / (double)elapsed_ms : 0.0,
        links_last_trouble(run->links), last ? "\n" : "");
}

static bool stopped(const struct run *run)
{
    return run->options->stop != NULL && *run->options->stop != 0;
}

/* Serves the sockets once; ERR_TIMEOUT when nothing has been acknowledged for too long. */
static enum err serve(struct run *run, int timeout_ms, struct fault *fault)
{
    int64_t quiet_ms = 0;

    links_serve(run->links, timeout_ms);
    run->since_serve = 0;
    show_progress(run, false);
    quiet_ms = clock_mono_ms(&clock_system) - run->last_ack_ms;
    if (links_in_flight(run->links) == 0 && links_connected(run->links) == links_count(run->links))
        run->last_ack_ms = clock_mono_ms(&clock_system);
    else if (quiet_ms > run->options->stall_ms)
        return fault_set(fault, ERR_TIMEOUT,
                         "no message was acknowledged for %lld s; last trouble: %s",
                         (long long)quiet_ms / 1000, links_last_trouble(run->links));
    return ERR_OK;
}

/* Waits until the pack's last sample is due at the chosen speed. */
static enum err wait_due(struct run *run, int64_t at_ms, struct fault *fault)
{
    enum err err = ERR_OK;

    if (run->options->speed <= 0)
        return ERR_OK;
    if (!run->first_known) {
        run->first_at_ms = at_ms;
        run->first_known = true;
    }
    while (err == ERR_OK && !stopped(run)) {
        double due_ms =
            (double)run->began_ms + (double)(at_ms - run->first_at_ms) / run->options->speed;
        double left_ms = due_ms - (double)clock_mono_ms(&clock_system);
        if (left_ms <= 0)
            break;
        err = serve(run, left_ms < WAIT_MS ? (int)left_ms + 1 : WAIT_MS, fault);
    }
    return err;
}

enum message_kind { MESSAGE_LOGIN, MESSAGE_SAMPLES, MESSAGE_LOGOUT };

static enum err encode(struct run *run, const struct link *link, const struct pack *pack,
                       enum message_kind kind, struct encoder_message *message, struct fault *fault)
{
    const char *unit = link_unit(link);

    arena_reset(run->scratch);
    if (kind == MESSAGE_LOGIN)
        return encoder_login(run->encoder, unit, pack->vin, pack->samples[0].at_ms, run->scratch,
                             message, fault);
    if (kind == MESSAGE_LOGOUT)
        return encoder_logout(run->encoder, unit, pack->vin, pack->last_at_ms, run->scratch,
                              message, fault);
    return encoder_samples(run->encoder, unit, pack->vin, pack->samples, pack->count, run->scratch,
                           message, fault);
}

static enum err send_pack(struct run *run, struct link *link, struct pack *pack,
                          enum message_kind kind, struct fault *fault)
{
    struct encoder_message message = {0};
    enum err err = encode(run, link, pack, kind, &message, fault);

    if (err != ERR_OK)
        return err;
    pack->notes[(pack->note_first + pack->note_count) % run->options->link.window] =
        (struct flight_note){.samples = kind == MESSAGE_SAMPLES ? (uint32_t)pack->count : 0,
                             .last_at_ms = pack->last_at_ms};
    pack->note_count++;
    pack->tally->sent++;
    run->result->sent++;
    return link_send(link, message.at, message.len, fault);
}

static bool at_limit(const struct run *run)
{
    return run->options->limit != 0 && run->result->sent >= run->options->limit;
}

/* One message of the unit, unless an earlier run had it acknowledged. */
static enum err offer(struct run *run, struct link *link, struct pack *pack, enum message_kind kind,
                      struct fault *fault)
{
    enum err err = ERR_OK;

    if (stopped(run) || at_limit(run))
        return ERR_OK;
    pack->built++;
    if (pack->built <= pack->tally->acknowledged) {
        run->result->skipped++;
        return ERR_OK;
    }
    err = wait_due(run, pack->last_at_ms, fault);
    while (err == ERR_OK && !stopped(run) && !link_has_room(link))
        err = serve(run, WAIT_MS, fault);
    if (err != ERR_OK || stopped(run))
        return err;
    err = send_pack(run, link, pack, kind, fault);
    if (err == ERR_OK && ++run->since_serve >= SERVE_EVERY)
        err = serve(run, 0, fault);
    return err;
}

static enum err flush_pack(struct run *run, struct link *link, struct pack *pack,
                           struct fault *fault)
{
    enum err err = ERR_OK;

    if (encoder_logs_in(&run->options->encoder) && !pack->logged_in) {
        pack->logged_in = true;
        err = offer(run, link, pack, MESSAGE_LOGIN, fault);
    }
    if (err == ERR_OK)
        err = offer(run, link, pack, MESSAGE_SAMPLES, fault);
    pack->count = 0;
    return err;
}

static enum err take(struct run *run, const struct reading *reading, struct fault *fault)
{
    struct link *link = NULL;
    struct pack *pack = NULL;
    struct sample sample = reading->sample;
    enum err err = pack_get(run, reading->unit, reading->vehicle, &link, &pack, fault);

    if (err != ERR_OK)
        return err;
    told_keep(link_told(link), &sample);
    if (sample_is_empty(&sample) || told_too_soon(link_told(link), pack->last_at_ms, sample.at_ms))
        return wait_due(run, sample.at_ms, fault);
    pack->samples[pack->count++] = sample;
    pack->last_at_ms = sample.at_ms;
    return pack->count == run->options->samples_per_message ? flush_pack(run, link, pack, fault)
                                                            : ERR_OK;
}

/* The last, shorter message of each unit, and its logout. A unit of an earlier run that this source
 * has not named has nothing to say. */
static enum err flush_rest(struct run *run, struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0;
         err == ERR_OK && i < tally_count(run->tally) && !stopped(run) && !at_limit(run); i++) {
        struct link *link = NULL;
        struct pack *pack = NULL;
        err = pack_get(run, tally_at(run->tally, i)->unit, NULL, &link, &pack, fault);
        if (err == ERR_OK && pack->count > 0)
            err = flush_pack(run, link, pack, fault);
        if (err == ERR_OK && pack->logged_in)
            err = offer(run, link, pack, MESSAGE_LOGOUT, fault);
    }
    return err;
}

static enum err feed(struct run *run, struct source *source, struct fault *fault)
{
    struct reading reading;
    enum err err = ERR_OK;

    while (err == ERR_OK && !stopped(run) && !at_limit(run)) {
        err = source_next(source, &reading, fault);
        if (err == ERR_OK)
            err = take(run, &reading, fault);
    }
    return err == ERR_NOT_FOUND ? flush_rest(run, fault) : err;
}

/* Waits for what is in flight: all of it when the run ended by itself, at most drain_ms when
 * stopped. */
static enum err drain(struct run *run, struct fault *fault)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + run->options->drain_ms;
    enum err err = ERR_OK;

    while (err == ERR_OK && links_in_flight(run->links) > 0) {
        if (stopped(run) && clock_mono_ms(&clock_system) > until_ms)
            return fault_set(fault, ERR_TIMEOUT,
                             "stopped with %zu messages not acknowledged within %d s",
                             links_in_flight(run->links), run->options->drain_ms / 1000);
        err = serve(run, WAIT_MS, fault);
    }
    return err;
}

static enum err run_all(struct run *run, struct source *source, struct fault *fault)
{
    enum err err = links_create(&run->options->link, on_acknowledged, run, &run->links, fault);

    if (err != ERR_OK)
        return err;
    err = feed(run, source, fault);
    if (err == ERR_OK)
        err = drain(run, fault);
    show_progress(run, true);
    links_disconnect(run->links, 2000);
    run->result->reconnects = links_reconnects(run->links);
    run->result->elapsed_ms = clock_mono_ms(&clock_system) - run->began_ms;
    links_destroy(run->links);
    return err;
}

enum err runner_run(const struct runner_options *options, struct source *source,
                    struct tally *tally, struct runner_result *result, struct fault *fault)
{
    struct run run = {.options = options, .tally = tally, .result = result};
    enum err err = encoder_create(&options->encoder, &run.encoder, fault);

    *result = (struct runner_result){0};
    if (err != ERR_OK)
        return err;
    run.arena = arena_create();
    run.scratch = arena_create();
    run.began_ms = clock_mono_ms(&clock_system);
    run.last_ack_ms = run.began_ms;
    err = run_all(&run, source, fault);
    arena_destroy(run.scratch);
    arena_destroy(run.arena);
    encoder_destroy(run.encoder);
    return err;
}
