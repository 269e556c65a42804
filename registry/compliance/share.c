#include "registry/compliance/share.h"

#include <assert.h>

/* Fleets and tonnes stay below 2^43 and thresholds below 2^20, so the longest product, of the pace,
 * is 2^43 * 2^43 * 2^17 days * 2^20 < 2^127. */
typedef __int128 wide;
#define SHARE_MAX ((int64_t)1 << 43)

bool share_meets(struct share share, enum rule_comparator comparator,
                 const struct rule_threshold *threshold)
{
    if (share.den == 0)
        return false;
    if (comparator == COMPARE_EQ)
        return share.num == share.den;
    return (wide)share.num * threshold->den >= (wide)threshold->num * share.den;
}

int64_t share_shortfall(struct share share, enum rule_comparator comparator,
                        const struct rule_threshold *threshold)
{
    wide needed = share.den;

    if (comparator != COMPARE_EQ)
        needed = ((wide)threshold->num * share.den + threshold->den - 1) / threshold->den;
    return needed > share.num ? (int64_t)(needed - share.num) : 0;
}

double share_number(struct share share)
{
    if (share.den == 0)
        return 0;
    return (double)(int64_t)((wide)share.num * 1000000 / share.den) / 1e6;
}

int64_t share_basis_points(struct share share)
{
    if (share.den == 0)
        return 0;
    return (int64_t)(((wide)share.num * 20000 + share.den) / ((wide)share.den * 2));
}

bool share_pace_reaches(struct share now, struct share before, int32_t span, int32_t days,
                        const struct rule_threshold *threshold)
{
    wide gain = 0;
    wide reached = 0;

    if (now.den == 0 || before.den == 0 || span <= 0)
        return false;
    assert(now.den < SHARE_MAX && before.den < SHARE_MAX);
    /* now + (now - before) * days / span >= threshold, all over now.den * before.den * span */
    gain = (wide)now.num * before.den - (wide)before.num * now.den;
    reached = (wide)now.num * before.den * span + gain * days;
    return reached * threshold->den >= (wide)threshold->num * now.den * before.den * span;
}
