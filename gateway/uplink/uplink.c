#include "gateway/uplink/uplink.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/uplink/backoff.h"
#include "gateway/uplink/verdict.h"
#include "shared/arena.h"
#include "shared/log.h"

#define PART         "uplink"
#define ANSWER_SHOWN 300 /* bytes of a refusal that go into the log */

/* How the first entry of the next batch is sent, if it alone was refused before. */
enum treatment { TREAT_AS_IS, TREAT_AS_REJECT, TREAT_AS_DAMAGED };

struct uplink {
    struct uplink_options options;
    struct batch_builder *builder;
    struct backoff backoff;
    struct transport_answer answer;
    struct uplink_counts counts;
    int64_t not_before_ms; /* mono; of the next post */

    /* the batch */
    uint64_t lost_from, first, next;
    bool astray; /* the reader does not stand at `next` */
    size_t entries, payload_bytes;
    int64_t begun_ms;     /* mono; when its first entry came */
    const uint8_t *bytes; /* set: sealed */
    size_t len;

    /* cutting: what is known about refused batches */
    size_t entries_max;     /* 0: no limit */
    uint64_t suspect_until; /* the fault lies before this position */
    enum treatment treatment;
};

/* ---- beginning ---- */

static void begin(struct uplink *u, uint64_t lost_from, uint64_t first)
{
    u->lost_from = lost_from;
    u->first = u->next = first;
    u->entries = 0;
    u->payload_bytes = 0;
    u->bytes = NULL;
    u->counts.position = first;
    batch_builder_begin(u->builder, lost_from, first);
    u->astray = true;
}

/* What is to be sent next is gone from the disk: say so in the batch, send what there is. */
static void begin_behind_loss(struct uplink *u, uint64_t oldest)
{
    log_error(PART,
              "positions %" PRIu64 " to %" PRIu64
              " are gone from the journal and not in the registry: lost. Going on with %" PRIu64,
              u->first, oldest - 1, oldest);
    u->treatment = TREAT_AS_IS; /* it was meant for an entry that is gone */
    begin(u, u->lost_from, oldest);
}

/* The disk may fail just here. A batch must not begin at one place and be read from another. */
static enum err follow(struct uplink *u, struct fault *fault)
{
    struct journal_extent extent = {0};
    enum err err = ERR_OK;

    if (!u->astray)
        return ERR_OK;
    err = journal_reader_extent(u->options.reader, &extent, fault);
    if (err == ERR_OK && u->first < extent.oldest)
        begin_behind_loss(u, extent.oldest);
    if (err == ERR_OK)
        err = journal_seek(u->options.reader, u->first, fault);
    u->astray = err != ERR_OK;
    return err;
}

/* Begins a batch at `first`, or at the oldest that there is; the reader follows. */
static enum err begin_at(struct uplink *u, uint64_t lost_from, uint64_t first, struct fault *fault)
{
    begin(u, lost_from, first);
    return follow(u, fault);
}

enum err uplink_create(const struct uplink_options *options, struct uplink **uplink,
                       struct fault *fault)
{
    struct uplink *u = mem_alloc(1, sizeof *u);
    struct journal_extent extent = {0};
    enum err err = ERR_OK;

    u->options = *options;
    u->backoff.seed = options->seed;
    u->builder = batch_builder_create(options->gateway, journal_reader_id(options->reader));
    decode_begin_journal(options->decode, journal_reader_id(options->reader));
    journal_reader_only_synced(options->reader, true);
    err = journal_reader_extent(options->reader, &extent, fault);
    if (err == ERR_OK)
        err = begin_at(u, extent.cursor, extent.cursor, fault);
    if (err != ERR_OK) {
        uplink_destroy(u);
        return err;
    }
    u->counts.cursor = extent.cursor;
    *uplink = u;
    return ERR_OK;
}

void uplink_destroy(struct uplink *uplink)
{
    if (uplink == NULL)
        return;
    batch_builder_destroy(uplink->builder);
    free(uplink);
}

const struct uplink_counts *uplink_counted(const struct uplink *uplink)
{
    return &uplink->counts;
}

/* ---- collecting ---- */

