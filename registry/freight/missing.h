/* missing: the enterprises that owe a report, as JSON for the API and the command line. */
#ifndef EVROLL_REGISTRY_FREIGHT_MISSING_H
#define EVROLL_REGISTRY_FREIGHT_MISSING_H

#include <jansson.h>

#include "registry/freight/coverage.h"

/* Who has not reported completely for the period, with the months he owes. */
json_t *missing_json(const struct coverage *coverage, struct period period, int32_t today);
/* Those of them whose report is due within `days` of today or was before. */
json_t *reminders_json(const struct coverage *coverage, struct period period, int32_t today,
                       int32_t days);
/* The last quarter that is over on the day. */
struct period missing_last_quarter(int32_t today);

#endif
