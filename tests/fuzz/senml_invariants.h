/*
 * senml_invariants: what holds for whatever a SenML decoder was given, checked by both fuzz targets.
 */
#ifndef EVROLL_TESTS_FUZZ_SENML_INVARIANTS_H
#define EVROLL_TESTS_FUZZ_SENML_INVARIANTS_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/codec/codec.h"
#include "shared/codec/senml_encode.h"
#include "shared/when.h"

#define FUZZ_UNIT   "U1"
#define FUZZ_NOW_MS 1751299198000

static inline void sample_check(const struct sample *s)
{
    uint32_t masks[] = {s->present, s->invalid, s->abnormal, s->out_of_range};
    uint32_t seen = 0;

    for (size_t i = 0; i < 4; i++) {
        assert((seen & masks[i]) == 0);
        seen |= masks[i];
    }
    assert(seen != 0 && seen >> SIGNAL_COUNT == 0);
    assert(s->invalid == 0 && s->abnormal == 0);
    assert(s->at_ms >= 946684800000 && s->at_ms < WHEN_DAY_NEVER * WHEN_DAY_MS);
    for (int id = 0; id < SIGNAL_COUNT; id++) {
        const struct signal_def *def = signal_def((enum signal_id)id);
        if (sample_has(s, def->id))
            assert(s->value[id] >= def->min && s->value[id] <= def->max);
        else
            assert(s->value[id] == 0);
    }
}

static inline void refusal_check(const struct codec_result *r, size_t len)
{
    assert(r->count == 0 && r->samples == NULL);
    assert(r->fault.reason != NULL && r->fault.at_byte <= len);
    assert(memchr(r->fault.detail, '\0', sizeof r->fault.detail) != NULL);
    for (const char *c = r->fault.detail; *c != '\0'; c++)
        assert(*c >= 0x20 && *c <= 0x7e);
}

/* Encodes what can be said and decodes it again: the same samples without the other states. */
static inline void round_trip_check(const struct codec_result *r, struct arena *arena)
{
    const struct senml_encode_options options = {
        .unit = FUZZ_UNIT, .naming = SENML_NAMING_URN, .with_units = true};
    struct senml_bytes encoded[] = {senml_encode_json(&options, r->samples, r->count, arena),
                                    senml_encode_cbor(&options, r->samples, r->count, arena)};

    for (int i = 0; i < 2; i++) {
        struct codec_input input = {
            .unit = FUZZ_UNIT, .bytes = encoded[i].at, .len = encoded[i].len};
        struct codec_result back;
        size_t next = 0;

        if (encoded[i].len > CODEC_PAYLOAD_MAX)
            continue; /* the encoder repeats names and times that the payload did not */
        assert(codec_decode(i == 0 ? FORMAT_SENML_JSON : FORMAT_SENML_CBOR, &input, arena, &back) ==
               ERR_OK);
        for (size_t k = 0; k < r->count; k++) {
            struct sample said = r->samples[k];
            said.out_of_range = 0;
            if (said.present != 0)
                assert(next < back.count && sample_compare(&said, &back.samples[next++]) == 0);
        }
        assert(next == back.count && back.unknown_names == 0);
    }
}

static inline int senml_fuzz(enum format format, const uint8_t *bytes, size_t len)
{
    uint8_t *exact = malloc(len == 0 ? 1 : len); /* no byte beyond the payload is ours */
    struct codec_input input = {
        .unit = FUZZ_UNIT, .received_ms = FUZZ_NOW_MS, .bytes = exact, .len = len};
    struct arena *arena = arena_create();
    struct codec_result first;
    struct codec_result again;

    assert(exact != NULL);
    if (len > 0)
        memcpy(exact, bytes, len);
    if (codec_decode(format, &input, arena, &first) == ERR_OK) {
        assert(first.fault.reason == NULL && first.count <= CODEC_SAMPLES_MAX);
        for (size_t i = 0; i < first.count; i++) {
            sample_check(&first.samples[i]);
            assert(i == 0 || first.samples[i - 1].at_ms < first.samples[i].at_ms);
        }
        round_trip_check(&first, arena);
    } else {
        refusal_check(&first, len);
    }
    (void)codec_decode(format, &input, arena, &again);
    assert(again.count == first.count && again.unknown_names == first.unknown_names);
    for (size_t i = 0; i < first.count; i++)
        assert(sample_compare(&first.samples[i], &again.samples[i]) == 0);
    arena_destroy(arena);
    free(exact);
    return 0;
}

#endif
