/*
 * decode: one journal entry → samples in a batch, or a reject.
 *
 *     entry ─ codec ─▶ samples, events ──────────────────▶ batch_builder
 *                └──▶ refused ─┬─ raw bytes and reason ──▶ batch_builder   (to the registry)
 *                              ├─ a line ────────────────▶ rejects/        (for the site)
 *                              └─ reason as JSON ────────▶ outbox/         (for the unit)
 *     entry of a unit whose evidence is kept: raw bytes ─▶ batch_builder
 *     damaged entry ─────────────────────────────────────▶ batch_builder
 *
 * Frame formats may be good up to a fault: then both the samples before it and the reject are sent.
 *
 * The same entry gives the same samples each time, and may be given again: a batch that is refused
 * is cut up and built anew. Telling the site and the unit, and counting, happen the first time that
 * a position is seen by this process; after a crash they may happen once more.
 *
 * The outbox is a journal that this side writes and the broker plugin reads. When it is full or
 * cannot be opened, or the disk of rejects fails, the loss is counted and decoding goes on: the
 * registry has the reject.
 *
 * Blocks on the disk only. One thread.
 */
#ifndef EVROLL_GATEWAY_DECODE_DECODE_H
#define EVROLL_GATEWAY_DECODE_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/journal/journal.h"
#include "shared/batch/batch.h"
#include "shared/codec/codec.h"
#include "shared/err.h"

#define DECODE_REASONS_MAX   64
#define DECODE_JOURNALS_MAX  4 /* the one that was not read for longest is forgotten */
#define DECODE_OUTBOX_BUDGET (16u << 20)

struct decode_reason {
    char word[BATCH_REASON_MAX + 1];
    uint64_t count;
};

struct decode_counts {
    uint64_t entries;       /* read from the journal, damaged ones included */
    uint64_t payload_bytes; /* of these */
    uint64_t samples;
    uint64_t events;        /* logins, alarms and so on; the VIN of each payload too */
    uint64_t evidence;      /* payloads whose raw bytes travel along */
    uint64_t unknown_names; /* records left out because no signal has their name */
    uint64_t damaged;
    uint64_t rejects;
    uint64_t outbox_dropped;                          /* units that were not told */
    uint64_t store_failed;                            /* rejects that are not in rejects/ */
    struct decode_reason reasons[DECODE_REASONS_MAX]; /* the last one takes what is left over */
    size_t reason_count;
};

struct decode;

/* Everything is borrowed until decode_close. */
struct decode_options {
    const char *rejects_dir;
    const char *outbox_dir;
    uint64_t rejects_budget; /* 0: REJECTS_BUDGET_DEFAULT */
    char *const *evidence;   /* patterns of units whose raw payloads travel along */
    size_t evidence_count;
    char *const *evidence_categories; /* of the units' vehicles, as category_of names them */
    size_t evidence_category_count;
    const char *(*category_of)(void *arg, const char *unit); /* NULL: not known */
    void *category_arg;
    const struct codec_layout_rule *layouts; /* of GB 17691 frames */
    size_t layout_count;
    codec_verify *verify; /* NULL: no unit's key is known */
    void *verify_arg;
};

/* ERR_BUSY when another process writes the outbox: a second gateway on the same state. */
enum err decode_open(const struct decode_options *options, struct decode **decode,
                     struct fault *fault) ERR_CHECKED;
void decode_close(struct decode *decode);

/* Entries of this journal follow, with its positions seen anew. Several may be read in turns. */
void decode_begin_journal(struct decode *decode, const uint8_t journal_id[JOURNAL_ID_BYTES]);

/* The entries that follow are of this journal, which has begun. */
void decode_turn_to(struct decode *decode, const uint8_t journal_id[JOURNAL_ID_BYTES]);

/* Units of the present journal heard of refusals when they sent (CoAP): not through the outbox. */
void decode_units_were_told(struct decode *decode);

void decode_entry(struct decode *decode, const struct journal_entry *entry,
                  struct batch_builder *builder);

/* For an entry that decodes but is refused further on: sent, stored and told as a reject. */
void decode_refuse(struct decode *decode, const struct journal_entry *entry, const char *reason,
                   const char *detail, struct batch_builder *builder);

const struct decode_counts *decode_counted(const struct decode *decode);

#endif
