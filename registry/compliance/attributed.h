/*
 * attributed: the trucks of which telemetry says that they belong to the built-up area or do not,
 * against what the register declares (registry/sites/attribution.h). A stock of trucks of the
 * built-up area counts them by where they work; figures and lists of vehicles both ask here, so
 * they cannot differ.
 *
 * Where vehicles work has no memory: what was known at an instant is by the declared area. Inside
 * the caller's transaction. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_ATTRIBUTED_H
#define EVROLL_REGISTRY_COMPLIANCE_ATTRIBUTED_H

#include "registry/compliance/scope.h"
#include "registry/store/sql.h"
#include "shared/arena.h"

/* Is the rule about trucks of the built-up area in the fleet? */
bool attributed_concerns(const struct rule *rule);
/* Does where they work decide which vehicles the scope has? */
bool attributed_matters(const struct scope *scope);

/* What to add to the scope's prepared counts: n is -1 for a truck that works outside, with its
 * declared dimensions, and 1 for one that works inside, with those that count. None when it does
 * not matter. */
typedef void attributed_move(void *arg, const char *owner_id, const struct count_dims *dims,
                             int64_t n);
enum err attributed_moves(struct sql *db, const struct scope *scope, attributed_move *each,
                          void *arg, struct fault *fault) ERR_CHECKED;

struct attributed { /* ids of vehicles that do not count as declared, by id */
    char **ids;
    size_t count, room;
};

/* Those of the day of the scope, wherever else they stand; none when it does not matter. */
enum err attributed_read(struct sql *db, const struct scope *scope, struct arena *arena,
                         struct attributed *attributed, struct fault *fault) ERR_CHECKED;
bool attributed_has(const struct attributed *attributed, const char *vehicle_id);

/* For a scan of the scope's vehicles: the query without the area, which the register cannot
 * answer. Then ask of each vehicle by which dimensions it counts, and whether the scope has them. */
struct count_query attributed_query(const struct scope *scope);
struct count_dims attributed_dims(const struct attributed *attributed,
                                  const struct vehicle *vehicle);

#endif
