#include "registry/findings/finding_json.h"

#include <string.h>

#include "registry/findings/evidence.h"

static const char *const state_words[FINDING_STATES] = {
    [FINDING_OPEN] = "open",
    [FINDING_EXPLAINED] = "explained",
    [FINDING_CONFIRMED] = "confirmed",
    [FINDING_CLOSED] = "closed",
};

const char *finding_state_word(enum finding_state state)
{
    return state_words[state];
}

enum finding_state finding_state_parse(const char *word)
{
    for (enum finding_state s = FINDING_OPEN; s < FINDING_STATES; s++)
        if (strcmp(state_words[s], word) == 0)
            return s;
    return FINDING_NONE;
}

json_t *finding_json(const struct store_finding *f)
{
    const struct detector *detector = detector_find(f->kind);
    json_t *evidence = json_loads(f->evidence, 0, NULL);
    json_t *json = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:o}", "id",
        (json_int_t)f->number, "kind", f->kind, "title", detector == NULL ? "" : detector->en,
        "title_zh", detector == NULL ? "" : detector->zh, "subject_kind",
        detector_subject_word(f->subject_kind), "subject", f->subject, "about", f->about, "status",
        state_words[f->state], "cause", f->cause, "first_seen", evidence_instant(f->first_ms),
        "last_seen", evidence_instant(f->last_ms), "reopened", (json_int_t)f->reopened, "evidence",
        evidence == NULL ? json_object() : evidence);

    json_object_set_new(json, "decision",
                        f->decision == FINDING_NONE ? json_null()
                                                    : json_string(state_words[f->decision]));
    return json;
}

json_t *finding_whole_json(const struct store_finding *f, const struct store_finding_step *steps,
                           size_t count)
{
    json_t *json = finding_json(f), *history = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            history,
            json_pack("{s:o, s:s, s:o, s:s, s:s}", "at", evidence_instant(steps[i].at_ms), "status",
                      state_words[steps[i].state], "author",
                      steps[i].author[0] == '\0' ? json_null() : json_string(steps[i].author),
                      "reason", steps[i].reason, "cause", steps[i].cause));
    json_object_set_new(json, "history", history);
    return json;
}

/* A threshold that is a day is written as one. */
static json_t *value_json(const struct detector_parameter *parameter, int64_t value)
{
    return strcmp(parameter->unit, "day") == 0 ? evidence_day((int32_t)value) : json_integer(value);
}

static json_t *parameter_json(const struct detector_parameter *parameter,
                              const struct threshold *threshold)
{
    const struct store_finding_parameter *changed = threshold->changed;
    json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:s, s:I}", "name", parameter->name, "unit",
                             parameter->unit, "value", value_json(parameter, threshold->value),
                             "default", value_json(parameter, parameter->value), "source",
                             changed == NULL ? parameter->source : changed->source, "version",
                             (json_int_t)threshold_version(threshold));

    if (changed != NULL)
        json_object_set_new(json, "changed",
                            json_pack("{s:s, s:o}", "author", changed->author, "at",
                                      evidence_instant(changed->recorded_ms)));
    return json;
}

json_t *finding_kind_json(size_t i, const struct thresholds *thresholds)
{
    const struct detector *d = detectors[i];
    json_t *parameters = json_array();

    for (size_t k = 0; k < detector_parameter_count(d); k++)
        json_array_append_new(parameters, parameter_json(&d->parameters[k], &thresholds->of[i][k]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "kind", d->kind, "title", d->en,
                     "title_zh", d->zh, "subject_kind", detector_subject_word(d->subject), "needs",
                     d->needs, "contradicts", d->contradicts, "parameters", parameters);
}
