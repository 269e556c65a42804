#include "registry/vehicles/remark.h"

#include <stdarg.h>
#include <stdio.h>

#include "shared/utf8.h"

static void add(struct remarks *remarks, enum err code, const char *column, const char *reason,
                va_list args)
{
    struct remark *remark = &remarks->items[remarks->count];

    if (code != ERR_OK && !remarks->refused) {
        remarks->refused = true;
        remarks->code = code;
    }
    if (remarks->count == REMARKS_MAX)
        return;
    remark->refusal = code != ERR_OK;
    remark->column = column;
    vsnprintf(remark->reason, sizeof remark->reason, reason, args);
    utf8_mend(remark->reason); /* what it repeats of the input may have been cut */
    remarks->count++;
}

void remark_refuse(struct remarks *remarks, const char *column, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    add(remarks, ERR_INPUT, column, reason, args);
    va_end(args);
}

void remark_refuse_as(struct remarks *remarks, enum err code, const char *column,
                      const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    add(remarks, code, column, reason, args);
    va_end(args);
}

void remark_warn(struct remarks *remarks, const char *column, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    add(remarks, ERR_OK, column, reason, args);
    va_end(args);
}
