#include "registry/system_api.h"

#include <stdio.h>
#include <stdlib.h>

#include "registry/findings/finding_json.h"
#include "registry/readings.h"
#include "registry/rollup/balance.h"
#include "registry/store/store_audit.h"
#include "registry/store/store_rejects.h"
#include "registry/store/store_retention.h"
#include "registry/worker.h"
#include "shared/log.h"

#define REASONS_MAX 100

static void get_healthz(struct http_call *call)
{
    http_reply_json(call, 200, json_pack("{s:s}", "status", "ok"));
}

static void get_readyz(struct http_call *call)
{
    const struct registry_worker *worker = http_context(call);
    struct fault fault;

    if (store_check_schema(worker->context.db, &fault) == ERR_OK) {
        http_reply_json(call, 200, json_pack("{s:s}", "status", "ready"));
        return;
    }
    log_warn("readyz", "not ready: %s", fault.text);
    http_add_header(call, "Retry-After", "5");
    http_reply_problem(call, 503, "the database does not answer or has another schema");
}

/* ---- metrics ---- */

/* What the store counts, as one view of it. */
static const struct {
    const char *name;
    const char *type;
    const char *help;
    size_t offset;
} figures[] = {
    {"evroll_ingest_journals", "gauge", "Journals that ever delivered.",
     offsetof(struct balance, journals)},
    {"evroll_ingest_messages_total", "counter", "Messages delivered by gateways.",
     offsetof(struct balance, messages)},
    {"evroll_ingest_rejects_total", "counter", "Messages that could not be decoded.",
     offsetof(struct balance, rejects)},
    {"evroll_ingest_damaged_total", "counter", "Journal entries not readable at the gateway.",
     offsetof(struct balance, damaged)},
    {"evroll_ingest_lost_total", "counter", "Journal entries no longer at the gateway.",
     offsetof(struct balance, lost)},
    {"evroll_ingest_samples_total", "counter", "Samples stored, repeated ones included.",
     offsetof(struct balance, rows_received)},
    {"evroll_rollup_samples_total", "counter", "Samples in hours that were rolled up.",
     offsetof(struct balance, rows_rolled)},
    {"evroll_rollup_duplicates_total", "counter", "Samples that repeated another one.",
     offsetof(struct balance, duplicates)},
    {"evroll_rollup_samples_waiting", "gauge", "Samples in hours that wait for the rollup.",
     offsetof(struct balance, rows_waiting)},
    {"evroll_rollup_hours_waiting", "gauge", "Hours of units that wait for the rollup.",
     offsetof(struct balance, hours_waiting)},
    {"evroll_units", "gauge", "Units that ever reported.", offsetof(struct balance, units)},
};

static void write_figures(FILE *out, const struct balance *balance, int64_t now_ms)
{
    int64_t since = balance->waiting_since_ms;

    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", figures[i].name, figures[i].help,
                figures[i].name, figures[i].type, figures[i].name,
                (long long)*(const int64_t *)((const char *)balance + figures[i].offset));
    fprintf(out,
            "# HELP evroll_rollup_lag_seconds Age of the oldest hour that waits.\n"
            "# TYPE evroll_rollup_lag_seconds gauge\n"
            "evroll_rollup_lag_seconds %.3f\n",
            since == 0 || since > now_ms ? 0.0 : (double)(now_ms - since) / 1000.0);
}

/* Reasons come from gateways: words of [a-z0-9-], and the commonest are enough. */
static void write_reasons(FILE *out, struct sql *db, struct arena *arena)
{
    struct store_reject_count *counts = NULL;
    struct fault fault;
    size_t count = 0;

    if (store_reject_counts(db, arena, NULL, REASONS_MAX, &counts, &count, &fault) != ERR_OK) {
        log_warn("metrics", "the rejects cannot be counted: %s", fault.text);
        return;
    }
    fputs("# HELP evroll_ingest_rejects_by_reason_total Messages refused, by reason.\n"
          "# TYPE evroll_ingest_rejects_by_reason_total counter\n",
          out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "evroll_ingest_rejects_by_reason_total{reason=\"%s\"} %lld\n",
                counts[i].reason, (long long)counts[i].payloads);
}

