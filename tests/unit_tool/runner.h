/*
 * runner: sends what a source gives through the units' links at the wanted pace, and keeps the
 * tally.
 *
 *     source ──reading──▶ unit's pack (samples_per_message) ──encoder──▶ link ──answer──▶ tally
 *
 * Where the format has them, a login goes before a unit's first message and a logout behind its last,
 * once the source is empty: they are messages like the others, so that a run that is taken up again
 * has the same ones.
 *
 * Ends when the source is empty and everything is acknowledged, when `stop` becomes true (then it
 * waits for what is in flight, at most drain_ms), after `limit` messages, or when nothing was
 * acknowledged for stall_ms. One thread; blocks until then.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_RUNNER_H
#define EVROLL_TESTS_UNIT_TOOL_RUNNER_H

#include <signal.h>
#include <stdbool.h>

#include "tests/unit_tool/encoder.h"
#include "tests/unit_tool/link.h"
#include "tests/unit_tool/source.h"
#include "tests/unit_tool/tally.h"

struct runner_options {
    struct link_options link;
    struct encoder_options encoder;
    const char *vin; /* of every unit; NULL: the source's, or made from the unit's name */
    double speed;    /* 1: real time; N: N times faster; 0: as fast as acknowledged */
    unsigned samples_per_message;
    uint64_t limit; /* messages in this run; 0: all */
    int drain_ms;
    int stall_ms;
    bool progress; /* a line on the terminal */
    const volatile sig_atomic_t *stop;
};

struct runner_result {
    uint64_t sent, acknowledged; /* messages of this run */
    uint64_t refused;            /* so many of the latter with a refusal */
    uint64_t samples_acknowledged;
    uint64_t skipped; /* messages that an earlier run had acknowledged */
    uint64_t reconnects;
    int64_t elapsed_ms;
};

enum err runner_run(const struct runner_options *options, struct source *source,
                    struct tally *tally, struct runner_result *result,
                    struct fault *fault) ERR_CHECKED;

#endif
