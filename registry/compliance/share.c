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
    if (comparator == COMPARE_GT)
        return (wide)share.num * threshold->den > (wide)threshold->num * share.den;
    if (comparator == COMPARE_WITHIN)
        return (wide)share.num * threshold->pass_den >= (wide)threshold->pass_num * share.den;
    return (wide)share.num * threshold->den >= (wide)threshold->num * share.den;
}

int64_t share_shortfall(struct share share, enum rule_comparator comparator,
                        const struct rule_threshold *threshold)
{
    bool within = comparator == COMPARE_WITHIN;
    int64_t num = within ? threshold->pass_num : threshold->num;
    int64_t den = within ? threshold->pass_den : threshold->den;
    wide needed = share.den;

    if (share.den == 0)
        return 0;
    if (comparator == COMPARE_GT)
        needed = (wide)num * share.den / den + 1;
    else if (comparator != COMPARE_EQ)
        needed = ((wide)num * share.den + den - 1) / den;
    return needed > share.num ? (int64_t)(needed - share.num) : 0;
}

int64_t share_millionths(struct share share)
{
    return share.den == 0 ? 0 : (int64_t)((wide)share.num * 1000000 / share.den);
}

double share_number(struct share share)
{
    return (double)share_millionths(share) / 1e6;
}

int64_t share_basis_points(struct share share)
{
    if (share.den == 0)
        return 0;
    return (int64_t)(((wide)share.num * 20000 + share.den) / ((wide)share.den * 2));
}

/* now - before, over now.den * before.den */
static wide gain_of(struct share now, struct share before)
{
    assert(now.den < SHARE_MAX && before.den < SHARE_MAX);
    return (wide)now.num * before.den - (wide)before.num * now.den;
}

/* What the share lacks today of the least that meets the threshold, over threshold's den * now.den *
 * before.den * span: one part of that more where the threshold itself does not do. */
static wide missing_of(struct share now, struct share before, int32_t span,
                       enum rule_comparator comparator, const struct rule_threshold *threshold)
{
    bool within = comparator == COMPARE_WITHIN;
    wide num = within ? threshold->pass_num : threshold->num;
    wide den = within ? threshold->pass_den : threshold->den;

    return num * now.den * before.den * span - (wide)now.num * before.den * span * den +
           (comparator == COMPARE_GT);
}

/* What a day adds, over the same. */
static wide daily_of(struct share now, struct share before, enum rule_comparator comparator,
                     const struct rule_threshold *threshold)
{
    return gain_of(now, before) *
           (comparator == COMPARE_WITHIN ? threshold->pass_den : threshold->den);
}

bool share_pace_reaches(struct share now, struct share before, int32_t span, int32_t days,
                        enum rule_comparator comparator, const struct rule_threshold *threshold)
{
    if (now.den == 0 || before.den == 0 || span <= 0)
        return false;
    return daily_of(now, before, comparator, threshold) * days >=
           missing_of(now, before, span, comparator, threshold);
}

int share_pace_sign(struct share now, struct share before)
{
    wide gain = gain_of(now, before);

    return (gain > 0) - (gain < 0);
}

int64_t share_pace_days(struct share now, struct share before, int32_t span,
                        enum rule_comparator comparator, const struct rule_threshold *threshold)
{
    wide missing = missing_of(now, before, span, comparator, threshold);
    wide daily = daily_of(now, before, comparator, threshold);
    wide days = 0;

    if (missing <= 0)
        return 0;
    if (daily <= 0)
        return INT64_MAX;
    days = (missing + daily - 1) / daily;
    return days > INT64_MAX ? INT64_MAX : (int64_t)days;
}

struct share share_pace_after(struct share now, struct share before, int32_t span, int32_t days)
{
    /* Over before.den * span: what becomes of the numerator. */
    wide by = (wide)before.den * span;
    wide reached = (wide)now.num * by + gain_of(now, before) * days;
    wide num = reached <= 0 ? 0 : reached / by;

    return (struct share){num > now.den ? now.den : (int64_t)num, now.den};
}
