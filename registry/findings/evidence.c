#include "registry/findings/evidence.h"

#include <stdio.h>
#include <string.h>

#include "registry/vehicles/vocabulary.h"
#include "shared/when.h"

int64_t day_figure_of(const struct day_figure *figure, const struct store_day *day)
{
    int64_t value = 0;

    memcpy(&value, (const char *)day + figure->offset, sizeof value);
    return value;
}

int64_t days_sum(const struct store_days *days, const struct day_figure *figure)
{
    int64_t sum = 0;

    for (size_t i = 0; i < days->count; i++)
        sum += day_figure_of(figure, &days->items[i]);
    return sum;
}

json_t *evidence_day(int32_t day)
{
    char text[WHEN_DAY_TEXT];

    when_day_format(day, text);
    return json_string(text);
}

json_t *evidence_instant(int64_t instant_ms)
{
    char text[WHEN_INSTANT_TEXT];

    when_instant_format(instant_ms, text);
    return json_string(text);
}

int64_t evidence_day_ms(int32_t day)
{
    return day * WHEN_DAY_MS - WHEN_ZONE_MS;
}

/* The address of what the unit sent on the day. */
static json_t *samples_address(const struct store_day *day)
{
    char from[WHEN_INSTANT_TEXT], to[WHEN_INSTANT_TEXT];

    when_instant_format(day->first_ms, from);
    when_instant_format(day->last_ms + 1, to);
    return json_sprintf("/v1/units/%s/samples?from=%s&to=%s", day->unit, from, to);
}

json_t *evidence_days(const struct store_days *days, day_test *test, const int64_t *values,
                      const struct day_figure *figures, size_t figure_count)
{
    json_t *list = json_array();
    size_t count = 0;

    for (size_t i = days->count; i-- > 0;) {
        const struct store_day *day = &days->items[i];
        json_t *item = NULL;

        if (test != NULL && !test(day, values))
            continue;
        if (count++ >= EVIDENCE_MAX)
            continue;
        item = json_pack("{s:o, s:s, s:o}", "day", evidence_day(day->day), "unit", day->unit,
                         "samples", samples_address(day));
        for (size_t k = 0; k < figure_count; k++)
            json_object_set_new(item, figures[k].name,
                                json_integer(day_figure_of(&figures[k], day)));
        json_array_insert_new(list, 0, item);
    }
    return json_pack("{s:o, s:I}", "days", list, "day_count", (json_int_t)count);
}

size_t days_where(const struct store_days *days, day_test *test, const int64_t *values,
                  int64_t *first_ms, int64_t *last_ms)
{
    size_t count = 0;

    for (size_t i = 0; i < days->count; i++) {
        const struct store_day *day = &days->items[i];
        if (test != NULL && !test(day, values))
            continue;
        if (count++ == 0)
            *first_ms = day->first_ms;
        *last_ms = day->last_ms;
    }
    return count;
}

void evidence_register(json_t *evidence, const struct facts *facts)
{
    const struct store_vehicle *v = facts->vehicle;
    json_t *said = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "category",
                             vocabulary_word(&vocabulary_category, v->category), "energy",
                             vocabulary_word(&vocabulary_energy, v->energy), "stage",
                             vocabulary_word(&vocabulary_stage, v->stage), "plate", v->plate,
                             "energy_since", evidence_day(facts->energy_since), "stage_since",
                             evidence_day(facts->stage_since));

    if (v->first_registered != VEHICLE_DAY_NONE)
        json_object_set_new(said, "first_registered", evidence_day(v->first_registered));
    json_object_set_new(evidence, "register", said);
}