static void add_entry(struct uplink *u, const struct journal_entry *entry)
{
    uint64_t positions = entry->damaged ? entry->damaged_count : 1;

    assert(entry->position == u->next); /* what is left out here would count as delivered */
    if (u->entries == 0)
        u->begun_ms = clock_mono_ms(u->options.clock);
    if (u->entries > 0 || u->treatment == TREAT_AS_IS || entry->damaged)
        decode_entry(u->options.decode, entry, u->builder);
    else if (u->treatment == TREAT_AS_REJECT)
        decode_refuse(u->options.decode, entry, "registry-refused",
                      "the registry will not take what this payload decodes to", u->builder);
    else
        batch_builder_add_damaged(u->builder, entry->position, positions);
    u->entries++;
    u->payload_bytes += entry->payload_len;
    u->next = u->counts.position = entry->position + positions;
}

/* Is there another batch's worth of entries behind this one? */
static bool has_backlog(struct uplink *u)
{
    struct journal_extent extent = {0};

    return journal_reader_extent(u->options.reader, &extent, NULL) == ERR_OK &&
           extent.synced > u->next && extent.synced - u->next > u->options.rows_max;
}

static bool is_full(const struct uplink *u, size_t factor)
{
    return (u->entries_max > 0 && u->entries >= u->entries_max) ||
           u->entries >= u->options.rows_max * factor ||
           batch_builder_rows(u->builder) + batch_builder_events(u->builder) >=
               u->options.rows_max * factor ||
           u->payload_bytes >= u->options.bytes_max * factor;
}

/* Reads until the batch is full or there is nothing more. ERR_NOT_FOUND: nothing more yet. ERR_BUSY: there
 * is more, but what it takes to decode is up to the units, and a watchdog waits behind this step. */
static enum err collect(struct uplink *u, struct fault *fault)
{
    int64_t until_ms = clock_mono_ms(u->options.clock) + UPLINK_STEP_MS;
    size_t factor = 1;
    enum err err = follow(u, fault);

    while (err == ERR_OK) {
        struct journal_entry entry = {0};

        if (is_full(u, 1) && factor == 1 && has_backlog(u))
            factor = UPLINK_BACKLOG_FACTOR;
        if (is_full(u, factor))
            return ERR_OK;
        if (clock_mono_ms(u->options.clock) >= until_ms)
            return ERR_BUSY;
        err = journal_read(u->options.reader, &entry, fault);
        if (err == ERR_OK)
            add_entry(u, &entry);
    }
    return err;
}

/* Batches up to the end of this one are half as long. */
static void halve(struct uplink *u)
{
    u->suspect_until = u->next;
    u->entries_max = u->entries > 1 ? u->entries / 2 : 1;
}

/* More than a batch may have: half of it fits, or half of that. */
static enum err seal(struct uplink *u, struct fault *fault)
{
    enum err err = batch_builder_finish(u->builder, u->next, &u->bytes, &u->len, fault);

    if (err != ERR_FULL || u->entries < 2)
        return err;
    halve(u);
    return begin_at(u, u->lost_from, u->first, fault);
}

/* Collects; seals when it is time. `*wait_ms` is 0 when a batch is ready, or there is more to collect. */
static enum err collect_or_wait(struct uplink *u, int64_t *wait_ms, struct fault *fault)
{
    int64_t lingered = 0;
    enum err err = collect(u, fault);

    *wait_ms = 0;
    if (err == ERR_OK)
        return seal(u, fault);
    if (err == ERR_BUSY)
        return ERR_OK;
    if (err != ERR_NOT_FOUND)
        return err;
    *wait_ms = UPLINK_IDLE_MS;
    if (u->entries == 0)
        return ERR_OK;
    lingered = clock_mono_ms(u->options.clock) - u->begun_ms;
    /* The end of a backlog need not wait, and a cut batch has waited before. */
    if (lingered >= u->options.linger_ms || is_full(u, 1) || u->suspect_until > u->first) {
        *wait_ms = 0;
        return seal(u, fault);
    }
    if (u->options.linger_ms - lingered < *wait_ms)
        *wait_ms = u->options.linger_ms - lingered;
    return ERR_OK;
}

