#include "gateway/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void put(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
    fprintf(out, "# HELP evroll_gateway_%s %s\n# TYPE evroll_gateway_%s %s\n", name, help, name,
            type);
    fprintf(out, "evroll_gateway_%s %" PRIu64 "\n", name, value);
}

static void put_decoded(FILE *out, const struct decode_counts *c)
{
    put(out, "entries_total", "counter", "Journal entries read.", c->entries);
    put(out, "payload_bytes_total", "counter", "Bytes of payload read.", c->payload_bytes);
    put(out, "samples_total", "counter", "Samples decoded.", c->samples);
    put(out, "events_total", "counter", "Logins, alarms and other events in frames.", c->events);
    put(out, "evidence_total", "counter", "Payloads whose raw bytes are sent along.", c->evidence);
    put(out, "unknown_names_total", "counter", "Records whose name is no signal's.",
        c->unknown_names);
    put(out, "damaged_total", "counter", "Journal positions that could not be read.", c->damaged);
    put(out, "outbox_dropped_total", "counter", "Refusals that the unit was not told of.",
        c->outbox_dropped);
    put(out, "rejects_unstored_total", "counter", "Rejects that are not in the local store.",
        c->store_failed);
    fputs("# HELP evroll_gateway_rejects_total Payloads refused, by reason.\n"
          "# TYPE evroll_gateway_rejects_total counter\n",
          out);
    for (size_t i = 0; i < c->reason_count; i++)
        fprintf(out, "evroll_gateway_rejects_total{reason=\"%s\"} %" PRIu64 "\n",
                c->reasons[i].word, c->reasons[i].count);
}

/* ---- by journal ---- */

const char *metrics_journal_name(size_t journal)
{
    static const char *const names[METRICS_JOURNALS] = {
        [METRICS_MQTT] = "mqtt", [METRICS_COAP] = "coap"};

    return names[journal];
}

struct journal_metric {
    const char *name, *type, *help;
    size_t at; /* of a uint64_t in struct uplink_counts, or in struct metrics_journal */
};

#define SENT(name, type, help, member)                                                             \
    {                                                                                              \
        name, type, help, offsetof(struct uplink_counts, member)                                   \
    }
#define STAND(name, type, help, member)                                                            \
    {                                                                                              \
        name, type, help, offsetof(struct metrics_journal, member)                                 \
    }

static const struct journal_metric sent_metrics[] = {
    SENT("batches_total", "counter", "Batches stored by the registry.", batches),
    SENT("line_bytes_total", "counter", "Bytes of these batches as sent.", line_bytes),
    SENT("retries_total", "counter", "Posts that had to be repeated.", retries),
    SENT("batches_refused_total", "counter", "Batches refused for good and cut.", refused),
    SENT("set_aside_total", "counter", "Entries set aside because the registry refused them.",
         set_aside),
    SENT("lost_total", "counter", "Positions that are gone and not in the registry.", lost),
    SENT("cursor", "gauge", "Everything before it is in the registry.", cursor),
};

static const struct journal_metric stand_metrics[] = {
    STAND("journal_oldest", "gauge", "First position on disk.", extent.oldest),
    STAND("journal_appended", "gauge", "One past the last position.", extent.appended),
    STAND("journal_synced", "gauge", "One past the last position on stable storage.",
          extent.synced),
    STAND("journal_bytes", "gauge", "Bytes of all segments.", extent.bytes_used),
    STAND("journal_room_bytes", "gauge", "Bytes left of the budget.", room.bytes),
};

static void put_by_journal(FILE *out, const struct journal_metric *metric, bool sent,
                           const struct metrics *m)
{
    fprintf(out, "# HELP evroll_gateway_%s %s\n# TYPE evroll_gateway_%s %s\n", metric->name,
            metric->help, metric->name, metric->type);
    for (size_t i = 0; i < METRICS_JOURNALS; i++) {
        const struct metrics_journal *journal = &m->journals[i];
        const void *from = sent ? (const void *)journal->sent : (const void *)journal;
        uint64_t value = 0;

        if (journal->sent == NULL)
            continue;
        memcpy(&value, (const char *)from + metric->at, sizeof value);
        fprintf(out, "evroll_gateway_%s{journal=\"%s\"} %" PRIu64 "\n", metric->name,
                metrics_journal_name(i), value);
    }
}

static void put_hours(FILE *out, const struct metrics *m)
{
    fputs("# HELP evroll_gateway_journal_room_hours Hours of the present rate that fit in.\n"
          "# TYPE evroll_gateway_journal_room_hours gauge\n",
          out);
    for (size_t i = 0; i < METRICS_JOURNALS; i++) {
        double hours = m->journals[i].room.hours;

        if (m->journals[i].sent == NULL)
            continue;
        fprintf(out, "evroll_gateway_journal_room_hours{journal=\"%s\"} ", metrics_journal_name(i));
        if (isinf(hours))
            fputs("+Inf\n", out);
        else
            fprintf(out, "%.2f\n", hours);
    }
}

