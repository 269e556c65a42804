#include "registry/rollup/activity.h"

#include <assert.h>
#include <string.h>

#include "registry/rollup/earth.h"
#include "shared/when.h"

#define UJ_PER_MWH 3600000 /* 10⁻³ Wh in 10⁻⁶ J */

const struct activity_rules activity_rules_default = {
    .gap_ms = 300000,
    .speed_max_kmh = 200,
    .odo_slack_m = 1000,
    .step_min_m = 15,
    .position_slack_m = 100,
};

/* Sums of the hour, in units fine enough that one rounding at the end is all. */
struct sums {
    int64_t distance_mm, electric_mm;
    int64_t discharged_uj, charged_uj;
    int64_t fuel_ml_ms_h; /* ml/h × ms */
};

/* A place that counted, and when. */
struct anchor {
    bool set;
    int64_t at_ms;
    struct earth_place place;
};

struct walk {
    const struct activity_rules *rules;
    const struct activity_input *in;
    struct activity *activity;
    struct sums sums;
    struct anchor anchor;
};

static bool both_have(const struct sample *a, const struct sample *b, enum signal_id id)
{
    return sample_has(a, id) && sample_has(b, id);
}

static bool is_positive(const struct sample *s, enum signal_id id)
{
    return sample_has(s, id) && s->value[id] > 0;
}

/* ---- distance ---- */

/* What the fastest vehicle could have done, in m. */
static int64_t reach_m(const struct walk *w, int64_t dt_ms, int64_t slack_m)
{
    return w->rules->speed_max_kmh * dt_ms / 3600 + slack_m;
}

static void anchor_at(struct walk *w, const struct sample *s)
{
    if (earth_has_position(s))
        w->anchor = (struct anchor){true, s->at_ms, earth_place_of(s)};
}

static bool by_odometer(struct walk *w, const struct sample *a, const struct sample *b, int64_t *mm)
{
    int64_t grown = b->value[SIGNAL_ODO] - a->value[SIGNAL_ODO];

    if (!both_have(a, b, SIGNAL_ODO))
        return false;
    if (grown < 0 || grown > reach_m(w, b->at_ms - a->at_ms, w->rules->odo_slack_m)) {
        w->activity->anomalies++;
        return false;
    }
    *mm = grown * 1000;
    anchor_at(w, b);
    return true;
}

static bool by_position(struct walk *w, const struct sample *a, const struct sample *b, int64_t *mm)
{
    int64_t step = 0;

    if (!earth_has_position(b))
        return false;
    if (!earth_has_position(a) || !w->anchor.set) {
        anchor_at(w, b);
        return false;
    }
    step = earth_distance_mm(w->anchor.place, earth_place_of(b));
    if (step < w->rules->step_min_m * 1000) {
        *mm = 0;
        return true;
    }
    if (step / 1000 > reach_m(w, b->at_ms - w->anchor.at_ms, w->rules->position_slack_m)) {
        w->activity->anomalies++;
        anchor_at(w, b);
        return false;
    }
    *mm = step;
    anchor_at(w, b);
    return true;
}

/* The mean of a signal over the ends that have it; the later one does. */
static int64_t mean(const struct sample *a, const struct sample *b, enum signal_id id)
{
    return sample_has(a, id) ? (a->value[id] + b->value[id]) / 2 : b->value[id];
}

static bool by_speed(const struct sample *a, const struct sample *b, int64_t *mm)
{
    if (!sample_has(b, SIGNAL_SPEED))
        return false;
    *mm = mean(a, b, SIGNAL_SPEED) * (b->at_ms - a->at_ms) / 3600; /* m/h × ms */
    return true;
}

static bool is_electric(const struct sample *s)
{
    static const uint32_t battery =
        1u << SIGNAL_SOC | 1u << SIGNAL_BATT_V | 1u << SIGNAL_BATT_A | 1u << SIGNAL_CHARGING;
    static const uint32_t engine = 1u << SIGNAL_RPM | 1u << SIGNAL_FUEL;

    if (sample_has(s, SIGNAL_MODE))
        return s->value[SIGNAL_MODE] == RUN_MODE_ELECTRIC;
    return (s->present & battery) != 0 && (s->present & engine) == 0;
}

static void add_distance(struct walk *w, const struct sample *a, const struct sample *b, bool gap)
{
    int64_t mm = 0;

    if (!by_odometer(w, a, b, &mm)) {
        if (gap)
            anchor_at(w, b);
        else if (!by_position(w, a, b, &mm))
            (void)by_speed(a, b, &mm);
    }
    w->sums.distance_mm += mm;
    if (is_electric(b))
        w->sums.electric_mm += mm;
}

/* ---- what grows with time ---- */

static bool has_power(const struct sample *s)
{
    return sample_has(s, SIGNAL_BATT_V) && sample_has(s, SIGNAL_BATT_A);
}

