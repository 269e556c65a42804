#include "registry/findings/reconcile.h"

#include <stdlib.h>
#include <string.h>

#include "registry/store/store_finding_spans.h"
#include "shared/when.h"

#define SEEN_MAX 16 /* of one kind and subject: more say nothing new */

struct sink {
    struct arena *arena;
    const struct detector *detector;
    const struct threshold *values;
    struct store_finding_spans spans; /* of a paper */
    struct seen seen[SEEN_MAX];
    const char *evidence[SEEN_MAX];
    size_t count;
};

struct work {
    struct sql *db;
    struct arena *arena;
    const struct facts *facts;
    int64_t now_ms;
    struct store_findings known;
};

/* Keys in order, so that the same evidence is the same text. */
static const char *evidence_text(const struct sink *sink, json_t *evidence)
{
    json_t *thresholds = json_object();
    char *text = NULL;
    const char *kept = NULL;

    for (size_t i = 0; i < detector_parameter_count(sink->detector); i++)
        json_object_set_new(thresholds, sink->detector->parameters[i].name,
                            json_integer(sink->values[i].value));
    json_object_set_new(evidence, "thresholds", thresholds);
    text = json_dumps(evidence, JSON_COMPACT | JSON_SORT_KEYS);
    kept = arena_text(sink->arena, text == NULL ? "{}" : text);
    free(text);
    return kept;
}

void detector_raise(struct sink *sink, const struct seen *seen)
{
    if (sink->count < SEEN_MAX) {
        sink->evidence[sink->count] = evidence_text(sink, seen->evidence);
        sink->seen[sink->count] = (struct seen){
            .about = arena_text(sink->arena, seen->about),
            .cause = arena_text(sink->arena, seen->cause),
            .first_ms = seen->first_ms,
            .last_ms = seen->last_ms,
        };
        sink->count++;
    }
    json_decref(seen->evidence);
}

/* ---- the days as of which it is so ---- */

/* A figure of a day rests on telemetry of so many days up to it. */
#define SPAN_DAYS 90

/* Telemetry is looked at up to the last day on which the vehicle was heard of. */
static int32_t day_of_look(const struct facts *facts)
{
    return facts->heard ? facts->last_day : facts->day;
}

static enum err note_span(const struct work *w, const struct sink *sink, const struct seen *seen,
                          int64_t number, struct fault *fault)
{
    int32_t from = day_of_look(w->facts);

    if (!sink->detector->contradicts)
        return ERR_OK;
    if (sink->detector->paper != NULL)
        return store_finding_spans_put(w->db, number, &sink->spans, fault);
    return store_finding_span_add(w->db, number, seen->cause, from, from + SPAN_DAYS - 1, fault);
}

/* What telemetry said ends with the look at which it no longer did, or where another energy is declared.
 * What the register says may be put right for any day, also when the finding is closed already. */
static enum err end_span(const struct work *w, const struct sink *sink,
                         const struct store_finding *known, struct fault *fault)
{
    const struct facts *facts = w->facts;
    int32_t day = day_of_look(facts);

    if (!sink->detector->contradicts)
        return ERR_OK;
    if (sink->detector->paper != NULL)
        return store_finding_spans_put(w->db, known->number, &sink->spans, fault);
    if (known->state == FINDING_CLOSED)
        return ERR_OK;
    if (facts->vehicle == NULL)
        day = facts->day;
    else if (facts->energy_since > day)
        day = facts->energy_since;
    return store_finding_span_cut(w->db, known->number, day, fault);
}

/* ---- against what is known ---- */

static enum err note(const struct work *w, const struct store_finding *finding, const char *reason,
                     struct fault *fault)
{
    const struct store_finding_step step = {.at_ms = w->now_ms,
                                            .state = finding->state,
                                            .author = "",
                                            .reason = reason,
                                            .cause = finding->cause};

    return store_finding_note(w->db, finding->number, &step, fault);
}

static enum err open_new(const struct work *w, const struct sink *sink, size_t i,
                         struct fault *fault)
{
    const struct seen *seen = &sink->seen[i];
    struct store_finding finding = {
        .kind = sink->detector->kind,
        .subject_kind = w->facts->subject_kind,
        .subject = w->facts->subject,
        .about = seen->about,
        .state = FINDING_OPEN,
        .cause = seen->cause,
        .evidence = sink->evidence[i],
        .first_ms = seen->first_ms,
        .last_ms = seen->last_ms,
        .decided_cause = "",
    };
    enum err err = store_finding_insert(w->db, &finding, fault);

    if (err == ERR_OK)
        err = note_span(w, sink, seen, finding.number, fault);
    return err == ERR_OK ? note(w, &finding, "seen", fault) : err;
}