static void write_retention(FILE *out, struct sql *db)
{
    struct store_kept kept[STORE_KEPT_COUNT];
    struct fault fault;

    if (store_kept_read(db, kept, &fault) != ERR_OK) {
        log_warn("metrics", "what was removed cannot be read: %s", fault.text);
        return;
    }
    fputs("# HELP evroll_retention_removed_rows_total Rows removed because of their age.\n"
          "# TYPE evroll_retention_removed_rows_total counter\n"
          "# HELP evroll_retention_removed_bytes_total What was in them.\n"
          "# TYPE evroll_retention_removed_bytes_total counter\n"
          "# HELP evroll_retention_kept_from_seconds Where what is kept begins.\n"
          "# TYPE evroll_retention_kept_from_seconds gauge\n",
          out);
    for (size_t i = 0; i < STORE_KEPT_COUNT; i++) {
        const char *name = store_kept_name((enum store_kept_kind)i);

        if (kept[i].kept_from_ms == STORE_KEPT_ALL)
            continue;
        fprintf(out,
                "evroll_retention_removed_rows_total{kind=\"%s\"} %lld\n"
                "evroll_retention_removed_bytes_total{kind=\"%s\"} %lld\n"
                "evroll_retention_kept_from_seconds{kind=\"%s\"} %lld\n",
                name, (long long)kept[i].rows, name, (long long)kept[i].bytes, name,
                (long long)(kept[i].kept_from_ms / 1000));
    }
}

static void write_audit(FILE *out, struct sql *db)
{
    struct store_audit_head head;
    struct fault fault;

    if (store_audit_head_read(db, &head, &fault) != ERR_OK) {
        log_warn("metrics", "the audit log's head cannot be read: %s", fault.text);
        return;
    }
    fprintf(out,
            "# HELP evroll_audit_entries_total Entries of the audit log.\n"
            "# TYPE evroll_audit_entries_total counter\n"
            "evroll_audit_entries_total %lld\n",
            (long long)head.number);
}

static void write_findings(FILE *out, const struct registry_worker *worker, struct arena *arena)
{
    struct store_finding_count *counts = NULL;
    int64_t waiting = 0, since_ms = 0;
    struct fault fault;
    size_t count = 0;

    if (store_finding_counts(worker->context.db, arena, &counts, &count, &fault) != ERR_OK ||
        store_finding_queue_backlog(worker->context.db, clock_wall_ms(worker->context.clock),
                                    &waiting, &since_ms, &fault) != ERR_OK) {
        log_warn("metrics", "the findings cannot be counted: %s", fault.text);
        return;
    }
    fputs("# HELP evroll_findings Findings by kind and status.\n# TYPE evroll_findings gauge\n",
          out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "evroll_findings{kind=\"%s\",status=\"%s\"} %lld\n", counts[i].kind,
                finding_state_word(counts[i].state), (long long)counts[i].findings);
    fprintf(out,
            "# HELP evroll_findings_waiting Days and subjects that are to be looked at.\n"
            "# TYPE evroll_findings_waiting gauge\n"
            "evroll_findings_waiting %lld\n",
            (long long)waiting);
}

struct asked {
    const struct registry_worker *worker;
    struct arena *arena;
};

/* The database's figures are left out when it does not answer: the rest is then wanted most. */
static void write_stored(FILE *out, void *arg)
{
    const struct asked *asked = arg;
    struct sql *db = asked->worker->context.db;
    struct balance balance;
    struct fault fault;

    if (balance_read(db, &balance, &fault) != ERR_OK) {
        log_warn("metrics", "the store's figures cannot be read: %s", fault.text);
        return;
    }
    write_figures(out, &balance, clock_wall_ms(asked->worker->context.clock));
    write_reasons(out, db, asked->arena);
    write_findings(out, asked->worker, asked->arena);
    write_audit(out, db);
    write_retention(out, db);
}

static void write_metrics(FILE *out, const struct registry_worker *worker, struct arena *arena)
{
    struct asked asked = {worker, arena};

    fputs("# HELP evroll_build_info The version that runs.\n"
          "# TYPE evroll_build_info gauge\n"
          "evroll_build_info{version=\"" EVROLL_VERSION "\"} 1\n",
          out);
    fputs(http_server_metrics(*worker->server, arena), out);
    replica_metrics(worker->replica, out);
    rollup_thread_metrics(worker->rollup, out);
    readings_write(worker->readings, write_stored, &asked, out);
}

static void get_metrics(struct http_call *call)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (out != NULL) {
        write_metrics(out, http_context(call), http_arena(call));
        fclose(out);
    }
    http_reply_bytes(call, 200, "text/plain; version=0.0.4; charset=utf-8",
                     text == NULL ? "" : text, len);
    free(text);
}

static void get_openapi(struct http_call *call)
{
    http_reply_text(call, 200, "application/yaml; charset=utf-8", openapi_text);
}

const struct http_route system_routes[] = {
    {"GET", "/healthz", HTTP_ANYONE, 0, get_healthz},
    {"GET", "/readyz", HTTP_ANYONE, 0, get_readyz},
    {"GET", "/metrics", HTTP_ANYONE, 0, get_metrics},
    {"GET", "/openapi.yaml", HTTP_ANYONE, 0, get_openapi},
};

const size_t system_route_count = sizeof system_routes / sizeof system_routes[0];
