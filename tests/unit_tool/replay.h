/*
 * replay: a recording (CSV, plain or gzip) as a source, read by a mapping. A row that cannot be
 * read (no time, a number that is none) is counted and passed over; replay_skipped says how many
 * and shows the first.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_REPLAY_H
#define EVROLL_TESTS_UNIT_TOOL_REPLAY_H

#include <stdint.h>

#include "tests/unit_tool/source.h"

struct replay_options {
    const char *mapping_file;
    const char *recording_file;
    int64_t start_ms; /* the first row's time is moved here, the others with it; INT64_MIN: as
                         recorded */
    unsigned copies;  /* the same recording as so many units each, named UNIT, UNIT-2, UNIT-3 … */
};

enum err replay_open(const struct replay_options *options, struct source **source,
                     struct fault *fault) ERR_CHECKED;

/* Rows passed over so far; `first` (may be NULL) gets the sentence about the first of them. */
uint64_t replay_skipped(const struct source *source, const char **first);

#endif
