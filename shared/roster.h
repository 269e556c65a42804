/*
 * roster: what a gateway was told about units, read from the file in which evroll-gateway keeps it
 * (gateway/directory/roll.h writes it and has the format). Those who let units in ask it: may this
 * one come in, and what is it to report?
 *
 * A file that is not whole leaves the last good one in force; the file replaces itself by rename.
 * Owned by who created it; texts of an entry are valid until the next refresh. One thread.
 */
#ifndef EVROLL_SHARED_ROSTER_H
#define EVROLL_SHARED_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/unit.h"

#define ROSTER_HEADER "evroll-directory 2\n"
#define ROSTER_PAGE   "/page " /* no name begins so */
#define ROSTER_END    "/end "

struct roster_entry {
    char unit[UNIT_NAME_MAX + 1];
    bool denied;
    bool news;           /* what it is to report changed since roster_told, or was never told */
    uint32_t interval_s; /* how often it is to report; 0: not set */
    const char *signals; /* which, with commas between; "": all */
    size_t signals_len;
    const char *revoked; /* serial numbers of its certificates, hexadecimal, with commas between */
    size_t revoked_len;
};

struct roster;

struct roster *roster_create(const char *file); /* may appear later */
void roster_destroy(struct roster *roster);     /* NULL is allowed */

/* Reads the file again when it changed. True when another roster is in force than before. */
bool roster_refresh(struct roster *roster);
/* True once a file was read. */
bool roster_known(const struct roster *roster);

size_t roster_count(const struct roster *roster);
void roster_at(const struct roster *roster, size_t i, struct roster_entry *entry);
/* False: it is not there. */
bool roster_find(const struct roster *roster, const char *unit, struct roster_entry *entry);

/* The news of this one were passed on. */
void roster_told(struct roster *roster, size_t i);

/* What the unit is to report, as it is told: {"interval_s":30,"signals":["soc","odo"]}; what is not
 * set is left out, and nothing set is no text. The length. */
#define ROSTER_CONFIG_MAX 2048
size_t roster_config(const struct roster_entry *entry, char text[static ROSTER_CONFIG_MAX]);

/* Who is let in besides those that nothing speaks against. */
enum roster_admit {
    ROSTER_ADMIT_ALL,       /* units that nobody knows too */
    ROSTER_ADMIT_REGISTERED /* none but those on the roster; nobody until there is one */
};

/* May the unit with a certificate of this serial number come in? */
bool roster_admits(const struct roster *roster, enum roster_admit admit, const char *unit,
                   const uint8_t *serial, size_t serial_len);

#endif
