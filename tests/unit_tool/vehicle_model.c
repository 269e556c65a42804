#include "tests/unit_tool/vehicle_model.h"

#include <math.h>
#include <string.h>

/* Jiyuan's centre, WGS-84; vehicles stay within about ten kilometres. */
#define CENTRE_LAT 35.0670
#define CENTRE_LON 112.6020
#define M_PER_DEG  111320.0

#define CHARGE_BELOW 25.0
#define CHARGE_UNTIL 95.0

static const struct class_traits {
    double cruise_low, cruise_high; /* km/h */
    double dwell_low, dwell_high;   /* s at a waypoint */
    double mass_t;
    double battery_kwh;
    double charge_kw;
    double litres_per_kwh; /* of work at the wheels */
    double idle_l_h;
    double reach_deg; /* how far waypoints lie from the centre */
} traits[MODEL_COUNT] = {
    [MODEL_BUS] = {20, 45, 20, 60, 13.0, 220, 120, 0.27, 2.2, 0.06},
    [MODEL_TAXI] = {25, 60, 15, 240, 1.6, 55, 60, 0.30, 0.8, 0.08},
    [MODEL_RIDEHAIL] = {25, 60, 30, 400, 1.6, 60, 60, 0.30, 0.8, 0.08},
    [MODEL_SANITATION] = {8, 30, 30, 120, 10.0, 180, 80, 0.27, 2.0, 0.04},
    [MODEL_TRUCK] = {30, 70, 120, 900, 28.0, 320, 240, 0.24, 2.5, 0.09},
    [MODEL_LOADER] = {3, 12, 10, 90, 17.0, 280, 120, 0.26, 4.0, 0.01},
};

void vehicle_model_init(struct vehicle_model *model, enum model_class class, enum model_drive drive,
                        uint64_t seed)
{
    const struct class_traits *t = &traits[class];

    memset(model, 0, sizeof *model);
    model->class = class;
    model->drive = drive;
    model->random.state = seed;
    for (int i = 0; i < MODEL_WAYPOINTS; i++) {
        model->lat[i] = CENTRE_LAT + random_between(&model->random, -t->reach_deg, t->reach_deg);
        model->lon[i] = CENTRE_LON + random_between(&model->random, -t->reach_deg, t->reach_deg);
    }
    model->odo_km = floor(random_between(&model->random, 2000, 180000) * 10) / 10;
    model->soc = random_between(&model->random, 40, 95);
    model->hours = random_between(&model->random, 100, 9000);
    model->urea = random_between(&model->random, 30, 95);
    model->dwell_s = random_between(&model->random, 0, t->dwell_high);
    model->cruise_kmh = random_between(&model->random, t->cruise_low, t->cruise_high);
}

static int next_waypoint(const struct vehicle_model *m)
{
    return (m->leg + 1) % MODEL_WAYPOINTS;
}

static double leg_length_m(const struct vehicle_model *m)
{
    int to = next_waypoint(m);
    double north = (m->lat[to] - m->lat[m->leg]) * M_PER_DEG;
    double east = (m->lon[to] - m->lon[m->leg]) * M_PER_DEG * cos(CENTRE_LAT * M_PI / 180);

    return fmax(hypot(north, east), 1.0);
}

static bool has_battery(const struct vehicle_model *m)
{
    return m->drive == DRIVE_BEV || m->drive == DRIVE_PHEV;
}

static bool runs_electric(const struct vehicle_model *m)
{
    return m->drive == DRIVE_BEV || (m->drive == DRIVE_PHEV && m->soc > CHARGE_BELOW);
}

static void arrive(struct vehicle_model *m)
{
    const struct class_traits *t = &traits[m->class];

    m->leg = next_waypoint(m);
    m->leg_done_m = 0;
    m->speed_kmh = 0;
    m->dwell_s = random_between(&m->random, t->dwell_low, t->dwell_high);
    m->cruise_kmh = random_between(&m->random, t->cruise_low, t->cruise_high);
    /* Back at the depot a low battery is charged. */
    m->charging = has_battery(m) && m->leg == 0 && m->soc < 60;
}

static void stand(struct vehicle_model *m, double seconds)
{
    m->speed_kmh = 0;
    m->power_kw = 0;
    m->dwell_s -= seconds;
    if (m->charging) {
        m->soc += traits[m->class].charge_kw * seconds / 3600 / traits[m->class].battery_kwh * 100;
        m->charging = m->soc < CHARGE_UNTIL;
    } else if (m->soc < CHARGE_BELOW && m->drive == DRIVE_BEV) {
        m->charging = true;
    }
}

