#include "tests/unit_tool/told.h"

#include <jansson.h>

static uint32_t read_signals(const json_t *names)
{
    uint32_t signals = 0;
    size_t i = 0;
    const json_t *name = NULL;

    json_array_foreach(names, i, name)
    {
        bool by_vss = false;
        const struct signal_def *def =
            json_is_string(name)
                ? signal_find(json_string_value(name), json_string_length(name), &by_vss)
                : NULL;
        if (def != NULL)
            signals |= UINT32_C(1) << def->id;
    }
    return signals;
}

struct told told_read(const void *text, size_t len)
{
    json_t *config = len == 0 ? NULL : json_loadb(text, len, 0, NULL);
    struct told told = {
        .interval_ms = json_integer_value(json_object_get(config, "interval_s")) * 1000,
        .signals = read_signals(json_object_get(config, "signals")),
    };

    json_decref(config);
    return told;
}

bool told_too_soon(struct told told, int64_t last_at_ms, int64_t at_ms)
{
    return last_at_ms != 0 && at_ms - last_at_ms < told.interval_ms;
}

void told_keep(struct told told, struct sample *sample)
{
    if (told.signals == 0)
        return;
    for (unsigned id = 0; id < SIGNAL_COUNT; id++)
        if ((told.signals >> id & 1u) == 0)
            sample->value[id] = 0;
    sample->present &= told.signals;
    sample->invalid &= told.signals;
    sample->abnormal &= told.signals;
    sample->out_of_range &= told.signals;
}
