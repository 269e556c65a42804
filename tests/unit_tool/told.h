/*
 * told: what the registry wants a unit to report, as it stands on the unit's config topic or CoAP
 * resource: {"interval_s": 20, "signals": ["soc", …]}, each of them optional. Plain value, owns
 * nothing.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_TOLD_H
#define EVROLL_TESTS_UNIT_TOOL_TOLD_H

#include <stddef.h>
#include <stdint.h>

#include "shared/sample.h"

struct told {
    int64_t interval_ms; /* 0: none is set */
    uint32_t signals;    /* one bit a signal, as in a sample's masks; 0: all */
};

/* Signals that are not known here are passed over; a text that is no configuration sets nothing. */
struct told told_read(const void *text, size_t len);

/* A sample at `at_ms` would be sooner after the last than the registry wants. */
bool told_too_soon(struct told told, int64_t last_at_ms, int64_t at_ms);
/* Leaves of the sample what is wanted; it may be empty then. */
void told_keep(struct told told, struct sample *sample);

#endif
