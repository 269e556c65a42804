/*
 * evidence: the parts of a finding's evidence that detectors share. An object; the thresholds used
 * are added by the engine. Every list is cut at its newest EVIDENCE_MAX and says how long it was.
 */
#ifndef EVROLL_REGISTRY_FINDINGS_EVIDENCE_H
#define EVROLL_REGISTRY_FINDINGS_EVIDENCE_H

#include <jansson.h>

#include "registry/findings/facts.h"

#define EVIDENCE_MAX 31

/* A figure of a day: its name with its unit, and where it stands in struct store_day. */
struct day_figure {
    const char *name;
    size_t offset; /* of an int64_t */
};
#define DAY_FIGURE(name, member)                                                                   \
    {                                                                                              \
        (name), offsetof(struct store_day, member)                                                 \
    }

int64_t day_figure_of(const struct day_figure *figure, const struct store_day *day);
int64_t days_sum(const struct store_days *days, const struct day_figure *figure);

/* {"days": […], "day_count": n}: those for which the test holds, each with its unit, the figures
 * and the address of its samples. NULL test: all. */
typedef bool day_test(const struct store_day *day, const int64_t *values);
json_t *evidence_days(const struct store_days *days, day_test *test, const int64_t *values,
                      const struct day_figure *figures, size_t figure_count);
size_t days_where(const struct store_days *days, day_test *test, const int64_t *values,
                  int64_t *first_ms, int64_t *last_ms);

/* What the register says: energy, stage, category, plate, since when. */
void evidence_register(json_t *evidence, const struct facts *facts);

json_t *evidence_day(int32_t day);
json_t *evidence_instant(int64_t instant_ms);
int64_t evidence_day_ms(int32_t day); /* when it begins in China */

#endif
