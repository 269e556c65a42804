#include "shared/codec/senml.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shared/when.h"

#define RELATIVE_BELOW_S 268435456.0 /* 2^28: times below are relative to now (RFC 8428, 4.5.3) */
#define FIRST_MS         946684800000.0 /* 2000-01-01 */
#define END_MS           ((double)(WHEN_DAY_NEVER * WHEN_DAY_MS))

#define BIT(label) (1u << (label))
#define VALUES     (BIT(SENML_V) | BIT(SENML_VS) | BIT(SENML_VB) | BIT(SENML_VD))
#define BASE_FIELDS                                                                                \
    (BIT(SENML_BS) | BIT(SENML_BV) | BIT(SENML_BU) | BIT(SENML_BT) | BIT(SENML_BN) |               \
     BIT(SENML_BVER))
#define NUMBERS                                                                                    \
    (BIT(SENML_BS) | BIT(SENML_BV) | BIT(SENML_BT) | BIT(SENML_BVER) | BIT(SENML_V) |              \
     BIT(SENML_S) | BIT(SENML_T) | BIT(SENML_UT))

/* A value that belongs into a sample. Readings are collected flat, so that records may come in any
 * order of time at no more cost than one sort at the end. */
struct senml_reading {
    int64_t at_ms;
    int64_t value;
    uint32_t at_byte;
    uint16_t order; /* among the readings of the pack */
    uint8_t signal;
    bool good; /* otherwise out of range */
};

_Static_assert(CODEC_RECORDS_MAX <= UINT16_MAX, "senml_reading.order counts the records");

const char *senml_reason_word(enum senml_reason reason)
{
    static const char *const words[SENML_REASON_COUNT] = {
#define WORD(id, word, meaning) [SENML_##id] = (word),
        SENML_REASONS(WORD)
#undef WORD
    };

    assert((unsigned)reason < SENML_REASON_COUNT);
    return words[reason];
}

void senml_pack_begin(struct senml_pack *pack, const struct codec_input *input, struct arena *arena,
                      struct codec_result *result)
{
    /* No record with a value is shorter than three bytes. */
    size_t most = input->len / 3 + 1;

    *pack = (struct senml_pack){
        .input = input,
        .arena = arena,
        .result = result,
        .unit = {input->unit, strlen(input->unit)},
        .version = SENML_VERSION,
    };
    if (most > CODEC_RECORDS_MAX)
        most = CODEC_RECORDS_MAX;
    pack->readings = ARENA_ARRAY(arena, struct senml_reading, most);
}

/* Where the field stands, or the record when it has none. */
static size_t place(const struct senml_record *r, enum senml_label label)
{
    return senml_record_has(r, label) ? r->field[label].at_byte : r->at_byte;
}

static double number_or_zero(const struct senml_record *r, enum senml_label label)
{
    return senml_record_has(r, label) ? r->field[label].number : 0;
}

static enum err numbers_check(struct senml_pack *pack, const struct senml_record *r)
{
    for (uint32_t left = r->has & NUMBERS; left != 0; left &= left - 1) {
        enum senml_label label = (enum senml_label)__builtin_ctz(left);
        if (!isfinite(r->field[label].number))
            return senml_refuse(pack->result, SENML_NOT_FINITE, r->field[label].at_byte,
                                "%s is not a finite number", senml_label_name(label));
    }
    return ERR_OK;
}

static enum err version_check(struct senml_pack *pack, const struct senml_record *r)
{
    double version = r->field[SENML_BVER].number;
    size_t at = r->field[SENML_BVER].at_byte;

    if (version < 1 || version != floor(version))
        return senml_refuse(pack->result, SENML_BAD_VERSION, at, "bver is a positive integer");
    if (version > SENML_VERSION)
        return senml_refuse(pack->result, SENML_UNKNOWN_VERSION, at,
                            "bver is %.0f; versions up to %d are understood", version,
                            SENML_VERSION);
    if (pack->records > 1 && version != pack->version)
        return senml_refuse(pack->result, SENML_MIXED_VERSIONS, at,
                            "bver is %.0f here and %.0f in the records before", version,
                            pack->version);
    pack->version = version;
    return ERR_OK;
}

