#include "registry/rollup/answer.h"

#include "shared/unit.h"
#include "shared/when.h"

json_t *answer_instant(int64_t instant_ms)
{
    char text[WHEN_INSTANT_TEXT];

    when_instant_format(instant_ms, text);
    return json_string(text);
}

json_t *answer_day(int32_t day)
{
    char text[WHEN_DAY_TEXT];

    when_day_format(day, text);
    return json_string(text);
}

json_t *answer_format(int64_t format)
{
    const char *name = format_name((enum format)format);

    return name != NULL ? json_string(name) : json_null();
}
