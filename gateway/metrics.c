#include "gateway/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
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

static void put_sent(FILE *out, const struct uplink_counts *c)
{
    put(out, "batches_total", "counter", "Batches stored by the registry.", c->batches);
    put(out, "line_bytes_total", "counter", "Bytes of these batches as sent.", c->line_bytes);
    put(out, "retries_total", "counter", "Posts that had to be repeated.", c->retries);
    put(out, "batches_refused_total", "counter", "Batches refused for good and cut.", c->refused);
    put(out, "set_aside_total", "counter", "Entries set aside because the registry refused them.",
        c->set_aside);
    put(out, "lost_total", "counter", "Positions that are gone and not in the registry.", c->lost);
    put(out, "cursor", "gauge", "Everything before it is in the registry.", c->cursor);
}

static void put_extent(FILE *out, const struct metrics *m)
{
    put(out, "journal_oldest", "gauge", "First position on disk.", m->extent.oldest);
    put(out, "journal_appended", "gauge", "One past the last position.", m->extent.appended);
    put(out, "journal_synced", "gauge", "One past the last position on stable storage.",
        m->extent.synced);
    put(out, "journal_bytes", "gauge", "Bytes of all segments.", m->extent.bytes_used);
    put(out, "journal_room_bytes", "gauge", "Bytes left of the budget.", m->room.bytes);
    fputs("# HELP evroll_gateway_journal_room_hours Hours of the present rate that fit in.\n"
          "# TYPE evroll_gateway_journal_room_hours gauge\n",
          out);
    if (isinf(m->room.hours))
        fputs("evroll_gateway_journal_room_hours +Inf\n", out);
    else
        fprintf(out, "evroll_gateway_journal_room_hours %.2f\n", m->room.hours);
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
                relay_refusal_word(i), c->refused[i]);
    put_by_word(out, "relay_ended_total", "Connections ended, by who or what ended them.");
    for (int i = 0; i < RELAY_ENDING_COUNT; i++)
        fprintf(out, "evroll_gateway_relay_ended_total{by=\"%s\"} %" PRIu64 "\n",
                relay_ending_word(i), c->ended[i]);
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
    if (metrics->sent != NULL) {
        put_sent(out, metrics->sent);
        put_extent(out, metrics);
    }
    if (metrics->relay != NULL)
        put_relay(out, metrics->relay);
    whole = ferror(out) == 0;
    whole = fclose(out) == 0 && whole;
    return whole && rename(fresh, path) == 0 ? ERR_OK : io_fault(fault, path);
}