static enum err values_check(struct senml_pack *pack, const struct senml_record *r)
{
    uint32_t values = r->has & VALUES;

    if ((values & (values - 1)) != 0)
        return senml_refuse(pack->result, SENML_SEVERAL_VALUES, r->at_byte,
                            "a record has at most one of v, vs, vb and vd");
    if (values == 0 && !senml_record_has(r, SENML_S) &&
        (r->has == 0 || (r->has & ~(uint32_t)BASE_FIELDS) != 0))
        return senml_refuse(pack->result, SENML_NO_VALUE, r->at_byte,
                            "a record needs v, vs, vb, vd or s, or base labels only");
    return ERR_OK;
}

static enum err base_name_take(struct senml_pack *pack, const struct senml_record *r)
{
    struct senml_text base = r->field[SENML_BN].text;
    size_t at = r->field[SENML_BN].at_byte;

    if (!senml_name_chars_ok(base))
        return senml_refuse(pack->result, SENML_BAD_NAME, at,
                            "bn has a character outside A-Z a-z 0-9 - : . / _");
    if (senml_name_base_is_foreign(base, pack->unit))
        return senml_refuse(pack->result, SENML_UNIT_MISMATCH, at,
                            "bn %.*s is not one of unit %s: use \"\", \"%s/\" or \"" SENML_URN
                            "%s:\"",
                            base.len > 60 ? 60 : (int)base.len, base.at, pack->input->unit,
                            pack->input->unit, pack->input->unit);
    pack->base_name = base;
    return ERR_OK;
}

static enum err base_take(struct senml_pack *pack, const struct senml_record *r)
{
    if (senml_record_has(r, SENML_BT))
        pack->base_time = r->field[SENML_BT].number;
    if (senml_record_has(r, SENML_BV))
        pack->base_value = r->field[SENML_BV].number;
    if (senml_record_has(r, SENML_BS))
        pack->base_sum = r->field[SENML_BS].number;
    if (senml_record_has(r, SENML_BU))
        pack->base_unit = r->field[SENML_BU].text;
    return senml_record_has(r, SENML_BN) ? base_name_take(pack, r) : ERR_OK;
}

/* Base name and name in one piece. `joined` is used only when both have something to say. */
static struct senml_text name_join(struct senml_text base, struct senml_text name, char *joined)
{
    if (base.len == 0)
        return name;
    if (name.len > 0) {
        memcpy(joined, base.at, base.len);
        memcpy(joined + base.len, name.at, name.len);
        base = (struct senml_text){joined, base.len + name.len};
    }
    return base;
}

static enum err name_check(struct senml_pack *pack, const struct senml_record *r,
                           struct senml_text name)
{
    struct senml_text base = pack->base_name;

    if (base.len + name.len == 0)
        return senml_refuse(pack->result, SENML_EMPTY_NAME, r->at_byte,
                            "the record has no name: give n or bn");
    if (!senml_name_chars_ok(name))
        return senml_refuse(pack->result, SENML_BAD_NAME, place(r, SENML_N),
                            "n has a character outside A-Z a-z 0-9 - : . / _");
    if (!senml_name_first_ok(base.len > 0 ? base.at[0] : name.at[0]))
        return senml_refuse(pack->result, SENML_BAD_NAME, place(r, SENML_N),
                            "a name starts with a letter or digit");
    return ERR_OK;
}

/* Finds the signal that the record is about; *def is NULL when the name is not in the table. */
static enum err signal_resolve(struct senml_pack *pack, const struct senml_record *r,
                               const struct signal_def **def, bool *by_vss)
{
    char joined[SENML_NAME_JOINED_MAX];
    struct senml_text name = {"", 0};
    size_t prefix = 0;

    *def = NULL;
    if (senml_record_has(r, SENML_N))
        name = r->field[SENML_N].text;
    if (name_check(pack, r, name) != ERR_OK)
        return ERR_INPUT;
    if (pack->base_name.len + name.len > sizeof joined)
        return ERR_OK; /* longer than any name we know; a base name that is foreign never gets here
                        */
    name = name_join(pack->base_name, name, joined);
    prefix = senml_name_own_prefix(name, pack->unit);
    if (prefix == 0 && senml_name_is_foreign(name))
        return senml_refuse(pack->result, SENML_UNIT_MISMATCH, place(r, SENML_N),
                            "the name %.*s is not one of unit %s",
                            name.len > 80 ? 80 : (int)name.len, name.at, pack->input->unit);
    if (prefix == name.len)
        return senml_refuse(pack->result, SENML_EMPTY_NAME, place(r, SENML_N),
                            "nothing is named behind the unit's own prefix");
    *def = signal_find(name.at + prefix, name.len - prefix, by_vss);
    return ERR_OK;
}