/* ---- answers ---- */

static void wait_before_retry(struct uplink *u, int64_t retry_after_s)
{
    int64_t wait_ms = backoff_next(&u->backoff, retry_after_s);

    u->counts.retries++;
    u->not_before_ms = clock_mono_ms(u->options.clock) + wait_ms;
}

/* Everything before `position` is stored there: release it here and go on behind it. */
static enum err go_on_behind(struct uplink *u, uint64_t position, struct fault *fault)
{
    enum err err = journal_release(u->options.reader, position, fault);

    if (err != ERR_OK)
        return err;
    backoff_reset(&u->backoff);
    u->counts.cursor = position;
    if (u->treatment != TREAT_AS_IS || position >= u->suspect_until)
        u->entries_max = 0; /* the fault is found */
    u->treatment = TREAT_AS_IS;
    return begin_at(u, position, position, fault);
}

/* An answer that contradicts the journal is nobody's fault that dropping could mend. */
static enum err contradiction(struct uplink *u, uint64_t position,
                              const struct journal_extent *extent)
{
    log_error(PART,
              "the registry speaks of position %" PRIu64 ", the journal holds %" PRIu64
              " to %" PRIu64 " and this batch is %" PRIu64 " to %" PRIu64
              "; nothing is dropped, trying again. Was the journal restored from a copy, or is "
              "another gateway using this certificate?",
              position, extent->oldest, extent->appended, u->first, u->next);
    wait_before_retry(u, -1);
    return ERR_OK;
}

static enum err on_stored(struct uplink *u, const struct verdict *v,
                          const struct journal_extent *extent, struct fault *fault)
{
    if (v->position < u->next || v->position > extent->synced)
        return contradiction(u, v->position, extent);
    u->counts.batches++;
    u->counts.line_bytes += u->len;
    /* Not when the loss was found: the registry may have had a part of it. */
    u->counts.lost += u->first - u->lost_from;
    return go_on_behind(u, v->position, fault);
}

static enum err on_expected(struct uplink *u, const struct verdict *v,
                            const struct journal_extent *extent, struct fault *fault)
{
    if (v->position == u->lost_from || v->position > extent->synced)
        return contradiction(u, v->position, extent);
    log_warn(PART, "the registry waits for position %" PRIu64 ", this batch begins at %" PRIu64,
             v->position, u->first);
    if (v->position > u->counts.cursor)
        return go_on_behind(u, v->position, fault);
    u->treatment = TREAT_AS_IS; /* it was meant for another entry */
    u->entries_max = 0;
    return begin_at(u, v->position, v->position, fault);
}

/* Cuts the batch in half, or, when it is one entry, sends that entry as less and less. When even
 * that is refused the fault is not the entry's: it is whole again for the next try. */
static void cut(struct uplink *u)
{
    halve(u);
    if (u->entries > 1)
        return;
    if (u->treatment == TREAT_AS_DAMAGED) {
        u->treatment = TREAT_AS_IS;
        wait_before_retry(u, -1);
        return;
    }
    u->counts.set_aside += u->treatment == TREAT_AS_IS ? 1 : 0;
    u->treatment++;
}

static enum err on_refused(struct uplink *u, const struct verdict *v,
                           const struct journal_extent *extent, struct fault *fault)
{
    size_t shown = u->answer.len < ANSWER_SHOWN ? u->answer.len : ANSWER_SHOWN;

    (void)v;
    (void)extent;
    u->counts.refused++;
    log_error(PART, "the registry refused positions %" PRIu64 " to %" PRIu64 " for good (%d): %.*s",
              u->first, u->next - 1, u->answer.status, (int)shown, u->answer.body);
    cut(u);
    return begin_at(u, u->lost_from, u->first, fault);
}

/* One entry is never too large for the registry; something on the way is narrower than it. */
static enum err on_too_large(struct uplink *u, const struct verdict *v,
                             const struct journal_extent *extent, struct fault *fault)
{
    if (u->entries > 1)
        return on_refused(u, v, extent, fault);
    log_error(PART,
              "%zu bytes with one entry are too large for something before the registry; raise its "
              "limit. Nothing is dropped, trying again",
              u->len);
    wait_before_retry(u, v->retry_after_s);
    return ERR_OK;
}

