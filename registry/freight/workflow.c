#include "registry/freight/workflow.h"

#include <stddef.h>

#define BOTH (FREIGHT_ENTERPRISE | FREIGHT_BUREAU)

static const char *const action_words[] = {NULL,     "create", "write", "submit", "return",
                                           "accept", "amend",  "lock",  "import", "discard"};
const struct vocabulary vocabulary_freight_action = {"action", action_words, FREIGHT_ACTION_COUNT};
_Static_assert(sizeof action_words / sizeof *action_words == FREIGHT_ACTION_COUNT, "a word a code");

const struct freight_calendar freight_calendar_default = {.due_days = 15, .amend_days = 30};

static const struct freight_step steps[] = {
    {FREIGHT_CREATE, FREIGHT_STATE_NONE, FREIGHT_DRAFT, BOTH, false, false, 0},
    {FREIGHT_WRITE, FREIGHT_DRAFT, FREIGHT_DRAFT, BOTH, false, false, 0},
    {FREIGHT_WRITE, FREIGHT_RETURNED, FREIGHT_RETURNED, BOTH, false, false, 0},
    {FREIGHT_WRITE, FREIGHT_AMENDING, FREIGHT_AMENDING, BOTH, false, false, 0},
    {FREIGHT_DISCARD, FREIGHT_DRAFT, FREIGHT_STATE_NONE, BOTH, false, false, 0},
    {FREIGHT_SUBMIT, FREIGHT_DRAFT, FREIGHT_SUBMITTED, BOTH, false, false, 0},
    {FREIGHT_SUBMIT, FREIGHT_RETURNED, FREIGHT_SUBMITTED, BOTH, false, false, 0},
    {FREIGHT_SUBMIT, FREIGHT_AMENDING, FREIGHT_SUBMITTED, BOTH, false, false, 0},
    {FREIGHT_RETURN, FREIGHT_SUBMITTED, FREIGHT_RETURNED, FREIGHT_BUREAU, true, false, 0},
    {FREIGHT_ACCEPT, FREIGHT_SUBMITTED, FREIGHT_ACCEPTED, FREIGHT_BUREAU, false, true, 0},
    {FREIGHT_AMEND, FREIGHT_ACCEPTED, FREIGHT_AMENDING, BOTH, true, false, FREIGHT_ENTERPRISE},
    {FREIGHT_AMEND, FREIGHT_LOCKED, FREIGHT_AMENDING, FREIGHT_BUREAU, true, false, 0},
    {FREIGHT_LOCK, FREIGHT_ACCEPTED, FREIGHT_LOCKED, FREIGHT_BUREAU, false, false, 0},
    {FREIGHT_IMPORT, FREIGHT_STATE_NONE, FREIGHT_ACCEPTED, FREIGHT_BUREAU, false, false, 0},
    {FREIGHT_IMPORT, FREIGHT_ACCEPTED, FREIGHT_ACCEPTED, FREIGHT_BUREAU, false, false, 0},
};

const struct freight_step *freight_step(enum freight_action action, enum freight_state from)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].action == action && steps[i].from == from)
            return &steps[i];
    return NULL;
}

int32_t freight_due(const struct freight_calendar *calendar, struct period period)
{
    return period_last_day(period) + calendar->due_days;
}

int32_t freight_amend_until(const struct freight_calendar *calendar, struct period period)
{
    return period_last_day(period) + calendar->amend_days;
}

bool freight_overdue(const struct freight_calendar *calendar, struct period period,
                     enum freight_state state, int32_t today)
{
    bool waiting =
        state == FREIGHT_STATE_NONE || state == FREIGHT_DRAFT || state == FREIGHT_RETURNED;

    return waiting && today > freight_due(calendar, period);
}
