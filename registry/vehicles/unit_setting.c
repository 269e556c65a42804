#include "registry/vehicles/unit_setting.h"

#include <stdio.h>
#include <string.h>

#include "shared/signal.h"

static void take_interval(const json_t *value, struct store_setting *setting,
                          struct remarks *remarks)
{
    setting->interval_s = json_integer_value(value);
    if (!json_is_null(value) && (!json_is_integer(value) || setting->interval_s < 1 ||
                                 setting->interval_s > STORE_INTERVAL_MAX_S))
        remark_refuse(remarks, "interval_s",
                      "must be a whole number of seconds from 1 to %d, or null",
                      STORE_INTERVAL_MAX_S);
}

/* By their own names; kept in the order of the table of signals. */
static void take_signals(const json_t *value, struct store_setting *setting,
                         struct remarks *remarks)
{
    unsigned wanted = 0;
    size_t i = 0, len = 0;
    const json_t *item = NULL;

    if (!json_is_null(value) && json_array_size(value) == 0)
        remark_refuse(remarks, "signals", "must be a list of signals, or null for all");
    json_array_foreach(value, i, item)
    {
        const char *name = json_is_string(item) ? json_string_value(item) : "";
        bool by_vss = false;
        const struct signal_def *def = signal_find(name, strlen(name), &by_vss);
        if (def == NULL || by_vss) {
            remark_refuse(remarks, "signals", "there is no signal \"%.40s\"", name);
            return;
        }
        wanted |= 1u << def->id;
    }
    for (unsigned id = 0; id < SIGNAL_COUNT; id++)
        if ((wanted & 1u << id) != 0)
            len += (size_t)snprintf(setting->signals + len, sizeof setting->signals - len, "%s%s",
                                    len == 0 ? "" : ",", signal_def((enum signal_id)id)->name);
}

struct unit_setting_given unit_setting_take(json_t *body, struct store_setting *setting,
                                            struct remarks *remarks)
{
    const json_t *interval = json_object_get(body, "interval_s");
    const json_t *signals = json_object_get(body, "signals");
    struct unit_setting_given given = {interval != NULL, signals != NULL};

    if (interval != NULL)
        take_interval(interval, setting, remarks);
    if (signals != NULL)
        take_signals(signals, setting, remarks);
    json_object_del(body, "interval_s");
    json_object_del(body, "signals");
    return given;
}

void unit_setting_merge(struct store_setting *into, const struct store_setting *from,
                        struct unit_setting_given given)
{
    if (given.interval)
        into->interval_s = from->interval_s;
    if (given.signals)
        memcpy(into->signals, from->signals, sizeof into->signals);
}

json_t *unit_setting_interval(int64_t interval_s)
{
    return interval_s > 0 ? json_integer(interval_s) : json_null();
}

json_t *unit_setting_signals(const char *signals)
{
    json_t *list = signals[0] == '\0' ? json_null() : json_array();

    while (*signals != '\0') {
        size_t len = strcspn(signals, ",");
        json_array_append_new(list, json_stringn(signals, len));
        signals += len + (signals[len] == ',');
    }
    return list;
}
