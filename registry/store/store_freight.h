/*
 * store_freight: freight reports in the database: the report itself, its versions with their lines,
 * and what was done to it. What may be done is decided above (registry/freight).
 *
 * A report is known by enterprise and period. Its months are claimed: a second report of the
 * enterprise for one of them is ERR_CONFLICT. A change names the revision it was made from; when
 * another came first it is ERR_CONFLICT. A version that was submitted is never written again, and
 * nothing is deleted. Tonnes and kilometres are integers of 0.1. Writing is inside SQL_WRITE; errors
 * as in sql.h. What is read belongs to the arena.
 */
#ifndef EVROLL_REGISTRY_STORE_STORE_FREIGHT_H
#define EVROLL_REGISTRY_STORE_STORE_FREIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/err.h"

struct sql;

#define FREIGHT_PERIOD_SIZE 8 /* "2025-06", "2025-Q2" */
/* Has the report r a version in force by what was known at the instant (a parameter)? */
#define STORE_FREIGHT_IN_FORCE(known)                                                              \
    "((CAST(" known " AS BIGINT) = 9223372036854775807 AND r.accepted > 0) OR EXISTS "             \
    "(SELECT 1 FROM freight_version a WHERE a.org_id = r.org_id AND a.period = r.period "          \
    "AND a.accepted_at > 0 AND a.accepted_at <= " known "))"

#define FREIGHT_KM_NONE     (-1) /* the distance is not known */
#define FREIGHT_TONNES_NONE (-1)

/* Words of the vocabulary that the sums know. */
#define STORE_FREIGHT_MAIN 1 /* leg */
#define STORE_FREIGHT_OUT  2 /* direction */

struct freight_key {
    char org_id[65];
    char period[FREIGHT_PERIOD_SIZE];
};

struct store_freight_report {
    struct freight_key key;
    int64_t first_month, months; /* a month is year * 12 + month - 1 */
    int state;                   /* enum freight_state */
    int64_t version;             /* the newest */
    int64_t accepted;            /* the one in force; 0: none yet */
    int64_t revision;            /* of the report, from 1 */
    int64_t recorded_at;
    char name[257]; /* the enterprise's newest; store_freight_find only */
};

struct store_freight_version {
    int64_t version;
    bool no_activity;
    int64_t output_t, throughput_t; /* 0.1 t; FREIGHT_TONNES_NONE: not given */
    char contact[129];
    char responsible[129];  /* who states that it is true */
    char explanation[1025]; /* of a large change */
    char reason[513];       /* of an amendment */
    char author[65];        /* who wrote it last */
    int64_t recorded_at;
    char submitter[65];
    int64_t submitted_at; /* 0: it is a draft */
    char accepter[65];
    int64_t accepted_at; /* 0: it was not */
};

struct store_freight_line {
    int64_t line;          /* from 1 */
    int64_t tonnes;        /* 0.1 t */
    int64_t km;            /* mean distance, 0.1 km; FREIGHT_KM_NONE */
    int commodity;         /* enum commodity */
    int direction;         /* enum freight_direction */
    int mode;              /* enum freight_mode */
    int leg;               /* enum freight_leg */
    bool container;        /* in containers */
    char note[65];         /* what OTHER_BULK is */
    char counterpart[129]; /* a place, or the id of an enterprise */
    char station[65];      /* where rail is loaded or unloaded */
    char evidence[65];     /* numbers of files, with blanks between */
};

struct store_freight_event {
    int64_t number, at;
    char author[65];
    int action;               /* enum freight_action */
    int from_state, to_state; /* enum freight_state */
    int64_t version;
    char reason[513];
};

struct store_freight_content { /* a version with its lines */
    struct store_freight_version head;
    struct store_freight_line *lines;
    size_t line_count;
};

/* ---- reports ---- */
/* Claims the months; revision becomes 1. */
enum err store_freight_insert(struct sql *db, struct store_freight_report *report,
                              struct fault *fault) ERR_CHECKED;