/* Where a finding that is seen stands now, and why that is news; NULL: it is none. */
static const char *next_state(struct store_finding *finding, const char *cause)
{
    bool decided = finding->decision != FINDING_NONE && strcmp(finding->decided_cause, cause) == 0;

    if (finding->state == FINDING_CLOSED) {
        finding->reopened++;
        finding->state =
            decided && finding->decision == FINDING_EXPLAINED ? FINDING_EXPLAINED : FINDING_OPEN;
        return "seen again";
    }
    if (finding->state == FINDING_OPEN || decided)
        return NULL;
    finding->state = FINDING_OPEN;
    return "the cause changed";
}

static enum err see_again(const struct work *w, const struct store_finding *known,
                          const struct sink *sink, size_t i, struct fault *fault)
{
    const struct seen *seen = &sink->seen[i];
    struct store_finding now = *known;
    const char *news = next_state(&now, seen->cause);
    enum err err = note_span(w, sink, seen, known->number, fault);

    now.cause = seen->cause;
    now.evidence = sink->evidence[i];
    now.first_ms = seen->first_ms < known->first_ms ? seen->first_ms : known->first_ms;
    now.last_ms = seen->last_ms > known->last_ms ? seen->last_ms : known->last_ms;
    if (news == NULL && strcmp(now.cause, known->cause) == 0 &&
        strcmp(now.evidence, known->evidence) == 0 && now.first_ms == known->first_ms &&
        now.last_ms == known->last_ms)
        return err;
    if (err == ERR_OK)
        err = store_finding_update(w->db, &now, fault);
    return err == ERR_OK && news != NULL ? note(w, &now, news, fault) : err;
}

static enum err close_gone(const struct work *w, const struct sink *sink,
                           const struct store_finding *known, struct fault *fault)
{
    struct store_finding now = *known;
    enum err err = end_span(w, sink, known, fault);

    if (err != ERR_OK || known->state == FINDING_CLOSED)
        return err;
    now.state = FINDING_CLOSED;
    err = store_finding_update(w->db, &now, fault);
    return err == ERR_OK ? note(w, &now, "its cause is gone", fault) : err;
}

static const struct store_finding *known_of(const struct work *w, const char *kind,
                                            const char *about)
{
    for (size_t i = 0; i < w->known.count; i++)
        if (strcmp(w->known.items[i].kind, kind) == 0 &&
            strcmp(w->known.items[i].about, about) == 0)
            return &w->known.items[i];
    return NULL;
}

static bool still_seen(const struct sink *sink, const struct store_finding *known)
{
    for (size_t i = 0; i < sink->count; i++)
        if (strcmp(sink->seen[i].about, known->about) == 0)
            return true;
    return false;
}

static enum err settle(const struct work *w, const struct sink *sink, struct fault *fault)
{
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < sink->count; i++) {
        const struct store_finding *known = known_of(w, sink->detector->kind, sink->seen[i].about);
        err = known == NULL ? open_new(w, sink, i, fault) : see_again(w, known, sink, i, fault);
    }
    for (size_t i = 0; err == ERR_OK && i < w->known.count; i++)
        if (strcmp(w->known.items[i].kind, sink->detector->kind) == 0 &&
            !still_seen(sink, &w->known.items[i]))
            err = close_gone(w, sink, &w->known.items[i], fault);
    return err;
}

static enum err look(const struct work *w, const struct detector *detector,
                     const struct threshold *values, struct fault *fault)
{
    struct sink sink = {.arena = w->arena, .detector = detector, .values = values};
    int64_t numbers[DETECTOR_PARAMETERS];

    for (size_t i = 0; i < DETECTOR_PARAMETERS; i++)
        numbers[i] = values[i].value;
    if (detector->paper != NULL) {
        sink.spans = detector_paper_spans(detector->paper, &w->facts->versions, numbers, w->arena);
        detector_look_paper(w->facts, &sink.spans, &sink);
    } else {
        detector->look(w->facts, numbers, &sink);
    }
    return settle(w, &sink, fault);
}

enum err reconcile(struct sql *db, struct arena *arena, const struct facts *facts,
                   const struct thresholds *thresholds, int64_t now_ms, struct fault *fault)
{
    struct work w = {.db = db, .arena = arena, .facts = facts, .now_ms = now_ms};
    enum err err =
        store_findings_of(db, arena, facts->subject_kind, facts->subject, &w.known, fault);

    for (size_t i = 0; err == ERR_OK && i < detector_count; i++)
        if (detectors[i]->subject == facts->subject_kind)
            err = look(&w, detectors[i], thresholds->of[i], fault);
    return err;
}
