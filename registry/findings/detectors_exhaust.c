/* National VI trucks: what the exhaust treatment reports. Days here are those that say anything of
 * the signal; a run of them ends with the last one and is as long as from its first to its last. */
#include "registry/findings/detector.h"
#include "registry/findings/evidence.h"
#include "registry/vehicles/vocabulary.h"

static bool is_cn6_diesel_truck(const struct facts *facts)
{
    const struct store_vehicle *v = facts->vehicle;

    return v != NULL && facts->heard && category_is_truck((enum category)v->category) &&
           v->energy == ENERGY_DIESEL && (v->stage == STAGE_6A || v->stage == STAGE_6B);
}

static void raise_run(const struct facts *facts, const struct store_days *days, day_test *test,
                      const int64_t *values, const struct day_figure *figure, struct sink *sink)
{
    const struct day_figure figures[] = {*figure, DAY_FIGURE("engine_samples", sums.running_rows)};
    struct seen seen = {.about = ""};

    (void)days_where(days, test, values, &seen.first_ms, &seen.last_ms);
    seen.cause = vocabulary_word(&vocabulary_stage, facts->vehicle->stage);
    seen.evidence = evidence_days(days, test, values, figures, 2);
    evidence_register(seen.evidence, facts);
    detector_raise(sink, &seen);
}

/* The last run of days for which `test` holds among those for which `speaks` does. */
static struct store_days last_run(const struct store_days *days, day_test *speaks, day_test *test,
                                  const int64_t *values)
{
    size_t begin = days->count, end = days->count;

    for (size_t i = days->count; i-- > 0;) {
        if (!speaks(&days->items[i], values))
            continue;
        if (!test(&days->items[i], values))
            break;
        begin = i;
    }
    return (struct store_days){days->items + begin, end - begin};
}

/* From the first to the last day of the run that says so. */
static int64_t run_length(const struct store_days *run, day_test *test, const int64_t *values)
{
    int32_t last = 0;

    if (run->count == 0)
        return 0;
    for (size_t i = 0; i < run->count; i++)
        if (test(&run->items[i], values))
            last = run->items[i].day;
    return last - run->items[0].day + 1;
}

/* ---- no NOx ---- */

static bool engine_ran(const struct store_day *day, const int64_t *values)
{
    (void)values;
    return day->sums.running_rows > 0;
}

static void look_nox_missing(const struct facts *facts, const int64_t *values, struct sink *sink)
{
    static const struct day_figure running = DAY_FIGURE("", sums.running_rows);
    static const struct day_figure nox = DAY_FIGURE("nox_samples", sums.nox_rows);
    struct store_days days;

    if (!is_cn6_diesel_truck(facts))
        return;
    days = facts_window(facts, values[1], facts->stage_since);
    if (days_sum(&days, &running) >= values[0] && days_sum(&days, &nox) == 0)
        raise_run(facts, &days, engine_ran, values, &nox, sink);
}

const struct detector detector_nox_missing = {
    .kind = "nox-missing",
    .subject = FINDING_OF_VEHICLE,
    .zh = "国六货车不上报氮氧化物",
    .en = "National VI truck that does not report NOx",
    .needs = "rpm of a bound unit",
    .parameters = {{"samples", "samples", 360, 1, 1000000,
                    "convention: an hour of a running engine at the 10 s of HJ 1239.1-2021"},
                   {"window", "d", 7, 1, FACTS_DAYS_MAX, "convention"}},
    .look = look_nox_missing,
};

/* ---- high NOx ---- */

enum { NOX_LIMIT, NOX_SAMPLES, NOX_DAYS, NOX_WINDOW };

static bool nox_high(const struct store_day *day, const int64_t *values)
{
    const struct store_signals *s = &day->sums;

    return s->nox_rows >= values[NOX_SAMPLES] &&
           s->nox_sum >= values[NOX_LIMIT] * 100 * s->nox_rows;
}

