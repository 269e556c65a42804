#include "gateway/room_report.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "shared/log.h"

#define PATH "/v1/gateway/journals"

static json_t *minutes_json(double hours)
{
    return isfinite(hours) && hours < 1e9 ? json_integer((json_int_t)floor(hours * 60))
                                          : json_null();
}

static json_t *journal_json(const char *name, const struct metrics_journal *journal)
{
    const struct journal_extent *extent = &journal->extent;

    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "name", name, "used_bytes",
                     (json_int_t)extent->bytes_used, "budget_bytes",
                     (json_int_t)extent->bytes_budget, "waiting",
                     (json_int_t)(extent->appended - extent->cursor), "minutes",
                     minutes_json(journal->room.hours));
}

/* The caller's to free; NULL: there is no journal to speak of. */
static char *report_text(const struct metrics_journal journals[static METRICS_JOURNALS])
{
    json_t *list = json_array(), *report = json_pack("{s:o}", "journals", list);
    char *text = NULL;

    for (size_t i = 0; i < METRICS_JOURNALS; i++)
        if (journals[i].sent != NULL)
            json_array_append_new(list, journal_json(metrics_journal_name(i), &journals[i]));
    if (json_array_size(list) > 0)
        text = json_dumps(report, JSON_COMPACT);
    json_decref(report);
    return text;
}

void room_report_step(struct room_report *report, struct transport *transport,
                      const struct clock *clock,
                      const struct metrics_journal journals[static METRICS_JOURNALS])
{
    struct fault fault = {0};
    char *text = NULL;
    int status = 0;
    enum err err = ERR_OK;

    if (clock_mono_ms(clock) < report->due_ms || (text = report_text(journals)) == NULL)
        return;
    err = transport_put(transport, PATH, text, &status, &fault);
    free(text);
    if (err == ERR_OK && status != 204)
        err = fault_set(&fault, ERR_PEER, "status %d", status);
    if (err != ERR_OK && err != ERR_STOPPED && !report->failing)
        log_info("gateway", "the registry was not told of the journals' room: %s", fault.text);
    report->failing = err != ERR_OK;
    report->due_ms = clock_mono_ms(clock) + ROOM_REPORT_MS;
}
