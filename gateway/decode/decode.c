#include "gateway/decode/decode.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/decode/reject_line.h"
#include "gateway/decode/rejects.h"
#include "shared/codec/codec.h"
#include "shared/log.h"

#define PART           "decode"
#define OUTBOX_SEGMENT (128u << 10) /* mapped by the writer: counts as resident memory */

/* What is known about one journal. */
struct journal_seen {
    uint8_t id[JOURNAL_ID_BYTES];
    uint64_t next; /* positions before it have been counted and told */
    uint64_t turn; /* when it was read last; 0: unused */
    bool units_were_told;
};

struct decode {
    struct decode_options options;
    struct journal_writer *outbox; /* NULL: it could not be opened */
    struct rejects *rejects;       /* NULL: the same */
    struct arena *arena;           /* of one entry */
    struct journal_seen journals[DECODE_JOURNALS_MAX], *journal;
    uint64_t turn;
    struct decode_counts counts;
};

/* Delivery does not wait for these two: on a full disk it is delivery that makes room again. */
static enum err bear_without(enum err err, const struct fault *why)
{
    if (err != ERR_IO)
        return err;
    log_error(PART, "%s; going on without it until the next start", why->text);
    return ERR_OK;
}

enum err decode_open(const struct decode_options *options, struct decode **decode,
                     struct fault *fault)
{
    struct decode *d = mem_alloc(1, sizeof *d);
    struct journal_options outbox = {.dir = options->outbox_dir,
                                     .budget_bytes = DECODE_OUTBOX_BUDGET,
                                     .segment_bytes = OUTBOX_SEGMENT};
    struct fault why = {0};
    enum err err = bear_without(journal_writer_open(&outbox, &d->outbox, &why), &why);

    d->options = *options;
    d->journal = d->journals;
    d->arena = arena_create();
    if (err == ERR_OK)
        err = bear_without(
            rejects_open(options->rejects_dir, options->rejects_budget, &d->rejects, &why), &why);
    if (err != ERR_OK) {
        decode_close(d);
        return fault_set(fault, err, "%s", why.text);
    }
    *decode = d;
    return ERR_OK;
}

void decode_close(struct decode *decode)
{
    if (decode == NULL)
        return;
    if (decode->outbox != NULL)
        journal_writer_close(decode->outbox);
    rejects_close(decode->rejects);
    arena_destroy(decode->arena);
    free(decode);
}

/* ---- journals ---- */

static struct journal_seen *find_journal(struct decode *decode, const uint8_t *id)
{
    struct journal_seen *oldest = decode->journals;

    for (size_t i = 0; i < DECODE_JOURNALS_MAX; i++) {
        struct journal_seen *journal = &decode->journals[i];

        if (journal->turn > 0 && memcmp(journal->id, id, JOURNAL_ID_BYTES) == 0)
            return journal;
        if (journal->turn < oldest->turn)
            oldest = journal;
    }
    memset(oldest, 0, sizeof *oldest);
    memcpy(oldest->id, id, JOURNAL_ID_BYTES);
    return oldest;
}

void decode_turn_to(struct decode *decode, const uint8_t journal_id[JOURNAL_ID_BYTES])
{
    if (decode->journal->turn == 0 ||
        memcmp(decode->journal->id, journal_id, JOURNAL_ID_BYTES) != 0)
        decode->journal = find_journal(decode, journal_id);
    decode->journal->turn = ++decode->turn;
}

void decode_begin_journal(struct decode *decode, const uint8_t journal_id[JOURNAL_ID_BYTES])
{
    decode_turn_to(decode, journal_id);
    decode->journal->next = 0;
    decode->journal->units_were_told = false;
}

void decode_units_were_told(struct decode *decode)
{
    decode->journal->units_were_told = true;
}

const struct decode_counts *decode_counted(const struct decode *decode)
{
    return &decode->counts;
}

/* ---- telling and counting ---- */

