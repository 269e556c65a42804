#include "gateway/broker_plugin/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static void value_print(FILE *out, const char *name, const char *type, const char *help,
                        uint64_t value)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name, help, name, type, name,
            value);
}

static void print(FILE *out, const struct metrics *m)
{
    value_print(out, "evroll_broker_accepted_total", "counter", "Publishes in the journal.",
                m->accepted);
    fputs("# HELP evroll_broker_refused_total Connections, publishes and subscriptions refused.\n"
          "# TYPE evroll_broker_refused_total counter\n",
          out);
    for (enum verdict v = VERDICT_OK + 1; v < VERDICT_COUNT; v++)
        fprintf(out, "evroll_broker_refused_total{reason=\"%s\"} %" PRIu64 "\n",
                policy_verdict_name(v), m->refused[v]);
    value_print(out, "evroll_broker_units_connected", "gauge", "Units connected now.",
                m->connected);
    value_print(out, "evroll_broker_kicked_total", "counter", "Sessions ended by revocation.",
                m->kicked);
    value_print(out, "evroll_broker_unit_errors_total", "counter",
                "Messages about malformed payloads handed on to units.", m->errors_published);
    value_print(out, "evroll_broker_outbox_skipped_total", "counter",
                "Outbox entries that could not be used.", m->outbox_skipped);
}

enum err metrics_write(const struct metrics *metrics, const char *file, struct fault *fault)
{
    char fresh[PATH_MAX];
    FILE *out = NULL;
    bool whole = false;

    if (snprintf(fresh, sizeof fresh, "%s.new", file) >= (int)sizeof fresh)
        return fault_set(fault, ERR_INPUT, "the path %s is too long; choose another", file);
    out = fopen(fresh, "we");
    if (out != NULL) {
        print(out, metrics);
        whole = ferror(out) == 0;
        whole = fclose(out) == 0 && whole;
    }
    if (!whole || rename(fresh, file) != 0)
        return fault_set(fault, ERR_IO,
                         "%s cannot be written (errno %d); check the disk and its owner", file,
                         errno);
    return ERR_OK;
}
