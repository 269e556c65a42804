/*
 * tally: how many messages of each unit were sent and acknowledged, in a file mapped into memory,
 * so that it is right after any end of the process (not after a power cut). A later run with the
 * same settings goes on behind what was acknowledged.
 *
 * File: header {magic, version, fingerprint of the settings, count}, then one fixed record a unit.
 * The number of units is limited by TALLY_UNITS_MAX. Without a file name the tally lives in memory
 * only. One thread.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_TALLY_H
#define EVROLL_TESTS_UNIT_TOOL_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "shared/err.h"
#include "shared/unit.h"

#define TALLY_UNITS_MAX 100000u

struct tally_unit {
    char unit[UNIT_NAME_MAX + 8]; /* NUL-terminated, padded */
    uint64_t sent;         /* messages handed to the broker in this and earlier runs, once each */
    uint64_t acknowledged; /* the first so many messages of the unit are acknowledged */
    uint64_t refused;      /* so many of these were acknowledged with a refusal */
    uint64_t samples_acknowledged; /* in messages that were not refused */
    int64_t last_at_ms;            /* time of the last sample acknowledged */
};

struct tally;

/* `fingerprint` stands for the settings that decide which messages there are. ERR_CONFLICT when the
 * file was made with others. */
enum err tally_open(const char *file, uint64_t fingerprint, struct tally **tally,
                    struct fault *fault) ERR_CHECKED;
void tally_close(struct tally *tally);

/* The unit's record, made at the first call. ERR_FULL beyond TALLY_UNITS_MAX. */
enum err tally_get(struct tally *tally, const char *unit, struct tally_unit **record,
                   struct fault *fault) ERR_CHECKED;

size_t tally_count(const struct tally *tally);
const struct tally_unit *tally_at(const struct tally *tally, size_t i);

/* Sums over all units. */
struct tally_unit tally_total(const struct tally *tally);

#endif