static void count_reason(struct decode_counts *counts, const char *word)
{
    size_t i = 0;

    counts->rejects++;
    while (i < counts->reason_count && strcmp(counts->reasons[i].word, word) != 0)
        i++;
    if (i == DECODE_REASONS_MAX)
        i--;
    if (i == counts->reason_count) {
        memcpy(counts->reasons[i].word, word, strnlen(word, BATCH_REASON_MAX));
        counts->reason_count++;
    }
    counts->reasons[i].count++;
}

static void tell_unit(struct decode *decode, const struct batch_reject *reject)
{
    char *text = reject_line_for_unit(reject);
    struct journal_entry entry = {.received_ms = reject->received_ms,
                                  .format = FORMAT_UNIT_ERROR,
                                  .payload = (const uint8_t *)text};

    memcpy(entry.unit, reject->unit, sizeof entry.unit);
    entry.payload_len = text == NULL ? 0 : strlen(text);
    if (text == NULL || decode->outbox == NULL ||
        journal_append(decode->outbox, &entry, NULL) != ERR_OK)
        decode->counts.outbox_dropped++;
    free(text);
}

static void tell_site(struct decode *decode, const struct batch_reject *reject)
{
    struct fault fault = {0};

    if (decode->rejects != NULL &&
        rejects_append(decode->rejects, decode->journal->id, reject, &fault) == ERR_OK)
        return;
    if (decode->counts.store_failed++ == 0 && decode->rejects != NULL)
        log_error(PART, "%s; rejects still travel to the registry", fault.text);
}

/* The clock of a gateway may stand anywhere. What arrived must travel all the same, so an arrival
 * that no batch can hold becomes the nearest one that it can. */
static int64_t arrival_of(const struct journal_entry *entry)
{
    if (entry->received_ms < BLOCK_INSTANT_MIN_MS)
        return BLOCK_INSTANT_MIN_MS;
    return entry->received_ms < BLOCK_INSTANT_MAX_MS ? entry->received_ms : BLOCK_INSTANT_MAX_MS;
}

static void add_reject(struct decode *decode, const struct journal_entry *entry,
                       const struct codec_fault *why, bool tell, struct batch_builder *builder)
{
    struct batch_reject reject = {.position = entry->position,
                                  .format = entry->format,
                                  .received_ms = arrival_of(entry),
                                  .reason = why->reason,
                                  .detail = why->detail,
                                  .at_byte = why->at_byte,
                                  .payload = entry->payload,
                                  .payload_len = entry->payload_len};

    memcpy(reject.unit, entry->unit, sizeof reject.unit);
    batch_builder_add_reject(builder, &reject);
    if (!tell)
        return;
    log_debug(PART, "position %llu of %s refused: %s at byte %zu: %s",
              (unsigned long long)entry->position, entry->unit, why->reason, why->at_byte,
              why->detail);
    count_reason(&decode->counts, why->reason);
    tell_site(decode, &reject);
    if (!decode->journal->units_were_told)
        tell_unit(decode, &reject);
}

/* ---- what holds for a unit ---- */

static bool keeps_category(const struct decode_options *options, const char *unit)
{
    const char *category = options->evidence_category_count == 0
                               ? NULL
                               : options->category_of(options->category_arg, unit);

    for (size_t i = 0; category != NULL && i < options->evidence_category_count; i++)
        if (strcmp(options->evidence_categories[i], category) == 0)
            return true;
    return false;
}

static bool keeps_evidence(const struct decode_options *options, const char *unit)
{
    for (size_t i = 0; i < options->evidence_count; i++)
        if (fnmatch(options->evidence[i], unit, 0) == 0)
            return true;
    return keeps_category(options, unit);
}

/* ---- decoding ---- */

/* A time that no block can hold: the codecs refuse it, this is the last look before the batch. */
static bool times_ok(const struct codec_result *result)
{
    for (size_t i = 0; i < result->count; i++)
        if (result->samples[i].at_ms < BLOCK_INSTANT_MIN_MS ||
            result->samples[i].at_ms > BLOCK_INSTANT_MAX_MS)
            return false;
    return true;
}