/* 10⁻⁶ W: at most 3.6 × 10¹³, so that a sum of two still fits. */
static int64_t power_uw(const struct sample *s)
{
    return s->value[SIGNAL_BATT_V] * s->value[SIGNAL_BATT_A];
}

static void add_energy(struct walk *w, const struct sample *a, const struct sample *b, int64_t dt)
{
    int64_t mw = 0;

    if (!has_power(b))
        return;
    mw = has_power(a) ? (power_uw(a) + power_uw(b)) / 2000 : power_uw(b) / 1000;
    if (mw >= 0)
        w->sums.discharged_uj += mw * dt;
    else
        w->sums.charged_uj += -mw * dt;
}

static void add_time(struct walk *w, const struct sample *a, struct activity_step *step)
{
    const struct sample *b = step->at;
    int64_t dt = step->dt_ms;
    bool grew = both_have(a, b, SIGNAL_HOURS) && b->value[SIGNAL_HOURS] > a->value[SIGNAL_HOURS];

    step->engine = is_positive(b, SIGNAL_RPM);
    step->operating = step->engine || grew || is_positive(b, SIGNAL_SPEED);
    w->activity->covered_ms += dt;
    if (step->engine)
        w->activity->engine_ms += dt;
    if (step->operating)
        w->activity->operating_ms += dt;
    if (sample_has(b, SIGNAL_FUEL))
        w->sums.fuel_ml_ms_h += mean(a, b, SIGNAL_FUEL) * dt;
    add_energy(w, a, b, dt);
}

static void tell(const struct walk *w, const struct activity_step *step)
{
    if (w->in->watch != NULL)
        w->in->watch(w->in->watch_arg, step);
}

static void add_interval(struct walk *w, const struct sample *a, const struct sample *b)
{
    struct activity_step step = {.at = b, .dt_ms = b->at_ms - a->at_ms};

    assert(step.dt_ms > 0);
    step.gap = step.dt_ms > w->rules->gap_ms;
    add_distance(w, a, b, step.gap);
    if (step.gap) {
        w->activity->gaps++;
        w->activity->gap_ms += step.dt_ms;
    } else {
        add_time(w, a, &step);
    }
    tell(w, &step);
}

/* ---- instants ---- */

/* Takes from `more` what `s` has no number for. */
static void complete(struct sample *s, const struct sample *more)
{
    for (unsigned id = 0; id < SIGNAL_COUNT; id++)
        if (!sample_has(s, id) && sample_has(more, id))
            sample_set(s, id, more->value[id]);
}

/* The instant that begins at rows[*i]; moves *i behind it. */
static struct sample next_instant(const struct block *rows, size_t *i)
{
    struct sample s = rows->rows[(*i)++].sample;

    while (*i < rows->count && rows->rows[*i].sample.at_ms == s.at_ms)
        complete(&s, &rows->rows[(*i)++].sample);
    return s;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void note_rows(const struct block *rows, struct activity *activity)
{
    activity->samples = (int64_t)rows->count;
    activity->first_ms = rows->rows[0].sample.at_ms;
    activity->last_ms = rows->rows[rows->count - 1].sample.at_ms;
    for (size_t i = 0; i < rows->count; i++) {
        const struct block_row *row = &rows->rows[i];
        activity->clock_ahead_ms =
            larger(activity->clock_ahead_ms, row->sample.at_ms - row->received_ms);
        activity->rpm_max = larger(activity->rpm_max, row->sample.value[SIGNAL_RPM] / 1000);
    }
}

static int64_t rounded(int64_t sum, int64_t unit)
{
    return (sum + unit / 2) / unit;
}

static void finish(const struct sums *sums, struct activity *activity)
{
    activity->distance_m = rounded(sums->distance_mm, 1000);
    activity->electric_m = rounded(sums->electric_mm, 1000);
    activity->discharged_mwh = rounded(sums->discharged_uj, UJ_PER_MWH);
    activity->charged_mwh = rounded(sums->charged_uj, UJ_PER_MWH);
    activity->fuel_ul = rounded(sums->fuel_ml_ms_h, WHEN_HOUR_MS / 1000);
}

void activity_of_hour(const struct activity_rules *rules, const struct activity_input *input,
                      struct activity *activity, struct sample *last)
{
    struct walk w = {.rules = rules, .in = input, .activity = activity};
    const struct block *rows = input->rows;
    struct sample previous, here;
    size_t i = 0;

    assert(rows->count > 0);
    memset(activity, 0, sizeof *activity);
    note_rows(rows, activity);
    previous = input->before != NULL ? *input->before : next_instant(rows, &i);
    anchor_at(&w, &previous);
    if (input->before == NULL)
        tell(&w, &(struct activity_step){.at = &previous});
    for (; i < rows->count; previous = here) {
        here = next_instant(rows, &i);
        add_interval(&w, &previous, &here);
    }
    finish(&w.sums, activity);
    *last = previous;
}
