#include "registry/findings/detector.h"

#include <string.h>

const struct detector *const detectors[] = {
    &detector_electric_with_engine, &detector_combustion_without_engine,
    &detector_nev_hardly_runs,      &detector_plugin_on_fuel,
    &detector_plate_energy,         &detector_stage_date,
    &detector_disclosure_stage,     &detector_maker_electric,
    &detector_nox_missing,          &detector_nox_high,
    &detector_reagent_empty,        &detector_lamp_on,
    &detector_terminal_silent,      &detector_terminal_two_vehicles,
    &detector_terminal_other_vin,   &detector_terminal_removed,
    &detector_terminal_clock,       &detector_position_frozen,
    &detector_odometer_back,        &detector_two_places,
    &detector_machine_at_site,      &detector_built_up_undeclared,
    &detector_gate_tonnes,
};
const size_t detector_count = sizeof detectors / sizeof detectors[0];

static const char *const subject_words[] = {
    [FINDING_OF_VEHICLE] = "vehicle", [FINDING_OF_UNIT] = "unit",     [FINDING_OF_ORG] = "org",
    [FINDING_OF_SITE] = "site",       [FINDING_OF_REPORT] = "report",
};

const struct detector *detector_find(const char *kind)
{
    for (size_t i = 0; i < detector_count; i++)
        if (strcmp(detectors[i]->kind, kind) == 0)
            return detectors[i];
    return NULL;
}

size_t detector_parameter_count(const struct detector *detector)
{
    size_t count = 0;

    while (detector->parameters[count].name != NULL)
        count++;
    return count;
}

const char *detector_subject_word(enum finding_subject subject)
{
    return subject_words[subject];
}

enum finding_subject detector_subject(const char *word)
{
    for (enum finding_subject s = FINDING_OF_VEHICLE; s <= FINDING_OF_REPORT; s++)
        if (strcmp(subject_words[s], word) == 0)
            return s;
    return 0;
}