static void run_codec(struct decode *decode, const struct journal_entry *entry,
                      struct codec_result *result)
{
    const struct decode_options *options = &decode->options;
    struct codec_input input = {
        .unit = entry->unit,
        .received_ms = arrival_of(entry),
        .bytes = entry->payload,
        .len = entry->payload_len,
        .layout = codec_layout_of(options->layouts, options->layout_count, entry->unit),
        .verify = options->verify,
        .verify_arg = options->verify_arg};

    arena_reset(decode->arena);
    memset(result, 0, sizeof *result);
    (void)codec_decode(entry->format, &input, decode->arena, result); /* the fault says it all */
    if (!times_ok(result)) {
        result->count = 0;
        result->fault = (struct codec_fault){
            .reason = "time-out-of-range", .detail = "a time lies outside the years 1900 to 2199"};
    }
}

static void add_events(const struct journal_entry *entry, const struct codec_result *result,
                       struct batch_builder *builder)
{
    for (size_t i = 0; i < result->event_count; i++) {
        const struct codec_event *from = &result->events[i];
        struct batch_event event = {.position = entry->position,
                                    .received_ms = arrival_of(entry),
                                    .at_ms = from->at_ms,
                                    .kind = from->kind,
                                    .number = from->number};

        memcpy(event.unit, entry->unit, sizeof event.unit);
        memcpy(event.text, from->text, sizeof event.text);
        batch_builder_add_event(builder, &event);
    }
}

/* Where a payload became nothing there is nothing to prove; its reject has the bytes. */
static bool add_evidence(struct decode *decode, const struct journal_entry *entry,
                         const struct codec_result *result, struct batch_builder *builder)
{
    struct batch_evidence evidence = {.position = entry->position,
                                      .format = entry->format,
                                      .received_ms = arrival_of(entry),
                                      .payload = entry->payload,
                                      .payload_len = entry->payload_len};

    if (result->count + result->event_count == 0 || !keeps_evidence(&decode->options, entry->unit))
        return false;
    memcpy(evidence.unit, entry->unit, sizeof evidence.unit);
    batch_builder_add_evidence(builder, &evidence);
    return true;
}

static void take_payload(struct decode *decode, const struct journal_entry *entry, bool first_time,
                         struct batch_builder *builder)
{
    struct codec_result result;
    bool kept = false;

    run_codec(decode, entry, &result);
    batch_builder_add_samples(builder, entry->unit, entry->format, entry->position,
                              arrival_of(entry), result.samples, result.count);
    add_events(entry, &result, builder);
    kept = add_evidence(decode, entry, &result, builder);
    if (first_time) {
        decode->counts.events += result.event_count;
        decode->counts.evidence += kept ? 1 : 0;
        decode->counts.samples += result.count;
        decode->counts.unknown_names += result.unknown_names;
        decode->counts.payload_bytes += entry->payload_len;
    }
    if (result.fault.reason != NULL)
        add_reject(decode, entry, &result.fault, first_time, builder);
}

void decode_entry(struct decode *decode, const struct journal_entry *entry,
                  struct batch_builder *builder)
{
    bool first_time = entry->position >= decode->journal->next;
    uint64_t positions = entry->damaged ? entry->damaged_count : 1;

    if (entry->damaged)
        batch_builder_add_damaged(builder, entry->position, positions);
    else
        take_payload(decode, entry, first_time, builder);
    if (!first_time)
        return;
    decode->journal->next = entry->position + positions;
    decode->counts.entries += positions;
    if (entry->damaged) {
        decode->counts.damaged += positions;
        log_error(PART, "%llu damaged journal positions from %llu on are reported as lost",
                  (unsigned long long)positions, (unsigned long long)entry->position);
    }
}

void decode_refuse(struct decode *decode, const struct journal_entry *entry, const char *reason,
                   const char *detail, struct batch_builder *builder)
{
    struct codec_fault why = {.reason = reason};

    strncpy(why.detail, detail, sizeof why.detail - 1);
    add_reject(decode, entry, &why, true, builder);
}
