/*
 * batch: consecutive journal entries on their way from a gateway to the registry.
 *
 * A batch is named by (gateway, journal id, first, next): it covers positions first..next-1 of that
 * journal, each of them as rows in blocks, as events, as a reject, or as damaged. The name makes
 * sending it twice harmless.
 *
 *     journal:   … first ──────────────────────────────────────────── next …
 *     batch:     blocks (unit, hour) │ events │ rejects │ damaged positions
 *                evidence: the raw payloads of some, beside what they became
 *
 * On the line: protobuf `Batch` of batch.proto inside one zstd frame with its trailer. Decoding
 * has limits for the size after decompression and for the memory, and checks every count, name,
 * order and block before it says ERR_OK; truncated or flipped bytes are ERR_INPUT. All memory comes
 * from the arena; pointers into `bytes` are never kept. What would break a limit is not encoded
 * (ERR_FULL): half of it may fit.
 */
#ifndef EVROLL_SHARED_BATCH_BATCH_H
#define EVROLL_SHARED_BATCH_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "shared/arena.h"
#include "shared/batch/block.h"
#include "shared/codec/codec.h"
#include "shared/err.h"
#include "shared/unit.h"

#define BATCH_JOURNAL_ID_BYTES 16
#define BATCH_LINE_BYTES_MAX   (8u << 20)  /* as it travels */
#define BATCH_PLAIN_BYTES_MAX  (16u << 20) /* after decompression */
/* Of the arena, decoded; the rows of one block at a time come beside it. */
#define BATCH_MEMORY_BYTES_MAX (40u << 20)
#define BATCH_PARTS_MAX        (1u << 16)   /* blocks, rejects, events and evidence together */
#define BATCH_ROWS_MAX         (1u << 20)   /* rows of all blocks together */
#define BATCH_POSITION_MAX     (1ull << 48) /* sums over many journals stay within 64 bits */
#define BATCH_REASON_MAX       64           /* bytes of a reject's reason, [a-z0-9-] */
#define BATCH_DETAIL_MAX       1024         /* bytes of a reject's detail, UTF-8 in one line */
#define BATCH_PAYLOAD_MAX      (64u << 10)  /* bytes of a payload, of a reject or as evidence */
#define BATCH_EVENT_KIND_MAX   255          /* kinds that this version has no name for travel too */

struct batch_block {
    char unit[UNIT_NAME_MAX + 1];
    int64_t hour; /* hours since 1970, UTC; every row's time lies in it */
    uint32_t rows;
    const uint8_t *bytes; /* an encoded block */
    size_t len;
};

struct batch_reject {
    uint64_t position;
    char unit[UNIT_NAME_MAX + 1];
    enum format format;
    int64_t received_ms;
    const char *reason; /* short word, see codec.h */
    const char *detail;
    uint64_t at_byte;
    const uint8_t *payload; /* the raw bytes, as received */
    size_t payload_len;
};

/* What a frame said beside samples; see batch.proto. A CODEC_EVENT_VIN of one unit stands once a
 * batch for each text, where it came first; `number` counts the payloads that carried it. */
struct batch_event {
    uint64_t position;
    int64_t received_ms;
    int64_t at_ms;
    int64_t number;
    enum codec_event_kind kind;
    char unit[UNIT_NAME_MAX + 1];
    char text[CODEC_EVENT_TEXT_MAX + 1]; /* printable ASCII */
};

/* The raw bytes of a payload that was decoded. */
struct batch_evidence {
    uint64_t position;
    char unit[UNIT_NAME_MAX + 1];
    enum format format;
    int64_t received_ms;
    const uint8_t *payload;
    size_t payload_len;
};

struct batch {
    char gateway[UNIT_NAME_MAX + 1];
    uint8_t journal_id[BATCH_JOURNAL_ID_BYTES];
    uint64_t first, next;
    uint64_t
        lost_from; /* < first when positions lost_from..first-1 are gone for good; else == first */
    uint64_t damaged; /* positions in first..next-1 whose record could not be read */
    struct batch_block *blocks;
    size_t block_count;
    struct batch_reject *rejects;
    size_t reject_count;
    struct batch_event *events; /* in order of position */
    size_t event_count;
    struct batch_evidence *evidence; /* in order of position, one a position */
    size_t evidence_count;
};

/* "vin", "login", …; NULL for a kind that has no name yet. */
const char *batch_event_name(enum codec_event_kind kind);

enum err batch_encode(const struct batch *batch, struct arena *arena, uint8_t **bytes, size_t *len,
                      struct fault *fault) ERR_CHECKED;
enum err batch_decode(const uint8_t *bytes, size_t len, struct arena *arena, struct batch *batch,
                      struct fault *fault) ERR_CHECKED;

/*
 * batch_builder: collects decoded payloads in journal order and cuts them into blocks, one for a
 * unit and an hour, in order of both. Positions must grow. Everything added is copied into the
 * builder's own memory. A reject's detail is cleaned and cut to what a batch may carry.
 */
struct batch_builder;

struct batch_builder *batch_builder_create(const char *gateway,
                                           const uint8_t journal_id[BATCH_JOURNAL_ID_BYTES]);
void batch_builder_destroy(struct batch_builder *builder);

/* Begins a new batch at `first`; what was collected before is dropped. */
void batch_builder_begin(struct batch_builder *builder, uint64_t lost_from, uint64_t first);

void batch_builder_add_samples(struct batch_builder *builder, const char *unit, enum format format,
                               uint64_t position, int64_t received_ms, const struct sample *samples,
                               size_t count);
void batch_builder_add_reject(struct batch_builder *builder, const struct batch_reject *reject);
/* A time that no batch holds becomes the arrival; what is not printable ASCII becomes '?'. */
void batch_builder_add_event(struct batch_builder *builder, const struct batch_event *event);
/* A second payload of the same position is a bug. */
void batch_builder_add_evidence(struct batch_builder *builder,
                                const struct batch_evidence *evidence);
/* `count` positions from `position` on could not be read. */
void batch_builder_add_damaged(struct batch_builder *builder, uint64_t position, uint64_t count);

/* What it holds so far, to decide when a batch is big enough: rows, events, and bytes of rejects and
 * evidence. */
size_t batch_builder_rows(const struct batch_builder *builder);
size_t batch_builder_events(const struct batch_builder *builder);
size_t batch_builder_raw_bytes(const struct batch_builder *builder);

/* Encodes first..next-1; what comes next is begin. The bytes live until then or until destroy. */
enum err batch_builder_finish(struct batch_builder *builder, uint64_t next, const uint8_t **bytes,
                              size_t *len, struct fault *fault) ERR_CHECKED;

#endif
