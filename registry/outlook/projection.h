/*
 * projection: how a rule's share came to where it is, how fast it moves, and when it reaches its
 * target if it goes on like that.
 *
 * History: the share at the end of each of the last 36 months, or since the register begins; the
 * last one is that of the day itself. All of it comes from the prepared counts (with an owner: from
 * the owner's vehicles). The pace is the verdict's (registry/compliance/pace.h). The day on which
 * the target is reached is the first on which
 *
 *     share + (share - share before) * days / span >= threshold
 *
 * holds in integers; it may lie beyond any plan, and one after 2199 counts as never. A flow rule
 * that asks for all additions of its plan period cannot be reached any more once one has missed.
 *
 * What has to be replaced for a stock share is the beginning of the order of replacement with the
 * weights that it has by itself. That reads the vehicles of the rule's scope.
 *
 * A pure function of stored facts, a plan and a day, read in one read transaction, which this
 * module opens and ends. Memory comes from the arena. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_PROJECTION_H
#define EVROLL_REGISTRY_OUTLOOK_PROJECTION_H

#include "registry/compliance/compliance.h"
#include "registry/outlook/replacement.h"

#define PROJECTION_MONTHS       36
#define PROJECTION_REPLACEMENTS 10 /* that an answer names */

struct projection_month {
    int32_t day; /* the last of its month, or the day asked for */
    struct tally tally;
    struct share share;
};

struct projection_history {
    struct projection_month *months; /* the oldest first */
    size_t count;                    /* at least 1 */
};

enum projection_outcome {
    PROJECTION_MET,         /* it is there */
    PROJECTION_REACHED,     /* on `reached_on`, at this pace */
    PROJECTION_NOT_REACHED, /* `why` */
    PROJECTION_NO_DATA,     /* nothing to count on the day */
    PROJECTION_OUTCOME_COUNT
};

const char *projection_outcome_name(enum projection_outcome outcome);

struct projection_query {
    const struct plan *plan;
    const struct rule *rule;
    int32_t as_of;
    struct scope_filter filter;
    int32_t target_date;  /* WHEN_DAY_NEVER: the rule's due day, if it has one */
    int64_t replacements; /* to name at most; 0: they are not looked for */
};

/* As it will be on the target date at this pace. */
struct projection_target {
    bool given; /* is there such a date after the day, and a pace? */
    struct share share;
    int64_t missing;
};

struct projection {
    struct projection_query query; /* with the target date that was used */
    struct projection_history history;
    struct tally tally; /* of the day */
    struct share share;
    struct verdict_pace pace;
    enum projection_outcome outcome;
    int32_t reached_on; /* WHEN_DAY_NEVER when it is not reached */
    const char *why;    /* a sentence for people */
    int64_t missing;    /* how many more must qualify on the day */
    int64_t per_month;  /* of those, each month up to the target date; 0 when there is none */
    struct projection_target target;
    /* What has to be replaced, as by GET …/replacements; NULL: the target is met, only additions
     * count, or it was not asked for. */
    const struct replacement *replacement;
};

/* Is the rule a share of vehicles? */
bool projection_fits(const struct rule *rule);

/* Only the history, of so many months with the day's own. Inside the caller's transaction. */
enum err projection_history(struct sql *db, const struct projection_query *query, int count,
                            struct arena *arena, struct projection_history *out,
                            struct fault *fault) ERR_CHECKED;

/* ERR_INPUT: a rule that is no share of vehicles. */
enum err projection_compute(struct sql *db, const struct projection_query *query,
                            struct arena *arena, struct projection *out,
                            struct fault *fault) ERR_CHECKED;

#endif
