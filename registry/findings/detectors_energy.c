/* What a vehicle is declared to burn, against what it reports. */
#include <stdio.h>

#include "registry/findings/detector.h"
#include "registry/findings/evidence.h"
#include "registry/vehicles/vocabulary.h"
#include "shared/when.h"

static bool is_plugin(int energy)
{
    return energy == ENERGY_PHEV || energy == ENERGY_REEV;
}

static bool is_electric_only(int energy)
{
    return energy == ENERGY_BEV || energy == ENERGY_FCEV;
}

static bool burns_only(int energy)
{
    return energy == ENERGY_PETROL || energy == ENERGY_DIESEL || energy == ENERGY_CNG ||
           energy == ENERGY_LNG || energy == ENERGY_METHANOL;
}

static const char *energy_word(const struct facts *facts)
{
    return vocabulary_word(&vocabulary_energy, facts->vehicle->energy);
}

static int64_t distance_m(const struct store_days *days)
{
    static const struct day_figure distance = DAY_FIGURE("distance_m", distance_m);

    return days_sum(days, &distance);
}

static int64_t burning_rows(const struct store_days *days)
{
    static const struct day_figure running = DAY_FIGURE("", sums.running_rows);
    static const struct day_figure fuel = DAY_FIGURE("", sums.fuel_rows);

    return days_sum(days, &running) + days_sum(days, &fuel);
}

/* Raises with the days for which the test holds. */
static void raise_days(const struct facts *facts, const struct store_days *days, day_test *test,
                       const struct day_figure *figures, size_t figure_count, struct sink *sink)
{
    struct seen seen = {.about = "", .cause = energy_word(facts)};

    (void)days_where(days, test, NULL, &seen.first_ms, &seen.last_ms);
    seen.evidence = evidence_days(days, test, NULL, figures, figure_count);
    evidence_register(seen.evidence, facts);
    detector_raise(sink, &seen);
}

/* ---- battery electric or fuel cell, and an engine ---- */

static bool burned(const struct store_day *day, const int64_t *values)
{
    (void)values;
    return day->sums.running_rows > 0 || day->sums.fuel_rows > 0;
}

static void look_electric_with_engine(const struct facts *facts, const int64_t *values,
                                      struct sink *sink)
{
    static const struct day_figure figures[] = {
        DAY_FIGURE("engine_samples", sums.running_rows), DAY_FIGURE("fuel_samples", sums.fuel_rows),
        DAY_FIGURE("rpm_max", rpm_max), DAY_FIGURE("engine_ms", engine_ms),
        DAY_FIGURE("fuel_ul", fuel_ul)};
    struct store_days days;

    if (facts->vehicle == NULL || !is_electric_only(facts->vehicle->energy) || !facts->heard)
        return;
    days = facts_window(facts, values[1], facts->energy_since);
    if (burning_rows(&days) >= values[0])
        raise_days(facts, &days, burned, figures, sizeof figures / sizeof figures[0], sink);
}

const struct detector detector_electric_with_engine = {
    .kind = "electric-with-engine",
    .subject = FINDING_OF_VEHICLE,
    .contradicts = true,
    .zh = "登记为纯电动或燃料电池，却上报发动机转速或燃油",
    .en = "Registered as battery electric or fuel cell, but reports engine speed or fuel",
    .needs = "rpm or fuel of a bound unit",
    .parameters = {{"samples", "samples", 1, 1, 1000000,
                    "convention: an electric vehicle has no engine that could turn once"},
                   {"window", "d", 90, 1, FACTS_DAYS_MAX, "convention: a quarter of reports"}},
    .look = look_electric_with_engine,
};

/* ---- burns fuel only, and a traction battery but never an engine ---- */

static bool has_battery(const struct store_day *day, const int64_t *values)
{
    (void)values;
    return day->sums.battery_rows > 0;
}

static void look_combustion_without_engine(const struct facts *facts, const int64_t *values,
                                           struct sink *sink)
{
    static const struct day_figure battery = DAY_FIGURE("battery_samples", sums.battery_rows);
    static const struct day_figure figures[] = {DAY_FIGURE("battery_samples", sums.battery_rows),
                                                DAY_FIGURE("distance_m", distance_m)};
    struct store_days days;

    if (facts->vehicle == NULL || !burns_only(facts->vehicle->energy) || !facts->heard)
        return;
    days = facts_window(facts, values[2], facts->energy_since);
    if (burning_rows(&days) == 0 && days_sum(&days, &battery) >= values[0] &&
        distance_m(&days) >= values[1] * 1000)
        raise_days(facts, &days, has_battery, figures, 2, sink);
}

const struct detector detector_combustion_without_engine = {
    .kind = "combustion-without-engine",
    .subject = FINDING_OF_VEHICLE,
    .contradicts = true,
    .zh = "登记为燃油或燃气，却只上报动力电池、从无发动机",
    .en = "Registered as burning fuel, but reports a traction battery and never an engine",
    .needs = "soc, batt_v, batt_a or charging of a bound unit; distance",
    .parameters = {{"samples", "samples", 60, 1, 1000000, "convention: ten minutes at 10 s"},
                   {"distance", "km", 5, 1, 100000, "convention: it was driven, not only charged"},
                   {"window", "d", 90, 1, FACTS_DAYS_MAX, "convention: a quarter of reports"}},
    .look = look_combustion_without_engine,
};

