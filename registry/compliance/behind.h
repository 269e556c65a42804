/*
 * behind: the vehicles, trips, enterprises, sites or regions behind a rule's figure, in pages. What counts as yes, no, exempt or unknown
 * is decided where the figure decides it (scope.h): as many rows come as the figure says.
 */
#ifndef EVROLL_REGISTRY_COMPLIANCE_BEHIND_H
#define EVROLL_REGISTRY_COMPLIANCE_BEHIND_H

#include "registry/compliance/compliance.h"
#include "registry/compliance/verification.h"
#include "registry/sites/attribution.h"

struct behind_query {
    struct compliance_query asked; /* with the rule's id */
    struct scope scope;            /* of that rule */
    bool items;                    /* of a figure about use: the sites or machines, not each use */
    bool all;                      /* every one, whatever it counts as */
    enum counts_as as;             /* else only these */
    const char *after; /* the cursor: the last id of the page before; NULL: from the start */
    int64_t limit;     /* at least 1 */
    bool evidence;     /* with what telemetry and findings say of each: some questions more */
};

struct behind_use; /* uses.h */

struct behind_row { /* a vehicle, or else one of these */
    const struct compliance_item *item;
    const struct behind_use *use;
    struct vehicle vehicle;
    enum counts_as as;
    const char *why;
    const struct attribution *where;         /* NULL: not asked for, or it does not decide */
    const struct verification *verification; /* NULL: not asked for, or of what was known earlier */
};

/* Do vehicles stand behind the figure? Else uses, or items. */
bool behind_is_vehicles(const struct rule *rule);
bool behind_is_uses(const struct behind_query *query);

typedef void behind_each(void *arg, const struct behind_row *row);

/* `*next` is the cursor of the next page, from the arena, or NULL at the end. */
enum err behind_read(struct sql *db, const struct behind_query *query, struct arena *arena,
                     behind_each *each, void *arg, const char **next,
                     struct fault *fault) ERR_CHECKED;

#endif
