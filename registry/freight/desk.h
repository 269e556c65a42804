/*
 * desk: what is done to freight reports, each inside a registrar's transaction.
 *
 * An order names an action, the report, and the revision it was made from (0: whichever); what the
 * workflow does not allow is refused in `remarks`, with nothing written: ERR_CONFLICT (not in this
 * state; somebody else was first, column "revision"), ERR_DENIED (not by this person), ERR_NOT_FOUND,
 * ERR_INPUT. A version that was submitted stays as it is: the next write opens a new one. What is
 * accepted goes into the sums in the same transaction. FREIGHT_DISCARD leaves nothing of a draft but
 * the entries of the audit log. An error of the store ends the transaction.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_DESK_H
#define EVROLL_REGISTRY_FREIGHT_DESK_H

#include "registry/freight/checks.h"
#include "registry/freight/workflow.h"
#include "registry/vehicles/registrar.h"

struct desk_order {
    enum freight_action action;
    struct freight_key key;
    enum freight_party party;              /* whose part the author takes */
    int64_t revision;                      /* 0: not said */
    const char *reason;                    /* "" when none is given */
    struct store_freight_content *content; /* FREIGHT_CREATE, FREIGHT_WRITE */
    const struct freight_calendar *calendar;
    struct arena *arena;
};

/* `report` is the report afterwards. `checks` is set by FREIGHT_SUBMIT. */
enum err desk_do(struct registrar *registrar, const struct desk_order *order,
                 struct store_freight_report *report, struct checks *checks,
                 struct remarks *remarks, struct fault *fault) ERR_CHECKED;

/* One line of accepted figures, from a file: into the report of its enterprise and period, which is
 * made when there is none. Lines of the report that the file does not have stay. */
struct freight_row;
enum err desk_import(struct registrar *registrar, const struct freight_row *row,
                     enum change_outcome *outcome, struct remarks *remarks,
                     struct fault *fault) ERR_CHECKED;

#endif
