/*
 * candidates: what an order of replacement (replacement.h) is made of: how many vehicles of a rule's
 * scope do not count, and those of them that stand first.
 *
 *     counts ──▶ how many there are, by category and stage
 *     units that were heard of ──▶ their vehicles: only they have a distance, and each is read
 *     every other one ──▶ its score is made of stage and age alone: of each category and stage the
 *                         oldest are read in order, until no younger one can come before them
 *
 * So what is read follows the units that report and the rows that are wanted, not the vehicles of the
 * scope. With an owner it reads the owner's vehicles. Memory: `all` is freed by who asked, ids lie in
 * the arena. Inside the caller's transaction.
 */
#ifndef EVROLL_REGISTRY_OUTLOOK_CANDIDATES_H
#define EVROLL_REGISTRY_OUTLOOK_CANDIDATES_H

#include "registry/outlook/replacement.h"
#include "registry/vehicles/vocabulary.h"

/* As little as the order needs: there can be a million of them. */
struct candidate {
    const char *id;
    int64_t score;
    int64_t distance_m; /* -1: not known */
    int32_t age_days;   /* -1: not known */
    int stage;
};

struct candidate_points { /* 0 to REPLACEMENT_POINTS; -1: not known */
    int64_t age, stage, distance;
};
struct candidate_points candidate_points(const struct candidate *candidate);

struct candidates_count {
    struct tally tally; /* of the scope */
    int64_t by_stage[CATEGORY_COUNT][STAGE_COUNT];
};
enum err candidates_count(struct sql *db, const struct scope *scope, struct candidates_count *count,
                          struct fault *fault) ERR_CHECKED;

struct candidates {
    struct candidate *all; /* in the order of replacement */
    size_t count, room;
};

/* The first `wanted` of the order (at most as many as there are), and others behind them. */
struct candidates_query {
    const struct replacement_query *asked;
    const struct scope *scope;
    struct candidates_count count;
    int64_t wanted;
};
enum err candidates_read(struct sql *db, const struct candidates_query *query, struct arena *arena,
                         struct candidates *out, struct fault *fault) ERR_CHECKED;

#endif
