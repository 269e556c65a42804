#include "registry/findings/thresholds.h"

#include <string.h>

#include "registry/findings/findings.h"

static size_t detector_index(const char *kind)
{
    size_t i = 0;

    while (i < detector_count && strcmp(detectors[i]->kind, kind) != 0)
        i++;
    return i;
}

static size_t parameter_index(const struct detector *detector, const char *name)
{
    size_t i = 0, count = detector_parameter_count(detector);

    while (i < count && strcmp(detector->parameters[i].name, name) != 0)
        i++;
    return i;
}

enum err thresholds_load(struct sql *db, struct arena *arena, struct thresholds *thresholds,
                         struct fault *fault)
{
    struct store_finding_parameter *changed = NULL;
    size_t count = 0;
    enum err err = store_finding_parameters(db, arena, &changed, &count, fault);

    thresholds->of = arena_alloc(arena, detector_count, sizeof thresholds->of[0]);
    for (size_t i = 0; i < detector_count; i++)
        for (size_t k = 0; k < DETECTOR_PARAMETERS; k++)
            thresholds->of[i][k].value = detectors[i]->parameters[k].value;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        size_t at = detector_index(changed[i].kind);
        size_t k = at == detector_count ? 0 : parameter_index(detectors[at], changed[i].name);
        if (at < detector_count && k < detector_parameter_count(detectors[at]))
            thresholds->of[at][k] = (struct threshold){changed[i].value, &changed[i]};
    }
    return err;
}

int64_t threshold_version(const struct threshold *threshold)
{
    return threshold->changed == NULL ? 1 : threshold->changed->version + 1;
}

int64_t thresholds_version(const struct thresholds *thresholds, const char *kind, const char *name)
{
    size_t at = detector_index(kind);
    size_t k = at == detector_count ? 0 : parameter_index(detectors[at], name);

    if (at == detector_count || k == detector_parameter_count(detectors[at]))
        return 0;
    return threshold_version(&thresholds->of[at][k]);
}

enum err thresholds_change(struct sql *db, const struct store_finding_parameter *change,
                           struct fault *fault)
{
    const struct detector *detector = detector_find(change->kind);
    const struct detector_parameter *parameter = NULL;
    enum err err = ERR_OK;

    if (detector == NULL)
        return fault_set(fault, ERR_NOT_FOUND, "there is no kind of finding \"%.80s\"",
                         change->kind);
    parameter = &detector->parameters[parameter_index(detector, change->name)];
    if (parameter->name == NULL)
        return fault_set(fault, ERR_INPUT, "%s has no threshold \"%.80s\"", change->kind,
                         change->name);
    if (change->value < parameter->min || change->value > parameter->max)
        return fault_set(fault, ERR_INPUT, "%s: %s takes %lld to %lld %s", change->kind,
                         change->name, (long long)parameter->min, (long long)parameter->max,
                         parameter->unit);
    err = store_finding_parameter_put(db, change, fault);
    return err == ERR_OK ? findings_sweep_all(db, fault) : err;
}