static enum err time_resolve(struct senml_pack *pack, const struct senml_record *r, int64_t *at_ms)
{
    double seconds = pack->base_time + number_or_zero(r, SENML_T);
    double ms = round(seconds * 1000);

    if (seconds < RELATIVE_BELOW_S)
        ms += (double)pack->input->received_ms;
    if (!(ms >= FIRST_MS && ms < END_MS)) {
        enum senml_label label = senml_record_has(r, SENML_T) ? SENML_T : SENML_BT;
        return senml_refuse(pack->result, SENML_IMPOSSIBLE_TIME, place(r, label),
                            "bt + t gives %.3f s since 1970; it has to lie in 2000 to 2199",
                            ms / 1000);
    }
    *at_ms = (int64_t)ms;
    return ERR_OK;
}

static enum err unit_check(struct senml_pack *pack, const struct senml_record *r,
                           const struct signal_def *def, bool by_vss)
{
    struct senml_text unit = pack->base_unit;
    enum senml_label label = senml_record_has(r, SENML_U) ? SENML_U : SENML_BU;

    if (label == SENML_U)
        unit = r->field[SENML_U].text;
    else if (unit.len == 0 || def->kind != SIGNAL_NUMBER)
        return ERR_OK;
    if (by_vss ? signal_vss_unit_is(def, unit.at, unit.len)
               : signal_unit_is(def, unit.at, unit.len))
        return ERR_OK;
    return senml_refuse(pack->result, SENML_WRONG_UNIT, place(r, label),
                        "%s is in %s; leave %s out or say that", by_vss ? def->vss : def->name,
                        def->unit[0] == '\0' ? "no unit"
                        : by_vss             ? def->vss_unit
                                             : def->unit,
                        senml_label_name(label));
}

/* The value as the signal wants it; the record has some value. */
static enum err value_resolve(struct senml_pack *pack, const struct senml_record *r,
                              const struct signal_def *def, bool by_vss, struct senml_reading *out)
{
    static const enum senml_label wanted[] = {
        [SIGNAL_NUMBER] = SENML_V, [SIGNAL_BOOLEAN] = SENML_VB, [SIGNAL_MODE_NAME] = SENML_VS};
    enum senml_label label = wanted[def->kind];
    enum senml_label given = (enum senml_label)__builtin_ctz(r->has & VALUES);
    const struct senml_field *field = &r->field[label];

    if (given != label)
        return senml_refuse(pack->result, SENML_WRONG_TYPE, r->field[given].at_byte,
                            "%s takes its value under %s", def->name, senml_label_name(label));
    out->at_byte = (uint32_t)field->at_byte;
    if (label == SENML_V) {
        double number = field->number + pack->base_value;
        if (!isfinite(number))
            return senml_refuse(pack->result, SENML_NOT_FINITE, field->at_byte,
                                "bv + v is not a finite number");
        out->good =
            signal_from_number(def, by_vss ? number * def->vss_factor : number, &out->value);
    } else if (label == SENML_VB) {
        out->value = field->truth ? 1 : 0;
        out->good = true;
    } else {
        out->value = run_mode_parse(field->text.at, field->text.len);
        out->good = out->value != 0;
    }
    return ERR_OK;
}

static enum err reading_take(struct senml_pack *pack, const struct senml_record *r,
                             const struct signal_def *def, bool by_vss)
{
    struct senml_reading *reading = &pack->readings[pack->count];

    reading->order = (uint16_t)pack->count;
    reading->signal = (uint8_t)def->id;
    if (unit_check(pack, r, def, by_vss) != ERR_OK ||
        value_resolve(pack, r, def, by_vss, reading) != ERR_OK ||
        time_resolve(pack, r, &reading->at_ms) != ERR_OK)
        return ERR_INPUT;
    if (pack->count > 0 && reading->at_ms < reading[-1].at_ms)
        pack->unordered = true;
    pack->count++;
    return ERR_OK;
}

