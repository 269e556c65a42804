/*
 * remark: what there is to say about a row, a form or a change: refusals and warnings, each with
 * the column it is about and a reason that says what to do. A refusal keeps the row out; a warning
 * does not. Plain values.
 */
#ifndef EVROLL_REGISTRY_VEHICLES_REMARK_H
#define EVROLL_REGISTRY_VEHICLES_REMARK_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/err.h"

#define REMARKS_MAX 8

struct remark {
    bool refusal;
    const char *column; /* a literal */
    char reason[200];
};

struct remarks {
    struct remark items[REMARKS_MAX]; /* more are dropped, refusals never unnoticed */
    size_t count;
    bool refused;
    enum err code; /* of the first refusal: ERR_INPUT, ERR_CONFLICT, ERR_NOT_FOUND, ERR_DENIED */
};

void remark_refuse(struct remarks *remarks, const char *column, const char *reason, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for what the input could not know: it contradicts what is there, or it is not there. */
void remark_refuse_as(struct remarks *remarks, enum err code, const char *column,
                      const char *reason, ...) __attribute__((format(printf, 4, 5)));
void remark_warn(struct remarks *remarks, const char *column, const char *reason, ...)
    __attribute__((format(printf, 3, 4)));

#endif