/* ---- a new-energy vehicle that hardly runs ---- */

/* In the fleet, declared so and with a unit from the first day to the last. */
static bool was_there(const struct facts *facts, int32_t first, int32_t last)
{
    int64_t bound = 0;

    for (size_t i = 0; i < facts->bindings.count; i++) {
        const struct store_binding *b = &facts->bindings.items[i];
        int32_t from = b->from > first ? b->from : first;
        int32_t to = b->to <= last ? b->to : last + 1;
        bound += to > from ? to - from : 0;
    }
    return facts->vehicle->added <= first && facts->energy_since <= first &&
           bound == last - first + 1;
}

struct quarter_use {
    int64_t operating_days, distance_m;
};

static struct quarter_use use_between(const struct store_days *days, int32_t first, int32_t last)
{
    struct quarter_use use = {0};
    int32_t counted = INT32_MIN;

    for (size_t i = 0; i < days->count; i++) {
        const struct store_day *d = &days->items[i];
        if (d->day < first || d->day > last)
            continue;
        use.distance_m += d->distance_m;
        use.operating_days += d->day != counted && (d->operating_ms > 0 || d->distance_m > 0);
        if (d->operating_ms > 0 || d->distance_m > 0)
            counted = d->day;
    }
    return use;
}

static void raise_quarter(const struct facts *facts, int32_t first, int32_t last,
                          struct quarter_use use, struct sink *sink)
{
    struct when_date date = when_date(first);
    char cause[24];
    struct seen seen = {.about = "",
                        .cause = cause,
                        .first_ms = evidence_day_ms(first),
                        .last_ms = evidence_day_ms(last + 1) - 1};

    snprintf(cause, sizeof cause, "%04d-Q%d", date.year, (date.month - 1) / 3 + 1);
    seen.evidence =
        json_pack("{s:s, s:o, s:o, s:I, s:I}", "quarter", cause, "from", evidence_day(first), "to",
                  evidence_day(last), "operating_days", (json_int_t)use.operating_days,
                  "distance_m", (json_int_t)use.distance_m);
    evidence_register(seen.evidence, facts);
    detector_raise(sink, &seen);
}

static void look_nev_hardly_runs(const struct facts *facts, const int64_t *values,
                                 struct sink *sink)
{
    struct quarter_use use;
    int32_t first = 0, last = 0;

    if (facts->vehicle == NULL || !energy_is_nev((enum energy)facts->vehicle->energy) ||
        !facts->heard)
        return;
    facts_quarter(facts->day, &first, &last);
    if (!was_there(facts, first, last))
        return;
    use = use_between(&facts->days, first, last);
    if (use.operating_days < values[0] || use.distance_m < values[1] * 1000)
        raise_quarter(facts, first, last, use, sink);
}

const struct detector detector_nev_hardly_runs = {
    .kind = "nev-hardly-runs",
    .subject = FINDING_OF_VEHICLE,
    .zh = "新能源车一个季度几乎未运行",
    .en = "New-energy vehicle that hardly ran for a quarter",
    .needs = "a unit bound for the whole last quarter that was heard of at least once",
    .parameters = {{"operating_days", "d", 20, 1, 92,
                    "convention of the bureau; a vehicle in service runs most working days"},
                   {"distance", "km", 300, 1, 100000,
                    "convention of the bureau; compare the 20,000 km that national subsidies once "
                    "asked of some vehicles"}},
    .look = look_nev_hardly_runs,
};

/* ---- a plug-in hybrid that runs on fuel ---- */

/* A day that says how the vehicle drove. */
static bool says_how(const struct store_day *day, const int64_t *values)
{
    (void)values;
    return day->distance_m > 0 && (day->sums.mode_rows > 0 || day->sums.battery_rows > 0);
}

static void look_plugin_on_fuel(const struct facts *facts, const int64_t *values, struct sink *sink)
{
    static const struct day_figure figures[] = {DAY_FIGURE("distance_m", distance_m),
                                                DAY_FIGURE("electric_m", electric_m)};
    int64_t all_m = 0, electric_m = 0;
    struct store_days days;

    if (facts->vehicle == NULL || !is_plugin(facts->vehicle->energy) || !facts->heard)
        return;
    days = facts_window(facts, values[2], facts->energy_since);
    for (size_t i = 0; i < days.count; i++) {
        all_m += says_how(&days.items[i], NULL) ? days.items[i].distance_m : 0;
        electric_m += says_how(&days.items[i], NULL) ? days.items[i].electric_m : 0;
    }
    if (all_m >= values[1] * 1000 && (all_m - electric_m) * 100 > values[0] * all_m)
        raise_days(facts, &days, says_how, figures, 2, sink);
}

const struct detector detector_plugin_on_fuel = {
    .kind = "plugin-on-fuel",
    .subject = FINDING_OF_VEHICLE,
    .contradicts = true,
    .zh = "插电式或增程式车辆主要用油行驶",
    .en = "Plug-in hybrid or range extender that runs mostly on fuel",
    .needs = "mode, or a battery signal, and distance of a bound unit",
    .parameters = {{"fuel_share", "%", 80, 1, 100, "convention of the bureau"},
                   {"distance", "km", 500, 1, 100000, "convention: enough to judge"},
                   {"window", "d", 90, 1, FACTS_DAYS_MAX, "convention: a quarter of reports"}},
    .look = look_plugin_on_fuel,
};
