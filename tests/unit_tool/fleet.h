/*
 * fleet: a simulated fleet as a source. Unit names are PREFIX-0001 …; classes and drives are dealt
 * out in a fixed pattern that resembles a small city, so that the register and the readings agree.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_FLEET_H
#define EVROLL_TESTS_UNIT_TOOL_FLEET_H

#include <stdint.h>

#include "tests/unit_tool/source.h"

struct fleet_options {
    const char *prefix;
    unsigned units;
    uint64_t seed;
    int64_t start_ms;
    int64_t duration_ms;
    int64_t interval_ms;
};

/* All units report once an interval, one after the other, as far apart as the interval allows. */
struct source *fleet_open(const struct fleet_options *options);

void fleet_unit_name(const struct fleet_options *options, unsigned i, char name[static 40]);

/* Writes orgs.csv and vehicles.csv of this fleet into `dir`. */
enum err fleet_write_register(const struct fleet_options *options, const char *dir,
                              struct fault *fault) ERR_CHECKED;

#endif
