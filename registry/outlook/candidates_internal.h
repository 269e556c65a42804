/* candidates_internal: what the two halves of a search for candidates share (candidates.h). */
#ifndef EVROLL_REGISTRY_OUTLOOK_CANDIDATES_INTERNAL_H
#define EVROLL_REGISTRY_OUTLOOK_CANDIDATES_INTERNAL_H

#include "registry/compliance/attributed.h"
#include "registry/outlook/candidates.h"
#include "registry/vehicles/counts.h"

struct search {
    const struct candidates_query *query;
    struct attributed attributed;
    struct candidates *out;
    struct arena *arena;
    size_t heard; /* so many of out stand first, by id: telemetry knows them */
    int64_t left[CATEGORY_COUNT][STAGE_COUNT]; /* not found yet */
};

/* -1 of what is not known. */
int64_t candidate_points_of(int64_t value, int64_t full);
/* What is not known adds nothing. */
int64_t candidate_known(int64_t points);
/* In days; -1: not known, or to come. */
int32_t candidates_age(const struct search *search, const struct vehicle *vehicle);

/* Takes it if it is a candidate, and says whether. */
bool candidates_take(struct search *search, const struct vehicle *vehicle);
/* Was it taken with those that telemetry knows? */
bool candidates_heard(const struct search *search, const struct vehicle *vehicle);

/* Takes as many of the others as the order needs. */
enum err candidates_others(struct sql *db, struct search *search, struct fault *fault) ERR_CHECKED;

#endif
