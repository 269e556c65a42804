#include "gateway/room_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "shared/log.h"

#define PATH      "/v1/gateway/journals"
#define TEXT_SIZE 1024

static const char *const names[METRICS_JOURNALS] = {
    [METRICS_MQTT] = "mqtt", [METRICS_COAP] = "coap"};

static size_t put_journal(char *text, size_t size, const char *name, bool first,
                          const struct metrics_journal *journal)
{
    const struct journal_extent *extent = &journal->extent;
    char minutes[24] = "null";

    if (isfinite(journal->room.hours) && journal->room.hours < 1e9)
        snprintf(minutes, sizeof minutes, "%.0f", floor(journal->room.hours * 60));
    return (size_t)snprintf(text, size,
                            "%s{\"name\":\"%s\",\"used_bytes\":%" PRIu64
                            ",\"budget_bytes\":%" PRIu64 ",\"waiting\":%" PRIu64 ",\"minutes\":%s}",
                            first ? "" : ",", name, extent->bytes_used, extent->bytes_budget,
                            extent->appended - extent->cursor, minutes);
}

/* False: there is no journal to speak of. */
static bool put_all(char text[static TEXT_SIZE],
                    const struct metrics_journal journals[static METRICS_JOURNALS])
{
    size_t len = (size_t)snprintf(text, TEXT_SIZE, "{\"journals\":[");
    bool first = true;

    for (size_t i = 0; i < METRICS_JOURNALS; i++) {
        if (journals[i].sent == NULL)
            continue;
        len += put_journal(text + len, TEXT_SIZE - len, names[i], first, &journals[i]);
        first = false;
    }
    snprintf(text + len, TEXT_SIZE - len, "]}");
    return !first;
}

void room_report_step(struct room_report *report, struct transport *transport,
                      const struct clock *clock,
                      const struct metrics_journal journals[static METRICS_JOURNALS])
{
    struct fault fault = {0};
    char text[TEXT_SIZE];
    int status = 0;
    enum err err = ERR_OK;

    if (clock_mono_ms(clock) < report->due_ms || !put_all(text, journals))
        return;
    err = transport_put(transport, PATH, text, &status, &fault);
    if (err == ERR_OK && status != 204)
        err = fault_set(&fault, ERR_PEER, "status %d", status);
    if (err != ERR_OK && err != ERR_STOPPED && !report->failing)
        log_info("gateway", "the registry was not told of the journals' room: %s", fault.text);
    report->failing = err != ERR_OK;
    report->due_ms = clock_mono_ms(clock) + ROOM_REPORT_MS;
}
