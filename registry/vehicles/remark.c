#include "registry/vehicles/remark.h"

#include <stdarg.h>
#include <stdio.h>

static void add(struct remarks *remarks, bool refusal, const char *column, const char *reason,
                va_list args)
{
    struct remark *remark = &remarks->items[remarks->count];

    remarks->refused = remarks->refused || refusal;
    if (remarks->count == REMARKS_MAX)
        return;
    remark->refusal = refusal;
    remark->column = column;
    vsnprintf(remark->reason, sizeof remark->reason, reason, args);
    remarks->count++;
}

void remark_refuse(struct remarks *remarks, const char *column, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    add(remarks, true, column, reason, args);
    va_end(args);
}

void remark_warn(struct remarks *remarks, const char *column, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    add(remarks, false, column, reason, args);
    va_end(args);
}