static void drive(struct vehicle_model *m, double seconds)
{
    double mass_kg = traits[m->class].mass_t * 1000;
    double before = m->speed_kmh / 3.6;
    double target = m->cruise_kmh * random_between(&m->random, 0.85, 1.1) / 3.6;
    double left_m = leg_length_m(m) - m->leg_done_m;
    double now = before + fmax(fmin(target - before, 0.8 * seconds), -1.5 * seconds);
    double step_m = 0;

    /* Slow down into the stop. */
    now = fmin(now, sqrt(2 * 0.7 * fmax(left_m, 0)) + 1);
    step_m = fmin((before + now) / 2 * seconds, left_m);
    m->speed_kmh = now * 3.6;
    m->leg_done_m += step_m;
    m->odo_km += step_m / 1000;
    /* Rolling and air resistance, and the change of kinetic energy. */
    m->power_kw = (mass_kg * 9.81 * 0.009 * now + 3.0 * now * now * now / 2 +
                   mass_kg * (now * now - before * before) / 2 / seconds) /
                  1000;
    if (runs_electric(m))
        m->soc -= m->power_kw * (m->power_kw > 0 ? 1.1 : 0.6) * seconds / 3600 /
                  traits[m->class].battery_kwh * 100;
    m->soc = fmax(fmin(m->soc, 100), 3);
    if (m->leg_done_m >= leg_length_m(m) - 0.5)
        arrive(m);
}

static double fixed(double value, double step)
{
    return round(value / step) * step;
}

static void report_position(const struct vehicle_model *m, struct sample *s)
{
    double part = m->leg_done_m / leg_length_m(m);
    int to = next_waypoint(m);

    sample_set_number(s, SIGNAL_LAT,
                      fixed(m->lat[m->leg] + (m->lat[to] - m->lat[m->leg]) * part, 1e-6));
    sample_set_number(s, SIGNAL_LON,
                      fixed(m->lon[m->leg] + (m->lon[to] - m->lon[m->leg]) * part, 1e-6));
    sample_set_number(s, SIGNAL_SPEED, fixed(m->speed_kmh, 0.1));
    sample_set_number(s, SIGNAL_ODO, fixed(m->odo_km, 0.1));
    sample_set_number(s, SIGNAL_HOURS, fixed(m->hours, 0.05));
}

static void report_battery(const struct vehicle_model *m, struct sample *s)
{
    double volts =
        300 + (m->class == MODEL_TAXI || m->class == MODEL_RIDEHAIL ? 50 : 280) + m->soc * 0.6;
    double kw = m->charging        ? -traits[m->class].charge_kw
                : runs_electric(m) ? m->power_kw * 1.05 + 0.8
                                   : 0.4;

    sample_set_number(s, SIGNAL_SOC, floor(m->soc));
    sample_set_number(s, SIGNAL_BATT_V, fixed(volts, 0.1));
    sample_set_number(s, SIGNAL_BATT_A, fixed(kw * 1000 / volts, 0.1));
    sample_set(s, SIGNAL_CHARGING, m->charging);
    if (m->drive == DRIVE_PHEV)
        sample_set(s, SIGNAL_MODE, runs_electric(m) ? RUN_MODE_ELECTRIC : RUN_MODE_HYBRID);
    else
        sample_set(s, SIGNAL_MODE, RUN_MODE_ELECTRIC);
}

static void report_engine(struct vehicle_model *m, double seconds, struct sample *s)
{
    const struct class_traits *t = &traits[m->class];
    bool on = !runs_electric(m);
    double rpm = !on ? 0
                 : m->speed_kmh < 1
                     ? 650
                     : 900 + m->cruise_kmh * 12 + random_between(&m->random, -60, 60);
    double litres = !on ? 0 : t->idle_l_h + fmax(m->power_kw, 0) * t->litres_per_kwh;

    sample_set_number(s, SIGNAL_RPM, fixed(rpm, 0.125));
    sample_set_number(s, SIGNAL_FUEL, fixed(litres, 0.05));
    if (m->drive == DRIVE_PHEV)
        sample_set(s, SIGNAL_MIL, 0);
    if (m->drive != DRIVE_DIESEL)
        return;
    m->urea = m->urea < 8 ? 95 : m->urea - litres * 0.04 * seconds / 3600;
    sample_set_number(s, SIGNAL_NOX, fixed(random_between(&m->random, 20, 90), 0.05));
    sample_set_number(s, SIGNAL_UREA, fixed(m->urea, 0.4));
    sample_set(s, SIGNAL_MIL, 0);
}

void vehicle_model_step(struct vehicle_model *model, double seconds, int64_t at_ms,
                        struct sample *sample)
{
    *sample = (struct sample){.at_ms = at_ms};
    if (model->dwell_s > 0 || model->charging)
        stand(model, seconds);
    else
        drive(model, seconds);
    model->hours += model->charging ? 0 : seconds / 3600;
    report_position(model, sample);
    if (has_battery(model))
        report_battery(model, sample);
    if (model->drive != DRIVE_BEV)
        report_engine(model, seconds, sample);
}