/* The period of another report of the enterprise that speaks for one of these months; "" when there
 * is none. */
enum err store_freight_overlap(struct sql *db, const struct store_freight_report *report,
                               char period[static FREIGHT_PERIOD_SIZE],
                               struct fault *fault) ERR_CHECKED;
/* ERR_NOT_FOUND */
enum err store_freight_get(struct sql *db, const struct freight_key *key,
                           struct store_freight_report *report, struct fault *fault) ERR_CHECKED;
/* Writes state, version, accepted and raises the revision, which must still be report->revision. */
enum err store_freight_update(struct sql *db, struct store_freight_report *report,
                              struct fault *fault) ERR_CHECKED;
/* All of a report that was never accepted, and the bytes of its files where no other report has them. ERR_CONFLICT: its
 * revision is another one. */
enum err store_freight_delete(struct sql *db, const struct store_freight_report *report,
                              struct fault *fault) ERR_CHECKED;

typedef void store_freight_row(void *arg, const struct store_freight_report *report);

/* By enterprise and period. Of the months from..to: reports that speak for one of them at least. */
struct store_freight_search {
    int64_t from_month, to_month;
    const char *org_id;              /* NULL: any */
    uint32_t states;                 /* mask of 1u << enum freight_state; 0: any */
    const struct freight_key *after; /* NULL: from the start */
    int64_t limit;
};
enum err store_freight_find(struct sql *db, const struct store_freight_search *search,
                            store_freight_row *each, void *arg, struct fault *fault) ERR_CHECKED;

/* ---- versions ---- */
/* Makes the version, or writes a draft of it over; its lines get the numbers 1, 2 … */
enum err store_freight_write(struct sql *db, const struct freight_key *key,
                             struct store_freight_content *content,
                             struct fault *fault) ERR_CHECKED;
/* Puts one line, by its number, into the version, in place of one that has it: for a version that is
 * in the making. */
enum err store_freight_line_put(struct sql *db, const struct freight_key *key, int64_t version,
                                const struct store_freight_line *line,
                                struct fault *fault) ERR_CHECKED;
/* Who submitted it, accepted it: the columns that change after it is written. */
enum err store_freight_mark(struct sql *db, const struct freight_key *key,
                            const struct store_freight_version *version,
                            struct fault *fault) ERR_CHECKED;
/* ERR_NOT_FOUND */
enum err store_freight_read(struct sql *db, const struct freight_key *key, int64_t version,
                            struct arena *arena, struct store_freight_content *content,
                            struct fault *fault) ERR_CHECKED;
/* The heads, oldest first. */
enum err store_freight_versions(struct sql *db, const struct freight_key *key, struct arena *arena,
                                struct store_freight_version **versions, size_t *count,
                                struct fault *fault) ERR_CHECKED;

/* ---- history ---- */
/* Numbers it. */
enum err store_freight_event_add(struct sql *db, const struct freight_key *key,
                                 struct store_freight_event *event,
                                 struct fault *fault) ERR_CHECKED;
/* Oldest first. */
enum err store_freight_events(struct sql *db, const struct freight_key *key, struct arena *arena,
                              struct store_freight_event **events, size_t *count,
                              struct fault *fault) ERR_CHECKED;

/* Months, both included; org_id NULL: of all. known_ms as in store_known.h. */
struct store_freight_span {
    int64_t from_month, to_month;
    const char *org_id;
    int64_t known_ms;
};
/* How many enterprises have reports in force for some of the months, and how many for all. */
enum err store_freight_reporters(struct sql *db, const struct store_freight_span *span,
                                 int64_t *some, int64_t *all, struct fault *fault) ERR_CHECKED;

typedef void store_freight_period_row(void *arg, int64_t first_month, int64_t months);

/* The periods of reports in force that overlap the months, each once. */
enum err store_freight_periods(struct sql *db, const struct store_freight_span *span,
                               store_freight_period_row *each, void *arg,
                               struct fault *fault) ERR_CHECKED;

#endif
