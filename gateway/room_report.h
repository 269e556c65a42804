/*
 * room_report: tells the registry how full the journals are (PUT /v1/gateway/journals), so that the
 * bureau sees for how long a gateway can be cut off. Said anew every ROOM_REPORT_MS; a registry that
 * does not take it costs a line in the log, and delivery goes on. Blocks as transport.h says.
 * Threads: one.
 */
#ifndef EVROLL_GATEWAY_ROOM_REPORT_H
#define EVROLL_GATEWAY_ROOM_REPORT_H

#include <stdbool.h>

#include "gateway/metrics.h"
#include "gateway/uplink/transport.h"
#include "shared/clock.h"

#define ROOM_REPORT_MS 30000

struct room_report { /* all zero to begin with */
    int64_t due_ms;
    bool failing;
};

/* When it is time to, and there is a journal. */
void room_report_step(struct room_report *report, struct transport *transport,
                      const struct clock *clock,
                      const struct metrics_journal journals[static METRICS_JOURNALS]);

#endif
