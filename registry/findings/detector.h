/*
 * detector: what can be found. Each detector is one row of a table: what it is called, what it
 * needs, its thresholds with defaults, units and where they come from, and a pure function from
 * stored facts as of a day to what it sees. The table feeds the engine, the API and the command
 * line; docs/findings.md has a row for each.
 *
 * A threshold is an integer in the unit it says; PERCENT ones are compared by multiplication. No
 * state, any thread.
 */
#ifndef EVROLL_REGISTRY_FINDINGS_DETECTOR_H
#define EVROLL_REGISTRY_FINDINGS_DETECTOR_H

#include <jansson.h>

#include "registry/findings/facts.h"
#include "registry/store/store_finding_spans.h"
#include "registry/store/store_findings.h"

#define DETECTOR_PARAMETERS 4
#define DETECTOR_CAUSE_SIZE 160

struct detector_parameter {
    const char *name; /* NULL: no more */
    const char *unit; /* "%", "km", "d"; "day": days since 1970 */
    int64_t value;    /* the default */
    int64_t min, max;
    const char *source;
};

/* What a detector saw. Texts are copied, the evidence is taken over. */
struct seen {
    const char *about; /* which of several of this kind; "" when there can be one only */
    const char
        *cause; /* what it rests on, in one line: another line is another finding to explain */
    int64_t first_ms, last_ms; /* of the facts that show it */
    json_t *evidence;
};

struct sink; /* where it goes */
void detector_raise(struct sink *sink, const struct seen *seen);

/* What is wrong with what a version of a vehicle says, in one line; false: nothing. */
typedef bool detector_paper(const struct store_vehicle *version, const int64_t *values,
                            char cause[static DETECTOR_CAUSE_SIZE]);

struct detector {
    const char *kind; /* "electric-with-engine" */
    enum finding_subject subject;
    bool contradicts; /* the vehicle's paper: figures of the days as of which it is so know of it */
    const char *zh, *en;
    const char *needs;
    struct detector_parameter parameters[DETECTOR_PARAMETERS + 1];
    /* One of the two. `values` are the thresholds in the order of `parameters`. */
    void (*look)(const struct facts *facts, const int64_t *values, struct sink *sink);
    detector_paper *paper; /* so from its first day on until the register says otherwise */
};

/* The days as of which a vehicle's versions are wrong, each with its cause: in order, none touching another
 * of its cause, not beyond its removal. In the arena. */
struct store_finding_spans detector_paper_spans(detector_paper *paper,
                                                const struct store_vehicles *versions,
                                                const int64_t *values, struct arena *arena);
/* Raises the one of the day of the facts, if there is one. */
void detector_look_paper(const struct facts *facts, const struct store_finding_spans *spans,
                         struct sink *sink);

extern const struct detector *const detectors[];
extern const size_t detector_count;

/* NULL: there is none. */
const struct detector *detector_find(const char *kind);
size_t detector_parameter_count(const struct detector *detector);
/* "vehicle", "unit", … and back; NULL and 0 when unknown. */
const char *detector_subject_word(enum finding_subject subject);
enum finding_subject detector_subject(const char *word);

/* Of one folder file each (detectors_*.c). */
extern const struct detector detector_electric_with_engine, detector_combustion_without_engine,
    detector_nev_hardly_runs, detector_plugin_on_fuel, detector_plate_energy, detector_stage_date,
    detector_disclosure_stage, detector_maker_electric, detector_nox_missing, detector_nox_high,
    detector_reagent_empty, detector_lamp_on, detector_terminal_silent,
    detector_terminal_two_vehicles, detector_terminal_other_vin, detector_terminal_removed,
    detector_terminal_clock, detector_position_frozen, detector_odometer_back, detector_two_places,
    detector_machine_at_site, detector_built_up_undeclared, detector_gate_tonnes;

#endif
