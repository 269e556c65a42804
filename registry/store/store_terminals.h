/*
 * store_terminals: units as somebody administers them: registered, denied, certified. Writing is
 * inside SQL_WRITE; errors as in sql.h. What is read belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_TERMINALS_H
#define EVROLL_REGISTRY_STORE_STORE_TERMINALS_H

#include "registry/store/sql.h"
#include "shared/arena.h"
#include "shared/unit.h"

struct store_terminal {
    char unit[UNIT_NAME_MAX + 1];
    int64_t registered_ms;
    char author[65];
    int64_t denied_ms; /* since when gateways refuse it; 0: they do not */
    int64_t changes;   /* what its entity tag is made of */
};

/* ERR_NOT_FOUND */
enum err store_terminal_find(struct sql *db, const char *unit, struct store_terminal *terminal,
                             struct fault *fault) ERR_CHECKED;
/* With changes 1. One that is there stays as it is; `added` (may be NULL) says which. */
enum err store_terminal_add(struct sql *db, const struct store_terminal *terminal, bool *added,
                            struct fault *fault) ERR_CHECKED;
/* Sets denied_ms, and counts a change. */
enum err store_terminal_deny(struct sql *db, const char *unit, int64_t denied_ms,
                             struct fault *fault) ERR_CHECKED;
/* Counts a change of what belongs to it. */
enum err store_terminal_touch(struct sql *db, const char *unit, struct fault *fault) ERR_CHECKED;

/* By unit; `after` exclusive, "" for the start. */
enum err store_terminals_list(struct sql *db, const char *after, int64_t limit, struct arena *arena,
                              struct store_terminal **terminals, size_t *count,
                              struct fault *fault) ERR_CHECKED;

/* ---- certificates ---- */

struct store_certificate {
    int64_t number; /* of the unit's requests, from 1 */
    const char *request, *key_kind;
    int64_t requested_ms;
    const char *author;
    const char *certificate, *serial; /* "" until it was signed */
    int64_t issued_ms, expires_ms;
    int64_t revoked_ms; /* 0: it counts */
};

/* Oldest first. */
enum err store_certificates_of(struct sql *db, const char *unit, struct arena *arena,
                               struct store_certificate **certificates, size_t *count,
                               struct fault *fault) ERR_CHECKED;
/* Numbers it. */
enum err store_certificate_request(struct sql *db, const char *unit,
                                   struct store_certificate *certificate,
                                   struct fault *fault) ERR_CHECKED;
/* Writes certificate, serial, issued_ms and expires_ms. */
enum err store_certificate_issue(struct sql *db, const char *unit,
                                 const struct store_certificate *certificate,
                                 struct fault *fault) ERR_CHECKED;
/* All of the unit that count, requests too. */
enum err store_certificates_revoke(struct sql *db, const char *unit, int64_t revoked_ms,
                                   struct fault *fault) ERR_CHECKED;

/* Serial numbers that were revoked, of units after `from` up to `to`, by unit. Borrowed. */
typedef void store_revoked_each(void *arg, const char *unit, const char *serial);
enum err store_certificates_revoked(struct sql *db, const char *from, const char *to,
                                    store_revoked_each *each, void *arg,
                                    struct fault *fault) ERR_CHECKED;

/* Requests that wait for the authority, by unit and number, and those of one unit each. */
typedef void store_request_each(void *arg, const char *unit,
                                const struct store_certificate *request);
enum err store_certificates_waiting(struct sql *db, int64_t limit, store_request_each *each,
                                    void *arg, struct fault *fault) ERR_CHECKED;

#endif
