#include "shared/sample.h"

#include <assert.h>
#include <stddef.h>

enum quality sample_quality(const struct sample *s, enum signal_id id)
{
    uint32_t bit = 1u << id;

    if (s->present & bit)
        return QUALITY_GOOD;
    if (s->invalid & bit)
        return QUALITY_INVALID;
    if (s->abnormal & bit)
        return QUALITY_ABNORMAL;
    return s->out_of_range & bit ? QUALITY_OUT_OF_RANGE : QUALITY_ABSENT;
}

const char *quality_name(enum quality quality)
{
    static const char *const names[QUALITY_COUNT] = {
        [QUALITY_INVALID] = "invalid",
        [QUALITY_ABNORMAL] = "abnormal",
        [QUALITY_OUT_OF_RANGE] = "out_of_range",
    };

    assert((unsigned)quality < QUALITY_COUNT);
    return names[quality];
}

const char *signature_name(enum signature_state state)
{
    static const char *const names[SIGNATURE_COUNT] = {
        [SIGNATURE_UNKNOWN] = "unknown",
        [SIGNATURE_GOOD] = "good",
        [SIGNATURE_BAD] = "bad",
    };

    assert((unsigned)state < SIGNATURE_COUNT);
    return names[state];
}

static void clear(struct sample *s, enum signal_id id)
{
    uint32_t keep = ~(1u << id);

    s->present &= keep;
    s->invalid &= keep;
    s->abnormal &= keep;
    s->out_of_range &= keep;
    s->value[id] = 0;
}

void sample_set(struct sample *s, enum signal_id id, int64_t fixed)
{
    clear(s, id);
    s->present |= 1u << id;
    s->value[id] = fixed;
}

void sample_mark(struct sample *s, enum signal_id id, enum quality quality)
{
    uint32_t bit = 1u << id;

    assert(quality != QUALITY_GOOD);
    clear(s, id);
    if (quality == QUALITY_INVALID)
        s->invalid |= bit;
    else if (quality == QUALITY_ABNORMAL)
        s->abnormal |= bit;
    else if (quality == QUALITY_OUT_OF_RANGE)
        s->out_of_range |= bit;
}

void sample_set_number(struct sample *s, enum signal_id id, double number)
{
    int64_t fixed = 0;

    if (signal_from_number(signal_def(id), number, &fixed))
        sample_set(s, id, fixed);
    else
        sample_mark(s, id, QUALITY_OUT_OF_RANGE);
}

bool sample_is_empty(const struct sample *s)
{
    return (s->present | s->invalid | s->abnormal | s->out_of_range) == 0;
}

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int sample_compare(const struct sample *a, const struct sample *b)
{
    const uint32_t masks_a[] = {a->present, a->invalid, a->abnormal, a->out_of_range};
    const uint32_t masks_b[] = {b->present, b->invalid, b->abnormal, b->out_of_range};
    int sign = order(a->at_ms, b->at_ms);

    for (size_t i = 0; sign == 0 && i < sizeof masks_a / sizeof masks_a[0]; i++)
        sign = order(masks_a[i], masks_b[i]);
    for (size_t i = 0; sign == 0 && i < SIGNAL_COUNT; i++)
        sign = order(a->value[i], b->value[i]);
    return sign;
}