static void put_journals(FILE *out, const struct metrics *m)
{
    for (size_t i = 0; i < sizeof sent_metrics / sizeof sent_metrics[0]; i++)
        put_by_journal(out, &sent_metrics[i], true, m);
    for (size_t i = 0; i < sizeof stand_metrics / sizeof stand_metrics[0]; i++)
        put_by_journal(out, &stand_metrics[i], false, m);
    put_hours(out, m);
}

/* ---- the ways in ---- */

static void put_endpoint(FILE *out, const struct endpoint_counts *c)
{
    put(out, "coap_sessions", "gauge", "CoAP sessions with their handshake done.", c->sessions);
    put(out, "coap_accepted_total", "counter", "Requests answered with 2.04.", c->accepted);
    put(out, "coap_malformed_total", "counter", "Journaled and answered with 4.00.", c->malformed);
    put(out, "coap_refused_total", "counter", "Requests refused for another reason.", c->refused);
    put(out, "coap_full_total", "counter", "5.03 among the refused.", c->full);
    put(out, "coap_flooding_total", "counter", "4.29 among the refused.", c->flooding);
    put(out, "coap_repeated_total", "counter", "Messages under an id seen before.", c->repeated);
    put(out, "coap_connections", "gauge", "Connections over TLS (TCP).", c->streams);
    put(out, "coap_ended_total", "counter", "Those that were ended: too many, or slow to begin.",
        c->ended);
}

static void put_by_word(FILE *out, const char *name, const char *help)
{
    fprintf(out, "# HELP evroll_gateway_%s %s\n# TYPE evroll_gateway_%s counter\n", name, help,
            name);
}

static void put_relay(FILE *out, const struct relay_counts *c)
{
    put(out, "relay_connections", "gauge", "Connections of units.", c->connections);
    put(out, "relay_held_connections", "gauge", "Connections that wait for a sync.",
        c->held_connections);
    put(out, "relay_held_bytes", "gauge", "Bytes that wait for a sync.", c->held_bytes);
    put(out, "relay_open", "gauge", "1: what is synced is released; 0: nothing is.", c->open);
    put(out, "relay_accepted_total", "counter", "Connections taken.", c->accepted);
    put(out, "relay_up_bytes_total", "counter", "Bytes from units.", c->bytes_up);
    put(out, "relay_down_bytes_total", "counter", "Bytes to units.", c->bytes_down);
    put(out, "relay_syncs_total", "counter", "Syncs asked for.", c->syncs_wanted);
    put(out, "relay_releases_total", "counter", "Syncs that released something.", c->releases);
    put_by_word(out, "relay_refused_total", "Connections refused, by reason.");
    for (int i = 0; i < RELAY_REFUSAL_COUNT; i++)
        fprintf(out, "evroll_gateway_relay_refused_total{reason=\"%s\"} %" PRIu64 "\n",
                relay_refusal_word((enum relay_refusal)i), c->refused[i]);
    put_by_word(out, "relay_ended_total", "Connections ended, by who or what ended them.");
    for (int i = 0; i < RELAY_ENDING_COUNT; i++)
        fprintf(out, "evroll_gateway_relay_ended_total{by=\"%s\"} %" PRIu64 "\n",
                relay_ending_word((enum relay_ending)i), c->ended[i]);
}

static enum err io_fault(struct fault *fault, const char *path)
{
    return fault_set(fault, ERR_IO, "metrics: cannot write %s: %s", path, strerrordesc_np(errno));
}

static enum err make_folder(const char *path, struct fault *fault)
{
    char folder[PATH_MAX] = "";
    const char *slash = strrchr(path, '/');

    if (slash == NULL || (size_t)(slash - path) >= sizeof folder)
        return ERR_OK;
    memcpy(folder, path, (size_t)(slash - path));
    return mkdir(folder, 0750) == 0 || errno == EEXIST ? ERR_OK : io_fault(fault, folder);
}

enum err metrics_write(const char *path, const struct metrics *metrics, struct fault *fault)
{
    char fresh[PATH_MAX] = "";
    FILE *out = NULL;
    bool whole = false;
    enum err err = make_folder(path, fault);

    if (err != ERR_OK)
        return err;
    snprintf(fresh, sizeof fresh, "%s.new", path);
    out = fopen(fresh, "we");
    if (out == NULL)
        return io_fault(fault, fresh);
    put_decoded(out, metrics->decoded);
    put_journals(out, metrics);
    if (metrics->relay != NULL)
        put_relay(out, metrics->relay);
    if (metrics->endpoint != NULL)
        put_endpoint(out, metrics->endpoint);
    whole = ferror(out) == 0;
    whole = fclose(out) == 0 && whole;
    return whole && rename(fresh, path) == 0 ? ERR_OK : io_fault(fault, path);
}
