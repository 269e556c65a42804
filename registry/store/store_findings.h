/*
 * store_findings: what was found, in which state it is and how it came there, and the thresholds
 * that somebody changed. The meaning of kinds, causes and evidence is registry/findings's. Errors as
 * in sql.h. What is read belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_FINDINGS_H
#define EVROLL_REGISTRY_STORE_STORE_FINDINGS_H

#include "registry/store/sql.h"
#include "registry/store/store_finding_queue.h"
#include "shared/arena.h"

/* The numbers stand in the database. */
enum finding_state {
    FINDING_NONE,
    FINDING_OPEN,      /* nobody has said anything yet */
    FINDING_EXPLAINED, /* somebody says that it is all right */
    FINDING_CONFIRMED, /* somebody says that it is so */
    FINDING_CLOSED,    /* its cause is gone */
    FINDING_STATES
};

struct store_finding {
    int64_t number;
    const char *kind;
    enum finding_subject subject_kind;
    const char *subject, *about;
    enum finding_state state;
    const char *cause;    /* one line; an explanation holds while it stays the same */
    const char *evidence; /* JSON */
    int64_t first_ms, last_ms;
    int64_t reopened;
    enum finding_state decision; /* FINDING_NONE: nobody decided */
    const char *decided_cause;
};

struct store_finding_step {
    int64_t step, at_ms;
    enum finding_state state;
    const char *author; /* "": the detectors */
    const char *reason, *cause;
};

struct store_findings {
    struct store_finding *items;
    size_t count;
};

/* All of a subject, in the order of their numbers. */
enum err store_findings_of(struct sql *db, struct arena *arena, enum finding_subject subject_kind,
                           const char *subject, struct store_findings *findings,
                           struct fault *fault) ERR_CHECKED;
/* ERR_NOT_FOUND: there is none with this number. */
enum err store_finding_find(struct sql *db, struct arena *arena, int64_t number,
                            struct store_finding *finding, struct fault *fault) ERR_CHECKED;

/* Those that were seen in the span, by number. NULL, 0: any. An owner's are those of itself, of its
 * reports and sites, and of vehicles, and units in vehicles, that were its own on the day on which
 * they were last seen. */
struct store_finding_search {
    const char *kind, *subject;
    const char *owner;
    enum finding_subject subject_kind;
    unsigned states;        /* mask of 1u << enum finding_state; 0: any */
    int64_t from_ms, to_ms; /* seen in from ≤ t < to */
    int64_t after;          /* number, exclusive */
    int64_t limit;
};
enum err store_finding_search(struct sql *db, struct arena *arena,
                              const struct store_finding_search *search,
                              struct store_findings *findings, struct fault *fault) ERR_CHECKED;

/* Gives it its number. Inside SQL_WRITE. */
enum err store_finding_insert(struct sql *db, struct store_finding *finding,
                              struct fault *fault) ERR_CHECKED;
/* Everything but number, kind, subject and about. Inside SQL_WRITE. */
enum err store_finding_update(struct sql *db, const struct store_finding *finding,
                              struct fault *fault) ERR_CHECKED;
/* Behind the finding's other steps; `step` is not read. Inside SQL_WRITE. */
enum err store_finding_note(struct sql *db, int64_t number, const struct store_finding_step *step,
                            struct fault *fault) ERR_CHECKED;
enum err store_finding_history(struct sql *db, struct arena *arena, int64_t number,
                               struct store_finding_step **steps, size_t *count,
                               struct fault *fault) ERR_CHECKED;

/* How many there are of each kind and state. */
struct store_finding_count {
    const char *kind;
    enum finding_state state;
    int64_t findings;
};
enum err store_finding_counts(struct sql *db, struct arena *arena,
                              struct store_finding_count **counts, size_t *count,
                              struct fault *fault) ERR_CHECKED;

/* ---- thresholds ---- */

struct store_finding_parameter {
    const char *kind, *name;
    int64_t value;
    const char *source;
    int64_t recorded_ms;
    const char *author;
    int64_t version; /* from 1; given by store_finding_parameter_put */
};
/* The newest version of each that was ever changed. */
enum err store_finding_parameters(struct sql *db, struct arena *arena,
                                  struct store_finding_parameter **parameters, size_t *count,
                                  struct fault *fault) ERR_CHECKED;
/* Adds a version. Inside SQL_WRITE. */
enum err store_finding_parameter_put(struct sql *db,
                                     const struct store_finding_parameter *parameter,
                                     struct fault *fault) ERR_CHECKED;

#endif
