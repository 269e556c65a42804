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

enum verdict verdict_of(const struct rule *rule, const struct verdict_facts *facts, int32_t as_of)
{
    if (!facts->data)
        return VERDICT_NO_DATA;
    if (facts->disputed)
        return VERDICT_DISPUTED;
    if (facts->met)
        return VERDICT_MET;
    if (facts->excused && rule->strength == STRENGTH_PRINCIPLE)
        return VERDICT_MET_WITH_EXCEPTIONS;
    if (rule->due != WHEN_DAY_NEVER && as_of < rule->due)
        return facts->reaches ? VERDICT_ON_TRACK : VERDICT_AT_RISK;
    if (rule->due != WHEN_DAY_NEVER && rule->strength == STRENGTH_SHALL)
        return VERDICT_OVERDUE;
    return VERDICT_NOT_MET;
}

struct verdict_facts verdict_facts(const struct rule *rule, struct share share, int32_t as_of,
                                   const struct verdict_pace *pace)
{
    return (struct verdict_facts){
        .data = share.den > 0,
        .met = is_met(rule, share),
        .reaches = verdict_needs_pace(rule, share, as_of) &&
                   share_pace_reaches(share, pace->before, pace->span, rule->due - as_of,
                                      rule->comparator, &rule->threshold),
    };
}

enum verdict verdict_decide(const struct rule *rule, struct share share, int32_t as_of,
                            const struct verdict_pace *pace)
{
    const struct verdict_facts facts = verdict_facts(rule, share, as_of, pace);

    return verdict_of(rule, &facts, as_of);
}

const char *verdict_remark(const struct rule *rule, enum verdict verdict)
{
    if (rule->kind == RULE_QUALITATIVE)
        return "the clause states no figure to be reached: the values are shown, and no verdict";
    if (verdict != VERDICT_NOT_MET)
        return NULL;
    switch (rule->strength) {
    case STRENGTH_STRIVE:
        return "力争目标未达: a gap to a target that was strived for, not a violation";
    case STRENGTH_PRINCIPLE:
        return "an obligation in principle: approved exceptions would meet it, but do not cover "
               "every "
               "miss";
    default:
        return NULL;
    }
}
