/*
 * directory: what the registry says about units, kept beside the gateway: the category of the
 * vehicle that a unit sits in.
 *
 *     registry ── GET /v1/gateway/units, page by page; 304 where nothing changed ──▶ roll
 *                                                        roll ── write-new, rename ──▶ file
 *
 * Asked for at the first step and then every `every_ms`. When the registry is away, or a page is not
 * what it should be, the last good roll stays in force; the file carries it over a restart. A unit
 * that is not on it is not known: it is in no vehicle, or no roll was ever had.
 *
 * Bounded: DIRECTORY_UNITS_MAX units; a registry that lists more is refused. Threads: one.
 */
#ifndef EVROLL_GATEWAY_DIRECTORY_DIRECTORY_H
#define EVROLL_GATEWAY_DIRECTORY_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/uplink/transport.h"
#include "shared/clock.h"

#define DIRECTORY_UNITS_MAX 500000u
#define DIRECTORY_EVERY_MS  20000

struct directory;

/* The text, transport and clock must outlive the directory. */
struct directory_options {
    const char *file; /* the last good roll; need not exist yet */
    struct transport *transport;
    const struct clock *clock;
    int64_t every_ms; /* 0: DIRECTORY_EVERY_MS */
};

/* Takes the last good roll from the file; one that cannot be used is said and passed over. */
struct directory *directory_open(const struct directory_options *options);
void directory_close(struct directory *directory); /* NULL is allowed */

/* Asks the registry when it is time to; may block as transport.h says. */
void directory_step(struct directory *directory);

/* NULL: not known. Valid until the next step. */
const char *directory_category(const struct directory *directory, const char *unit);

size_t directory_units(const struct directory *directory);

#endif
