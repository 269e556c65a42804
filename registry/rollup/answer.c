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

void answer_fault(struct http_call *call, const struct fault *fault)
{
    if (fault->code == ERR_INPUT)
        http_reply_problem(call, 422, "%s", fault->text);
    else
        http_reply_fault(call, fault);
}

bool answer_kept(struct http_call *call, int64_t to_ms, int64_t kept_from_ms)
{
    char kept[WHEN_INSTANT_TEXT];

    if (to_ms > kept_from_ms)
        return true;
    when_instant_format(kept_from_ms, kept);
    http_reply_problem(call, 410,
                       "samples before %s were removed: they are not kept any longer; the activity "
                       "that was made of them is still there",
                       kept);
    return false;
}
