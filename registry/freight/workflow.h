/*
 * workflow: what may be done to a freight report, by whom, and what becomes of it. One table, pure.
 *
 *     DRAFT ─discard→ (it is gone)
 *     DRAFT ─submit→ SUBMITTED ─accept→ ACCEPTED ─lock→ LOCKED
 *                     │    ↑               │               │
 *                  return  submit        amend           amend (the bureau only)
 *                     ↓    │               ↓               │
 *                    RETURNED           AMENDING ←─────────┘
 *                                          └─submit→ SUBMITTED
 *
 * While a report is amended, its accepted version stays in force until the new one is accepted.
 * Nobody accepts what he wrote or submitted himself. OVERDUE is no state: it follows from the day.
 */
#ifndef EVROLL_REGISTRY_FREIGHT_WORKFLOW_H
#define EVROLL_REGISTRY_FREIGHT_WORKFLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "registry/freight/period.h"
#include "registry/vehicles/vocabulary.h"

/* The numbers stand in the history in the database. */
enum freight_action {
    FREIGHT_ACTION_NONE,
    FREIGHT_CREATE,
    FREIGHT_WRITE,
    FREIGHT_SUBMIT,
    FREIGHT_RETURN,
    FREIGHT_ACCEPT,
    FREIGHT_AMEND,
    FREIGHT_LOCK,
    FREIGHT_IMPORT, /* the bureau enters accepted figures itself */
    FREIGHT_DISCARD,
    FREIGHT_ACTION_COUNT
};
extern const struct vocabulary vocabulary_freight_action;

/* Whose part somebody takes; a mask in the table. */
enum freight_party { FREIGHT_NOBODY = 0, FREIGHT_ENTERPRISE = 1, FREIGHT_BUREAU = 2 };

struct freight_step {
    enum freight_action action;
    enum freight_state from, to;
    unsigned parties; /* who may */
    bool reason;      /* must say why */
    bool other_hand;  /* not by who wrote or submitted it */
    unsigned window;  /* who may only until the amendment window closes */
};

/* NULL: the action is not possible in this state. */
const struct freight_step *freight_step(enum freight_action action, enum freight_state from);

/* The deadlines (parameters; the defaults are a convention of this product). */
struct freight_calendar {
    int32_t due_days;   /* a report is due on this day behind its period's end */
    int32_t amend_days; /* and may be amended by the enterprise until this one */
};
extern const struct freight_calendar freight_calendar_default; /* 15 and 30 */

int32_t freight_due(const struct freight_calendar *calendar, struct period period);
int32_t freight_amend_until(const struct freight_calendar *calendar, struct period period);
/* Is it late on this day? `state` FREIGHT_STATE_NONE: there is no report. */
bool freight_overdue(const struct freight_calendar *calendar, struct period period,
                     enum freight_state state, int32_t today);

#endif