static void look_nox_high(const struct facts *facts, const int64_t *values, struct sink *sink)
{
    static const struct day_figure nox = DAY_FIGURE("nox_ppm_x100_sum", sums.nox_sum);
    int64_t first = 0, last = 0;
    struct store_days days;

    if (!is_cn6_diesel_truck(facts))
        return;
    days = facts_window(facts, values[NOX_WINDOW], facts->stage_since);
    if ((int64_t)days_where(&days, nox_high, values, &first, &last) >= values[NOX_DAYS])
        raise_run(facts, &days, nox_high, values, &nox, sink);
}

const struct detector detector_nox_high = {
    .kind = "nox-high",
    .subject = FINDING_OF_VEHICLE,
    .zh = "国六货车后处理出口氮氧化物长期偏高",
    .en = "National VI truck with high NOx behind the catalyst",
    .needs = "rpm and nox of a bound unit",
    .parameters = {{"limit", "ppm", 500, 1, 4000,
                    "convention: far above what a working catalyst leaves; a day's mean while the "
                    "engine runs"},
                   {"samples", "samples", 60, 1, 1000000, "convention: ten minutes at 10 s"},
                   {"days", "d", 3, 1, FACTS_DAYS_MAX, "convention"},
                   {"window", "d", 7, 1, FACTS_DAYS_MAX, "convention"}},
    .look = look_nox_high,
};

/* ---- empty tank, lamp on ---- */

enum { RUN_LEVEL, RUN_DAYS };

static bool tank_speaks(const struct store_day *day, const int64_t *values)
{
    (void)values;
    return day->sums.urea_rows > 0;
}

static bool tank_empty(const struct store_day *day, const int64_t *values)
{
    return day->sums.urea_rows > 0 && day->sums.urea_max <= values[RUN_LEVEL] * 100;
}

static bool lamp_speaks(const struct store_day *day, const int64_t *values)
{
    (void)values;
    return day->sums.mil_rows > 0;
}

static bool lamp_on(const struct store_day *day, const int64_t *values)
{
    return day->sums.mil_rows > 0 &&
           day->sums.mil_on * 100 >= day->sums.mil_rows * values[RUN_LEVEL];
}

static void look_run(const struct facts *facts, const int64_t *values, day_test *speaks,
                     day_test *test, const struct day_figure *figure, struct sink *sink)
{
    struct store_days days, run;

    if (!is_cn6_diesel_truck(facts))
        return;
    days = facts_window(facts, FACTS_DAYS_MAX, facts->stage_since);
    run = last_run(&days, speaks, test, values);
    if (run_length(&run, test, values) >= values[RUN_DAYS])
        raise_run(facts, &run, test, values, figure, sink);
}

static void look_reagent_empty(const struct facts *facts, const int64_t *values, struct sink *sink)
{
    static const struct day_figure figure = DAY_FIGURE("urea_max_x100", sums.urea_max);

    look_run(facts, values, tank_speaks, tank_empty, &figure, sink);
}

static void look_lamp_on(const struct facts *facts, const int64_t *values, struct sink *sink)
{
    static const struct day_figure figure = DAY_FIGURE("lamp_on_samples", sums.mil_on);

    look_run(facts, values, lamp_speaks, lamp_on, &figure, sink);
}

const struct detector detector_reagent_empty = {
    .kind = "reagent-empty",
    .subject = FINDING_OF_VEHICLE,
    .zh = "国六货车尿素箱连续多日为空",
    .en = "National VI truck whose reagent tank is empty for days",
    .needs = "urea of a bound unit",
    .parameters = {{"level", "%", 2, 0, 100, "convention: the fullest of the day is not above it"},
                   {"days", "d", 7, 1, FACTS_DAYS_MAX, "convention of the bureau"}},
    .look = look_reagent_empty,
};

const struct detector detector_lamp_on = {
    .kind = "lamp-on",
    .subject = FINDING_OF_VEHICLE,
    .zh = "国六货车故障灯连续多日点亮",
    .en = "National VI truck whose malfunction lamp is on for days",
    .needs = "mil of a bound unit",
    .parameters = {{"share", "%", 90, 1, 100, "convention: of the day's samples that say it"},
                   {"days", "d", 7, 1, FACTS_DAYS_MAX, "convention of the bureau"}},
    .look = look_lamp_on,
};
