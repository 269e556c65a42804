#include "registry/compliance/verdict.h"

#include <assert.h>
#include <stddef.h>

static const char *const names[VERDICT_COUNT] = {
    "MET",     "MET_WITH_EXCEPTIONS", "ON_TRACK", "AT_RISK", "NOT_MET", "OVERDUE", "NO_DATA",
    "DISPUTED"};

const char *verdict_name(enum verdict verdict)
{
    assert((unsigned)verdict < VERDICT_COUNT);
    return names[verdict];
}

static bool is_met(const struct rule *rule, struct share share)
{
    return share_meets(share, rule->comparator, &rule->threshold);
}

bool verdict_needs_pace(const struct rule *rule, struct share share, int32_t as_of)
{
    return share.den > 0 && !is_met(rule, share) && rule->due != WHEN_DAY_NEVER &&
           as_of < rule->due;
}

enum verdict verdict_decide(const struct rule *rule, struct share share, int32_t as_of,
                            const struct verdict_pace *pace)
{
    if (share.den == 0)
        return VERDICT_NO_DATA;
    if (is_met(rule, share))
        return VERDICT_MET;
    if (verdict_needs_pace(rule, share, as_of))
        return share_pace_reaches(share, pace->before, pace->span, rule->due - as_of,
                                  &rule->threshold)
                   ? VERDICT_ON_TRACK
                   : VERDICT_AT_RISK;
    if (rule->due != WHEN_DAY_NEVER && rule->strength == STRENGTH_SHALL)
        return VERDICT_OVERDUE;
    return VERDICT_NOT_MET;
}

const char *verdict_remark(const struct rule *rule, enum verdict verdict)
{
    if (verdict != VERDICT_NOT_MET)
        return NULL;
    switch (rule->strength) {
    case STRENGTH_STRIVE:
        return "力争目标未达: a gap to a target that was strived for, not a violation";
    case STRENGTH_PRINCIPLE:
        return "an obligation in principle: met by approved exceptions, of which there are none";
    default:
        return NULL;
    }
}