static enum err record_resolve(struct senml_pack *pack, const struct senml_record *r)
{
    const struct signal_def *def = NULL;
    bool by_vss = false;

    if (signal_resolve(pack, r, &def, &by_vss) != ERR_OK)
        return ERR_INPUT;
    if (senml_record_has(r, SENML_S) && !isfinite(pack->base_sum + r->field[SENML_S].number))
        return senml_refuse(pack->result, SENML_NOT_FINITE, place(r, SENML_S),
                            "bs + s is not a finite number");
    if (def == NULL)
        pack->result->unknown_names++;
    else if ((r->has & VALUES) != 0)
        return reading_take(pack, r, def, by_vss);
    return ERR_OK;
}

enum err senml_pack_add(struct senml_pack *pack, const struct senml_record *r)
{
    if (++pack->records > CODEC_RECORDS_MAX)
        return senml_refuse(pack->result, SENML_TOO_MANY_RECORDS, r->at_byte,
                            "a pack has at most %d records; send several", CODEC_RECORDS_MAX);
    if (numbers_check(pack, r) != ERR_OK || values_check(pack, r) != ERR_OK)
        return ERR_INPUT;
    if (senml_record_has(r, SENML_BVER) && version_check(pack, r) != ERR_OK)
        return ERR_INPUT;
    if (base_take(pack, r) != ERR_OK)
        return ERR_INPUT;
    if ((r->has & ~(uint32_t)BASE_FIELDS) == 0)
        return ERR_OK;
    return record_resolve(pack, r);
}

static int by_time_then_order(const void *left, const void *right)
{
    const struct senml_reading *a = left;
    const struct senml_reading *b = right;

    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms ? -1 : 1;
    return a->order - b->order;
}

static size_t instants(const struct senml_pack *pack)
{
    size_t count = 0;

    for (size_t i = 0; i < pack->count; i++)
        if (i == 0 || pack->readings[i].at_ms != pack->readings[i - 1].at_ms)
            count++;
    return count;
}

/* False when the sample has another state or value of this signal already. */
static bool sample_take(struct sample *s, const struct senml_reading *reading)
{
    enum signal_id id = (enum signal_id)reading->signal;
    enum quality before = sample_quality(s, id);

    if (before == QUALITY_ABSENT) {
        if (reading->good)
            sample_set(s, id, reading->value);
        else
            sample_mark(s, id, QUALITY_OUT_OF_RANGE);
        return true;
    }
    return reading->good ? before == QUALITY_GOOD && s->value[id] == reading->value
                         : before == QUALITY_OUT_OF_RANGE;
}

enum err senml_pack_end(struct senml_pack *pack)
{
    struct sample *sample = NULL;
    size_t count = 0;

    if (pack->records == 0)
        return senml_refuse(pack->result, SENML_EMPTY_PACK, 0, "a pack has at least one record");
    if (pack->unordered)
        qsort(pack->readings, pack->count, sizeof pack->readings[0], by_time_then_order);
    count = instants(pack);
    if (count > CODEC_SAMPLES_MAX)
        return senml_refuse(pack->result, SENML_TOO_MANY_SAMPLES, 0,
                            "%zu distinct instants, at most %d are taken; send several packs",
                            count, CODEC_SAMPLES_MAX);
    if (count == 0)
        return ERR_OK;
    sample = ARENA_ARRAY(pack->arena, struct sample, count);
    pack->result->samples = sample;
    for (size_t i = 0; i < pack->count; i++) {
        const struct senml_reading *reading = &pack->readings[i];
        if (i > 0 && reading->at_ms != reading[-1].at_ms)
            sample++;
        sample->at_ms = reading->at_ms;
        if (!sample_take(sample, reading)) {
            pack->result->samples = NULL;
            return senml_refuse(pack->result, SENML_DUPLICATE_READING, reading->at_byte,
                                "%s has two different values for one time",
                                signal_def((enum signal_id)reading->signal)->name);
        }
    }
    pack->result->count = count;
    return ERR_OK;
}
