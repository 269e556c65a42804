#include "registry/rollup/signals.h"

#include "registry/rollup/earth.h"
#include "shared/when.h"

/* Samples that took at least this long, and half as long to arrive, came as they were measured. */
#define LIVE_MIN_MS 600000

struct walk {
    struct store_hour_signals *hour;
    struct sample fix, odometer; /* the last ones that have it */
    bool has_fix, has_odometer;
};

static bool has_any(const struct sample *s, uint32_t mask)
{
    return (s->present & mask) != 0;
}

static bool is_positive(const struct sample *s, enum signal_id id)
{
    return sample_has(s, id) && s->value[id] > 0;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void count_exhaust(const struct sample *s, struct store_signals *sums)
{
    if (is_positive(s, SIGNAL_RPM) && sample_has(s, SIGNAL_NOX)) {
        sums->nox_rows++;
        sums->nox_sum += s->value[SIGNAL_NOX];
    }
    if (sample_has(s, SIGNAL_UREA)) {
        sums->urea_rows++;
        sums->urea_max = larger(sums->urea_max, s->value[SIGNAL_UREA]);
    }
    if (sample_has(s, SIGNAL_MIL)) {
        sums->mil_rows++;
        sums->mil_on += s->value[SIGNAL_MIL];
    }
}

static void count_row(const struct sample *s, struct store_signals *sums)
{
    static const uint32_t battery =
        1u << SIGNAL_SOC | 1u << SIGNAL_BATT_V | 1u << SIGNAL_BATT_A | 1u << SIGNAL_CHARGING;

    sums->battery_rows += has_any(s, battery);
    sums->mode_rows += sample_has(s, SIGNAL_MODE);
    sums->running_rows += is_positive(s, SIGNAL_RPM);
    sums->fuel_rows += is_positive(s, SIGNAL_FUEL);
    count_exhaust(s, sums);
}

static void widen(struct store_extent *box, int64_t lat, int64_t lon)
{
    if (!box->known)
        *box = (struct store_extent){true, lat, lat, lon, lon};
    box->lat_min = smaller(box->lat_min, lat);
    box->lat_max = larger(box->lat_max, lat);
    box->lon_min = smaller(box->lon_min, lon);
    box->lon_max = larger(box->lon_max, lon);
}

static void step_position(struct walk *w, const struct sample *s)
{
    struct store_signals *sums = &w->hour->sums;
    int64_t step_m = 0, dt_ms = s->at_ms - w->fix.at_ms;

    if (!earth_has_position(s))
        return;
    if (w->has_fix && dt_ms > 0) {
        step_m = earth_distance_mm(earth_place_of(&w->fix), earth_place_of(s)) / 1000;
        if (step_m >= SIGNALS_JUMP_MIN_M && step_m * 3600 / dt_ms > sums->jump_kmh) {
            sums->jump_m = step_m;
            sums->jump_kmh = step_m * 3600 / dt_ms;
        }
    }
    w->fix = *s;
    w->has_fix = true;
}

static bool same_position(const struct sample *a, const struct sample *b)
{
    return earth_has_position(a) && earth_has_position(b) &&
           a->value[SIGNAL_LAT] == b->value[SIGNAL_LAT] &&
           a->value[SIGNAL_LON] == b->value[SIGNAL_LON];
}

static void step_odometer(struct walk *w, const struct sample *s)
{
    struct store_signals *sums = &w->hour->sums;
    const struct sample *last = &w->odometer;
    int64_t grown = s->value[SIGNAL_ODO] - last->value[SIGNAL_ODO];

    if (!sample_has(s, SIGNAL_ODO))
        return;
    if (w->has_odometer && grown < 0) {
        sums->odo_backs++;
        sums->odo_back_m = larger(sums->odo_back_m, -grown);
    }
    if (w->has_odometer && grown > 0 && same_position(last, s))
        sums->frozen_m += grown;
    w->odometer = *s;
    w->has_odometer = true;
}

static void measure_clock(const struct block *rows, struct store_signals *sums)
{
    int64_t behind = INT64_MAX, first = INT64_MAX, last = INT64_MIN;
    int64_t span = rows->rows[rows->count - 1].sample.at_ms - rows->rows[0].sample.at_ms;

    for (size_t i = 0; i < rows->count; i++) {
        const struct block_row *row = &rows->rows[i];
        behind = smaller(behind, row->received_ms - row->sample.at_ms);
        first = smaller(first, row->received_ms);
        last = larger(last, row->received_ms);
    }
    if (behind > 0 && span >= LIVE_MIN_MS && last - first >= span / 2)
        sums->clock_behind_ms = behind;
}

static void step(struct walk *w, const struct sample *s)
{
    step_position(w, s);
    step_odometer(w, s);
}

void signals_of_hour(const struct sample *before, const struct block *rows,
                     struct store_hour_signals *hour)
{
    struct walk w = {.hour = hour};

    if (before != NULL) {
        step(&w, before);
        hour->sums = (struct store_signals){0};
    }
    for (size_t i = 0; i < rows->count; i++) {
        const struct sample *s = &rows->rows[i].sample;
        count_row(s, &hour->sums);
        step(&w, s);
        if (earth_has_position(s))
            widen(&hour->box, s->value[SIGNAL_LAT], s->value[SIGNAL_LON]);
    }
    measure_clock(rows, &hour->sums);
}
