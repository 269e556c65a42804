/*
 * senml: SenML (RFC 8428) above its encodings. A reader hands over one record after the other,
 * label by label as it found them; the pack applies base values, resolves names and times, checks
 * units and types, and builds one sample for each distinct instant, in order of time.
 *
 * What is taken beyond, and where we are stricter than, the RFC:
 *  - A resolved name is `{unit}/x`, `urn:evroll:unit:{unit}:x` or bare `x`, where x is a short name
 *    or a VSS path of shared/signal.h. Any other x is counted as unknown and left out.
 *  - A base name that holds '/' or ':' and does not begin one of these forms names somebody else
 *    and is refused, and so is a name that puts a foreign prefix before a known signal.
 *  - The unit of a known signal is its own or no unit. A value under a VSS path is in the unit of
 *    VSS (metres for the odometer). `bu` applies to numbers; booleans and words have no unit. An
 *    empty `bu` ends the base unit.
 *  - `bv` applies to records with `v`; sums are read and checked but feed no signal.
 *  - A number outside the signal's range and an unknown run mode are no fault: the signal is marked
 *    QUALITY_OUT_OF_RANGE.
 *  - The same signal twice at one instant is fine when both say the same, refused when they differ.
 *  - Instants are rounded to milliseconds and lie in 2000..2199.
 *
 * Cost: linear in the payload, plus one sort when the times are not in order. Memory: 32 bytes a
 * record and one struct sample an instant, both bounded by the payload and the limits of codec.h.
 */
#ifndef EVROLL_SHARED_CODEC_SENML_H
#define EVROLL_SHARED_CODEC_SENML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/codec/codec.h"
#include "shared/codec/codec_internal.h"
#include "shared/codec/senml_label.h"
#include "shared/codec/senml_name.h"

#define SENML_VERSION   10
#define SENML_DEPTH_MAX 16 /* nested arrays, maps, tags; a pack itself needs 2 */

/* Every reason a pack is refused for: the word in codec_fault.reason, and what it means. Positions:
 * CBOR is exact (the item at fault). JSON is where the reader stood for syntax faults and the start
 * of the record for all others, as jansson keeps no positions of values. */
#define SENML_REASONS(X)                                                                           \
    X(JSON_SYNTAX, "json-syntax", "not JSON (RFC 8259)")                                           \
    X(CBOR_SYNTAX, "cbor-syntax", "not well-formed CBOR (RFC 8949)")                               \
    X(TRUNCATED, "truncated", "the payload ends in the middle of an item")                         \
    X(TRAILING_BYTES, "trailing-bytes", "something follows the pack")                              \
    X(TOO_DEEP, "too-deep", "nested deeper than SENML_DEPTH_MAX")                                  \
    X(BAD_UTF8, "bad-utf8", "a text is not UTF-8")                                                 \
    X(NUL_IN_TEXT, "nul-in-text", "a text contains U+0000")                                        \
    X(NOT_FINITE, "not-finite", "a number, or a sum with its base, is infinite or not a number")   \
    X(NOT_AN_ARRAY, "not-an-array", "the payload is not an array of records")                      \
    X(EMPTY_PACK, "empty-pack", "the array has no record")                                         \
    X(NOT_A_RECORD, "not-a-record", "an element of the array is not an object or map")             \
    X(TOO_MANY_RECORDS, "too-many-records", "more than CODEC_RECORDS_MAX records")                 \
    X(TOO_MANY_SAMPLES, "too-many-samples", "more than CODEC_SAMPLES_MAX distinct instants")       \
    X(WRONG_LABEL, "wrong-label", "CBOR: a label is neither an integer nor an extension's text")   \
    X(DUPLICATE_LABEL, "duplicate-label", "a label stands twice in one record")                    \
    X(LABEL_TYPE, "label-type", "the value of a label has the wrong type")                         \
    X(BAD_BASE64, "bad-base64", "JSON: vd is not base64url without padding")                       \
    X(MANDATORY_LABEL, "unknown-mandatory-label", "a label ends in \"_\" and is not understood")   \
    X(BAD_VERSION, "bad-version", "bver is not a positive integer")                                \
    X(UNKNOWN_VERSION, "unknown-version", "bver is above SENML_VERSION")                           \
    X(MIXED_VERSIONS, "mixed-versions", "records of one pack have different versions")             \
    X(SEVERAL_VALUES, "several-values", "more than one of v, vs, vb, vd in a record")              \
    X(NO_VALUE, "no-value", "neither a value nor a sum in a record with more than base labels")    \
    X(EMPTY_NAME, "empty-name", "base name and name together name nothing")                        \
    X(BAD_NAME, "bad-name", "a name has a character that RFC 8428 does not allow there")           \
    X(UNIT_MISMATCH, "unit-mismatch", "a name belongs to another unit")                            \
    X(WRONG_UNIT, "wrong-unit", "u or bu is not the signal's unit")                                \
    X(WRONG_TYPE, "wrong-type", "the kind of value is not the signal's")                           \
    X(IMPOSSIBLE_TIME, "impossible-time", "before 2000-01-01 or after 2199-12-31")                 \
    X(DUPLICATE_READING, "duplicate-name-and-time", "two different values for one name and time")

enum senml_reason {
#define SENML_REASON_ENUM(id, word, meaning) SENML_##id,
    SENML_REASONS(SENML_REASON_ENUM)
#undef SENML_REASON_ENUM
        SENML_REASON_COUNT
};

const char *senml_reason_word(enum senml_reason reason);

struct senml_field {
    size_t at_byte;
    double number;
    struct senml_text text;
    bool truth;
};

/* One record as it was sent. A field is filled where `has` has its bit. */
struct senml_record {
    size_t at_byte;
    uint32_t has;
    struct senml_field field[SENML_LABEL_COUNT];
};

static inline bool senml_record_has(const struct senml_record *r, enum senml_label label)
{
    return (r->has >> label & 1u) != 0;
}

struct senml_reading;

/* The pack being read: what is in effect from earlier records, and the readings so far. Texts it
 * was given must live until senml_pack_end. */
struct senml_pack {
    const struct codec_input *input;
    struct arena *arena;
    struct codec_result *result;
    struct senml_text unit;
    size_t records;
    double version;
    double base_time;
    double base_value;
    double base_sum;
    struct senml_text base_unit;
    struct senml_text base_name;
    struct senml_reading *readings;
    size_t count;
    bool unordered;
};

void senml_pack_begin(struct senml_pack *pack, const struct codec_input *input, struct arena *arena,
                      struct codec_result *result);
enum err senml_pack_add(struct senml_pack *pack, const struct senml_record *record) ERR_CHECKED;
/* Builds the samples into the result. */
enum err senml_pack_end(struct senml_pack *pack) ERR_CHECKED;

/* senml_refuse(result, SENML_…, at_byte, sentence…): fills the fault, gives ERR_INPUT. */
#define senml_refuse(result, reason, at_byte, ...)                                                 \
    codec_refuse((result), senml_reason_word(reason), (at_byte), __VA_ARGS__)

#endif
