/*
 * store_events: what a unit's frames said beside samples, and the identification numbers in them.
 * Errors as in sql.h. What is listed belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_EVENTS_H
#define EVROLL_REGISTRY_STORE_STORE_EVENTS_H

#include "registry/store/sql.h"
#include "shared/arena.h"

/* Kinds as in shared/batch/batch.proto that this folder knows by number. */
#define STORE_EVENT_LOGIN  2
#define STORE_EVENT_LOGOUT 3
#define STORE_EVENT_TAMPER 7

/* Numbers a unit: a frame can say any, and each would be a row for ever. */
#define STORE_VINS_MAX 64

struct store_event {
    const char *unit;
    int64_t at_ms;
    int64_t journal_no, position, ordinal;
    int64_t received_ms;
    int64_t kind, number;
    const char *text;
};

struct store_vin {
    const char *unit, *vin;
    int64_t first_ms, last_ms;
    int64_t payloads;
};

/* Where a page of events begins: behind this one, or at its time with all others 0 - 1. */
struct store_event_place {
    int64_t at_ms, journal_no, position, ordinal;
};

/* Inside SQL_WRITE. */
enum err store_event_insert(struct sql *db, const struct store_event *event,
                            struct fault *fault) ERR_CHECKED;
/* Adds what a batch said about a number; of a unit's, the STORE_VINS_MAX latest stay. Inside SQL_WRITE. */
enum err store_vin_add(struct sql *db, const struct store_vin *vin,
                       struct fault *fault) ERR_CHECKED;

/* A unit's events behind `after` and before `to_ms`, oldest first; at most `limit`. */
enum err store_events_list(struct sql *db, struct arena *arena, const char *unit,
                           struct store_event_place after, int64_t to_ms, size_t limit,
                           struct store_event **events, size_t *count,
                           struct fault *fault) ERR_CHECKED;
/* The logins and logouts from ≤ at < to, with the last one before and the first one behind; at most
 * `limit`, the oldest. */
enum err store_events_duty(struct sql *db, struct arena *arena, const char *unit, int64_t from_ms,
                           int64_t to_ms, size_t limit, struct store_event **events, size_t *count,
                           struct fault *fault) ERR_CHECKED;
/* The numbers of a unit, the latest first; at most `limit`. */
enum err store_vins_list(struct sql *db, struct arena *arena, const char *unit, size_t limit,
                         struct store_vin **vins, size_t *count, struct fault *fault) ERR_CHECKED;

/* The units whose frames ever carried the number, by name; at most `limit`. */
enum err store_vin_units(struct sql *db, struct arena *arena, const char *vin, size_t limit,
                         const char ***units, size_t *count, struct fault *fault) ERR_CHECKED;
/* The removal alarms of a unit, from ≤ at < to, oldest first; at most `limit`. */
enum err store_events_tampers(struct sql *db, struct arena *arena, const char *unit,
                              int64_t from_ms, int64_t to_ms, size_t limit,
                              struct store_event **events, size_t *count,
                              struct fault *fault) ERR_CHECKED;

#endif