static enum err on_denied(struct uplink *u, const struct verdict *v,
                          const struct journal_extent *extent, struct fault *fault)
{
    (void)extent;
    (void)fault;
    log_error(PART,
              "the registry denies this gateway (%d): check that certificate %s is registered "
              "there and not revoked; nothing is dropped, trying again",
              u->answer.status, u->options.gateway);
    wait_before_retry(u, v->retry_after_s);
    return ERR_OK;
}

static enum err on_later(struct uplink *u, const struct verdict *v,
                         const struct journal_extent *extent, struct fault *fault)
{
    (void)extent;
    (void)fault;
    log_warn(PART, "the registry answered %d, trying again", u->answer.status);
    wait_before_retry(u, v->retry_after_s);
    return ERR_OK;
}

static enum err on_strange(struct uplink *u, const struct verdict *v,
                           const struct journal_extent *extent, struct fault *fault)
{
    (void)extent;
    (void)fault;
    log_error(PART, "the answer (%d, %zu bytes) is not a registry's; check registry.url",
              u->answer.status, u->answer.len);
    wait_before_retry(u, v->retry_after_s);
    return ERR_OK;
}

typedef enum err (*reaction)(struct uplink *, const struct verdict *, const struct journal_extent *,
                             struct fault *);

static const reaction reactions[] = {
    [VERDICT_STORED] = on_stored,   [VERDICT_EXPECTED] = on_expected,
    [VERDICT_REFUSED] = on_refused, [VERDICT_TOO_LARGE] = on_too_large,
    [VERDICT_DENIED] = on_denied,   [VERDICT_LATER] = on_later,
    [VERDICT_STRANGE] = on_strange,
};

/* ---- stepping ---- */

static enum err act_on_answer(struct uplink *u, struct fault *fault)
{
    struct verdict verdict = verdict_of(&u->answer);
    struct journal_extent extent = {0};
    enum err err = journal_reader_extent(u->options.reader, &extent, fault);

    return err == ERR_OK ? reactions[verdict.kind](u, &verdict, &extent, fault) : err;
}

/* Nobody refused it; whether it was stored is not known, and a shorter one that begins where it began is
 * answered either way. */
static enum err shorten(struct uplink *u, struct fault *fault)
{
    if (u->entries / 2 < UPLINK_SLOW_LEAST)
        return ERR_OK;
    log_warn(PART, "%zu bytes are too much for this line at once; trying half of it", u->len);
    halve(u);
    return begin_at(u, u->lost_from, u->first, fault);
}

static enum err post(struct uplink *u, struct fault *fault)
{
    int64_t began_ms = clock_mono_ms(u->options.clock);
    struct fault why = {0};
    enum err err = ERR_OK;

    memset(&u->answer, 0, offsetof(struct transport_answer, body));
    err = transport_post(u->options.transport, u->bytes, u->len, &u->answer, &why);
    if (err == ERR_OK)
        return act_on_answer(u, fault);
    if (err == ERR_STOPPED)
        return fault_set(fault, err, "%s", why.text);
    log_write(err == ERR_DENIED ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, PART, "%s; trying again",
              why.text);
    wait_before_retry(u, -1);
    return clock_mono_ms(u->options.clock) - began_ms < UPLINK_SLOW_MS ? ERR_OK : shorten(u, fault);
}

enum err uplink_step(struct uplink *uplink, int64_t *wait_ms, struct fault *fault)
{
    struct uplink *u = uplink;
    enum err err = ERR_OK;
    int64_t now_ms = clock_mono_ms(u->options.clock);

    *wait_ms = 0;
    decode_turn_to(u->options.decode, journal_reader_id(u->options.reader));
    if (u->bytes == NULL)
        err = collect_or_wait(u, wait_ms, fault);
    if (err != ERR_OK || u->bytes == NULL)
        return err;
    if (now_ms < u->not_before_ms) {
        *wait_ms = u->not_before_ms - now_ms;
        return ERR_OK;
    }
    return post(u, fault);
}
