/*
 * signal: the one table of what a vehicle can report. Every decoder, the batch, the store, the API
 * and the documents take names, units, resolution and range from here.
 *
 * A value is a fixed-point integer: physical value × 10^digits. Integers make sums independent of
 * the order in which samples arrive, and compress well. Signals are only ever added at the end: the
 * number of a signal is part of the stored block format.
 *
 * Names and units: SenML (RFC 8428) style short names of this product; `vss` is the COVESA Vehicle
 * Signal Specification 6 path, whose value × `vss_factor` gives our unit (VSS odometer is in
 * metres, VSS current is positive into the battery). No state, any thread.
 */
#ifndef EVROLL_SHARED_SIGNAL_H
#define EVROLL_SHARED_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum signal_id {
    SIGNAL_LAT,
    SIGNAL_LON,
    SIGNAL_SPEED,
    SIGNAL_ODO,
    SIGNAL_SOC,
    SIGNAL_BATT_V,
    SIGNAL_BATT_A,
    SIGNAL_CHARGING,
    SIGNAL_MODE,
    SIGNAL_RPM,
    SIGNAL_FUEL,
    SIGNAL_HOURS,
    SIGNAL_NOX,
    SIGNAL_UREA,
    SIGNAL_MIL,
    SIGNAL_COUNT
};

enum signal_kind {
    SIGNAL_NUMBER,
    SIGNAL_BOOLEAN,  /* 0 or 1 */
    SIGNAL_MODE_NAME /* enum run_mode, written as a word */
};

/* Values of SIGNAL_MODE, numbered as run mode in GB/T 32960.3. */
enum run_mode { RUN_MODE_ELECTRIC = 1, RUN_MODE_HYBRID = 2, RUN_MODE_FUEL = 3 };

struct signal_def {
    enum signal_id id;
    const char *name;
    const char *unit;        /* as interfaces and API show it; "" for booleans and words */
    const char *senml_units; /* other spellings of the same unit, separated by spaces */
    enum signal_kind kind;
    int digits;
    int64_t min, max; /* fixed point, inclusive */
    const char *vss;  /* NULL when VSS has no such signal */
    double vss_factor;
    const char *vss_unit; /* as VSS spells it; "" for booleans and words */
    const char *meaning;
};

const struct signal_def *signal_def(enum signal_id id);

/* By short name or VSS path; NULL when there is no such signal. `by_vss` says which it was. */
const struct signal_def *signal_find(const char *name, size_t len, bool *by_vss);

/* True when `unit` is the signal's unit in one of its spellings. */
bool signal_unit_is(const struct signal_def *def, const char *unit, size_t len);

/* The same for a value given under the VSS path: VSS's spelling, or one of ours where VSS has the
 * same unit (the odometer there is in metres, so "km" is wrong). */
bool signal_vss_unit_is(const struct signal_def *def, const char *unit, size_t len);

/* Rounds half away from zero. False when the number is not finite or outside min..max. */
bool signal_from_number(const struct signal_def *def, double value, int64_t *fixed);
double signal_to_number(const struct signal_def *def, int64_t fixed);

/* "electric", "hybrid", "fuel" and back; 0 and NULL when unknown. */
int run_mode_parse(const char *name, size_t len);
const char *run_mode_name(int64_t mode);

#endif
