/*
 * store_exceptions: approved exceptions to rules that hold in principle (原则上), in the database.
 * An exception is known by rule, subject, document and first day; a newer version of it may move
 * its end. Nothing is overwritten.
 *
 * The subject is a vehicle (its id, or its plate where it is not in the register), an org or a
 * site.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_EXCEPTIONS_H
#define EVROLL_REGISTRY_STORE_STORE_EXCEPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registry/store/store_vehicles.h"
#include "shared/arena.h"
#include "shared/err.h"

struct store_exception {
    char rule[33];
    int subject_kind; /* enum exception_subject */
    char subject[VEHICLE_ID_SIZE];
    char document[129];
    int32_t from;
    int64_t version;  /* from 1, of this exception */
    int32_t until;    /* the first day on which it holds no more; WHEN_DAY_NEVER: no end */
    int32_t approved; /* the day of the approval; before it, it excuses nothing */
    char approved_by[129];
    char evidence[257];
    int64_t recorded_at;
    char author[65];
};

struct store_exceptions { /* in the arena of the call that gave it */
    struct store_exception *items;
    size_t count;
};

/* The newest version of one; `found` false: there is none. */
enum err store_exception_get(struct sql *db, const struct store_exception *key, bool *found,
                             struct store_exception *out, struct fault *fault) ERR_CHECKED;
enum err store_exception_append(struct sql *db, const struct store_exception *exception,
                                struct fault *fault) ERR_CHECKED;

/* The newest versions of a rule's exceptions that hold on any day from `from` to `to` (both
 * included) and were approved by then, in the order of subject kind, subject, from, document. known_ms as
 * in store_known.h. */
enum err store_exceptions_of(struct sql *db, const char *rule, int32_t from, int32_t to,
                             int64_t known_ms, struct arena *arena, struct store_exceptions *out,
                             struct fault *fault) ERR_CHECKED;

typedef void store_exception_row(void *arg, const struct store_exception *exception);

/* The newest versions of those that hold on `as_of`. `ends_by`: only those whose last day is not
 * after it (WHEN_DAY_NEVER: all). */
struct store_exception_search {
    int32_t as_of, ends_by;
    const char *rule, *subject;          /* NULL: any */
    const struct store_exception *after; /* NULL: from the start */
    int64_t limit;
};
/* In the order of rule, subject kind, subject, from, document. */
enum err store_exception_find(struct sql *db, const struct store_exception_search *search,
                              store_exception_row *each, void *arg,
                              struct fault *fault) ERR_CHECKED;

#endif
