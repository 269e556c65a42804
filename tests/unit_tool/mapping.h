/*
 * mapping: which column of a recording is which signal, in a small YAML file (those in
 * tests/data/mappings):
 *
 *     unit: bus-{vehicle_id}          # a name, columns in braces
 *     time:
 *       columns: [Date, Time]         # joined by one space
 *       format: "%m/%d/%Y %H:%M:%S"   # strptime(3), or rfc3339
 *       zone_minutes: 60              # what the recording's clock is ahead of UTC; not with
 * rfc3339 signals:
 *       - signal: speed               # a name of the signal table
 *         column: speed
 *         factor: 3.6                 # column × factor + offset = the signal in its unit
 *       - signal: mode
 *         value: electric             # the same in every sample
 *
 * An empty field is a signal that is absent. Owned by the caller; read-only after loading.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_MAPPING_H
#define EVROLL_TESTS_UNIT_TOOL_MAPPING_H

#include <stdint.h>

#include "shared/err.h"
#include "shared/signal.h"

struct mapping_signal {
    char *signal;
    char *column; /* NULL when `value` is given */
    char *value;
    double factor; /* 0 when not given: 1 */
    double offset;
};

struct mapping {
    char *unit;
    struct mapping_time {
        char **columns;
        unsigned columns_count;
        char *format;
        int32_t zone_minutes;
    } time;
    struct mapping_signal *signals;
    unsigned signals_count;
};

enum err mapping_load(const char *file, struct mapping **mapping, struct fault *fault) ERR_CHECKED;
void mapping_free(struct mapping *mapping);

#endif
