#include "shared/signal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define ENGINE  "Vehicle.Powertrain.CombustionEngine."
#define BATTERY "Vehicle.Powertrain.TractionBattery."

/* Columns: id, name, unit, other unit spellings, kind, digits, min, max, VSS path, VSS factor, VSS
 * unit, meaning. */
static const struct signal_def defs[SIGNAL_COUNT] = {
    {SIGNAL_LAT, "lat", "deg", "lat", SIGNAL_NUMBER, 7, -900000000, 900000000,
     "Vehicle.CurrentLocation.Latitude", 1, "degrees", "latitude, WGS-84"},
    {SIGNAL_LON, "lon", "deg", "lon", SIGNAL_NUMBER, 7, -1800000000, 1800000000,
     "Vehicle.CurrentLocation.Longitude", 1, "degrees", "longitude, WGS-84"},
    {SIGNAL_SPEED, "speed", "km/h", "", SIGNAL_NUMBER, 3, 0, 500000, "Vehicle.Speed", 1, "km/h",
     "speed"},
    {SIGNAL_ODO, "odo", "km", "", SIGNAL_NUMBER, 3, 0, 10000000000, "Vehicle.TraveledDistance",
     0.001, "m", "odometer"},
    {SIGNAL_SOC, "soc", "%", "%EL /100", SIGNAL_NUMBER, 2, 0, 10000,
     BATTERY "StateOfCharge.Current", 1, "percent", "traction battery state of charge"},
    {SIGNAL_BATT_V, "batt_v", "V", "", SIGNAL_NUMBER, 3, 0, 6000000, BATTERY "CurrentVoltage", 1,
     "V", "traction battery voltage"},
    {SIGNAL_BATT_A, "batt_a", "A", "", SIGNAL_NUMBER, 3, -6000000, 6000000,
     BATTERY "CurrentCurrent", -1, "A", "traction battery current, positive discharges"},
    {SIGNAL_CHARGING, "charging", "", "", SIGNAL_BOOLEAN, 0, 0, 1, BATTERY "Charging.IsCharging", 1,
     "", "traction battery is being charged"},
    {SIGNAL_MODE, "mode", "", "", SIGNAL_MODE_NAME, 0, RUN_MODE_ELECTRIC, RUN_MODE_FUEL, NULL, 1,
     "", "run mode: electric, hybrid, fuel"},
    {SIGNAL_RPM, "rpm", "1/min", "rpm", SIGNAL_NUMBER, 3, 0, 65535000, ENGINE "Speed", 1, "rpm",
     "combustion engine speed"},
    {SIGNAL_FUEL, "fuel", "l/h", "L/h", SIGNAL_NUMBER, 3, 0, 4000000, "Vehicle.OBD.FuelRate", 1,
     "l/h", "fuel rate"},
    {SIGNAL_HOURS, "hours", "h", "", SIGNAL_NUMBER, 3, 0, 1000000000, ENGINE "EngineHours", 1, "h",
     "operating hours"},
    {SIGNAL_NOX, "nox", "ppm", "", SIGNAL_NUMBER, 2, -20000, 400000, NULL, 1, "",
     "NOx after the catalyst"},
    {SIGNAL_UREA, "urea", "%", "/100", SIGNAL_NUMBER, 2, 0, 10000,
     ENGINE "DieselExhaustFluid.Level", 1, "percent", "reagent tank level"},
    {SIGNAL_MIL, "mil", "", "", SIGNAL_BOOLEAN, 0, 0, 1, "Vehicle.OBD.Status.IsMILOn", 1, "",
     "malfunction lamp"},
};

static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};

static const char *const mode_names[] = {
    [RUN_MODE_ELECTRIC] = "electric", [RUN_MODE_HYBRID] = "hybrid", [RUN_MODE_FUEL] = "fuel"};

const struct signal_def *signal_def(enum signal_id id)
{
    assert((unsigned)id < SIGNAL_COUNT);
    return &defs[id];
}

static bool is(const char *name, size_t len, const char *known)
{
    return known != NULL && strlen(known) == len && memcmp(known, name, len) == 0;
}

/* Decoders look up every record: the first letter settles most rows without a call. */
static bool is_name(const char *name, size_t len, const char *known)
{
    return known != NULL && known[0] == name[0] && is(name, len, known);
}

const struct signal_def *signal_find(const char *name, size_t len, bool *by_vss)
{
    *by_vss = false;
    for (size_t i = 0; len > 0 && i < SIGNAL_COUNT; i++) {
        *by_vss = is_name(name, len, defs[i].vss);
        if (*by_vss || is_name(name, len, defs[i].name))
            return &defs[i];
    }
    return NULL;
}

bool signal_unit_is(const struct signal_def *def, const char *unit, size_t len)
{
    const char *word = def->senml_units;

    if (is(unit, len, def->unit))
        return true;
    while (*word != '\0') {
        size_t word_len = strcspn(word, " ");
        if (word_len == len && memcmp(word, unit, len) == 0)
            return true;
        word += word_len + (word[word_len] == ' ' ? 1 : 0);
    }
    return false;
}

bool signal_vss_unit_is(const struct signal_def *def, const char *unit, size_t len)
{
    if (is(unit, len, def->vss_unit))
        return true;
    return fabs(def->vss_factor) == 1 && signal_unit_is(def, unit, len);
}

bool signal_from_number(const struct signal_def *def, double value, int64_t *fixed)
{
    double scaled = round(value * powers[def->digits]);

    if (!isfinite(scaled) || scaled < (double)def->min || scaled > (double)def->max)
        return false;
    *fixed = (int64_t)scaled;
    return true;
}

double signal_to_number(const struct signal_def *def, int64_t fixed)
{
    return (double)fixed / powers[def->digits];
}

int run_mode_parse(const char *name, size_t len)
{
    for (int mode = RUN_MODE_ELECTRIC; mode <= RUN_MODE_FUEL; mode++)
        if (is(name, len, mode_names[mode]))
            return mode;
    return 0;
}

const char *run_mode_name(int64_t mode)
{
    return mode >= RUN_MODE_ELECTRIC && mode <= RUN_MODE_FUEL ? mode_names[mode] : NULL;
}
