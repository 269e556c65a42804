/* Onboard terminals: silent, moved, removed, with a wrong clock. */
#include <stdio.h>
#include <string.h>

#include "registry/findings/detector.h"
#include "registry/findings/evidence.h"
#include "shared/ident/vin.h"
#include "shared/when.h"

#define CAUSE_SIZE 160

static const struct store_binding *binding_on(const struct facts *facts, int32_t day)
{
    for (size_t i = 0; i < facts->bindings.count; i++) {
        const struct store_binding *b = &facts->bindings.items[i];
        if (b->from <= day && day < b->to)
            return b;
    }
    return NULL;
}

/* ---- silent ---- */

static void look_terminal_silent(const struct facts *facts, const int64_t *values,
                                 struct sink *sink)
{
    const struct store_binding *bound = binding_on(facts, facts->day);
    int64_t begin_ms = evidence_day_ms(facts->day);
    struct seen seen = {.about = ""};

    if (bound == NULL)
        return;
    seen.cause = bound->vehicle_id;
    seen.first_ms = evidence_day_ms(bound->from);
    if (facts->last_ms > seen.first_ms)
        seen.first_ms = facts->last_ms;
    seen.last_ms = seen.first_ms;
    if (begin_ms - seen.first_ms <= values[0] * WHEN_HOUR_MS)
        return;
    seen.evidence = json_pack("{s:s, s:o, s:o}", "vehicle_id", bound->vehicle_id, "bound_since",
                              evidence_day(bound->from), "last_heard",
                              facts->last_ms == 0 ? json_null() : evidence_instant(facts->last_ms));
    detector_raise(sink, &seen);
}

const struct detector detector_terminal_silent = {
    .kind = "terminal-silent",
    .subject = FINDING_OF_UNIT,
    .zh = "车载终端长时间无上报",
    .en = "Terminal that has been silent for days",
    .needs = "a unit that is bound to a vehicle; counted to the beginning of the day",
    .parameters = {{"silence", "h", 72, 1, 100000, "convention of the bureau"}},
    .look = look_terminal_silent,
};

/* ---- one terminal, several vehicles ---- */

/* Whether the number was carried only while the unit was bound to that vehicle, give or take the
 * day on which it was moved. */
static bool vin_is_bound(const struct facts *facts, const struct store_vin *vin)
{
    int32_t first = when_day_of(vin->first_ms), last = when_day_of(vin->last_ms);

    for (size_t i = 0; i < facts->bindings.count; i++) {
        const struct store_binding *b = &facts->bindings.items[i];
        if (strcmp(b->vehicle_id, vin->vin) == 0 && b->from <= first + 1 && last <= b->to)
            return true;
    }
    return false;
}

/* Numbers that nobody could have read from a plate: not 17 characters of a VIN. */
static bool is_vin(const char *text)
{
    return vin_check(text).verdict == VIN_OK || vin_check(text).verdict == VIN_BAD_CHECK_DIGIT;
}

static bool is_recent(const struct facts *facts, const struct store_vin *vin, int64_t window)
{
    return is_vin(vin->vin) && vin->first_ms < evidence_day_ms(facts->day + 1) &&
           when_day_of(vin->last_ms) > facts->last_day - window;
}

static json_t *vin_json(const struct store_vin *vin)
{
    return json_pack("{s:s, s:o, s:o, s:I}", "vin", vin->vin, "first",
                     evidence_instant(vin->first_ms), "last", evidence_instant(vin->last_ms),
                     "payloads", (json_int_t)vin->payloads);
}

static void look_terminal_two_vehicles(const struct facts *facts, const int64_t *values,
                                       struct sink *sink)
{
    struct seen seen = {.about = "", .cause = "several identification numbers"};
    size_t count = 0, unbound = 0;
    json_t *list = json_array();

    for (size_t i = 0; i < facts->vin_count; i++) {
        const struct store_vin *vin = &facts->vins[i];
        if (!is_recent(facts, vin, values[0]))
            continue;
        unbound += !vin_is_bound(facts, vin);
        if (count++ == 0 || vin->first_ms < seen.first_ms)
            seen.first_ms = vin->first_ms;
        if (vin->last_ms > seen.last_ms)
            seen.last_ms = vin->last_ms;
        json_array_append_new(list, vin_json(vin));
    }
    seen.evidence = json_pack("{s:o}", "vins", list);
    if (count > 1 && unbound > 0)
        detector_raise(sink, &seen);
    else
        json_decref(seen.evidence);
}

const struct detector detector_terminal_two_vehicles = {
    .kind = "terminal-two-vehicles",
    .subject = FINDING_OF_UNIT,
    .zh = "同一终端上报多个车辆识别代号",
    .en = "One terminal that carries the numbers of several vehicles",
    .needs = "frames with identification numbers; moves that the register knows are none",
    .parameters = {{"window", "d", 30, 1, FACTS_DAYS_MAX, "convention"}},
    .look = look_terminal_two_vehicles,
};

/* ---- another number than the vehicle's ---- */

