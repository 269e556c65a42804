/*
 * source: where an onboard unit's readings come from. One interface, two back ends: a recording
 * (replay.h) and a simulated fleet (fleet.h). A source is repeatable: opened again with the same
 * settings it gives the same readings in the same order, so that a run can be taken up where it
 * stopped. One thread. `unit` and `vehicle`
 * live as long as the source.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_SOURCE_H
#define EVROLL_TESTS_UNIT_TOOL_SOURCE_H

#include "shared/err.h"
#include "shared/sample.h"

struct reading {
    const char *unit;
    const char *vehicle; /* its identification number; NULL when the source does not know it */
    struct sample sample;
};

struct source {
    /* ERR_NOT_FOUND: that was all. */
    enum err (*next)(struct source *self, struct reading *reading, struct fault *fault);
    void (*close)(struct source *self);
};

static inline enum err source_next(struct source *source, struct reading *reading,
                                   struct fault *fault)
{
    return source->next(source, reading, fault);
}

static inline void source_close(struct source *source)
{
    if (source != NULL)
        source->close(source);
}

#endif