static void raise_other_vin(const struct facts *facts, const struct store_binding *bound,
                            const struct store_vin *vin, struct sink *sink)
{
    char cause[CAUSE_SIZE];
    struct seen seen = {
        .about = vin->vin, .cause = cause, .first_ms = vin->first_ms, .last_ms = vin->last_ms};

    (void)facts;
    snprintf(cause, sizeof cause, "frames say %s, bound to %.80s", vin->vin, bound->vehicle_id);
    seen.evidence = json_pack("{s:s, s:o, s:o}", "vehicle_id", bound->vehicle_id, "bound_since",
                              evidence_day(bound->from), "frames", vin_json(vin));
    detector_raise(sink, &seen);
}

static void look_terminal_other_vin(const struct facts *facts, const int64_t *values,
                                    struct sink *sink)
{
    const struct store_binding *bound = binding_on(facts, facts->last_day);

    (void)values;
    if (!facts->heard || bound == NULL || !is_vin(bound->vehicle_id))
        return;
    for (size_t i = 0; i < facts->vin_count; i++) {
        const struct store_vin *vin = &facts->vins[i];
        /* Up to a day after the move what was stored before it may still come. */
        if (strcmp(vin->vin, bound->vehicle_id) != 0 && is_vin(vin->vin) &&
            vin->first_ms < evidence_day_ms(facts->day + 1) &&
            when_day_of(vin->last_ms) > bound->from)
            raise_other_vin(facts, bound, vin, sink);
    }
}

const struct detector detector_terminal_other_vin = {
    .kind = "terminal-other-vin",
    .subject = FINDING_OF_UNIT,
    .zh = "报文中的车辆识别代号与绑定车辆不符",
    .en = "The number in the frames is not the bound vehicle's",
    .needs = "frames with identification numbers; a vehicle known by its VIN",
    .look = look_terminal_other_vin,
};

/* ---- removed ---- */

static void look_terminal_removed(const struct facts *facts, const int64_t *values,
                                  struct sink *sink)
{
    int64_t since_ms = evidence_day_ms(facts->day + 1) - values[0] * WHEN_DAY_MS;
    struct seen seen = {.about = "", .cause = "removal alarm"};
    json_t *list = json_array();
    size_t count = 0;

    for (size_t i = 0; i < facts->tamper_count; i++) {
        const struct store_event *event = &facts->tampers[i];
        if (event->at_ms < since_ms)
            continue;
        if (count++ == 0)
            seen.first_ms = event->at_ms;
        seen.last_ms = event->at_ms;
        if (json_array_size(list) < EVIDENCE_MAX)
            json_array_append_new(list,
                                  json_pack("{s:o, s:I, s:I}", "at", evidence_instant(event->at_ms),
                                            "journal", (json_int_t)event->journal_no, "position",
                                            (json_int_t)event->position));
    }
    seen.evidence = json_pack("{s:o, s:I}", "alarms", list, "alarm_count", (json_int_t)count);
    if (count > 0)
        detector_raise(sink, &seen);
    else
        json_decref(seen.evidence);
}

const struct detector detector_terminal_removed = {
    .kind = "terminal-removed",
    .subject = FINDING_OF_UNIT,
    .zh = "终端上报拆除报警",
    .en = "Terminal that reports its removal",
    .needs = "tamper events (GB 17691 annex Q, HJ 1239.3)",
    .parameters = {{"window", "d", 30, 1, FACTS_DAYS_MAX, "convention: it is shown for so long"}},
    .look = look_terminal_removed,
};

/* ---- clock ---- */

static bool clock_off(const struct store_day *day, const int64_t *values)
{
    return day->clock_ahead_ms > values[0] * 1000 || day->sums.clock_behind_ms > values[0] * 1000;
}

/* A clock that is ahead names days that have not come: all days count here. */
static void look_terminal_clock(const struct facts *facts, const int64_t *values, struct sink *sink)
{
    static const struct day_figure figures[] = {DAY_FIGURE("ahead_ms", clock_ahead_ms),
                                                DAY_FIGURE("behind_ms", sums.clock_behind_ms)};
    struct store_days days = facts->days;
    struct seen seen = {.about = "", .cause = "clock"};

    while (days.count > 0 && days.items[0].day <= facts->last_day - values[1]) {
        days.items++;
        days.count--;
    }
    if (days_where(&days, clock_off, values, &seen.first_ms, &seen.last_ms) == 0)
        return;
    seen.evidence = evidence_days(&days, clock_off, values, figures, 2);
    detector_raise(sink, &seen);
}

const struct detector detector_terminal_clock = {
    .kind = "terminal-clock",
    .subject = FINDING_OF_UNIT,
    .zh = "终端时钟偏差过大",
    .en = "Terminal whose clock is off",
    .needs = "samples with the gateway's time of arrival",
    .parameters = {{"error", "s", 300, 1, 1000000, "convention; HJ 1239.1-2021 allows 5 s in 24 h"},
                   {"window", "d", 7, 1, 30, "convention: it has been right since"}},
    .look = look_terminal_clock,
};
